package collect

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"kith/event"
	"kith/fault"
)

func TestCallRoutes(t *testing.T) {
	for _, call := range calls {
		for _, path := range []string{"/v1/" + call.name, "/v1/" + call.letter} {
			store := &recorder{}
			c := newTestCollector(t, Config{}, store)
			w := send(t, c, post(path, `{"userId":"u","event":"e","groupId":"g","previousId":"p","messageId":"m"}`))
			got := store.calls(t)
			if w.Code != 200 || len(got) != 1 || got[0].Type != call.typ || got[0].Source != "web" || got[0].ReceivedAt != event.MillisOf(testNow) {
				t.Errorf("%s: %d %s %+v", path, w.Code, w.Body, got)
			}
		}
	}
	w := send(t, newTestCollector(t, Config{}, &recorder{}), httptest.NewRequest(http.MethodPost, "/v1/m", strings.NewReader(`{"series":[{"type":"Counter"}]}`)))
	if w.Code != 200 || w.Body.String() != `{"success":true}` {
		t.Errorf("SDK metrics: %d %s", w.Code, w.Body)
	}
	w = send(t, newTestCollector(t, Config{}, &recorder{}), httptest.NewRequest(http.MethodGet, "/v1/batch", nil))
	if a := decodeReply(t, w); w.Code != 405 || a.Code != "method_not_allowed" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestWriteKeys(t *testing.T) {
	basic := func(text string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(text)) }
	for _, tc := range []struct {
		name, authorization, query, bodyKey string
		status                              int
	}{
		{"header", basic(goodKey + ":"), "", "", 200},
		{"without colon", basic(goodKey), "", "", 200},
		{"with a password", basic(goodKey + ":x"), "", "", 200},
		{"without padding", strings.TrimRight(basic(goodKey+":"), "="), "", "", 200},
		{"lower case", "basic " + base64.StdEncoding.EncodeToString([]byte(goodKey+":")), "", "", 200},
		{"body", "", "", goodKey, 200},
		{"query", "", goodKey, "", 200},
		{"body before query", "", "wrong", goodKey, 200},
		{"header before body", basic("wrong:"), "", goodKey, 401},
		{"empty header", basic(":"), "", goodKey, 200},
		{"bearer", "Bearer x", "", goodKey, 200},
		{"not base64", "Basic %%%", "", goodKey, 200},
		{"none", "", "", "", 401},
		{"unknown", "", "", "wrong", 401},
		{"switched off", basic("off-key:"), "", "", 403},
		{"switched off, in the body", "", "", "off-key", 403},
	} {
		for _, path := range []string{"/v1/batch", "/v1/page"} {
			body := `{"userId":"u","messageId":"m"`
			if path == "/v1/batch" {
				body = `{"batch":[` + pageItem + `]`
			}
			if tc.bodyKey != "" {
				body += `,"writeKey":"` + tc.bodyKey + `"`
			}
			r := httptest.NewRequest(http.MethodPost, path+"?writeKey="+tc.query, strings.NewReader(body+"}"))
			if tc.authorization != "" {
				r.Header.Set("Authorization", tc.authorization)
			}
			store := &recorder{}
			w := send(t, newTestCollector(t, Config{}, store), r)
			if w.Code != tc.status || len(store.parts) != 1 && tc.status == 200 || len(store.parts) != 0 && tc.status != 200 {
				t.Errorf("%s %s: %d %s", tc.name, path, w.Code, w.Body)
			}
		}
	}
}

func TestPreflight(t *testing.T) {
	for _, path := range []string{"/v1/t", "/v1/batch", "/v1/m", "/v1/projects/k/settings", "/v1/pixel/page"} {
		r := httptest.NewRequest(http.MethodOptions, path, nil)
		r.Header.Set("Origin", "https://shop.example")
		r.Header.Set("Access-Control-Request-Method", "POST")
		w := send(t, newTestCollector(t, Config{}, &recorder{}), r)
		if w.Code != 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
		for _, h := range []string{"Authorization", "Content-Type", "Content-Encoding", "X-Retry-Count", "X-Strict-Mode"} {
			if !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), h) {
				t.Errorf("%s: %s is not allowed", path, h)
			}
		}
		if !strings.Contains(w.Header().Get("Access-Control-Allow-Methods"), "POST") {
			t.Errorf("%s: POST is not allowed", path)
		}
	}
}

