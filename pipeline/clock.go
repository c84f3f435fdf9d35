package pipeline

import (
	"context"
	"time"

	"kith/customer"
	"kith/event"
	"kith/identity"
	"kith/segment"
	"kith/store"
)

// clockPage is how many customers one transaction of the clock looks at.
const clockPage = 1000

// striking says that somebody may be due who is to be looked at now. Where customers are due all the time it is not after
// each batch, however small: each look is a transaction more.
func (a *applier) striking() bool {
	return event.MillisOf(a.cfg.Now()) >= a.live.due && time.Since(a.ticked) >= 2*a.cfg.ClockEvery
}

// tick looks at customers whose time has come, some at a time. more says that there may be others.
func (a *applier) tick(ctx context.Context) (more bool, err error) {
	l := a.live
	now := event.MillisOf(a.cfg.Now())
	if now < l.due {
		return false, nil
	}
	a.ticked = time.Now()
	list, err := a.cfg.Graph.Due(ctx, now, clockPage)
	if err != nil {
		return false, err
	}
	if len(list) > 0 {
		w := a.write()
		changes, err := a.reevaluate(ctx, &w, list, now, func(*known) segment.Change { return segment.Change{Time: true, Connected: true} })
		if err != nil {
			return false, err
		}
		if err := a.commitChanges(ctx, w, changes, 0); err != nil {
			return false, err
		}
		a.stats.Clocked.Add(int64(len(list)))
	}
	if len(list) == clockPage {
		a.ticked = time.Time{}
		return true, nil
	}
	l.due, err = a.cfg.Graph.NextDue(ctx)
	return l.due <= now, err
}

// reevaluate evaluates customers that are stored, and writes down what became of them.
func (a *applier) reevaluate(ctx context.Context, w *store.Write, list []store.StoredStanding, now event.Millis, what func(*known) segment.Change) ([]customer.Change, error) {
	l := a.live
	nearby := map[identity.CustomerID]store.Nearby{}
	if l.set.ConnectedRules() {
		ids := make([]identity.CustomerID, len(list))
		for i := range list {
			ids[i] = list[i].ID
		}
		var err error
		if nearby, err = a.cfg.Graph.Nearby(ctx, ids); err != nil {
			return nil, err
		}
	}
	outcomes := make(map[identity.CustomerID]segment.Outcome, len(list))
	sizes := newSizes(now)
	for i := range list {
		s := &list[i]
		k, err := knownOf(*s)
		if err != nil {
			return nil, err
		}
		x := k.standing(now)
		x.Nearby = connections(nearby[s.ID])
		if len(l.jobs) > 0 {
			x.Live = func(rule string) bool { return l.ready(rule, s.ID) }
		}
		o := l.set.Evaluate(x, what(k))
		outcomes[s.ID] = o
		l.outcome(w, s.ID, k, o, nil, sizes)
		l.standby.drop(s.ID)
	}
	l.counting = sizes
	return told(nil, outcomes), nil
}
