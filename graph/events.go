package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"kith/auth"
	"kith/fault"
)

// Server-sent events, for places that block WebSockets: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md,
// in its mode of distinct connections. Every event of a subscription carries its cursor as the id, so that a client that
// sends the last one back as Last-Event-ID goes on right behind it.

// eventStream is one answer that is a stream of events. The goroutine of its request is its writer.
type eventStream struct {
	server    *Server
	ctx       context.Context // ends with the connection
	cancel    context.CancelFunc
	w         http.ResponseWriter
	out       *http.ResponseController
	principal *auth.Principal
	wake      chan struct{} // has room for one: the writer should look

	mu      sync.Mutex // protects below
	ready   bool       // the subscription has something to be written
	closing *closing   // the server has decided to end it
}

func (e *eventStream) speaksFor() *auth.Principal { return e.principal }

func (e *eventStream) cut() { e.cancel() }

func (e *eventStream) poke() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

func (e *eventStream) shut(code CloseCode, reason string) {
	if reason == "" {
		reason = code.Reason
	}
	e.mu.Lock()
	if e.closing == nil {
		e.closing = &closing{code, reason}
	}
	e.mu.Unlock()
	e.poke()
}

func (e *eventStream) announce(*subscription, bool) {
	e.mu.Lock()
	e.ready = true
	e.mu.Unlock()
	e.poke()
}

// look is what the writer is to do now.
func (e *eventStream) look() (ready bool, c *closing) {
	e.mu.Lock()
	defer e.mu.Unlock()
	ready, e.ready = e.ready, false
	return ready, e.closing
}

func (s *Server) newEventStream(ctx context.Context, w http.ResponseWriter, p *auth.Principal) *eventStream {
	e := &eventStream{server: s, w: w, out: http.NewResponseController(w), principal: p, wake: make(chan struct{}, 1)}
	e.ctx, e.cancel = context.WithCancel(ctx)
	return e
}

// begin sends the headers.
func (e *eventStream) begin() {
	h := e.w.Header()
	h.Set("Content-Type", mediaEvents+"; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")       // proxies hand on each event as it comes
	_ = e.out.SetReadDeadline(time.Time{}) // that of the server is for requests
	e.w.WriteHeader(http.StatusOK)
	e.put([]byte(":\n\n"))
}

// put writes some events, or a comment. It is false when the client is gone or does not take them in time.
func (e *eventStream) put(text []byte) bool {
	deadline := time.Now().Add(e.server.limits.Write)
	if end := e.principal.Expires; !end.IsZero() && end.Before(deadline) {
		deadline = end.Add(grace)
	}
	_ = e.out.SetWriteDeadline(deadline)
	if _, err := e.w.Write(text); err != nil {
		return false
	}
	return e.out.Flush() == nil
}

// nextEvent is a result as an event.
func nextEvent(id string, payload []byte) []byte {
	out := make([]byte, 0, len(payload)+len(id)+32)
	out = append(out, "event: next\n"...)
	if id != "" {
		out = append(append(append(out, "id: "...), id...), '\n')
	}
	if bytes.ContainsAny(payload, "\r\n") { // between what JSON is made of; inside strings they are escaped
		var line bytes.Buffer
		if json.Compact(&line, payload) == nil {
			payload = line.Bytes()
		}
	}
	return append(append(append(out, "data: "...), payload...), "\n\n"...)
}

var completeEvent = []byte("event: complete\ndata:\n\n")

// sendEvents answers with one result as a stream of events.
func (s *Server) sendEvents(a *reply, p *auth.Principal, response *graphql.Response) {
	e := s.newEventStream(a.request.Context(), a.w, p)
	defer e.cancel()
	e.begin()
	e.put(append(nextEvent("", encode(response)), completeEvent...))
}

