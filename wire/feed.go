package wire

import (
	"context"
	"errors"

	"kith/feed"
	"kith/graph"
	"kith/identity"
	"kith/journal"
	"kith/resolvers"
	"kith/store"
)

// Changes is the change stream as the feed reads it.
type Changes struct{ *journal.Journal }

var _ feed.Source = Changes{}

// Epoch of the change stream.
func (c Changes) Epoch() string { return c.ChangeEpoch() }

// Head is the sequence of the newest message.
func (c Changes) Head(ctx context.Context) (uint64, error) {
	at, err := c.ChangeHead(ctx)
	return at.Seq - 1, err
}

const changeBytes = 4 << 20

// Read gives messages behind a sequence.
func (c Changes) Read(ctx context.Context, after uint64, limit int) ([]feed.Message, error) {
	list, err := c.Journal.Changes(after).Fetch(ctx, limit, changeBytes)
	var gap *journal.Gap
	if errors.As(err, &gap) {
		return nil, feed.ErrGone
	}
	out := make([]feed.Message, len(list))
	for i, m := range list {
		out[i] = feed.Message{Seq: m.Seq, Data: m.Data}
		if len(m.Traces) > 0 {
			out[i].Trace = m.Traces[0]
		}
	}
	return out, err
}

// Feed is the live hub as the resolvers subscribe to it.
type Feed struct{ *feed.Hub }

var _ resolvers.Feed = Feed{}

// Customer subscribes to one person's changes.
func (f Feed) Customer(ctx context.Context, watched, holder identity.CustomerID, after string) (resolvers.Changes, error) {
	s, err := f.Hub.Customer(ctx, watched, holder, after)
	if err != nil {
		return nil, err
	}
	return changes{s}, nil
}

// Touchpoints subscribes to touchpoints.
func (f Feed) Touchpoints(ctx context.Context, t store.TouchpointFilter, after string) (resolvers.Changes, error) {
	s, err := f.Hub.Touchpoints(ctx, feed.Filter{Types: t.Types, Names: t.Names, Sources: t.Sources, From: t.From, To: t.To}, after)
	if err != nil {
		return nil, err
	}
	return changes{s}, nil
}

// Segment subscribes to who enters and leaves a segment.
func (f Feed) Segment(ctx context.Context, segment, after string) (resolvers.Changes, error) {
	s, err := f.Hub.Segment(ctx, segment, after)
	if err != nil {
		return nil, err
	}
	return changes{s}, nil
}

// Members subscribes to the changes of a segment's members.
func (f Feed) Members(ctx context.Context, segment string, members []identity.CustomerID, last store.Committed, after string) (resolvers.Changes, error) {
	s, err := f.Hub.Members(ctx, feed.Members{Segment: segment, IDs: members, Tx: last.Tx, Part: last.Part}, after)
	if err != nil {
		return nil, err
	}
	return changes{s}, nil
}

type changes struct{ *feed.Subscription }

func (c changes) Next() (resolvers.Change, bool, error) {
	e, ok, err := c.Subscription.Next()
	switch {
	case errors.Is(err, feed.ErrSlow):
		err = graph.ErrTooSlow
	case errors.Is(err, feed.ErrOver):
		err = graph.ErrComplete
	}
	return resolvers.Change{Cursor: e.Cursor, Key: e.Key, At: e.At, Received: e.Received, Trace: e.Trace, Change: e.Change, Resync: e.Resync}, ok, err
}
