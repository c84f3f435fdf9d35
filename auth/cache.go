package auth

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"time"
)

// cacheFor is how long a verified token is taken at its word. A key the provider withdraws stops working within this
// time of the set being fetched again.
const cacheFor = time.Minute

// cache remembers verified tokens by their hash, so that memory never holds a token. Only valid tokens get in: nobody
// can push others out with forged ones. The least recently used goes first.
type cache struct {
	size int

	mu      sync.Mutex // protects what follows
	entries map[[sha256.Size]byte]*list.Element
	recent  *list.List // of *remembered, most recently used first
}

type remembered struct {
	sum       [sha256.Size]byte
	principal *Principal
	until     time.Time
}

func newCache(size int) *cache {
	return &cache{size: size, entries: map[[sha256.Size]byte]*list.Element{}, recent: list.New()}
}

// get is the principal of a token, nil when it is not remembered any more.
func (c *cache) get(sum [sha256.Size]byte, now time.Time) *Principal {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[sum]
	if !ok {
		return nil
	}
	r := e.Value.(*remembered)
	if !now.Before(r.until) {
		c.remove(e)
		return nil
	}
	c.recent.MoveToFront(e)
	return r.principal
}

// put remembers a token until it ends, at most for cacheFor.
func (c *cache) put(sum [sha256.Size]byte, p *Principal, now time.Time) {
	until := now.Add(cacheFor)
	if p.Expires.Before(until) {
		until = p.Expires
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[sum]; ok {
		c.remove(e)
	}
	c.entries[sum] = c.recent.PushFront(&remembered{sum, p, until})
	if c.recent.Len() > c.size {
		c.remove(c.recent.Back())
	}
}

// remove expects the lock to be held.
func (c *cache) remove(e *list.Element) {
	delete(c.entries, c.recent.Remove(e).(*remembered).sum)
}
