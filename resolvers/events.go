package resolvers

import (
	"context"
	"encoding/json"
	"sync"

	"kith/fault"
	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/store"
)

// What events are about is read when they are sent, so it is never older than what they say.

type (
	customerChangedResolver          struct{ *Root }
	customerMergedResolver           struct{ *Root }
	customerSplitResolver            struct{ *Root }
	touchpointRecordedResolver       struct{ *Root }
	segmentMembershipChangedResolver struct{ *Root }
)

// CustomerChanged answers the nested fields of CustomerChanged.
func (r *Root) CustomerChanged() graph.CustomerChangedResolver { return customerChangedResolver{r} }

// CustomerMerged answers the nested fields of CustomerMerged.
func (r *Root) CustomerMerged() graph.CustomerMergedResolver { return customerMergedResolver{r} }

// CustomerSplit answers the nested fields of CustomerSplit.
func (r *Root) CustomerSplit() graph.CustomerSplitResolver { return customerSplitResolver{r} }

// TouchpointRecorded answers the nested fields of TouchpointRecorded.
func (r *Root) TouchpointRecorded() graph.TouchpointRecordedResolver {
	return touchpointRecordedResolver{r}
}

// SegmentMembershipChanged answers the nested fields of SegmentMembershipChanged.
func (r *Root) SegmentMembershipChanged() graph.SegmentMembershipChangedResolver {
	return segmentMembershipChangedResolver{r}
}

func (r customerChangedResolver) Customer(ctx context.Context, obj *model.CustomerChanged) (*model.Customer, error) {
	return r.subject(ctx, obj.CustomerID)
}

func (r customerMergedResolver) Customer(ctx context.Context, obj *model.CustomerMerged) (*model.Customer, error) {
	return r.subject(ctx, obj.CustomerID)
}

func (r customerSplitResolver) Customer(ctx context.Context, obj *model.CustomerSplit) (*model.Customer, error) {
	return r.subject(ctx, obj.CustomerID)
}

func (r segmentMembershipChangedResolver) Customer(ctx context.Context, obj *model.SegmentMembershipChanged) (*model.Customer, error) {
	return r.subject(ctx, obj.CustomerID)
}

func (r segmentMembershipChangedResolver) Segment(ctx context.Context, obj *model.SegmentMembershipChanged) (*model.Segment, error) {
	s, err := r.segmentByID(ctx, obj.SegmentID)
	if err != nil || s == nil {
		return nil, orNo(err, noSegment(""))
	}
	return s, nil
}

// Created are who came of a split, those that are still there.
func (r customerSplitResolver) Created(ctx context.Context, obj *model.CustomerSplit) ([]*model.Customer, error) {
	ids := make([]identity.CustomerID, len(obj.CreatedIDs))
	for i, id := range obj.CreatedIDs {
		ids[i] = identity.CustomerID(id)
	}
	found, err := r.customersByID(ctx, ids, planCustomer(graph.Selected(ctx)))
	if err != nil {
		return nil, err
	}
	out := []*model.Customer{}
	for _, id := range ids {
		if c := found[id]; c != nil {
			out = append(out, c)
		}
	}
	return out, nil
}

// subject reads the customer an event is about, as it is now. Those of events that are executed side by side are read at
// once.
func (r *Root) subject(ctx context.Context, id string) (*model.Customer, error) {
	cid := identity.CustomerID(id)
	plan := planCustomer(graph.Selected(ctx))
	p, ok, err := r.subjects.load(ctx, cid, plan.wants()[0])
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New("resolvers.subject", fault.NotFound, "This customer is gone.")
	}
	made, err := assembleBy(ctx, r, plan, map[identity.CustomerID]*store.Profile{cid: p})
	return made[cid], err
}

// subjects gathers the reads of customers of whom the same is wanted.
type subjects struct {
	read func(context.Context, []identity.CustomerID, store.Want) (map[identity.CustomerID]*store.Profile, error)

	mu     sync.Mutex // protects what follows
	byWant map[string]*gathering
}

// gathering is there while somebody reads by it.
type gathering struct {
	*gather[identity.CustomerID, *store.Profile]
	readers int
}

func (s *subjects) load(ctx context.Context, id identity.CustomerID, want store.Want) (*store.Profile, bool, error) {
	text, err := json.Marshal(want)
	if err != nil {
		return nil, false, err
	}
	key := string(text)
	s.mu.Lock()
	g := s.byWant[key]
	if g == nil {
		g = &gathering{gather: newGather(func(ctx context.Context, ids []identity.CustomerID) (map[identity.CustomerID]*store.Profile, error) {
			return s.read(ctx, ids, want)
		})}
		s.byWant[key] = g
	}
	g.readers++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if g.readers--; g.readers == 0 {
			delete(s.byWant, key)
		}
	}()
	return g.Load(ctx, id)
}

// Touchpoint reads the touchpoint an event is about; the events of one change are executed side by side and read at once.
func (r touchpointRecordedResolver) Touchpoint(ctx context.Context, obj *model.TouchpointRecorded) (*model.Touchpoint, error) {
	t, ok, err := r.touchpoints.Load(ctx, obj.TouchpointID)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New("resolvers.touchpoint", fault.NotFound, "This touchpoint is gone.")
	}
	return r.touchpointAlone(ctx, t, graph.Selected(ctx))
}
