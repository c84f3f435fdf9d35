package collect

import (
	"context"
	"net/http"

	"kith/event"
	"kith/trace"
)

// batch is the route of batches.
func (c *Collector) batch(r *http.Request) answer {
	return c.ingest(r, c.cfg.Limits.BatchBytes, func(body []byte) (*event.Request, error) {
		return event.ParseBatch(body, c.cfg.Limits)
	})
}

// call is the route of single calls of one type.
func (c *Collector) call(typ event.Type) handler {
	return func(r *http.Request) answer {
		return c.ingest(r, c.cfg.Limits.EventBytes, func(body []byte) (*event.Request, error) {
			return event.ParseCall(body, typ, c.cfg.Limits)
		})
	}
}

func (c *Collector) ingest(r *http.Request, limit int, parse func([]byte) (*event.Request, error)) answer {
	source, refused := "", (*answer)(nil)
	key := basicKey(r)
	if key != "" { // nobody unknown gets a body read
		if source, refused = c.source(key); refused != nil {
			return *refused
		}
	}
	body, refused := c.read(r, limit)
	if refused != nil {
		return *refused
	}
	defer c.buffers.give(&body)
	c.metrics.bytes.Observe(float64(len(body.b)))
	req, err := parse(body.b)
	if err != nil {
		return bodyAnswer(err)
	}
	if key == "" {
		if source, refused = c.sourceOf(r, req); refused != nil {
			return *refused
		}
	}
	return c.keep(r, source, req, len(body.b))
}

// keep stores the events of a request: the refused in quarantine, then the accepted in the journal. In this order a
// request that fails in between and is sent again leaves nothing twice, whatever its events' ids are.
func (c *Collector) keep(r *http.Request, source string, req *event.Request, size int) answer {
	now := c.cfg.Now()
	if after, ok := c.rates.allow(source, req.Len(), now); !ok {
		return retryLater(http.StatusTooManyRequests, codeRateLimited, "This source sends more events than its rate allows.", after)
	}
	part, refused := req.Accept(source, event.MillisOf(now), c.cfg.Random)
	if len(refused) > 0 && r.Header.Get("X-Strict-Mode") == "1" {
		c.metrics.refused(refused)
		return rejectedWhole(refused)
	}
	// A client that hangs up does not stop what is under way: it would be neither stored nor refused for sure.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), c.cfg.Timeout)
	defer cancel()
	if len(refused) > 0 {
		if err := c.quarantine.Add(ctx, refused); err != nil {
			return c.failed(ctx, "quarantine", err)
		}
	}
	position := ""
	if len(part.Calls) > 0 {
		const callOverhead = 64 // lengths, type and made message id
		var failure *answer
		position, failure = c.append(ctx, c.journal.AppendEvents, size+callOverhead*len(part.Calls), func(dst []byte) []byte {
			return event.AppendPart(dst, &part)
		})
		if failure != nil {
			return *failure
		}
	}
	c.metrics.accepted(part.Calls)
	c.metrics.refused(refused)
	return accepted(position, refused)
}

// append writes a part of about size bytes to the journal.
func (c *Collector) append(ctx context.Context, store func(context.Context, []byte) (string, error), size int, encode func([]byte) []byte) (position string, refused *answer) {
	const partOverhead = 512 // source and frame
	frame, ok := c.buffers.take(size + partOverhead)
	if !ok {
		return "", busy()
	}
	position, err := store(ctx, encode(frame.b))
	if err != nil {
		c.buffers.lose(&frame)
		a := c.failed(ctx, "journal", err)
		return "", &a
	}
	c.buffers.give(&frame)
	return position, nil
}

// failed is the answer to err, which is logged at most once a second.
func (c *Collector) failed(ctx context.Context, where string, err error) answer {
	a := storeAnswer(err)
	c.complain.Do(func() {
		c.cfg.Logger.WarnContext(ctx, "events not accepted", "request_id", trace.RequestID(ctx), "at", where, "status", a.status, "error", err)
	})
	return a
}
