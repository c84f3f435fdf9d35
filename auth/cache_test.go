package auth

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"
)

func TestCache(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	sum := func(n int) [sha256.Size]byte { return sha256.Sum256(fmt.Append(nil, n)) }
	p := func(left time.Duration) *Principal { return &Principal{Expires: now.Add(left)} }
	c := newCache(3)
	for n := range 3 {
		c.put(sum(n), p(time.Hour), now)
	}
	if c.get(sum(0), now) == nil { // and 1 is now the least recently used
		t.Fatal("forgotten while there is room")
	}
	c.put(sum(3), p(time.Hour), now)
	for n, want := range []bool{true, false, true, true} {
		if got := c.get(sum(n), now) != nil; got != want {
			t.Errorf("%d remembered: %v, want %v", n, got, want)
		}
	}
	c.put(sum(2), p(10*time.Second), now) // a second time, with another end
	if c.get(sum(2), now.Add(9*time.Second)) == nil || c.get(sum(2), now.Add(10*time.Second)) != nil {
		t.Error("a token's end is not kept")
	}
	if c.get(sum(0), now.Add(cacheFor-1)) == nil || c.get(sum(0), now.Add(cacheFor)) != nil {
		t.Error("a token is taken at its word for longer than it should be")
	}
	if len(c.entries) != c.recent.Len() || len(c.entries) != 1 {
		t.Errorf("%d entries and %d in order, want 1", len(c.entries), c.recent.Len())
	}
	none := newCache(0)
	none.put(sum(1), p(time.Hour), now)
	if none.get(sum(1), now) != nil || len(none.entries) > 0 {
		t.Error("a cache without room remembers")
	}
}
