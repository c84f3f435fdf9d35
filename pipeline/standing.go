package pipeline

import (
	"context"
	"maps"
	"slices"

	"kith/customer"
	"kith/event"
	"kith/identity"
	"kith/segment"
	"kith/store"
)

// stand is the part of a plan that says what the batch means for segments and computed traits. It comes after who is
// who: a customer's facts are those of its identifiers as they are now.
type stand struct {
	now      event.Millis
	states   map[identity.Key]segment.State // of identifiers whose events the batch adds to
	known    map[identity.CustomerID]*known // of those that are evaluated, before
	after    map[identity.CustomerID]*known
	outcomes map[identity.CustomerID]segment.Outcome
	retired  map[identity.CustomerID]*known
	near     map[identity.CustomerID]bool // who is connected to others than before, perhaps
	left     []any                        // households
	nobodys  []any                        // identifiers that were somebody's
}

// put is what a feature takes of an event.
type put struct {
	feature *segment.Feature
	entry   segment.Entry
}

// stand finds whom the batch can affect, reads what they are evaluated from and is not remembered, in one round trip,
// and evaluates them.
func (p *plan) standing(ctx context.Context) error {
	p.stand = &stand{
		now: event.MillisOf(p.cfg.Now()), states: map[identity.Key]segment.State{}, known: map[identity.CustomerID]*known{},
		after: map[identity.CustomerID]*known{}, outcomes: map[identity.CustomerID]segment.Outcome{}, retired: map[identity.CustomerID]*known{}, near: map[identity.CustomerID]bool{},
	}
	puts := p.puts()
	changes := p.affected(puts)
	if len(changes) == 0 && len(puts) == 0 && len(p.diff.Retired) == 0 {
		return nil
	}
	if err := p.recall(ctx, changes, puts); err != nil {
		return err
	}
	for key, list := range puts {
		state := p.stand.states[key].Clone()
		for _, x := range list {
			state.Put(x.feature, x.entry, p.stand.now)
		}
		p.stand.states[key] = state
	}
	touched := p.touched()
	subjects := make(map[identity.CustomerID]*known, len(changes))
	var asking []identity.CustomerID
	for _, id := range sortedKeys(changes) {
		k := p.stand.known[id]
		now := *k
		now.states = make(map[identity.Key]segment.State, len(k.states))
		for key, state := range k.states {
			now.states[key] = state
			if s, changed := p.stand.states[key]; changed {
				now.states[key] = s
			}
		}
		if s := touched[id]; s != nil && s.active != never {
			now.seen = max(now.seen, s.active)
		}
		if v, again := p.views[id]; again {
			now.traits, now.seen = v.Traits, v.LastSeen
		}
		if shared, regrouped := p.shared[id]; regrouped {
			now.shared = shared
		}
		subjects[id] = &now
		if p.evaluate(id, &now, changes[id], nil) {
			asking = append(asking, id)
		}
	}
	if len(asking) == 0 {
		return nil
	}
	nearby, err := p.cfg.Graph.Nearby(ctx, asking)
	if err != nil {
		return err
	}
	for _, id := range asking {
		near := nearby[id]
		p.evaluate(id, subjects[id], changes[id], &near)
	}
	return nil
}

// evaluate says what the batch means for a customer. It reports whether that takes what connected customers meet, and
// that is not given. What is not evaluated now stays as it is, also of customers that it takes in: what a job has not come to
// yet, and, where the batch changes whom a customer is connected to, what depends on that. Such a customer is due at once, and
// the next transaction sees whom it is connected to then.
func (p *plan) evaluate(id identity.CustomerID, k *known, change *segment.Change, near *store.Nearby) (asked bool) {
	l := p.live
	x := k.standing(p.stand.now)
	if near != nil {
		x.Nearby = connections(*near)
	}
	moving := p.stand.near[id] && !k.shared
	if len(l.jobs) > 0 || moving {
		x.Live = func(rule string) bool { return l.ready(rule, id) && (!moving || !l.set.OnConnected(rule)) }
	}
	o := l.set.Evaluate(x, *change)
	if x.Live != nil && !k.shared {
		p.keep(id, k, x.Live, &o)
	}
	p.stand.outcomes[id], p.stand.after[id] = o, k.after(o)
	return o.Asked
}

