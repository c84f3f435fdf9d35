package e2e

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// receiver takes OpenTelemetry traces as any does: protobuf over HTTP.
type receiver struct {
	server *httptest.Server

	mu    sync.Mutex
	spans []*tracepb.Span
	wrong []error
}

func newReceiver() *receiver {
	r := &receiver{}
	r.server = httptest.NewServer(http.HandlerFunc(r.take))
	return r
}

func (r *receiver) take(w http.ResponseWriter, req *http.Request) {
	sent, err := r.read(req)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.wrong = append(r.wrong, err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, of := range sent.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			r.spans = append(r.spans, scope.Spans...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (r *receiver) read(req *http.Request) (*collectorpb.ExportTraceServiceRequest, error) {
	if req.Method != http.MethodPost || req.URL.Path != "/v1/traces" || req.Header.Get("Content-Type") != "application/x-protobuf" {
		return nil, fmt.Errorf("%s %s with %s", req.Method, req.URL.Path, req.Header.Get("Content-Type"))
	}
	var body io.Reader = req.Body
	if req.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(req.Body)
		if err != nil {
			return nil, err
		}
		body = unpacked
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	sent := &collectorpb.ExportTraceServiceRequest{}
	return sent, proto.Unmarshal(data, sent)
}

// receiverCommand starts a receiver of traces; $OTLP is where it is. `receiver free TEXT…` looks for texts in all that it
// got, which must not be there.
func receiverCommand(w *world, ts *testscript.TestScript, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "start" && w.receiver == nil:
		w.receiver = newReceiver()
		ts.Setenv("OTLP", w.receiver.server.URL)
		return nil
	case len(args) > 1 && args[0] == "free" && w.receiver != nil:
		return w.receiver.free(args[1:])
	}
	return errors.New("receiver start, once, and then receiver free TEXT…")
}

func (r *receiver) free(texts []string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.spans) == 0 {
		return errors.New("no span has come")
	}
	for _, s := range r.spans {
		all, err := protojson.Marshal(s) // its ids are in base64
		if err != nil {
			return err
		}
		all = fmt.Appendf(all, " of trace %x", s.TraceId)
		for _, text := range texts {
			if bytes.Contains(all, []byte(text)) {
				return fmt.Errorf("a span holds %q: %s", text, all)
			}
		}
	}
	return nil
}

// spansCommand prints the traces that begin with a span of a name, once what is printed holds an expression:
//
//	spans [-until REGEXP] FIRST
//
// Requests to the graph are shown as one of each parent.
func spansCommand(w *world, ts *testscript.TestScript, args []string) error {
	args, last := valued(args, "-until", "")
	if len(args) != 1 || w.receiver == nil {
		return errors.New("spans [-until REGEXP] FIRST, after receiver start")
	}
	until, err := regexp.Compile(last)
	if err != nil {
		return err
	}
	var shown string
	err = eventually(func() error {
		var err error
		if shown, err = w.receiver.show(args[0]); err == nil && !until.MatchString(shown) {
			err = fmt.Errorf("no %s in\n%s", last, shown)
		}
		return err
	})
	fmt.Fprint(ts.Stdout(), shown)
	return err
}

func (r *receiver) show(first string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.wrong) > 0 {
		return "", r.wrong[0]
	}
	slices.SortStableFunc(r.spans, func(a, b *tracepb.Span) int { return cmp.Compare(a.StartTimeUnixNano, b.StartTimeUnixNano) })
	var out strings.Builder
	for _, s := range r.spans {
		if s.Name == first {
			r.tree(&out, s, "")
		}
	}
	if out.Len() == 0 {
		return "", fmt.Errorf("no span %q has come", first)
	}
	return out.String(), nil
}

func (r *receiver) tree(out *strings.Builder, s *tracepb.Span, indent string) {
	fmt.Fprintf(out, "%s%s (%s)", indent, s.Name, strings.ToLower(strings.TrimPrefix(s.Kind.String(), "SPAN_KIND_")))
	for _, a := range s.Attributes {
		switch a.Key {
		case "graphql.operation.name", "http.response.status_code", "kith.calls":
			fmt.Fprintf(out, " %s=%s%d", a.Key, a.Value.GetStringValue(), a.Value.GetIntValue())
		case "kith.request_id":
			if id := a.Value.GetStringValue(); strings.HasPrefix(id, "e2e-") {
				fmt.Fprintf(out, " %s=%s", a.Key, id)
			} else if id == "" {
				fmt.Fprintf(out, " %s is missing", a.Key)
			}
		}
	}
	if len(s.Links) > 0 {
		fmt.Fprintf(out, " links=%d", len(s.Links))
	}
	fmt.Fprintln(out)
	asked := false
	for _, child := range r.spans {
		if !bytes.Equal(child.ParentSpanId, s.SpanId) || !bytes.Equal(child.TraceId, s.TraceId) {
			continue
		}
		if child.Kind != tracepb.Span_SPAN_KIND_CLIENT {
			r.tree(out, child, indent+"  ")
		} else if !asked {
			asked = true
			fmt.Fprintf(out, "%s  graph (client)\n", indent)
		}
	}
}
