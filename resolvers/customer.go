package resolvers

import (
	"context"
	"slices"

	"kith/auth"
	"kith/customer"
	"kith/event"
	"kith/fault"
	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/segment"
	"kith/store"
)

// customer is a customer as the viewer may see it.
func (v viewer) customer(p *store.Profile) *model.Customer {
	c := &model.Customer{ID: string(p.ID), Shared: p.Shared, Known: p.Known, DisplayName: some(v.text(p.DisplayName)), Traits: v.traits(v.shown(p)), Computed: []*model.ComputedValue{}}
	if v.values != nil {
		c.Computed = v.values(p)
	}
	if p.FirstSeen != 0 {
		c.FirstSeenAt = &p.FirstSeen
	}
	if p.LastSeen != 0 {
		c.LastSeenAt = &p.LastSeen
	}
	return c
}

func (r queryResolver) Customer(ctx context.Context, by model.CustomerBy) (*model.Customer, error) {
	plan := planCustomer(graph.Selected(ctx))
	if by.Identifier != nil {
		if err := require(ctx, auth.PIIRead, "Looking a customer up by an identifier"); err != nil {
			return nil, err
		}
		key, ok := r.key(by.Identifier)
		if !ok {
			return nil, nil
		}
		found, err := r.customersByKey(ctx, []identity.Key{key}, plan)
		auditCustomer(ctx, found[key])
		return found[key], err
	}
	if by.ID == nil {
		return nil, fault.New("resolvers.customer", fault.Invalid, "Name the customer by id or by identifier.")
	}
	id := identity.CustomerID(*by.ID)
	found, err := r.customersByID(ctx, []identity.CustomerID{id}, plan)
	auditCustomer(ctx, found[id])
	return found[id], err
}

// auditCustomer keeps that a customer was read, if there is one.
func auditCustomer(ctx context.Context, c *model.Customer) {
	if c != nil {
		graph.AuditRead(ctx, c.ID)
	}
}

// auditAbout keeps that something of customers was read: its id, if it has one, and theirs, if they are any.
func auditAbout(ctx context.Context, id string, customers ...identity.CustomerID) {
	var targets []string
	if id != "" {
		targets = append(targets, id)
	}
	for _, c := range customers {
		if c != "" {
			targets = append(targets, string(c))
		}
	}
	graph.AuditRead(ctx, targets...)
}

// key is the key of an identifier as it would come in a call; ok is false when no call can bring it.
func (r *Root) key(i *model.IdentifierInput) (key identity.Key, ok bool) {
	id, ok := event.NormalizeIdentifier(i.Type, i.Value, r.ruling.Load().policy)
	return identity.Key(id.Key()), ok
}

func (r queryResolver) Customers(ctx context.Context, filter *model.CustomerFilter, orderBy *model.CustomerOrder, first *int, after *string, last *int, before *string) (*model.CustomerConnection, error) {
	q, err := customersQuery(ctx, filter, orderBy)
	if err != nil {
		return nil, err
	}
	switch {
	case first != nil && last != nil:
		return nil, &fault.Error{Op: "resolvers.customers", Code: fault.Invalid, Message: "Ask for `first` or for `last`, not for both.", Field: "last"}
	case last != nil:
		q.Last = *last
	default:
		q.First = graph.First(first)
	}
	if q.After, err = mark(q.List(), "after", after); err != nil {
		return nil, err
	}
	if q.Before, err = mark(q.List(), "before", before); err != nil {
		return nil, err
	}
	plan := planCustomer(nodesOf(graph.Selected(ctx), "Customer")...)
	if q.Segment != "" {
		if s, err := r.segmentByID(ctx, q.Segment); err != nil || s == nil {
			return nil, orNo(err, noSegment("filter.segment"))
		}
	}
	var page *store.Page[*store.Profile]
	if filter != nil && filter.Condition != nil {
		page, err = r.filtered(ctx, q, filter.Condition, plan)
	} else {
		page, err = r.graph.CustomersPage(ctx, q, plan.wants()[0])
	}
	if err != nil {
		return nil, err
	}
	return r.customerPage(ctx, plan, page, q.List())
}

func customersQuery(ctx context.Context, filter *model.CustomerFilter, orderBy *model.CustomerOrder) (store.CustomersQuery, error) {
	q := store.CustomersQuery{Ranked: orderBy == nil}
	if orderBy != nil {
		q.ByFirstSeen = orderBy.Field == model.CustomerOrderFieldFirstSeen
		q.Ascending = orderBy.Direction == model.OrderDirectionAsc
	}
	if filter == nil {
		return q, nil
	}
	if filter.Search != nil {
		if err := require(ctx, auth.PIIRead, "Searching"); err != nil {
			return q, err
		}
		q.Search = *filter.Search
	}
	if filter.Segment != nil {
		q.Segment = *filter.Segment
	}
	q.Known = filter.Known
	q.Shared = filter.Shared != nil && *filter.Shared
	return q, nil
}

