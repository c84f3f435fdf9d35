package resolvers

import (
	"kith/event"
	"kith/identity"
	"kith/identity/match"
	"kith/store"
)

// graphAt is a customer's graph as the facts up to a time make it: the identifiers and links that were seen by then, with
// verdicts as if nothing had come since. It is a function of the facts, like everything; what was shown then, identityHistory
// tells.
func (r *Root) graphAt(g *store.IdentityGraph, at event.Millis) *store.IdentityGraph {
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
	r.judgeAt(out, facts, inside)
	return out
}

// judgeAt gives links and decisions within the customer the verdicts of the facts.
func (r *Root) judgeAt(g *store.IdentityGraph, facts identity.Facts, inside map[identity.CustomerID]identity.Key) {
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
}
