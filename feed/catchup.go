package feed

import (
	"context"
	"errors"

	"kith/fault"
)

// Reasons of a Resync, for people.
const (
	gone    = "The changes behind the cursor are not kept any more: read the state again and subscribe without a cursor."
	other   = "The cursor is of another change stream: read the state again and subscribe without a cursor."
	many    = "More customers entered or left the segment since the cursor than can be told apart: read the state again and subscribe without a cursor."
	crowded = "The segment has more members now than can be watched: watch who enters and leaves it with segmentMembershipChanged."
	ended   = "The segment was deleted."
	lost    = "The identifier watched stands for nobody any more, because it was blocked or its last fact was taken back: read the state again."
)

// subscribe opens a subscription at a cursor and brings it up to date: at once out of memory, or else, in a goroutine of
// its own, out of the stream. Who watches members, m, is brought back to them as they were at the cursor first.
func (h *Hub) subscribe(ctx context.Context, w watch, c cursor, m *Members) (*Subscription, error) {
	s := &Subscription{
		hub: h, epoch: c.epoch, begin: cursor{c.epoch, c.at, w.id, w.holder}.String(), watch: w, from: c.at, at: max(c.at.seq, 1) - 1,
		queue: queue{limit: h.cfg.Queue}, room: make(chan struct{}, 1), members: m,
	}
	h.mu.Lock()
	if !h.started || h.stopped {
		h.mu.Unlock()
		return nil, ErrStopped
	}
	if c.epoch != h.epoch {
		h.mu.Unlock()
		s.stop(other, nil)
		return s, nil
	}
	ahead := c.at.seq > h.pos+1
	h.mu.Unlock()
	if ahead { // of this instance; there may be others
		head, err := h.source.Head(ctx)
		if err != nil {
			return nil, fault.Wrap("feed.subscribe", fault.Unavailable, err, "The change stream cannot be read.")
		}
		if c.at.seq > head+1 {
			s.stop(other, nil)
			return s, nil
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return nil, ErrStopped
	}
	h.subs[s] = struct{}{}
	if s.members != nil || !h.join(s) {
		h.work.Go(func() { h.catchUp(s) })
	}
	return s, nil
}

// join takes a subscription through the messages in memory and, when that brings it up to date, among those that get what
// is new. It is false when memory does not reach back far enough, or when the subscription has no room for more now.
// Hub.mu is held.
func (h *Hub) join(s *Subscription) bool {
	if s.at < h.pos {
		behind, ok := h.recent.after(s.at)
		if !ok {
			return false
		}
		for _, b := range behind {
			if s.full() {
				return false
			}
			if !s.through(b) {
				return true // it is over
			}
		}
	}
	if next := (place{s.at + 1, 0}); s.from.before(next) {
		s.from = next // it may have read further than the hub has handed out
	}
	s.joined = true
	h.index.add(s)
	return true
}

// catchUp brings a subscription up to date, as fast as its subscriber reads.
func (h *Hub) catchUp(s *Subscription) {
	if s.members != nil && !h.rewind(s) {
		s.tell()
		return
	}
	for h.roomIn(s) {
		h.mu.Lock()
		_, open := h.subs[s]
		joined := open && h.join(s)
		far := s.at < h.pos && !h.remembers(s.at)
		h.mu.Unlock()
		s.tell()
		if !open || joined {
			return
		}
		if far && !h.readOn(s) {
			return
		}
	}
}

// remembers reports whether the message behind seq is in memory. Hub.mu is held.
func (h *Hub) remembers(seq uint64) bool {
	_, ok := h.recent.after(seq)
	return ok
}

// fetch reads some messages of the stream for a subscription. It is false when the subscription is over.
func (h *Hub) fetch(s *Subscription, after uint64) ([]Message, bool) {
	select {
	case h.reads <- struct{}{}:
	case <-h.ctx.Done():
		return nil, false
	}
	messages, err := h.source.Read(h.ctx, after, chunk)
	<-h.reads
	switch {
	case errors.Is(err, ErrGone):
		s.stop(gone, nil)
	case err != nil && h.ctx.Err() == nil:
		s.stop("", fault.Wrap("feed.catchUp", fault.Unavailable, err, "The change stream cannot be read; reconnect."))
	default:
		return messages, err == nil
	}
	s.tell()
	return nil, false
}

// readOn takes a subscription through some messages of the stream. It is false when the subscription is over.
func (h *Hub) readOn(s *Subscription) bool {
	messages, ok := h.fetch(s, s.at)
	if !ok {
		return false
	}
	for _, m := range messages {
		if !h.roomIn(s) {
			return false
		}
		if !s.through(h.decode(m)) {
			s.tell()
			return false
		}
	}
	return true
}

// roomIn waits until a subscription has room. It is false when the hub has stopped or the subscription is over.
func (h *Hub) roomIn(s *Subscription) bool {
	for s.full() {
		s.tell()
		select {
		case <-s.room:
		case <-h.ctx.Done():
			return false
		}
	}
	return !s.over()
}
