package journal

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// A batch of 100 events is about 60 KB; a single small event about 600 bytes.
const (
	batchBytes = 60_000
	eventBytes = 600
)

func large(b *testing.B) *Journal {
	return open(b, Config{Dir: b.TempDir(), SoftBytes: 32 * gib, BacklogBytes: 32 * gib, MaxBytes: 64 * gib})
}

// BenchmarkAppend is what HTTP clients see: part after part from each, durable. Compare with BenchmarkBare.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{eventBytes, batchBytes} {
		for _, clients := range []int{1, 4, 16, 64, 256} {
			b.Run(fmt.Sprintf("bytes=%d/clients=%d", size, clients), func(b *testing.B) {
				j, part := large(b), bytes.Repeat([]byte("x"), size)
				parallel(b, clients, size, func() error {
					_, err := j.AppendEvents(b.Context(), part)
					return err
				})
				s := j.Stats()
				b.ReportMetric(float64(s.AppendParts)/float64(s.AppendMessages), "parts/msg")
			})
		}
	}
}

// BenchmarkBare publishes the same bytes to the same stream without this package.
func BenchmarkBare(b *testing.B) {
	for _, size := range []int{eventBytes, batchBytes} {
		for _, clients := range []int{1, 4, 16, 64} {
			b.Run(fmt.Sprintf("bytes=%d/clients=%d", size, clients), func(b *testing.B) {
				j, part := large(b), bytes.Repeat([]byte("x"), size)
				js, err := jetstream.New(j.writing)
				if err != nil {
					b.Fatal(err)
				}
				parallel(b, clients, size, func() error {
					_, err := js.Publish(b.Context(), j.log.subject+".events", part)
					return err
				})
			})
		}
	}
}

// parallel runs b.N calls from a number of clients.
func parallel(b *testing.B, clients, size int, call func() error) {
	b.SetBytes(int64(size))
	work := make(chan struct{})
	errs := make(chan error, clients)
	b.ResetTimer()
	for range clients {
		go func() { // ends with work; its error is waited for
			var failed error
			for range work {
				if err := call(); err != nil {
					failed = err
				}
			}
			errs <- failed
		}()
	}
	for range b.N {
		work <- struct{}{}
	}
	close(work)
	for range clients {
		if err := <-errs; err != nil {
			b.Error(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "parts/s")
}

// BenchmarkRead reads a backlog of batches as the pipeline does.
func BenchmarkRead(b *testing.B) {
	for _, size := range []int{eventBytes, batchBytes} {
		for _, fetch := range []int{1, 10, 1000} {
			b.Run(fmt.Sprintf("bytes=%d/fetch=%d", size, fetch), func(b *testing.B) {
				j, data := large(b), bytes.Repeat([]byte("x"), size)
				const stored = 2000
				for range stored {
					if _, err := j.Append(b.Context(), KindEvents, data); err != nil {
						b.Fatal(err)
					}
				}
				b.SetBytes(int64(size))
				b.ResetTimer()
				for n := 0; n < b.N; {
					r := j.Read(0)
					for n < b.N && r.After() < stored {
						batch, err := r.Fetch(b.Context(), fetch, 4*mib)
						if err != nil {
							b.Fatal(err)
						}
						n += len(batch)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
			})
		}
	}
}

// BenchmarkRoundTrip is the time from an append to its message at a waiting reader.
func BenchmarkRoundTrip(b *testing.B) {
	j, data := large(b), bytes.Repeat([]byte("x"), eventBytes)
	r := j.Read(0)
	for b.Loop() {
		if _, err := j.AppendEvents(b.Context(), data); err != nil {
			b.Fatal(err)
		}
		if _, err := r.Fetch(b.Context(), 100, mib); err != nil {
			b.Fatal(err)
		}
	}
}
