package journal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kith/fault"
)

func TestConfig(t *testing.T) {
	for text, cfg := range map[string]Config{
		"directory or the address": {},
		`name "Not good"`:          {Dir: "x", Name: "Not good"},
		"Replicas is 6":            {URL: "nats://x", Replicas: 6},
		"Replicas is 3":            {Dir: "x", Replicas: 3},
		"SoftBytes is negative":    {Dir: "x", SoftBytes: -1, MaxBytes: 100 * gib},
		"MaxBytes is 1":            {Dir: "x", MaxBytes: 1},
		"MinFreePercent is 95":     {Dir: "x", MinFreePercent: 95},
	} {
		if _, err := Open(within(t), cfg); fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.MessageOf(err), text) {
			t.Errorf("%+v gives %v, not %q", cfg, err, text)
		}
	}
	if err := (Config{Dir: "x"}).withDefaults().validate(); err != nil {
		t.Error(err)
	}
}

func TestRedact(t *testing.T) {
	for from, want := range map[string]string{
		"nats://ada:secret@h1:4222, tls://h2": "h1:4222, h2",
		"ada:secret@h1":                       "the address given",
	} {
		if got := redact(from); got != want {
			t.Errorf("%q is shown as %q", from, got)
		}
	}
}

// A caller who goes away neither fails the others in its message nor is kept.
func TestCallerGoesAway(t *testing.T) {
	j, ctx := open(t, Config{Dir: t.TempDir()}), within(t)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	for range 100 {
		if _, err := j.AppendEvents(gone, []byte("a")); err != nil && (fault.CodeOf(err) != fault.Timeout || !errors.Is(err, context.Canceled)) {
			t.Fatal(err)
		}
		if _, err := j.AppendEvents(ctx, []byte("b")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := j.Append(gone, KindEvents, nil); fault.CodeOf(err) != fault.Timeout {
		t.Errorf("Append with a context that is over gives %v", err)
	}
}

// Parts above the bounds of one message make several, none is split, and all bytes waiting are bounded.
func TestCoalesceBounds(t *testing.T) {
	j := &Journal{cfg: Config{CoalesceBytes: 100, CoalesceParts: 3, WaitingBytes: 1000, PublishTimeout: time.Second}, maxData: 1000}
	c := &coalescer{journal: j, sending: true} // nothing is sent
	sizes := []int{50, 50, 1, 10, 10, 10, 10, 300, 60, 60}
	for _, n := range sizes {
		if _, err := c.enqueue("test", make([]byte, n), ""); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, b := range c.queue {
		got = append(got, fmt.Sprint(len(b.parts), ":", b.size))
	}
	if want := "2:100 3:21 2:20 1:300 1:60 1:60"; strings.Join(got, " ") != want {
		t.Errorf("parts %v make messages %v, want %s", sizes, got, want)
	}
	if _, err := c.enqueue("test", make([]byte, 500), ""); fault.CodeOf(err) != fault.RateLimited {
		t.Errorf("above the bound of what waits: %v", err)
	}
}

// An event's raw bytes decide about its id; fields cannot run into each other.
func TestHashID(t *testing.T) {
	a, b := Quarantined{Source: "ab", MessageID: "c"}, Quarantined{Source: "a", MessageID: "bc"}
	if a.prepare() == b.prepare() {
		t.Error("two different events have one id")
	}
	if !idPattern.MatchString(a.ID) || a.At == 0 || !strings.HasPrefix(a.ID, "qua_") {
		t.Errorf("%+v", a)
	}
	c := Quarantined{ID: "mine", At: 5}
	if c.prepare() != "mine" || c.At != 5 {
		t.Errorf("%+v", c)
	}
}

// Records and events that arrive together are stored under their own kinds, with their order kept inside each.
func TestRecordsHaveMessagesOfTheirOwn(t *testing.T) {
	j, ctx := open(t, Config{Dir: t.TempDir()}), within(t)
	const each = 200
	appends := map[string]func(context.Context, []byte) (Position, error){KindEvents: j.AppendEvents, KindRecords: j.AppendRecords}
	failed := make(chan error, 2*each)
	var all sync.WaitGroup
	for kind, appendPart := range appends {
		for range each {
			all.Go(func() {
				_, err := appendPart(ctx, []byte(kind[:1]))
				failed <- err
			})
		}
	}
	all.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			t.Fatal(err)
		}
	}
	head, err := j.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for reader := j.Read(0); ; {
		m, err := reader.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got[m.Kind] += string(m.Data)
		if m.Seq == head.Seq {
			break
		}
	}
	for kind := range appends {
		if want := strings.Repeat(kind[:1], each); got[kind] != want {
			t.Errorf("%s: %q", kind, got[kind])
		}
	}
	if _, err := j.AppendRecords(ctx, make([]byte, j.MaxMessageBytes()+1)); fault.CodeOf(err) != fault.TooLarge {
		t.Errorf("too large: %v", err)
	}
}
