package resolvers

import (
	"context"
	"slices"

	"kith/graph"
	"kith/graph/model"
	"kith/identity"
)

func (r customerResolver) Household(ctx context.Context, objs []*model.Customer, _ *int, _ *string) ([]*model.CustomerConnection, error) {
	var ids []identity.CustomerID
	for _, c := range objs {
		ids = append(ids, identity.CustomerID(c.ID))
	}
	slices.Sort(ids)
	pages, err := memberPages(ctx, r.Root, graph.Selected(ctx), householdList, slices.Compact(ids), r.graph.HouseholdsOf)
	if err != nil {
		return nil, err
	}
	out := make([]*model.CustomerConnection, len(objs))
	for n, c := range objs {
		out[n] = pages[identity.CustomerID(c.ID)]
	}
	return out, nil
}
