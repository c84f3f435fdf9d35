package graph

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"kith/fault"
)

// TestCloseCodes is the protocol's table of what ends a socket.
func TestCloseCodes(t *testing.T) {
	b := start(t, func(c *ServerConfig) { c.Limits.Init = 100 * time.Millisecond })
	const init = `{"type":"connection_init","payload":{"Authorization":"Bearer viewer"}}`
	const ack = `{"type":"connection_ack"}`
	const watch = `{"id":"1","type":"subscribe","payload":{"query":"subscription{touchpointRecorded{__typename}}"}}`
	for _, c := range []struct {
		name      string
		protocols []string
		send      []string
		expect    []string
		code      int
		reason    string
	}{
		{name: "subscribe before init", send: []string{watch}, code: 4401, reason: "Unauthorized"},
		{name: "second init", send: []string{init, init}, expect: []string{ack}, code: 4429, reason: "Too many initialisation requests"},
		{name: "not JSON", send: []string{`{`}, code: 4400, reason: "Invalid message"},
		{name: "not an object", send: []string{`[]`}, code: 4400, reason: "Invalid message"},
		{name: "no type", send: []string{`{}`}, code: 4400, reason: "Unknown message type"},
		{name: "unknown type", send: []string{init, `{"type":"start"}`}, expect: []string{ack}, code: 4400, reason: "Unknown message type"},
		{name: "id of the wrong type", send: []string{init, `{"id":7,"type":"subscribe","payload":{"query":"{__typename}"}}`}, expect: []string{ack}, code: 4400, reason: "Invalid message"},
		{name: "no id", send: []string{init, `{"type":"subscribe","payload":{"query":"{__typename}"}}`}, expect: []string{ack}, code: 4400, reason: "A subscribe message needs an id"},
		{name: "no payload", send: []string{init, `{"id":"1","type":"subscribe"}`}, expect: []string{ack}, code: 4400},
		{name: "no query", send: []string{init, `{"id":"1","type":"subscribe","payload":{}}`}, expect: []string{ack}, code: 4400},
		{name: "batch", send: []string{init, `{"id":"1","type":"subscribe","payload":[{"query":"{__typename}"}]}`}, expect: []string{ack}, code: 4400},
		{name: "same id twice", send: []string{init, watch, watch}, expect: []string{ack}, code: 4409, reason: "Subscriber for 1 already exists"},
		{name: "no init", code: 4408, reason: "Connection initialisation timeout"},
		{name: "only pings, no init", send: []string{`{"type":"ping"}`}, expect: []string{`{"type":"pong"}`}, code: 4408},
		{name: "init refused", send: []string{`{"type":"connection_init","payload":{"Authorization":"Bearer forged"}}`}, code: 4403, reason: "token not valid"},
		{name: "init without a token", send: []string{`{"type":"connection_init"}`}, code: 4403},
		{name: "old subprotocol", protocols: []string{"graphql-ws"}, send: []string{init}, code: 4406, reason: "Subprotocol not acceptable"},
		{name: "no subprotocol", protocols: []string{}, send: []string{init}, code: 4406, reason: "Subprotocol not acceptable"},
		{name: "one of two subprotocols", protocols: []string{"graphql-ws", "graphql-transport-ws"}, send: []string{init, `{}`}, expect: []string{ack}, code: 4400},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.T = t
			s := b.dial(c.protocols...)
			for _, text := range c.send {
				s.send(text)
			}
			for _, want := range c.expect {
				s.expect(want)
			}
			code, reason := s.closed()
			if code != c.code || c.reason != "" && reason != c.reason {
				t.Errorf("closed with %d %q, want %d %q", code, reason, c.code, c.reason)
			}
		})
	}
	b.T = t
	binary := b.dial()
	if err := binary.conn.WriteMessage(websocket.BinaryMessage, []byte(init)); err != nil {
		t.Fatal(err)
	}
	binary.expectClosed(4400)
}

