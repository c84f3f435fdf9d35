package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"kith/event"
	"kith/pipeline"
	"kith/segment"
)

// fill measures a segment that is made over customers who are there already, while events go on; and then what the clock
// does when all of its members leave within a minute.
func fill(ctx context.Context, l *lab) (rows []row, err error) {
	k, err := l.openKith(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	customers, each, wait := l.pick(20_000, 5_000), 20, l.pick(90, 60)
	if l.full {
		customers, wait = 100_000, 180
	}
	k.pipe.Pause()
	k.start(ctx)
	began := time.Now()
	if err := l.db.Visitors(ctx, customers, each-1, time.Now().Add(-72*time.Hour).UnixMilli()); err != nil {
		return nil, err
	}
	// The last visit of each customer leaves a window of a day within one minute, some minutes from now.
	leaves := time.Now().Add(time.Duration(wait) * time.Second)
	if err := l.db.LastVisits(ctx, customers, leaves.Add(-24*time.Hour).UnixMilli()); err != nil {
		return nil, err
	}
	k.pipe.Resume()
	if err := k.jobs(ctx, 10*time.Minute); err != nil { // the built-in computed traits find what is there
		return nil, err
	}
	l.say("%s customers with %s touchpoints are there after %s", thousands(float64(customers)), thousands(float64(customers*each)), time.Since(began).Round(time.Second))

	send := newSender(k.url)
	defer send.close()
	shop := newShop("beside")
	beside := func(span time.Duration) (samples, error) {
		var took samples
		ms := make(chan float64, 100_000)
		_, err := steady(ctx, 200, span, 16, func(int) error {
			body, _ := shop.batch(1)
			at := time.Now()
			err := send.post(ctx, body)
			ms <- millis(time.Since(at))
			return err
		})
		close(ms)
		for x := range ms {
			took = append(took, x)
		}
		return took, err
	}
	alone, err := beside(time.Duration(l.pick(10, 3)) * time.Second)
	if err != nil {
		return nil, err
	}
	c := conditionOf(`{"all":[{"event":{"name":"Visit","within":"P1D"}},{"event":{"name":"Visit","atLeast":%d}},{"trait":{"key":"plan","op":"EQ","value":"gold"}}]}`, each)
	data, err := json.Marshal(segment.Definition{Segment: &segment.Segment{ID: "seg_fill", Key: "fill", Name: "Fill", Condition: c}, By: "bench", At: 1})
	if err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	began = time.Now()
	if _, err := k.journal.Append(ctx, pipeline.KindSegments, data); err != nil {
		return nil, err
	}
	var took time.Duration
	go func() { // ends before the function goes on
		err := k.settle(ctx, time.Minute)
		if err == nil {
			err = k.jobs(ctx, 10*time.Minute)
		}
		took = time.Since(began)
		done <- err
	}()
	during, err := beside(time.Duration(l.pick(20, 3)) * time.Second)
	if err := errors.Join(err, <-done); err != nil {
		return nil, err
	}
	size, err := k.graph.MembersOf(ctx, "seg_fill")
	if err != nil {
		return nil, err
	}
	l.say("backfill: %.1f s, %d members; ingest %s, alone %s", took.Seconds(), size, tails(during), tails(alone))

	preview, err := l.preview(ctx, k, customers)
	if err != nil {
		return nil, err
	}

	// Now nothing but time, while the same events go on.
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(time.Until(leaves)):
	}
	last := leaves.Add(time.Minute)
	leaving := make(chan samples, 1)
	failed := make(chan error, 1)
	go func() { // ends before the function goes on
		took, err := beside(time.Until(last))
		leaving <- took
		failed <- err
	}()
	worst, err := l.emptied(ctx, k, last)
	meanwhile := <-leaving
	if err := errors.Join(err, <-failed); err != nil {
		return nil, err
	}
	l.say("clock: %.1f s late at the most; ingest %s", worst, tails(meanwhile))
	return []row{
		preview,
		{
			what: fmt.Sprintf("a 3-condition segment over %s customers and %s touchpoints, 200 events/s going on", thousands(float64(customers)), thousands(float64(customers*each))),
			goal: "≤ 60 s, ingest p99 ≤ 2×", measured: fmt.Sprintf("%.0f s, %s members", took.Seconds(), thousands(float64(size))),
			ratio:  fmt.Sprintf("ingest p99 %.1f× of that before (%.1f ms)", during.quantile(0.99)/alone.quantile(0.99), alone.quantile(0.99)),
			spread: "–", met: took <= time.Minute && during.quantile(0.99) <= 2*alone.quantile(0.99),
		},
		{
			what: fmt.Sprintf("%s memberships that end within a minute by the clock alone", thousands(float64(size))), goal: "all within 10 s of their time, ingest p99 ≤ 2×",
			measured: fmt.Sprintf("%.1f s at the latest", worst),
			ratio:    fmt.Sprintf("ingest p99 %.1f× of that before (%.1f ms)", meanwhile.quantile(0.99)/alone.quantile(0.99), alone.quantile(0.99)),
			spread:   "–", met: worst <= 10 && meanwhile.quantile(0.99) <= 2*alone.quantile(0.99),
		},
	}, nil
}

