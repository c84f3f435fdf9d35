package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"kith/customer"
	"kith/event"
	"kith/store"
)

// chunk bounds the size of one message of the change stream, below what an external NATS takes by default.
const chunk = 512 << 10

// write is the frame of the next transaction: who writes, and on top of what.
func (a *applier) write() store.Write {
	if a.live != nil {
		a.live.counting = nil
	}
	a.making = tally{}
	return store.Write{
		Epoch: a.lease.Epoch, Was: int64(a.applied), Applied: int64(a.applied), Tx: a.tx + 1, TTL: a.cfg.LeaseTime.Milliseconds(),
		Rules: a.lease.Rules, Journal: a.cfg.Journal.Epoch(), Published: a.published,
	}
}

// commit writes w; afterwards the applier stands where w reached.
func (a *applier) commit(ctx context.Context, w store.Write) error {
	if len(w.Sizes) == 0 {
		a.count(&w, false)
	}
	if err := a.cfg.Graph.Apply(ctx, w); err != nil {
		return err
	}
	a.stats.Transactions.Add(1)
	a.stats.Events.Add(int64(a.making.events))
	a.stats.Records.Add(int64(a.making.records))
	a.tx, a.applied = w.Tx, uint64(w.Applied)
	a.lease.Rules, a.lease.Journal = w.Rules, w.Journal
	if a.live != nil {
		a.live.ahead = false
		if len(w.Sizes) > 0 {
			clear(a.live.counts)
			a.counted = time.Now()
		}
		a.live.counts.add(a.live.counting)
		a.live.counting = nil
	}
	return nil
}

// commitChanges writes w together with the change records, then publishes these. What is not published when the
// process dies is in the outbox and will be.
func (a *applier) commitChanges(ctx context.Context, w store.Write, changes []customer.Change, oldest event.Millis) error {
	messages, err := encode(changes, w.Tx, event.MillisOf(a.cfg.Now()), oldest)
	if err != nil {
		return err
	}
	for part, data := range messages {
		w.Outbox = append(w.Outbox, store.Row{"tx": w.Tx, "part": part, "data": store.Pack(data)})
	}
	if err := a.cfg.Faults("before commit"); err != nil {
		return err
	}
	if err := a.commit(ctx, w); err != nil {
		return err
	}
	if err := a.cfg.Faults("after commit"); err != nil {
		return err
	}
	for part, data := range messages {
		if err := a.cfg.Journal.PublishChanges(ctx, w.Tx, part, data); err != nil {
			return err
		}
	}
	if err := a.cfg.Faults("after publish"); err != nil {
		return err
	}
	if len(messages) > 0 {
		a.published = w.Tx
	}
	a.cfg.Journal.SetApplied(a.applied)
	a.stats.Applied.Store(a.applied)
	return nil
}

// encode cuts changes into messages of at most about chunk bytes.
func encode(changes []customer.Change, tx int64, at, ingest event.Millis) ([][]byte, error) {
	const perChange = 256 // a generous mean; a batch that is over is cut in two
	var out [][]byte
	for len(changes) > 0 {
		n := min(len(changes), chunk/perChange)
		for {
			n = whole(changes, n)
			data, err := json.Marshal(customer.Batch{Tx: tx, Part: len(out), At: at, Ingest: ingest, Changes: changes[:n]})
			if err != nil {
				return nil, err
			}
			if len(data) <= chunk || n == 1 {
				out = append(out, data)
				break
			}
			n = (n + 1) / 2
		}
		changes = changes[n:]
	}
	return out, nil
}

// whole is how many of the first n changes are to be cut off so that what says who was in which segments stays with the
// merge it is about; n where that is more than a message takes.
func whole(changes []customer.Change, n int) int {
	if n == len(changes) {
		return n
	}
	at := n
	for at > 0 && changes[at-1].Was != nil {
		at--
	}
	return cmp.Or(at, n)
}
