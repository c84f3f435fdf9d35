package graph

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kith/graph/model"
)

const watchAda = `subscription{customerChanged(by:{id:"cus_1"}){...on CustomerChanged{cursor customer{displayName}}}}`

// TestSharedExecution: what many see is executed once per event (design, section 5).
func TestSharedExecution(t *testing.T) {
	b := start(t, nil)
	var clients []*client
	var streams []*testStream
	for range 20 {
		s := b.connect("viewer")
		for _, id := range []string{"a", "b"} {
			s.subscribe(id, watchAda)
			streams = append(streams, <-b.data.opened)
		}
		clients = append(clients, s)
	}
	admin := b.connect("admin") // sees more, so it sees for itself
	admin.subscribe("a", watchAda)
	streams = append(streams, <-b.data.opened)
	for n := range 10 {
		for _, s := range streams {
			s.emit(changed(n))
		}
		for _, s := range append(clients, admin) {
			times := 2
			if s == admin {
				times = 1
			}
			for range times {
				m := s.next()
				if want := fmt.Sprintf(`{"data":{"customerChanged":{"cursor":"c%d","customer":{"displayName":"Ada"}}}}`, n); string(m.Payload) != want {
					t.Fatalf("got %s, want %s", m.Payload, want)
				}
			}
		}
	}
	if reads := b.data.reads.Load(); reads != 20 {
		t.Errorf("10 events to 2 audiences were executed %d times", reads)
	}
	b.server.audiences.mu.Lock()
	n := len(b.server.audiences.byKey)
	b.server.audiences.mu.Unlock()
	if n != 2 {
		t.Errorf("%d audiences", n)
	}
	for _, s := range clients {
		s.hangUp()
	}
	b.eventually("audiences without members are gone", func() bool {
		b.server.audiences.mu.Lock()
		defer b.server.audiences.mu.Unlock()
		return len(b.server.audiences.byKey) == 1
	})
}

func TestAudienceKeys(t *testing.T) {
	p := newPreparer(Limits{}.withDefaults(), nil, nil)
	viewer, _ := (&testVerifier{}).Verify(t.Context(), "viewer")
	admin, _ := (&testVerifier{}).Verify(t.Context(), "admin")
	key := func(doc string, vars map[string]any) string {
		t.Helper()
		op, list := p.prepare(t.Context(), request{Query: doc, Variables: vars}, false)
		if list != nil {
			t.Fatal(list)
		}
		return audienceKey(op, viewer)
	}
	const doc = `subscription($id:ID!,$after:String){customerChanged(by:{id:$id},after:$after){__typename}}`
	base := key(doc, map[string]any{"id": "1"})
	if base != key(doc, map[string]any{"id": "1", "after": "x"}) {
		t.Error("where a subscription begins makes no difference")
	}
	if base == key(doc, map[string]any{"id": "2"}) {
		t.Error("what is watched does")
	}
	const odd = `subscription($after:String){customerChanged(by:{identifier:{type:"email",value:$after}},after:$after){__typename}}`
	if oddType := `subscription($after:String!){customerChanged(by:{identifier:{type:"email",value:$after}},after:$after){__typename}}`; key(oddType, map[string]any{"after": "x"}) == key(oddType, map[string]any{"after": "y"}) {
		t.Error("a variable that says more than where to begin does,", odd)
	}
	op, _ := p.prepare(t.Context(), request{Query: doc, Variables: map[string]any{"id": "1"}}, false)
	if audienceKey(op, viewer) == audienceKey(op, admin) {
		t.Error("scopes do")
	}
}

// TestOrder: events of one stream arrive in order, whether they are executed one after the other or side by side.
func TestOrder(t *testing.T) {
	b := start(t, nil)
	s := b.connect("viewer")
	s.subscribe("c", watchAda)
	ordered := <-b.data.opened
	s.subscribe("t", `subscription{touchpointRecorded{...on TouchpointRecorded{cursor touchpoint{id}}}}`)
	free := <-b.data.opened
	const events = 500
	for n := range events {
		ordered.emit(changed(n))
		free.emit(recorded1(n))
	}
	seen := map[string]int{}
	for range 2 * events {
		m := s.next()
		var got struct {
			Data map[string]struct{ Cursor string }
		}
		if err := json.Unmarshal(m.Payload, &got); err != nil {
			t.Fatal(err)
		}
		for _, e := range got.Data {
			if want := fmt.Sprint(m.ID, seen[m.ID]); e.Cursor != want {
				t.Fatalf("got %s, want %s", e.Cursor, want)
			}
		}
		seen[m.ID]++
	}
}

