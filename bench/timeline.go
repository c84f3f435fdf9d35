package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"kith/identity"
)

const timelineQuery = `query Timeline($id: ID!) { customer(by: {id: $id}) { touchpoints(first: 20) { nodes { id type name at source } } } }`

// timeline asks for the newest 20 touchpoints of somebody with a long history and of somebody with a short one, in
// turn.
func timeline(ctx context.Context, l *lab) (rows []row, err error) {
	k, err := l.openKith(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	k.start(ctx)
	send := newSender(k.url)
	defer send.close()
	long, short := l.pick(200_000, 10_000), 100
	var ids [2]identity.CustomerID
	for i, length := range []int{short, long} {
		if ids[i], err = k.withHistory(ctx, l, send, fmt.Sprintf(`"userId":"timeline-%d"`, length), identity.Key(fmt.Sprintf("user_id:timeline-%d", length)), length); err != nil {
			return nil, err
		}
	}
	turn := func(into *[2]samples) error {
		for i, id := range ids {
			began := time.Now()
			if _, err := send.query(ctx, k.token, timelineQuery, map[string]any{"id": id}); err != nil {
				return err
			}
			if into != nil {
				into[i] = append(into[i], millis(time.Since(began)))
			}
		}
		return nil
	}
	for began := time.Now(); time.Since(began) < l.warmFor(); {
		if err := turn(nil); err != nil {
			return nil, err
		}
	}
	var few, many samples
	for range l.rounds {
		var took [2]samples
		runtime.GC()
		for range l.pick(3000, 300) {
			if err := turn(&took); err != nil {
				return nil, err
			}
		}
		few, many = append(few, took[0].median()), append(many, took[1].median())
	}
	ratio := many.over(few)
	return []row{{
		what: fmt.Sprintf("newest 20 touchpoints of a customer with %s", thousands(float64(long))), goal: "p50 ≤ 1.5×",
		measured: fmt.Sprintf("p50 %.2f ms through GraphQL", many.median()),
		ratio:    fmt.Sprintf("%.2f× of one with %d (%.2f ms)", ratio.median(), short, few.median()),
		spread:   percent(many.spread()) + ", ratio " + percent(ratio.spread()), met: ratio.median() <= 1.5,
	}}, nil
}

// withHistory makes a customer of one identifier by an event, and gives it touchpoints until there are length.
func (k *kith) withHistory(ctx context.Context, l *lab, send *sender, who string, key identity.Key, length int) (identity.CustomerID, error) {
	name := string(key)
	body := fmt.Sprintf(`{"batch":[{"type":"track","event":"Product Viewed","messageId":%q,%s,"timestamp":"2026-01-01T12:00:00Z","properties":{"product_id":"p-1","price":9.99}}]}`, name, who)
	if err := send.post(ctx, []byte(body)); err != nil {
		return "", err
	}
	if err := k.settle(ctx, time.Minute); err != nil {
		return "", err
	}
	if err := l.db.Lengthen(ctx, name, name, length-1); err != nil {
		return "", err
	}
	return k.customerOf(ctx, key)
}

// customerOf is who holds an identifier.
func (k *kith) customerOf(ctx context.Context, key identity.Key) (identity.CustomerID, error) {
	found, err := k.graph.ProfilesByKey(ctx, []identity.Key{key}, profileOnly)
	if err != nil {
		return "", err
	}
	if found[key] == nil {
		return "", fmt.Errorf("nobody holds %s", key)
	}
	return found[key].ID, nil
}
