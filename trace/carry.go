package trace

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	otel "go.opentelemetry.io/otel/trace"
)

// Header is the header of requests and messages that carries the place a trace has reached, in the form of
// https://www.w3.org/TR/trace-context/.
const Header = "traceparent"

// MaxLinks is how many traces a message or a span is tied to at most.
const MaxLinks = 32

// Carry is the place that ctx is at, to be sent along with a message; empty when there is none.
func Carry(ctx context.Context) string {
	if !On() {
		return ""
	}
	into := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, into)
	return into[Header]
}

// Resume begins what is done with messages that carried these places. It goes on in the trace of the first that is
// recorded and is linked to the others: what was sent in one request stays one trace.
func Resume(ctx context.Context, kind Kind, name string, places []string, attrs ...Attr) (context.Context, Span) {
	t := tracer.Load()
	if t == nil {
		return ctx, Span{}
	}
	var parent otel.SpanContext
	var links []otel.Link
	known := map[otel.SpanID]bool{}
	for _, p := range places {
		at := parse(p)
		switch {
		case !at.IsValid() || known[at.SpanID()]:
			continue
		case !parent.IsValid() || at.IsSampled() && !parent.IsSampled():
			parent = at
		case at.IsSampled() && len(links) < MaxLinks:
			links = append(links, otel.Link{SpanContext: at})
		}
		known[at.SpanID()] = true
	}
	if parent.IsValid() {
		ctx = otel.ContextWithRemoteSpanContext(ctx, parent)
	}
	ctx, span := (*t).Start(ctx, name, otel.WithSpanKind(kinds[kind]), otel.WithLinks(links...), otel.WithAttributes(attrs...))
	return ctx, Span{span}
}

func parse(place string) otel.SpanContext {
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{Header: place})
	return otel.SpanContextFromContext(ctx)
}
