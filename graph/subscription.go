package graph

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"

	"kith/auth"
	"kith/fault"
	"kith/trace"
)

// window is how many events of a stream are executed side by side when their order does not matter to what they show.
const window = 16

// lookahead is how many of one subject are, when it does matter: one is written, the next is there. The others wait where
// they can be united.
const lookahead = 2

// subscription is one open subscription of a connection. It moves when its stream has something new, when an event has been
// executed and when an event has been written; in between it costs memory, no goroutine.
type subscription struct {
	server    *Server
	ctx       context.Context // ends with the connection
	principal *auth.Principal
	announce  announcer
	stream    Stream
	audience  *audience
	op        *operation // of a socket
	prefix    []byte     // of its frames there

	mu      sync.Mutex   // protects below
	held    Event        // taken from the stream, not yet asked for
	holding bool         // there is one
	pending []*execution // asked for, in order
	dry     bool         // the stream has nothing until it says so
	seen    uint64       // moment at which the last event sent had been executed
	queued  bool         // waits for the writer
	over    bool         // the stream has ended, or the subscription is closed
	err     error        // how the stream ended
	closed  bool
}

// announcer has a connection write what a subscription has: now, by the caller, who has the time, or soon.
type announcer func(s *subscription, now bool)

// subscribe makes a subscription of a stream, which it closes when the caller has too many already.
func (s *Server) subscribe(ctx context.Context, op *graphql.OperationContext, p *auth.Principal, stream Stream, announce announcer) (*subscription, error) {
	if !s.subjects.enter(p.Subject, s.limits.Subject) {
		stream.Close()
		return nil, tooMuch("this subject has %d subscriptions open, which is the limit", s.limits.Subject)
	}
	s.metrics.subscriptions.Inc()
	return &subscription{server: s, ctx: ctx, principal: p, announce: announce, stream: stream, audience: s.audiences.join(s, op, p)}, nil
}

// notified is called when the stream may have something new.
func (s *subscription) notified() {
	s.mu.Lock()
	s.dry = false
	s.pump()
	s.offer(false)
}

// arrived is called when an execution has ended.
func (s *subscription) arrived() {
	s.mu.Lock()
	s.pump()
	s.offer(true)
}

// pump takes events from the stream and asks for their execution, as many as may run at once. It is called with mu held.
func (s *subscription) pump() {
	for !s.closed {
		if !s.holding {
			if s.over || !s.take() {
				break
			}
			continue
		}
		notBefore, ok := s.room()
		if !ok {
			break
		}
		s.pending = append(s.pending, s.audience.execution(s.held, notBefore, s))
		s.held, s.holding = Event{}, false
	}
}

// room says whether the held event can be executed now, and from which moment on it has to be read: the next of a subject
// is read while the last is written, later than that was, whoever asked for it first.
func (s *subscription) room() (notBefore uint64, ok bool) {
	if len(s.pending) == window {
		return 0, false
	}
	notBefore = s.seen
	behind := 0
	for _, x := range s.pending {
		if !s.held.follows(&x.event) {
			continue
		}
		if behind++; behind == lookahead || !x.finished() {
			return 0, false
		}
		notBefore = max(notBefore, x.ended)
	}
	return notBefore, true
}

// follows says that what an event shows must not be older than what another showed before it.
func (e *Event) follows(before *Event) bool {
	return (e.Ordered || before.Ordered) && (e.Subject == before.Subject || e.Subject == "" || before.Subject == "")
}

// take takes the next event into held. It is false when there is none.
func (s *subscription) take() bool {
	if s.dry {
		return false
	}
	e, ok, err := s.next()
	switch {
	case err != nil:
		s.over, s.err = true, err
	case !ok:
		s.dry = true
		return false
	default:
		s.held, s.holding = e, true
	}
	return true
}

// next is the stream's Next, guarded: it is called from goroutines that nobody else looks after.
func (s *subscription) next() (e Event, ok bool, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = recovered(s.server.log)(s.ctx, cause)
		}
	}()
	return s.stream.Next()
}

// offer announces the subscription if it has something to be written. It unlocks mu.
func (s *subscription) offer(now bool) {
	has := len(s.pending) > 0 && s.pending[0].finished() || len(s.pending) == 0 && !s.holding && s.over
	has = has && !s.queued && !s.closed
	s.queued = s.queued || has
	s.mu.Unlock()
	if has {
		s.announce(s, now)
	}
}

// head is what is to be written now: an executed event, or, when it is nil, the end of the stream.
func (s *subscription) head() (x *execution, end error, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queued = false
	switch {
	case s.closed:
		return nil, nil, false
	case len(s.pending) > 0:
		x = s.pending[0]
		s.pending = behind(s.pending)
		s.seen = max(s.seen, x.ended)
		return x, nil, true
	}
	return nil, s.err, true
}

// close releases the stream. Nothing is written any more.
func (s *subscription) close() {
	s.mu.Lock()
	was := s.closed
	s.closed, s.pending, s.held, s.holding = true, nil, Event{}, false
	s.mu.Unlock()
	if was {
		return
	}
	s.stream.Close()
	s.audience.leave()
	s.server.metrics.subscriptions.Dec()
	s.server.subjects.leave(s.principal.Subject)
}

// delivery is an event on its way to a subscriber; zero for a message that is none.
type delivery struct {
	sub       *subscription
	execution *execution
}

// compose makes the frame of a job. It is false when there is nothing to be written after all.
func (k *socket) compose(j job, frame *[]byte) (d delivery, ok bool) {
	if j.sub == nil {
		*frame = append((*frame)[:0], j.frame...)
		return d, true
	}
	x, end, ok := j.sub.head()
	switch {
	case !ok:
		return d, false
	case x == nil:
		k.conclude(j.sub, end)
		return d, false
	}
	*frame = appendFrame((*frame)[:0], websocket.TextMessage, j.sub.prefix, x.payload, brace)
	return delivery{j.sub, x}, true
}

var brace = []byte{'}'}

// push begins the span of the frame.
func (d delivery) push() trace.Span {
	if d.execution == nil {
		return trace.Span{}
	}
	return d.execution.push()
}

// sent says that the frame is with the client.
func (d delivery) sent() {
	if d.execution != nil {
		d.sub.sent(d.execution)
	}
}

// sent counts an event that was written, and goes on to the next.
func (s *subscription) sent(x *execution) {
	s.server.metrics.frames.Inc()
	if !x.event.Received.IsZero() {
		s.server.metrics.push.Observe(time.Since(x.event.Received).Seconds())
	}
	s.mu.Lock()
	s.pump()
	s.offer(false)
}

// conclude ends a subscription whose stream has ended.
func (k *socket) conclude(s *subscription, end error) {
	switch {
	case errors.Is(end, ErrTooSlow):
		k.shut(closeSlow, "")
	case errors.Is(end, ErrComplete):
		if k.finish(s.op) {
			k.send(complete(s.op.id))
		}
	default:
		if fault.CodeOf(end) == fault.Internal && !errors.Is(end, context.Canceled) {
			k.server.log.ErrorContext(k.ctx, "subscription ended", "request_id", k.id, "err", end)
		}
		k.reject(s.op, refuse(k.ctx, end))
	}
	s.close()
}
