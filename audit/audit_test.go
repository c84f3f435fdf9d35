package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"kith/event"
	"kith/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// log keeps blocks in memory, three to a read.
type log struct {
	mu     sync.Mutex
	blocks [][]byte
	away   bool
}

func (l *log) Append(_ context.Context, block []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away {
		return errors.New("away")
	}
	l.blocks = append(l.blocks, slices.Clone(block))
	return nil
}

func (l *log) Epoch() string { return "e1" }

func (l *log) Before(_ context.Context, before uint64) ([]Block, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if before == 0 || before > uint64(len(l.blocks)) {
		before = uint64(len(l.blocks)) + 1
	}
	var out []Block
	for seq := before - 1; seq > 0 && len(out) < 3; seq-- {
		out = append(out, Block{seq, l.blocks[seq-1]})
	}
	return out, nil
}

func (l *log) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.blocks)
}

func TestRecorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{}
		r := NewRecorder(Config{Log: l, Block: 10, Room: 25})
		r.Start()
		r.Record(Entry{Action: "customer"})
		synctest.Wait()
		if l.count() != 0 {
			t.Error("one entry was written alone, before its time")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if l.count() != 1 || r.Written() != 1 {
			t.Errorf("%d blocks after a second", l.count())
		}
		for range 10 {
			r.Record(Entry{Action: "customer"})
		}
		synctest.Wait()
		if l.count() != 2 {
			t.Errorf("%d blocks when one was full", l.count())
		}
		l.mu.Lock()
		l.away = true
		l.mu.Unlock()
		for range 30 {
			r.Record(Entry{Action: "customer"})
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if r.Lost() != 5 || r.Written() != 11 {
			t.Errorf("%d lost and %d written while the log is away", r.Lost(), r.Written())
		}
		l.mu.Lock()
		l.away = false
		l.mu.Unlock()
		r.Record(Entry{Action: "last", Targets: make([]string, 2*maxTargets)}) // no room for it
		if err := r.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if r.Written() != 36 || r.Lost() != 6 {
			t.Errorf("%d written, %d lost at the end", r.Written(), r.Lost())
		}
		if err := r.Stop(t.Context()); err != nil {
			t.Error("stopped twice:", err)
		}
	})
}

func TestStopWhileTheLogIsAway(t *testing.T) {
	l := &log{away: true}
	r := NewRecorder(Config{Log: l})
	r.Start()
	r.Record(Entry{Action: "customer", Targets: make([]string, 2*maxTargets)})
	if err := r.Stop(t.Context()); err == nil {
		t.Error("what could not be written is no error")
	}
	if n := len(r.waiting[0].Targets); n != maxTargets || r.waiting[0].At == 0 {
		t.Errorf("%d targets at %d", n, r.waiting[0].At)
	}
}

func TestList(t *testing.T) {
	l := &log{}
	n := 0
	for block := range 12 { // of 0 to 4 entries
		var entries []Entry
		for range block % 5 {
			n++
			e := Entry{At: event.Millis(n), Subject: fmt.Sprint("user", n%3), Kind: Read, Action: "customer", Targets: []string{fmt.Sprint("cus_", n%2)}}
			if n%4 == 0 {
				e.Kind, e.Action = Change, "identityJoin"
			}
			entries = append(entries, e)
		}
		text, err := encode(entries)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Append(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		filter Filter
		want   func(int) bool
	}{
		"all":     {Filter{}, func(int) bool { return true }},
		"subject": {Filter{Subject: "user1"}, func(i int) bool { return i%3 == 1 }},
		"target":  {Filter{Targets: []string{"cus_0", "cus_9"}}, func(i int) bool { return i%2 == 0 }},
		"action":  {Filter{Action: "identityJoin"}, func(i int) bool { return i%4 == 0 }},
		"kind":    {Filter{Kind: Read}, func(i int) bool { return i%4 != 0 }},
		"time":    {Filter{From: 5, To: 9}, func(i int) bool { return i >= 5 && i < 9 }},
		"none":    {Filter{Subject: "nobody"}, func(int) bool { return false }},
	} {
		for _, limit := range []int{1, 3, 100} {
			var got, want []int
			for i := n; i > 0; i-- {
				if c.want(i) {
					want = append(want, i)
				}
			}
			for after := ""; ; {
				page, next, err := List(t.Context(), l, c.filter, limit, after)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range page {
					got = append(got, int(e.At))
				}
				if len(page) > limit {
					t.Errorf("a page of %d", len(page))
				}
				if after = next; after == "" {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %d at a time: %v, want %v", name, limit, got, want)
			}
		}
	}
	for _, after := range []string{"x", "e1-0-1", "e1-x-1", "e1-1-x", "e1-1", "e2-1-1", "-1-1", "e1-1--1"} {
		if _, _, err := List(t.Context(), l, Filter{}, 1, after); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: %v", after, err)
		}
	}
}
