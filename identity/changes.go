package identity

import (
	"maps"
	"slices"
)

// diff is what the plan changes.
func (u *Update) diff() *Diff {
	var region []*node
	for _, component := range u.settled {
		judge(component, u.plan.d)
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
	for _, x := range u.plan.d.judged {
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
		links[j.ID()] = &link{Judged: j, held: held{present: true, seen: Unseen}}
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
		return l.seen == Unseen && l.stored && l.Verdict == l.was.Verdict && l.Strength == l.was.Strength
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
	d.customers(workspace, region)
	return d
}

// customers fills in everything about customers. region is sorted by key.
func (d *Diff) customers(workspace []byte, region []*node) {
	ids := map[*node]CustomerID{} // of anchors
	was, is := map[CustomerID][]*node{}, map[CustomerID][]*node{}
	of := func(n *node) CustomerID {
		if n.anchor == nil {
			return ""
		}
		if ids[n.anchor] == "" {
			ids[n.anchor] = CustomerIDOf(workspace, n.anchor.Key)
		}
		return ids[n.anchor]
	}
	for _, n := range region {
		from, to := n.was.Customer, of(n)
		if from != "" {
			was[from] = append(was[from], n)
		}
		if to != "" {
			is[to] = append(is[to], n)
		}
		if from != to {
			d.Moves = append(d.Moves, Move{n.Key, from, to})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(is)) {
		c := Customer{ID: id, Anchor: is[id][0].anchor.Key, Shared: true}
		moved, stoodIn := false, true
		for _, n := range is[id] {
			c.Members = append(c.Members, n.Key)
			c.Shared = c.Shared && n.status == Shared
			moved = moved || n.was.Customer != id
		}
		for _, n := range was[id] {
			stoodIn = stoodIn && n.was.Status == Shared
		}
		if moved || len(was[id]) != len(is[id]) || stoodIn != c.Shared {
			d.Customers = append(d.Customers, c)
		}
	}
	merges := map[CustomerID][]CustomerID{}
	for _, id := range slices.Sorted(maps.Keys(was)) {
		d.history(workspace, id, was, is, of, merges)
	}
	for _, survivor := range slices.Sorted(maps.Keys(merges)) {
		d.Merges = append(d.Merges, Merge{survivor, merges[survivor]})
	}
}

// history tells what became of a former customer.
func (d *Diff) history(workspace []byte, id CustomerID, was, is map[CustomerID][]*node, of func(*node) CustomerID, merges map[CustomerID][]CustomerID) {
	heirs := map[CustomerID]bool{}
	for _, n := range was[id] {
		if to := of(n); to != "" {
			heirs[to] = true
		}
	}
	if is[id] != nil && len(heirs) == 1 {
		return
	}
	if is[id] == nil {
		d.Retired = append(d.Retired, id)
	}
	// A customer's id answers with whoever has the identifier it was made from.
	var owner CustomerID
	for _, n := range was[id] {
		if CustomerIDOf(workspace, n.Key) == id {
			owner = of(n)
		}
	}
	if owner == "" {
		d.Ended = append(d.Ended, Ended{id, slices.Sorted(maps.Keys(heirs))})
		return
	}
	if owner != id {
		merges[owner] = append(merges[owner], id)
	}
	var created []CustomerID
	for _, heir := range slices.Sorted(maps.Keys(heirs)) {
		if heir != owner && was[heir] == nil {
			created = append(created, heir)
		}
	}
	if len(created) > 0 {
		d.Splits = append(d.Splits, Split{id, owner, created})
	}
}