func TestTokenPlaces(t *testing.T) {
	b := start(t, nil)
	for _, payload := range []string{
		`{"Authorization":"Bearer viewer"}`, `{"authorization":"bearer viewer"}`, `{"token":"viewer"}`, `{"Authorization":"viewer"}`,
	} {
		s := b.dial()
		s.send(`{"type":"connection_init","payload":` + payload + `}`)
		s.expect(`{"type":"connection_ack"}`)
	}
	d := websocket.Dialer{Subprotocols: []string{subprotocol}}
	conn, res, err := d.Dial("ws"+strings.TrimPrefix(b.url, "http"), http.Header{"Authorization": {"Bearer viewer"}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	s := &client{b, conn}
	defer s.hangUp()
	s.send(`{"type":"connection_init"}`)
	s.expect(`{"type":"connection_ack"}`)
}

func TestForeignPage(t *testing.T) {
	b := start(t, nil)
	for origin, allowed := range map[string]bool{
		"https://evil.example": false, "null": false, "https://app.example.com": true, b.url: true,
	} {
		d := websocket.Dialer{Subprotocols: []string{subprotocol}}
		conn, res, err := d.Dial("ws"+strings.TrimPrefix(b.url, "http"), http.Header{"Origin": {origin}, "Cookie": {"session=1"}})
		if (err == nil) != allowed || !allowed && res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %v %d", origin, err, res.StatusCode)
		}
		res.Body.Close()
		if conn != nil {
			(&client{b, conn}).hangUp()
		}
	}
}

func TestQueriesOverASocket(t *testing.T) {
	b := start(t, nil)
	s := b.connect("admin")
	s.send(`{"type":"ping","payload":{"n":1}}`)
	s.expect(`{"type":"pong","payload":{"n":1}}`)
	s.send(`{"type":"pong"}`)
	s.subscribe("q", `{me{subject}}`)
	s.expect(`{"id":"q","type":"next","payload":{"data":{"me":{"subject":"admin"}}}}`)
	s.expect(`{"id":"q","type":"complete"}`)
	s.subscribe(`q "2" é <`, `mutation{identityDecisionRevoke(id:"x"){userErrors{code}}}`)
	if m := s.next(); m.ID != `q "2" é <` || !strings.Contains(string(m.Payload), "NOT_FOUND") {
		t.Fatalf("got %+v", m)
	}
	if m := s.next(); m.Type != "complete" {
		t.Fatalf("got %+v", m)
	}
	s.subscribe("3", `{customer(by:{id:"panic"}){id}}`)
	if m := s.next(); m.Type != "next" || !strings.Contains(string(m.Payload), `"code":"INTERNAL"`) {
		t.Fatalf("got %+v", m)
	}
	if m := s.next(); m.Type != "complete" || m.ID != "3" {
		t.Fatalf("got %+v", m)
	}
	s.subscribe("4", `{nope}`)
	if m := s.next(); m.Type != "error" || m.ID != "4" {
		t.Fatalf("got %+v", m)
	}
	s.send(`{"id":"unknown","type":"complete"}`)
	s.subscribe("4", `{__typename}`) // the id is free again
	s.expect(`{"id":"4","type":"next","payload":{"data":{"__typename":"Query"}}}`)
}

func TestSubscription(t *testing.T) {
	b := start(t, nil)
	s := b.connect("viewer")
	s.subscribe("w", `subscription{customerChanged(by:{id:"cus_1"}){__typename ...on CustomerChanged{cursor reasons customer{displayName}}}}`)
	stream := <-b.data.opened
	stream.emit(changed(1))
	s.expect(`{"id":"w","type":"next","payload":{"data":{"customerChanged":{"__typename":"CustomerChanged","cursor":"c1","reasons":["TRAITS"],"customer":{"displayName":"Ada"}}}}}`)
	b.data.rename("cus_1", "Augusta")
	stream.emit(changed(2))
	s.expect(`{"id":"w","type":"next","payload":{"data":{"customerChanged":{"__typename":"CustomerChanged","cursor":"c2","reasons":["TRAITS"],"customer":{"displayName":"Augusta"}}}}}`)
	s.send(`{"id":"w","type":"complete"}`)
	s.quiet()
	b.eventually("the stream is closed", stream.isClosed)
	stream.emit(changed(3))
	s.quiet()
}

func TestEndsOfStreams(t *testing.T) {
	b := start(t, nil)
	s := b.connect("viewer")
	const watch = `subscription{touchpointRecorded{...on TouchpointRecorded{touchpoint{id}}}}`
	s.subscribe("done", watch)
	stream := <-b.data.opened
	stream.emit(recorded1(1))
	s.expect(`{"id":"done","type":"next","payload":{"data":{"touchpointRecorded":{"touchpoint":{"id":"tp_1"}}}}}`)
	stream.finish(ErrComplete)
	s.expect(`{"id":"done","type":"complete"}`)
	b.eventually("the stream is closed", stream.isClosed)

	s.subscribe("fails", watch)
	stream = <-b.data.opened
	stream.finish(fault.New("test", fault.Unavailable, "the change stream is away"))
	s.expect(`{"id":"fails","type":"error","payload":[{"message":"the change stream is away","extensions":{"code":"UNAVAILABLE"}}]}`)

	s.subscribe("unknown", `subscription{customerChanged(by:{id:"cus_9"}){__typename}}`)
	s.expect(`{"id":"unknown","type":"error","payload":[{"message":"no such customer","path":["customerChanged"],"locations":[{"line":1,"column":14}],"extensions":{"code":"NOT_FOUND"}}]}`)

	nobody := b.connect("nobody")
	nobody.subscribe("1", watch)
	if m := nobody.next(); m.Type != "error" || !strings.Contains(string(m.Payload), "FORBIDDEN") {
		t.Fatalf("got %+v", m)
	}
	for _, doc := range []string{
		`subscription{__typename}`, `subscription{a:touchpointRecorded{__typename} b:touchpointRecorded{__typename}}`,
		`subscription{touchpointRecorded @skip(if:true){__typename}}`, `subscription{...on Subscription{__typename}}`,
	} {
		nobody.subscribe("2", doc)
		if m := nobody.next(); m.Type != "error" {
			t.Fatalf("%s: got %+v", doc, m)
		}
	}

	s.subscribe("slow", watch)
	stream = <-b.data.opened
	stream.finish(ErrTooSlow)
	s.expectClosed(1013)
}

func TestOperationsPerSocket(t *testing.T) {
	b := start(t, nil)
	s := b.connect("viewer")
	for i := range 100 {
		s.subscribe(fmt.Sprint(i), `subscription{touchpointRecorded{__typename}}`)
	}
	for i := range 5_000 {
		s.subscribe(fmt.Sprint("x", i), `subscription{touchpointRecorded{__typename}}`)
		if m := s.next(); m.Type != "error" || m.ID != fmt.Sprint("x", i) || !strings.Contains(string(m.Payload), "LIMIT") {
			t.Fatalf("got %+v", m)
		}
	}
	s.send(`{"id":"7","type":"complete"}`)
	s.subscribe("again", `{__typename}`)
	if m := s.next(); m.ID != "again" || m.Type != "next" {
		t.Fatalf("got %+v", m)
	}
	s.hangUp()
	for range 100 {
		stream := <-b.data.opened
		b.eventually("every stream is closed", stream.isClosed)
	}
}

// TestExpiry: a socket ends with its token, and nothing is sent after (case 34).
func TestExpiry(t *testing.T) {
	b := start(t, nil)
	until := time.Now().Add(300 * time.Millisecond)
	s := b.connect("viewer@" + until.Format(time.RFC3339Nano))
	s.subscribe("w", `subscription{touchpointRecorded{__typename}}`)
	stream := <-b.data.opened
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				stream.emit(recorded1(n))
			}
		}
	}()
	code, reason := s.closed()
	if late := time.Since(until); code != 4403 || reason != "token expired" || late < 0 || late > time.Second {
		t.Errorf("closed with %d %q, %s after the end of the token", code, reason, late)
	}
	close(stop)
	<-done
	b.eventually("the stream is closed", stream.isClosed)

	gone := b.dial()
	gone.send(`{"type":"connection_init","payload":{"token":"viewer@2020-01-01T00:00:00Z"}}`)
	gone.expectClosed(4403)
}

