package graph

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"kith/auth"
)

// connection is one that stays open: a socket, or an answer that is a stream of events.
type connection interface {
	shut(code CloseCode, reason string) // says why and ends it soon
	cut()                               // ends it at once
	speaksFor() *auth.Principal         // nil while that is not known
}

// connections are the open ones. http.Server.Shutdown does not know the sockets, and would wait for the streams for ever.
type connections struct {
	mu     sync.Mutex // protects below
	open   map[connection]struct{}
	closed bool
	gone   chan struct{} // made with closed; itself closed when no connection is left
}

func (cs *connections) add(c connection) bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.open == nil {
		cs.open = map[connection]struct{}{}
	}
	cs.open[c] = struct{}{}
	return !cs.closed
}

func (cs *connections) remove(c connection) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	delete(cs.open, c)
	if !cs.closed || len(cs.open) > 0 {
		return
	}
	select {
	case <-cs.gone: // a connection that came too late
	default:
		close(cs.gone)
	}
}

func (cs *connections) all() []connection {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return slices.Collect(maps.Keys(cs.open))
}

func (cs *connections) draining() bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return cs.closed
}

// drainWindow is over how long sockets are closed, so that their clients do not all come back at the same moment.
const drainWindow = 3 * time.Second

// Drain takes no more sockets and streams and closes those there are with the code that means "reconnect and resume", spread over
// three seconds or half of the time ctx has left, whichever is less. It returns when they and all executions are gone, or
// with ctx's error after cutting off those that are not.
func (s *Server) Drain(ctx context.Context) error {
	spread := drainWindow
	if deadline, ok := ctx.Deadline(); ok {
		spread = max(0, min(spread, time.Until(deadline)/2))
	}
	gone, all := s.connections.close()
	timers := make([]*time.Timer, len(all))
	for i, c := range all {
		timers[i] = time.AfterFunc(time.Duration(rand.Int64N(int64(spread)+1)), func() { c.shut(closeRestart, "") })
	}
	defer func() {
		for _, t := range timers {
			t.Stop()
		}
	}()
	var late error
	select {
	case <-gone:
	case <-ctx.Done():
		late = ctx.Err()
		for _, c := range all {
			c.cut()
		}
		<-gone
	}
	s.work.done.Wait()
	s.pushers.done.Wait()
	return late
}

// close refuses new connections; gone is closed when there are none left.
func (cs *connections) close() (gone <-chan struct{}, all []connection) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if !cs.closed {
		cs.closed = true
		cs.gone = make(chan struct{})
		if len(cs.open) == 0 {
			close(cs.gone)
		}
	}
	return cs.gone, slices.Collect(maps.Keys(cs.open))
}

const tokenRevoked = "token revoked"

// EndRevoked closes every connection whose token was revoked, as the function tells. It is to be called after each
// revocation; from the moment it is known, [Verifier.Verify] has to refuse the token.
func (s *Server) EndRevoked(revoked func(p *auth.Principal) bool) {
	for _, c := range s.connections.all() {
		if p := c.speaksFor(); p != nil && revoked(p) {
			c.shut(closeForbidden, tokenRevoked)
		}
	}
}
