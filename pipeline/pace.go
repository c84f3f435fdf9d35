package pipeline

import (
	"sync/atomic"
	"time"
)

const (
	paceStart = 500         // calls in the first transactions
	paceLeast = 100         // fewer are not worth a transaction
	paceAim   = time.Second // a transaction takes no longer, about
)

// pace is how many calls a transaction takes: on a cold or busy server few, so that what was accepted shows soon, and as
// many as are allowed where a second is enough for them. Its zero value starts. The reader asks while the writer tells.
type pace struct{ calls atomic.Int64 }

// now is how many calls the next transaction takes, at most most.
func (p *pace) now(most int) int {
	n := int(p.calls.Load())
	if n == 0 {
		n = paceStart
	}
	return min(n, most)
}

// took says how long a transaction of so many calls took.
func (p *pace) took(calls int, d time.Duration) {
	n := p.now(1 << 30)
	switch {
	case d > paceAim && calls > paceLeast:
		n = max(min(n, calls)/2, paceLeast)
	case d < paceAim/2 && calls >= n/2: // a full one
		n = min(n*2, 1<<20)
	}
	p.calls.Store(int64(n))
}
