package graph

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// sockets are the open ones. http.Server.Shutdown knows nothing of them.
type sockets struct {
	mu     sync.Mutex // protects below
	open   map[*socket]struct{}
	closed bool
	gone   chan struct{} // made with closed; itself closed when no socket is left
}

func (ss *sockets) add(k *socket) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.open == nil {
		ss.open = map[*socket]struct{}{}
	}
	ss.open[k] = struct{}{}
	return !ss.closed
}

func (ss *sockets) remove(k *socket) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	delete(ss.open, k)
	if !ss.closed || len(ss.open) > 0 {
		return
	}
	select {
	case <-ss.gone: // a socket that came too late
	default:
		close(ss.gone)
	}
}

func (ss *sockets) count() int {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return len(ss.open)
}

func (ss *sockets) draining() bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return ss.closed
}

// drainWindow is over how long sockets are closed, so that their clients do not all come back at the same moment.
const drainWindow = 3 * time.Second

// Drain takes no more sockets and closes those there are with the code that means "reconnect and resume", spread over
// three seconds or half of the time ctx has left, whichever is less. It returns when they and all executions are gone, or
// with ctx's error after cutting off those that are not.
func (s *Server) Drain(ctx context.Context) error {
	spread := drainWindow
	if deadline, ok := ctx.Deadline(); ok {
		spread = max(0, min(spread, time.Until(deadline)/2))
	}
	gone, all := s.sockets.close()
	timers := make([]*time.Timer, len(all))
	for i, k := range all {
		timers[i] = time.AfterFunc(time.Duration(rand.Int64N(int64(spread)+1)), func() { k.shut(closeRestart, "") })
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
		for _, k := range all {
			k.cut()
		}
		<-gone
	}
	s.work.done.Wait()
	return late
}

// close refuses new sockets; gone is closed when there are none left.
func (ss *sockets) close() (gone <-chan struct{}, all []*socket) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if !ss.closed {
		ss.closed = true
		ss.gone = make(chan struct{})
		if len(ss.open) == 0 {
			close(ss.gone)
		}
	}
	for k := range ss.open {
		all = append(all, k)
	}
	return ss.gone, all
}
