package journal

import (
	"bytes"
	"context"
	"sync"
	"time"

	"kith/fault"
	"kith/trace"
)

// coalescer makes messages of parts. A part that finds the sender idle is sent at once; the others gather until it
// is done, so that messages grow with the load and nothing ever waits for a timer.
//
// One message is in flight at a time. With two or four, measured, messages get smaller and syncs more, which costs
// more than the time between an answer and the next message.
type coalescer struct {
	journal *Journal
	kind    string // of the messages

	mu      sync.Mutex
	queue   []*bundle // oldest first; only the last one still takes parts
	waiting int       // bytes in queue and in flight
	sending bool      // there is a goroutine in send
}

// bundle is one message in the making.
type bundle struct {
	parts    [][]byte
	size     int
	traces   []string // see Message
	deadline time.Time
	done     chan struct{} // closed when seq and err are set
	seq      uint64
	err      error
}

// add hands over part and waits for the message it went into.
func (c *coalescer) add(ctx context.Context, op string, part []byte) (uint64, error) {
	b, err := c.enqueue(op, part, trace.Carry(ctx))
	if err != nil {
		return 0, err
	}
	select {
	case <-b.done:
		return b.seq, b.err
	case <-ctx.Done():
		return 0, ended(op, ctx)
	}
}

func (c *coalescer) enqueue(op string, part []byte, place string) (*bundle, error) {
	cfg := &c.journal.cfg
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting+len(part) > cfg.WaitingBytes && c.waiting > 0 {
		c.journal.counts.refusedBusy.Add(1)
		return nil, &fault.Error{Op: op, Code: fault.RateLimited, RetryAfter: retryBusy,
			Message: "The journal is busy. Repeat in a moment."}
	}
	idle := !c.sending
	if idle && !c.journal.begin() {
		return nil, closed(op)
	}
	var b *bundle
	if n := len(c.queue); n > 0 {
		b = c.queue[n-1]
	}
	if b == nil || len(b.parts) >= cfg.CoalesceParts || b.size+len(part) > min(cfg.CoalesceBytes, c.journal.maxData) {
		b = &bundle{deadline: time.Now().Add(cfg.PublishTimeout), done: make(chan struct{})}
		c.queue = append(c.queue, b)
	}
	b.parts = append(b.parts, part)
	b.size += len(part)
	if place != "" && len(b.traces) < trace.MaxLinks {
		b.traces = append(b.traces, place)
	}
	c.waiting += len(part)
	if idle {
		c.sending = true
		go c.send() // Close waits for it
	}
	return b, nil
}

// send stores bundles until there are none.
func (c *coalescer) send() {
	defer c.journal.running.Done()
	for {
		b := c.next()
		if b == nil {
			return
		}
		data := b.parts[0]
		if len(b.parts) > 1 {
			data = bytes.Join(b.parts, nil)
		}
		// A sender's context is not that of any caller: one who goes away must not fail the others.
		ctx, cancel := context.WithDeadline(context.Background(), b.deadline)
		b.seq, b.err = c.journal.store(ctx, "journal.coalesce", c.kind, data, len(b.parts), b.traces)
		cancel()
		close(b.done)
		c.mu.Lock()
		c.waiting -= b.size
		c.mu.Unlock()
	}
}

// next takes the oldest bundle. There being none ends the sender.
func (c *coalescer) next() *bundle {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		c.sending = false
		return nil
	}
	b := c.queue[0]
	c.queue[0] = nil
	c.queue = c.queue[1:]
	return b
}

// bytes is how much is in queue and in flight.
func (c *coalescer) bytes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting
}
