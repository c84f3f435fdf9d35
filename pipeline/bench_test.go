package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// visits is n calls the way a busy shop sends them: mostly known visitors and customers who look and click, some new
// ones, some logins.
func visits(r *rand.Rand, from, n int) []string {
	calls := make([]string, 0, n)
	for i := range n {
		id := fmt.Sprintf("v%d", from+i)
		who := r.IntN(2000 + (from+i)/10)
		at := fmt.Sprintf("2026-01-%02dT%02d:%02d:%02d.000Z", 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60))
		const context = `"context":{"library":{"name":"analytics.js","version":"2.1"},"page":{"path":"/shop/shoes","referrer":"https://search.example/","title":"Shoes","url":"https://shop.example/shoes"},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36","locale":"de-DE"}`
		switch p := r.IntN(100); {
		case p < 60:
			calls = append(calls, fmt.Sprintf(`{"type":"page","messageId":%q,"anonymousId":"anon-%d","timestamp":%q,%s}`, id, who, at, context))
		case p < 90:
			calls = append(calls, fmt.Sprintf(`{"type":"track","messageId":%q,"anonymousId":"anon-%d","userId":"user-%d","event":"Product Viewed","properties":{"sku":"s-%d","price":19.9},"timestamp":%q,%s}`, id, who, who, r.IntN(500), at, context))
		case p < 95:
			calls = append(calls, fmt.Sprintf(`{"type":"identify","messageId":%q,"anonymousId":"anon-%d","userId":"user-%d","traits":{"email":"user-%d@example.org","name":"User %d","plan":"p%d"},"timestamp":%q,%s}`, id, who, who, who, who, r.IntN(3), at, context))
		default:
			calls = append(calls, fmt.Sprintf(`{"type":"page","messageId":%q,"anonymousId":"new-%d","timestamp":%q,%s}`, id, from+i, at, context))
		}
	}
	return calls
}

// BenchmarkApply measures the way from journal to graph: identity, traits, touchpoints, change stream.
func BenchmarkApply(b *testing.B) {
	w := newWorld(b)
	r := rand.New(rand.NewPCG(1, 1))
	w.start()
	for i := range 40 { // warms the database up
		w.send("web", visits(r, i*100, 100)...)
	}
	w.settle()
	w.pipe.Pause()
	const size = 100
	n := 0
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		for range 100 {
			w.send("web", visits(r, 100_000+n*size, size)...)
			n++
		}
		b.StartTimer()
		w.pipe.Resume()
		w.settle()
		w.pipe.Pause()
	}
	w.pipe.Resume()
	b.ReportMetric(float64(n*size)/b.Elapsed().Seconds(), "events/s")
}
