package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"kith/event"
	"kith/journal/floor"
)

// ingest measures how many events a second get their 200, with the pipeline held and with it working, and publishes
// the very bytes of the journal once more to a bare JetStream.
func ingest(ctx context.Context, l *lab) (rows []row, err error) {
	const size, clients = 100, 16
	span := time.Duration(l.pick(6, 2)) * time.Second
	shop := newShop("ingest")
	bodies := make([][]byte, l.pick(2000, 300))
	messages := make([][]byte, len(bodies))
	bytes := 0
	limits, err := event.Limits{}.Defaulted()
	if err != nil {
		return nil, err
	}
	for i := range bodies {
		bodies[i], _ = shop.batch(size)
		request, err := event.ParseBatch(bodies[i], limits)
		if err != nil {
			return nil, err
		}
		part, _ := request.Accept(source, event.MillisOf(time.Now()), nil)
		messages[i] = event.AppendPart(nil, &part)
		bytes += len(messages[i])
	}
	var paused, working, bare samples
	for r := range l.rounds {
		if err := l.db.Wipe(ctx); err != nil {
			return nil, err
		}
		held, busy, err := l.ingestRound(ctx, clients, span, bodies)
		if err != nil {
			return nil, err
		}
		dir := l.fresh("floor")
		stream, err := floor.Open(ctx, dir)
		if err != nil {
			return nil, err
		}
		published, err := forAWhile(ctx, clients, span, func(i int) error { return stream.Publish(ctx, messages[i%len(messages)]) })
		stream.Close()
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			return nil, err
		}
		paused, working, bare = append(paused, held*size), append(working, busy*size), append(bare, published*size)
		l.say("round %d: %s events/s with the pipeline paused, %s with it working, floor %s", r+1, thousands(held*size), thousands(busy*size), thousands(published*size))
	}
	describe := func(s samples) string {
		return fmt.Sprintf("%.2f of a bare JetStream publish of the same bytes, %d publishers (%s/s)", s.over(bare).median(), clients, thousands(bare.median()))
	}
	measured := func(s samples) string {
		return fmt.Sprintf("%s/s (%s MB/s, %d clients)", thousands(s.median()), thousands(s.median()/size*float64(bytes)/float64(len(messages))/1e6), clients)
	}
	return []row{
		{
			what: "accepted events/s, batches of 100, durable before the 200, pipeline paused", goal: "≥ 30,000 and ≥ 0.1", measured: measured(paused),
			ratio: describe(paused), spread: percent(paused.spread()), met: paused.median() >= 30_000 && paused.over(bare).median() >= 0.1,
		},
		{what: "the same with the pipeline working", measured: measured(working), ratio: describe(working), spread: percent(working.spread())},
	}, nil
}

// ingestRound gives batches a second, first with the pipeline held, then with it working on what came of that.
func (l *lab) ingestRound(ctx context.Context, clients int, span time.Duration, bodies [][]byte) (held, busy float64, err error) {
	k, err := l.openKith(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	send := newSender(k.url)
	defer send.close()
	post := func(i int) error { return send.post(ctx, bodies[i%len(bodies)]) }
	if held, err = forAWhile(ctx, clients, span, post); err != nil {
		return 0, 0, err
	}
	k.start(ctx)
	busy, err = forAWhile(ctx, clients, span, post)
	return held, busy, err
}

// forAWhile calls do from a number of clients, each as fast as it is answered, and gives the calls a second.
func forAWhile(ctx context.Context, clients int, span time.Duration, do func(i int) error) (perSecond float64, err error) {
	var next, done atomic.Int64
	began := time.Now()
	ended := began.Add(span)
	err = all(ctx, clients, clients, func(int) error {
		for time.Now().Before(ended) && ctx.Err() == nil {
			if err := do(int(next.Add(1))); err != nil {
				return err
			}
			done.Add(1)
		}
		return nil
	})
	return float64(done.Load()) / time.Since(began).Seconds(), err
}
