// Package trace ties together what one request sets off: its id, which is in the answer, in logs and in spans, and, where
// a receiver of OpenTelemetry is named, its spans: from the POST through the journal and the graph to the push.
//
// Nothing runs and nothing is recorded until [Open]. A span says what was done, how long it took and how it ended: names,
// numbers, codes and ids, never what a client sent about a person.
package trace

import (
	"context"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	otel "go.opentelemetry.io/otel/trace"

	"kith/fault"
)

// Kind is the part a span plays. Served and Consumed ones begin a trace where there is none; the others are part of one
// or not recorded: what nobody asked for, such as the renewal of a lease, makes no trace of its own.
type Kind int

const (
	Inside   Kind = iota // work of this process
	Served               // a request from outside
	Asked                // a request to a database
	Produced             // a message that somebody else goes on from
	Consumed             // what is done with such a message
)

var kinds = [...]otel.SpanKind{otel.SpanKindInternal, otel.SpanKindServer, otel.SpanKindClient, otel.SpanKindProducer, otel.SpanKindConsumer}

// Attr is an attribute of a span.
type Attr = attribute.KeyValue

// Text is an attribute. Its value is no personal data.
func Text(key, value string) Attr { return attribute.String(key, value) }

// Number is an attribute.
func Number(key string, value int) Attr { return attribute.Int(key, value) }

// Span is something that takes time. The zero Span is one that is not recorded; everything can be done with it.
type Span struct{ span otel.Span }

// tracer is nil as long as nothing is recorded.
var tracer atomic.Pointer[otel.Tracer]

// On reports whether spans are recorded, for what it would cost to make their attributes.
func On() bool { return tracer.Load() != nil }

// Start begins a span below that of ctx. It needs its End.
func Start(ctx context.Context, kind Kind, name string, attrs ...Attr) (context.Context, Span) {
	t := tracer.Load()
	if t == nil {
		return ctx, Span{}
	}
	begins := kind == Served || kind == Consumed
	if !begins && !otel.SpanContextFromContext(ctx).IsValid() {
		return ctx, Span{}
	}
	ctx, span := (*t).Start(ctx, name, otel.WithSpanKind(kinds[kind]), otel.WithAttributes(attrs...))
	return ctx, Span{span}
}

// Set adds attributes.
func (s Span) Set(attrs ...Attr) {
	if s.span != nil {
		s.span.SetAttributes(attrs...)
	}
}

// Fail says that it failed, and with which code: messages may quote what a client sent. A nil err changes nothing.
func (s Span) Fail(err error) {
	if s.span != nil && err != nil {
		s.FailAs(string(fault.CodeOf(err)))
	}
}

// FailAs says that it failed with a code of a closed set.
func (s Span) FailAs(code string) {
	if s.span != nil {
		s.span.SetAttributes(attribute.String("error.type", code))
		s.span.SetStatus(codes.Error, code)
	}
}

// End ends the span. Nothing is to be done with it any more.
func (s Span) End() {
	if s.span != nil {
		s.span.End()
	}
}
