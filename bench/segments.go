package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kith/pipeline"
	"kith/segment"
)

// segments measures what live segments cost the pipeline: the same events with none, with 10 and with 1,000 that do not
// depend on them, and with 200 that do. Each on an empty graph and with a Kith of its own, side by side in time.
func segments(ctx context.Context, l *lab) ([]row, error) {
	events := l.pick(15_000, 3_000)
	var cold, plain, few, many, again, mixed samples
	bytes := 0.0
	nothing := func() []segment.Segment { return nil }
	type setting struct {
		name string
		make func() []segment.Segment
		into *samples
	}
	// The server becomes faster all the time, so what is compared is measured in turns.
	settings := []setting{{"none, to warm up", nothing, &cold}}
	for range l.pick(2, 1) {
		settings = append(settings, setting{"none", nothing, &plain}, setting{"200 of mixed kinds", mixture, &mixed})
	}
	settings = append(settings, setting{"none", nothing, &plain},
		setting{"10 that depend on nothing of it", func() []segment.Segment { return apart(10) }, &few},
		setting{"1,000 that depend on nothing of it", func() []segment.Segment { return apart(1000) }, &many},
		setting{"10 that depend on nothing of it", func() []segment.Segment { return apart(10) }, &again})
	for _, c := range settings {
		if err := l.db.Wipe(ctx); err != nil {
			return nil, err
		}
		rates, state, err := l.withSegments(ctx, c.name, c.make(), events)
		if err != nil {
			return nil, fmt.Errorf("with %s: %w", c.name, err)
		}
		*c.into = append(*c.into, rates...)
		if c.name == "none" {
			bytes = state
		}
		l.say("%s: %s events/s; what identifiers keep is %.0f bytes a customer", c.name, thousands(rates.median()), state)
	}
	mean := func(a, b float64) float64 { return (a + b) / 2 } // of the turns before and behind
	plain = plain[:len(mixed)].each(plain[len(plain)-len(mixed):], mean)
	few = few.each(again, mean)
	apart, live := few.over(many), mixed.over(plain)
	return []row{
		{
			what: "applied events/s with 200 live segments of mixed kinds", goal: "≥ 0.6 of none", measured: thousands(mixed.median()) + "/s",
			ratio:  fmt.Sprintf("%.2f of the same with none (%s/s)", live.median(), thousands(plain.median())),
			spread: percent(mixed.spread()), met: live.median() >= 0.6,
		},
		{
			what: "cost of an event with 1,000 segments that do not depend on it", goal: "≤ 1.1× of 10", measured: fmt.Sprintf("%.0f µs", 1e6/many.median()),
			ratio:  fmt.Sprintf("%.2f× of the same with 10 (%.0f µs)", apart.median(), 1e6/few.median()),
			spread: percent(many.spread()), met: apart.median() <= 1.1,
		},
		{
			what: "what identifiers keep for the built-in computed traits, a customer", goal: "≤ 4 KB", measured: fmt.Sprintf("%.0f bytes on average", bytes),
			ratio: "none: a size", spread: "–", met: bytes <= 4096,
		},
	}, nil
}