// orNo is err, or no when there is none.
func orNo(err, no error) error {
	if err != nil {
		return err
	}
	return no
}

// customerPage makes a page of customers that were read with the plan's first want.
func (r *Root) customerPage(ctx context.Context, plan *customerPlan, page *store.Page[*store.Profile], list string) (*model.CustomerConnection, error) {
	profiles := make([]*store.Profile, 0, len(page.Entries))
	for _, e := range page.Entries {
		profiles = append(profiles, e.Node)
	}
	made, err := r.assemble(ctx, plan, profiles)
	if err != nil {
		return nil, err
	}
	return connection(page, list, made), nil
}

func connection(page *store.Page[*store.Profile], list string, made map[identity.CustomerID]*model.Customer) *model.CustomerConnection {
	return &model.CustomerConnection{
		Edges: edges(page, list, func(cursor string, p *store.Profile) model.CustomerEdge {
			return model.CustomerEdge{Cursor: cursor, Node: made[p.ID]}
		}),
		PageInfo: pageInfo(page, list),
	}
}

func (r customerResolver) OtherIds(ctx context.Context, objs []*model.Customer) ([][]string, error) {
	return customerField[[]string](ctx, r.Root, objs)
}

func (r customerResolver) Trait(ctx context.Context, objs []*model.Customer, _ string) ([]*model.Trait, error) {
	return customerField[*model.Trait](ctx, r.Root, objs)
}

func (r customerResolver) Identifiers(ctx context.Context, objs []*model.Customer, _ *int, _ *string) ([]*model.IdentifierConnection, error) {
	return customerField[*model.IdentifierConnection](ctx, r.Root, objs)
}

func (r customerResolver) Touchpoints(ctx context.Context, objs []*model.Customer, _ *model.TouchpointFilter, _ *int, _ *string) ([]*model.TouchpointConnection, error) {
	return customerField[*model.TouchpointConnection](ctx, r.Root, objs)
}

func (r customerResolver) IdentityGraph(ctx context.Context, objs []*model.Customer, _, _ *bool, _ *event.Millis) ([]*model.IdentityGraph, error) {
	return customerField[*model.IdentityGraph](ctx, r.Root, objs)
}

func (r customerResolver) Accounts(ctx context.Context, objs []*model.Customer, _ *int, _ *string) ([]*model.AccountConnection, error) {
	return customerField[*model.AccountConnection](ctx, r.Root, objs)
}

// computedSource is what stands for the source of what nobody stated.
const computedSource = "computed"

// trait is one trait of a customer with its history: what is computed under its key, or else what was stated; nil when
// nobody stated it or it was removed.
func (a *assembly) trait(key string, p *store.Profile, c *model.Customer) *model.Trait {
	stated := a.stated(key, p, c)
	at := slices.IndexFunc(a.definitions.computed, func(x segment.Computed) bool { return x.Key == key })
	own := slices.IndexFunc(p.Traits, func(i store.IdentifierView) bool { return i.ID == p.ID })
	if at < 0 || own < 0 {
		return stated
	}
	value := a.definitions.set.Shown(store.Computed(p.Computed), p.LastSeen, event.MillisOf(a.now()))[key]
	if value == nil {
		return stated
	}
	node := a.identifier(p.Traits[own])
	setOwner(node, c)
	value = a.viewer.computedValue(&a.definitions.computed[at], value)
	t := &model.Trait{Key: key, Value: value, Source: computedSource, At: p.LastSeen, Identifier: node}
	t.History = []*model.TraitValue{{Value: value, Source: t.Source, At: t.At, Identifier: node}}
	if stated != nil {
		t.History = append(t.History, stated.History...)
	}
	return t
}

// stated is one trait of a customer as it was stated.
func (a *assembly) stated(key string, p *store.Profile, c *model.Customer) *model.Trait {
	of := map[identity.Key]customer.Traits{}
	nodes := map[identity.Key]*model.Identifier{}
	for _, i := range p.Traits {
		traits, err := customer.ParseTraits(i.Traits)
		if err != nil || len(traits[key]) == 0 {
			continue
		}
		of[i.Key] = traits
		nodes[i.Key] = a.identifier(i)
		setOwner(nodes[i.Key], c)
	}
	versions := customer.History(key, of)
	n := customer.Winner(versions, a.rules().SourceRank)
	if n < 0 || versions[n].Removed() {
		return nil
	}
	best := versions[n]
	t := &model.Trait{Key: key, Value: a.viewer.trait(key, best.Value), Source: best.Source, At: best.At, Identifier: nodes[best.Identifier]}
	for _, v := range versions {
		h := &model.TraitValue{Source: v.Source, At: v.At, Identifier: nodes[v.Identifier]}
		if !v.Removed() {
			h.Value = a.viewer.trait(key, v.Value)
		}
		t.History = append(t.History, h)
	}
	return t
}
