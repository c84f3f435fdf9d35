package auth

import (
	"sync"
	"time"
)

// Revocation says that a token, or all tokens of a subject issued up to a moment, shall not be taken any more. One of
// Subject and TokenID is set.
type Revocation struct {
	Subject string
	TokenID string
	At      time.Time
}

// Revocations are those that count, each as long as a token it is about may live. All methods may be called concurrently.
type Revocations struct {
	life time.Duration // the longest of a token
	now  func() time.Time

	mu       sync.RWMutex // protects what follows
	tokens   map[string]time.Time
	subjects map[string]time.Time
	swept    time.Time
}

// NewRevocations has none yet. life is the longest life of a token, as in [Config.MaxLife]; zero is its default.
func NewRevocations(life time.Duration) *Revocations {
	if life == 0 {
		life = maxLife
	}
	return &Revocations{life: life, now: time.Now, tokens: map[string]time.Time{}, subjects: map[string]time.Time{}}
}

// Add has a revocation count from now on. The latest of a subject counts.
func (r *Revocations) Add(v Revocation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); now.Sub(r.swept) > r.life/100 {
		r.swept = now
		r.sweep(r.tokens, now)
		r.sweep(r.subjects, now)
	}
	into, key := r.subjects, v.Subject
	if v.TokenID != "" {
		into, key = r.tokens, v.TokenID
	}
	if at, ok := into[key]; !ok || at.Before(v.At) {
		into[key] = v.At
	}
}

// sweep forgets what is about tokens that have all ended.
func (r *Revocations) sweep(m map[string]time.Time, now time.Time) {
	for key, at := range m {
		if now.Sub(at) > r.life {
			delete(m, key)
		}
	}
}

// Revoked tells whether a token of the subject, with this id and time of issue, was revoked. It is what
// [Config.Revoked] asks.
func (r *Revocations) Revoked(subject, tokenID string, issuedAt time.Time) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if tokenID != "" {
		if _, revoked := r.tokens[tokenID]; revoked {
			return true
		}
	}
	at, revoked := r.subjects[subject]
	return revoked && !issuedAt.After(at)
}

// RevokedPrincipal tells the same of the token somebody came with.
func (r *Revocations) RevokedPrincipal(p *Principal) bool {
	return r.Revoked(p.Subject, p.TokenID, p.IssuedAt)
}
