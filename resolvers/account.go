package resolvers

import (
	"context"

	"kith/graph"
	"kith/graph/model"
	"kith/store"
)

type accountResolver struct{ *Root }

// Account answers the nested fields of Account.
func (r *Root) Account() graph.AccountResolver { return accountResolver{r} }

// account is an account as the viewer may see it.
func (v viewer) account(a store.AccountView) *model.Account {
	return &model.Account{ID: a.ID, GroupID: a.GroupID, Traits: v.facts(a.Traits)}
}

func (a *assembly) accountPage(p *store.Page[store.AccountView]) *model.AccountConnection {
	return &model.AccountConnection{
		Edges: edges(p, accountList, func(cursor string, n store.AccountView) model.AccountEdge {
			return model.AccountEdge{Cursor: cursor, Node: a.account(n)}
		}),
		PageInfo: pageInfo(p, accountList),
	}
}

// customersOf reads the pages of customers that a `customers` field asks of accounts, by account id.
func (r *Root) customersOf(ctx context.Context, field graph.Selection, accounts []*model.Account) (map[string]*model.CustomerConnection, error) {
	seen := map[string]bool{}
	var ids []string
	for _, a := range accounts {
		if !seen[a.ID] {
			seen[a.ID] = true
			ids = append(ids, a.ID)
		}
	}
	return memberPages(ctx, r, field, memberList, ids, r.graph.CustomersOf)
}

// memberPages makes the pages of customers that a field asks of things that have members, with one read for all of them.
func memberPages[K ~string](ctx context.Context, r *Root, field graph.Selection, list string, of []K,
	read func(context.Context, []K, store.Slice, store.Want) (map[K]*store.Page[*store.Profile], error),
) (map[K]*model.CustomerConnection, error) {
	slice, err := forward(list, graph.Arg[*int](field, "first"), graph.Arg[*string](field, "after"))
	if err != nil {
		return nil, err
	}
	plan := planCustomer(nodesOf(field, "Customer")...)
	pages, err := read(ctx, of, slice, plan.wants()[0])
	if err != nil {
		return nil, err
	}
	var profiles []*store.Profile
	for _, page := range pages {
		for _, e := range page.Entries {
			profiles = append(profiles, e.Node)
		}
	}
	made, err := r.assemble(ctx, plan, profiles)
	if err != nil {
		return nil, err
	}
	out := make(map[K]*model.CustomerConnection, len(pages))
	for id, page := range pages {
		out[id] = connection(page, list, made)
	}
	return out, nil
}

func (r accountResolver) Customers(ctx context.Context, objs []*model.Account, _ *int, _ *string) ([]*model.CustomerConnection, error) {
	field := graph.Selected(ctx)
	out := make([]*model.CustomerConnection, len(objs))
	var missing []*model.Account
	for n, a := range objs {
		if v, ok := a.Prefetched.Get(field.Key()); ok {
			out[n] = v.(*model.CustomerConnection)
		} else {
			missing = append(missing, a)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	pages, err := r.customersOf(ctx, field, missing)
	if err != nil {
		return nil, err
	}
	for n, a := range objs {
		if out[n] == nil {
			out[n] = pages[a.ID]
		}
	}
	return out, nil
}
