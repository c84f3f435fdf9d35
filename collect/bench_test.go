package collect

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kith/event"
)

const benchEvents = 100

func benchBody() string {
	var items []string
	for i := range benchEvents {
		items = append(items, fmt.Sprintf(`{"anonymousId":"5f6d2c1e-8a4b-4c3d-9e2f-1a2b3c4d%04d","userId":"user-%d","messageId":"ajs-next-1767323045678-5f6d2c1e-8a4b-%04d",`+
			`"type":"track","event":"Product Viewed","timestamp":"2026-01-02T03:04:05.678Z","properties":{"product_id":"507f1f77bcf86cd799439011","sku":"G-%d",`+
			`"name":"Monopoly: 3rd Edition","price":18.99,"currency":"USD"},"context":{"library":{"name":"analytics.js","version":"1.70.0"},"locale":"en-US",`+
			`"page":{"path":"/product/path","title":"Monopoly","url":"https://www.example.com/product/path"},"userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"}}`, i, i%10, i, i))
	}
	return `{"batch":[` + strings.Join(items, ",") + `],"sentAt":"2026-01-02T03:04:06.000Z"}`
}

// nowhere takes everything and keeps nothing: what is measured is this package and the first stage of decoding.
type nowhere struct{}

func (nowhere) AppendEvents(context.Context, []byte) (string, error) { return "e1-7", nil }
func (nowhere) Add(context.Context, []event.Refused) error           { return nil }

func perEvent(b *testing.B, bytes int) {
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	b.Cleanup(func() { b.ReportMetric(float64(b.N)*benchEvents/b.Elapsed().Seconds(), "events/s") })
}

type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(status int) {
	if status != http.StatusOK {
		panic(fmt.Sprint("status ", status))
	}
}

func benchmarkHandler(b *testing.B, body, coding string) {
	handler := newTestCollector(b, Config{}, nowhere{}).Handler()
	perEvent(b, len(body))
	template := post("/v1/batch", body, "Content-Encoding", coding)
	for b.Loop() {
		r := *template
		r.Body = io.NopCloser(strings.NewReader(body))
		handler.ServeHTTP(&discard{http.Header{}}, &r)
	}
}

func BenchmarkHandler(b *testing.B)     { benchmarkHandler(b, benchBody(), "") }
func BenchmarkHandlerGzip(b *testing.B) { benchmarkHandler(b, zipped(benchBody()), "gzip") }

// The whole of HTTP over the loopback interface, its client included.
func BenchmarkServer(b *testing.B) {
	server := httptest.NewServer(newTestCollector(b, Config{}, nowhere{}).Handler())
	defer server.Close()
	body := []byte(benchBody())
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	perEvent(b, len(body))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := http.NewRequest(http.MethodPost, server.URL+"/v1/batch", bytes.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			r.SetBasicAuth(goodKey, "")
			res, err := client.Do(r)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				b.Error(res.Status)
				return
			}
		}
	})
}

// Small garbage a batch of any size: a ceiling, not a measurement.
func TestHandlerAllocations(t *testing.T) {
	handler := newTestCollector(t, Config{}, nowhere{}).Handler()
	body := benchBody()
	template := post("/v1/batch", body)
	n := testing.AllocsPerRun(20, func() {
		r := *template
		r.Body = io.NopCloser(strings.NewReader(body))
		handler.ServeHTTP(&discard{http.Header{}}, &r)
	})
	if n > 60 {
		t.Errorf("%.0f allocations for a batch of %d events, at most 60", n, benchEvents)
	}
}