// puts is what features take of the batch's events, by identifier.
func (p *plan) puts() map[identity.Key][]put {
	out := map[identity.Key][]put{}
	for i := range p.fold.touchpoints {
		t := &p.fold.touchpoints[i]
		named, all := p.live.set.FeaturesOf(t.call.Name)
		if len(named)+len(all) == 0 {
			continue
		}
		c := t.call
		fact := segment.Fact{At: c.At, MessageID: c.MessageID, Source: c.Source, Name: c.Name, Channel: c.Channel, Passive: c.Passive, Properties: c.Properties, Context: c.Context}
		for _, list := range [][]*segment.Feature{named, all} {
			for _, f := range list {
				if e, ok := f.Take(&fact); ok {
					out[t.actor] = append(out[t.actor], put{f, e})
				}
			}
		}
	}
	return out
}

// affected is what the batch changes about customers, as far as it may matter.
func (p *plan) affected(puts map[identity.Key][]put) map[identity.CustomerID]*segment.Change {
	set := p.live.set
	changes := map[identity.CustomerID]*segment.Change{}
	of := func(id identity.CustomerID) *segment.Change {
		c := changes[id]
		if c == nil {
			c = &segment.Change{Features: map[segment.FeatureID]bool{}}
			changes[id] = c
		}
		return c
	}
	for key, list := range puts {
		if id := p.customerOf(key); id != "" {
			for _, x := range list {
				of(id).Features[x.feature.ID] = true
			}
		}
	}
	for id, v := range p.views {
		of(id).Traits = v.Changed
	}
	connected := set.ConnectedRules()
	for id, keys := range p.members {
		if p.made[id] && !slices.ContainsFunc(keys, func(k identity.Key) bool { return !p.isNew(k) }) {
			of(id).New = true
		} else {
			of(id).All = true
		}
		if connected {
			p.stand.near[id] = true
		}
	}
	if set.SeenMatters() {
		for id := range p.touched() {
			of(id).Seen = true
		}
		for id := range p.views {
			of(id).Seen = true
		}
	}
	if connected {
		for _, x := range p.fold.worksAt {
			if _, stored := p.found.WorksAt[x.id]; !stored {
				if id := p.customerOf(x.key); id != "" {
					of(id).Connected = true
					p.stand.near[id] = true
				}
			}
		}
	}
	if connected {
		for _, id := range sortedKeys(p.views) {
			if was := p.customer[id].Household; was != p.householdOf(id) {
				of(id).Connected = true
				p.stand.near[id] = true
				if was != "" {
					p.stand.left = append(p.stand.left, string(was))
				}
			}
		}
	}
	if connected {
		for _, x := range p.diff.Moves {
			if x.To == "" {
				p.stand.nobodys = append(p.stand.nobodys, string(x.Key))
			}
		}
		for _, id := range p.diff.Retired {
			if was := p.customer[id].Household; was != "" {
				p.stand.left = append(p.stand.left, string(was))
			}
		}
	}
	for id, c := range changes {
		if !set.Touches(*c) {
			delete(changes, id)
		}
	}
	return changes
}

// isNew says that the batch is the first to name an identifier.
func (p *plan) isNew(k identity.Key) bool {
	_, folded := p.fold.identifiers[k]
	_, stored := p.found.Identifiers[k]
	return folded && !stored
}

