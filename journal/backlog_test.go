package journal

import (
	"math/rand/v2"
	"testing"
)

// Against exact sums, over random sizes, samples, trims and positions: the estimate is right where there was a
// sample, and off by no more than lies between two of them elsewhere.
func TestBacklog(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var b backlog
	total := []int64{0} // of the messages up to each
	first, widest := uint64(1), int64(0)
	for range 3000 {
		before := total[len(total)-1]
		for range rng.IntN(20) {
			total = append(total, total[len(total)-1]+rng.Int64N(1000))
		}
		last := uint64(len(total) - 1)
		widest = max(widest, total[last]-before)
		b.sample(first, last, total[last]-total[first-1])
		applied := first - 1 + rng.Uint64N(last-first+2)
		b.apply(applied)
		if got, want := b.waiting(), total[last]-total[applied]; abs(got-want) > 4*widest {
			t.Fatalf("first %d, applied %d, last %d: %d bytes wait, estimated %d", first, applied, last, want, got)
		}
		if applied == last && b.waiting() != 0 {
			t.Fatalf("all is applied and %d bytes wait", b.waiting())
		}
		if last > first {
			want := rng.Int64N(total[last] - total[first-1] + 1)
			seq := b.reaching(first, last, want)
			if got := total[seq] - total[first-1]; abs(got-want) > 4*widest+1000 {
				t.Fatalf("%d bytes from %d are reached at %d, which is %d", want, first, seq, got)
			}
		}
		if rng.IntN(10) == 0 {
			first = max(first, applied-min(applied, rng.Uint64N(100)))
			first = min(max(first, 1), applied+1)
		}
		if len(b.points) > maxPoints+1 {
			t.Fatalf("%d points", len(b.points))
		}
	}
}

func abs(n int64) int64 { return max(n, -n) }

func TestBacklogGrows(t *testing.T) {
	var b backlog
	b.grow(100)
	if b.waiting() != 100 {
		t.Errorf("%d bytes wait, 100 were appended", b.waiting())
	}
	b.sample(1, 1, 130) // headers count
	if b.waiting() != 130 {
		t.Errorf("%d bytes wait, 130 are stored", b.waiting())
	}
}

// A checkpoint's curve goes on after a restart; one that makes no sense is not used.
func TestBacklogRestore(t *testing.T) {
	var a, b backlog
	for i := range uint64(5000) {
		a.sample(1, i+1, int64(i+1)*10)
	}
	b.restore(thin(a.curve(), 128))
	b.apply(2500)
	b.sample(1, 5000, 50_000)
	if b.waiting() < 24_500 || b.waiting() > 25_500 {
		t.Errorf("after a restart %d bytes wait, 25000 do", b.waiting())
	}
	var c backlog
	c.restore([]point{{5, 10}, {4, 20}})
	if len(c.points) != 0 {
		t.Error("a curve that goes backwards was taken")
	}
}
