package trace

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"kith/fault"
)

// recording records in memory for as long as the test runs.
func recording(t *testing.T) *tracetest.InMemoryExporter {
	t.Helper()
	into := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(into))
	tr := provider.Tracer("test")
	tracer.Store(&tr)
	t.Cleanup(func() { tracer.Store(nil) })
	return into
}

func TestWanted(t *testing.T) {
	for _, c := range []struct {
		environ string
		wanted  bool
		wrong   string
	}{
		{"", false, ""},
		{"PATH=/bin OTEL_SERVICE_NAME=kith", false, ""},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318", true, ""},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=", false, ""},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://a:4318", true, ""},
		{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://a:4318", false, ""},
		{"OTEL_TRACES_EXPORTER=otlp", true, ""},
		{"OTEL_TRACES_EXPORTER=none OTEL_EXPORTER_OTLP_ENDPOINT=http://a:4318", false, ""},
		{"OTEL_SDK_DISABLED=true OTEL_EXPORTER_OTLP_ENDPOINT=http://a:4318", false, ""},
		{"OTEL_TRACES_EXPORTER=zipkin", false, "OTEL_TRACES_EXPORTER"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc", false, "4318"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL=grpc OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf", true, ""},
	} {
		wanted, err := Wanted(strings.Fields(c.environ))
		if wanted != c.wanted || (err != nil) != (c.wrong != "") || !strings.Contains(fault.MessageOf(err), c.wrong) {
			t.Errorf("%s: %v, %v", c.environ, wanted, err)
		}
	}
}

// Where nothing is recorded nothing is made.
func TestOff(t *testing.T) {
	about := []Attr{Text("a", "b")}
	if n := testing.AllocsPerRun(100, func() {
		ctx, span := Start(t.Context(), Served, "x", about...)
		span.Fail(context.Canceled)
		if Carry(ctx) != "" {
			t.Error("there is a place")
		}
		span.End()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

const (
	a = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	b = "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203332-01"
	c = "00-2af7651916cd43dd8448eb211c80319c-b7ad6b7169203333-00" // not recorded
)

func TestResume(t *testing.T) {
	for _, test := range []struct {
		places []string
		parent string
		links  int
		none   bool
	}{
		{places: nil},
		{places: []string{"", "nonsense", strings.Repeat("x", 1000)}},
		{places: []string{a}, parent: a},
		{places: []string{a, a, b}, parent: a, links: 1},
		{places: []string{c, b, a}, parent: b, links: 1},
		{places: []string{c}, none: true},
	} {
		into := recording(t)
		ctx, span := Resume(t.Context(), Consumed, "apply", test.places)
		inner, below := Start(ctx, Produced, "publish")
		place := Carry(inner)
		below.End()
		span.End()
		spans := into.GetSpans()
		if test.none {
			if len(spans) != 0 || !strings.HasSuffix(place, "-00") {
				t.Errorf("%q: %d spans, %s", test.places, len(spans), place)
			}
			continue
		}
		if len(spans) != 2 || spans[0].Parent.SpanID() != spans[1].SpanContext.SpanID() || len(spans[1].Links) != test.links {
			t.Fatalf("%q: %+v", test.places, spans)
		}
		if parent := spans[1].Parent; test.parent != "" && parent.SpanID() != parse(test.parent).SpanID() || test.parent == "" && parent.IsValid() {
			t.Errorf("%q: parent %v", test.places, parent)
		}
		if parse(place).SpanID() != spans[0].SpanContext.SpanID() {
			t.Errorf("%q: carries %q", test.places, place)
		}
	}
}

func TestLinksAreBounded(t *testing.T) {
	into := recording(t)
	var places []string
	for range 2 * MaxLinks {
		ctx, span := Start(t.Context(), Served, "x")
		places = append(places, Carry(ctx))
		span.End()
	}
	into.Reset()
	_, span := Resume(t.Context(), Consumed, "apply", places)
	span.End()
	if n := len(into.GetSpans()[0].Links); n != MaxLinks {
		t.Errorf("%d links", n)
	}
}

// What nobody asked for begins no trace.
func TestNoTraceOfItsOwn(t *testing.T) {
	into := recording(t)
	for _, kind := range []Kind{Inside, Asked, Produced} {
		_, span := Start(t.Context(), kind, "renew")
		span.End()
	}
	if n := len(into.GetSpans()); n != 0 {
		t.Errorf("%d spans", n)
	}
}

// A span says which code something failed with, not what was said.
func TestFailure(t *testing.T) {
	into := recording(t)
	_, span := Start(t.Context(), Served, "x")
	span.Fail(fault.New("op", fault.NotFound, "There is no ada@example.org."))
	span.End()
	got := into.GetSpans()[0]
	if got.Status.Description != string(fault.NotFound) || len(got.Events) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestServe(t *testing.T) {
	into := recording(t)
	for _, test := range []struct{ sent, kept string }{{"mine-1", "mine-1"}, {"not good", ""}, {strings.Repeat("x", 65), ""}, {"", ""}} {
		into.Reset()
		w, r := httptest.NewRecorder(), httptest.NewRequest("BREW", "/v1/track?secret", http.NoBody)
		r.Header.Set("X-Request-Id", test.sent)
		r.Header.Set(Header, a)
		r, span := Serve(w, r, "/v1/{call}")
		span.Answered(http.StatusServiceUnavailable)
		id := RequestID(r.Context())
		if id == "" || test.kept != "" && id != test.kept || test.kept == "" && id == test.sent || w.Header().Get("X-Request-Id") != id {
			t.Errorf("%q: %q", test.sent, id)
		}
		got := into.GetSpans()[0]
		if got.Name != "_OTHER /v1/{call}" || got.Parent.TraceID() != parse(a).TraceID() || !slices.Contains(got.Attributes, Text("kith.request_id", id)) ||
			!slices.Contains(got.Attributes, Number("http.response.status_code", 503)) || got.Status.Description == "" {
			t.Errorf("%+v", got)
		}
	}
}

func TestLogs(t *testing.T) {
	recording(t)
	var out bytes.Buffer
	log := slog.New(Logs(slog.NewTextHandler(&out, nil))).With("x", 1).WithGroup("g")
	ctx, span := Resume(t.Context(), Served, "x", []string{a})
	defer span.End()
	log.Info("without")
	if strings.Contains(out.String(), "trace_id") {
		t.Error(out.String())
	}
	log.InfoContext(ctx, "with")
	if !strings.Contains(out.String(), "trace_id=0af7651916cd43dd8448eb211c80319c") {
		t.Error(out.String())
	}
}
