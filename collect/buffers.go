package collect

import (
	"sync"
	"sync/atomic"
)

// classes are the sizes of buffers kept for reuse; larger ones, which only raised limits need, are made each time.
var classes = [...]int{16 << 10, 128 << 10, 1 << 20}

// buffers lends byte slices within a budget, so that memory is bounded by bytes and not by the number of requests.
type buffers struct {
	left  atomic.Int64
	pools [len(classes)]sync.Pool // of *[]byte
}

func newBuffers(budget int64) *buffers {
	b := &buffers{}
	b.left.Store(budget)
	for i, size := range classes {
		b.pools[i].New = func() any {
			buf := make([]byte, 0, size)
			return &buf
		}
	}
	return b
}

// buffer is a lent slice. It belongs to the borrower until it is given back, or lost.
type buffer struct {
	b     []byte
	owner *[]byte // what the pool gets back; nil for one that is not pooled
	class int
	size  int // what it takes of the budget
}

// take lends an empty slice with room for size bytes. It is false when the budget does not allow it.
func (p *buffers) take(size int) (buffer, bool) {
	class := 0
	for class < len(classes) && classes[class] < size {
		class++
	}
	if class < len(classes) {
		size = classes[class]
	}
	if p.left.Add(-int64(size)) < 0 {
		p.left.Add(int64(size))
		return buffer{}, false
	}
	if class == len(classes) {
		return buffer{b: make([]byte, 0, size), size: size}, true
	}
	owner := p.pools[class].Get().(*[]byte)
	return buffer{b: (*owner)[:0], owner: owner, class: class, size: size}, true
}

// give takes a buffer back.
func (p *buffers) give(b *buffer) {
	if b.owner != nil {
		p.pools[b.class].Put(b.owner)
	}
	p.lose(b)
}

// lose counts a buffer back into the budget that somebody may still be reading.
func (p *buffers) lose(b *buffer) {
	p.left.Add(int64(b.size))
	*b = buffer{}
}

// grow moves the content of b to a larger buffer. When it is false b is as it was.
func (p *buffers) grow(b *buffer) bool {
	larger, ok := p.take(2 * b.size)
	if !ok {
		return false
	}
	larger.b = append(larger.b, b.b...)
	p.give(b)
	*b = larger
	return true
}