// recall brings together what customers are evaluated from.
func (p *plan) recall(ctx context.Context, changes map[identity.CustomerID]*segment.Change, puts map[identity.Key][]put) error {
	l := p.live
	var ids []identity.CustomerID
	keys := map[identity.Key]identity.Key{}
	for _, id := range sortedKeys(changes) {
		c := changes[id]
		if p.made[id] {
			p.stand.known[id] = &known{due: segment.Never}
		} else if k, ok := l.standby.get(id); ok && !c.All {
			p.stand.known[id] = k
		} else {
			ids = append(ids, id)
		}
		if c.All {
			for _, key := range p.members[id] {
				if !p.isNew(key) {
					keys[key] = key
				}
			}
		}
	}
	ids = append(ids, p.diff.Retired...)
	for key := range puts { // of identifiers that are nobody's, too
		if p.customerOf(key) == "" && !p.isNew(key) {
			keys[key] = key
		}
	}
	stored, err := p.cfg.Graph.Standings(ctx, ids)
	if err != nil {
		return err
	}
	for _, s := range stored {
		k, err := knownOf(s)
		if err != nil {
			return err
		}
		if changes[s.ID] != nil {
			p.stand.known[s.ID] = k
		}
		if slices.Contains(p.diff.Retired, s.ID) {
			p.stand.retired[s.ID] = k
		}
	}
	tallies, err := p.cfg.Graph.Tallies(ctx, sorted(keys))
	if err != nil {
		return err
	}
	parsed := make(map[identity.Key]segment.State, len(tallies))
	for key, b := range tallies {
		if parsed[key], err = segment.ParseState(b); err != nil {
			return err
		}
	}
	for id := range changes {
		k := p.stand.known[id]
		if k == nil { // not stored, though not made by this batch: nobody to evaluate
			k = &known{due: segment.Never}
		}
		if members, regrouped := p.members[id]; regrouped {
			again := *k
			again.states = make(map[identity.Key]segment.State, len(members))
			for _, key := range members {
				again.states[key] = parsed[key]
			}
			k = &again
		}
		p.stand.known[id] = k
		for key := range k.states {
			if len(puts[key]) > 0 {
				p.stand.states[key] = k.states[key]
			}
		}
	}
	for key := range puts {
		if _, there := p.stand.states[key]; !there {
			p.stand.states[key] = parsed[key]
		}
	}
	return nil
}

// standingRows writes the outcome down, where it can in the rows that are there already.
func (p *plan) standingRows(w *store.Write) {
	if p.stand == nil {
		return
	}
	l := p.live
	identifiers := make(map[string]store.Row, len(w.Identifiers)+len(w.NewIdentifiers))
	for _, r := range w.NewIdentifiers {
		row, _ := r["p"].(store.Row)
		key, _ := row["key"].(string)
		identifiers[key] = row
	}
	for _, r := range w.Identifiers {
		key, _ := r["key"].(string)
		identifiers[key], _ = r["p"].(store.Row)
	}
	for _, key := range sortedOf(p.stand.states) {
		b := p.stand.states[key].Encode(l.set.Feature, p.stand.now)
		row := identifiers[string(key)]
		if row == nil {
			row = store.Row{}
			w.Identifiers = append(w.Identifiers, store.Row{"key": string(key), "p": row})
		}
		row["tallies"] = nil
		if b != nil {
			row["tallies"] = b
		}
	}
	customers := make(map[string]store.Row, len(w.Customers))
	for _, r := range w.Customers {
		id, _ := r["id"].(string)
		customers[id], _ = r["p"].(store.Row)
	}
	sizes := newSizes(p.stand.now)
	for _, id := range sortedKeys(p.stand.outcomes) {
		l.outcome(w, id, p.stand.known[id], p.stand.outcomes[id], customers[string(id)], sizes)
	}
	for _, k := range p.stand.retired {
		for id := range k.in {
			if _, is := l.stored[id]; is {
				sizes.left[id]++
			}
		}
	}
	l.counting = sizes
	w.NearHouseholds, w.NearIdentifiers = p.stand.left, p.stand.nobodys
	if len(w.NearHouseholds)+len(w.NearIdentifiers) > 0 {
		l.due = 0
	}
	if len(p.stand.near) == 0 {
		return
	}
	l.due = 0
	matters := p.asked()
	for _, id := range sortedKeys(p.stand.near) {
		w.Near = append(w.Near, string(id))
		if matters[id] {
			w.NearAccounts = append(w.NearAccounts, string(id))
		}
	}
}

