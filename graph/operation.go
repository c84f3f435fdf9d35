package graph

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"kith/auth"
	"kith/fault"
	"kith/trace"
)

// subscribe starts an operation under the message's id.
func (k *socket) subscribe(m message) {
	asked, err := readBody(m.Payload)
	ctx, cancel := context.WithCancel(k.ctx)
	op := &operation{id: m.ID, cancel: cancel}
	k.mu.Lock()
	principal, running := k.speaksFor(), len(k.operations)
	_, taken := k.operations[m.ID]
	limit := k.server.limits.Subscriptions
	if principal != nil && m.ID != "" && err == nil && !taken && running < limit {
		k.operations[m.ID] = op
		k.mu.Unlock()
		k.work.Go(func() { k.run(auth.WithPrincipal(ctx, principal), principal, op, asked) })
		return
	}
	k.mu.Unlock()
	cancel()
	switch {
	case principal == nil:
		k.shut(closeUnauthorized, "")
	case m.ID == "":
		k.shut(closeBadRequest, "A subscribe message needs an id")
	case err != nil:
		k.shut(closeBadRequest, fault.MessageOf(err))
	case taken:
		k.shut(closeDuplicate, "Subscriber for "+m.ID+" already exists")
	default:
		k.server.metrics.rejected.WithLabelValues("subscriptions").Inc()
		k.fail(m.ID, refuse(k.ctx, tooMuch("this socket has %d operations under way, which is the limit", limit)))
	}
}

// run prepares and executes one operation.
func (k *socket) run(ctx context.Context, principal *auth.Principal, op *operation, asked request) {
	start := time.Now()
	if err := k.server.rates.allow(principal.Subject); err != nil {
		k.reject(op, refuse(ctx, err))
		return
	}
	prepared, list := k.server.prepare.prepare(ctx, asked, k.server.mayIntrospect(principal))
	if list != nil {
		k.reject(op, list)
		return
	}
	if prepared.Operation.Operation == ast.Subscription {
		k.open(ctx, principal, op, prepared, start)
		return
	}
	ctx, span := begin(ctx, trace.Served, prepared)
	response := k.server.execute(k.server.audited(ctx, prepared), prepared)
	end(span, response)
	k.server.observe(prepared, response, start)
	body := encode(response)
	if k.finish(op) {
		k.send(next(op.id, body))
		k.send(complete(op.id))
	}
}

// open opens a subscription's stream.
func (k *socket) open(ctx context.Context, principal *auth.Principal, op *operation, prepared *graphql.OperationContext, start time.Time) {
	stream, response := k.server.openStream(ctx, prepared)
	k.server.observe(prepared, response, start)
	if stream == nil {
		k.reject(op, response.Errors)
		return
	}
	sub, err := k.server.subscribe(k.ctx, prepared, principal, stream, k.announce)
	if err != nil {
		k.reject(op, refuse(ctx, err))
		return
	}
	sub.op, sub.prefix = op, nextPrefix(op.id)
	k.mu.Lock()
	if k.operations[op.id] != op { // completed or closed meanwhile
		k.mu.Unlock()
		sub.close()
		return
	}
	op.sub = sub
	k.mu.Unlock()
	stream.Notify(sub.notified)
}

// openStream runs the field of a subscription as far as to its stream. Without one the response says why.
func (s *Server) openStream(ctx context.Context, op *graphql.OperationContext) (Stream, *graphql.Response) {
	var o opening
	ctx, cancel := context.WithTimeout(ctx, s.limits.Time)
	defer cancel()
	ctx, span := begin(ctx, trace.Served, op)
	response := &graphql.Response{}
	defer func() { end(span, response) }()
	func() {
		defer func() {
			if cause := recover(); cause != nil {
				response.Errors = refuse(ctx, recovered(s.log)(ctx, cause))
			}
		}()
		respond, ctx := s.executor.DispatchOperation(withOpening(s.audited(ctx, op), &o), op)
		if o.stream == nil {
			response = respond(ctx)
		}
	}()
	switch {
	case o.stream != nil:
	case response == nil || len(response.Errors) == 0:
		response = &graphql.Response{Errors: refuse(ctx, errNoAnswer)}
	}
	return o.stream, response
}

// finish takes an operation off the list. It is false when it has been taken off already: its client is not waiting.
func (k *socket) finish(op *operation) bool {
	op.cancel()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.operations[op.id] != op {
		return false
	}
	delete(k.operations, op.id)
	return true
}

// stop ends the operation a client has completed. What it has sent for an id it does not know is no mistake: both ends
// may complete at the same time.
func (k *socket) stop(id string) {
	k.mu.Lock()
	op := k.operations[id]
	delete(k.operations, id)
	k.mu.Unlock()
	if op != nil {
		op.end()
	}
}

// reject ends an operation with errors.
func (k *socket) reject(op *operation, list gqlerror.List) {
	k.server.rejected(list)
	if k.finish(op) {
		k.fail(op.id, list)
	}
}

func (k *socket) fail(id string, list gqlerror.List) {
	payload, err := json.Marshal(list)
	if err != nil {
		payload = []byte(`[{"message":"Internal error.","extensions":{"code":"` + string(fault.Internal) + `"}}]`)
	}
	data, _ := json.Marshal(message{ID: id, Type: "error", Payload: payload})
	k.send(data)
}

// nextPrefix is the beginning of a `next` message; its payload and a brace follow.
func nextPrefix(id string) []byte {
	quoted, _ := json.Marshal(id)
	return slices.Concat([]byte(`{"id":`), quoted, []byte(`,"type":"next","payload":`))
}

func next(id string, payload []byte) []byte {
	return slices.Concat(nextPrefix(id), payload, []byte{'}'})
}

func complete(id string) []byte {
	data, _ := json.Marshal(message{ID: id, Type: "complete"})
	return data
}
