package collect

import (
	"sync"
	"time"

	xrate "golang.org/x/time/rate"
)

// rates bounds the events of each source. Sources are those with a write key, so the map stays small.
type rates struct {
	standard Rate
	own      map[string]Rate
	batch    int      // events of the largest batch: what a burst always has room for
	limiters sync.Map // source → *xrate.Limiter
}

// allow takes n events of a source off its rate, or says after what time to try again.
func (r *rates) allow(source string, n int, now time.Time) (after time.Duration, ok bool) {
	rate, special := r.own[source]
	if !special {
		rate = r.standard
	}
	if rate.Events == 0 {
		return 0, true
	}
	l, known := r.limiters.Load(source)
	if !known {
		l, _ = r.limiters.LoadOrStore(source, xrate.NewLimiter(xrate.Limit(rate.Events), max(rate.Burst, r.batch)))
	}
	limiter := l.(*xrate.Limiter)
	// A body of records may hold more than a burst ever has room for: it takes all of it.
	reservation := limiter.ReserveN(now, min(n, limiter.Burst()))
	if after = reservation.DelayFrom(now); after > 0 {
		reservation.CancelAt(now)
		return after, false
	}
	return 0, true
}
