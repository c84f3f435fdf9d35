package pipeline

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"kith/event"
)

// TestWaitingJoins: what waits becomes one batch, up to what a transaction takes, and never with what stands alone.
func TestWaitingJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		size := &pace{}
		size.calls.Store(10)
		q := newQueue(Config{Batch: 100, Bytes: 1000}, size)
		calls := func(last uint64, n, bytes int) batch {
			return batch{last: last, calls: make([]call, n), bytes: bytes, oldest: event.Millis(100 - last), traces: []string{""}}
		}
		records := func(last uint64, n int) batch {
			return batch{last: last, records: make([]event.RecordVersion, n)}
		}
		broken := errors.New("broken")
		go func() {
			for _, b := range []batch{
				calls(1, 4, 10), calls(2, 4, 10), calls(3, 4, 10), // more than 10 then
				calls(4, 1, 600), calls(5, 1, 600), // too many bytes
				{last: 6, other: &Message{Seq: 6}}, calls(7, 1, 1),
				records(8, recordBatch-1), records(9, 5), records(10, 1), {last: 11, letters: []DeadLetter{{Seq: 11}}}, calls(12, 1, 1),
			} {
				if !q.put(t.Context(), b) {
					t.Errorf("batch %d was not put", b.last)
				}
			}
			q.end(broken)
		}()
		for _, want := range []struct {
			last           uint64
			calls, records int
		}{{3, 12, 0}, {4, 1, 0}, {5, 1, 0}, {6, 0, 0}, {7, 1, 0}, {9, 0, recordBatch + 4}, {11, 0, 1}, {12, 1, 0}} {
			synctest.Wait() // the reader has put what there is room for
			<-q.more
			b, ok, err := q.take()
			if !ok || err != nil || b.last != want.last || len(b.calls) != want.calls || len(b.records) != want.records {
				t.Errorf("took %d with %d calls and %d records, %v %v; want %+v", b.last, len(b.calls), len(b.records), ok, err, want)
			}
			if want.last == 3 && (b.oldest != 97 || b.bytes != 30 || len(b.traces) != 3) {
				t.Errorf("joined to %+v", b)
			}
		}
		synctest.Wait()
		<-q.more
		if _, ok, err := q.take(); ok || !errors.Is(err, broken) {
			t.Errorf("behind all: %v %v", ok, err)
		}
	})
}

// TestReaderWaits: the reader waits for room, and leaves with its context.
func TestReaderWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(Config{Batch: 100, Bytes: 1000}, &pace{})
		ctx, cancel := context.WithCancel(t.Context())
		if _, ok, err := q.take(); ok || err != nil {
			t.Errorf("took something of nothing: %v", err)
		}
		q.put(ctx, batch{last: 1, other: &Message{}})
		gone := make(chan bool)
		go func() { gone <- q.put(ctx, batch{last: 2, other: &Message{}}) }()
		synctest.Wait()
		select {
		case <-gone:
			t.Fatal("there was room")
		default:
		}
		cancel()
		if <-gone {
			t.Error("put after the end")
		}
		if b, ok, _ := q.take(); !ok || b.last != 1 {
			t.Errorf("took %d", b.last)
		}
	})
}
