package feed

import (
	"slices"

	"kith/customer"
	"kith/identity"
)

type set map[*Subscription]struct{}

// index finds the subscriptions that a change concerns, so that a change costs what its audience costs.
type index struct {
	holders map[identity.CustomerID]set // by who holds the watched id now
	watched map[identity.CustomerID]set // by the watched id
	filters map[string]*filtered        // by filter
	names   map[string][]*filtered      // filters with names, by each of them
	others  []*filtered                 // filters without
	members map[string]set              // who watches a segment, by its id
	crowds  map[string]*crowd           // who watches its members, by its id
}

// filtered is all subscriptions with one filter.
type filtered struct {
	filter *filter
	subs   set
}

func newIndex() *index {
	return &index{
		holders: map[identity.CustomerID]set{}, watched: map[identity.CustomerID]set{},
		filters: map[string]*filtered{}, names: map[string][]*filtered{}, members: map[string]set{}, crowds: map[string]*crowd{},
	}
}

func put[K comparable](m map[K]set, key K, s *Subscription) {
	if m[key] == nil {
		m[key] = set{}
	}
	m[key][s] = struct{}{}
}

func take[K comparable](m map[K]set, key K, s *Subscription) {
	delete(m[key], s)
	if len(m[key]) == 0 {
		delete(m, key)
	}
}

func (x *index) add(s *Subscription) {
	if f := s.watch.filter; f != nil {
		x.addFilter(f).subs[s] = struct{}{}
		return
	}
	if id := s.watch.segment; id != "" {
		put(x.members, id, s)
		return
	}
	if c := s.watch.crowd; c != nil {
		if x.crowds[c.segment] == nil {
			c.subs = set{}
			x.crowds[c.segment] = c
		}
		s.watch.crowd = x.crowds[c.segment] // at the same place it has the same members
		s.watch.crowd.subs[s] = struct{}{}
		return
	}
	put(x.holders, s.watch.holder, s)
	put(x.watched, s.watch.id, s)
}

func (x *index) addFilter(f *filter) *filtered {
	if g := x.filters[f.key]; g != nil {
		return g
	}
	g := &filtered{f, set{}}
	x.filters[f.key] = g
	if f.Names == nil {
		x.others = append(x.others, g)
	}
	for _, name := range f.Names {
		x.names[name] = append(x.names[name], g)
	}
	return g
}

// move follows a watch that has left the customer before.
func (x *index) move(s *Subscription, before identity.CustomerID) {
	take(x.holders, before, s)
	put(x.holders, s.watch.holder, s)
}

func (x *index) remove(s *Subscription) {
	if id := s.watch.segment; id != "" {
		take(x.members, id, s)
		return
	}
	if c := s.watch.crowd; c != nil {
		if delete(c.subs, s); len(c.subs) == 0 {
			delete(x.crowds, c.segment)
		}
		return
	}
	f := s.watch.filter
	if f == nil {
		take(x.holders, s.watch.holder, s)
		take(x.watched, s.watch.id, s)
		return
	}
	g := x.filters[f.key]
	if g == nil {
		return
	}
	delete(g.subs, s)
	if len(g.subs) > 0 {
		return
	}
	delete(x.filters, f.key)
	x.others = without(x.others, g)
	for _, name := range f.Names {
		if x.names[name] = without(x.names[name], g); len(x.names[name]) == 0 {
			delete(x.names, name)
		}
	}
}

// without makes a new list: the old one may be being walked.
func without(list []*filtered, g *filtered) []*filtered {
	return slices.DeleteFunc(slices.Clone(list), func(other *filtered) bool { return other == g })
}

// audience calls f for every subscription that a change may concern, each once. f may add, remove and move subscriptions.
func (x *index) audience(c customer.Change, f func(*Subscription)) {
	switch {
	case c.Changed != nil:
		each(x.holders[c.Changed.Customer], f)
		x.crowd(c, f)
	case c.Membership != nil:
		each(x.members[c.Membership.Segment], f)
		x.crowd(c, f)
	case c.Deleted != nil:
		each(x.members[c.Deleted.Segment], f)
		if w := x.crowds[c.Deleted.Segment]; w != nil {
			each(w.subs, f)
		}
	case c.Merged != nil:
		concerned := set{}
		x.crowd(c, func(s *Subscription) { concerned[s] = struct{}{} })
		concerned.include(x.holders[c.Merged.Customer])
		for _, id := range c.Merged.Absorbed {
			concerned.include(x.holders[id])
			concerned.include(x.watched[id])
		}
		each(concerned, f)
	case c.Split != nil:
		concerned := set{}
		x.crowd(c, func(s *Subscription) { concerned[s] = struct{}{} })
		concerned.include(x.holders[c.Split.Customer])
		for _, part := range c.Split.Created {
			for _, id := range part.IDs {
				concerned.include(x.watched[id])
			}
		}
		each(concerned, f)
	case c.Moved != nil:
		concerned := set{}
		for _, id := range c.Moved.IDs {
			concerned.include(x.watched[id])
		}
		each(concerned, f)
	case c.Touchpoint != nil:
		for _, groups := range [...][]*filtered{x.names[c.Touchpoint.Name], x.others} {
			for _, g := range groups {
				if g.filter.match(c.Touchpoint) {
					each(g.subs, f)
				}
			}
		}
	}
}

// crowd takes the step of a change with every crowd, and calls f for who shares one that it is of.
func (x *index) crowd(c customer.Change, f func(*Subscription)) {
	for _, w := range x.crowds {
		if w.step(c) {
			each(w.subs, f)
		}
	}
}

func (s set) include(o set) {
	for sub := range o {
		s[sub] = struct{}{}
	}
}

func each(subs set, f func(*Subscription)) {
	for s := range subs {
		f(s)
	}
}