// TestNeverBackwards: what an ordered event shows is never older than what the one before it showed, also when the
// executions are shared with somebody who was there earlier.
func TestNeverBackwards(t *testing.T) {
	b := start(t, nil)
	early, late := b.connect("viewer"), b.connect("viewer")
	early.subscribe("w", watchAda)
	first := <-b.data.opened
	late.subscribe("w", watchAda)
	second := <-b.data.opened
	name := func(c *client) string {
		var got struct {
			Data struct {
				CustomerChanged struct{ Customer struct{ DisplayName string } }
			}
		}
		if err := json.Unmarshal(c.next().Payload, &got); err != nil {
			t.Fatal(err)
		}
		return got.Data.CustomerChanged.Customer.DisplayName
	}
	b.data.rename("cus_1", "old")
	first.emit(changed(2))
	if got := name(early); got != "old" {
		t.Fatal(got)
	}
	b.data.rename("cus_1", "new")
	second.emit(changed(1)) // comes to an earlier event now
	if got := name(late); got != "new" {
		t.Fatal(got)
	}
	second.emit(changed(2)) // kept from before, and older than what was just shown
	if got := name(late); got != "new" {
		t.Errorf("an ordered event showed %q after %q", got, "new")
	}
}

// TestSubjectsSideBySide: of ordered events those of different subjects are executed side by side, those of one subject one
// after the other, and what shows several waits for all.
func TestSubjectsSideBySide(t *testing.T) {
	b := start(t, nil)
	var mu sync.Mutex
	var once sync.Once
	under := map[string]int{}
	both := make(chan struct{})
	b.data.reading = func(id string) {
		mu.Lock()
		if under[id]++; under[id] > 1 {
			t.Errorf("two events of %s are executed at once", id)
		}
		if len(under) == 2 {
			once.Do(func() { close(both) })
		}
		mu.Unlock()
		select {
		case <-both: // both were under way at some time
		case <-time.After(30 * time.Second):
			t.Error("events of two subjects are not executed side by side")
		}
		mu.Lock()
		under[id]--
		mu.Unlock()
	}
	s := b.connect("viewer")
	s.subscribe("w", watchAda)
	stream := <-b.data.opened
	for n := range 8 {
		e := changed(n)
		e.Subject = fmt.Sprint("cus_", 1+n%2)
		e.Value.(*model.CustomerChanged).CustomerID = e.Subject
		stream.emit(e)
	}
	for n := range 8 {
		if got, want := string(s.next().Payload), fmt.Sprintf(`"cursor":"c%d"`, n); !strings.Contains(got, want) {
			t.Errorf("event %d: %s", n, got)
		}
	}
}

// TestFollows: what shows nobody in particular is behind all, and before all.
func TestFollows(t *testing.T) {
	of := func(subject string) *Event { return &Event{Ordered: true, Subject: subject} }
	for _, c := range []struct {
		before, e *Event
		follows   bool
	}{
		{of("a"), of("a"), true},
		{of("a"), of("b"), false},
		{of(""), of("b"), true},
		{of("a"), of(""), true},
		{of(""), of(""), true},
		{&Event{}, of("a"), true},
		{of("a"), &Event{}, true},
		{&Event{}, &Event{}, false},
	} {
		if got := c.e.follows(c.before); got != c.follows {
			t.Errorf("%+v behind %+v: %v", c.e, c.before, got)
		}
	}
}

func TestBrokenStreams(t *testing.T) {
	b := start(t, nil)
	s := b.connect("viewer")
	s.subscribe("1", watchAda)
	stream := <-b.data.opened
	stream.emit(Event{Value: &model.TouchpointRecorded{}}) // not an event of this field
	if m := s.next(); m.Type != "next" || codes(t, string(m.Payload))[0] != "INTERNAL" {
		t.Errorf("got %+v", m)
	}
	stream.mu.Lock()
	stream.events = nil
	stream.mu.Unlock()
	stream.emit(Event{Value: &model.ResyncRequired{Reason: "the past is gone"}})
	if m := s.next(); string(m.Payload) != `{"data":{"customerChanged":{}}}` {
		t.Errorf("got %s", m.Payload)
	}
}

func TestPool(t *testing.T) {
	p := newPool(3, func(f func()) { f() })
	var mu sync.Mutex
	running, most, ran := 0, 0, 0
	for range 100 {
		p.submit(func() {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			<-time.After(time.Microsecond)
			mu.Lock()
			running--
			ran++
			mu.Unlock()
		})
	}
	p.done.Wait()
	if ran != 100 || most > 3 || p.running != 0 {
		t.Errorf("%d ran, %d at once, %d left", ran, most, p.running)
	}
}
