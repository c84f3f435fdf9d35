package auth

import (
	"testing"
	"time"

	"kith/fault"
)

func TestRevocations(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := NewRevocations(time.Hour)
	r.now = func() time.Time { return now }
	r.Add(Revocation{TokenID: "t1", At: now})
	r.Add(Revocation{Subject: "ada", At: now})
	r.Add(Revocation{Subject: "ada", At: now.Add(-time.Minute)}) // comes late, and counts for less
	for _, c := range []struct {
		subject, id string
		issued      time.Time
		want        bool
	}{
		{"grace", "t1", now.Add(time.Minute), true},
		{"grace", "t2", now, false},
		{"grace", "", time.Time{}, false},
		{"ada", "t2", now.Add(-time.Second), true},
		{"ada", "t2", now, true},
		{"ada", "t3", now.Add(time.Second), false},
		{"ada", "", time.Time{}, true}, // issued nobody knows when
	} {
		if got := r.Revoked(c.subject, c.id, c.issued); got != c.want {
			t.Errorf("%s %s issued %s: %t", c.subject, c.id, c.issued, got)
		}
		if got := r.RevokedPrincipal(&Principal{Subject: c.subject, TokenID: c.id, IssuedAt: c.issued}); got != c.want {
			t.Errorf("%s %s as a principal: %t", c.subject, c.id, got)
		}
	}
	now = now.Add(time.Hour + time.Second) // every token they are about has ended
	r.Add(Revocation{TokenID: "t9", At: now})
	if len(r.tokens) != 1 || len(r.subjects) != 0 {
		t.Errorf("%v %v are remembered", r.tokens, r.subjects)
	}
}

// TestMaxLife: no token is good for longer than the longest life, whatever it says, so that a revocation need not be
// remembered for longer.
func TestMaxLife(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef")
	now := time.Now()
	v, err := NewVerifier(Config{Secret: secret, MaxLife: time.Hour, now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	token, err := Sign(secret, "viewer", "ada", 10*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	p, err := v.Verify(t.Context(), token)
	if err != nil || p.Expires.Sub(p.IssuedAt) != time.Hour {
		t.Fatalf("%+v %v", p, err)
	}
	now = now.Add(time.Hour + time.Second)
	if _, err := v.Verify(t.Context(), token); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("after its longest life: %v", err)
	}
	if _, err := NewVerifier(Config{Secret: secret, MaxLife: -1}); err == nil {
		t.Error("a negative life is taken")
	}
}
