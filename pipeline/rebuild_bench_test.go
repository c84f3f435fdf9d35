package pipeline_test

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkRebuild measures how fast new rules read every call again, in touchpoints a second.
func BenchmarkRebuild(b *testing.B) {
	const size = 10_000
	w := newWorld(b)
	r := rand.New(rand.NewPCG(1, 1))
	w.start()
	for i := range size / 100 {
		w.send("web", visits(r, i*100, 100)...)
	}
	w.settle()
	b.ResetTimer()
	for i := range b.N {
		w.propose([]string{"traits: {plan: plan}\n", "phone_country: DE\n"}[i%2])
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "touchpoints/s")
}
