package store

import (
	"context"
	"sync/atomic"
)

// readCounter counts round trips, in all and per request.
type readCounter struct{ total atomic.Int64 }

type countKey struct{}

// CountReads makes every read under the returned context add to n: how a test sees that a query takes one round
// trip.
func CountReads(ctx context.Context, n *atomic.Int64) context.Context {
	return context.WithValue(ctx, countKey{}, n)
}

func (c *readCounter) add(ctx context.Context) {
	c.total.Add(1)
	if n, ok := ctx.Value(countKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
}
