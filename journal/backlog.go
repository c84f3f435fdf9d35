package journal

import (
	"slices"
	"sort"
	"sync"
	"sync/atomic"
)

// backlog estimates how many bytes of the stream are not applied yet. JetStream tells the size of a whole stream
// only, so backlog remembers how the sum of all bytes ever stored grew with the sequence, one point a sample, and
// takes the difference between two places on that curve.
type backlog struct {
	mu      sync.Mutex
	points  []point
	applied uint64

	behind atomic.Int64 // bytes not applied at the last sample
	grown  atomic.Int64 // bytes appended here since
}

// point says: all messages up to seq have total bytes together. Totals count from an arbitrary origin.
type point struct {
	Seq   uint64 `json:"seq"`
	Total int64  `json:"total"`
}

// maxPoints bounds the curve. When it is full every other point goes, so that it stays even.
const maxPoints = 1024

// waiting is the estimate.
func (b *backlog) waiting() int64 { return b.behind.Load() + b.grown.Load() }

// grow counts an append of this process until the next sample sees it.
func (b *backlog) grow(bytes int64) { b.grown.Add(bytes) }

// apply notes how far the graph has come.
func (b *backlog) apply(seq uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.applied = seq
	b.measure()
}

// sample takes the state of the stream in: its messages first to last have bytes.
func (b *backlog) sample(first, last uint64, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.grown.Store(0)
	if len(b.points) == 0 {
		b.points = []point{{Seq: max(first, 1) - 1}}
	}
	total := b.at(max(first, 1)-1) + bytes
	tail := &b.points[len(b.points)-1]
	switch {
	case last > tail.Seq:
		b.points = append(b.points, point{Seq: last, Total: max(total, tail.Total)})
	case last == tail.Seq && total > tail.Total:
		tail.Total = total
	}
	// One point before the first message stays, to measure from.
	if keep, _ := b.search(max(first, 1) - 1); keep > 1 {
		b.points = slices.Delete(b.points, 0, keep-1)
	}
	if len(b.points) > maxPoints {
		thin := b.points[:0]
		for i, p := range b.points {
			if i%2 == 0 || i == len(b.points)-1 {
				thin = append(thin, p)
			}
		}
		b.points = thin
	}
	b.measure()
}

func (b *backlog) measure() {
	if n := len(b.points); n > 0 {
		b.behind.Store(max(b.points[n-1].Total-b.at(b.applied), 0))
	}
}

// search finds the first point at or after seq.
func (b *backlog) search(seq uint64) (int, bool) {
	i := sort.Search(len(b.points), func(i int) bool { return b.points[i].Seq >= seq })
	return i, i < len(b.points) && b.points[i].Seq == seq
}

// at reads the curve at seq, between its points in a straight line.
func (b *backlog) at(seq uint64) int64 {
	i, exact := b.search(seq)
	switch {
	case exact:
		return b.points[i].Total
	case i == 0:
		return b.points[0].Total
	case i == len(b.points):
		return b.points[i-1].Total
	}
	p, q := b.points[i-1], b.points[i]
	return p.Total + int64(float64(q.Total-p.Total)*float64(seq-p.Seq)/float64(q.Seq-p.Seq))
}

// reaching is the sequence, of those from first to last, up to which the messages have bytes together.
func (b *backlog) reaching(first, last uint64, bytes int64) uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.points) == 0 || last < first {
		return first - 1
	}
	goal := b.at(first-1) + bytes
	n := sort.Search(int(last-first+1), func(i int) bool { return b.at(first+uint64(i)) >= goal })
	return min(first+uint64(n), last)
}

func (b *backlog) appliedSeq() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.applied
}

// curve returns the points, for the checkpoint, and restore takes them back unless they make no sense.
func (b *backlog) curve() []point {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.points)
}

func (b *backlog) restore(points []point) {
	for i := 1; i < len(points); i++ {
		if points[i].Seq <= points[i-1].Seq || points[i].Total < points[i-1].Total {
			return
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.points = points
}
