package resolvers

import (
	"context"
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"kith/event"
	"kith/graph"
	"kith/identity"
	"kith/identity/match"
	"kith/store"
)

// pastOf names the graph that a field asks for of a customer.
type pastOf struct {
	field *ast.Field
	of    identity.CustomerID
}

// recall gathers the graphs of past times that the plan asks for: those of all customers together.
func (a *assembly) recall(ctx context.Context, profiles []*store.Profile) error {
	for _, f := range a.plan.graphs {
		at := graph.Arg[*event.Millis](f, "at")
		if at == nil {
			continue
		}
		if a.pasts == nil {
			a.pasts = map[pastOf]*store.IdentityGraph{}
		}
		list, err := a.since(ctx, profiles, *at)
		if err != nil {
			return err
		}
		if err := a.withRevoked(ctx, list, *at); err != nil {
			return err
		}
		for _, p := range list {
			a.pasts[pastOf{f.Key(), p.all[0].ID}] = a.graphAt(p.whole, p.all[0].ID, *at)
		}
	}
	return nil
}

const (
	// maxPast is how many customers of today the graph of a past time is gathered from.
	maxPast = 20
	// maxMet is how many of those each of them merged with or split from since are looked at.
	maxMet = 200
)

// past is a customer's graph as the facts up to a time make it: the identifiers and links that were seen by then and the
// decisions in force at it, with verdicts as if nothing had come since. It is a function of the facts, like everything;
// what was shown then, identityHistory tells. Whoever it merged with or split from since is looked at, too: its
// identifiers of then are those that any of its own hung together with.
type past struct {
	all   []*store.Profile // itself first
	known map[identity.CustomerID]bool
	next  []identity.CustomerID // whose history is to be looked at
	whole *store.IdentityGraph  // of all, united
}

// since finds, for every customer, all those that merges and splits applied after a time lead to: a read for each step
// on the way, whatever the number of customers.
func (r *Root) since(ctx context.Context, profiles []*store.Profile, at event.Millis) ([]*past, error) {
	var list []*past
	made := map[identity.CustomerID]bool{}
	for _, p := range profiles {
		if p != nil && !made[p.ID] {
			made[p.ID] = true
			list = append(list, &past{all: []*store.Profile{p}, known: map[identity.CustomerID]bool{p.ID: true}, next: []identity.CustomerID{p.ID}})
		}
	}
	for {
		asked := map[identity.CustomerID]bool{}
		for _, p := range list {
			for _, id := range p.next {
				asked[id] = true
			}
		}
		if len(asked) == 0 {
			break
		}
		met, err := r.graph.MetAfter(ctx, slices.Sorted(maps.Keys(asked)), at, maxMet)
		if err != nil {
			return nil, err
		}
		clear(asked)
		for _, p := range list {
			for _, id := range p.meet(met) {
				asked[id] = true
			}
		}
		found, err := r.graph.ProfilesByID(ctx, slices.Sorted(maps.Keys(asked)), store.Want{Graph: &store.GraphWant{Rejected: true, Candidates: true, Compared: true}})
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			p.join(found)
		}
	}
	for _, p := range list {
		p.whole = united(p.all)
	}
	return list, nil
}

// meet makes next the ids that were met and are not known yet.
func (p *past) meet(met map[identity.CustomerID][]identity.CustomerID) []identity.CustomerID {
	of := p.next
	p.next = nil
	for _, id := range of {
		for _, other := range met[id] {
			if !p.known[other] {
				p.known[other] = true
				p.next = append(p.next, other)
			}
		}
	}
	return p.next
}

// join takes in who answers to next, and makes next those that are new.
func (p *past) join(found map[identity.CustomerID]*store.Profile) {
	of := p.next
	p.next = nil
	for _, id := range of {
		q := found[id]
		if q == nil || len(p.all) >= maxPast || slices.ContainsFunc(p.all, func(o *store.Profile) bool { return o.ID == q.ID }) {
			continue
		}
		p.known[q.ID] = true
		p.all, p.next = append(p.all, q), append(p.next, q.ID)
	}
}

// united puts the graphs of customers together. A link or a ruling between two of them is in both.
func united(all []*store.Profile) *store.IdentityGraph {
	if len(all) == 1 {
		g := *all[0].Graph
		g.Rulings = slices.Clone(g.Rulings)
		return &g
	}
	type pair struct {
		a, b identity.CustomerID
		kind string
	}
	out := &store.IdentityGraph{Records: map[identity.CustomerID]store.RecordView{}}
	nodes, seen := map[identity.CustomerID]int{}, map[pair]bool{}
	first := func(a, b identity.CustomerID, kind string) bool {
		p := pair{a, b, kind}
		was := seen[p]
		seen[p] = true
		return !was
	}
	for _, p := range all {
		maps.Copy(out.Records, p.Graph.Records)
		for _, i := range p.Graph.Nodes {
			if n, known := nodes[i.ID]; !known {
				nodes[i.ID] = len(out.Nodes)
				out.Nodes = append(out.Nodes, i)
			} else if i.Customer != "" {
				out.Nodes[n] = i
			}
		}
		for _, l := range p.Graph.Links {
			if first(l.A, l.B, l.Kind.String()) {
				out.Links = append(out.Links, l)
			}
		}
		for _, d := range p.Graph.Rulings {
			if first(d.A, d.B, d.Decision) {
				out.Rulings = append(out.Rulings, d)
			}
		}
	}
	return out
}