// serveEvents answers with the events of a subscription, until either side ends it.
func (s *Server) serveEvents(a *reply, token string, p *auth.Principal, op *graphql.OperationContext, start time.Time) {
	ctx := auth.WithPrincipal(a.request.Context(), p)
	e := s.newEventStream(ctx, a.w, p)
	defer e.cancel()
	open := s.connections.add(e)
	defer s.connections.remove(e)
	if !open {
		s.refuse(a, http.StatusServiceUnavailable, fault.New("graph.serveEvents", fault.Unavailable, "the server is going down"))
		return
	}
	if _, err := s.verify(ctx, token); err != nil { // again, now that a revocation would find the connection
		s.refuse(a, http.StatusUnauthorized, err)
		return
	}
	stream, response := s.openStream(withLast(e.ctx, a.request.Header.Get("Last-Event-Id")), op)
	s.observe(op, response, start)
	if stream == nil {
		s.rejected(response.Errors)
		e.begin()
		e.put(append(nextEvent("", encode(response)), completeEvent...))
		return
	}
	sub, err := s.subscribe(e.ctx, op, p, stream, e.announce)
	if err != nil {
		s.refuse(a, 0, err)
		return
	}
	defer sub.close()
	e.begin()
	a.span.Answered(http.StatusOK) // not what follows for hours
	stream.Notify(sub.notified)
	e.write(sub)
}

// write is the writer of a stream.
func (e *eventStream) write(sub *subscription) {
	timer := time.NewTimer(e.pause())
	defer timer.Stop()
	for {
		select {
		case <-e.ctx.Done():
			return
		case <-e.wake:
		case <-timer.C:
			if !e.put([]byte(":\n\n")) { // a sign of life, for clients and for what is between
				return
			}
		}
		if end := e.principal.Expires; !end.IsZero() && !time.Now().Before(end) {
			e.shut(closeForbidden, tokenExpired)
		}
		for {
			ready, c := e.look()
			if c != nil {
				e.part(*c)
				return
			}
			if !ready {
				break
			}
			if !e.deliver(sub) {
				return
			}
		}
		timer.Reset(e.pause())
	}
}

// pause is how long the writer may sleep.
func (e *eventStream) pause() time.Duration {
	if end := e.principal.Expires; !end.IsZero() {
		return max(time.Millisecond, min(e.server.limits.Ping, time.Until(end)))
	}
	return e.server.limits.Ping
}

// deliver writes what a subscription has. It is false when the stream is over.
func (e *eventStream) deliver(sub *subscription) bool {
	x, end, ok := sub.head()
	switch {
	case !ok:
		return true
	case x != nil:
		span := x.push()
		sent := e.put(nextEvent(x.event.Cursor, x.payload))
		span.End()
		if !sent {
			e.server.metrics.dropped.WithLabelValues("write").Inc()
			return false
		}
		sub.sent(x)
		return true
	case errors.Is(end, ErrTooSlow):
		e.part(closing{closeSlow, closeSlow.Reason})
	case errors.Is(end, ErrComplete):
		e.put(completeEvent)
	default:
		list := refuse(e.ctx, end)
		e.server.rejected(list)
		e.put(append(nextEvent("", encode(&graphql.Response{Errors: list})), completeEvent...))
	}
	return false
}

// part ends a stream that is not complete: the client may come back for the rest. Why is in a comment, which says the
// same as the close frame of a socket.
func (e *eventStream) part(c closing) {
	e.server.metrics.dropped.WithLabelValues(c.code.Name).Inc()
	e.put(fmt.Appendf(nil, ": %d %s\n\n", c.code.Code, c.reason))
}

// takesEvents reports whether a client asks for an event stream by its name.
func takesEvents(accept []string) bool {
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		name, params, err := mime.ParseMediaType(part)
		if err == nil && name == mediaEvents && params["q"] != "0" {
			return true
		}
	}
	return false
}

type lastKey struct{}

func withLast(ctx context.Context, id string) context.Context {
	if id == "" {
		return ctx
	}
	return context.WithValue(ctx, lastKey{}, id)
}

// After is where a subscription goes on: behind the cursor of the last event that its client says to have, or behind the
// one in its argument.
func After(ctx context.Context, after *string) *string {
	if last, ok := ctx.Value(lastKey{}).(string); ok {
		return &last
	}
	return after
}
