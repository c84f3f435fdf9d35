package store

import (
	"cmp"
	"slices"

	"kith/event"
	"kith/identity"
)

// GraphWant asks for a customer's identity graph.
type GraphWant struct {
	Rejected   bool // also links that are not followed, and parts
	Candidates bool // also links that wait for a steward
	Compared   bool // with what the records say that MATCHED links compare
}

// maxOtherLinks is how many links that are not followed, and how many rulings, a read gives: those of a SHARED
// identifier can be a hundred thousand.
const maxOtherLinks = 2000

// IdentityGraph is a customer's identifiers and the links between them; with links that are not followed also those
// that lead out, and their other ends.
type IdentityGraph struct {
	Nodes   []IdentifierView // by type, strongest first, then earliest
	Links   []GraphLink      // by kind, strongest first, then earliest
	Rulings []GraphRuling
	Records map[identity.CustomerID]RecordView // the ends of MATCHED links, by the id they would give
}

// GraphLink is the stored evidence for one pair and kind, of all sources together.
type GraphLink struct {
	A, B                identity.CustomerID // of the ends
	Kind                identity.LinkKind
	Sources             []string // sorted
	Count               int64
	FirstSeen, LastSeen event.Millis
	Followed, Candidate bool
	Reason              string   // identity.Verdict's text
	Evidence            []string // of the earliest facts: 13 digits of milliseconds, a space, the message id
	Confidence          float64
	Weight              int32 // of a MATCHED link, in hundredths of a bit
}

// GraphRuling is what a steward's decision says about one pair.
type GraphRuling struct {
	A, B     identity.CustomerID // of the ends
	Decision string
	Kind     identity.DecisionKind
	At       event.Millis
	By       string
	Reason   string
	Counts   bool // no newer decision about the same two
	Within   bool // both ends are of the customer
}

// graphOf puts together what partGraph reads of customer c.
func graphOf(c identity.CustomerID, members, followed, others, decided [][]any) *IdentityGraph {
	nodes := map[identity.CustomerID]IdentifierView{}
	for _, row := range members {
		i := identifierOf(row, c)
		nodes[i.ID] = i
	}
	links := map[[3]string]*GraphLink{}
	for _, row := range followed {
		addLink(links, str(row[0]), str(row[1]), row[2:])
	}
	// An end outside has a customer of its own, which the read does not give: it is left empty.
	end := func(cell any) identity.CustomerID {
		row, _ := cell.([]any)
		i := identifierOf(row, "")
		if _, known := nodes[i.ID]; !known {
			nodes[i.ID] = i
		}
		return i.ID
	}
	for _, row := range others {
		addLink(links, string(end(row[0])), string(end(row[1])), row[2:])
	}
	g := &IdentityGraph{Nodes: make([]IdentifierView, 0, len(nodes)), Links: make([]GraphLink, 0, len(links))}
	newest := map[[2]identity.CustomerID]int{}
	for _, row := range decided {
		kind, err := identity.ParseDecisionKind(str(row[3]))
		if err != nil {
			continue // a mark, which is of one identifier alone
		}
		r := GraphRuling{A: end(row[0]), B: end(row[1]), Decision: str(row[2]), Kind: kind, At: millis(row[4]), By: str(row[5]), Reason: str(row[6])}
		r.Within = nodes[r.A].Customer == c && nodes[r.B].Customer == c
		pair := [2]identity.CustomerID{r.A, r.B}
		n, seen := newest[pair]
		if !seen || overrules(r, g.Rulings[n]) {
			if seen {
				g.Rulings[n].Counts = false
			}
			r.Counts = true
			newest[pair] = len(g.Rulings)
		}
		g.Rulings = append(g.Rulings, r)
	}
	for _, i := range nodes {
		g.Nodes = append(g.Nodes, i)
	}
	for _, l := range links {
		slices.Sort(l.Sources)
		l.Sources = slices.Compact(l.Sources)
		slices.Sort(l.Evidence)
		g.Links = append(g.Links, *l)
	}
	slices.SortFunc(g.Nodes, func(a, b IdentifierView) int {
		return cmp.Or(cmp.Compare(rankOf(a.Type), rankOf(b.Type)), cmp.Compare(a.FirstSeen, b.FirstSeen), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(g.Links, func(a, b GraphLink) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.FirstSeen, b.FirstSeen), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
	})
	slices.SortFunc(g.Rulings, func(a, b GraphRuling) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Decision, b.Decision), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
	})
	return g
}

// overrules says which of two rulings on one pair counts: the newer, of equal times a part, then the greater id.
func overrules(a, b GraphRuling) bool {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Decision, b.Decision)) > 0
}

// addLink adds one stored edge, whose cells are linkColumns, to the link of its pair and kind.
func addLink(links map[[3]string]*GraphLink, a, b string, cells []any) {
	name := [3]string{a, b, str(cells[0])}
	kind, err := identity.ParseLinkKind(str(cells[0]))
	if err != nil {
		return
	}
	first, last := millis(cells[3]), millis(cells[4])
	l := links[name]
	if l == nil {
		l = &GraphLink{A: identity.CustomerID(a), B: identity.CustomerID(b), Kind: kind, FirstSeen: first, LastSeen: last, Confidence: 1}
		links[name] = l
	}
	l.Sources = append(l.Sources, str(cells[1]))
	l.Count += integer(cells[2])
	l.FirstSeen, l.LastSeen = min(l.FirstSeen, first), max(l.LastSeen, last)
	l.Followed = cells[5] == true
	l.Reason = str(cells[6])
	l.Candidate = l.Reason == "candidate"
	l.Evidence = append(l.Evidence, strs(cells[7])...)
	if confidence, ok := cells[8].(float64); ok {
		l.Confidence = confidence
	}
	l.Weight = int32(integer(cells[9]))
}
