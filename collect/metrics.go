package collect

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kith/event"
)

// metrics are labelled by route templates and closed sets of codes only.
type metrics struct {
	duration *prometheus.HistogramVec // route, code
	events   *prometheus.CounterVec   // type, result: accepted or refused
	bytes    prometheus.Histogram
	rejected *prometheus.CounterVec // reason: of events and of whole requests
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "kith_http_request_duration_seconds", Help: "Time to answer an ingest request, by route and status.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "code"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kith_ingest_events_total", Help: "Events by type and by what became of them.",
		}, []string{"type", "result"}),
		bytes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "kith_ingest_batch_bytes", Help: "Size of ingest bodies, decoded.", Buckets: prometheus.ExponentialBuckets(256, 4, 7),
		}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "kith_ingest_rejected_total", Help: "Refused events, and requests that were not taken, by reason.",
		}, []string{"reason"}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.duration, m.events, m.bytes, m.rejected} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) answered(route string, a *answer, took time.Duration) {
	m.duration.WithLabelValues(route, strconv.Itoa(a.status)).Observe(took.Seconds())
	if a.reason != "" && a.reason != codeRejected { // whose events are counted one by one
		m.rejected.WithLabelValues(a.reason).Inc()
	}
}

func (m *metrics) accepted(calls []event.RawCall) {
	counts := map[event.Type]int{}
	for i := range calls {
		counts[calls[i].Type]++
	}
	for typ, n := range counts {
		m.events.WithLabelValues(string(typ), "accepted").Add(float64(n))
	}
}

func (m *metrics) acceptedRecords(n int) {
	m.events.WithLabelValues(string(event.TypeRecord), "accepted").Add(float64(n))
}

func (m *metrics) refused(refused []event.Refused) {
	for i := range refused {
		typ := string(refused[i].Type)
		if typ == "" {
			typ = "unknown"
		}
		m.events.WithLabelValues(typ, "refused").Inc()
		m.rejected.WithLabelValues(refused[i].Code).Inc()
	}
}
