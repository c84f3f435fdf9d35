package graph

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kith/auth"
	"kith/fault"
)

// events is an open stream of server-sent events, read as text.
type events struct {
	b      *bench
	status int
	header http.Header
	lines  *bufio.Reader
	cancel context.CancelFunc
}

func (b *bench) listen(token, document string, headers ...string) *events {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url, strings.NewReader(query(document)))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", mediaJSON)
	r.Header.Set("Accept", mediaEvents)
	r.Header.Set("Authorization", "Bearer "+token)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		b.Fatal(err)
	}
	e := &events{b, res.StatusCode, res.Header, bufio.NewReader(res.Body), cancel}
	b.Cleanup(func() {
		cancel()
		res.Body.Close()
	})
	return e
}

func (e *events) hangUp() { e.cancel() }

// read is the next event or comment, signs of life aside; at the end it is empty.
func (e *events) read() string {
	e.b.Helper()
	var text strings.Builder
	for {
		line, err := e.lines.ReadString('\n')
		switch {
		case errors.Is(err, io.EOF):
			return text.String()
		case err != nil:
			e.b.Fatal(err)
		case line != "\n":
			text.WriteString(line)
		case text.Len() == 0 || text.String() == ":\n":
			text.Reset()
		default:
			return text.String()
		}
	}
}

func (e *events) expect(want ...string) {
	e.b.Helper()
	for _, w := range want {
		if got := e.read(); got != w {
			e.b.Fatalf("got  %q\nwant %q", got, w)
		}
	}
}

const completed = "event: complete\ndata:\n"

func nextText(id, payload string) string {
	return "event: next\nid: " + id + "\ndata: " + payload + "\n"
}

func TestEvents(t *testing.T) {
	b := start(t, nil)
	e := b.listen("viewer", watchAda)
	stream := <-b.data.opened
	if ct := e.header.Get("Content-Type"); e.status != http.StatusOK || ct != "text/event-stream; charset=utf-8" || e.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", e.status, ct)
	}
	for n := range 3 {
		stream.emit(changed(n))
		e.expect(nextText(fmt.Sprint("c", n), fmt.Sprintf(`{"data":{"customerChanged":{"cursor":"c%d","customer":{"displayName":"Ada"}}}}`, n)))
	}
	stream.finish(ErrComplete)
	e.expect(completed, "")
	b.eventually("the stream is closed", stream.isClosed)

	e = b.listen("viewer", watchAda, "Last-Event-Id: c2", "Accept: application/graphql-response+json, text/event-stream")
	stream = <-b.data.opened
	if len(b.data.after) != 1 || b.data.after[0] != "c2" {
		t.Errorf("it goes on behind %q", b.data.after)
	}
	stream.finish(fault.New("test", fault.Unavailable, "the change stream is away"))
	e.expect("event: next\ndata: "+`{"errors":[{"message":"the change stream is away","extensions":{"code":"UNAVAILABLE"}}]}`+"\n", completed, "")

	b.listen("viewer", `{me{subject}}`).expect("event: next\ndata: {\"data\":{\"me\":{\"subject\":\"viewer\"}}}\n", completed, "")
	if got := b.listen("viewer", `{nope}`).read(); !strings.Contains(got, `"code":"INVALID"`) {
		t.Errorf("an invalid document: %s", got)
	}
	if got := b.listen("viewer", `subscription{customerChanged(by:{id:"cus_9"}){__typename}}`).read(); !strings.Contains(got, `"code":"NOT_FOUND"`) {
		t.Errorf("nobody to watch: %s", got)
	}
	if got := b.listen("forged", watchAda).status; got != http.StatusUnauthorized {
		t.Errorf("with a forged token: %d", got)
	}
	if got := b.post("viewer", query(`{nope}`), "Accept: application/json, text/event-stream"); got.header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("who takes JSON, too, gets it: %+v", got)
	}

	e = b.listen("viewer", watchAda)
	stream = <-b.data.opened
	stream.finish(ErrTooSlow)
	e.expect(": 1013 Too slow: reconnect and resume\n", "")

	e = b.listen("viewer", watchAda)
	stream = <-b.data.opened
	e.hangUp()
	b.eventually("a client that goes ends its stream", stream.isClosed)
	b.eventually("no connection is left", func() bool { return len(b.server.connections.all()) == 0 })
}

