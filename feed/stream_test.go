package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"kith/customer"
	"kith/event"
	"kith/identity"
)

// stream is a change stream in memory.
type stream struct {
	mu       sync.Mutex
	epoch    string
	messages [][]byte
	first    uint64 // sequence of the first kept; 1 at the beginning
	grown    chan struct{}
	broken   error
	reads    int
}

func newStream() *stream { return &stream{epoch: "e1", first: 1, grown: make(chan struct{})} }

func (s *stream) Epoch() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.epoch
}

func (s *stream) Head(context.Context) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return uint64(len(s.messages)), s.broken
}

func (s *stream) Read(ctx context.Context, after uint64, limit int) ([]Message, error) {
	for {
		s.mu.Lock()
		s.reads++
		head, grown, broken := uint64(len(s.messages)), s.grown, s.broken
		if broken != nil {
			s.mu.Unlock()
			return nil, broken
		}
		if after+1 < s.first || after > head {
			s.mu.Unlock()
			return nil, fmt.Errorf("reading: %w", ErrGone)
		}
		var out []Message
		for seq := after + 1; seq <= head && len(out) < limit; seq++ {
			out = append(out, Message{Seq: seq, Data: s.messages[seq-1]})
		}
		s.mu.Unlock()
		if out != nil {
			return out, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *stream) publish(changes ...customer.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, err := json.Marshal(customer.Batch{Tx: int64(len(s.messages) + 1), At: 1000, Ingest: 900, Changes: changes})
	if err != nil {
		panic(err)
	}
	s.messages = append(s.messages, data)
	close(s.grown)
	s.grown = make(chan struct{})
}

func (s *stream) trim(first uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first = first
}

func (s *stream) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
	close(s.grown)
	s.grown = make(chan struct{})
}

var errAway = errors.New("the stream is away")

// started is a hub over the stream that stops with the test. It is for use inside a bubble of synctest.
func started(t *testing.T, s *stream, change func(*Config)) *Hub {
	t.Helper()
	cfg := Config{Source: s}
	if change != nil {
		change(&cfg)
	}
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *Hub) head(t *testing.T) string {
	t.Helper()
	text, err := h.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (h *Hub) person(t *testing.T, watched, holder identity.CustomerID, after string) *Subscription {
	t.Helper()
	s, err := h.Customer(t.Context(), watched, holder, after)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// drain takes all events there are; the error is how the subscription ended, nil while it has not.
func drain(s *Subscription) (events []Event, end error) {
	for {
		e, ok, err := s.Next()
		if !ok {
			return events, err
		}
		events = append(events, e)
	}
}

func changed(id identity.CustomerID, traits ...string) customer.Change {
	return customer.Change{Changed: &customer.Changed{Customer: id, Reasons: []customer.Reason{customer.ReasonTraits}, Traits: traits}}
}

func merged(into identity.CustomerID, absorbed ...identity.CustomerID) customer.Change {
	return customer.Change{Merged: &customer.Merged{Customer: into, Absorbed: absorbed}}
}

func split(from, created identity.CustomerID, ids ...identity.CustomerID) customer.Change {
	return customer.Change{Split: &customer.Split{Customer: from, Created: []customer.Part{{Customer: created, IDs: append([]identity.CustomerID{created}, ids...)}}}}
}

func moved(from, to identity.CustomerID, ids ...identity.CustomerID) customer.Change {
	return customer.Change{Moved: &customer.Moved{From: from, To: to, IDs: ids}}
}

func touched(n int, name string) customer.Change {
	return customer.Change{Touchpoint: &customer.TouchpointRecorded{ID: fmt.Sprint("tp_", n), Type: event.Track, Name: name, Source: "web", At: event.Millis(n)}}
}

// brief is a change in a few letters.
func brief(c customer.Change) string {
	switch {
	case c.Changed != nil:
		return fmt.Sprint("c:", c.Changed.Customer)
	case c.Merged != nil:
		return fmt.Sprint("m:", c.Merged.Customer, "<", c.Merged.Absorbed)
	case c.Split != nil:
		return fmt.Sprint("s:", c.Split.Customer, ">", c.Split.Created[0].Customer)
	case c.Moved != nil:
		return fmt.Sprint("v:", c.Moved.From, ">", c.Moved.To)
	case c.Touchpoint != nil:
		return "t:" + c.Touchpoint.ID
	case c.Membership != nil:
		return fmt.Sprint("g:", c.Membership.Customer)
	}
	return "?"
}

func briefly(events []Event) (out []string) {
	for _, e := range events {
		if e.Resync != "" {
			out = append(out, "resync")
			continue
		}
		out = append(out, brief(e.Change))
	}
	return out
}

func id(s string) identity.CustomerID { return identity.CustomerID(s) }
