package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"
)

// apply measures the pipeline on a backlog, and writes the very nodes and edges that came of it once more, bare.
func apply(ctx context.Context, l *lab) (rows []row, err error) {
	k, err := l.openKith(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	events := l.pick(30_000, 4_000)
	k.pipe.Pause()
	k.start(ctx)
	for began, n := time.Now(), 0; time.Since(began) < l.warmFor(); n++ {
		if _, _, err := k.applyRound(ctx, fmt.Sprintf("warm%d", n), events/3); err != nil {
			return nil, err
		}
		if _, err := l.floorRound(ctx, k, fmt.Sprintf("w%d:", n)); err != nil {
			return nil, err
		}
	}
	stop, err := l.profiled("apply")
	if err != nil {
		return nil, err
	}
	var ours, bare, perTx samples
	spent := map[string]time.Duration{}
	var whole time.Duration
	for r := range l.rounds {
		rate, took, err := k.applyRound(ctx, fmt.Sprintf("round%d", r), events)
		if err != nil {
			return nil, err
		}
		steps, writes := k.spy.result()
		for step, d := range steps {
			spent[step] += d
		}
		whole += took
		floorRate, err := l.floorRound(ctx, k, fmt.Sprintf("r%d:", r))
		if err != nil {
			return nil, err
		}
		ours, bare, perTx = append(ours, rate), append(bare, floorRate), append(perTx, float64(events)/float64(len(writes)))
		l.say("round %d: %s events/s, floor %s, ratio %.2f", r+1, thousands(rate), thousands(floorRate), rate/floorRate)
	}
	if err := stop(); err != nil {
		return nil, err
	}
	l.say("where the time goes: %s", shares(spent, whole))
	ratio := ours.over(bare)
	return []row{{
		what: "applied events/s with identity, traits, touchpoints, change feed", goal: "≥ 6,000 and ≥ 0.6",
		measured: fmt.Sprintf("%s/s (%.0f events a transaction)", thousands(ours.median()), perTx.median()),
		ratio:    fmt.Sprintf("%.2f of a bare UNWIND write of the same nodes and edges, same transactions (%s/s)", ratio.median(), thousands(bare.median())),
		spread:   percent(ours.spread()) + ", ratio " + percent(ratio.spread()), met: ours.median() >= 6000 && ratio.median() >= 0.6,
	}}, nil
}

// applyRound fills the journal while the pipeline is held, then lets it go and takes the time.
func (k *kith) applyRound(ctx context.Context, name string, events int) (perSecond float64, took time.Duration, err error) {
	k.pipe.Pause()
	shop, send := newShop(name), newSender(k.url)
	defer send.close()
	const size = 100
	bodies := make([][]byte, events/size)
	for i := range bodies {
		bodies[i], _ = shop.batch(size)
	}
	if err := all(ctx, 4, len(bodies), func(i int) error { return send.post(ctx, bodies[i]) }); err != nil {
		return 0, 0, err
	}
	k.spy.reset(true)
	runtime.GC()
	before, began := k.pipe.Stats().Events.Load(), time.Now() // a batch that was under way when the pipeline was held does not count
	k.pipe.Resume()
	if err := k.settle(ctx, 5*time.Minute); err != nil {
		return 0, 0, err
	}
	took = time.Since(began)
	return float64(k.pipe.Stats().Events.Load()-before) / took.Seconds(), took, nil
}

// floorRound writes what the last round's transactions made, in transactions of the same size, under names of its own.
func (l *lab) floorRound(ctx context.Context, k *kith, prefix string) (perSecond float64, err error) {
	_, writes := k.spy.result()
	batches, events := copies(writes, prefix)
	runtime.GC()
	began := time.Now()
	for _, b := range batches {
		if err := l.db.Write(ctx, b); err != nil {
			return 0, err
		}
	}
	return float64(events) / time.Since(began).Seconds(), nil
}

// shares writes how the time of the pipeline is divided; what is spent outside the graph is "kith".
func shares(spent map[string]time.Duration, whole time.Duration) string {
	rest := whole
	for _, d := range spent {
		rest -= d
	}
	all := maps.Clone(spent)
	all["kith"] = rest
	var parts []string
	for _, step := range slices.SortedFunc(maps.Keys(all), func(a, b string) int { return int(all[b] - all[a]) }) {
		parts = append(parts, fmt.Sprintf("%s %.0f %%", step, 100*all[step].Seconds()/whole.Seconds()))
	}
	return strings.Join(parts, ", ")
}
