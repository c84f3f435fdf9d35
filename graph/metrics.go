package graph

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what the API counts.
type metrics struct {
	duration      *prometheus.HistogramVec // operation_type, outcome
	rejected      *prometheus.CounterVec   // reason
	connections   prometheus.Gauge
	subscriptions prometheus.Gauge
	frames        prometheus.Counter
	dropped       *prometheus.CounterVec // reason
	push          prometheus.Histogram
	executions    prometheus.Counter
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kith_graphql_request_duration_seconds", Help: "Time from a request to its response, by operation type and outcome (ok, or the first error's code).",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"operation_type", "outcome"}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kith_graphql_rejected_total", Help: "Requests that were not executed, by the code of the reason.",
		}, []string{"reason"}),
		connections: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "kith_ws_connections", Help: "Open WebSockets.",
		}),
		subscriptions: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "kith_subscriptions_active", Help: "Open subscriptions.",
		}),
		frames: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "kith_subscription_frames_total", Help: "Events written to subscribers.",
		}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kith_subscription_dropped_total", Help: "Sockets with subscriptions that the server closed, by the name of the close code.",
		}, []string{"reason"}),
		push: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "kith_event_to_push_seconds", Help: "Time from the acceptance of a call to its frame at a subscriber.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60},
		}),
		executions: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "kith_subscription_executions_total", Help: "Events executed; each may serve many subscribers.",
		}),
	}
	if r != nil {
		r.MustRegister(m.duration, m.rejected, m.connections, m.subscriptions, m.frames, m.dropped, m.push, m.executions)
	}
	return m
}
