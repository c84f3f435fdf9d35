package main

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kith/fault"
	"kith/pipeline"
)

// ready says whether this instance can accept events. Neo4j being away degrades queries, not ingest: it is shown and
// does not count.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	type check struct {
		OK     bool   `json:"ok"`
		Counts bool   `json:"counts"` // towards being ready
		Why    string `json:"why,omitempty"`
	}
	of := func(err error, counts bool) check {
		if err != nil {
			return check{Counts: counts, Why: fault.MessageOf(err)}
		}
		return check{OK: true, Counts: counts}
	}
	draining := check{OK: true, Counts: true}
	if s.draining.Load() {
		draining = check{Counts: true, Why: "The server is stopping."}
	}
	checks := map[string]check{"journal": of(s.journal.Ready(ctx), true), "graph": of(s.graph.Ping(ctx), false), "draining": draining}
	status := http.StatusOK
	for _, c := range checks {
		if c.Counts && !c.OK {
			status = http.StatusServiceUnavailable
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"ready": status == http.StatusOK, "checks": checks})
}

// metrics shows what the pipeline and the journal count.
func (s *server) metrics() {
	st := s.pipeline.Stats()
	counter := func(name, help string, read func() float64) {
		s.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "kith_" + name, Help: help}, read))
	}
	gauge := func(name, help string, read func() float64) {
		s.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "kith_" + name, Help: help}, read))
	}
	counter("audit_entries_total", "Entries written to the audit trail.", func() float64 { return float64(s.audit.Written()) })
	counter("audit_lost_total", "Entries of the audit trail that there was no room for.", func() float64 { return float64(s.audit.Lost()) })
	counter("apply_records_total", "Versions of records that came to count.", func() float64 { return float64(st.Records.Load()) })
	counter("apply_events_total", "Events applied to the graph.", func() float64 { return float64(st.Events.Load()) })
	counter("apply_duplicates_total", "Events that were known already.", func() float64 { return float64(st.Duplicates.Load()) })
	counter("apply_conflicts_total", "Events under a known message id with other content.", func() float64 { return float64(st.Conflicts.Load()) })
	counter("apply_transactions_total", "Transactions of the pipeline.", func() float64 { return float64(st.Transactions.Load()) })
	s.registry.MustRegister(&applyRetries{
		desc: prometheus.NewDesc("kith_apply_retries_total", "Times the pipeline had to try again, by the code of the reason; transient is a deadlock or the like.", []string{"reason"}, nil),
		from: &st.Retries, transient: s.graph.Repeated,
	})
	counter("dead_letters_total", "Events that could not be applied.", func() float64 { return float64(st.DeadLetters.Load()) })
	counter("segments_clocked_total", "Customers looked at because their time had come.", func() float64 { return float64(st.Clocked.Load()) })
	counter("identity_merges_total", "Customers that became one with others.", func() float64 { return float64(st.Merges.Load()) })
	counter("identity_splits_total", "Customers that were split.", func() float64 { return float64(st.Splits.Load()) })
	gauge("pipeline_active", "1 when this instance is the pipeline.", func() float64 {
		if st.Active.Load() {
			return 1
		}
		return 0
	})
	gauge("stream_lag_messages", "Journal messages not applied yet.", func() float64 {
		j := s.journal.Stats()
		return float64(j.Journal.Last - min(j.Applied, j.Journal.Last))
	})
	gauge("stream_lag_bytes", "Their size.", func() float64 { return float64(s.journal.Stats().BacklogBytes) })
	gauge("stream_oldest_unacked_seconds", "Age of the oldest of them.", func() float64 {
		oldest := s.journal.Stats().OldestBacklog
		if oldest.IsZero() {
			return 0
		}
		return time.Since(oldest).Seconds()
	})
	gauge("dead_letter_messages", "Dead letters that are kept.", func() float64 { return float64(s.journal.Stats().DeadLetters.Messages) })
	gauge("neo4j_pool_in_use", "Connections to Neo4j in use or waited for.", func() float64 { return float64(s.graph.InUse()) })
	gauge("store_free_bytes", "Free space on the journal's disk.", func() float64 { return float64(s.journal.Stats().DiskFree) })
	s.registry.MustRegister(&applySeconds{desc: prometheus.NewDesc("kith_apply_duration_seconds", "How long batches take to be applied.", nil, nil), from: &st.ApplySeconds})
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "kith_build_info", Help: "1, with what this is built from."}, []string{"revision"})
	build.WithLabelValues(revision()).Set(1)
	s.registry.MustRegister(build)
}

// revision is what this is built from.
func revision() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, kv := range info.Settings {
			if kv.Key == "vcs.revision" {
				return kv.Value
			}
		}
	}
	return "unknown"
}

type applyRetries struct {
	desc      *prometheus.Desc
	from      *pipeline.Retries
	transient func() int64
}

func (a *applyRetries) Describe(ch chan<- *prometheus.Desc) { ch <- a.desc }

func (a *applyRetries) Collect(ch chan<- prometheus.Metric) {
	counts := map[string]int64{"unavailable": 0, "timeout": 0, "internal": 0} // which are shown before there are any
	maps.Copy(counts, a.from.Read())
	counts["transient"] = a.transient()
	for reason, n := range counts {
		ch <- prometheus.MustNewConstMetric(a.desc, prometheus.CounterValue, float64(n), reason)
	}
}

type applySeconds struct {
	desc *prometheus.Desc
	from *pipeline.Histogram
}

func (a *applySeconds) Describe(ch chan<- *prometheus.Desc) { ch <- a.desc }

func (a *applySeconds) Collect(ch chan<- prometheus.Metric) {
	n, sum, atMost := a.from.Read()
	ch <- prometheus.MustNewConstHistogram(a.desc, n, sum, atMost)
}
