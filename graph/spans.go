package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"kith/trace"
)

// begin begins the span of an operation. Its name and type are in it, its text and variables are not.
func begin(ctx context.Context, kind trace.Kind, op *graphql.OperationContext) (context.Context, trace.Span) {
	if !trace.On() {
		return ctx, trace.Span{}
	}
	ctx, span := trace.Start(ctx, kind, string(op.Operation.Operation))
	about(ctx, span, op)
	return ctx, span
}

func about(ctx context.Context, span trace.Span, op *graphql.OperationContext) {
	span.Set(trace.Text("graphql.operation.type", string(op.Operation.Operation)), trace.Text("kith.request_id", trace.RequestID(ctx)))
	if name := op.Operation.Name; name != "" {
		span.Set(trace.Text("graphql.operation.name", name[:min(len(name), 100)]))
	}
}

// end ends the span of an operation.
func end(span trace.Span, response *graphql.Response) {
	if response != nil {
		if code := codeOf(response.Errors); code != "" {
			span.FailAs(strings.ToLower(string(code)))
		}
	}
	span.End()
}

// pushes is of how many of an event's frames each has a span of its own: that of the first says how long the way was, and
// thousands may follow.
const pushes = 10

// resume begins the span of an event's execution, in the trace of what is behind the event.
func (x *execution) resume(ctx context.Context, a *audience) (context.Context, trace.Span) {
	if x.event.Trace == "" || !trace.On() {
		return ctx, trace.Span{}
	}
	ctx, span := trace.Resume(ctx, trace.Consumed, "subscription event", []string{x.event.Trace}, trace.Number("kith.subscribers", int(a.members.Load())))
	about(ctx, span, a.op)
	x.place = trace.Carry(ctx)
	return ctx, span
}

// push begins the span of a frame.
func (x *execution) push() trace.Span {
	if x.place == "" || x.pushed.Add(1) > pushes {
		return trace.Span{}
	}
	_, span := trace.Resume(context.Background(), trace.Produced, "push", []string{x.place})
	return span
}