// memberships tells of the outcome. Of customers that were merged it tells nothing where one of them was in before and
// the survivor is after: for who asks by any of their ids, nothing changed.
func (p *plan) memberships(out []customer.Change) []customer.Change {
	if p.stand == nil {
		return out
	}
	survivor := map[identity.CustomerID]identity.CustomerID{}
	was := map[identity.CustomerID]map[string]bool{}
	for _, m := range p.diff.Merges {
		was[m.Survivor] = map[string]bool{}
		for _, id := range m.Absorbed {
			survivor[id] = m.Survivor
			if k := p.stand.retired[id]; k != nil {
				for s := range k.in {
					was[m.Survivor][s] = true
				}
			}
		}
	}
	told := told(p.before(out), p.stand.outcomes)
	told = slices.DeleteFunc(told, func(c customer.Change) bool {
		return c.Membership != nil && c.Membership.Entered && was[c.Membership.Customer][c.Membership.Segment]
	})
	for _, id := range sortedKeys(p.stand.retired) {
		to := survivor[id]
		for _, s := range slices.Sorted(maps.Keys(p.stand.retired[id].in)) {
			if _, is := p.live.stored[s]; !is {
				continue
			}
			if k := p.stand.after[to]; to != "" && k != nil && k.in[s] {
				continue
			}
			gone := customer.Membership{Customer: id, Segment: s}
			if to != "" {
				gone.Customer = to
			}
			if !slices.ContainsFunc(told, func(c customer.Change) bool { return c.Membership != nil && *c.Membership == gone }) {
				told = append(told, customer.Change{Membership: &gone})
			}
		}
	}
	return told
}

// before puts ahead of every merge which segments each of its customers was in.
func (p *plan) before(changes []customer.Change) []customer.Change {
	out := make([]customer.Change, 0, len(changes)+4)
	for _, c := range changes {
		if c.Merged != nil {
			list := []customer.Change{{Was: p.was(c.Merged.Customer, p.stand.known)}}
			any := len(list[0].Was.Segments) > 0
			for _, id := range c.Merged.Absorbed {
				was := p.was(id, p.stand.retired)
				list, any = append(list, customer.Change{Was: was}), any || len(was.Segments) > 0
			}
			if any {
				out = append(out, list...)
			}
		}
		out = append(out, c)
	}
	return out
}

func (p *plan) was(id identity.CustomerID, known map[identity.CustomerID]*known) *customer.Was {
	was := &customer.Was{Customer: id}
	if k := known[id]; k != nil {
		for s := range k.in {
			if _, is := p.live.stored[s]; is {
				was.Segments = append(was.Segments, s)
			}
		}
	}
	slices.Sort(was.Segments)
	return was
}

// standby remembers what a committed plan left, and forgets what it changed about others.
func (p *plan) standby() {
	if p.stand == nil {
		return
	}
	m := &p.live.standby
	for id := range p.views {
		m.drop(id)
	}
	for id := range p.members {
		m.drop(id)
	}
	for _, x := range p.diff.Moves {
		m.drop(x.From)
	}
	for id, s := range p.touched() {
		if k, ok := m.get(id); ok && s.active != never && s.active > k.seen {
			again := *k
			again.seen = s.active
			m.put(id, &again, again.size)
		}
	}
	for id, k := range p.stand.after {
		k.size = 512 + len(k.traits)
		for key, state := range k.states {
			k.size += 64 + len(key) + state.Bytes()
		}
		m.put(id, k, k.size)
	}
}