// withRevoked adds what decisions said that have been taken back after a time.
func (r *Root) withRevoked(ctx context.Context, list []*past, at event.Millis) error {
	ids := map[identity.Key]identity.CustomerID{}
	for _, p := range list {
		for _, i := range p.whole.Nodes {
			ids[i.Key] = i.ID
		}
	}
	if len(ids) == 0 {
		return nil
	}
	decisions, err := r.graph.RevokedAfter(ctx, at, slices.Sorted(maps.Keys(ids)))
	if err != nil {
		return err
	}
	var revoked []store.GraphRuling
	for _, d := range decisions {
		rulings, err := identity.Decision{ID: d.ID, Kind: d.Kind, A: d.A, B: d.B, At: d.At}.Rulings()
		if err != nil {
			continue // a mark, which is of one identifier alone
		}
		for _, x := range rulings {
			if a, b := ids[x.A], ids[x.B]; a != "" && b != "" {
				revoked = append(revoked, store.GraphRuling{A: a, B: b, Decision: d.ID, Kind: x.Kind, At: d.At, By: d.By, Reason: d.Reason, Counts: true})
			}
		}
	}
	for _, p := range list {
		p.whole.Rulings = append(p.whole.Rulings, revoked...) // graphAt leaves out those of others
	}
	return nil
}

// graphAt is what of a graph was there at a time and hung together with an identifier that the customer has today.
func (r *Root) graphAt(g *store.IdentityGraph, of identity.CustomerID, at event.Millis) *store.IdentityGraph {
	out := &store.IdentityGraph{Records: g.Records}
	facts := identity.Facts{Records: map[identity.Key]*match.Record{}}
	weigh := r.weighing(viewer{}, g.Records)
	inside := map[identity.CustomerID]identity.Key{}
	there := map[identity.CustomerID]bool{}
	for _, i := range g.Nodes {
		if i.FirstSeen > at {
			continue
		}
		there[i.ID] = true
		out.Nodes = append(out.Nodes, i)
		if i.Customer == "" {
			continue
		}
		inside[i.ID] = i.Key
		facts.Identifiers = append(facts.Identifiers, identity.Identifier{Key: i.Key, First: i.FirstSeen})
		if record := weigh.record(i.ID); record != nil {
			facts.Records[i.Key] = record
		}
	}
	within := func(a, b identity.CustomerID) bool { return inside[a] != "" && inside[b] != "" }
	for _, l := range g.Links {
		if l.FirstSeen > at || !there[l.A] || !there[l.B] {
			continue
		}
		out.Links = append(out.Links, l)
		if within(l.A, l.B) {
			link := identity.NewLink(inside[l.A], inside[l.B], l.Kind, l.FirstSeen)
			link.Weight = l.Weight
			facts.Links = append(facts.Links, link)
		}
	}
	for _, d := range g.Rulings {
		if d.At > at || !there[d.A] || !there[d.B] {
			continue
		}
		out.Rulings = append(out.Rulings, d)
		if within(d.A, d.B) {
			a, b := inside[d.A], inside[d.B]
			facts.Rulings = append(facts.Rulings, identity.Ruling{Decision: d.Decision, Kind: d.Kind, A: min(a, b), B: max(a, b), At: d.At})
		}
	}
	r.judgeAt(out, facts, inside, of)
	return out
}

// judgeAt gives links and decisions the verdicts of the facts, and puts outside who had nothing to do with the customer.
func (r *Root) judgeAt(g *store.IdentityGraph, facts identity.Facts, inside map[identity.CustomerID]identity.Key, of identity.CustomerID) {
	type ruling struct {
		decision string
		a, b     identity.Key
	}
	p := identity.Resolve(r.rules(), facts)
	links, rulings := make(map[identity.LinkID]identity.Judged, len(p.Links)), make(map[ruling]identity.JudgedRuling, len(p.Rulings))
	for _, j := range p.Links {
		links[j.ID()] = j
	}
	for _, j := range p.Rulings {
		rulings[ruling{j.Decision, j.A, j.B}] = j
	}
	for i := range g.Links {
		l := &g.Links[i]
		if j, ok := links[identity.NewLink(inside[l.A], inside[l.B], l.Kind, 0).ID()]; ok {
			l.Followed, l.Candidate, l.Reason = j.Followed, j.Reason == identity.ReasonCandidate, j.Text()
		}
	}
	for i := range g.Rulings {
		d := &g.Rulings[i]
		a, b := inside[d.A], inside[d.B]
		if j, ok := rulings[ruling{d.Decision, min(a, b), max(a, b)}]; ok {
			d.Counts, d.Within = j.Reason != identity.ReasonSuperseded, j.Followed
		}
	}
	ours := map[identity.Key]bool{}
	for _, i := range g.Nodes {
		if placed, ok := p.Identifier(i.Key); ok && i.Customer == of {
			ours[placed.Anchor] = true
		}
	}
	inside = map[identity.CustomerID]identity.Key{}
	for n := range g.Nodes {
		i := &g.Nodes[n]
		if placed, ok := p.Identifier(i.Key); ok && !ours[placed.Anchor] {
			i.Customer = ""
		} else if i.Customer != "" {
			inside[i.ID] = i.Key
		}
	}
	g.Links = slices.DeleteFunc(g.Links, func(l store.GraphLink) bool { return inside[l.A] == "" && inside[l.B] == "" })
	g.Rulings = slices.DeleteFunc(g.Rulings, func(d store.GraphRuling) bool { return inside[d.A] == "" && inside[d.B] == "" })
}
