package graph

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"kith/fault"
)

// subjects counts the open subscriptions of each subject that has any.
type subjects struct {
	mu   sync.Mutex // protects below
	open map[string]int
}

func (s *subjects) enter(subject string, limit int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[subject] >= limit {
		return false
	}
	if s.open == nil {
		s.open = map[string]int{}
	}
	s.open[subject]++
	return true
}

func (s *subjects) leave(subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[subject]--; s.open[subject] == 0 {
		delete(s.open, subject)
	}
}

// rates bounds how many operations each subject starts.
type rates struct {
	events   rate.Limit // 0: any number
	limiters *kept[*rate.Limiter]
}

// rated is how many subjects are remembered. One that was forgotten begins with a full measure, which is no more than it
// would have saved up while so many others came by.
const rated = 10_000

func newRates(perSecond float64) *rates {
	return &rates{events: rate.Limit(perSecond), limiters: newKept[*rate.Limiter](rated)}
}

// allow takes one operation off a subject's rate. It fails with RATE_LIMITED.
func (r *rates) allow(subject string) error {
	if r.events <= 0 {
		return nil
	}
	limiter, ok := r.limiters.get(subject)
	if !ok {
		r.limiters.put(subject, rate.NewLimiter(r.events, int(math.Ceil(2*float64(r.events)))), 1)
		limiter, _ = r.limiters.get(subject) // that of whoever was first
	}
	now := time.Now()
	reservation := limiter.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	reservation.CancelAt(now)
	e := fault.New("graph.rates", fault.RateLimited, "this subject sends more than %g operations a second", float64(r.events))
	e.RetryAfter = wait
	return e
}
