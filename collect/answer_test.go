package collect

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kith/event"
	"kith/fault"
)

const pageItem = `{"type":"page","userId":"u","messageId":"m"}`

func batchOf(items ...string) string { return `{"batch":[` + strings.Join(items, ",") + `]}` }

func zipped(body string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, body)
	_ = z.Close()
	return b.String()
}

// Each row of the answers in the wire format, section 3.
func TestAnswers(t *testing.T) {
	padded := func(n int) string { // a batch of n bytes
		head, tail := `{"batch":[`+pageItem+`],"x":"`, `"}`
		return head + strings.Repeat("x", n-len(head)-len(tail)) + tail
	}
	single := func(n int) string {
		head, tail := `{"userId":"u","event":"e","messageId":"m","properties":{"x":"`, `"}}`
		return head + strings.Repeat("x", n-len(head)-len(tail)) + tail
	}
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	bad := `{"type":"track","userId":"u","messageId":"bad"}`
	for _, tc := range []struct {
		name, path, body string
		headers          []string
		status           int
		code, where      string
		kept, refused    int
	}{
		{"accepted", "/v1/batch", batchOf(pageItem), nil, 200, "", "", 1, 0},
		{"accepted, text/plain", "/v1/b", batchOf(pageItem), []string{"Content-Type", "text/plain"}, 200, "", "", 1, 0},
		{"a retry", "/v1/batch", batchOf(pageItem), []string{"X-Retry-Count", "3"}, 200, "", "", 1, 0},
		{"gzip, called a form", "/v1/batch", zipped(batchOf(pageItem)), []string{"Content-Encoding", "gzip", "Content-Type", "application/x-www-form-urlencoded"}, 200, "", "", 1, 0},
		{"gzip in two members", "/v1/batch", zipped(batchOf(pageItem)[:9]) + zipped(batchOf(pageItem)[9:]), []string{"Content-Encoding", "GZIP"}, 200, "", "", 1, 0},
		{"identity", "/v1/batch", batchOf(pageItem), []string{"Content-Encoding", "identity"}, 200, "", "", 1, 0},
		{"some refused", "/v1/batch", batchOf(pageItem, bad), nil, 200, "", "", 1, 1},
		{"all refused", "/v1/batch", batchOf(bad, bad), nil, 200, "", "", 0, 2},
		{"single refused", "/v1/track", bad, nil, 200, "", "", 0, 1},
		{"some refused, strict", "/v1/batch", batchOf(pageItem, bad), []string{"X-Strict-Mode", "1"}, 400, "rejected", "", 0, 0},
		{"none refused, strict", "/v1/batch", batchOf(pageItem), []string{"X-Strict-Mode", "1"}, 200, "", "", 1, 0},
		{"invalid JSON", "/v1/batch", `{"batch":[}`, nil, 400, "invalid_json", "byte 10", 0, 0},
		{"empty body", "/v1/track", ``, nil, 400, "invalid_json", "byte 0", 0, 0},
		{"empty batch", "/v1/batch", batchOf(), nil, 400, "empty_batch", "batch", 0, 0},
		{"not gzip", "/v1/batch", batchOf(pageItem), []string{"Content-Encoding", "gzip"}, 400, "bad_encoding", "body", 0, 0},
		{"gzip, cut off", "/v1/batch", zipped(batchOf(pageItem))[:30], []string{"Content-Encoding", "gzip"}, 400, "bad_encoding", "body", 0, 0},
		{"gzip, damaged", "/v1/batch", zipped(batchOf(pageItem)) + "x", []string{"Content-Encoding", "gzip"}, 400, "bad_encoding", "body", 0, 0},
		{"gzip, not said", "/v1/batch", zipped(batchOf(pageItem)), nil, 400, "invalid_json", "byte 0", 0, 0},
		{"unknown coding", "/v1/batch", batchOf(pageItem), []string{"Content-Encoding", "br"}, 400, "bad_encoding", "Content-Encoding", 0, 0},
		{"largest batch", "/v1/batch", padded(500 << 10), nil, 200, "", "", 1, 0},
		{"batch over 500 KB", "/v1/batch", padded(500<<10 + 1), nil, 413, "body_too_large", "body", 0, 0},
		{"batch over 500 KB, packed", "/v1/batch", zipped(padded(500<<10 + 1)), []string{"Content-Encoding", "gzip"}, 413, "body_too_large", "body", 0, 0},
		{"largest batch, packed", "/v1/batch", zipped(padded(500 << 10)), []string{"Content-Encoding", "gzip"}, 200, "", "", 1, 0},
		{"a bomb", "/v1/batch", zipped(strings.Repeat(" ", 20<<20)), []string{"Content-Encoding", "gzip"}, 413, "body_too_large", "body", 0, 0},
		{"a bomb of nothing", "/v1/batch", strings.Repeat(zipped(""), 30_000), []string{"Content-Encoding", "gzip"}, 413, "body_too_large", "body", 0, 0},
		{"largest single", "/v1/track", single(32 << 10), nil, 200, "", "", 1, 0},
		{"single over 32 KB", "/v1/track", single(32<<10 + 1), nil, 413, "body_too_large", "body", 0, 0},
		{"2,500 events", "/v1/batch", batchOf(strings.Split(strings.Repeat(pageItem+";", 2499)+pageItem, ";")...), nil, 200, "", "", 2500, 0},
		{"2,501 events", "/v1/batch", batchOf(strings.Split(strings.Repeat(pageItem+";", 2500)+pageItem, ";")...), nil, 413, "too_many_events", "batch", 0, 0},
		{"an event over 32 KB", "/v1/batch", batchOf(pageItem, `{"type":"track",`+single(32 << 10)[1:]), nil, 200, "", "", 1, 1},
		{"an event nested 200 deep", "/v1/batch", batchOf(pageItem, `{"type":"page","userId":"u","properties":`+deep+`}`), nil, 200, "", "", 1, 1},
		{"a call nested 200 deep", "/v1/page", `{"userId":"u","properties":` + deep + `}`, nil, 200, "", "", 0, 1},
		{"NUL, lone surrogate, duplicate keys", "/v1/batch", batchOf(`{"type":"page","userId":"a","userId":"u\u0000\ud800","messageId":"m"}`), nil, 200, "", "", 1, 0},
		{"unknown route", "/v1/nothing", `{}`, nil, 404, "not_found", "", 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			store := &recorder{}
			c := newTestCollector(t, Config{}, store)
			w := send(t, c, post(tc.path, tc.body, tc.headers...))
			a := decodeReply(t, w)
			if w.Code != tc.status || a.Code != tc.code || a.Where != tc.where || a.Success != (tc.status == 200) {
				t.Fatalf("%d %s, want %d %s %s", w.Code, w.Body.String()[:min(w.Body.Len(), 300)], tc.status, tc.code, tc.where)
			}
			if tc.status != 200 && a.Message == "" {
				t.Error("no message")
			}
			if len(store.calls(t)) != tc.kept || len(store.refused) != tc.refused {
				t.Errorf("%d accepted and %d refused are stored, want %d and %d", len(store.calls(t)), len(store.refused), tc.kept, tc.refused)
			}
			if tc.status == 200 && len(a.Rejected) != tc.refused {
				t.Errorf("rejected: %+v", a.Rejected)
			}
			position := ""
			if tc.kept > 0 {
				position = "e1-7"
			}
			if w.Header().Get("Kith-Position") != position {
				t.Errorf("Kith-Position %q, want %q", w.Header().Get("Kith-Position"), position)
			}
		})
	}
}

