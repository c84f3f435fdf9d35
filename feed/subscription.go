package feed

import (
	"sync"

	"kith/customer"
)

// Subscription is one subscriber's changes. Next and Notify are used by one goroutine at a time, Close by any.
type Subscription struct {
	hub   *Hub
	epoch string
	begin string // see Cursor

	// Of where it stands in the stream: touched by who feeds it, which is the goroutine that catches up until it has
	// joined, and after that the hub with Hub.mu held.
	watch  watch
	from   place  // nothing before it is wanted
	at     uint64 // the last message it has been through, while it catches up
	joined bool   // is in the index
	told   bool   // will be told of the message that is being handed out

	members *Members // whom it watches, as they were read, until those at its place are known

	mu     sync.Mutex // protects below
	queue  queue
	room   chan struct{} // has room for one: a full queue has become less full
	notify func()
	resync string // comes after the queue
	end    error  // comes after that
	closed bool
}

// through takes the subscription through one message. It is false when the subscription is over.
func (s *Subscription) through(b *batch) (ok bool) {
	s.at = b.seq
	for n, c := range b.Changes {
		at := place{b.seq, n + 1}
		if !s.from.before(at) {
			continue
		}
		shown := s.watch.step(c)
		if s.watch.lost != "" {
			s.stop(s.watch.lost, nil)
			return false
		}
		if shown && !s.push(s.item(at, b, c)) {
			return false
		}
	}
	return true
}

func (s *Subscription) item(at place, b *batch, c customer.Change) item {
	return item{at: at, holder: s.watch.holder, time: b.At, change: c}
}

// push queues a change. It is false when the subscription is over, now or before.
func (s *Subscription) push(i item) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end != nil || s.resync != "" {
		return false
	}
	if !s.queue.push(i) {
		s.queue.items, s.end = nil, ErrSlow
		return false
	}
	return true
}

// full says that a subscriber who can wait for more is better left to read first.
func (s *Subscription) full() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end == nil && s.queue.full()
}

func (s *Subscription) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end != nil || s.resync != ""
}

// Cursor is the place the subscription began at, with what it takes to begin there again: what a snapshot is given as its
// cursor.
func (s *Subscription) Cursor() string { return s.begin }

// Next takes the next event. It never blocks: ok is false when there is none now. After an error there are no more.
func (s *Subscription) Next() (e Event, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.queue.pop()
	switch {
	case ok:
		if !s.queue.full() {
			select {
			case s.room <- struct{}{}:
			default:
			}
		}
		return s.event(i), true, nil
	case s.resync != "":
		e, s.resync, s.end = Event{Resync: s.resync}, "", ErrOver
		return e, true, nil
	}
	return Event{}, false, s.end
}

// cursor is the place behind an item.
func (s *Subscription) cursor(i item) cursor {
	return cursor{epoch: s.epoch, at: i.at, watched: s.watch.id, holder: i.holder}
}

func (s *Subscription) event(i item) Event {
	if i.cursor == "" {
		i.cursor = s.cursor(i).String()
	}
	e := Event{Cursor: i.cursor, At: i.time, Received: i.received, Trace: i.trace, Change: i.change}
	if !i.united {
		e.Key = e.Cursor
	}
	return e
}

// Notify sets the function that is called when Next may have something new; at once when it may already. It is called from
// any goroutine and must not block.
func (s *Subscription) Notify(f func()) {
	s.mu.Lock()
	s.notify = f
	waiting := len(s.queue.items) > 0 || s.resync != "" || s.end != nil
	s.mu.Unlock()
	if waiting {
		f()
	}
}

// tell calls the function given to Notify. No lock may be held.
func (s *Subscription) tell() {
	s.mu.Lock()
	f := s.notify
	s.mu.Unlock()
	if f != nil {
		f()
	}
}

// stop ends the subscription behind what is queued.
func (s *Subscription) stop(resync string, end error) {
	s.mu.Lock()
	if s.end == nil && s.resync == "" {
		s.resync, s.end = resync, end
	}
	s.mu.Unlock()
}

// Close releases the subscription. It may be called at any time, also twice.
func (s *Subscription) Close() {
	s.mu.Lock()
	was := s.closed
	s.closed, s.end, s.resync, s.notify = true, ErrOver, "", nil
	s.queue.items, s.queue.bytes = nil, 0
	s.mu.Unlock()
	select {
	case s.room <- struct{}{}: // who waits for it finds the subscription over
	default:
	}
	if !was {
		s.hub.remove(s)
	}
}