func TestSettings(t *testing.T) {
	const want = `{"integrations":{"Segment.io":{"apiHost":"kith.example:8080/v1","apiKey":"good-key","protocol":"PROTOCOL"}},"plan":{"track":{"__default":{"enabled":true}}}}`
	for _, tc := range []struct {
		forwarded, protocol string
		tls                 *tls.ConnectionState
	}{
		{"", "http", nil}, {"https", "https", nil}, {"HTTPS, http", "https", nil}, {"", "https", &tls.ConnectionState{}}, {"http", "http", &tls.ConnectionState{}}, {"gopher", "http", nil},
	} {
		r := httptest.NewRequest(http.MethodGet, "/v1/projects/good-key/settings", nil)
		r.Host, r.TLS = "kith.example:8080", tc.tls
		if tc.forwarded != "" {
			r.Header.Set("X-Forwarded-Proto", tc.forwarded)
		}
		w := send(t, newTestCollector(t, Config{}, &recorder{}), r)
		if got := w.Body.String(); w.Code != 200 || got != strings.Replace(want, "PROTOCOL", tc.protocol, 1) {
			t.Errorf("%+v: %d %s", tc, w.Code, got)
		}
	}
	for key, status := range map[string]int{"wrong": 401, "off-key": 403} {
		if w := send(t, newTestCollector(t, Config{}, &recorder{}), httptest.NewRequest(http.MethodGet, "/v1/projects/"+key+"/settings", nil)); w.Code != status {
			t.Errorf("%s: %d", key, w.Code)
		}
	}
}

func TestPixel(t *testing.T) {
	good := `{"anonymousId":"a?>~","messageId":"m","writeKey":"good-key","timestamp":"2026-01-02T03:04:05Z"}`
	for _, tc := range []struct {
		name, path, query string
		err               error
		status, kept      int
	}{
		{"standard", "page", url.Values{"data": {base64.StdEncoding.EncodeToString([]byte(good))}}.Encode(), nil, 200, 1},
		{"for URLs, no padding", "page", "data=" + base64.RawURLEncoding.EncodeToString([]byte(good)), nil, 200, 1},
		{"plus not escaped", "page", "data=" + base64.StdEncoding.EncodeToString([]byte(good)), nil, 200, 1},
		{"key in the query", "page", "writeKey=good-key&data=" + base64.URLEncoding.EncodeToString([]byte(strings.Replace(good, "writeKey", "x", 1))), nil, 200, 1},
		{"no key", "page", "data=" + base64.URLEncoding.EncodeToString([]byte(`{"anonymousId":"a"}`)), nil, 200, 0},
		{"not base64", "page", "data=%25", nil, 200, 0},
		{"not JSON", "page", "data=AAAA", nil, 200, 0},
		{"nothing", "page", "", nil, 200, 0},
		{"unknown call", "nothing", "data=" + base64.URLEncoding.EncodeToString([]byte(good)), nil, 200, 0},
		{"trouble", "page", "data=" + base64.URLEncoding.EncodeToString([]byte(good)), fault.New("j", fault.Unavailable, "Away."), 503, 0},
	} {
		store := &recorder{err: tc.err}
		w := send(t, newTestCollector(t, Config{}, store), httptest.NewRequest(http.MethodGet, "/v1/pixel/"+tc.path+"?"+tc.query, nil))
		if w.Code != tc.status || w.Header().Get("Content-Type") != "image/gif" || !bytes.HasPrefix(w.Body.Bytes(), []byte("GIF89a")) || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", tc.name, w.Code, w.Header())
		}
		if got := store.calls(t); len(got) != tc.kept || tc.kept == 1 && (got[0].Type != event.Page || got[0].Identifiers[0].Value != "a?>~") {
			t.Errorf("%s: %+v", tc.name, got)
		}
	}
}

func TestStop(t *testing.T) {
	store := &recorder{hold: make(chan struct{}), holding: make(chan struct{}, 1)}
	c := newTestCollector(t, Config{}, store)
	finished := make(chan int)
	go func() {
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, post("/v1/batch", batchOf(pageItem)))
		finished <- w.Code
	}()
	<-store.holding
	expired, cancel := context.WithCancel(context.Background())
	cancel()
	if err := c.Stop(expired); err == nil {
		t.Error("stopped with a request under way")
	}
	w := send2(c, post("/v1/batch", batchOf(pageItem)))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || w.Header().Get("Connection") != "close" {
		t.Errorf("new request: %d %v", w.Code, w.Header())
	}
	close(store.hold)
	if code := <-finished; code != 200 {
		t.Errorf("request under way: %d", code)
	}
	for range 2 {
		if err := c.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}
	if got := len(store.calls(t)); got != 1 {
		t.Errorf("%d calls", got)
	}
}

