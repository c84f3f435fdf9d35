package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kith/fault"
)

func expect(t *testing.T, s *Subscription, want ...string) []Event {
	t.Helper()
	synctest.Wait()
	events, err := drain(s)
	if got := briefly(events); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q (%v)", got, want, err)
	}
	return events
}

func TestFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newStream()
		h := started(t, src, nil)
		s := h.person(t, "x", "a", h.head(t))
		defer s.Close()
		src.publish(changed("a", "k"), changed("b"), touched(1, "n"))
		src.publish(merged("b", "a", "z"), changed("a"), changed("b"))
		src.publish(merged("b", "q"), split("b", "c", "x", "y"), changed("b"), changed("c"))
		src.publish(split("c", "d", "y"), changed("d"), changed("c"))
		events := expect(t, s, "c:a", "m:b<[a z]", "c:b", "m:b<[q]", "s:b>c", "c:c", "s:c>d", "c:c")
		if e := events[0]; e.Cursor != "e1.1.1.x.a" || e.Key != e.Cursor || e.At != 1000 || e.Received != 900 || e.Change.Changed.Traits[0] != "k" {
			t.Errorf("%+v", e)
		}
		for n, e := range events { // behind each of them the rest follows
			again := h.person(t, "x", "c", e.Cursor)
			rest, _ := drain(again)
			if got, want := briefly(rest), briefly(events[n+1:]); !slices.Equal(got, want) {
				t.Errorf("behind %s: got %q, want %q", e.Cursor, got, want)
			}
			for i, r := range rest {
				if r.Cursor != events[n+1+i].Cursor || r.Received != 0 {
					t.Errorf("again %+v", r)
				}
			}
			again.Close()
		}
	})
}

// TestMoves: an identifier that goes to another customer takes its watchers along; one that stands for nobody any more
// ends their subscriptions with a word, live, out of memory and out of the stream alike.
func TestMoves(t *testing.T) {
	for _, recent := range []int{1, 1 << 20} {
		synctest.Test(t, func(t *testing.T) {
			src := newStream()
			h := started(t, src, func(c *Config) { c.Recent = recent })
			begin := h.head(t)
			x, a, other := h.person(t, "x", "a", begin), h.person(t, "a", "a", begin), h.person(t, "z", "a", begin)
			notified := atomic.Int64{}
			src.publish(moved("a", "b", "x", "y"), changed("a"), changed("b"))
			src.publish(moved("b", "c", "x"), moved("a", "", "a"), moved("a", "d", "z"), changed("c"), changed("d"))
			src.publish(changed("a"), changed("c"), moved("c", "", "x"), changed("c"), changed("d"))
			synctest.Wait()
			late := h.person(t, "x", "c", begin)
			late.Notify(func() { notified.Add(1) })
			for s, want := range map[*Subscription][]string{
				x: {"c:b", "c:c", "c:c", "resync"}, late: {"c:b", "c:c", "c:c", "resync"}, a: {"c:a", "resync"}, other: {"c:a", "c:d", "c:d"},
			} {
				synctest.Wait()
				events, err := drain(s)
				if got := briefly(events); !slices.Equal(got, want) {
					t.Errorf("got %q, want %q (%v)", got, want, err)
				}
				if over := want[len(want)-1] == "resync"; over != errors.Is(err, ErrOver) {
					t.Errorf("%q ended with %v", want, err)
				}
				s.Close()
			}
			if notified.Load() == 0 {
				t.Error("nobody was told")
			}
			if n := len(h.index.holders) + len(h.index.watched) + len(h.subs); n != 0 {
				t.Errorf("%d left behind", n)
			}
		})
	}
}

// TestOutdatedHolder: between reading the cursor and reading the holder the holder may change; and a cursor of another
// subscription knows nothing of ours.
func TestOutdatedHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newStream()
		h := started(t, src, nil)
		begin := h.head(t)
		src.publish(changed("a"), split("a", "c", "x"), changed("c"))
		src.publish(merged("b", "c"), changed("b"))
		synctest.Wait()
		for holder, want := range map[string][]string{
			"a": {"c:a", "s:a>c", "c:c", "m:b<[c]", "c:b"},
			"c": {"s:a>c", "c:c", "m:b<[c]", "c:b"},
			"b": {"s:a>c", "c:c", "m:b<[c]", "c:b"},
		} {
			s := h.person(t, "x", id(holder), begin)
			expect(t, s, want...)
			s.Close()
		}
		anchor := h.person(t, "c", "b", begin) // a customer's own id, absorbed since
		expect(t, anchor, "s:a>c", "c:c", "m:b<[c]", "c:b")
		anchor.Close()
		moved := h.person(t, "b", "b", "e1.2.1.x.b") // the survivor's id with a cursor of the absorbed one's
		expect(t, moved, "c:b")
		moved.Close()
	})
}

