package identity

import (
	"maps"
	"slices"
)

// Resolve says who is who, given all facts: status of every identifier, verdict of every link and decision, and the
// customers. It is the definition; Update computes the same from less.
func Resolve(r *Rules, f Facts) *Partition {
	g := newGraph(r, len(f.Identifiers), len(f.Links))
	marks := g.fill(f)
	for _, n := range g.nodes {
		n.status = Blocked
		if marks[n.Key] != MarkBlocked {
			n.status = Active
		}
	}
	blocked := func(k Key) bool { return g.nodes[k].status == Blocked }
	d := decide(f.Rulings, blocked)

	// Status looks at neighbours only for being BLOCKED, so the order of these does not matter.
	for _, n := range g.nodes {
		if n.status == Active && r.isShared(n, marks[n.Key], d) {
			n.status = Shared
		}
	}
	for _, component := range g.components(d) {
		judge(component, d)
	}
	for _, l := range g.links {
		if l.a.status == Blocked || l.b.status == Blocked {
			l.Verdict = barred(l)
		}
	}
	return g.partition(d)
}

// judge gives the links of a component their verdicts and its identifiers their anchors.
func judge(component []*node, d *decided) {
	for _, n := range component {
		for _, l := range n.links {
			switch {
			case !l.present:
			case !l.ok():
				l.Verdict = barred(l)
			case l.a.level != l.b.level || !survives(l.Strength, n.level):
				l.Verdict = Verdict{Reason: ReasonOversized}
			default:
				l.Verdict = Verdict{Conducts: true}
			}
		}
	}
	follow(component, d)
}

// fill makes the nodes and links of facts. It returns the marks that count.
func (g *graph) fill(f Facts) map[Key]Mark {
	for _, i := range f.Identifiers {
		n := g.node(i.Key)
		n.First = min(n.First, i.First)
	}
	for _, l := range f.Links {
		if g.nodes[l.A] != nil && g.nodes[l.B] != nil {
			at := g.link(l.ID())
			at.First, at.present, at.Weight = min(at.First, l.First), true, l.Weight
		}
	}
	for k, r := range f.Records {
		if n := g.nodes[k]; n != nil {
			n.record = r
		}
	}
	for _, ruling := range f.Rulings {
		g.node(ruling.A)
		g.node(ruling.B)
	}
	set := map[Key][]Marking{}
	for _, m := range f.Markings {
		set[m.Key] = append(set[m.Key], m)
		g.node(m.Key)
	}
	marks := make(map[Key]Mark)
	for k, n := range g.nodes {
		if m := markOf(n.own, set[k]); m != MarkNone {
			marks[k] = m
		}
	}
	return marks
}

// isShared says that an identifier that is not BLOCKED is SHARED: by its mark, or because some type has more groups
// among its neighbours than one person would have. All its links count, followed or not, except those that matching
// made: that many records look like this one says nothing about who uses it.
func (r *Rules) isShared(n *node, mark Mark, d *decided) bool {
	if mark != MarkNone || n.policy.class == Exclusive {
		return mark == MarkShared
	}
	groups := map[*policy]map[Key]bool{}
	for _, l := range n.links {
		other := l.other(n)
		if other.status == Blocked || l.Kind == Matched {
			continue
		}
		if groups[other.policy] == nil {
			groups[other.policy] = map[Key]bool{}
		}
		groups[other.policy][d.name(other.Key)] = true
	}
	for p, names := range groups {
		if len(names) > r.shareOf(n.policy, p) {
			return true
		}
	}
	return false
}

// components gives every identifier that is not BLOCKED its level, and returns what hangs together at it.
func (g *graph) components(d *decided) [][]*node {
	var done [][]*node
	rest := make([]*node, 0, len(g.nodes))
	for _, n := range g.nodes {
		if n.status != Blocked {
			rest = append(rest, n)
		}
	}
	slices.SortFunc(rest, byKey)
	for level := uint8(0); len(rest) > 0; level++ {
		var over []*node
		seen := make(map[*node]bool, len(rest))
		for _, n := range rest {
			if seen[n] {
				continue
			}
			component := g.reach(n, level, d, seen)
			if len(component) > g.rules.Size() && level < strengths {
				over = append(over, component...)
				continue
			}
			for _, m := range component {
				m.level = level
			}
			done = append(done, component)
		}
		rest = over
	}
	return done
}

// reach is what hangs together with n at a level, in links and followed joins.
func (g *graph) reach(n *node, level uint8, d *decided, seen map[*node]bool) []*node {
	out := []*node{n}
	seen[n] = true
	visit := func(m *node) {
		if !seen[m] {
			seen[m] = true
			out = append(out, m)
		}
	}
	for i := 0; i < len(out); i++ {
		at := out[i]
		for _, l := range at.links {
			if l.isOK() && survives(l.Strength, level) {
				visit(l.other(at))
			}
		}
		for _, k := range d.members(at.Key) {
			visit(g.nodes[k])
		}
	}
	return out
}

func (g *graph) partition(d *decided) *Partition {
	p := &Partition{
		Identifiers: make([]Placed, 0, len(g.nodes)), Links: make([]Judged, 0, len(g.links)), Rulings: d.judged,
	}
	for _, n := range slices.SortedFunc(maps.Values(g.nodes), byKey) {
		p.Identifiers = append(p.Identifiers, n.placed())
	}
	for _, l := range slices.SortedFunc(maps.Values(g.links), byLink) {
		p.Links = append(p.Links, l.Judged)
	}
	return p
}

func (n *node) placed() Placed {
	p := Placed{Identifier: n.Identifier, Status: n.status, Level: n.level}
	if n.anchor != nil {
		p.Anchor = n.anchor.Key
	}
	return p
}
