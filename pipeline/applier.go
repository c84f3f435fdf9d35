package pipeline

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"kith/identity"
	"kith/store"
)

// applier is one stay in office: what the pipeline knows while it holds the lease. One goroutine.
type applier struct {
	cfg   Config
	stats *Stats
	lease store.Lease
	rules *identity.Rules

	applied   uint64 // journal position reached in the graph
	tx        int64  // last transaction's number
	published int64  // outbox entries up to this transaction are in the change stream
	renewed   time.Time
	trimmed   time.Time
	ticked    time.Time // when nobody was due any more; of the machine's clock
	eventful  time.Time // when the last batch was written; of the machine's clock
	rested    time.Time // when a job has waited long enough for its next page; of the machine's clock
	counted   time.Time // when the last count was written down; of the machine's clock
	memory    memory
	size      *pace
	live      *live
	making    tally           // of the write that is being made
	leaving   <-chan struct{} // closed when the pipeline is to stop: what takes long looks at it between two transactions
}

// tally is how much of the journal a write applies.
type tally struct{ events, records int }

// enter makes the graph, the journal and this instance agree before anything new is applied: what the predecessor
// committed is published, the position is one of this journal, and the rules are those the graph was resolved with.
func (a *applier) enter(ctx context.Context) error {
	a.applied, a.tx, a.published = uint64(a.lease.Applied), a.lease.Tx, 0
	a.renewed = a.cfg.Now()
	if err := a.drain(ctx); err != nil {
		return err
	}
	if err := a.cfg.Graph.Warm(ctx); err != nil {
		return err
	}
	// A graph restored from a backup counts its transactions from then on again, and changes must not look as if they
	// were published already.
	if last, ok, err := a.cfg.Journal.LastChange(ctx); err != nil {
		return err
	} else if ok {
		a.tx = max(a.tx, last)
	}
	if epoch := a.cfg.Journal.Epoch(); a.lease.Journal != epoch {
		// Another journal: its positions mean other messages. Everything it keeps is applied again; effects count once.
		first, err := a.cfg.Journal.First(ctx)
		if err != nil {
			return err
		}
		if a.lease.Journal != "" {
			a.cfg.Logger.Warn("the graph was last fed by another journal; reading this one from its beginning", "first", first)
		}
		w := a.write()
		w.Applied, w.Journal = int64(first)-1, epoch
		if err := a.commit(ctx, w); err != nil {
			return err
		}
		a.applied = first - 1
	}
	a.cfg.Journal.SetApplied(a.applied)
	a.stats.Applied.Store(a.applied)
	if err := a.define(ctx); err != nil {
		return err
	}
	return a.agreeOnRules(ctx)
}

// drain publishes what was committed and perhaps not published. Publishing again what was is harmless.
func (a *applier) drain(ctx context.Context) error {
	entries, err := a.cfg.Graph.Outbox(ctx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := a.cfg.Journal.PublishChanges(ctx, e.Tx, int(e.Part), e.Data); err != nil {
			return err
		}
		a.published = e.Tx
	}
	return nil
}

// errRules ends a stay in office after new rules took effect: what was decoded ahead was decoded under the old ones.
var errRules = errors.New("new identity rules took effect")

