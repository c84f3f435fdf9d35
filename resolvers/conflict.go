package resolvers

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"kith/auth"
	"kith/graph/model"
	"kith/identity"
	"kith/store"
)

const (
	// maxRecords is how many records of a customer are compared with those of another.
	maxRecords = 50
	// maxComparisons is how many of the pairs are shown.
	maxComparisons = 100
)

func (r queryResolver) IdentityConflict(ctx context.Context, from, to model.IdentifierInput) (*model.IdentityConflict, error) {
	if err := require(ctx, auth.PIIRead, "Looking up identifiers"); err != nil {
		return nil, err
	}
	a, okA := r.key(&from)
	b, okB := r.key(&to)
	if !okA || !okB || a == b {
		return nil, nil
	}
	found, err := r.graph.IdentifiersByKey(ctx, []identity.Key{a, b})
	if err != nil {
		return nil, err
	}
	x, okA := found[a]
	y, okB := found[b]
	if !okA || !okB || x.Customer == y.Customer && x.Customer != "" {
		return nil, nil
	}
	auditAbout(ctx, "", x.Customer, y.Customer)
	c := &conflict{viewer: r.viewer(ctx), rules: r.rules(), ends: [2]store.IdentifierView{x, y}, models: map[identity.CustomerID]*model.Identifier{}}
	if x.Customer != "" && y.Customer != "" {
		if err := r.sides(ctx, c); err != nil {
			return nil, err
		}
	}
	c.look()
	return c.answer(ctx, r.Root)
}

// conflict is two identifiers that are apart, with the customers around them.
type conflict struct {
	viewer
	rules  *identity.Rules
	ends   [2]store.IdentifierView
	graphs [2]*store.IdentityGraph // of the customers they are of; nil when one has none
	views  [2]map[identity.CustomerID]store.IdentifierView
	models map[identity.CustomerID]*model.Identifier

	records     [2][]store.HeldRecord
	weigh       *weighing
	comparisons []*model.IdentityComparison
	mean        *float64
	agree       bool

	reasons []*model.IdentityConflictReason
	parts   map[*model.IdentityConflictReason]string // decision ids
}

// sides reads the two customers.
func (r *Root) sides(ctx context.Context, c *conflict) error {
	customers := []identity.CustomerID{c.ends[0].Customer, c.ends[1].Customer}
	profiles, err := r.graph.ProfilesByID(ctx, customers, store.Want{Graph: &store.GraphWant{Rejected: true, Candidates: true}})
	if err != nil {
		return err
	}
	held, err := r.graph.RecordsOf(ctx, customers, maxRecords)
	if err != nil {
		return err
	}
	contents := map[identity.CustomerID]store.RecordView{}
	for n, id := range customers {
		p := profiles[id]
		if p == nil {
			return nil // it changed between the two reads; what is known of the two identifiers is said
		}
		c.graphs[n], c.records[n], c.views[n] = p.Graph, held[id], map[identity.CustomerID]store.IdentifierView{}
		for _, i := range p.Graph.Nodes {
			c.views[n][i.ID] = i
		}
		for _, h := range held[id] {
			contents[h.ID] = h.RecordView
		}
	}
	c.weigh = r.weighing(c.viewer, contents)
	c.compare()
	return nil
}

// compare compares the records across.
func (c *conflict) compare() {
	var cross []int32
	for _, a := range c.records[0] {
		for _, b := range c.records[1] {
			x, y := c.weigh.record(a.ID), c.weigh.record(b.ID)
			if x == nil || y == nil {
				continue
			}
			cross = append(cross, c.weigh.model.Cross(x, y))
			c.comparisons = append(c.comparisons, c.weigh.compare(a.ID, b.ID, c.node(a.IdentifierView), c.node(b.IdentifierView)))
		}
	}
	slices.SortStableFunc(c.comparisons, func(x, y *model.IdentityComparison) int { return cmp.Compare(y.Weight, x.Weight) })
	c.comparisons = c.comparisons[:min(len(c.comparisons), maxComparisons)]
	mean, ok := c.weigh.model.Mean(cross)
	c.agree = ok
	if ok || mean != 0 {
		m := bits(mean)
		c.mean = &m
	}
}

func (c *conflict) node(i store.IdentifierView) *model.Identifier {
	if c.models[i.ID] == nil {
		c.models[i.ID] = c.viewer.identifier(i)
	}
	return c.models[i.ID]
}

func (c *conflict) add(kind model.IdentityConflictKind, text string, about ...store.IdentifierView) *model.IdentityConflictReason {
	reason := &model.IdentityConflictReason{Kind: kind, Text: text, Identifiers: []*model.Identifier{}}
	for _, i := range about {
		reason.Identifiers = append(reason.Identifiers, c.node(i))
	}
	c.reasons = append(c.reasons, reason)
	return reason
}

// look finds the reasons.
func (c *conflict) look() {
	c.parts = map[*model.IdentityConflictReason]string{}
	for _, i := range c.ends {
		c.worth(i)
	}
	if c.graphs[0] != nil && c.graphs[1] != nil {
		c.parted()
		c.between()
		c.numbers()
		c.across()
		if c.mean != nil && !c.agree && !c.has(model.IdentityConflictKindEvidence) {
			c.add(model.IdentityConflictKindEvidence, fmt.Sprintf("the records of the one and of the other, taken together, come to %+.2f bits a pair, which is too little", *c.mean))
		}
	}
	if len(c.reasons) == 0 {
		c.add(model.IdentityConflictKindUnconnected, "no link leads from the one to the other, and no two of their records look alike", c.ends[0], c.ends[1])
	}
	order := model.AllIdentityConflictKind
	slices.SortStableFunc(c.reasons, func(x, y *model.IdentityConflictReason) int {
		return cmp.Compare(slices.Index(order, x.Kind), slices.Index(order, y.Kind))
	})
}

