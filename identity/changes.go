package identity

import (
	"maps"
	"slices"
)

// diff is what the plan changes.
func (u *Update) diff() *Diff {
	var region []*node
	for _, component := range u.settled {
		judge(component, u.d)
		region = append(region, component...)
	}
	inside := func(n *node) bool { return n.component != nil && n.component.outcome == whole }
	for _, n := range u.nodes {
		came, went := n.exists && !n.stored, n.stored && (!n.exists || n.status == Blocked)
		if !inside(n) && (came || went) {
			n.anchor, n.level = nil, 0
			region = append(region, n)
		}
	}
	var links []*link
	for _, l := range u.links {
		if !l.present {
			continue
		}
		switch {
		case !l.ok():
			l.Verdict = barred(l)
		case !inside(l.a) && !inside(l.b):
			l.Verdict = l.was.Verdict
		}
		links = append(links, l)
	}
	d := compare(u.workspace, region, links)
	for _, x := range u.d.judged {
		if u.circle[u.nodes[x.A]] {
			d.Rulings = append(d.Rulings, x)
		}
	}
	return d
}

// Against is what the partition of all facts changes about all that is stored: what a new version of the rules does.
// Of stored it needs Members and Links.
func (p *Partition) Against(workspace []byte, stored Answer) *Diff {
	nodes := make(map[Key]*node, len(p.Identifiers))
	at := func(k Key) *node {
		if nodes[k] == nil {
			nodes[k] = &node{Identifier: Identifier{k, Unseen}}
		}
		return nodes[k]
	}
	for _, i := range p.Identifiers {
		n := at(i.Key)
		n.Identifier, n.status, n.level, n.exists = i.Identifier, i.Status, i.Level, true
		if i.Anchor != "" {
			n.anchor = at(i.Anchor)
		}
	}
	for _, s := range stored.Members {
		n := at(s.Key)
		n.stored, n.was = true, s
	}
	links := make(map[LinkID]*link, len(p.Links))
	for _, j := range p.Links {
		links[j.ID()] = &link{Judged: j, held: held{present: true, seen: Unseen, reset: Unseen}}
	}
	for _, j := range stored.Links {
		if l := links[j.ID()]; l != nil {
			l.stored, l.was = true, j
		}
	}
	d := compare(workspace, slices.Collect(maps.Values(nodes)), slices.Collect(maps.Values(links)))
	d.Rulings = p.Rulings
	return d
}

// compare puts together what differs between what is stored of a region and what was resolved. Customers, as they
// were and as they are, lie wholly inside the region.
func compare(workspace []byte, region []*node, links []*link) *Diff {
	d := &Diff{}
	slices.SortFunc(region, byKey)
	for _, n := range region {
		switch {
		case !n.exists && n.stored:
			d.Gone = append(d.Gone, n.Key)
		case !n.exists:
		case !n.stored || n.status != n.was.Status || n.level != n.was.Level:
			d.Identifiers = append(d.Identifiers, n.placed())
			if n.level > n.was.Level {
				d.Oversized = append(d.Oversized, n.Key)
			}
		}
	}
	links = slices.DeleteFunc(links, func(l *link) bool {
		// What is stored and was not loaded is what it was: it had to be seen to change.
		same := !l.stored && l.existed() || l.stored && l.Verdict == l.was.Verdict && l.Strength == l.was.Strength && l.Weight == l.was.Weight
		return l.seen == Unseen && same
	})
	slices.SortFunc(links, byLink)
	for _, l := range links {
		j := l.Judged
		if l.seen != Unseen {
			// What is stored of it need not have been loaded.
			j.First = l.seen
		}
		d.Links = append(d.Links, j)
	}
	c := census{d: d, workspace: workspace, ids: map[*node]CustomerID{}, was: map[CustomerID][]*node{}, is: map[CustomerID][]*node{}}
	c.take(region)
	return d
}

// census is the customers of a region, as they were and as they are.
type census struct {
	d         *Diff
	workspace []byte
	ids       map[*node]CustomerID // of anchors
	was, is   map[CustomerID][]*node
}

// of is the customer an identifier is of now; empty when it has none.
func (c *census) of(n *node) CustomerID {
	if n.anchor == nil {
		return ""
	}
	if c.ids[n.anchor] == "" {
		c.ids[n.anchor] = CustomerIDOf(c.workspace, n.anchor.Key)
	}
	return c.ids[n.anchor]
}

// take fills in everything the diff says of customers. region is sorted by key.
func (c *census) take(region []*node) {
	for _, n := range region {
		from, to := n.was.Customer, c.of(n)
		if from != "" {
			c.was[from] = append(c.was[from], n)
		}
		if to != "" {
			c.is[to] = append(c.is[to], n)
		}
		if from != to {
			c.d.Moves = append(c.d.Moves, Move{n.Key, from, to})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.is)) {
		c.customer(id)
	}
	absorbed := map[CustomerID][]CustomerID{}
	for _, id := range slices.Sorted(maps.Keys(c.was)) {
		c.former(id, absorbed)
	}
	for _, survivor := range slices.Sorted(maps.Keys(absorbed)) {
		c.d.Merges = append(c.d.Merges, Merge{survivor, absorbed[survivor]})
	}
}

// customer tells of one of now, if it is not what it was.
func (c *census) customer(id CustomerID) {
	one := Customer{ID: id, Anchor: c.is[id][0].anchor.Key, Shared: true}
	moved, stoodIn := false, true
	for _, n := range c.is[id] {
		one.Members = append(one.Members, n.Key)
		one.Shared = one.Shared && n.status == Shared
		moved = moved || n.was.Customer != id
	}
	for _, n := range c.was[id] {
		stoodIn = stoodIn && n.was.Status == Shared
	}
	if moved || len(c.was[id]) != len(c.is[id]) || stoodIn != one.Shared {
		c.d.Customers = append(c.d.Customers, one)
	}
}

// former tells what became of one that was.
func (c *census) former(id CustomerID, absorbed map[CustomerID][]CustomerID) {
	heirs := map[CustomerID]bool{}
	for _, n := range c.was[id] {
		if to := c.of(n); to != "" {
			heirs[to] = true
		}
	}
	if c.is[id] != nil && len(heirs) == 1 {
		return
	}
	if c.is[id] == nil {
		c.d.Retired = append(c.d.Retired, id)
	}
	// A customer's id answers with whoever has the identifier it was made from.
	var owner CustomerID
	for _, n := range c.was[id] {
		if CustomerIDOf(c.workspace, n.Key) == id {
			owner = c.of(n)
		}
	}
	if owner == "" {
		c.d.Ended = append(c.d.Ended, Ended{id, slices.Sorted(maps.Keys(heirs))})
		return
	}
	if owner != id {
		absorbed[owner] = append(absorbed[owner], id)
	}
	var created []CustomerID
	for _, heir := range slices.Sorted(maps.Keys(heirs)) {
		if heir != owner && c.was[heir] == nil {
			created = append(created, heir)
		}
	}
	if len(created) > 0 {
		c.d.Splits = append(c.d.Splits, Split{id, owner, created})
	}
}
