package pipeline

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"kith/event"
	"kith/identity"
	"kith/store"
)

// left is what the records of a batch no longer say, and what else is there of it.
type left struct {
	rewritten   map[identity.Key]bool   // records that change
	traits      map[identity.Key]string // theirs, as they were stored
	identifiers map[identity.Key]store.Remaining
	raw         map[identity.Key]string          // how those that are left are written in their earliest facts
	pairs       map[[2]identity.Key]event.Millis // that are left
	gonePairs   map[[2]identity.Key]bool         // that were said
	goneLinks   []string
	reset       map[identity.Key]bool // first seen at another time than is stored
}

func (a *applier) left(ctx context.Context, changes []recordChange) (*left, error) {
	l := &left{rewritten: map[identity.Key]bool{}, traits: map[identity.Key]string{}, raw: map[identity.Key]string{}, gonePairs: map[[2]identity.Key]bool{}, reset: map[identity.Key]bool{}}
	ask := store.Asking{}
	for i := range changes {
		c := &changes[i]
		l.rewritten[c.key] = true
		ask.Records = append(ask.Records, c.key)
		if c.old == nil {
			continue
		}
		for _, x := range c.old.Identifiers {
			ask.Identifiers = append(ask.Identifiers, identity.Key(x.Key()))
		}
		for _, pair := range pairsOf(c.old) {
			l.goneLinks = append(l.goneLinks, recordLinkID(pair, string(c.key)))
			l.gonePairs[pair] = true
		}
	}
	slices.Sort(ask.Identifiers)
	ask.Identifiers = slices.Compact(ask.Identifiers)
	ask.Pairs = slices.SortedFunc(maps.Keys(l.gonePairs), func(x, y [2]identity.Key) int {
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
	})
	var err error
	if l.identifiers, l.pairs, err = a.cfg.Graph.Remaining(ctx, ask); err != nil {
		return nil, err
	}
	return l, a.howWritten(ctx, l)
}

// howWritten finds the raw values of identifiers in the earliest facts that are left.
func (a *applier) howWritten(ctx context.Context, l *left) error {
	var records []identity.Key
	var calls []string
	for _, r := range l.identifiers {
		records = append(records, r.Records...)
		for _, c := range r.Calls {
			calls = append(calls, touchpointOf(c))
		}
	}
	stored, err := a.cfg.Graph.Records(ctx, records)
	if err != nil {
		return err
	}
	told, err := a.cfg.Graph.TouchpointsStored(ctx, calls)
	if err != nil {
		return err
	}
	for _, k := range sortedOf(l.identifiers) {
		var list []event.Identifier
		for _, name := range l.identifiers[k].Records {
			v, err := recoded(a.rules, stored[name])
			if err != nil {
				return err
			}
			list = append(list, v.Identifiers...)
		}
		for _, c := range l.identifiers[k].Calls {
			if row, there := told[touchpointOf(c)]; there {
				call := recall(row, a.rules).call
				list = append(list, call.Identifiers...)
				if call.PreviousID != nil {
					list = append(list, *call.PreviousID)
				}
			}
		}
		for _, i := range list {
			if raw, have := l.raw[k]; i.Key() == string(k) && (!have || i.Raw < raw) {
				l.raw[k] = i.Raw
			}
		}
	}
	return nil
}

func touchpointOf(t store.Told) string {
	if t.ID != "" {
		return t.ID
	}
	return TouchpointID(t.Source, t.MessageID)
}

func sortedOf[V any](m map[identity.Key]V) []identity.Key { return slices.Sorted(maps.Keys(m)) }

// asked is what the fold touches, and what records said before.
func (l *left) asked(f *fold) store.Asked {
	ask := asked(f)
	ask.Links = nil // edges of records are written whole
	ask.Identifiers = slices.AppendSeq(ask.Identifiers, maps.Keys(l.identifiers))
	slices.Sort(ask.Identifiers)
	ask.Identifiers = slices.Compact(ask.Identifiers)
	return ask
}

// delta is what the records change about what resolution knows.
func (l *left) delta(f *fold, found store.Found, m identity.MatchDiff) identity.Delta {
	d := identity.Delta{Records: maps.Clone(m.Says)}
	for _, i := range sorted(f.identifiers) {
		known, stored := found.Identifiers[i.key]
		_, said := l.identifiers[i.key]
		switch {
		case !stored:
			d.New = append(d.New, identity.Identifier{Key: i.key, First: i.first})
		case i.first < known.FirstSeen || said:
			d.Identifiers = append(d.Identifiers, identity.Identifier{Key: i.key, First: i.first})
		}
	}
	for _, k := range sortedOf(l.identifiers) {
		first := l.identifiers[k].First
		if said, again := f.identifiers[k]; again {
			first = min(first, said.first)
		}
		switch {
		case first == identity.Unseen:
			d.Gone = append(d.Gone, k)
			delete(d.Records, k)
		case first != found.Identifiers[k].FirstSeen || l.identifiers[k].First != found.Identifiers[k].FirstSeen:
			l.reset[k] = true
			d.Reset = append(d.Reset, identity.Identifier{Key: k, First: first})
		}
	}
	for pair := range l.gonePairs {
		if rest, there := l.pairs[pair]; there {
			d.ResetLinks = append(d.ResetLinks, identity.NewLink(pair[0], pair[1], identity.Observed, rest))
		} else {
			d.GoneLinks = append(d.GoneLinks, identity.LinkID{A: pair[0], B: pair[1], Kind: identity.Observed})
		}
	}
	for _, x := range sorted(f.links) {
		d.Links = append(d.Links, identity.NewLink(x.a, x.b, x.kind, x.span.first))
	}
	d.Links = append(d.Links, m.Links...)
	d.GoneLinks = append(d.GoneLinks, m.Gone...)
	return d
}

// forget makes found say what is stored without what the records said.
func (l *left) forget(found store.Found) {
	for k := range l.rewritten {
		if known, stored := found.Identifiers[k]; stored {
			l.traits[k], known.Traits = known.Traits, ""
			found.Identifiers[k] = known
		}
	}
	for k := range l.reset {
		known := found.Identifiers[k]
		known.FirstSeen, known.Raw = l.identifiers[k].First, l.raw[k]
		found.Identifiers[k] = known
	}
}

// dirty is the customers that show something else because of what records no longer say.
func (l *left) dirty(p *plan) []identity.CustomerID {
	var out []identity.CustomerID
	for _, set := range []map[identity.Key]bool{l.rewritten, l.reset} {
		for k := range set {
			out = append(out, p.customerOf(k))
		}
	}
	return out
}