func (c *conflict) has(kind model.IdentityConflictKind) bool {
	return slices.ContainsFunc(c.reasons, func(r *model.IdentityConflictReason) bool { return r.Kind == kind })
}

// worth says when an identifier is nobody's or everybody's.
func (c *conflict) worth(i store.IdentifierView) {
	switch i.Status {
	case identity.Blocked:
		c.add(model.IdentityConflictKindBlocked, fmt.Sprintf("this %s stands for nobody", i.Type), i)
	case identity.Shared:
		c.add(model.IdentityConflictKindShared, fmt.Sprintf("this %s is shared by several people", i.Type), i)
	}
}

// inside says that an identifier is of the n-th customer.
func (c *conflict) inside(n int, id identity.CustomerID) bool { return c.views[n][id].Customer != "" }

// apart says that the ends of a link or ruling are of the two customers, one each.
func (c *conflict) apart(a, b identity.CustomerID) bool {
	return c.inside(0, a) && c.inside(1, b) || c.inside(1, a) && c.inside(0, b)
}

// view is an identifier of either graph, with its customer where that is known.
func (c *conflict) view(id identity.CustomerID) store.IdentifierView {
	if c.inside(0, id) {
		return c.views[0][id]
	}
	return c.views[1][id]
}

// parted finds the parts that count between the two customers.
func (c *conflict) parted() {
	at := map[string]*model.IdentityConflictReason{}
	for _, r := range c.graphs[0].Rulings {
		if r.Kind != identity.Part || !r.Counts || !c.apart(r.A, r.B) {
			continue
		}
		if at[r.Decision] == nil {
			at[r.Decision] = c.add(model.IdentityConflictKindPart, fmt.Sprintf("decision %s keeps them apart", r.Decision))
			c.parts[at[r.Decision]] = r.Decision
		}
		for _, id := range []identity.CustomerID{r.A, r.B} {
			if node := c.node(c.view(id)); !slices.Contains(at[r.Decision].Identifiers, node) {
				at[r.Decision].Identifiers = append(at[r.Decision].Identifiers, node)
			}
		}
	}
}

// between finds what both are linked to and may not be joined over.
func (c *conflict) between() {
	for _, id := range slices.Sorted(maps.Keys(c.views[0])) {
		i := c.views[0][id]
		if _, both := c.views[1][id]; both && !c.inside(0, id) && !c.inside(1, id) {
			c.worth(i)
		}
	}
}

// numbers finds the types of which they would have too many.
func (c *conflict) numbers() {
	var keys [2][]identity.Key
	for n, views := range c.views {
		for _, i := range views {
			if i.Customer != "" {
				keys[n] = append(keys[n], i.Key)
			}
		}
	}
	for _, x := range c.rules.Clashes(keys[0], keys[1]) {
		if x.Exclusive {
			c.add(model.IdentityConflictKindExclusive, fmt.Sprintf("a customer has one %s, and each of the two has one", x.Type))
		} else {
			c.add(model.IdentityConflictKindLimit, fmt.Sprintf("a customer has at most %d of %s, and together they have more", x.Limit, x.Type))
		}
	}
}

// across tells of links from one customer to the other that are not followed, when nothing said so before.
func (c *conflict) across() {
	kinds := map[identity.Reason]model.IdentityConflictKind{
		identity.ReasonExclusive: model.IdentityConflictKindExclusive, identity.ReasonLimit: model.IdentityConflictKindLimit,
		identity.ReasonOversized: model.IdentityConflictKindOversized, identity.ReasonEvidence: model.IdentityConflictKindEvidence,
		identity.ReasonCandidate: model.IdentityConflictKindCandidate,
	}
	for _, l := range c.graphs[0].Links {
		reason, cause, err := identity.ParseReason(l.Reason)
		kind, known := kinds[reason]
		if err != nil || !known || l.Followed || !c.apart(l.A, l.B) || c.has(kind) {
			continue
		}
		said := c.rules.Explain(identity.Judged{Link: identity.Link{Kind: l.Kind}, Verdict: identity.Verdict{Reason: reason, Cause: cause}})
		c.add(kind, said, c.view(l.A), c.view(l.B))
	}
}

// answer is the conflict as it is shown, with the decisions in the way.
func (c *conflict) answer(ctx context.Context, r *Root) (*model.IdentityConflict, error) {
	found, err := r.graph.DecisionsByID(ctx, slices.Sorted(maps.Values(c.parts)))
	if err != nil {
		return nil, err
	}
	for reason, id := range c.parts {
		if d, ok := found[id]; ok {
			reason.Decision = decisionModel(c.viewer, d)
		}
	}
	out := &model.IdentityConflict{From: c.node(c.ends[0]), To: c.node(c.ends[1]), Reasons: c.reasons, Comparisons: c.comparisons, Mean: c.mean}
	if out.Comparisons == nil {
		out.Comparisons = []*model.IdentityComparison{}
	}
	return out, nil
}
