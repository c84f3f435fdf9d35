package resolvers

import (
	"context"
	"runtime"
	"sync"

	"kith/fault"
)

// gather makes one read of what many ask for at about the same time. A lone question is read at once; those that come
// while a read is under way wait for the next one, which takes them all. So nobody waits for a timer, and the busier it
// is the more one read brings.
type gather[K comparable, V any] struct {
	read func(context.Context, []K) (map[K]V, error)

	mu   sync.Mutex // protects what follows
	busy bool
	next *round[K, V]
}

// round is the questions of one read.
type round[K comparable, V any] struct {
	keys  []K
	asked map[K]bool
	turn  chan struct{} // one of those who wait takes it and reads
	done  chan struct{} // closed once found and err are there
	found map[K]V
	err   error
}

func newGather[K comparable, V any](read func(context.Context, []K) (map[K]V, error)) *gather[K, V] {
	return &gather[K, V]{read: read}
}

// Load is the value of a key; ok is false when there is none. One of those who wait reads for all, so the end of one
// caller's context does not end the read.
func (g *gather[K, V]) Load(ctx context.Context, key K) (v V, ok bool, err error) {
	g.mu.Lock()
	if g.next == nil {
		g.next = &round[K, V]{asked: map[K]bool{}, turn: make(chan struct{}, 1), done: make(chan struct{})}
	}
	r := g.next
	if !r.asked[key] {
		r.asked[key] = true
		r.keys = append(r.keys, key)
	}
	if !g.busy {
		g.busy = true
		r.turn <- struct{}{}
	}
	g.mu.Unlock()

	select {
	case <-r.done:
	case <-r.turn:
		g.run(context.WithoutCancel(ctx), r)
	}
	v, ok = r.found[key]
	return v, ok, r.err
}

func (g *gather[K, V]) run(ctx context.Context, r *round[K, V]) {
	runtime.Gosched() // one change often wakes many, which are about to ask
	g.mu.Lock()
	g.next = nil // who comes from now on is of the next round
	g.mu.Unlock()
	defer func() { // also when read panics: the others must not wait for ever
		close(r.done)
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.next != nil {
			g.next.turn <- struct{}{}
		} else {
			g.busy = false
		}
	}()
	r.err = errBroke
	r.found, r.err = g.read(ctx, r.keys)
}

var errBroke = fault.New("resolvers.gather", fault.Internal, "the read broke off")
