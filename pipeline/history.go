package pipeline

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"kith/event"
	"kith/identity"
	"kith/store"
)

// cause is why a plan changes who is who.
type cause struct {
	kind string
	ref  string // what of that kind: a decision's id, the rules' version
}

const (
	causedByCalls      = "CALLS" // the zero cause, too
	causedByRecords    = "RECORDS"
	causedByDecision   = "DECISION"
	causedByRevocation = "REVOCATION"
	causedByRules      = "RULES"
)

// history writes down the merges and splits, for those who ask later what became of a customer. Unlike all else in the
// graph it tells what was seen when, and so depends on the order in which facts came. Each of the customers concerned has
// a node of its own, so that the history of one is read through an index, whatever the others have.
func (p *plan) history(w *store.Write) {
	if len(p.diff.Merges)+len(p.diff.Splits)+len(p.diff.Moves) == 0 {
		return
	}
	at, said := event.MillisOf(p.cfg.Now()), p.messages()
	note := func(kind string, before, after []identity.CustomerID) {
		all := slices.Concat(before, after)
		slices.Sort(all)
		all = slices.Compact(all)
		c, evidence := p.cause, []string{}
		switch c.kind {
		case "":
			c.kind, evidence = causedByCalls, together(said, after)
		case causedByRecords:
			evidence = p.recordsOf(after)
		}
		name := id("idh_", strconv.FormatInt(w.Tx, 10), strconv.FormatInt(int64(at), 10), kind, strings.Join(plain(all), " "))
		for _, customer := range all {
			w.History = append(w.History, store.Row{
				"id": name, "customer": string(customer), "at": int64(at), "kind": kind, "before": plain(before), "after": plain(after),
				"cause": c.kind, "ref": orNil(c.ref), "evidence": evidence,
			})
		}
	}
	was := map[identity.CustomerID]bool{}
	for _, m := range p.diff.Moves {
		was[m.From] = true
	}
	for _, m := range p.diff.Merges {
		before := slices.Clone(m.Absorbed)
		if _, existed := p.customer[m.Survivor]; existed || was[m.Survivor] {
			before = append(before, m.Survivor)
		}
		slices.Sort(before)
		note("MERGE", before, []identity.CustomerID{m.Survivor})
	}
	for _, s := range p.diff.Splits {
		note("SPLIT", []identity.CustomerID{s.Was}, append([]identity.CustomerID{s.Customer}, s.Created...))
	}
	for _, x := range p.passed() {
		note("SPLIT", []identity.CustomerID{x[0]}, []identity.CustomerID{x[0], x[1]})
	}
}

// passed are the customers, as [from, to], of which one gave identifiers to another and both stay: no merge and no split
// tells of these.
func (p *plan) passed() (out [][2]identity.CustomerID) {
	told := map[[2]identity.CustomerID]bool{}
	for _, m := range p.diff.Merges {
		for _, from := range m.Absorbed {
			told[[2]identity.CustomerID{from, m.Survivor}] = true
		}
	}
	for _, s := range p.diff.Splits {
		for _, to := range append([]identity.CustomerID{s.Customer}, s.Created...) {
			told[[2]identity.CustomerID{s.Was, to}] = true
		}
	}
	retired := map[identity.CustomerID]bool{} // who took most of it is told of
	for _, id := range p.diff.Retired {
		retired[id] = true
	}
	for _, m := range p.diff.Moves {
		x := [2]identity.CustomerID{m.From, m.To}
		if m.From != "" && m.To != "" && m.From != m.To && !retired[m.From] && !told[x] {
			told[x] = true
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b [2]identity.CustomerID) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return out
}

// recordsOf is the first of the batch's records that are of the customers, by their API ids.
func (p *plan) recordsOf(customers []identity.CustomerID) []string {
	out := []string{}
	for _, i := range sorted(p.fold.identifiers) {
		if i.key.Type() == event.Record && len(out) < keepEvidence && slices.Contains(customers, p.customerOf(i.key)) {
			out = append(out, string(p.id(i.key).Identifier()))
		}
	}
	return out
}

// messages are the earliest of the batch's messages that link identifiers of each customer.
func (p *plan) messages() map[identity.CustomerID][]string {
	out := map[identity.CustomerID][]string{}
	for _, l := range p.fold.links {
		a, b := p.customerOf(l.a), p.customerOf(l.b)
		out[a] = append(out[a], l.evidence...)
		if b != a {
			out[b] = append(out[b], l.evidence...)
		}
	}
	return out
}

// together is the earliest of what is said of any of the customers.
func together(said map[identity.CustomerID][]string, customers []identity.CustomerID) []string {
	var all []string
	for _, c := range customers {
		all = append(all, said[c]...)
	}
	if all == nil {
		return []string{}
	}
	return earliest(all)
}
