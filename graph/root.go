package graph

import (
	"context"

	"kith/fault"
	"kith/graph/model"
)

// root completes the resolvers with Subscription, whose fields mean different things at different times: a subscriber
// arrives and a stream is opened, or an event of that stream is there and is executed.
type root struct {
	Resolvers
}

func (r root) Subscription() SubscriptionResolver { return subscriptionFields{r.Live()} }

type subscriptionFields struct {
	live Live
}

func (s subscriptionFields) CustomerChanged(ctx context.Context, by *model.CustomerBy, segment, after *string) (<-chan model.CustomerEvent, error) {
	return field[model.CustomerEvent](ctx, func() (Stream, error) { return s.live.CustomerChanged(ctx, by, segment, after) })
}

func (s subscriptionFields) SegmentMembershipChanged(ctx context.Context, segment string, after *string) (<-chan model.SegmentMembershipEvent, error) {
	return field[model.SegmentMembershipEvent](ctx, func() (Stream, error) { return s.live.SegmentMembershipChanged(ctx, segment, after) })
}

func (s subscriptionFields) TouchpointRecorded(ctx context.Context, filter *model.TouchpointFilter, after *string) (<-chan model.TouchpointEvent, error) {
	return field[model.TouchpointEvent](ctx, func() (Stream, error) { return s.live.TouchpointRecorded(ctx, filter, after) })
}

type (
	openingKey struct{}
	eventKey   struct{}
)

// opening collects the stream a subscription's field opened.
type opening struct {
	stream Stream
}

func withOpening(ctx context.Context, o *opening) context.Context {
	return context.WithValue(ctx, openingKey{}, o)
}

func withEvent(ctx context.Context, e Event) context.Context {
	return context.WithValue(ctx, eventKey{}, e.Value)
}

// field is what a field of Subscription does. The channel is how the executor wants its events: there is never more
// than the one in the context.
func field[T any](ctx context.Context, open func() (Stream, error)) (<-chan T, error) {
	events := make(chan T, 1)
	if value := ctx.Value(eventKey{}); value != nil {
		event, ok := value.(T)
		if !ok {
			return nil, fault.New("graph.field", fault.Internal, "an event of another type: %T", value)
		}
		events <- event
		return events, nil
	}
	o, ok := ctx.Value(openingKey{}).(*opening)
	if !ok {
		return nil, fault.New("graph.field", fault.Invalid, "subscriptions need a WebSocket with the protocol %s", subprotocol)
	}
	stream, err := open()
	if err != nil {
		return nil, err
	}
	o.stream = stream
	return events, nil
}