// TestEventsLastLong: the server's limits for requests are not for streams, and a stream that says nothing shows signs
// of life.
func TestEventsLastLong(t *testing.T) {
	b := start(t, func(c *ServerConfig) { c.Limits.Ping = 5 * time.Millisecond })
	srv := httptest.NewUnstartedServer(b.server)
	srv.Config.ReadTimeout = 50 * time.Millisecond
	srv.Start()
	defer srv.Close()
	b.url = srv.URL
	e := b.listen("viewer", watchAda)
	defer e.hangUp()
	stream := <-b.data.opened
	begin := time.Now()
	for time.Since(begin) < 4*srv.Config.ReadTimeout {
		if line, err := e.lines.ReadString('\n'); err != nil || line != ":\n" && line != "\n" {
			t.Fatalf("%q %v", line, err)
		}
	}
	stream.emit(changed(1))
	if got := e.read(); !strings.HasPrefix(got, "event: next\nid: c1\n") {
		t.Errorf("got %q", got)
	}
}

// What ends a socket ends a stream, too: the end of its token, a revocation, the end of the server.
func TestEndsOfEvents(t *testing.T) {
	b := start(t, nil)
	until := time.Now().Add(200 * time.Millisecond)
	e := b.listen("viewer@"+until.Format(time.RFC3339Nano), watchAda)
	e.expect(": 4403 token expired\n", "")
	if late := time.Since(until); late < 0 || late > time.Second {
		t.Errorf("ended %s after the token", late)
	}
	revoked, other := b.listen("viewer", watchAda), b.listen("admin", watchAda)
	b.tokens.revoked.Store("viewer", true)
	b.server.EndRevoked(b.tokens.isRevoked)
	revoked.expect(": 4403 token revoked\n", "")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := b.server.Drain(ctx); err != nil {
		t.Error(err)
	}
	other.expect(": 1012 Service restart\n", "")
	if got := b.listen("admin", watchAda).status; got != http.StatusServiceUnavailable {
		t.Errorf("a new stream: %d", got)
	}
}

func TestRevokedSockets(t *testing.T) {
	b := start(t, nil)
	gone, stays, late := b.connect("viewer"), b.connect("admin"), b.dial()
	gone.subscribe("w", watchAda)
	stream := <-b.data.opened
	b.tokens.revoked.Store("viewer", true)
	begin := time.Now()
	b.server.EndRevoked(b.tokens.isRevoked)
	if code, reason := gone.closed(); code != 4403 || reason != "token revoked" || time.Since(begin) > time.Second {
		t.Errorf("closed with %d %q after %s", code, reason, time.Since(begin))
	}
	b.eventually("its stream is closed", stream.isClosed)
	late.send(`{"type":"connection_init","payload":{"token":"viewer"}}`)
	late.expectClosed(4403)
	stays.subscribe("1", `{me{subject}}`)
	if m := stays.next(); m.Type != "next" {
		t.Errorf("others: %+v", m)
	}
}

// TestRevokedMeanwhile: a token that is revoked between its check and the moment from which a revocation finds the socket
// does not get through.
func TestRevokedMeanwhile(t *testing.T) {
	b := start(t, nil)
	checks := 0
	b.server.cfg.Verifier = verifierFunc(func(ctx context.Context, token string) (*auth.Principal, error) {
		if checks++; checks == 2 {
			b.tokens.revoked.Store("viewer", true)
		}
		return b.tokens.Verify(ctx, token)
	})
	s := b.dial()
	s.send(`{"type":"connection_init","payload":{"token":"viewer"}}`)
	s.expectClosed(4403)
}

type verifierFunc func(context.Context, string) (*auth.Principal, error)

func (f verifierFunc) Verify(ctx context.Context, token string) (*auth.Principal, error) {
	return f(ctx, token)
}