func TestTouchpoints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newStream()
		h := started(t, src, nil)
		open := func(f Filter) *Subscription {
			s, err := h.Touchpoints(t.Context(), f, h.head(t))
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		all, named, none := open(Filter{}), open(Filter{Names: []string{"a", "b", "a"}}), open(Filter{Names: []string{}})
		twin := open(Filter{Names: []string{"b", "a"}})
		other := open(Filter{Sources: []string{"app"}})
		src.publish(touched(1, "a"), changed("x"), touched(2, "c"), touched(3, "b"))
		events := expect(t, all, "t:tp_1", "t:tp_2", "t:tp_3")
		expect(t, named, "t:tp_1", "t:tp_3")
		expect(t, twin, "t:tp_1", "t:tp_3")
		expect(t, none)
		expect(t, other)
		again, err := h.Touchpoints(t.Context(), Filter{}, events[0].Cursor)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, again, "t:tp_2", "t:tp_3")
		for _, s := range []*Subscription{all, named, twin, none, other, again} {
			s.Close()
			s.Close()
		}
		if x := h.index; len(x.filters)+len(x.names)+len(x.others)+len(h.subs) != 0 {
			t.Errorf("left behind: %+v", x)
		}
	})
}

// TestCatchUp: a cursor from further back than memory is served from the stream, through the same code and without a gap.
func TestCatchUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newStream()
		h := started(t, src, func(c *Config) { c.Recent, c.Queue = 2000, 4096 })
		begin := h.head(t)
		live := h.person(t, "a", "a", begin)
		var want []string
		for n := range 3000 {
			src.publish(changed("a"), changed("b"), touched(n, "x"))
			want = append(want, "c:a")
			if n%10 == 0 {
				synctest.Wait()
				_, _ = drain(live)
			}
		}
		late := h.person(t, "a", "a", begin)
		var got []string
		notified := atomic.Int64{}
		late.Notify(func() { notified.Add(1) })
		for len(got) < len(want) {
			synctest.Wait()
			events, err := drain(late)
			if len(events) == 0 {
				t.Fatalf("stuck after %d events (%v)", len(got), err)
			}
			got = append(got, briefly(events)...)
			src.publish(changed("a"))
			want = append(want, "c:a")
			if len(want) > 3100 {
				synctest.Wait()
				events, _ := drain(late)
				got = append(got, briefly(events)...)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d events, want %d", len(got), len(want))
		}
		if notified.Load() == 0 {
			t.Error("never notified")
		}
		src.publish(changed("a"))
		expect(t, late, "c:a")
		late.Close()
		live.Close()
		abandoned := h.person(t, "a", "a", begin) // closed while it catches up
		synctest.Wait()
		abandoned.Close()
	})
}

func TestResync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newStream()
		for range 10 {
			src.publish(changed("a"))
		}
		src.trim(6)
		h := started(t, src, nil) // remembers what is kept
		kept := h.person(t, "a", "a", "e1.6.0")
		expect(t, kept, "c:a", "c:a", "c:a", "c:a", "c:a")
		for _, after := range []string{"e1.5.0", "e1.0.0", "e0.8.0", "e1.99.0"} {
			s := h.person(t, "a", "a", after)
			expect(t, s, "resync")
			if _, _, err := s.Next(); !errors.Is(err, ErrOver) {
				t.Errorf("%s: then %v", after, err)
			}
			s.Close()
		}
		for _, after := range []string{"", "x", "e1.x.0", "e1.1.-1", "e1.1.0.", "e1.1.0.a.", "e1.1.0.a.b.c", ".1.0", strings.Repeat("9", 600)} {
			if _, err := h.Customer(t.Context(), "a", "a", after); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%q: %v", after, err)
			}
		}
		kept.Close()
	})
}

// TestAhead: a cursor of another instance that is ahead of this one is waited for.
func TestAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newStream()
		h := started(t, src, nil)
		h.mu.Lock() // this instance is slow
		src.publish(changed("a"), changed("a"), merged("b", "a"), changed("b"))
		ahead := cursor{"e1", place{1, 3}, "x", "b"}
		opened := make(chan *Subscription)
		go func() {
			s, err := h.Customer(context.Background(), "x", "b", ahead.String())
			if err != nil {
				t.Error(err)
			}
			opened <- s
		}()
		h.mu.Unlock()
		s := <-opened
		expect(t, s, "c:b")
		s.Close()
	})
}

