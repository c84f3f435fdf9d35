package resolvers

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/store"
)

const (
	// reviewChunk is how many places of the index one read looks at, reviewReads how many reads a page may take. Behind
	// that the page is short, and its end is where the next one goes on.
	reviewChunk = 500
	reviewReads = 10
	// reviewWhole is how many places, where each brings a whole customer.
	reviewWhole = 100
	// weakMargin is how far above the weight that joins a join counts as weak, in hundredths of a bit.
	weakMargin = 300

	reviewPrefix      = "rev_"
	reviewOfLink      = reviewPrefix + "l_"
	reviewOfCustomer  = reviewPrefix + "c_"
	customerIDsPrefix = "cus_"
)

// reviewShelf is a part of the queue: what is found in one place of an index.
type reviewShelf struct {
	kinds []model.IdentityReviewKind // what may come of it
	links store.ReviewSlice          // its Reason is empty for large customers
}

// reviewShelves are all parts of the queue, in its order.
func (r *Root) reviewShelves() []reviewShelf {
	shelves := []reviewShelf{
		{[]model.IdentityReviewKind{model.IdentityReviewKindCandidate}, store.ReviewSlice{Reason: identity.ReasonCandidate.String()}},
		{[]model.IdentityReviewKind{model.IdentityReviewKindRefused}, store.ReviewSlice{Reason: identity.ReasonEvidence.String()}},
	}
	for _, typ := range r.rules().ExclusiveTypes() {
		verdict := identity.Verdict{Reason: identity.ReasonExclusive, Cause: typ}
		shelves = append(shelves, reviewShelf{[]model.IdentityReviewKind{model.IdentityReviewKindExclusive}, store.ReviewSlice{Reason: verdict.Text()}})
	}
	return append(shelves,
		reviewShelf{
			[]model.IdentityReviewKind{model.IdentityReviewKindWeakBridge, model.IdentityReviewKindLowCohesion},
			store.ReviewSlice{Reason: identity.Followed.String(), Below: r.rules().Model().Join() + weakMargin},
		},
		reviewShelf{kinds: []model.IdentityReviewKind{model.IdentityReviewKindLarge}},
	)
}

// reviewItem is one entry of the queue before it is shown.
type reviewItem struct {
	kind   model.IdentityReviewKind
	reason string
	link   *store.ReviewLink
	large  *store.LargeCustomer
}

func (r queryResolver) IdentityReviewQueue(ctx context.Context, first *int, after *string, kinds []model.IdentityReviewKind) (*model.IdentityReviewConnection, error) {
	s, err := forward(reviewList, first, after)
	if err != nil {
		return nil, err
	}
	page := &store.Page[reviewItem]{HasPrevious: s.After != nil}
	reads := reviewReads
	for n, shelf := range r.reviewShelves() {
		if s.After != nil && int64(n) < s.After.Rank || kinds != nil && !slices.ContainsFunc(shelf.kinds, func(k model.IdentityReviewKind) bool { return slices.Contains(kinds, k) }) {
			continue
		}
		var from *store.Mark
		if s.After != nil && s.After.Rank == int64(n) {
			from = s.After
		}
		for more := true; more; {
			var entries []store.Entry[reviewItem]
			if entries, from, more, err = r.reviewRead(ctx, shelf, from); err != nil {
				return nil, err
			}
			for _, e := range entries {
				if kinds != nil && !slices.Contains(kinds, e.Node.kind) {
					continue
				}
				if len(page.Entries) == s.First {
					page.HasNext = true
					return r.reviewPage(ctx, page, nil)
				}
				e.Mark.Rank = int64(n)
				page.Entries = append(page.Entries, e)
			}
			if reads--; reads <= 0 && more {
				page.HasNext = true
				return r.reviewPage(ctx, page, &store.Mark{Rank: int64(n), At: from.At, ID: from.ID})
			}
		}
	}
	return r.reviewPage(ctx, page, nil)
}

