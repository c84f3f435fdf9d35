package resolvers

import (
	"context"

	"kith/customer"
	"kith/event"
	"kith/identity"
	"kith/store"
)

// Feed is the changes as they were published, in the order of their commits. Its methods may be called concurrently.
// A cursor that is none fails with INVALID; one that is older than what is kept, or of another epoch of the change
// stream, opens changes whose first is a Resync.
type Feed interface {
	// Head is the cursor right behind the newest change there is.
	Head(ctx context.Context) (cursor string, err error)
	// Customer opens the changes of one person right behind the cursor after: of whoever held the identifier that gives
	// the id watched at that time, then, through merges and splits, of whoever holds it. holder is who holds it now, or
	// held it at a moment since the cursor.
	Customer(ctx context.Context, watched, holder identity.CustomerID, after string) (Changes, error)
	// Touchpoints opens the touchpoints recorded right behind the cursor after that meet the filter.
	Touchpoints(ctx context.Context, filter store.TouchpointFilter, after string) (Changes, error)
	// Segment opens who enters and leaves a segment right behind the cursor after.
	Segment(ctx context.Context, segment, after string) (Changes, error)
	// Members opens the changes of everybody who is in a segment at the time, from right behind the cursor after on.
	// members were read after the cursor was given out, and what they are due to is published up to last at the latest.
	Members(ctx context.Context, segment string, members []identity.CustomerID, last store.Committed, after string) (Changes, error)
}

// Changes are the changes of one subscription. Next never blocks: ok is false when there is none now, and the function
// given to Notify is called when that may have changed, at once if it has already. Its errors end the changes and are
// those of graph.Stream. Close may be called at any time, also twice.
type Changes interface {
	// Cursor is where the changes begin: the place to come back to before there was any.
	Cursor() string
	Next() (c Change, ok bool, err error)
	Notify(f func())
	Close()
}

// Change is one published change.
type Change struct {
	Cursor   string       // of the place right behind it
	Key      string       // the same for all who are shown the same; empty when this subscriber alone is
	At       event.Millis // when it was committed
	Received event.Millis // when the oldest call behind it was accepted; zero when none
	Trace    string       // the place of the trace it is part of (see trace.Carry); empty when none
	Change   customer.Change
	// Resync, when not empty, stands in the place of a change and says why the past is gone. Nothing follows it.
	Resync string
}