// TestSlowSubscriber: changes of a customer are united over the limit, others are not, and then the subscriber is cut off.
func TestSlowSubscriber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newStream()
		h := started(t, src, func(c *Config) { c.Queue = 2048 })
		s := h.person(t, "a", "a", h.head(t))
		for n := range 200 {
			src.publish(changed("a", fmt.Sprint("k", n%3)))
			if n == 100 {
				src.publish(merged("a", "b"))
			}
		}
		synctest.Wait()
		events, err := drain(s)
		if err != nil || len(events) > 20 {
			t.Fatalf("%d events, %v", len(events), err)
		}
		traits := map[string]bool{}
		merges := 0
		last := place{}
		for _, e := range events {
			c, err := parseCursor(e.Cursor)
			if err != nil || !last.before(c.at) {
				t.Errorf("%s behind %v", e.Cursor, last)
			}
			last = c.at
			if e.Change.Merged != nil {
				merges++
				continue
			}
			united := len(e.Change.Changed.Traits) > 1
			if united == (e.Key != "") {
				t.Errorf("%+v", e)
			}
			for _, k := range e.Change.Changed.Traits {
				traits[k] = true
			}
		}
		if merges != 1 || len(traits) != 3 || last != (place{201, 1}) {
			t.Errorf("%d merges, traits %v, last %v", merges, traits, last)
		}
		for n := range 100 {
			src.publish(merged("a", id(fmt.Sprint("b", n))))
		}
		synctest.Wait()
		if _, err := drain(s); !errors.Is(err, ErrSlow) {
			t.Errorf("ended with %v", err)
		}
		if len(h.index.holders) != 0 {
			t.Error("one that is cut off still costs")
		}
		again := h.person(t, "a", "a", events[len(events)-1].Cursor) // it comes back and has missed nothing
		for n := 0; n < 100; {
			synctest.Wait()
			more, err := drain(again)
			if len(more) == 0 {
				t.Fatalf("stuck after %d: %v", n, err)
			}
			for _, e := range more {
				if brief(e.Change) != fmt.Sprintf("m:a<[b%d]", n) {
					t.Fatalf("got %s, want merge %d", brief(e.Change), n)
				}
				n++
			}
		}
		s.Close()
		again.Close()
	})
}

func TestStreamAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newStream()
		h := started(t, src, nil)
		s := h.person(t, "a", "a", h.head(t))
		src.fail(errAway)
		time.Sleep(time.Minute) // a bubble's minute
		src.fail(nil)
		src.publish(changed("a"))
		time.Sleep(time.Second)
		expect(t, s, "c:a")
		if src.reads > 100 {
			t.Errorf("%d reads in a minute", src.reads)
		}
		src.mu.Lock()
		src.epoch, src.messages, src.first = "e2", nil, 1 // the stream was made anew
		src.mu.Unlock()
		src.fail(fmt.Errorf("reading: %w", ErrGone))
		synctest.Wait()
		src.fail(nil)
		time.Sleep(time.Minute)
		expect(t, s, "resync")
		anew := h.person(t, "a", "a", h.head(t))
		src.publish(changed("a"))
		if events := expect(t, anew, "c:a"); !strings.HasPrefix(events[0].Cursor, "e2.1.1") {
			t.Errorf("%+v", events)
		}
		anew.Close()
		s.Close()
	})
}

func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newStream()
		h := started(t, src, nil)
		if err := h.Start(t.Context()); err == nil {
			t.Error("started twice")
		}
		s := h.person(t, "a", "a", h.head(t))
		var told atomic.Bool
		s.Notify(func() { told.Store(true) })
		src.publish(changed("a"))
		synctest.Wait()
		for range 2 {
			if err := h.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		events, err := drain(s)
		if len(events) != 1 || !errors.Is(err, ErrStopped) || !told.Load() {
			t.Errorf("%v, %v, told: %t", events, err, told.Load())
		}
		if _, err := h.Customer(t.Context(), "a", "a", "e1.1.0"); !errors.Is(err, ErrStopped) {
			t.Error(err)
		}
		if _, err := h.Head(t.Context()); !errors.Is(err, ErrStopped) {
			t.Error(err)
		}
	})
}

func TestUnreadableMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newStream()
		h := started(t, src, nil)
		s := h.person(t, "a", "a", h.head(t))
		src.mu.Lock()
		src.messages = append(src.messages, []byte("{"))
		src.mu.Unlock()
		src.publish(changed("a"))
		expect(t, s, "c:a")
		s.Close()
	})
}

func TestConfig(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("no source")
	}
	if _, err := New(Config{Source: newStream(), Queue: 1}); err == nil {
		t.Error("no room")
	}
	src := newStream()
	src.epoch = "a.b"
	h, err := New(Config{Source: src})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Start(t.Context()); err == nil {
		t.Error("an epoch with a dot")
	}
}
