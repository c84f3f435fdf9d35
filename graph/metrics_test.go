package graph

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	b := start(t, func(c *ServerConfig) { c.Registerer = registry })
	scrape := func() string {
		w := httptest.NewRecorder()
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		text, _ := io.ReadAll(w.Body)
		return string(text)
	}
	has := func(lines ...string) {
		t.Helper()
		b.eventually("metrics "+strings.Join(lines, ", "), func() bool {
			text := scrape()
			for _, line := range lines {
				if !strings.Contains(text, line+"\n") {
					return false
				}
			}
			return true
		})
	}
	b.post("viewer", query(`{__typename}`))
	b.post("viewer", query(`{deadLetters{nodes{id}}}`))
	b.post("viewer", query(`{nope}`))
	b.post("", query(`{__typename}`))
	has(
		`kith_graphql_request_duration_seconds_count{operation_type="query",outcome="ok"} 1`,
		`kith_graphql_request_duration_seconds_count{operation_type="query",outcome="forbidden"} 1`,
		`kith_graphql_rejected_total{reason="invalid"} 1`,
		`kith_graphql_rejected_total{reason="unauthenticated"} 1`,
	)
	s := b.connect("viewer")
	s.subscribe("w", watchAda)
	stream := <-b.data.opened
	stream.emit(changed(1))
	s.next()
	has("kith_ws_connections 1", "kith_subscriptions_active 1", "kith_subscription_frames_total 1", "kith_event_to_push_seconds_count 1", "kith_subscription_executions_total 1")
	stream.finish(ErrTooSlow)
	s.expectClosed(1013)
	has("kith_ws_connections 0", "kith_subscriptions_active 0", `kith_subscription_dropped_total{reason="slow_reader"} 1`)
}
