package resolvers

import (
	"context"
	"fmt"
	"strings"

	"kith/auth"
	"kith/event"
	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/store"
)

var linkKinds = map[identity.LinkKind]model.IdentityLinkKind{
	identity.Stewarded: model.IdentityLinkKindStewarded, identity.AliasLink: model.IdentityLinkKindAlias,
	identity.Observed: model.IdentityLinkKindObserved, identity.Matched: model.IdentityLinkKindMatched,
}

// network makes models of an identity graph's nodes and links. Nodes of the customer know it.
type network struct {
	viewer
	rules *identity.Rules
	of    *store.IdentityGraph
	nodes map[identity.CustomerID]*model.Identifier
	weigh *weighing
}

func (r *Root) network(v viewer, g *store.IdentityGraph, c *model.Customer) *network {
	n := &network{viewer: v, rules: r.rules(), of: g, nodes: make(map[identity.CustomerID]*model.Identifier, len(g.Nodes)), weigh: r.weighing(v, g.Records)}
	for _, i := range g.Nodes {
		node := v.identifier(i)
		if c != nil && i.Customer == identity.CustomerID(c.ID) {
			setOwner(node, c)
		}
		n.nodes[i.ID] = node
	}
	return n
}

// identityGraph is the graph a field asked for, and its nodes that are of other customers.
func (a *assembly) identityGraph(p *store.Profile, c *model.Customer, f graph.Selection) (*model.IdentityGraph, []*model.Identifier) {
	want, whole := graphWant(f), p.Graph
	if past := a.pasts[pastOf{f.Key(), p.ID}]; past != nil {
		whole = past
	}
	n := a.network(a.viewer, whole, c)
	out := &model.IdentityGraph{Links: []*model.IdentityLink{}, Nodes: []*model.Identifier{}}
	ends := map[*model.Identifier]bool{}
	show := func(l *model.IdentityLink) {
		out.Links = append(out.Links, l)
		ends[l.From], ends[l.To] = true, true
	}
	for _, ruling := range whole.Rulings {
		if followed(ruling) || want.Rejected {
			show(n.ruling(ruling))
		}
	}
	for _, l := range whole.Links {
		if l.Followed || l.Candidate && want.Candidates || !l.Candidate && want.Rejected {
			show(n.link(l))
		}
	}
	var outside []*model.Identifier
	for _, i := range whole.Nodes {
		node := n.nodes[i.ID]
		if i.Customer == "" && !ends[node] {
			continue
		}
		out.Nodes = append(out.Nodes, node)
		if i.Customer != p.ID {
			outside = append(outside, node)
		}
	}
	return out, outside
}

// followed says whether a steward's join unites its two: the newest word on them counts, and they are together.
func followed(r store.GraphRuling) bool {
	return r.Kind == identity.Join && r.Counts && r.Within
}

func (n *network) link(l store.GraphLink) *model.IdentityLink {
	m := &model.IdentityLink{
		From: n.nodes[l.A], To: n.nodes[l.B], Kind: linkKinds[l.Kind], Status: model.IdentityLinkStatusRejected, Confidence: l.Confidence,
		Count: int(l.Count), FirstSeenAt: l.FirstSeen, LastSeenAt: l.LastSeen, Sources: l.Sources,
	}
	switch {
	case l.Followed:
		m.Status = model.IdentityLinkStatusFollowed
	case l.Candidate:
		m.Status = model.IdentityLinkStatusCandidate
	}
	if reason, cause, err := identity.ParseReason(l.Reason); err == nil {
		m.Evidence = append(m.Evidence, n.rules.Explain(identity.Judged{
			Link:    identity.Link{Kind: l.Kind, First: l.FirstSeen},
			Verdict: identity.Verdict{Followed: l.Followed, Reason: reason, Cause: cause},
		}))
	}
	if l.Kind == identity.Matched {
		n.weigh.explain(m, l)
	}
	for _, fact := range l.Evidence {
		millis, message, ok := strings.Cut(fact, " ")
		var at event.Millis
		if _, err := fmt.Sscan(millis, (*int64)(&at)); ok && err == nil {
			m.Evidence = append(m.Evidence, fmt.Sprintf("message %s of %s", message, at))
		}
	}
	return m
}