// loop applies batch after batch until ctx ends or something fails. What comes meanwhile is read and decoded while a batch
// is written, and becomes the next (see queue).
func (a *applier) loop(ctx context.Context, paused *atomic.Bool) error {
	ctx, cancel := context.WithCancel(ctx)
	waiting := newQueue(a.cfg, a.size)
	reading := make(chan struct{})
	rules := a.rules
	go func() { // ends before loop returns
		defer close(reading)
		warming := make(chan struct{})
		go func() { // ends with it
			defer close(warming)
			if err := a.cfg.Graph.WarmRest(ctx); err != nil && ctx.Err() == nil {
				a.cfg.Logger.Debug("statements were not planned ahead", "error", err)
			}
		}()
		waiting.end(a.read(ctx, a.applied, waiting))
		<-warming
	}()
	defer func() {
		cancel()
		<-reading
		if ctx := context.WithoutCancel(ctx); a.stopping() {
			if err := a.countDown(ctx, true); err != nil {
				a.cfg.Logger.Warn("who entered and left segments in the last second is not counted", "error", err)
			}
		}
	}()

	idle := time.NewTicker(a.cfg.LeaseTime / 3)
	defer idle.Stop()
	clock := time.NewTicker(a.cfg.ClockEvery)
	defer clock.Stop()
	beside := time.NewTimer(0) // when there is something to do beside events
	defer beside.Stop()
	for {
		for paused.Load() && ctx.Err() == nil {
			pause := time.NewTimer(20 * time.Millisecond)
			select {
			case <-ctx.Done():
			case <-pause.C:
			}
		}
		switch {
		case a.striking():
			beside.Reset(0)
		case len(a.live.jobs) > 0:
			beside.Reset(a.resting())
		default:
			beside.Stop()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-waiting.more:
			b, ok, err := waiting.take()
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			began := a.cfg.Now()
			// A transaction under way is finished, not cut: stopping leaves nothing half known.
			if err := a.apply(context.WithoutCancel(ctx), b); err != nil {
				return err
			}
			now := a.cfg.Now()
			a.size.took(len(b.calls), now.Sub(began))
			a.renewed, a.eventful = now, time.Now()
			if a.rules != rules {
				if err := a.countDown(context.WithoutCancel(ctx), true); err != nil {
					return err
				}
				return errRules
			}
		case <-idle.C:
		case <-clock.C:
		case <-beside.C:
		}
		if err := a.beside(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		if err := a.countDown(context.WithoutCancel(ctx), false); err != nil {
			return err
		}
		if err := a.upkeep(ctx); err != nil {
			return err
		}
	}
}

// beside does what there is to do beside events, a page of each: customers whose time has come, and jobs.
func (a *applier) beside(ctx context.Context) error {
	if a.striking() {
		if _, err := a.tick(ctx); err != nil {
			return err
		}
	}
	if len(a.live.jobs) == 0 || a.resting() > 0 {
		return nil
	}
	began := time.Now()
	full, err := a.fill(ctx)
	if err != nil {
		return err
	}
	if full {
		ended := time.Now()
		a.rested = ended.Add(2 * ended.Sub(began))
	}
	a.renewed = a.cfg.Now()
	return nil
}

// stopping says that the pipeline is to stop.
func (a *applier) stopping() bool {
	select {
	case <-a.leaving:
		return true
	default:
		return false
	}
}

// upkeep renews an idle lease and trims the journal now and then.
func (a *applier) upkeep(ctx context.Context) error {
	now := a.cfg.Now()
	if now.Sub(a.renewed) > a.cfg.LeaseTime/3 {
		if _, err := a.cfg.Graph.Renew(ctx, a.lease, a.cfg.LeaseTime.Milliseconds()); err != nil {
			return err
		}
		a.renewed = now
	}
	if now.Sub(a.trimmed) > a.cfg.TrimEvery {
		a.trimmed = now
		if err := a.cfg.Journal.Trim(ctx, a.applied); err != nil {
			a.cfg.Logger.Warn("the journal was not trimmed; trying again later", "error", err)
		}
	}
	return nil
}

// read fetches and decodes ahead of the writer, until ctx ends or something fails.
func (a *applier) read(ctx context.Context, after uint64, into *queue) error {
	reader := a.cfg.Journal.Read(after)
	policy := policyOf(a.rules)
	for ctx.Err() == nil {
		messages, err := reader.Fetch(ctx, a.cfg.Messages, a.cfg.Bytes)
		if lost, is := asLost(err); is {
			err = a.skip(ctx, reader, lost)
			if err == nil {
				continue
			}
		}
		if err != nil {
			return err
		}
		for _, b := range a.split(messages, policy) {
			if !into.put(ctx, b) {
				return ctx.Err()
			}
		}
	}
	return ctx.Err()
}

// skip goes on behind messages that are damaged on disk, leaving a dead letter that says so. Messages that were
// trimmed before they were applied stop the pipeline: going on would lose them without a word.
func (a *applier) skip(ctx context.Context, reader Reader, lost *Lost) error {
	if lost.Trimmed || lost.Last == 0 {
		return lost
	}
	a.cfg.Logger.Error("journal messages are damaged on disk; going on behind them", "first", lost.First, "last", lost.Last)
	a.stats.DeadLetters.Add(1)
	if err := a.cfg.Journal.DeadLetter(ctx, []DeadLetter{{Seq: lost.First, Reason: lost.Error() + ": damaged on disk"}}); err != nil {
		return err
	}
	reader.Skip(lost.Last)
	return nil
}