// withSegments applies rounds of events with segments in force.
func (l *lab) withSegments(ctx context.Context, name string, list []segment.Segment, events int) (rates samples, bytes float64, err error) {
	k, err := l.openKith(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	k.pipe.Pause()
	k.start(ctx)
	k.pipe.Resume()
	for i := range list {
		data, err := json.Marshal(segment.Definition{Segment: &list[i], By: "bench", At: 1})
		if err != nil {
			return nil, 0, err
		}
		if _, err := k.journal.Append(ctx, pipeline.KindSegments, data); err != nil {
			return nil, 0, err
		}
	}
	if err := k.settle(ctx, 5*time.Minute); err != nil {
		return nil, 0, err
	}
	d, err := k.graph.Definitions(ctx)
	if err != nil {
		return nil, 0, err
	}
	if len(d.Segments) != len(list) {
		return nil, 0, fmt.Errorf("%d of %d segments were made", len(d.Segments), len(list))
	}
	for began, n := time.Now(), 0; time.Since(began) < l.warmFor()/2; n++ {
		if _, _, err := k.applyRound(ctx, fmt.Sprintf("warm%d", n), events/2); err != nil {
			return nil, 0, err
		}
	}
	stop := func() error { return nil }
	if len(list) == 200 {
		if stop, err = l.profiled("segments"); err != nil {
			return nil, 0, err
		}
	}
	spent := map[string]time.Duration{}
	var whole time.Duration
	for r := range l.rounds {
		rate, took, err := k.applyRound(ctx, fmt.Sprintf("round%d", r), events)
		if err != nil {
			return nil, 0, err
		}
		steps, writes := k.spy.result()
		for step, d := range steps {
			spent[step] += d
		}
		whole += took
		rates = append(rates, rate)
		entered, left := 0, 0
		for _, w := range writes {
			for _, e := range w.Entered {
				entered += len(e.Segments)
			}
			for _, r := range w.Left {
				gone, _ := r["s"].([]string)
				left += len(gone)
			}
		}
		l.say("%s, round %d: %s events/s; %d entered and %d left for %d events", name, r+1, thousands(rate), entered, left, events)
	}
	if err := stop(); err != nil {
		return nil, 0, err
	}
	l.say("where the time goes: %s", shares(spent, whole))
	page, err := k.graph.StandingsAfter(ctx, "", 5000)
	if err != nil {
		return nil, 0, err
	}
	entered := 0
	for _, s := range page {
		for _, b := range s.Tallies {
			bytes += float64(len(b))
		}
		entered += len(s.In)
	}
	l.say("memberships of a customer: %.1f on average", float64(entered)/float64(len(page)))
	return rates, bytes / float64(len(page)), nil
}

func conditionOf(text string, args ...any) segment.Condition {
	c, err := segment.Parse([]byte(fmt.Sprintf(text, args...)))
	if err != nil {
		panic(err)
	}
	return c
}

func named(n int, c segment.Condition) segment.Segment {
	return segment.Segment{ID: fmt.Sprintf("seg_%04d", n), Key: fmt.Sprintf("s%d", n), Name: fmt.Sprintf("Segment %d", n), Condition: c}
}

// apart are segments that no event of the shop can affect.
func apart(n int) []segment.Segment {
	out := make([]segment.Segment, n)
	for i := range out {
		out[i] = named(i, conditionOf(`{"all":[{"event":{"name":"Never %d","atLeast":2,"within":"P30D"}},{"trait":{"key":"never%d","op":"EQ","value":1}}]}`, i, i))
	}
	return out
}

// mixture is 200 segments over what the shop sends: counts and sums in windows, with filters, did-not, sequences, traits,
// computed traits, and other segments.
func mixture() []segment.Segment {
	var out []segment.Segment
	add := func(text string, args ...any) { out = append(out, named(len(out), conditionOf(text, args...))) }
	for i := range 20 {
		add(`{"event":{"name":"Product Viewed","atLeast":%d,"within":"P%dD"}}`, 1+i%5, 1+i)
		add(`{"event":{"name":"Order Completed","atLeast":%d,"within":"P%dD","where":[{"key":"revenue","op":"GTE","value":%d}]}}`, 1+i%3, 7+i, 20*i)
		add(`{"all":[{"event":{"name":"Order Completed","within":"P%dD","sum":{"property":"revenue","op":"GTE","value":%d}}},{"trait":{"key":"plan","op":"EQ","value":"gold"}}]}`, 30+i, 100*(i+1))
		add(`{"sequence":{"steps":[{"name":"Product Viewed"},{"name":"Order Completed"}],"within":"PT%dH","lookback":"P%dD"}}`, 1+i, 7+i)
		add(`{"trait":{"key":"visits","op":"GT","value":%d}}`, 1000*i)
		add(`{"all":[{"trait":{"key":"plan","op":"IN","value":["gold","silver"]}},{"not":{"event":{"name":"Order Completed","within":"P%dD"}}}]}`, 1+i)
		add(`{"trait":{"key":"lifetime_value","op":"GTE","value":%d}}`, 200*(i+1))
		add(`{"event":{"name":"Page Viewed","atLeast":%d,"within":"PT%dH"}}`, 2+i%4, 1+i)
		add(`{"all":[{"segment":"seg_%04d"},{"trait":{"key":"order_count","op":"GTE","value":%d}}]}`, 10*i, 1+i%4)
		add(`{"any":[{"trait":{"key":"email","op":"ENDS_WITH","value":"%d@example.org"}},{"event":{"name":"Product Viewed","atLeast":%d,"within":"P7D","where":[{"key":"price","op":"LT","value":%d}]}}]}`, i, 3+i%5, 20+i)
	}
	return out
}
