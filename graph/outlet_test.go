package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// outletPair is an outlet over TCP, and who reads what it writes.
func outletPair(t *testing.T) (*outlet, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	reader, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return newOutlet(conn), reader
}

// attempt is what a pusher does with one frame.
func (o *outlet) attempt(frame []byte) (whole bool, err error) {
	p := pens.Get().(*pen)
	defer pens.Put(p)
	p.frame = append(p.frame[:0], frame...)
	whole, _, err = p.write(o)
	return whole, err
}

// TestAttempt: what is not taken at once is kept and goes first, and no deadline of the past ends an attempt.
func TestAttempt(t *testing.T) {
	o, reader := outletPair(t)
	if err := o.SetWriteDeadline(time.Now().Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, 60_001)
	var want []byte
	for n := 0; ; n++ {
		for i := range frame {
			frame[i] = byte(n + i/7)
		}
		want = append(want, frame...)
		whole, err := o.attempt(frame)
		if err != nil {
			t.Fatal(err)
		}
		if !whole {
			break
		}
	}
	if len(o.rest) == 0 {
		t.Fatal("nothing was kept")
	}
	// Reads from now on; the last byte is that of a control frame, as gorilla/websocket would write it.
	got := make(chan []byte)
	go func() {
		all := make([]byte, len(want)+1)
		_, _ = io.ReadFull(reader, all)
		got <- all
	}()
	if err := o.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Write([]byte("!")); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(<-got, append(want, '!')) {
		t.Error("what came is not what was written")
	}
	_ = reader.Close()
	for { // until the system knows
		if _, err := o.attempt(frame); err != nil {
			break
		}
	}

	o, _ = outletPair(t)
	<-o.free
	if whole, err := o.attempt(frame); whole || err != nil {
		t.Error("two write at the same time:", whole, err)
	}
	if err := o.write(frame, time.Now()); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("to wait for another ends with", err)
	}
	o.release()
	if err := o.SetWriteDeadline(time.Now().Add(-time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Write([]byte("x")); err == nil {
		t.Error("a deadline of the past is not heeded")
	}
	if _, err := o.attempt([]byte("y")); err == nil {
		t.Error("an outlet writes on behind a frame that may be out in part")
	}
}

// TestFrames: messages of the lengths at which a frame's header changes.
func TestFrames(t *testing.T) {
	b := start(t, nil)
	s := b.connect("viewer")
	const around = `{"id":"1","type":"next","payload":{"data":{"customer":{"displayName":""}}}}`
	for _, length := range []int{125, 126, 127, 65_535, 65_536, 200_000} {
		name := strings.Repeat("n", length-len(around))
		b.data.rename("cus_1", name)
		s.subscribe("1", `{customer(by:{id:"cus_1"}){displayName}}`)
		s.expect(strings.Replace(around, `""`, `"`+name+`"`, 1))
		s.expect(`{"id":"1","type":"complete"}`)
	}
}

// waits reports whether a socket's writer waits for its client.
func (b *bench) waits() bool {
	for _, c := range b.server.connections.all() {
		k := c.(*socket)
		k.mu.Lock()
		author := k.author
		k.mu.Unlock()
		if author == byWriter {
			return true
		}
	}
	return false
}

// TestPartOfAFrame: a client that stops reading in the middle of a frame, asks for a sign of life and reads on has
// everything in order, and the end of the subscription behind it.
func TestPartOfAFrame(t *testing.T) {
	b := start(t, func(c *ServerConfig) { c.Limits.Write = time.Minute })
	b.data.rename("cus_1", strings.Repeat("A", 100_000))
	s := b.connect("viewer")
	s.subscribe("w", watchAda)
	stream := <-b.data.opened
	const events = 200 // 20 MB, more than any socket buffer
	for n := range events {
		stream.emit(changed(n))
	}
	stream.finish(ErrComplete)
	b.eventually("the writer waits for the client", b.waits)
	if err := s.conn.WriteControl(websocket.PingMessage, []byte("there?"), time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	answered := ""
	s.conn.SetPongHandler(func(text string) error { answered = text; return nil })
	for n := range events {
		if m := s.next(); m.Type != "next" || !strings.Contains(string(m.Payload), fmt.Sprintf(`"cursor":"c%d"`, n)) {
			t.Fatalf("message %d is %.200s", n, m.Payload)
		}
	}
	s.expect(`{"id":"w","type":"complete"}`)
	s.subscribe("q", `{__typename}`) // the writer hands back
	s.expect(`{"id":"q","type":"next","payload":{"data":{"__typename":"Query"}}}`)
	s.expect(`{"id":"q","type":"complete"}`)
	if answered != "there?" {
		t.Errorf("the ping was answered with %q", answered)
	}
	b.eventually("nobody writes", func() bool { return !b.waits() })
}

// TestOneStopsReading: while a client does not read what it is sent, a thousand others get all of theirs.
func TestOneStopsReading(t *testing.T) {
	const others, events = 1000, 20
	b := start(t, func(c *ServerConfig) { c.Limits.Write = time.Hour })
	b.data.rename("cus_1", strings.Repeat("A", 100_000))
	stopped := b.connect("viewer")
	stopped.subscribe("w", watchAda)
	stuck := <-b.data.opened
	var streams []*testStream
	var clients []*client
	for range others {
		c := b.connect("viewer")
		c.subscribe("w", `subscription{touchpointRecorded{...on TouchpointRecorded{cursor}}}`)
		streams = append(streams, <-b.data.opened)
		clients = append(clients, c)
	}
	for n := range 200 {
		stuck.emit(changed(n))
	}
	b.eventually("the writer waits for the one that does not read", b.waits)
	for n := range events {
		for _, s := range streams {
			s.emit(recorded1(n))
		}
	}
	for _, c := range clients {
		for n := range events {
			c.expect(fmt.Sprintf(`{"id":"w","type":"next","payload":{"data":{"touchpointRecorded":{"cursor":"t%d"}}}}`, n))
		}
	}
	if !b.waits() || stuck.isClosed() {
		t.Error("the one that does not read is gone, so that this proves nothing")
	}
}

// TestWithoutAttempts: over TLS each socket's own writer writes, as everything works.
func TestWithoutAttempts(t *testing.T) {
	b := start(t, nil)
	srv := httptest.NewTLSServer(b.server)
	defer srv.Close()
	d := websocket.Dialer{Subprotocols: []string{subprotocol}, TLSClientConfig: srv.Client().Transport.(*http.Transport).TLSClientConfig}
	conn, res, err := d.Dial("wss"+strings.TrimPrefix(srv.URL, "https"), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	s := &client{b, conn}
	defer s.hangUp()
	s.send(`{"type":"connection_init","payload":{"token":"viewer"}}`)
	s.expect(`{"type":"connection_ack"}`)
	s.subscribe("w", watchAda)
	stream := <-b.data.opened
	for n := range 50 {
		stream.emit(changed(n))
		if m := s.next(); !strings.Contains(string(m.Payload), fmt.Sprintf(`"cursor":"c%d"`, n)) {
			t.Fatalf("got %s", m.Payload)
		}
	}
	if k := b.server.connections.all()[0].(*socket); k.outlet.raw != nil {
		t.Error("TLS was written past")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var drained sync.WaitGroup
	drained.Go(func() { _ = b.server.Drain(ctx) })
	s.expectClosed(1012)
	drained.Wait()
}
