package store

import (
	"context"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/event"
	"kith/fault"
)

// Lease is the right to be the pipeline, and where the last one stopped. Every write transaction of the pipeline
// checks the epoch and the applied position and aborts when either has moved, so that a stalled predecessor cannot
// write.
type Lease struct {
	Holder  string // who holds it; unique per process
	Epoch   int64  // grows with every change of holder
	Applied int64  // the last journal position whose effect is in the graph
	Tx      int64  // counts the pipeline's transactions
	Journal string // epoch of the journal that Applied is a position of; empty at first
	Rules   string // version of the identity rules applied last; empty at first
	Until   event.Millis
}

const (
	leaseAcquire = `
MERGE (p:Pipeline {id: 1}) ON CREATE SET p.epoch = 0, p.applied = 0, p.tx = 0, p.rules = '', p.journal = '', p.holder = '', p.leaseUntil = 0
WITH p SET p.locked = true
WITH p, timestamp() AS now
WHERE p.holder = $holder OR p.leaseUntil < now
SET p.epoch = p.epoch + 1, p.holder = $holder, p.leaseUntil = now + $ttl
RETURN p.epoch AS epoch, p.applied AS applied, p.tx AS tx, p.rules AS rules, p.journal AS journal, p.leaseUntil AS until`

	leaseRenew = `
MATCH (p:Pipeline {id: 1}) SET p.locked = true
WITH p WHERE p.epoch = $epoch
SET p.leaseUntil = timestamp() + $ttl
RETURN p.leaseUntil AS until`

	leaseRelease = `MATCH (p:Pipeline {id: 1}) WHERE p.epoch = $epoch SET p.leaseUntil = 0, p.holder = ''`

	progressRead = steady + `MATCH (p:Pipeline {id: 1}) RETURN p.applied AS applied, p.journal AS journal, p.rules AS rules`
)

// Acquire takes the lease for ttl milliseconds when nobody else holds it. ok is false when somebody does.
func (g *Graph) Acquire(ctx context.Context, holder string, ttl int64) (l Lease, ok bool, err error) {
	l.Holder = holder
	err = g.write(ctx, "store.Acquire", func(records []*neo4j.Record) error {
		for _, r := range records {
			m := r.AsMap()
			l.Epoch, l.Applied, l.Tx = m["epoch"].(int64), m["applied"].(int64), m["tx"].(int64)
			l.Rules, l.Journal, l.Until = str(m["rules"]), str(m["journal"]), event.Millis(m["until"].(int64))
			ok = true
		}
		return nil
	}, statement{"acquire", leaseAcquire, map[string]any{"holder": holder, "ttl": ttl}})
	return l, ok, err
}

// Renew keeps an idle holder in office. It fails with CONFLICT when another has taken over.
func (g *Graph) Renew(ctx context.Context, l Lease, ttl int64) (event.Millis, error) {
	var until int64
	err := g.write(ctx, "store.Renew", func(records []*neo4j.Record) error {
		if len(records) == 0 {
			return errFenced
		}
		until = records[0].Values[0].(int64)
		return nil
	}, statement{"renew", leaseRenew, map[string]any{"epoch": l.Epoch, "ttl": ttl}})
	return event.Millis(until), err
}

// Release gives the lease up, so that a successor need not wait for it to run out.
func (g *Graph) Release(ctx context.Context, l Lease) error {
	return g.write(ctx, "store.Release", nil, statement{"release", leaseRelease, map[string]any{"epoch": l.Epoch}})
}

// Applied is the last journal position visible to reads, the epoch of the journal it is a position of, and the version
// of the identity rules in force.
func (g *Graph) Applied(ctx context.Context) (applied int64, journal, rules string, err error) {
	err = g.read(ctx, "store.Applied", progressRead, nil, func(r *neo4j.Record) error {
		applied, _ = r.Values[0].(int64)
		journal, rules = str(r.Values[1]), str(r.Values[2])
		return nil
	})
	return applied, journal, rules, err
}

// errFenced says that another pipeline has taken over: stop, and try to take the lease again.
var errFenced = fault.New("store.fence", fault.Conflict, "another instance has become the pipeline")

// Fenced reports whether err means that another pipeline has taken over.
func Fenced(err error) bool { return fault.CodeOf(err) == fault.Conflict }
