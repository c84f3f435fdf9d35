package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"kith/identity"
	"kith/store"
)

const profileQuery = `query Profile($id: ID!) { customer(by: {id: $id}) {
  id displayName known shared firstSeenAt lastSeenAt traits
  identifiers(first: 20) { nodes { id type value status firstSeenAt lastSeenAt } }
  touchpoints(first: 20) { nodes { id type name at source channel properties } }
} }`

// profileWant is what that query asks of the store.
var profileWant = store.Want{
	Values: true, Identifiers: &store.Slice{First: 20}, Touchpoints: &store.Timeline{Slice: store.Slice{First: 20}, Properties: true},
}

// query360 asks for whole customers through GraphQL over HTTP, and runs the same statement over Bolt: in a managed
// transaction, as Kith does, and as one of its own. The three take turns, so that they meet the same machine.
func query360(ctx context.Context, l *lab) (rows []row, err error) {
	k, send, ids, err := l.openShop(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	defer send.close()
	// One of each, one after the other.
	turn := func(n int, into *[3]samples) error {
		id := ids[n%len(ids)]
		text, params := store.ProfileStatement([]identity.CustomerID{id}, profileWant)
		for way, ask := range []func() error{
			func() error {
				_, err := send.query(ctx, k.token, profileQuery, map[string]any{"id": id})
				return err
			},
			func() error { return single(l.db.Managed(ctx, text, params)) },
			func() error { return single(l.db.AutoCommit(ctx, text, params)) },
		} {
			began := time.Now()
			if err := ask(); err != nil {
				return err
			}
			if into != nil {
				into[way] = append(into[way], millis(time.Since(began)))
			}
		}
		return nil
	}
	for began, n := time.Now(), 0; time.Since(began) < l.warmFor(); n++ {
		if err := turn(n, nil); err != nil {
			return nil, err
		}
	}
	k.spy.counting.Store(true)
	if err := turn(0, nil); err != nil {
		return nil, err
	}
	k.spy.counting.Store(false)
	trips := k.spy.reads.Load()

	stop, err := l.profiled("query360")
	if err != nil {
		return nil, err
	}
	var medians, tails [3]samples
	for r := range l.rounds {
		var took [3]samples
		runtime.GC()
		for n := range l.pick(3000, 300) {
			if err := turn(n, &took); err != nil {
				return nil, err
			}
		}
		for way := range took {
			medians[way], tails[way] = append(medians[way], took[way].median()), append(tails[way], took[way].quantile(0.99))
		}
		l.say("round %d: p50 GraphQL %.2f ms, managed %.2f ms, auto-commit %.2f ms", r+1, took[0].median(), took[1].median(), took[2].median())
	}
	if err := stop(); err != nil {
		return nil, err
	}
	ratio := medians[0].over(medians[1])
	busy, err := l.busy360(ctx, k, send, ids)
	if err != nil {
		return nil, err
	}
	return []row{{
		what: "360° query through GraphQL over HTTP (JWT, limits on)", goal: "p50 ≤ 1.4×, one round trip",
		measured: fmt.Sprintf("p50 %.2f ms, p99 %.2f ms, %d round trip(s)", medians[0].median(), tails[0].median(), trips),
		ratio: fmt.Sprintf("%.2f× of the same Cypher over Bolt in a managed transaction (p50 %.2f ms); %.2f× of auto-commit (p50 %.2f ms)",
			ratio.median(), medians[1].median(), medians[0].over(medians[2]).median(), medians[2].median()),
		spread: percent(medians[0].spread()) + ", ratio " + percent(ratio.spread()), met: ratio.median() <= 1.4 && trips == 1,
	}, busy}, nil
}

// openShop brings up a Kith with a shop's customers in it, and gives the ids of some.
func (l *lab) openShop(ctx context.Context) (k *kith, send *sender, ids []identity.CustomerID, err error) {
	if k, err = l.openKith(ctx); err != nil {
		return nil, nil, nil, err
	}
	k.start(ctx)
	send = newSender(k.url)
	defer func() {
		if err != nil {
			send.close()
			err = errors.Join(err, k.close())
		}
	}()
	shop := newShop("profile")
	for range l.pick(100, 20) {
		body, _ := shop.batch(100)
		if err = send.post(ctx, body); err != nil {
			return nil, nil, nil, err
		}
	}
	if err = k.settle(ctx, time.Minute); err != nil {
		return nil, nil, nil, err
	}
	ids, err = k.someCustomers(ctx, send)
	return k, send, ids, err
}

// single turns a count of records that is not one into an error.
func single(records int, err error) error {
	if err == nil && records != 1 {
		err = fmt.Errorf("%d records instead of one", records)
	}
	return err
}

// someCustomers are the ids of up to 200 customers.
func (k *kith) someCustomers(ctx context.Context, send *sender) ([]identity.CustomerID, error) {
	data, err := send.query(ctx, k.token, `{ customers(first: 200) { nodes { id } } }`, nil)
	if err != nil {
		return nil, err
	}
	var found struct {
		Customers struct {
			Nodes []struct{ ID identity.CustomerID }
		}
	}
	if err := json.Unmarshal(data, &found); err != nil {
		return nil, err
	}
	var ids []identity.CustomerID
	for _, n := range found.Customers.Nodes {
		ids = append(ids, n.ID)
	}
	if len(ids) == 0 {
		return nil, errors.New("there are no customers to ask for")
	}
	return ids, nil
}

// busy360 asks the same from 16 connections at once, and over Bolt from 16 sessions, in turns.
func (l *lab) busy360(ctx context.Context, k *kith, send *sender, ids []identity.CustomerID) (row, error) {
	var next atomic.Int64
	id := func() identity.CustomerID { return ids[int(next.Add(1))%len(ids)] }
	ways := [3]func() error{
		func() error {
			_, err := send.query(ctx, k.token, profileQuery, map[string]any{"id": id()})
			return err
		},
		func() error {
			text, params := store.ProfileStatement([]identity.CustomerID{id()}, profileWant)
			return single(l.db.Managed(ctx, text, params))
		},
		func() error {
			text, params := store.ProfileStatement([]identity.CustomerID{id()}, profileWant)
			return single(l.db.AutoCommit(ctx, text, params))
		},
	}
	var got [3]samples
	for r := range l.rounds + 1 { // the first warms up
		for way, ask := range ways {
			n, err := flood(ctx, 16, time.Duration(l.pick(8, 1))*time.Second, ask)
			if err != nil {
				return row{}, err
			}
			if r > 0 {
				got[way] = append(got[way], n)
			}
		}
	}
	ratio := got[0].over(got[1])
	return row{
		what: "360° query at 16 connections", goal: "≥ 0.7 of raw Bolt", measured: fmt.Sprintf("%s/s", thousands(got[0].median())),
		ratio: fmt.Sprintf("%.2f of the same Cypher over Bolt in managed transactions at 16 sessions (%s/s); %.2f of auto-commit (%s/s)",
			ratio.median(), thousands(got[1].median()), got[0].over(got[2]).median(), thousands(got[2].median())),
		spread: percent(got[0].spread()) + ", ratio " + percent(ratio.spread()), met: ratio.median() >= 0.7,
	}, nil
}
