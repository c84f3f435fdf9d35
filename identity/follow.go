package identity

import (
	"slices"

	"kith/event"
	"kith/identity/match"
)

// follow resolves identifiers that hang together, and all of them: it sets the verdict of every link that conducts
// among them and the anchor of every one of them. Links are taken strongest and earliest first; one that would break a
// rule is left out, and what follows goes on without it.
func follow(members []*node, d *decided) {
	f := newForest(members, d)
	f.weighed = map[[2]int]int32{}
	var links []*link
	for _, n := range members {
		for _, l := range n.links {
			if l.a == n && l.Conducts {
				links = append(links, l)
			}
		}
	}
	slices.SortFunc(links, byStrength)
	for _, l := range links {
		a, b := f.root(l.a.place), f.root(l.b.place)
		l.Verdict = f.against(a, b, l)
		l.Conducts = true
		if l.Followed {
			f.unite(a, b)
		}
	}
	f.anchor(members)
}

// forest is the cells while they grow: a union-find over the places of members.
type forest struct {
	parent []int32
	cells  []cell // of roots

	members []*node
	weighed map[[2]int]int32 // what two records say across, by places
}

type cell struct {
	counts  []count // groups per type that has a limit
	apart   []apart // parted pairs with one end here
	records []int   // places of those that have something to compare
}

type count struct {
	policy *policy
	groups int
}

type apart struct {
	other int // place
	part  string
}

func newForest(members []*node, d *decided) *forest {
	f := &forest{parent: make([]int32, len(members)), cells: make([]cell, len(members)), members: members}
	for i, n := range members {
		n.place = i
		f.parent[i] = int32(i)
	}
	place := make(map[Key]int)
	for i, n := range members {
		if d.of[n.Key] != nil || d.parts[n.Key] != nil {
			place[n.Key] = i
		}
	}
	for i, n := range members {
		root := i
		if g := d.of[n.Key]; g != nil {
			root = place[g.members[0]]
			f.parent[i] = int32(root)
		}
		c := &f.cells[root]
		if n.record != nil {
			c.records = append(c.records, i)
		}
		if n.policy.limit > 0 && !slices.ContainsFunc(c.counts, func(x count) bool { return x.policy == n.policy }) {
			c.counts = append(c.counts, count{n.policy, 1})
		}
		for _, part := range d.parts[n.Key] {
			other := part.A
			if other == n.Key {
				other = part.B
			}
			if at, here := place[other]; here {
				c.apart = append(c.apart, apart{at, part.Decision})
			}
		}
	}
	return f
}

func (f *forest) root(i int) int {
	for int(f.parent[i]) != i {
		f.parent[i] = f.parent[f.parent[i]]
		i = int(f.parent[i])
	}
	return i
}

// against is the verdict on uniting two cells: followed, or the first rule that forbids it.
func (f *forest) against(a, b int, l *link) Verdict {
	if a == b {
		return Verdict{Followed: true}
	}
	var exclusive, limit, part string
	for _, x := range f.cells[a].counts {
		for _, y := range f.cells[b].counts {
			switch {
			case x.policy != y.policy || x.groups+y.groups <= x.policy.limit:
			case x.policy.class == Exclusive:
				exclusive = first(exclusive, x.policy.name)
			default:
				limit = first(limit, x.policy.name)
			}
		}
	}
	fewer, other := a, b
	if len(f.cells[b].apart) < len(f.cells[a].apart) {
		fewer, other = b, a
	}
	for _, x := range f.cells[fewer].apart {
		if f.root(x.other) == other {
			part = first(part, x.part)
		}
	}
	switch {
	case exclusive != "":
		return Verdict{Reason: ReasonExclusive, Cause: exclusive}
	case limit != "":
		return Verdict{Reason: ReasonLimit, Cause: limit}
	case part != "":
		return Verdict{Reason: ReasonPart, Cause: part}
	case !f.agree(a, b, l):
		return Verdict{Reason: ReasonEvidence}
	}
	return Verdict{Followed: true}
}

// agree says that the records of two cells allow them to be one person.
func (f *forest) agree(a, b int, l *link) bool {
	x, y := f.cells[a].records, f.cells[b].records
	if len(x) == 0 || len(y) == 0 {
		return true
	}
	cross := make([]int32, 0, len(x)*len(y))
	for _, i := range x {
		for _, j := range y {
			cross = append(cross, f.cross(i, j))
		}
	}
	return l.borneOut(cross)
}

// borneOut says that the records across allow what a link says. One that matching made they must bear out. One that was
// observed stands where they say nothing. Where they do, an e-mail address or a phone number is among what they say, and
// is not evidence twice; any other identifier makes up for what speaks against, up to a point.
func (l *link) borneOut(cross []int32) bool {
	mean, ok := l.a.model.Mean(cross)
	silent := !slices.ContainsFunc(cross, func(w int32) bool { return w != match.Neutral })
	switch {
	case ok || l.Kind == Matched:
		return ok
	case l.compared():
		return silent
	}
	return silent || mean >= 0
}

// compared says that matching compares what the link hangs on.
func (l *link) compared() bool {
	for _, typ := range []string{l.A.Type(), l.B.Type()} {
		if typ == event.Email || typ == event.Phone {
			return true
		}
	}
	return false
}

// cross is what two records say on whether they are one person.
func (f *forest) cross(i, j int) int32 {
	if j < i {
		i, j = j, i
	}
	w, known := f.weighed[[2]int{i, j}]
	if !known {
		w = f.members[0].model.Cross(f.members[i].record, f.members[j].record)
		f.weighed[[2]int{i, j}] = w
	}
	return w
}

// first is the smaller of two texts of which the first may be missing.
func first(a, b string) string {
	if a == "" {
		return b
	}
	return min(a, b)
}

func (f *forest) unite(a, b int) {
	if a == b {
		return
	}
	into, from := &f.cells[a], &f.cells[b]
	if len(from.counts)+len(from.apart)+len(from.records) > len(into.counts)+len(into.apart)+len(into.records) {
		a, b, into, from = b, a, from, into
	}
	f.parent[b] = int32(a)
	for _, y := range from.counts {
		if i := slices.IndexFunc(into.counts, func(x count) bool { return x.policy == y.policy }); i >= 0 {
			into.counts[i].groups += y.groups
		} else {
			into.counts = append(into.counts, y)
		}
	}
	into.apart = append(into.apart, from.apart...)
	into.records = append(into.records, from.records...)
	*from = cell{}
}

// anchor gives every member the strongest, then oldest identifier of its cell.
func (f *forest) anchor(members []*node) {
	best := make([]*node, len(members))
	for i, n := range members {
		if root := f.root(i); best[root] == nil || byAnchor(n, best[root]) < 0 {
			best[root] = n
		}
	}
	for i, n := range members {
		n.anchor = best[f.root(i)]
	}
}
