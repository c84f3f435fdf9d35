package pipeline

import (
	"context"
	"slices"

	"kith/customer"
	"kith/event"
	"kith/identity"
	"kith/store"
)

// plan is what a fold and its resolution come to: the rows of one transaction, and the changes it makes.
type plan struct {
	*applier
	fold  *fold
	found store.Found
	diff  *identity.Diff
	cause cause
	stand *stand
	left  *left // what records no longer say; nil when there are none

	merged   map[identity.Key]customer.Traits   // traits of identifiers after the fold, where they changed
	shapes   map[identity.Key]map[string]string // and which they were before
	at       map[identity.Key]identity.CustomerID
	members  map[identity.CustomerID][]identity.Key // of customers whose membership changed
	views    map[identity.CustomerID]customer.View
	shared   map[identity.CustomerID]bool
	made     map[identity.CustomerID]bool // did not exist before
	ids      map[identity.Key]identity.CustomerID
	customer map[identity.CustomerID]store.StoredCustomer
}

// customerOf is who an identifier of the fold belongs to after resolution; empty when it is BLOCKED.
func (p *plan) customerOf(k identity.Key) identity.CustomerID {
	if c, moved := p.at[k]; moved {
		return c
	}
	return p.found.Identifiers[k].Customer
}

// id is the customer id an identifier owns.
func (p *plan) id(k identity.Key) identity.CustomerID {
	if known, ok := p.found.Identifiers[k]; ok {
		return known.ID
	}
	if id, ok := p.ids[k]; ok {
		return id
	}
	id := identity.CustomerIDOf(p.cfg.Graph.WorkspaceKey(), k)
	p.ids[k] = id
	return id
}

// prepare reads off the diff who is where, puts the new traits to the old ones, and assembles the view of every
// customer whose members or traits changed.
func (p *plan) prepare(ctx context.Context) error {
	p.ids = map[identity.Key]identity.CustomerID{}
	p.at = make(map[identity.Key]identity.CustomerID, len(p.diff.Moves))
	for _, m := range p.diff.Moves {
		p.at[m.Key] = m.To
	}
	p.members = make(map[identity.CustomerID][]identity.Key, len(p.diff.Customers))
	p.shared = make(map[identity.CustomerID]bool, len(p.diff.Customers))
	for _, c := range p.diff.Customers {
		p.members[c.ID], p.shared[c.ID] = c.Members, c.Shared
	}
	dirty, err := p.mergeTraits()
	if err != nil {
		return err
	}
	if err := p.names(ctx); err != nil {
		return err
	}
	if err := p.assemble(ctx, dirty); err != nil {
		return err
	}
	return p.standing(ctx)
}

// mergeTraits adds the fold's trait values to those of their identifiers. It returns the customers whose members
// stay and whose traits or times may have changed in a way that only a look at all members tells.
func (p *plan) mergeTraits() (map[identity.CustomerID]bool, error) {
	p.merged, p.shapes = map[identity.Key]customer.Traits{}, map[identity.Key]map[string]string{}
	dirty := map[identity.CustomerID]bool{}
	for _, i := range sorted(p.fold.identifiers) {
		known := p.found.Identifiers[i.key]
		c := p.customerOf(i.key)
		rewritten := p.left != nil && p.left.rewritten[i.key]
		if len(i.traits) > 0 || rewritten {
			traits, err := customer.ParseTraits(known.Traits)
			if err != nil {
				return nil, err
			}
			before := shape(traits)
			if rewritten {
				if before, err = p.shapeOf(i.key); err != nil {
					return nil, err
				}
			}
			changed := rewritten
			for _, t := range i.traits {
				changed = traits.Add(t.key, t.version) || changed
			}
			if changed {
				p.merged[i.key], p.shapes[i.key] = traits, before
				dirty[c] = true
			}
		}
		if i.active == never && i.first < known.FirstSeen {
			dirty[c] = true // a passive call moves first seen, and with it perhaps last seen, down
		}
	}
	if p.left != nil {
		for _, c := range p.left.dirty(p) {
			dirty[c] = true
		}
	}
	delete(dirty, "")
	return dirty, nil
}

