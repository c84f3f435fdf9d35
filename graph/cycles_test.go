package graph

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// TestCycles: a thousand clients that connect, subscribe and are killed leave nothing behind: no goroutine, no subscription,
// no memory (case 45).
func TestCycles(t *testing.T) {
	b := start(t, nil)
	cycle := func(n int) {
		d := websocket.Dialer{Subprotocols: []string{subprotocol}}
		conn, res, err := d.Dial("ws"+strings.TrimPrefix(b.url, "http"), nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		s := &client{b, conn}
		s.send(`{"type":"connection_init","payload":{"token":"viewer"}}`)
		s.expect(`{"type":"connection_ack"}`)
		s.subscribe("w", watchAda)
		stream := <-b.data.opened
		if n%3 > 0 {
			stream.emit(changed(n))
		}
		if n%3 > 1 {
			s.next()
		}
		s.hangUp()
	}
	settled := func() (goroutines int, heap uint64) {
		b.eventually("all sockets are gone", func() bool { return len(b.server.connections.all()) == 0 })
		b.server.work.done.Wait()
		b.server.pushers.done.Wait()
		b.data.mu.Lock()
		b.data.streams = nil
		b.data.mu.Unlock()
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return runtime.NumGoroutine(), m.HeapAlloc
	}
	for n := range 100 { // what is made once is made now
		cycle(n)
	}
	goroutines, heap := settled()
	for n := range 1000 {
		cycle(n)
	}
	after, kept := settled()
	if after > goroutines+goroutines/20+1 {
		t.Errorf("%d goroutines, %d before", after, goroutines)
	}
	if kept > heap+heap/20 {
		t.Errorf("%d bytes, %d before", kept, heap)
	}
	b.server.audiences.mu.Lock()
	defer b.server.audiences.mu.Unlock()
	if left := fmt.Sprint(len(b.server.audiences.byKey), len(b.server.subjects.open)); left != "0 0" {
		t.Errorf("audiences and subjects left: %s", left)
	}
}
