package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kith/identity"
	"kith/store"
)

var profileOnly = store.Want{}

// merge makes one customer of two with long histories, by one event that names both, and takes the pipeline's own time
// for it. The floor is the same with a single touchpoint each: what a merge costs without history.
func merge(ctx context.Context, l *lab) (rows []row, err error) {
	k, err := l.openKith(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	k.start(ctx)
	send := newSender(k.url)
	defer send.close()
	length := l.pick(100_000, 5_000)
	n := 0
	for began := time.Now(); time.Since(began) < l.warmFor(); n++ {
		if _, _, err := k.mergeTwo(ctx, l, send, n, 1); err != nil {
			return nil, err
		}
	}
	var ours, bare samples
	rewritten := 0
	for range l.rounds {
		n += 2
		small, _, err := k.mergeTwo(ctx, l, send, n, 1)
		if err != nil {
			return nil, err
		}
		big, touchpoints, err := k.mergeTwo(ctx, l, send, n+1, length)
		if err != nil {
			return nil, err
		}
		ours, bare, rewritten = append(ours, big), append(bare, small), max(rewritten, touchpoints)
		l.say("%.1f ms, with one touchpoint each %.1f ms", big, small)
	}
	return []row{{
		what: fmt.Sprintf("merge of two customers with %s touchpoints each", thousands(float64(length))), goal: "≤ 50 ms in the pipeline, no touchpoint rewritten",
		measured: fmt.Sprintf("%.1f ms, %d rewritten", ours.median(), rewritten),
		ratio:    fmt.Sprintf("%.2f× of a merge of two with one touchpoint each (%.1f ms)", ours.over(bare).median(), bare.median()),
		spread:   percent(ours.spread()), met: ours.median() <= 50 && rewritten == 0,
	}}, nil
}

// mergeTwo makes a visitor and a user of the given length of history and lets the visitor sign in. It gives what the
// pipeline took, in milliseconds, and how many touchpoints it wrote beside that of the event itself.
func (k *kith) mergeTwo(ctx context.Context, l *lab, send *sender, n, length int) (took float64, rewritten int, err error) {
	visitor, user := identity.Key(fmt.Sprintf("anonymous_id:m%d", n)), identity.Key(fmt.Sprintf("user_id:m%d", n))
	for key, who := range map[identity.Key]string{visitor: fmt.Sprintf(`"anonymousId":"m%d"`, n), user: fmt.Sprintf(`"userId":"m%d"`, n)} {
		if _, err := k.withHistory(ctx, l, send, who, key, length); err != nil {
			return 0, 0, err
		}
	}
	k.spy.reset(true)
	body := fmt.Sprintf(`{"batch":[{"type":"track","event":"Signed In","messageId":"merge-%d","anonymousId":"m%d","userId":"m%d","timestamp":"2026-01-01T13:00:00Z"}]}`, n, n, n)
	if took, err = k.applyOne(ctx, send, body); err != nil {
		return 0, 0, err
	}
	_, writes := k.spy.result()
	for _, w := range writes {
		rewritten += len(w.Touchpoints)
	}
	a, err := k.customerOf(ctx, visitor)
	if err != nil {
		return 0, 0, err
	}
	b, err := k.customerOf(ctx, user)
	if err == nil && a != b {
		err = fmt.Errorf("the visitor is %s and the user %s: they were not merged", a, b)
	}
	return took, rewritten - 1, err
}

// applyOne sends a body while nothing else is under way and gives the milliseconds the pipeline took for it.
func (k *kith) applyOne(ctx context.Context, send *sender, body string) (float64, error) {
	before, sumBefore, _ := k.pipe.Stats().ApplySeconds.Read()
	if err := send.post(ctx, []byte(body)); err != nil {
		return 0, err
	}
	deadline := time.Now().Add(time.Minute)
	for {
		// The time is noted right after the position, which settle would wait for.
		n, sum, _ := k.pipe.Stats().ApplySeconds.Read()
		switch {
		case n == before+1:
			return (sum - sumBefore) * 1000, nil
		case n > before+1:
			return 0, fmt.Errorf("%d batches were applied instead of one", n-before)
		case time.Now().After(deadline):
			return 0, errors.New("an event is not applied within a minute")
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}
