package resolvers

import (
	"context"
	"maps"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"kith/event"
	"kith/fault"
	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/store"
)

// assembly makes models of customers that were read, with everything the query asks below them.
type assembly struct {
	*Root
	viewer
	plan *customerPlan
	// definitions are there when segments or values are asked for
	definitions *definitions
	made        map[identity.CustomerID]*model.Customer
	pasts       map[pastOf]*store.IdentityGraph
	// accounts and strangers met on the way, for the reads of the next level
	accounts  []*model.Account
	strangers []*model.Identifier
}

// assemble makes models of profiles that were read with the plan's first want, each customer once, by id. It reads
// what is left: fields asked again with other arguments, and what hangs on accounts and other customers found. Each of
// these is one read for all the customers together.
func (r *Root) assemble(ctx context.Context, plan *customerPlan, profiles []*store.Profile) (map[identity.CustomerID]*model.Customer, error) {
	a := &assembly{Root: r, viewer: r.viewer(ctx), plan: plan, made: make(map[identity.CustomerID]*model.Customer, len(profiles))}
	if plan.values || len(plan.traits)+len(plan.segments) > 0 {
		d, err := r.definitions(ctx)
		if err != nil {
			return nil, err
		}
		now := event.MillisOf(r.now())
		if d, err = r.knowing(ctx, d, profiles); err != nil {
			return nil, err
		}
		a.definitions = d
		plain := a.viewer
		if plan.computed {
			a.viewer.values = func(p *store.Profile) []*model.ComputedValue { return d.computedValues(plain, p, now) }
		}
		a.viewer.computed = func(p *store.Profile) string { return d.withComputed(plain, p, now) }
	}
	if err := a.recall(ctx, profiles); err != nil {
		return nil, err
	}
	wants := plan.wants()
	for _, p := range profiles {
		if p != nil && a.made[p.ID] == nil {
			a.made[p.ID] = a.customer(p)
			a.put(a.made[p.ID], p, 0)
		}
	}
	if len(a.made) == 0 {
		return a.made, nil
	}
	ids := slices.Sorted(maps.Keys(a.made))
	for n := 1; n < len(wants); n++ {
		more, err := r.graph.ProfilesByID(ctx, ids, wants[n])
		if err != nil {
			return nil, err
		}
		for id, p := range more {
			if c := a.made[id]; c != nil {
				a.put(c, p, n)
			}
		}
	}
	if err := a.fillAccounts(ctx); err != nil {
		return nil, err
	}
	if err := a.fillHouseholds(ctx, ids); err != nil {
		return nil, err
	}
	return a.made, a.fillStrangers(ctx)
}

// put hands a customer what the n-th read of it brought.
func (a *assembly) put(c *model.Customer, p *store.Profile, n int) {
	if n == 0 {
		for _, f := range a.plan.otherIDs {
			c.Prefetched.Put(f.Key(), texts(p.OtherIDs))
		}
		for _, f := range a.plan.traits {
			c.Prefetched.Put(f.Key(), a.trait(graph.Arg[string](f, "key"), p, c))
		}
		for _, f := range a.plan.graphs {
			g, outside := a.identityGraph(p, c, f)
			a.strangers = append(a.strangers, outside...)
			c.Prefetched.Put(f.Key(), g)
		}
	}
	if n < len(a.plan.identifiers) && p.Identifiers != nil {
		c.Prefetched.Put(a.plan.identifiers[n].field.Key(), a.identifierPage(p.Identifiers, c))
	}
	if n < len(a.plan.touchpoints) && p.Touchpoints != nil {
		c.Prefetched.Put(a.plan.touchpoints[n].field.Key(), a.touchpointPage(p.Touchpoints, c))
	}
	if n < len(a.plan.segments) && p.Segments != nil {
		c.Prefetched.Put(a.plan.segments[n].field.Key(), a.membershipPage(p.Segments))
	}
	if n < len(a.plan.accounts) && p.Accounts != nil {
		page := a.accountPage(p.Accounts)
		a.accounts = append(a.accounts, page.Nodes()...)
		c.Prefetched.Put(a.plan.accounts[n].field.Key(), page)
	}
}

// fillAccounts reads the customers asked for below accounts: one read for each place of the query that asks.
func (a *assembly) fillAccounts(ctx context.Context) error {
	if len(a.accounts) == 0 {
		return nil
	}
	var fields []graph.Selection
	for _, f := range a.plan.accounts {
		for _, n := range nodesOf(f.field, "Account") {
			fields = append(fields, named(n, "Account", "customers")...)
		}
	}
	for _, f := range fields {
		pages, err := a.customersOf(ctx, f, a.accounts)
		if fault.CodeOf(err) == fault.Invalid {
			continue // a wrong cursor is that field's own error, not its parents'
		}
		if err != nil {
			return err
		}
		for _, account := range a.accounts {
			if page := pages[account.ID]; page != nil {
				account.Prefetched.Put(f.Key(), page)
			}
		}
	}
	return nil
}

