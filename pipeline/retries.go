package pipeline

import (
	"maps"
	"strings"
	"sync"

	"kith/fault"
)

// Retries counts, by the reason, how often the pipeline had to begin again. Its zero value is ready.
type Retries struct {
	mu sync.Mutex
	of map[string]int64
}

// Add counts a failure: its reason is the code of err, in lower case.
func (r *Retries) Add(err error) {
	reason := strings.ToLower(string(fault.CodeOf(err)))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil {
		r.of = map[string]int64{}
	}
	r.of[reason]++
}

// Read gives the counts of the reasons there were.
func (r *Retries) Read() map[string]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.of)
}
