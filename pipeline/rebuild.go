package pipeline

import (
	"context"
	"slices"
	"time"

	"kith/customer"
	"kith/event"
	"kith/fault"
	"kith/identity"
	"kith/store"
)

// Stored is what putting rules in force reads of the graph, beside what batches need.
type Stored interface {
	Whole
	TimelinesAfter(ctx context.Context, actor identity.Key, at event.Millis, id string, limit int) ([]store.Row, error)
	IdentifiersAfter(ctx context.Context, after identity.Key, limit int) ([]store.StoredFacts, error)
	LinksAfter(ctx context.Context, after string, limit int) ([]store.Link, error)
	CustomersAfter(ctx context.Context, after identity.CustomerID, limit int) ([]store.StoredView, error)
	AccountsAfter(ctx context.Context, after string, limit int) ([]store.StoredAccount, error)
	Hanging(ctx context.Context, keys []identity.Key) (map[identity.Key]store.Hanging, error)
	PendingRules(ctx context.Context) (store.RulesView, bool, error)
}

// rebuild makes the graph what it would be had the rules always been these. It takes many transactions, and reads are
// answered all the while. Each step works out what should be from the touchpoints and the decisions, looks at what is,
// and writes the difference; so it may be broken off anywhere and begun anew. That it will be is what the mark on the
// rules, written first and taken away last, is for: whoever takes office finds it before any event.
// docs/decisions/012-rules-rebuild.md says why.
type rebuild struct {
	*applier
	judge *applier // the same, under the new rules
	what  change

	stage string
	done  int // of the stage
	begun time.Time
	told  time.Time
}

// change is what differs between the rules in force and those to come.
type change struct {
	extraction bool // what calls say
	matching   bool // which records look alike
	thresholds bool // and how sure that is
	views      bool // what customers and accounts show of the same identifiers and traits
}

// rebuild makes the graph one of rules. It returns what that meant for who is who.
func (a *applier) rebuild(ctx context.Context, rules *identity.Rules, what change) (*identity.Diff, error) {
	judge := *a
	judge.rules, judge.memory = rules, memory{}
	r := &rebuild{applier: a, judge: &judge, what: what, told: a.cfg.Now()}
	fresh := newFold()
	var facts identity.Facts
	var err error
	if what.extraction {
		r.begin("touchpoints")
		if fresh, err = reread(ctx, a.cfg.Graph, rules, a.cfg.Batch, r.rehang); err != nil {
			return nil, err
		}
		facts = fresh.facts()
		for _, stage := range []func(context.Context, *fold) error{r.identifiers, r.links, r.hanging} {
			if err := stage(ctx, fresh); err != nil {
				return nil, err
			}
		}
	}
	if what.extraction || what.matching {
		if err := r.records(ctx); err != nil {
			return nil, err
		}
	}
	r.begin("resolving")
	if err := r.breathe(ctx, 0); err != nil {
		return nil, err
	}
	var diff *identity.Diff
	var shares []*share
	err = r.holding(ctx, func() error {
		now, stored, err := a.cfg.Graph.Everything(ctx)
		if err != nil {
			return err
		}
		now.Records = heardNow(rules.Model(), stored.Members)
		if what.extraction {
			matched := slices.DeleteFunc(now.Links, func(l identity.Link) bool { return l.Kind != identity.Matched })
			now.Identifiers, now.Links = facts.Identifiers, slices.Concat(facts.Links, matched)
		}
		partition := identity.Resolve(rules, now)
		diff = partition.Against(a.cfg.Graph.WorkspaceKey(), stored)
		shares = cut(diff, partition, fresh, a.cfg.Batch)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := r.customers(ctx, shares, fresh); err != nil {
		return nil, err
	}
	if what.extraction || what.views {
		if err := r.views(ctx); err != nil {
			return nil, err
		}
		if err := r.accounts(ctx); err != nil {
			return nil, err
		}
	}
	r.begin("done")
	return diff, nil
}

func (r *rebuild) begin(stage string) {
	now := r.cfg.Now()
	if r.stage != "" {
		r.cfg.Logger.Debug("a stage of putting new identity rules in force is done", "stage", r.stage, "done", r.done, "took", now.Sub(r.begun))
	}
	r.stage, r.done, r.begun = stage, 0, now
}

// step writes one transaction of the stage. The position stays where it is.
func (r *rebuild) step(ctx context.Context, w store.Write, changes []customer.Change) error {
	if err := r.cfg.Faults("rebuild " + r.stage); err != nil {
		return err
	}
	if err := r.commitChanges(ctx, w, changes, 0); err != nil {
		return err
	}
	r.renewed = r.cfg.Now()
	return nil
}

// errLeaving ends a rebuild that somebody else, or this instance after its next start, goes on with.
var errLeaving = fault.New("pipeline.rebuild", fault.Unavailable, "Kith is stopping; the change of the rules goes on with the next start")

// breathe comes between two pages: it keeps the lease, tells of progress, and notices when the pipeline is to stop.
func (r *rebuild) breathe(ctx context.Context, n int) error {
	r.done += n
	select {
	case <-r.leaving:
		return errLeaving
	default:
	}
	if now := r.cfg.Now(); now.Sub(r.told) >= 10*time.Second {
		r.told = now
		r.cfg.Logger.Info("putting new identity rules in force; events wait in the journal", "stage", r.stage, "done", r.done)
	}
	return r.upkeep(ctx)
}

// holding keeps the lease while do takes its time.
func (r *rebuild) holding(ctx context.Context, do func() error) error {
	done, kept := make(chan struct{}), make(chan error)
	go func() { // ends before holding returns
		tick := time.NewTicker(r.cfg.LeaseTime / 3)
		defer tick.Stop()
		var err error
		for {
			select {
			case <-done:
				kept <- err
				return
			case <-tick.C:
				if err == nil {
					_, err = r.cfg.Graph.Renew(ctx, r.lease, r.cfg.LeaseTime.Milliseconds())
				}
			}
		}
	}()
	err := do()
	close(done)
	if lost := <-kept; err == nil {
		err = lost
	}
	return err
}

// within says that a stored node has all of these properties; nil is a property that is not there.
func within(want, have store.Row) bool {
	for name, v := range want {
		if list, is := v.([]string); is {
			stored, _ := have[name].([]any)
			if len(stored) != len(list) {
				return false
			}
			for i := range list {
				if stored[i] != list[i] {
					return false
				}
			}
		} else if v != have[name] {
			return false
		}
	}
	return true
}