// ruling is a steward's word on two identifiers as a link. A part is a link that is not followed.
func (n *network) ruling(r store.GraphRuling) *model.IdentityLink {
	m := &model.IdentityLink{
		From: n.nodes[r.A], To: n.nodes[r.B], Kind: model.IdentityLinkKindStewarded, Status: model.IdentityLinkStatusRejected, Confidence: 1,
		Count: 1, FirstSeenAt: r.At, LastSeenAt: r.At, Sources: []string{},
	}
	said := "a steward parted them"
	switch {
	case followed(r):
		m.Status = model.IdentityLinkStatusFollowed
		said = "followed: a steward joined them"
	case !r.Counts:
		said = "not followed (superseded): a newer decision on the same two counts"
	case r.Kind == identity.Join:
		said = "not followed (part): a decision keeps the two sides apart"
	}
	m.Evidence = []string{said, fmt.Sprintf("decision %s of %s by %s", r.Decision, r.At, r.By)}
	if reason := n.text(r.Reason); reason != "" {
		m.Evidence = append(m.Evidence, "because: "+reason)
	}
	return m
}

func (r queryResolver) IdentityPath(ctx context.Context, from, to model.IdentifierInput) (*model.IdentityPath, error) {
	if err := require(ctx, auth.PIIRead, "Looking up identifiers"); err != nil {
		return nil, err
	}
	a, okA := r.key(&from)
	b, okB := r.key(&to)
	if !okA || !okB {
		return nil, nil
	}
	plan := &customerPlan{}
	plan.links(graph.Selected(ctx), "IdentityPath", false)
	want := plan.wants()[0]
	if want.Graph == nil {
		want.Graph = &store.GraphWant{}
	}
	want.Graph.Compared = explained(graph.Selected(ctx), "IdentityPath")
	found, err := r.graph.ProfilesByKey(ctx, []identity.Key{a}, want)
	p := found[a]
	if err != nil || p == nil {
		return nil, err
	}
	auditAbout(ctx, "", p.ID)
	made, err := r.assemble(ctx, plan, []*store.Profile{p})
	if err != nil {
		return nil, err
	}
	return r.network(r.viewer(ctx), p.Graph, made[p.ID]).path(a, b), nil
}

// path is the shortest chain of followed links between two identifiers, nil when there is none.
func (n *network) path(from, to identity.Key) *model.IdentityPath {
	keys, ids := map[identity.CustomerID]identity.Key{}, map[identity.Key]identity.CustomerID{}
	for _, i := range n.of.Nodes {
		if i.Customer != "" {
			keys[i.ID], ids[i.Key] = i.Key, i.ID
		}
	}
	if ids[from] == "" || ids[to] == "" {
		return nil
	}
	var links []identity.Link
	models := map[identity.LinkID]*model.IdentityLink{}
	add := func(l identity.Link, m *model.IdentityLink) {
		if models[l.ID()] == nil {
			models[l.ID()] = m
			links = append(links, l)
		}
	}
	for _, r := range n.of.Rulings {
		if followed(r) {
			add(identity.NewLink(keys[r.A], keys[r.B], identity.Stewarded, r.At), n.ruling(r))
		}
	}
	for _, l := range n.of.Links {
		if l.Followed {
			add(identity.NewLink(keys[l.A], keys[l.B], l.Kind, l.FirstSeen), n.link(l))
		}
	}
	chain, ok := identity.Path(links, from, to)
	if !ok {
		return nil
	}
	out := &model.IdentityPath{Nodes: []*model.Identifier{n.nodes[ids[from]]}, Links: []*model.IdentityLink{}}
	for at := from; len(chain) > 0; chain = chain[1:] {
		l := chain[0]
		if at == l.A {
			at = l.B
		} else {
			at = l.A
		}
		out.Nodes = append(out.Nodes, n.nodes[ids[at]])
		out.Links = append(out.Links, models[l.ID()])
	}
	return out
}
