package pipeline

import (
	"context"
	"sync"

	"kith/event"
	"kith/trace"
)

// queue is what was read and decoded ahead of the writer. What waits becomes one batch as long as it fits: a batch is
// closed when the writer takes it, so that nothing waits behind one that was closed early and small. It holds one full
// batch at most, and the one that has to wait for it.
type queue struct {
	calls int // a batch is not joined by more when it has so many
	bytes int // or so many bytes of journal
	size  *pace

	more chan struct{} // has room for one: the writer should look
	room chan struct{} // the same for the reader

	mu   sync.Mutex // protects what follows
	list []batch
	err  error // why nothing follows
}

func newQueue(c Config, size *pace) *queue {
	return &queue{calls: c.Batch, bytes: c.Bytes, size: size, more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// put adds a batch, waiting until there is room for it. It is false when ctx has ended before.
func (q *queue) put(ctx context.Context, b batch) bool {
	for {
		q.mu.Lock()
		n := len(q.list)
		switch {
		case n == 0:
			q.list = append(q.list, b)
		case q.fits(&q.list[n-1], &b):
			q.list[n-1].join(&b)
		default:
			q.mu.Unlock()
			select {
			case <-q.room:
				continue
			case <-ctx.Done():
				return false
			}
		}
		q.mu.Unlock()
		poke(q.more)
		return true
	}
}

// fits says that two batches, one behind the other, can be one.
func (q *queue) fits(a, b *batch) bool {
	if a.other != nil || b.other != nil || a.bytes+b.bytes > q.bytes {
		return false
	}
	if len(a.records)+len(b.records) > 0 {
		return len(a.calls)+len(b.calls) == 0 && len(a.records) < recordBatch
	}
	return len(a.calls) < q.size.now(q.calls)
}

// end says why nothing follows.
func (q *queue) end(err error) {
	q.mu.Lock()
	q.err = err
	q.mu.Unlock()
	poke(q.more)
}

// take is what is to be written next; ok is false when there is nothing now. Behind all else comes the error.
func (q *queue) take() (b batch, ok bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 {
		return batch{}, false, q.err
	}
	b, q.list = q.list[0], q.list[1:]
	if len(q.list) > 0 || q.err != nil {
		poke(q.more)
	}
	poke(q.room)
	return b, true, nil
}

// poke leaves word in a channel with room for one.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// join takes in the batch behind.
func (b *batch) join(next *batch) {
	b.last = next.last
	b.bytes += next.bytes
	b.calls = append(b.calls, next.calls...)
	b.records = append(b.records, next.records...)
	b.refused = append(b.refused, next.refused...)
	b.letters = append(b.letters, next.letters...)
	b.oldest = earlier(b.oldest, next.oldest)
	if len(b.traces) <= trace.MaxLinks {
		b.traces = append(b.traces, next.traces...)
	}
}

// earlier is the first of two times; zero is none.
func earlier(a, b event.Millis) event.Millis {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
