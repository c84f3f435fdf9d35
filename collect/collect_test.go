package collect

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kith/event"
	"kith/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var testNow = time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC)

// recorder is a journal and a quarantine that remember.
type recorder struct {
	mu      sync.Mutex
	parts   []event.Part
	refused []event.Refused
	order   []string
	err     error // what both answer with
	hold    chan struct{}
	holding chan struct{}
}

func (r *recorder) AppendEvents(ctx context.Context, part []byte) (string, error) {
	if r.hold != nil {
		r.holding <- struct{}{}
		select {
		case <-r.hold:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return "", r.err
	}
	parts, err := event.DecodeParts(bytes.Clone(part))
	if err != nil {
		return "", err
	}
	r.parts = append(r.parts, parts...)
	r.order = append(r.order, "journal")
	return "e1-7", nil
}

func (r *recorder) Add(_ context.Context, refused []event.Refused) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	stored, err := json.Marshal(refused)
	if err != nil {
		return err
	}
	var back []event.Refused
	if err := json.Unmarshal(stored, &back); err != nil {
		return err
	}
	r.refused = append(r.refused, back...)
	r.order = append(r.order, "quarantine")
	return nil
}

func (r *recorder) calls(t *testing.T) (out []event.Call) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.parts {
		calls, refused := event.DecodeCalls(&r.parts[i], event.Policy{})
		if len(refused) > 0 {
			t.Fatalf("%+v", refused)
		}
		out = append(out, calls...)
	}
	return out
}

// testKeys maps keys to sources; the source "off" is switched off.
type testKeys map[string]string

func (k testKeys) Check(key string) (string, error) {
	switch s, ok := k[key]; {
	case !ok:
		return "", fault.New("test", fault.Unauthenticated, "unknown")
	case s == "off":
		return "", fault.New("test", fault.Forbidden, "off")
	default:
		return s, nil
	}
}

const goodKey = "good-key"

func newTestCollector(t testing.TB, cfg Config, store interface {
	Journal
	Quarantine
}) *Collector {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return testNow }
	}
	c, err := New(cfg, store, store, testKeys{goodKey: "web", "off-key": "off", "": "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// send sends a request and checks what every answer has.
func send(t testing.TB, c *Collector, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, r)
	if w.Header().Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(w.Header().Get("Access-Control-Expose-Headers"), "Kith-Position") {
		t.Errorf("%s %s: not for browsers: %v", r.Method, r.URL.Path, w.Header())
	}
	if left := c.buffers.left.Load(); left != c.cfg.Buffers {
		t.Errorf("%s %s: %d bytes of buffers not given back", r.Method, r.URL.Path, c.cfg.Buffers-left)
	}
	return w
}

func post(path, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.SetBasicAuth(goodKey, "")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

type reply struct {
	Success              bool
	Code, Message, Where string
	Rejected             []rejected
}

func decodeReply(t testing.TB, w *httptest.ResponseRecorder) (a reply) {
	t.Helper()
	if w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("Content-Type %s", w.Header().Get("Content-Type"))
	}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	return a
}
