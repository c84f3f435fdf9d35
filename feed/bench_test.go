package feed

import (
	"context"
	"fmt"
	"testing"

	"kith/customer"
)

// BenchmarkHandOut: what a change costs by its audience: a person nobody watches, one watched by one of 5,000, one watched
// by 1,000.
func BenchmarkHandOut(b *testing.B) {
	for _, c := range []struct {
		name   string
		change customer.Change
	}{
		{"nobody", changed("stranger")},
		{"one of 5,000", changed("cus_77")},
		{"1,000", changed("star")},
	} {
		b.Run(c.name, func(b *testing.B) {
			h, err := New(Config{Source: newStream(), Recent: 1})
			if err != nil {
				b.Fatal(err)
			}
			if err := h.Start(b.Context()); err != nil {
				b.Fatal(err)
			}
			defer func() {
				if err := h.Stop(context.Background()); err != nil {
					b.Error(err)
				}
			}()
			var subs []*Subscription
			for n := range 6000 {
				watched := id(fmt.Sprint("cus_", n))
				if n >= 5000 {
					watched = "star"
				}
				s, err := h.Customer(b.Context(), watched, watched, "e1.1.0")
				if err != nil {
					b.Fatal(err)
				}
				s.Notify(func() { _, _, _ = s.Next() })
				subs = append(subs, s)
			}
			m := &batch{seq: 1, Batch: customer.Batch{Changes: []customer.Change{c.change}}}
			b.ResetTimer()
			for range b.N {
				m.seq++
				h.handOut(m)
			}
			b.StopTimer()
			for _, s := range subs {
				s.Close()
			}
		})
	}
}