// assemble makes the views, with one read for all members that the batch itself did not bring.
func (p *plan) assemble(ctx context.Context, dirty map[identity.CustomerID]bool) error {
	ask := map[identity.CustomerID]bool{}
	for id := range dirty {
		if _, regrouped := p.members[id]; !regrouped {
			ask[id] = true
		}
	}
	for _, m := range p.diff.Moves {
		if m.From != "" {
			ask[m.From] = true
		}
	}
	for id, keys := range p.members {
		for _, k := range keys {
			if _, moved := p.at[k]; !moved {
				ask[id] = true // somebody of it was there before
				break
			}
		}
	}
	var err error
	if p.customer, err = p.cfg.Graph.Customers(ctx, sortedKeys(ask)); err != nil {
		return err
	}
	stored := map[identity.Key]store.StoredMember{}
	for _, c := range p.customer {
		for _, m := range c.Members {
			stored[m.Key] = m
			p.ids[m.Key] = m.ID
		}
	}
	var missing []identity.Key // came from no customer: BLOCKED before, or named by decisions alone
	for _, keys := range p.members {
		for _, k := range keys {
			_, here := stored[k]
			_, looked := p.found.Identifiers[k]
			_, folded := p.fold.identifiers[k]
			if !here && (looked || !folded) {
				missing = append(missing, k)
			}
		}
	}
	slices.Sort(missing)
	more, err := p.cfg.Graph.Members(ctx, missing)
	if err != nil {
		return err
	}
	for k, m := range more {
		stored[k] = m
	}

	p.views = map[identity.CustomerID]customer.View{}
	p.made = map[identity.CustomerID]bool{}
	assemble := func(id identity.CustomerID, keys []identity.Key) error {
		members := make([]customer.Member, 0, len(keys))
		for _, k := range keys {
			m, err := p.member(k, stored)
			if err != nil {
				return err
			}
			members = append(members, m)
		}
		before, existed := p.customer[id]
		p.made[id] = !existed
		p.views[id] = customer.Assemble(members, p.rules.SourceRank, p.rules.Anonymous, before.Traits)
		return nil
	}
	for id, keys := range p.members {
		if err := assemble(id, keys); err != nil {
			return err
		}
	}
	for id := range dirty {
		if _, done := p.views[id]; done {
			continue
		}
		keys := make([]identity.Key, 0, len(p.customer[id].Members))
		for _, m := range p.customer[id].Members {
			keys = append(keys, m.Key)
		}
		if err := assemble(id, keys); err != nil {
			return err
		}
	}
	return nil
}

// member is one identifier as it is after the fold.
func (p *plan) member(k identity.Key, stored map[identity.Key]store.StoredMember) (customer.Member, error) {
	m := customer.Member{Key: k, Type: k.Type(), Value: k.Value(), FirstSeen: identity.Unseen, Active: never}
	if s, ok := stored[k]; ok {
		m.FirstSeen, m.Active = s.FirstSeen, s.Active
		if _, changed := p.merged[k]; !changed {
			traits, err := customer.ParseTraits(s.Traits)
			if err != nil {
				return m, err
			}
			m.Traits = traits
		}
	}
	if p.left != nil && p.left.reset[k] {
		m.FirstSeen = p.left.identifiers[k].First
	}
	if f, ok := p.fold.identifiers[k]; ok {
		m.FirstSeen, m.Active = min(m.FirstSeen, f.first), max(m.Active, f.active)
	}
	if traits, changed := p.merged[k]; changed {
		m.Traits = traits
	}
	return m, nil
}

func sortedKeys[V any](m map[identity.CustomerID]V) []identity.CustomerID {
	out := make([]identity.CustomerID, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// touched is the customers that the fold's identifiers belong to, and what the batch says about when they were seen.
func (p *plan) touched() map[identity.CustomerID]*seen {
	out := map[identity.CustomerID]*seen{}
	for _, i := range p.fold.identifiers {
		c := p.customerOf(i.key)
		if c == "" {
			continue
		}
		s := out[c]
		if s == nil {
			s = &seen{first: i.first, active: i.active}
			out[c] = s
		}
		s.first, s.active = min(s.first, i.first), max(s.active, i.active)
		s.earlier = s.earlier || i.first < p.found.Identifiers[i.key].FirstSeen
	}
	return out
}

type seen struct {
	first, active event.Millis
	acted         bool
	earlier       bool // than an identifier was known to have been
}
