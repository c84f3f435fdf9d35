package pipeline

import (
	"context"
	"slices"

	"kith/identity"
	"kith/identity/match"
	"kith/store"
)

// Whole is what a forecast reads.
type Whole interface {
	RulesInForce(ctx context.Context) (store.RulesView, bool, error)
	Everything(ctx context.Context) (identity.Facts, identity.Answer, error)
	TouchpointsAfter(ctx context.Context, id string, limit int) ([]store.Row, error)
	RecordsAfter(ctx context.Context, after identity.Key, limit int) ([]store.StoredRecord, error)
	WorkspaceKey() []byte
}

// Forecast is what other rules would change about who is who.
type Forecast struct {
	*identity.Diff
	Found                   int // identifiers that would be found in calls where none were
	CustomersWas, Customers int

	rules     *identity.Rules
	records   map[identity.Key]*match.Record
	partition *identity.Partition
	stored    identity.Answer
}

// Reresolve says what other rules would change about everything stored, and changes nothing. Stored calls are read again
// only where they say something else than under the rules in force, and records matched again where the model is another.
func Reresolve(ctx context.Context, g Whole, rules *identity.Rules) (*Forecast, error) {
	view, ok, err := g.RulesInForce(ctx)
	if err != nil {
		return nil, err
	}
	extraction, matching := !ok, !ok
	if ok {
		inForce, err := storedRules(view).Rules()
		if err != nil {
			return nil, err
		}
		extraction = inForce.Version() != view.Version || !rules.SameExtraction(inForce)
		matching = extraction || rules.Model().Version() != inForce.Model().Version()
	}
	facts, stored, err := g.Everything(ctx)
	if err != nil {
		return nil, err
	}
	page := Config{}.withDefaults().Batch
	if extraction {
		f, err := reread(ctx, g, rules, page, nil)
		if err != nil {
			return nil, err
		}
		said := f.facts()
		facts.Identifiers, facts.Links = said.Identifiers, said.Links
	}
	if matching {
		m, err := matchAgain(ctx, g, rules, page, func(store.StoredRecord) error { return nil })
		if err != nil {
			return nil, err
		}
		others := slices.DeleteFunc(facts.Links, func(l identity.Link) bool { return l.Kind == identity.Matched })
		facts.Links, facts.Records = slices.Concat(others, m.Links), m.Says
	} else {
		facts.Records = heardNow(rules.Model(), stored.Members)
	}
	p := identity.Resolve(rules, facts)
	f := &Forecast{Diff: p.Against(g.WorkspaceKey(), stored), rules: rules, records: facts.Records, partition: p, stored: stored, Customers: len(p.Cells())}
	f.Found = len(p.Identifiers) - (len(stored.Members) - len(f.Gone))
	customers := map[identity.CustomerID]bool{}
	for _, m := range stored.Members {
		customers[m.Customer] = true
	}
	delete(customers, "")
	f.CustomersWas = len(customers)
	return f, nil
}

// Sample is one merge or split of a forecast, and the link that makes the difference.
type Sample struct {
	Merge *identity.Merge // or Split
	Split *identity.Split
	// Link is empty where no single link makes the difference. Was is nil when there is no such link now, Is when there
	// would be none.
	Link    identity.LinkID
	Was, Is *identity.Judged
	// Compared is what two records would be compared to; nil of other links.
	Compared *match.Comparison
}

// Samples is the first n merges and the first n splits, each with its cause.
func (f *Forecast) Samples(n int) []Sample {
	s := &sampler{Forecast: f, was: map[identity.Key]identity.CustomerID{}, absorbed: map[identity.CustomerID]*Sample{}, parted: map[identity.CustomerID]*Sample{}}
	var list []*Sample
	for i := range f.Merges[:min(n, len(f.Merges))] {
		x := &Sample{Merge: &f.Merges[i]}
		list = append(list, x)
		for _, id := range x.Merge.Absorbed {
			s.absorbed[id] = x
		}
	}
	for i := range f.Splits[:min(n, len(f.Splits))] {
		x := &Sample{Split: &f.Splits[i]}
		list = append(list, x)
		s.parted[x.Split.Was] = x
	}
	for _, m := range f.stored.Members {
		if s.absorbed[m.Customer] != nil || s.parted[m.Customer] != nil {
			s.was[m.Key] = m.Customer
		}
	}
	s.causes()
	out := make([]Sample, len(list))
	for i, x := range list {
		s.compare(x)
		out[i] = *x
	}
	return out
}

type sampler struct {
	*Forecast
	was      map[identity.Key]identity.CustomerID // of whom samples speak
	absorbed map[identity.CustomerID]*Sample
	parted   map[identity.CustomerID]*Sample
}

// causes finds the strongest link that unites what was apart, and the strongest that held together what comes apart.
func (s *sampler) causes() {
	named := map[identity.LinkID][]*Sample{}
	for i := range s.partition.Links {
		l := &s.partition.Links[i]
		a, b := s.was[l.A], s.was[l.B]
		if !l.Followed || a == b {
			continue
		}
		for _, id := range []identity.CustomerID{a, b} {
			if x := s.absorbed[id]; x != nil && (x.Is == nil || stronger(l, x.Is)) {
				x.Link, x.Is = l.ID(), l
			}
		}
	}
	for i := range s.stored.Links {
		l := &s.stored.Links[i]
		x := s.parted[s.was[l.A]]
		if x == nil || !l.Followed || s.anchor(l.A) == s.anchor(l.B) {
			continue
		}
		if x.Was == nil || stronger(l, x.Was) {
			x.Link, x.Was = l.ID(), l
		}
	}
	for _, set := range []map[identity.CustomerID]*Sample{s.absorbed, s.parted} {
		for _, x := range set {
			if x.Link.A != "" {
				named[x.Link] = append(named[x.Link], x)
			}
		}
	}
	for i := range s.stored.Links {
		for _, x := range named[s.stored.Links[i].ID()] {
			x.Was = &s.stored.Links[i]
		}
	}
	for i := range s.partition.Links {
		for _, x := range named[s.partition.Links[i].ID()] {
			x.Is = &s.partition.Links[i]
		}
	}
}

func (s *sampler) anchor(k identity.Key) identity.Key {
	at, _ := s.partition.Identifier(k)
	return at.Anchor
}

// stronger says that a link is taken before another.
func stronger(x, y *identity.Judged) bool {
	return x.Strength < y.Strength || x.Strength == y.Strength && x.Weight > y.Weight
}

func (s *sampler) compare(x *Sample) {
	a, b := s.records[x.Link.A], s.records[x.Link.B]
	if x.Link.Kind == identity.Matched && a != nil && b != nil {
		c := s.rules.Model().Compare(a, b)
		x.Compared = &c
	}
}