func TestPings(t *testing.T) {
	b := start(t, func(c *ServerConfig) { c.Limits.Ping, c.Limits.Write = 20*time.Millisecond, 20*time.Millisecond })
	s := b.connect("viewer")
	pings := 0
	s.conn.SetPingHandler(func(string) error { pings++; return nil }) // a client that never answers
	for {
		data, err := s.read()
		if err != nil {
			break
		}
		if string(data) != `{"type":"ping"}` {
			t.Fatalf("got %s", data)
		}
	}
	if pings == 0 {
		t.Error("no ping frame came")
	}
	b.eventually("the silent socket is gone", func() bool { return len(b.server.connections.all()) == 0 })
}

// TestSlowReader: a client that stops reading is cut off in bounded time, others notice nothing (case 37).
func TestSlowReader(t *testing.T) {
	b := start(t, func(c *ServerConfig) { c.Limits.Write = 100 * time.Millisecond })
	const watch = `subscription{customerChanged(by:{id:"cus_1"}){...on CustomerChanged{cursor customer{displayName}}}}`
	b.data.rename("cus_1", strings.Repeat("A", 100_000))
	slow, quick := b.connect("viewer"), b.connect("viewer")
	slow.subscribe("w", watch)
	stuck := <-b.data.opened
	quick.subscribe("w", watch)
	fine := <-b.data.opened
	for n := range 200 { // 20 MB, more than any socket buffer
		stuck.emit(changed(n))
	}
	b.eventually("the slow reader is gone", stuck.isClosed)
	fine.emit(changed(1))
	if m := quick.next(); m.Type != "next" {
		t.Fatalf("got %+v", m)
	}
	b.eventually("one socket is left", func() bool { return len(b.server.connections.all()) == 1 })
}