// emptied waits until the clock has taken everybody out of the segment, of whom the last leaves at a time, and says how
// late it was at the most, in seconds.
func (l *lab) emptied(ctx context.Context, k *kith, last time.Time) (float64, error) {
	worst := 0.0
	for {
		now := time.Now()
		due, err := k.graph.NextDue(ctx)
		if err != nil {
			return 0, err
		}
		if due > 0 { // 0 is a customer to be looked at because of somebody else
			worst = max(worst, float64(event.MillisOf(now)-due)/1000)
		}
		if now.After(last) {
			left, err := k.graph.MembersOf(ctx, "seg_fill")
			if err != nil || left == 0 {
				return worst, err
			}
			if now.Sub(last) > 5*time.Minute {
				return 0, fmt.Errorf("%d members are left 5 minutes after their time", left)
			}
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// tails says how long calls took.
func tails(took samples) string {
	return fmt.Sprintf("p50 %.1f p90 %.1f p99 %.1f max %.1f ms", took.median(), took.quantile(0.9), took.quantile(0.99), took.quantile(1))
}

// preview asks how many would be in segments that nothing stands on yet.
func (l *lab) preview(ctx context.Context, k *kith, customers int) (row, error) {
	var took samples
	estimated := 0
	for n := range l.rounds * 5 {
		body := fmt.Sprintf(`{"query":"{ segmentPreview(condition: {all: [{event: {name: \"Visit\", atLeast: %d, within: \"P%dD\"}}, {trait: {key: \"plan\", op: EQ, value: \"gold\"}}]}, first: 10) { size estimated customers { id displayName } } }"}`, 1+n%5, 10+n)
		began := time.Now()
		answer, err := post(ctx, k.url+"/graphql", k.token, body)
		if err != nil {
			return row{}, err
		}
		took = append(took, millis(time.Since(began)))
		if bytes.Contains(answer, []byte(`"estimated":true`)) {
			estimated++
		}
		if !bytes.Contains(answer, []byte(`"size":`)) || bytes.Contains(answer, []byte(`"errors"`)) {
			return row{}, fmt.Errorf("the preview says %s", answer)
		}
	}
	l.say("preview: p50 %.0f ms, at most %.0f ms; %d of %d estimated", took.median(), took.quantile(1), estimated, len(took))
	return row{
		what: fmt.Sprintf("segmentPreview with 10 customers, of %s with 20 touchpoints each", thousands(float64(customers))), goal: "< 1 s",
		measured: fmt.Sprintf("p50 %.0f ms, at most %.0f ms; %d of %d estimated", took.median(), took.quantile(1), estimated, len(took)), ratio: "none: a time", spread: percent(took.spread()), met: took.quantile(1) < 1000,
	}, nil
}

// post asks the API and gives what it answers.
func post(ctx context.Context, url, token, body string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

// jobs waits until all jobs of segments are done.
func (k *kith) jobs(ctx context.Context, limit time.Duration) error {
	for deadline := time.Now().Add(limit); ; {
		d, err := k.graph.Definitions(ctx)
		if err != nil {
			return err
		}
		waiting := 0
		for _, f := range d.Fills {
			if _, ok := f.Progress(); ok {
				waiting++
			}
		}
		if waiting == 0 && len(d.Fills) > 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d jobs are not done within %s", waiting, limit)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
