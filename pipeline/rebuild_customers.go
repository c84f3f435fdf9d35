package pipeline

import (
	"cmp"
	"context"
	"slices"

	"kith/identity"
	"kith/store"
)

// share is one transaction's share of what resolution changes about everything: whole customers, as they were and as
// they are, so that no read sees half of one.
type share struct {
	diff identity.Diff
	fold *fold // identifiers and links that are not stored
}

// customers writes the shares of a diff. fresh is all identifiers that were not stored before.
func (r *rebuild) customers(ctx context.Context, shares []*share, fresh *fold) error {
	r.begin("customers")
	for _, s := range shares {
		p := &plan{applier: r.judge, fold: s.fold, diff: &s.diff, cause: cause{causedByRules, r.judge.rules.Version()}, found: store.Found{Identifiers: map[identity.Key]store.Identifier{}}}
		for _, l := range s.fold.links {
			for _, k := range []identity.Key{l.a, l.b} {
				if _, isNew := fresh.identifiers[k]; !isNew {
					p.found.Identifiers[k] = store.Identifier{Key: k, ID: identity.CustomerIDOf(r.cfg.Graph.WorkspaceKey(), k)}
				}
			}
		}
		if err := p.prepare(ctx); err != nil {
			return err
		}
		w := r.write()
		p.rows(&w)
		p.unseen(&w)
		if err := r.step(ctx, w, p.changes()); err != nil {
			return err
		}
		p.standby()
		if err := r.breathe(ctx, len(s.diff.Moves)); err != nil {
			return err
		}
	}
	return nil
}

// cutter cuts a diff into shares.
type cutter struct {
	parent map[identity.CustomerID]identity.CustomerID // customers that have members in common, before or after
	of     map[identity.CustomerID]int                 // share, by the root of these
	at     map[identity.Key]int                        // share of what moves or is new
	shares []*share
	size   int
	weight int // of the last share
}

// cut cuts a diff into shares of about size rows: first those of customers whose members change, whole, then everything
// else, identifiers before links. fresh is what is not stored yet.
func cut(d *identity.Diff, p *identity.Partition, fresh *fold, size int) []*share {
	c := &cutter{parent: map[identity.CustomerID]identity.CustomerID{}, of: map[identity.CustomerID]int{}, at: map[identity.Key]int{}, size: size}
	c.next()
	c.group(d)
	for _, i := range d.Identifiers {
		s := c.share(i.Key)
		s.diff.Identifiers = append(s.diff.Identifiers, i)
		if f, isNew := fresh.identifiers[i.Key]; isNew {
			s.fold.identifiers[i.Key] = f
		}
	}
	for _, k := range d.Gone {
		s := c.share(k)
		s.diff.Gone = append(s.diff.Gone, k)
	}
	c.links(d, p, fresh)
	for _, x := range d.Rulings {
		s := c.rest()
		s.diff.Rulings = append(s.diff.Rulings, x)
	}
	return slices.DeleteFunc(c.shares, func(s *share) bool {
		d := &s.diff
		return len(d.Moves)+len(d.Customers)+len(d.Retired)+len(d.Identifiers)+len(d.Gone)+len(d.Links)+len(d.Rulings)+len(s.fold.links) == 0
	})
}

func (c *cutter) next() *share {
	s := &share{fold: newFold()}
	c.shares, c.weight = append(c.shares, s), 0
	return s
}

// rest is the share that the next row belonging to no other goes to.
func (c *cutter) rest() *share {
	if c.weight++; c.weight > c.size {
		c.next()
	}
	return c.shares[len(c.shares)-1]
}

// share is where an identifier goes, and what has to be in the same transaction as it or behind.
func (c *cutter) share(k identity.Key) *share {
	if n, moves := c.at[k]; moves {
		return c.shares[n]
	}
	s := c.rest()
	c.at[k] = len(c.shares) - 1
	return s
}

func (c *cutter) root(id identity.CustomerID) identity.CustomerID {
	for up := c.parent[id]; up != ""; up = c.parent[id] {
		if further := c.parent[up]; further != "" {
			c.parent[id] = further // the next one finds it sooner
		}
		id = up
	}
	return id
}

// group deals out what is about customers.
func (c *cutter) group(d *identity.Diff) {
	weight := map[identity.CustomerID]int{}
	for _, m := range d.Moves {
		weight[cmp.Or(m.From, m.To)]++
		if from, to := c.root(m.From), c.root(m.To); m.From != "" && m.To != "" && from != to {
			c.parent[max(from, to)] = min(from, to)
		}
	}
	for _, x := range d.Customers {
		weight[x.ID] += len(x.Members)
	}
	heavy := map[identity.CustomerID]int{}
	for id, n := range weight {
		heavy[c.root(id)] += n
	}
	for _, id := range sortedKeys(heavy) {
		if c.weight > 0 && c.weight+heavy[id] > c.size {
			c.next()
		}
		c.weight += heavy[id]
		c.of[id] = len(c.shares) - 1
	}
	of := func(id identity.CustomerID) *identity.Diff { return &c.shares[c.of[c.root(id)]].diff }
	for _, m := range d.Moves {
		s := of(cmp.Or(m.To, m.From))
		s.Moves = append(s.Moves, m)
		c.at[m.Key] = c.of[c.root(cmp.Or(m.To, m.From))]
	}
	for _, x := range d.Customers {
		s := of(x.ID)
		s.Customers = append(s.Customers, x)
	}
	for _, id := range d.Retired {
		s := of(id)
		s.Retired = append(s.Retired, id)
	}
	for _, x := range d.Merges {
		s := of(x.Survivor)
		s.Merges = append(s.Merges, x)
	}
	for _, x := range d.Splits {
		s := of(x.Was)
		s.Splits = append(s.Splits, x)
	}
}

// links deals out the verdicts, and the links that are not stored yet. A link goes where the later of its ends goes.
func (c *cutter) links(d *identity.Diff, p *identity.Partition, fresh *fold) {
	edges := map[identity.LinkID][]*linkFacts{}
	for _, l := range sorted(fresh.links) {
		id := identity.NewLink(l.a, l.b, l.kind, 0).ID()
		edges[id] = append(edges[id], l)
	}
	put := func(j identity.Judged) {
		a, aHere := c.at[j.A]
		b, bHere := c.at[j.B]
		var s *share
		switch {
		case aHere && bHere:
			s = c.shares[max(a, b)]
		case aHere:
			s = c.shares[a]
		case bHere:
			s = c.shares[b]
		default:
			s = c.rest()
		}
		s.diff.Links = append(s.diff.Links, j)
		for _, l := range edges[j.ID()] {
			s.fold.links[l.id] = l
		}
		delete(edges, j.ID())
	}
	for _, j := range d.Links {
		put(j)
	}
	if len(edges) == 0 {
		return
	}
	for _, j := range p.Links { // another source asserts what is known: the verdict is as it was
		if edges[j.ID()] != nil {
			put(j)
		}
	}
}
