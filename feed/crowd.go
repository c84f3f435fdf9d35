package feed

import (
	"cmp"
	"context"
	"slices"

	"kith/customer"
	"kith/fault"
	"kith/identity"
)

// Members is who is in a segment, read after a cursor was given out.
type Members struct {
	Segment string
	IDs     []identity.CustomerID
	// What they are due to is in the change stream, or will be with this message of the pipeline at the latest.
	Tx   int64
	Part int

	head uint64 // of the change stream, behind that
}

// Members subscribes to the changes of everybody who is in a segment at the time, from right behind the cursor after on.
// Who was in there is worked out of who is now and of what the stream says in between. Errors are those of Customer.
func (h *Hub) Members(ctx context.Context, m Members, after string) (*Subscription, error) {
	c, err := parseCursor(after)
	if err != nil {
		return nil, err
	}
	if m.head, err = h.source.Head(ctx); err != nil {
		return nil, fault.Wrap("feed.Members", fault.Unavailable, err, "The change stream cannot be read.")
	}
	return h.subscribe(ctx, watch{crowd: &crowd{segment: m.Segment}}, c, &m)
}

// crowd is the members of a segment, at one place of the stream.
type crowd struct {
	segment string
	members map[identity.CustomerID]bool
	subs    set // who share it
}

// step is whether a change is of somebody who is in the segment then, and moves the crowd along.
func (w *crowd) step(c customer.Change) bool {
	switch {
	case c.Membership != nil && c.Membership.Segment == w.segment:
		if c.Membership.Entered {
			w.members[c.Membership.Customer] = true
		} else {
			delete(w.members, c.Membership.Customer)
		}
	case c.Changed != nil:
		return w.members[c.Changed.Customer]
	case c.Merged != nil:
		shown := w.members[c.Merged.Customer]
		for _, id := range c.Merged.Absorbed {
			if w.members[id] { // who is in by another id now; if not, a Membership says so
				delete(w.members, id)
				w.members[c.Merged.Customer], shown = true, true
			}
		}
		return shown
	case c.Split != nil:
		return w.members[c.Split.Customer]
	}
	return false
}

// mark is a message of the pipeline: a transaction, and the part of its changes.
type mark struct {
	tx   int64
	part int
}

// later is the later of two; a message that could not be read is of no transaction.
func (m mark) later(b *batch) mark {
	if n := (mark{b.Tx, b.Part}); m.before(n) {
		return n
	}
	return m
}

func (m mark) before(n mark) bool {
	return cmp.Or(cmp.Compare(m.tx, n.tx), cmp.Compare(m.part, n.part)) < 0
}

// maxUndone is of how many customers who entered or left meanwhile it is remembered whether they were in before.
const maxUndone = 200_000

// rewind makes of the members as they are now those at the place where a subscription begins: the first thing that the
// stream says behind that place of who enters, leaves or takes part in a merge says whether it was in. It is false when
// the subscription is over.
func (h *Hub) rewind(s *Subscription) bool {
	m := s.members
	end, ok := h.wait(s, m.head, mark{m.Tx, m.Part})
	if !ok {
		return false
	}
	was := map[identity.CustomerID]bool{}
	for at := s.at; at < end && !s.over(); {
		behind, ok := h.between(s, at)
		if !ok {
			return false
		}
		for _, b := range behind {
			for n, c := range b.Changes {
				if s.from.before(place{b.seq, n + 1}) {
					undo(was, m.Segment, c)
				}
			}
			at = b.seq
		}
		if len(was) > maxUndone {
			s.stop(many, nil)
			return false
		}
	}
	in := make(map[identity.CustomerID]bool, len(m.IDs))
	for _, id := range m.IDs {
		in[id] = true
	}
	for id, is := range was {
		if is {
			in[id] = true
		} else {
			delete(in, id)
		}
	}
	s.watch.crowd.members, s.members = in, nil
	return true
}

// undo notes of whoever a change is the first to say something whether it was in the segment before.
func undo(was map[identity.CustomerID]bool, segment string, c customer.Change) {
	note := func(id identity.CustomerID, in bool) {
		if _, known := was[id]; !known {
			was[id] = in
		}
	}
	switch {
	case c.Membership != nil && c.Membership.Segment == segment:
		note(c.Membership.Customer, !c.Membership.Entered)
	case c.Was != nil:
		_, in := slices.BinarySearch(c.Was.Segments, segment)
		note(c.Was.Customer, in)
	}
}

// wait waits until the hub has handed out the message seq and everything up to the mark, and gives the last message it
// has. It is false when the subscription is over.
func (h *Hub) wait(s *Subscription, seq uint64, m mark) (end uint64, ok bool) {
	for !s.over() {
		h.mu.Lock()
		if h.pos >= seq && !h.done.before(m) {
			end = h.pos
			h.mu.Unlock()
			return end, true
		}
		if h.grown == nil {
			h.grown = make(chan struct{})
		}
		grown := h.grown
		h.mu.Unlock()
		select {
		case <-grown:
		case <-s.room: // it was closed
		case <-h.ctx.Done():
			return 0, false
		}
	}
	return 0, false
}

// between is some messages behind seq, out of memory or out of the stream.
func (h *Hub) between(s *Subscription, seq uint64) ([]*batch, bool) {
	h.mu.Lock()
	behind, ok := h.recent.after(seq)
	behind = slices.Clone(behind) // the ring goes on
	h.mu.Unlock()
	if ok {
		return behind, true
	}
	messages, ok := h.fetch(s, seq)
	for _, m := range messages {
		behind = append(behind, h.decode(m))
	}
	return behind, ok
}