// reviewRead reads one chunk of a shelf: what is open, and where the chunk ends.
func (r *Root) reviewRead(ctx context.Context, shelf reviewShelf, from *store.Mark) (out []store.Entry[reviewItem], end *store.Mark, more bool, err error) {
	if shelf.links.Reason == "" {
		list, more, err := r.graph.LargeCustomers(ctx, from, reviewChunk)
		for n, c := range list {
			end = &list[n].Mark
			if c.Open {
				reason := fmt.Sprintf("%d identifiers hang together as one customer, which is unusually many", c.Mark.At)
				out = append(out, store.Entry[reviewItem]{Mark: c.Mark, Node: reviewItem{kind: model.IdentityReviewKindLarge, reason: reason, large: &list[n]}})
			}
		}
		return out, end, more, err
	}
	s := shelf.links
	s.After, s.N = from, reviewChunk
	if s.Below != 0 {
		s.N = reviewWhole
	}
	links, more, err := r.graph.ReviewLinks(ctx, s)
	if err != nil {
		return nil, nil, false, err
	}
	loose, err := r.cohesion(ctx, links)
	if err != nil {
		return nil, nil, false, err
	}
	for n := range links {
		l := &links[n]
		end = &l.Mark
		if !l.Open {
			continue
		}
		item := reviewItem{kind: shelf.kinds[0], link: l, reason: r.explainVerdict(l.Link)}
		if l.Link.Followed {
			var suspect bool
			if item.kind, item.reason, suspect = suspicion(l, loose); !suspect {
				continue
			}
		}
		out = append(out, store.Entry[reviewItem]{Mark: l.Mark, Node: item})
	}
	return out, end, more, nil
}

func (r *Root) explainVerdict(l store.GraphLink) string {
	reason, cause, err := identity.ParseReason(l.Reason)
	if err != nil {
		return l.Reason
	}
	return r.rules().Explain(identity.Judged{Link: identity.Link{Kind: l.Kind}, Verdict: identity.Verdict{Followed: l.Followed, Reason: reason, Cause: cause}})
}

// suspicion says what is wrong with a customer that a weak link helps to hold together.
func suspicion(l *store.ReviewLink, loose map[identity.CustomerID]float64) (kind model.IdentityReviewKind, reason string, suspect bool) {
	weight := bits(l.Link.Weight)
	if bridge(l) {
		return model.IdentityReviewKindWeakBridge, fmt.Sprintf("nothing but one weak likeness of %.2f bits holds two parts of this customer together", weight), true
	}
	if mean, low := loose[l.A.Customer]; low && weakest(l) {
		return model.IdentityReviewKindLowCohesion, fmt.Sprintf("the records of this customer, taken two by two, come to %.2f bits on the whole, and these two to %.2f", mean, weight), true
	}
	return "", "", false
}

// bridge says that without the link its customer would be two.
func bridge(l *store.ReviewLink) bool {
	parent := map[identity.CustomerID]identity.CustomerID{}
	root := func(id identity.CustomerID) identity.CustomerID {
		for parent[id] != "" {
			id = parent[id]
		}
		return id
	}
	for _, h := range l.Holding {
		if a, b := root(h.A), root(h.B); h.ID != l.Mark.ID && a != b {
			parent[max(a, b)] = min(a, b)
		}
	}
	return root(l.A.ID) != root(l.B.ID)
}

// weakest says that no likeness within its customer is weaker: it stands for the customer.
func weakest(l *store.ReviewLink) bool {
	return !slices.ContainsFunc(l.Holding, func(h store.HoldingLink) bool {
		return h.Weight != 0 && cmp.Or(cmp.Compare(h.Weight, l.Link.Weight), cmp.Compare(h.ID, l.Mark.ID)) < 0
	})
}

// cohesion is, of the customers whose weakest likeness is among the links, the mean weight over all pairs of their
// records in bits, where it is below that which joins.
func (r *Root) cohesion(ctx context.Context, links []store.ReviewLink) (map[identity.CustomerID]float64, error) {
	var ask []identity.CustomerID
	for n := range links {
		if l := &links[n]; l.Open && l.Link.Followed && weakest(l) && !bridge(l) {
			ask = append(ask, l.A.Customer)
		}
	}
	if len(ask) == 0 {
		return nil, nil
	}
	held, err := r.graph.RecordsOf(ctx, ask, maxRecords)
	if err != nil {
		return nil, err
	}
	out := map[identity.CustomerID]float64{}
	for id, records := range held {
		contents := map[identity.CustomerID]store.RecordView{}
		for _, h := range records {
			contents[h.ID] = h.RecordView
		}
		w := r.weighing(viewer{}, contents)
		var cross []int32
		for n, a := range records {
			for _, b := range records[n+1:] {
				if x, y := w.record(a.ID), w.record(b.ID); x != nil && y != nil {
					cross = append(cross, w.model.Cross(x, y))
				}
			}
		}
		if mean, _ := w.model.Mean(cross); mean != 0 && mean < w.model.Join() {
			out[id] = bits(mean)
		}
	}
	return out, nil
}