func TestAcceptedBody(t *testing.T) {
	c := newTestCollector(t, Config{}, &recorder{})
	if got := send(t, c, post("/v1/batch", batchOf(pageItem))).Body.String(); got != `{"success":true}` {
		t.Error(got)
	}
	got := send(t, c, post("/v1/batch", batchOf(pageItem, `{"type":"track","userId":"u","messageId":"b"}`))).Body.String()
	if want := `{"success":true,"rejected":[{"index":1,"messageId":"b","code":"missing_event","field":"event","message":"A track call needs the name of its event."}]}`; got != want {
		t.Error(got)
	}
	got = send(t, c, post("/v1/batch", batchOf(`{"type":"x","messageId":"b"}`), "X-Strict-Mode", "1")).Body.String()
	if !strings.Contains(got, `"rejected":[{"index":0,"messageId":"b","code":"unknown_type","field":"type",`) {
		t.Error(got)
	}
}

// Refused events are kept with all that is needed to send them again, and before the accepted ones.
func TestQuarantined(t *testing.T) {
	store := &recorder{}
	c := newTestCollector(t, Config{}, store)
	send(t, c, post("/v1/batch", `{"batch":[{"type":"track","userId":"u"},`+pageItem+`],"context":{"ip":"203.0.113.7"},"sentAt":"2026-01-02T03:04:05Z"}`))
	r := store.refused[0]
	if r.Source != "web" || r.ReceivedAt != event.MillisOf(testNow) || r.MessageID == "" || string(r.Raw) != `{"type":"track","userId":"u"}` || r.Context == nil || r.SentAt == nil {
		t.Errorf("%+v", r)
	}
	if strings.Join(store.order, " ") != "quarantine journal" {
		t.Error(store.order)
	}
}

