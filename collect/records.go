package collect

import (
	"context"
	"net/http"

	"kith/event"
)

// records is the route of records. Unlike SDKs, whoever sends them can set a header, so that the key has to be there.
func (c *Collector) records(r *http.Request) answer {
	source, refused := c.source(basicKey(r))
	if refused != nil {
		return *refused
	}
	body, refused := c.read(r, c.cfg.Limits.RecordsBytes)
	if refused != nil {
		return *refused
	}
	defer c.buffers.give(&body)
	c.metrics.bytes.Observe(float64(len(body.b)))
	req, err := event.ParseRecords(body.b, r.Header.Get("Content-Type"), c.cfg.Limits)
	if err != nil {
		return bodyAnswer(err)
	}
	return c.keepRecords(r, source, req)
}

// keepRecords stores the records of a request as keep does the events of one. A large request makes several parts; when
// storing one of them fails it is sent again as a whole, and what was stored before has no effect then.
func (c *Collector) keepRecords(r *http.Request, source string, req *event.RecordsRequest) answer {
	now := c.cfg.Now()
	if after, ok := c.rates.allow(source, req.Len(), now); !ok {
		return retryLater(http.StatusTooManyRequests, codeRateLimited, "This source sends more records than its rate allows.", after)
	}
	parts, refused := req.Accept(source, event.MillisOf(now))
	if len(refused) > 0 && r.Header.Get("X-Strict-Mode") == "1" {
		c.metrics.refused(refused)
		return rejectedWhole(refused)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), c.cfg.Timeout)
	defer cancel()
	if len(refused) > 0 {
		if err := c.quarantine.Add(ctx, refused); err != nil {
			return c.failed(ctx, "quarantine", err)
		}
	}
	position := ""
	for i := range parts {
		const recordOverhead = 5 // the length
		size := 0
		for _, raw := range parts[i].Records {
			size += len(raw) + recordOverhead
		}
		var failure *answer
		position, failure = c.append(ctx, c.cfg.Records.AppendRecords, size, func(dst []byte) []byte {
			return event.AppendRecordsPart(dst, &parts[i])
		})
		if failure != nil {
			return *failure
		}
	}
	c.metrics.acceptedRecords(req.Len() - len(refused))
	c.metrics.refused(refused)
	return accepted(position, refused)
}
