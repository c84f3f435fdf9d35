package graph

import (
	"context"
	"time"

	"kith/fault"
	"kith/graph/model"
)

// Resolvers is what this package executes: the generated ResolverRoot but for Subscription, whose fields open streams
// through [Live] instead of handing out channels. So the transports own every goroutine, and one execution can serve
// all subscribers that would see the same.
type Resolvers interface {
	Account() AccountResolver
	Customer() CustomerResolver
	CustomerChanged() CustomerChangedResolver
	CustomerMerged() CustomerMergedResolver
	CustomerSplit() CustomerSplitResolver
	Identifier() IdentifierResolver
	Mutation() MutationResolver
	Query() QueryResolver
	Segment() SegmentResolver
	SegmentMembershipChanged() SegmentMembershipChangedResolver
	Touchpoint() TouchpointResolver
	TouchpointRecorded() TouchpointRecordedResolver
	Live() Live
}

// Live opens the streams behind the fields of Subscription. The context is that of the subscriber's request and ends
// with the opening, not with the stream; the field's scope is checked already. Errors are shown to the client as those
// of a query are, and mean that there is no stream.
type Live interface {
	CustomerChanged(ctx context.Context, by *model.CustomerBy, segment, after *string) (Stream, error)
	SegmentMembershipChanged(ctx context.Context, segment string, after *string) (Stream, error)
	TouchpointRecorded(ctx context.Context, filter *model.TouchpointFilter, after *string) (Stream, error)
}

// Stream is the events of one subscription, in order. One goroutine at a time uses it, but for Close.
type Stream interface {
	// Next takes the next event and never blocks. ok is false when there is none now; the function given to Notify
	// is called when that has changed. After an error there are no more events: [ErrComplete] ends the subscription
	// well, [ErrTooSlow] closes the connection with a code that means "reconnect and resume", any other is sent to
	// the client as the subscription's error.
	Next() (e Event, ok bool, err error)
	// Notify sets the function that says that Next may have something new, called once at once if it has already. It
	// is called from any goroutine, must not block and may come for nothing.
	Notify(f func())
	// Close releases what the stream holds. It may be called at any time, also twice.
	Close()
}

// Event is one entry of a stream.
type Event struct {
	// Value is what the executor selects from: a pointer to the model of one member of the field's union.
	Value any
	// Key is the same for events that look the same to everybody with the same document, variables and scopes, so
	// that one execution serves them all: their cursor. Empty: nobody else's.
	Key string
	// Cursor is the place right behind the event; empty when there is no going on from there.
	Cursor string
	// Ordered says that what the event shows is read when it is executed and must never be older than what an event of
	// the same subject showed before it. Events that show what never changes leave it out and are executed side by side.
	Ordered bool
	// Subject is whom an ordered event shows; events of others are executed beside it. Empty is everybody.
	Subject string
	// Received is when the oldest call behind the event was accepted; zero when there is none. For metrics.
	Received time.Time
	// Trace is the place of the trace that the event is part of (see trace.Carry); empty when none.
	Trace string
}

// The ways a stream ends that are not errors of the subscription.
var (
	ErrComplete = fault.New("graph.Stream", fault.NotFound, "the stream is complete")
	ErrTooSlow  = fault.New("graph.Stream", fault.Limit, "the client reads slower than events come")
)