func TestStoreTrouble(t *testing.T) {
	limited := fault.New("journal", fault.RateLimited, "The backlog is full.")
	limited.RetryAfter = 90 * time.Second
	away := fault.New("journal", fault.Unavailable, "The disk is nearly full.")
	away.RetryAfter = time.Hour
	for _, tc := range []struct {
		err    error
		status int
		after  string
		code   string
	}{
		{limited, 429, "90", "rate_limited"},
		{away, 503, "300", "unavailable"},
		{fault.New("journal", fault.Timeout, "Too slow."), 503, "1", "unavailable"},
		{fault.New("journal", fault.Internal, "secret detail"), 503, "1", "unavailable"},
		{errors.New("secret detail"), 503, "1", "unavailable"},
		{fault.New("journal", fault.TooLarge, "Too large."), 413, "", "body_too_large"},
	} {
		for _, body := range []string{batchOf(pageItem), batchOf(`{"type":"x"}`)} { // the journal's trouble, quarantine's
			w := send(t, newTestCollector(t, Config{}, &recorder{err: tc.err}), post("/v1/batch", body))
			a := decodeReply(t, w)
			if w.Code != tc.status || w.Header().Get("Retry-After") != tc.after || a.Code != tc.code || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%v: %d %s %s", tc.err, w.Code, w.Header().Get("Retry-After"), w.Body)
			}
		}
	}
}

func TestStoreTimeout(t *testing.T) {
	store := &recorder{hold: make(chan struct{}), holding: make(chan struct{}, 1)}
	w := send(t, newTestCollector(t, Config{Timeout: time.Millisecond}, store), post("/v1/batch", batchOf(pageItem)))
	if w.Code != 503 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestBrokenBody(t *testing.T) {
	r := post("/v1/batch", "")
	r.Body, r.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader(`{"batch":`), brokenReader{})), -1
	w := send(t, newTestCollector(t, Config{}, &recorder{}), r)
	if w.Code != http.StatusRequestTimeout { // SDKs send again
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestRate(t *testing.T) {
	now := testNow
	store := &recorder{}
	c := newTestCollector(t, Config{
		Now: func() time.Time { return now }, Rate: Rate{Events: 100}, Rates: map[string]Rate{"app": {}},
	}, store)
	c.keys = testKeys{goodKey: "web", "app-key": "app"}
	full := batchOf(strings.Split(strings.Repeat(pageItem+";", 2499)+pageItem, ";")...)
	if w := send(t, c, post("/v1/batch", full)); w.Code != 200 {
		t.Fatalf("a burst of one batch must pass: %d", w.Code)
	}
	w := send(t, c, post("/v1/batch", batchOf(strings.Split(strings.Repeat(pageItem+";", 449)+pageItem, ";")...)))
	if a := decodeReply(t, w); w.Code != 429 || w.Header().Get("Retry-After") != "5" || a.Code != "rate_limited" {
		t.Errorf("%d %s %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
	other := post("/v1/batch", full)
	other.SetBasicAuth("app-key", "")
	if w := send(t, c, other); w.Code != 200 {
		t.Errorf("another source: %d", w.Code)
	}
	now = now.Add(time.Second)
	if w := send(t, c, post("/v1/batch", batchOf(pageItem, pageItem))); w.Code != 200 {
		t.Errorf("a second later: %d", w.Code)
	}
}

func TestBufferBudget(t *testing.T) {
	store := &recorder{hold: make(chan struct{}), holding: make(chan struct{}, 100)}
	c := newTestCollector(t, Config{Buffers: 16 * 500 << 10}, store)
	body := `{"batch":[` + pageItem + `],"x":"` + strings.Repeat("x", 400<<10) + `"}`
	done := make(chan int, 100)
	const held = 3 // each takes two buffers of 1 MB: three fit into the budget
	for range held {
		go func() {
			w := httptest.NewRecorder()
			c.Handler().ServeHTTP(w, post("/v1/batch", body))
			done <- w.Code
		}()
		<-store.holding
	}
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, post("/v1/batch", body))
	if a := decodeReply(t, w); w.Code != 503 || a.Code != "busy" || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	close(store.hold)
	for range held {
		if code := <-done; code != 200 {
			t.Errorf("%d", code)
		}
	}
	if w := send(t, c, post("/v1/batch", batchOf(pageItem))); w.Code != 200 {
		t.Errorf("afterwards: %d", w.Code)
	}
}
