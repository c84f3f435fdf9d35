package pipeline

import (
	"sync"
)

// Histogram counts durations in fixed classes, for a metrics collector to read. Its zero value is ready.
type Histogram struct {
	mu     sync.Mutex
	counts [len(bounds) + 1]uint64
	sum    float64
	n      uint64
}

// bounds are the upper limits of the classes, in seconds.
var bounds = [...]float64{0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10}

// Observe counts one duration in seconds.
func (h *Histogram) Observe(seconds float64) {
	i := 0
	for i < len(bounds) && seconds > bounds[i] {
		i++
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[i]++
	h.sum += seconds
	h.n++
}

// Read gives how many there were, their sum, and how many were at most each limit.
func (h *Histogram) Read() (n uint64, sum float64, atMost map[float64]uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	atMost = make(map[float64]uint64, len(bounds))
	var running uint64
	for i, limit := range bounds {
		running += h.counts[i]
		atMost[limit] = running
	}
	return h.n, h.sum, atMost
}
