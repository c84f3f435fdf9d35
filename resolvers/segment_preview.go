package resolvers

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"kith/event"
	"kith/fault"
	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/segment"
	"kith/store"
)

const (
	// previewTime is how long customers are looked at; then the size is worked out from those that were.
	previewTime = 600 * time.Millisecond
	// previewPage is how many are read at once, and previewConnected where each is looked at with those connected to it.
	previewPage      = 500
	previewConnected = 50
	// maxConnected is how many connected customers are looked at for one, and maxOthers for all that are looked at at once.
	// They are asked about only where nothing that is kept says what they meet.
	maxConnected = 100
	maxOthers    = 2000
	// askedID is the id of the condition that is asked about, beside the segments that are there.
	askedID = "seg_asked"
)

// asking is a condition that is not that of a segment, made ready beside those that are.
type asking struct {
	*Root
	*definitions
	set      *segment.Set
	gather   store.Gathering
	features []*segment.Feature // that nothing keeps account of
	kept     bool               // connected customers are asked about, and of some it is kept what they meet
	others   map[*segment.Connected]*asking
	unsure   bool // not all that somebody did was looked at, or not all whom somebody is connected to who does not meet it
}

func (r *Root) ask(ctx context.Context, d *definitions, c segment.Condition) (*asking, error) {
	a := &asking{Root: r, definitions: d, others: map[*segment.Connected]*asking{}}
	var err error
	all := append(slices.Clone(d.set.Segments), segment.Segment{ID: askedID, Key: askedID, Condition: c})
	if a.set, err = segment.NewSet(all, d.computed); err != nil {
		return nil, err
	}
	for _, f := range a.set.FeaturesFor([]string{askedID}, nil) {
		if kept := d.set.Feature(f.ID); kept == nil || !kept.Reach().Covers(f.Reach()) || !d.filled {
			a.features = append(a.features, f)
		}
	}
	a.gather = store.GatheringOf(a.features, event.MillisOf(r.now()))
	for _, x := range c.Connections() {
		if len(d.jobs) == 0 && d.set.Knows(segment.ConnectedRule(x)) {
			a.kept = true
		} else if a.others[x], err = r.ask(ctx, d, x.Where); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// page is how many customers to look at at once.
func (a *asking) page() int {
	if len(a.others) > 0 {
		return previewConnected
	}
	return previewPage
}

// meeting is which of the customers meet what is asked.
func (a *asking) meeting(ctx context.Context, list []store.StoredStanding) (map[identity.CustomerID]bool, error) {
	standings, err := a.standings(ctx, list)
	if err != nil {
		return nil, err
	}
	out := make(map[identity.CustomerID]bool, len(list))
	for id, x := range standings {
		parts, _ := a.set.Explain(x, askedID)
		out[id] = len(parts) > 0 && parts[0].Verdict.Met
	}
	return out, nil
}

// standings are what customers are evaluated from, with the facts that nothing keeps account of.
func (a *asking) standings(ctx context.Context, list []store.StoredStanding) (map[identity.CustomerID]*segment.Standing, error) {
	now := event.MillisOf(a.now())
	ids := make([]identity.CustomerID, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	facts := map[identity.CustomerID][][]segment.Fact{}
	var err error
	if len(a.features) > 0 {
		if facts, err = a.graph.Facts(ctx, ids, a.gather); err != nil {
			return nil, err
		}
	}
	nearby, err := a.nearby(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[identity.CustomerID]*segment.Standing, len(list))
	for i := range list {
		s := &list[i]
		x := &segment.Standing{Now: now, Seen: s.Seen, Shared: s.Shared, Traits: []byte(s.Traits), Basis: s.Basis, In: rules(s.In), Nearby: nearby[s.ID], Due: segment.Never}
		for _, b := range s.Tallies {
			state, err := segment.ParseState(b)
			if err != nil {
				return nil, err
			}
			for _, f := range a.features {
				delete(state, f.ID)
			}
			if len(state) > 0 {
				x.States = append(x.States, state)
			}
		}
		for _, of := range facts[s.ID] {
			a.unsure = a.unsure || len(of) == store.MaxFacts // there may be more
			var state segment.State
			for n := range of {
				for _, f := range a.features {
					state.Add(f, &of[n], now)
				}
			}
			if state != nil {
				x.States = append(x.States, state)
			}
		}
		out[s.ID] = x
	}
	return out, nil
}

func rules(list []string) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, id := range list {
		out[id] = true
	}
	return out
}

// nearby is what those meet who are connected to customers, of what is asked about them: as it is kept, where segments ask
// the same, or else found out.
func (a *asking) nearby(ctx context.Context, ids []identity.CustomerID) (map[identity.CustomerID]map[segment.Connection]map[string]bool, error) {
	out := map[identity.CustomerID]map[segment.Connection]map[string]bool{}
	meets := func(id identity.CustomerID, through segment.Connection, rule string) {
		if out[id] == nil {
			out[id] = map[segment.Connection]map[string]bool{segment.Account: {}, segment.Household: {}}
		}
		out[id][through][rule] = true
	}
	if a.kept {
		near, err := a.graph.Nearby(ctx, ids)
		if err != nil {
			return nil, err
		}
		for id, n := range near {
			for _, rule := range n.Account {
				meets(id, segment.Account, rule)
			}
			for _, rule := range n.Household {
				meets(id, segment.Household, rule)
			}
		}
	}
	if len(a.others) == 0 {
		return out, nil
	}
	connected, err := a.graph.Connections(ctx, ids, maxConnected+1)
	if err != nil {
		return nil, err
	}
	others := map[identity.CustomerID]bool{}
	for _, id := range slices.Sorted(maps.Keys(connected)) {
		for _, list := range [][]identity.CustomerID{connected[id].Account, connected[id].Household} {
			for _, other := range list[:min(len(list), maxConnected)] {
				if len(others) < maxOthers {
					others[other] = true
				}
			}
		}
	}
	list, err := a.graph.Standings(ctx, slices.Sorted(maps.Keys(others)))
	if err != nil {
		return nil, err
	}
	for c, inner := range a.others {
		met, err := inner.meeting(ctx, list)
		if err != nil {
			return nil, err
		}
		a.unsure = a.unsure || inner.unsure
		for id, to := range connected {
			of := to.Account
			if c.Through == segment.Household {
				of = to.Household
			}
			if slices.ContainsFunc(of, func(other identity.CustomerID) bool { return met[other] }) {
				meets(id, c.Through, segment.ConnectedRule(c))
			} else if slices.ContainsFunc(of, func(other identity.CustomerID) bool { return !others[other] }) {
				a.unsure = true
			}
		}
	}
	return out, nil
}

// asked is a condition from outside, checked and allowed.
func (r *Root) asked(ctx context.Context, in *model.Condition, field string) (*asking, segment.Condition, error) {
	d, err := r.definitionsNow(ctx)
	if err != nil {
		return nil, segment.Condition{}, err
	}
	c, wrong := r.checked(ctx, d, in)
	if len(wrong) > 0 {
		path := field
		for _, step := range wrong[0].Path {
			path += "." + step
		}
		return nil, c, &fault.Error{Op: "resolvers.asked", Code: fault.Invalid, Message: wrong[0].Message, Field: path}
	}
	if err := r.allowed(ctx, d, &c); err != nil {
		return nil, c, err
	}
	a, err := r.ask(ctx, d, c)
	return a, c, err
}

// SegmentPreview looks at customers in the order of their ids, which is a random one, for as long as there is time.
func (r queryResolver) SegmentPreview(ctx context.Context, in model.Condition, first *int) (*model.SegmentPreview, error) {
	a, c, err := r.asked(ctx, &in, "condition")
	if err != nil {
		return nil, err
	}
	n := graph.First(first)
	out := &model.SegmentPreview{Description: c.Sentence(a.name), Customers: []*model.Customer{}}
	total, _, err := r.graph.Counts(ctx)
	if err != nil {
		return nil, err
	}
	begun := r.now()
	var sample []identity.CustomerID
	met, some := 0, false // some is that there was no time for all
	for after := identity.CustomerID(""); ; {
		page, err := r.graph.StandingsAfter(ctx, after, a.page())
		if err != nil {
			return nil, err
		}
		meets, err := a.meeting(ctx, page)
		if err != nil {
			return nil, err
		}
		for i := range page {
			if after = page[i].ID; meets[after] {
				if met++; len(sample) < n {
					sample = append(sample, after)
				}
			}
		}
		out.Checked += len(page)
		if len(page) < a.page() {
			break
		}
		if r.now().Sub(begun) > previewTime {
			some = true
			break
		}
	}
	out.Size, out.Estimated = met, some || a.unsure
	if some {
		out.Size = int(math.Round(float64(met) / float64(out.Checked) * float64(max(total, int64(out.Checked)))))
	}
	fields := named(graph.Selected(ctx), "SegmentPreview", "customers")
	if len(fields) == 0 || len(sample) == 0 {
		return out, nil
	}
	found, err := r.customersByID(ctx, sample, planCustomer(fields...))
	if err != nil {
		return nil, err
	}
	for _, id := range sample {
		if found[id] != nil {
			out.Customers = append(out.Customers, found[id])
		}
	}
	slices.SortStableFunc(out.Customers, func(a, b *model.Customer) int {
		return -int(min(1, max(-1, int64(value(a.LastSeenAt)-value(b.LastSeenAt)))))
	})
	return out, nil
}

func value(at *event.Millis) event.Millis {
	if at == nil {
		return 0
	}
	return *at
}

func (r queryResolver) SegmentExplanation(ctx context.Context, id, of string) (*model.SegmentExplanation, error) {
	d, err := r.definitionsNow(ctx)
	if err != nil || d.byID[id] == nil {
		return nil, err
	}
	c := d.byID[id].Condition
	if err := r.allowed(ctx, d, &c); err != nil {
		return nil, err
	}
	found, err := r.graph.IdentifiersByID(ctx, []identity.CustomerID{identity.CustomerID(of)})
	if err != nil {
		return nil, err
	}
	list, err := r.graph.Standings(ctx, []identity.CustomerID{found[identity.CustomerID(of)].Customer})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	auditAbout(ctx, "", list[0].ID)
	a, err := r.ask(ctx, d, c)
	if err != nil {
		return nil, err
	}
	standings, err := a.standings(ctx, list)
	if err != nil {
		return nil, err
	}
	parts, _ := a.set.Explain(standings[list[0].ID], askedID)
	out := &model.SegmentExplanation{Met: parts[0].Verdict.Met, Estimated: a.unsure}
	if next := parts[0].Verdict.Next; next != segment.Never {
		out.NextChangeAt = &next
	}
	v := r.viewer(ctx)
	for _, p := range parts {
		actual := p.Actual
		if p.Condition.Trait != nil && actual != nil {
			actual = v.trait(p.Condition.Trait.Key, actual)
		}
		if string(actual) == "null" {
			actual = nil
		}
		out.Parts = append(out.Parts, &model.ConditionResult{Path: p.Path, Description: p.Condition.Sentence(d.name), Met: p.Verdict.Met, Actual: actual})
	}
	return out, nil
}

const (
	// filterPage is how many customers are read at once to find those that meet a condition, and filterMost how many are
	// looked at in all: a page may come short of its size, and the next goes on behind.
	filterPage = 200
	filterMost = 4000
)

// filtered is a page of customers that meet a condition, forward from a cursor.
func (r *Root) filtered(ctx context.Context, q store.CustomersQuery, in *model.Condition, plan *customerPlan) (*store.Page[*store.Profile], error) {
	if q.Last > 0 {
		return nil, &fault.Error{Op: "resolvers.filtered", Code: fault.Invalid, Message: "With a condition, customers are paged forward: use `first` and `after`.", Field: "last"}
	}
	a, _, err := r.asked(ctx, in, "filter.condition")
	if err != nil {
		return nil, err
	}
	out := &store.Page[*store.Profile]{HasPrevious: q.After != nil}
	size := q.First
	q.First = filterPage
	for looked := 0; looked < filterMost; {
		page, err := r.graph.CustomersPage(ctx, q, plan.wants()[0])
		if err != nil {
			return nil, err
		}
		ids := make([]identity.CustomerID, len(page.Entries))
		for i, e := range page.Entries {
			ids[i] = e.Node.ID
		}
		list, err := r.graph.Standings(ctx, ids)
		if err != nil {
			return nil, err
		}
		met, err := a.meeting(ctx, list)
		if err != nil {
			return nil, err
		}
		for i, e := range page.Entries {
			if met[e.Node.ID] {
				out.Entries = append(out.Entries, e)
			}
			if len(out.Entries) == size {
				out.HasNext = page.HasNext || i+1 < len(page.Entries)
				return out, nil
			}
		}
		looked += len(page.Entries)
		if !page.HasNext || len(page.Entries) == 0 {
			return out, nil
		}
		q.After = &page.Entries[len(page.Entries)-1].Mark
	}
	if len(out.Entries) == 0 {
		return nil, fault.New("resolvers.filtered", fault.Limit, "None of the %d customers looked at meets the condition; make it a segment, or narrow the list.", filterMost)
	}
	out.HasNext = true
	return out, nil
}