// fillStrangers reads the customers of identifiers that links lead to outside.
func (a *assembly) fillStrangers(ctx context.Context) error {
	if len(a.strangers) == 0 || len(a.plan.strangers) == 0 {
		return nil
	}
	return a.own(ctx, a.strangers, planCustomer(a.plan.strangers...))
}

// own reads the customers of identifiers and makes them theirs.
func (r *Root) own(ctx context.Context, identifiers []*model.Identifier, plan *customerPlan) error {
	ids := make([]identity.CustomerID, 0, len(identifiers))
	for _, i := range identifiers {
		ids = append(ids, identity.IdentifierID(i.ID).Customer())
	}
	slices.Sort(ids)
	customers, err := r.customersByID(ctx, slices.Compact(ids), plan)
	if err != nil {
		return err
	}
	for _, i := range identifiers {
		setOwner(i, customers[identity.IdentifierID(i.ID).Customer()])
	}
	return nil
}

// customersByID reads customers by any of their ids, with all the plan asks, by the id asked for.
func (r *Root) customersByID(ctx context.Context, ids []identity.CustomerID, plan *customerPlan) (map[identity.CustomerID]*model.Customer, error) {
	found, err := r.graph.ProfilesByID(ctx, ids, plan.wants()[0])
	if err != nil {
		return nil, err
	}
	return assembleBy(ctx, r, plan, found)
}

// customersByKey reads the customers of identifiers, by the identifier's key.
func (r *Root) customersByKey(ctx context.Context, keys []identity.Key, plan *customerPlan) (map[identity.Key]*model.Customer, error) {
	found, err := r.graph.ProfilesByKey(ctx, keys, plan.wants()[0])
	if err != nil {
		return nil, err
	}
	return assembleBy(ctx, r, plan, found)
}

func assembleBy[K comparable](ctx context.Context, r *Root, plan *customerPlan, found map[K]*store.Profile) (map[K]*model.Customer, error) {
	made, err := r.assemble(ctx, plan, slices.Collect(maps.Values(found)))
	if err != nil {
		return nil, err
	}
	out := make(map[K]*model.Customer, len(found))
	for asked, p := range found {
		out[asked] = made[p.ID]
	}
	return out, nil
}

// An identifier knows its customer, and a touchpoint its identifier, under no field in particular: they are the same
// whatever is asked of them.

func setOwner(i *model.Identifier, c *model.Customer) { i.Prefetched.Put(nil, c) }

func ownerOf(i *model.Identifier) (*model.Customer, bool) {
	v, ok := i.Prefetched.Get(nil)
	if !ok {
		return nil, false
	}
	return v.(*model.Customer), true
}

func setActor(t *model.Touchpoint, i *model.Identifier) { t.Prefetched.Put(nil, i) }

func actorOf(t *model.Touchpoint) *model.Identifier {
	v, _ := t.Prefetched.Get(nil)
	i, _ := v.(*model.Identifier)
	return i
}

// customerField answers one nested field of several customers: with what was read ahead, and for those without it by
// one read of all of them.
func customerField[T any](ctx context.Context, r *Root, customers []*model.Customer) ([]T, error) {
	field := graph.Selected(ctx)
	out := make([]T, len(customers))
	var missing []int
	var ids []identity.CustomerID
	for n, c := range customers {
		if v, ok := c.Prefetched.Get(field.Key()); ok {
			out[n] = v.(T)
			continue
		}
		missing = append(missing, n)
		ids = append(ids, identity.CustomerID(c.ID))
	}
	if len(missing) == 0 {
		return out, nil
	}
	plan := &customerPlan{}
	if err := plan.field(field); err != nil {
		return nil, err
	}
	slices.Sort(ids)
	found, err := r.customersByID(ctx, slices.Compact(ids), plan)
	if err != nil {
		return nil, err
	}
	errs := make(graphql.BatchErrorList, len(customers))
	failed := false
	for _, n := range missing {
		c := found[identity.CustomerID(customers[n].ID)]
		if c == nil {
			errs[n], failed = fault.New("resolvers.customerField", fault.NotFound, "This customer is gone."), true
			continue
		}
		v, _ := c.Prefetched.Get(field.Key())
		out[n] = v.(T)
	}
	if failed {
		return out, errs
	}
	return out, nil
}

func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