// reviewPage shows a page of the queue. end, when given, is how far it looked before it gave up: where the next goes on.
func (r *Root) reviewPage(ctx context.Context, page *store.Page[reviewItem], end *store.Mark) (*model.IdentityReviewConnection, error) {
	v := r.viewer(ctx)
	c := &model.IdentityReviewConnection{PageInfo: pageInfo(page, reviewList), Edges: edges(page, reviewList, func(cursor string, i reviewItem) model.IdentityReviewEdge {
		return model.IdentityReviewEdge{Cursor: cursor, Node: r.reviewModel(v, i)}
	})}
	if end != nil {
		last := end.Cursor(reviewList)
		c.PageInfo.EndCursor = &last
	}
	return c, r.reviewCustomers(ctx, c.Nodes(), nodesOf(graph.Selected(ctx), "IdentityReview"))
}

var reviewAdvice = map[model.IdentityReviewKind]string{
	model.IdentityReviewKindCandidate:   "Compare the two. Accept if they are one person, reject if they are not.",
	model.IdentityReviewKindRefused:     "These two look alike, but the other records of the two customers contradict. Accept if they are one person all the same, reject if they are not; if a customer is two people, part them.",
	model.IdentityReviewKindExclusive:   "Their records look alike, but each has an identifier of which a person has one. Accept if somebody has two, reject if they are two people.",
	model.IdentityReviewKindWeakBridge:  "Look whether both parts are one person. Accept if so, reject to split the customer here.",
	model.IdentityReviewKindLowCohesion: "Look whether all records are of one person. Accept if these two are, reject to keep them apart.",
	model.IdentityReviewKindLarge:       "Look whether this is one person. Accept if so; if not, mark the identifier several people use as SHARED, or part them.",
}

func (r *Root) reviewModel(v viewer, i reviewItem) *model.IdentityReview {
	m := &model.IdentityReview{Kind: i.kind, Reason: i.reason, Advice: reviewAdvice[i.kind], Identifiers: []*model.Identifier{}, Customers: []*model.Customer{}}
	if i.large != nil {
		m.ID = reviewOfCustomer + i.large.Mark.ID[len(customerIDsPrefix):]
		m.CustomerIDs = []string{i.large.Mark.ID}
		return m
	}
	m.ID = reviewOfLink + i.link.Mark.ID
	a, b := i.link.A, i.link.B
	a.Customer, b.Customer = "", "" // read for the whole page at once, or when asked for
	n := r.network(v, &store.IdentityGraph{Nodes: []store.IdentifierView{a, b}, Records: i.link.Records}, nil)
	m.Identifiers = append(m.Identifiers, n.nodes[i.link.A.ID], n.nodes[i.link.B.ID])
	m.Link = n.link(i.link.Link)
	m.CustomerIDs = slices.Compact([]string{string(i.link.A.Customer), string(i.link.B.Customer)})
	return m
}

// reviewCustomers reads the customers of all items at once, when the query asks for them.
func (r *Root) reviewCustomers(ctx context.Context, items []*model.IdentityReview, nodes []graph.Selection) error {
	var fields []graph.Selection
	for _, n := range nodes {
		fields = append(fields, named(n, "IdentityReview", "customers")...)
		for _, i := range named(n, "IdentityReview", "identifiers") {
			fields = append(fields, named(i, "Identifier", "customer")...)
		}
		for _, l := range named(n, "IdentityReview", "link") {
			for _, end := range []string{"from", "to"} {
				for _, i := range named(l, "IdentityLink", end) {
					fields = append(fields, named(i, "Identifier", "customer")...)
				}
			}
		}
	}
	if len(fields) == 0 || len(items) == 0 {
		return nil
	}
	var ids []identity.CustomerID
	for _, m := range items {
		for _, id := range m.CustomerIDs {
			ids = append(ids, identity.CustomerID(id))
		}
	}
	slices.Sort(ids)
	found, err := r.customersByID(ctx, slices.Compact(ids), planCustomer(fields...))
	if err != nil {
		return err
	}
	for _, m := range items {
		for _, id := range m.CustomerIDs {
			if c := found[identity.CustomerID(id)]; c != nil {
				m.Customers = append(m.Customers, c)
			}
		}
		for n, i := range m.Identifiers {
			if len(m.Customers) == len(m.CustomerIDs) {
				setOwner(i, m.Customers[min(n, len(m.Customers)-1)])
			}
		}
	}
	return nil
}
