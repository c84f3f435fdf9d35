package resolvers

import (
	"context"

	"kith/graph/model"
	"kith/identity"
)

func (r customerResolver) Household(ctx context.Context, objs []*model.Customer, _ *int, _ *string) ([]*model.CustomerConnection, error) {
	return customerField[*model.CustomerConnection](ctx, r.Root, objs)
}

// fillHouseholds reads who lives with the customers: one read for each place of the query that asks.
func (a *assembly) fillHouseholds(ctx context.Context, ids []identity.CustomerID) error {
	for _, f := range a.plan.households {
		pages, err := memberPages(ctx, a.Root, f, householdList, ids, a.graph.HouseholdsOf)
		if err != nil {
			return err
		}
		for id, c := range a.made {
			c.Prefetched.Put(f.Key(), pages[id])
		}
	}
	return nil
}
