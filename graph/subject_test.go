package graph

import (
	"net/http"
	"strings"
	"testing"
)

func TestSubscriptionsOfASubject(t *testing.T) {
	b := start(t, func(c *ServerConfig) { c.Limits.Subject = 3 })
	first, second := b.connect("viewer"), b.connect("viewer")
	first.subscribe("1", watchAda)
	first.subscribe("2", watchAda)
	e := b.listen("viewer", watchAda)
	for range 3 {
		<-b.data.opened
	}
	counted := func(n int) func() bool {
		return func() bool {
			b.server.subjects.mu.Lock()
			defer b.server.subjects.mu.Unlock()
			return len(b.server.subjects.open) == 1 && b.server.subjects.open["viewer"] == n
		}
	}
	b.eventually("three are counted", counted(3)) // a stream is open a moment before
	second.subscribe("1", watchAda)
	if m := second.next(); m.Type != "error" || !strings.Contains(string(m.Payload), "LIMIT") {
		t.Errorf("a fourth: %+v", m)
	}
	if got := b.listen("viewer", watchAda).status; got != http.StatusBadRequest {
		t.Errorf("a fourth, as events: %d", got)
	}
	for range 2 {
		b.eventually("what is refused is closed", (<-b.data.opened).isClosed)
	}
	other := b.connect("admin")
	other.subscribe("1", watchAda)
	(<-b.data.opened).emit(changed(1))
	if m := other.next(); m.Type != "next" {
		t.Errorf("somebody else's: %+v", m)
	}
	first.send(`{"id":"1","type":"complete"}`)
	first.quiet()
	e.hangUp()
	other.hangUp()
	b.eventually("one is counted", counted(1))
}

func TestRates(t *testing.T) {
	b := start(t, func(c *ServerConfig) { c.Limits.Rate = 0.001 }) // one, and then for a quarter of an hour none
	if got := b.post("viewer", query(`{__typename}`)); got.status != 200 {
		t.Errorf("the first: %+v", got)
	}
	if got := b.post("viewer", query(`{__typename}`)); got.status != 429 || got.header.Get("Retry-After") == "" || codes(t, got.body)[0] != "RATE_LIMITED" {
		t.Errorf("the second: %+v", got)
	}
	s := b.connect("viewer")
	s.subscribe("1", `{__typename}`)
	if m := s.next(); m.Type != "error" || !strings.Contains(string(m.Payload), "RATE_LIMITED") || !strings.Contains(string(m.Payload), "retryAfter") {
		t.Errorf("over a socket: %+v", m)
	}
	if got := b.post("admin", query(`{__typename}`)); got.status != 200 {
		t.Errorf("somebody else: %+v", got)
	}
}
