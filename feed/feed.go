// Package feed is the live hub: it reads the change stream once and hands every change to the subscribers it concerns.
//
// A subscriber gets every change of what it watches, in commit order, none twice: from the moment it names on, out of
// memory or out of the stream, then live. Who watches a person watches an identifier's id and stays with whoever holds
// it, through merges and splits. A slow subscriber's changes wait up to a number of bytes; beyond it, changes that say
// only "look again" are united, and when that does not help the subscriber is cut off and told to come back.
//
// The rules (watch.go, queue.go, filter.go, cursor.go) know no clock and no goroutine. The hub around them has one
// goroutine for the stream and one for each subscriber that has to catch up from further back than memory reaches.
//
// Locks: Hub.mu may be held when Subscription.mu is taken, never the other way round.
package feed

import (
	"context"

	"kith/customer"
	"kith/event"
	"kith/fault"
)

// Source is the change stream. Its methods may be called concurrently.
type Source interface {
	// Epoch names the stream; sequences of different epochs have nothing to do with each other. It has no dots.
	Epoch() string
	// Head is the sequence of the newest message; 0 when there has been none.
	Head(ctx context.Context) (seq uint64, err error)
	// Read returns messages that follow after, at most limit, in order and without holes; it blocks until there is one.
	// It fails with ErrGone when the message that should come first is not kept any more. After any other error it may be
	// called again.
	Read(ctx context.Context, after uint64, limit int) ([]Message, error)
}

// Message is one message of the change stream: a customer.Batch as JSON.
type Message struct {
	Seq  uint64
	Data []byte
	// Trace is the place of the trace it is part of (see trace.Carry); empty when none.
	Trace string
}

// Event is one change as one subscriber gets it.
type Event struct {
	// Cursor is the place right behind the change.
	Cursor string
	// Key is equal for the same change at subscribers that watch the same; empty when no other can have got it so.
	Key string
	// At is when it was committed, Received when the oldest call behind it was accepted: zero when there is none, and for
	// changes that are not new to this instance.
	At, Received event.Millis
	// Trace is the place of the trace that the change is part of: empty when none, and where Received is zero.
	Trace string
	// Change is shared with other subscribers and must not be written to.
	Change customer.Change
	// Resync stands in the place of a change and says why the past is gone. It is the last event.
	Resync string
}

// The ways a subscription ends.
var (
	// ErrGone is what a Source says of messages that are not kept any more.
	ErrGone error = fault.New("feed", fault.NotFound, "The changes behind this cursor are not kept any more.")
	// ErrSlow cuts off a subscriber whose changes take too many bytes. It loses nothing when it comes back with the
	// cursor of the last event it got.
	ErrSlow error = fault.New("feed", fault.Limit, "The subscriber reads slower than changes come.")
	// ErrStopped ends all subscriptions when the hub stops.
	ErrStopped error = fault.New("feed", fault.Unavailable, "The feed has stopped; reconnect.")
	// ErrOver follows the last event of a subscription that ends with a Resync.
	ErrOver error = fault.New("feed", fault.NotFound, "The subscription is over.")
)