// TestUnreadAnswers: answers to queries wait for a reader only up to a number of bytes.
func TestUnreadAnswers(t *testing.T) {
	b := start(t, func(c *ServerConfig) { c.Limits.Buffer = 300_000 })
	b.data.rename("cus_1", strings.Repeat("A", 100_000))
	s := b.connect("viewer")
	for i := range 300 {
		if s.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"id":"%d","type":"subscribe","payload":%s}`, i, query(`{customer(by:{id:"cus_1"}){displayName}}`))) != nil {
			break
		}
	}
	if code, _ := s.closed(); code != 1013 {
		t.Errorf("closed with %d", code)
	}
}

// TestDrain: a server that goes down tells its clients to come back, and takes no new ones (case 16).
func TestDrain(t *testing.T) {
	b := start(t, nil)
	var clients []*client
	for range 100 {
		s := b.connect("viewer")
		s.subscribe("w", `subscription{touchpointRecorded{__typename}}`)
		<-b.data.opened
		clients = append(clients, s)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	drained := make(chan error)
	go func() { drained <- b.server.Drain(ctx) }()
	for _, s := range clients {
		if code, reason := s.closed(); code != 1012 || reason != "Service restart" {
			t.Fatalf("closed with %d %q", code, reason)
		}
	}
	if err := <-drained; err != nil {
		t.Fatal(err)
	}
	if err := b.server.Drain(ctx); err != nil {
		t.Fatal("a second time:", err)
	}
	_, res, err := (&websocket.Dialer{Subprotocols: []string{subprotocol}}).Dial("ws"+strings.TrimPrefix(b.url, "http"), nil)
	if err == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a new socket: %v", err)
	}
	res.Body.Close()
}

// TestLateClient: one that does not answer the close frame does not hold up the end.
func TestLateClient(t *testing.T) {
	b := start(t, nil)
	b.connect("viewer")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if err := b.server.Drain(ctx); err == nil {
		t.Error("the client cannot have gone by itself")
	}
	if took := time.Since(begin); took > patience/2 {
		t.Errorf("took %s", took)
	}
}

func TestCloseCodeList(t *testing.T) {
	last := 0
	names := map[string]bool{}
	for _, c := range CloseCodes() {
		if c.Code <= last || names[c.Name] || c.Name == "" || c.Reason == "" || c.Retry == "" || len(c.Reason) > 123 {
			t.Errorf("%+v", c)
		}
		last, names[c.Name] = c.Code, true
	}
}