func send2(c *Collector, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, r)
	return w
}

// Case 42: no key, path, query or personal value in logs, metrics and error bodies.
func TestNothingLeaks(t *testing.T) {
	var log bytes.Buffer
	reg := prometheus.NewRegistry()
	store := &recorder{}
	c := newTestCollector(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil)), Registry: reg}, store)
	secret := []string{goodKey, "sec-key", "ada@secret.example", "Secret Event"}
	body := `{"batch":[{"type":"Secret Event","userId":"ada@secret.example"},{"type":"track","userId":"ada@secret.example","event":"Secret Event","messageId":"m"}],"writeKey":"sec-key"}`
	var answers strings.Builder
	do := func(r *http.Request) {
		w := send(t, c, r)
		answers.WriteString(w.Body.String())
	}
	do(post("/v1/batch", body))
	do(httptest.NewRequest(http.MethodPost, "/v1/batch?writeKey=sec-key", strings.NewReader(body)))
	do(httptest.NewRequest(http.MethodPost, "/v1/batch?writeKey=sec-key", strings.NewReader(body[:40])))
	do(httptest.NewRequest(http.MethodGet, "/v1/projects/sec-key/settings", nil))
	do(httptest.NewRequest(http.MethodGet, "/v1/pixel/track?data=c2VjcmV0&writeKey=sec-key", nil))
	do(httptest.NewRequest(http.MethodGet, "/v1/sec-key?writeKey=sec-key", nil))
	store.err = fault.New("journal", fault.Unavailable, "Away.")
	do(post("/v1/batch", body))
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var shown strings.Builder
	for _, f := range families {
		shown.WriteString(f.String())
	}
	for _, s := range secret {
		for where, text := range map[string]string{"log": log.String(), "metrics": shown.String(), "answers": answers.String()} {
			if strings.Contains(text, s) {
				t.Errorf("%q in %s:\n%s", s, where, text)
			}
		}
	}
	if !strings.Contains(log.String(), "events not accepted") {
		t.Errorf("an outage must be logged: %s", log.String())
	}
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	c := newTestCollector(t, Config{Registry: reg}, &recorder{})
	send(t, c, post("/v1/batch", batchOf(pageItem, pageItem, `{"type":"track","userId":"u"}`, `{"type":"x"}`)))
	send(t, c, post("/v1/t", `{`))
	send(t, c, httptest.NewRequest(http.MethodGet, "/v1/projects/good-key/settings", nil))
	got := series(t, reg)
	for name, want := range map[string]float64{
		`kith_ingest_events_total accepted page`:                                  2,
		`kith_ingest_events_total refused track`:                                  1,
		`kith_ingest_events_total refused unknown`:                                1,
		`kith_ingest_rejected_total invalid_json`:                                 1,
		`kith_ingest_rejected_total missing_event`:                                1,
		`kith_ingest_rejected_total unknown_type`:                                 1,
		`kith_http_request_duration_seconds 200 /v1/batch`:                        1,
		`kith_http_request_duration_seconds 400 /v1/t`:                            1,
		`kith_http_request_duration_seconds 200 /v1/projects/{writeKey}/settings`: 1,
		`kith_ingest_batch_bytes`:                                                 2,
	} {
		if got[name] != want {
			t.Errorf("%s: %v, want %v", name, got[name], want)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("more series: %v", got)
	}
	if _, err := New(Config{Registry: reg}, nil, nil, nil); err == nil {
		t.Error("registered twice")
	}
}

// series is every series of a registry: name and label values, and the count of events or observations.
func series(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() { // sorted by label name
				name += " " + l.GetValue()
			}
			out[name] = m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return out
}

func TestConfig(t *testing.T) {
	for _, cfg := range []Config{
		{Limits: event.Limits{Events: 1}}, {Buffers: 1 << 20}, {Timeout: -1}, {Rate: Rate{Events: -1}}, {Rates: map[string]Rate{"web": {Burst: -1}}},
	} {
		if _, err := New(cfg, &recorder{}, &recorder{}, testKeys{}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}
