package identity

import (
	"cmp"
	"slices"

	"kith/identity/match"
)

// node is an identifier while it is being resolved.
type node struct {
	Identifier
	model  *match.Model
	policy *policy
	own    Mark // of the rules
	status Status
	level  uint8
	anchor *node // of its cell; nil: no customer
	links  []*link
	record *match.Record // of one of type record
	place  int           // in the slice that follow works on
	stamp  int           // of the last walk that came by

	known // what an Update knows of the stored one
}

// link is a link while it is being resolved.
type link struct {
	Judged
	a, b *node
	held // what an Update knows of the stored one
}

func (l *link) other(n *node) *node {
	if l.a == n {
		return l.b
	}
	return l.a
}

// ok says that nothing but size can keep the link from conducting.
func (l *link) ok() bool { return l.a.status == Active && l.b.status == Active && l.strong(&l.Judged) }

// strong says that a link is more than a candidate for a steward.
func (l *link) strong(j *Judged) bool { return j.Kind != Matched || j.Weight >= l.a.model.Join() }

// isOK says the same of a link that may not be there.
func (l *link) isOK() bool { return l.present && l.ok() }

// survives says that the size rule leaves a class of links at a level.
func survives(strength, level uint8) bool { return strength < strengths-level }

// graph is identifiers and links by name. Policies are interned, so that they compare by pointer.
type graph struct {
	rules    *Rules
	nodes    map[Key]*node
	links    map[LinkID]*link
	policies map[string]*policy
	walks    int
}

// newGraph expects so many identifiers and links.
func newGraph(r *Rules, nodes, links int) *graph {
	return &graph{rules: r, nodes: make(map[Key]*node, nodes), links: make(map[LinkID]*link, links), policies: map[string]*policy{}}
}

// walk begins a walk, on which each node is visited once.
func (g *graph) walk() (visit func(*node) bool) {
	g.walks++
	walk := g.walks
	return func(n *node) bool {
		if n.stamp == walk {
			return false
		}
		n.stamp = walk
		return true
	}
}

// node is the one of a key, made when it is not there yet.
func (g *graph) node(k Key) *node {
	n := g.nodes[k]
	if n == nil {
		n = &node{Identifier: Identifier{k, Unseen}, model: g.rules.model, own: g.rules.Mark(k), known: known{seen: Unseen, reset: Unseen}}
		p := g.rules.policy(k)
		if n.policy = g.policies[p.name]; n.policy == nil {
			p.least, p.most = g.rules.shares(&p)
			n.policy = &p
			g.policies[p.name] = n.policy
		}
		g.nodes[k] = n
	}
	return n
}

// link is the one of an id, made when it is not there yet.
func (g *graph) link(id LinkID) *link {
	l := g.links[id]
	if l == nil {
		l = &link{a: g.node(id.A), b: g.node(id.B), held: held{seen: Unseen, reset: Unseen}}
		l.Link = Link{A: id.A, B: id.B, Kind: id.Kind, First: Unseen}
		l.Strength = strength(id.Kind, l.a.policy.class, l.b.policy.class)
		l.a.links = append(l.a.links, l)
		l.b.links = append(l.b.links, l)
		g.links[id] = l
	}
	return l
}

// barred is the verdict on a link that cannot conduct, because of the status of an end or because it is weak. Of two
// ends at fault, BLOCKED goes before SHARED and then A before B.
func barred(l *link) Verdict {
	for _, s := range []struct {
		status Status
		reason Reason
	}{{Blocked, ReasonBlocked}, {Shared, ReasonShared}} {
		for _, n := range []*node{l.a, l.b} {
			if n.status == s.status {
				return Verdict{Reason: s.reason, Cause: n.Key.Type()}
			}
		}
	}
	return Verdict{Reason: ReasonCandidate}
}

// byStrength is the order in which links are taken: a function of the facts that no new fact of the ordinary kind,
// later than those known, disturbs.
func byStrength(x, y *link) int {
	return cmp.Or(
		cmp.Compare(x.Strength, y.Strength),
		cmp.Compare(y.Weight, x.Weight),
		cmp.Compare(x.First, y.First),
		byID(x.ID(), y.ID()),
	)
}

func byLink(x, y *link) int {
	return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B), cmp.Compare(x.Kind, y.Kind))
}

func byID(x, y LinkID) int {
	return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B), cmp.Compare(x.Kind, y.Kind))
}

// byAnchor puts the identifier that gives its customer the id first.
func byAnchor(x, y *node) int {
	return cmp.Or(cmp.Compare(x.policy.rank, y.policy.rank), cmp.Compare(x.First, y.First), cmp.Compare(x.Key, y.Key))
}

func byKey(x, y *node) int { return cmp.Compare(x.Key, y.Key) }

// markOf is the mark that counts, of the rules' own and those that stewards set: the newest of these, of equally new
// ones that with the greater decision id. What the rules block stays BLOCKED whatever anybody marked.
func markOf(own Mark, set []Marking) Mark {
	if own == MarkBlocked || len(set) == 0 {
		return own
	}
	newest := slices.MaxFunc(set, func(x, y Marking) int {
		return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Decision, y.Decision))
	})
	if newest.Mark == MarkNone {
		return own
	}
	return newest.Mark
}
