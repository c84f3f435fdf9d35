package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// latency runs the real program and posts single events at an even pace; a subscriber to all touchpoints takes the
// time from each event's 200 to its frame. The floor of this one is the same at a tenth of the pace: what the way
// takes when nothing waits for anything.
func latency(ctx context.Context, l *lab) (rows []row, err error) {
	c, err := l.startChild(ctx, l.config.URI)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	send := newSender(c.url)
	defer send.close()
	w, err := subscribe(ctx, c.url, c.token, send)
	if err != nil {
		return nil, err
	}
	defer w.close()
	const pace = 500
	shop := newShop("latency")
	if _, err := paced(ctx, w, send, shop, pace, l.warmFor()); err != nil {
		return nil, err
	}
	var middle, tail, calm, calmTail samples
	span := time.Duration(l.pick(20, 4)) * time.Second
	frames := 0
	for r := range l.rounds {
		quiet, err := paced(ctx, w, send, shop, pace/10, span/2)
		if err != nil {
			return nil, err
		}
		busy, err := paced(ctx, w, send, shop, pace, span)
		if err != nil {
			return nil, err
		}
		middle, tail, calm, calmTail = append(middle, busy.median()), append(tail, busy.quantile(0.99)), append(calm, quiet.median()), append(calmTail, quiet.quantile(0.99))
		frames += len(busy)
		l.say("round %d: p50 %.1f ms, p99 %.1f ms, max %.0f ms; at %d events/s p50 %.1f ms, p99 %.1f ms", r+1, busy.median(), busy.quantile(0.99), busy.quantile(1), pace/10, quiet.median(), quiet.quantile(0.99))
	}
	return []row{{
		what: fmt.Sprintf("HTTP 200 → frame at a subscriber, %d events/s steady, one event a request", pace), goal: "p50 ≤ 50 ms, p99 ≤ 250 ms",
		measured: fmt.Sprintf("p50 %.0f ms, p99 %.0f ms (%s frames)", middle.median(), tail.median(), thousands(float64(frames))),
		ratio:    fmt.Sprintf("p50 %.1f×, p99 %.1f× of the same at %d events/s (%.0f, %.0f ms)", middle.over(calm).median(), tail.over(calmTail).median(), pace/10, calm.median(), calmTail.median()),
		spread:   "p50 " + percent(middle.spread()) + ", p99 " + percent(tail.spread()), met: middle.median() <= 50 && tail.median() <= 250,
	}}, nil
}

// paced posts single events for a while and gives the milliseconds from 200 to frame.
func paced(ctx context.Context, w *watch, send *sender, shop *shop, perSecond float64, span time.Duration) (samples, error) {
	count := int(perSecond*span.Seconds()) + 1
	events := make([]one, count)
	for i := range events {
		events[i] = shop.event()
	}
	_, err := steady(ctx, perSecond, span, 64, func(i int) error {
		if i >= len(events) {
			return nil
		}
		e := events[i]
		if err := send.post(ctx, []byte(`{"batch":[`+string(e.raw)+`]}`)); err != nil {
			return err
		}
		w.accept(e.messageID)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return w.delays(ctx, 2*time.Minute)
}
