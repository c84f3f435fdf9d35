package pipeline

import (
	"context"

	"kith/customer"
	"kith/identity"
	"kith/store"
)

// viewPage is how many customers are put together at once, with the traits of all their identifiers.
const viewPage = 200

// views puts every customer together anew and writes those that show something else.
func (r *rebuild) views(ctx context.Context) error {
	r.begin("views")
	for after := identity.CustomerID(""); ; {
		page, err := r.cfg.Graph.CustomersAfter(ctx, after, min(viewPage, r.cfg.Batch))
		if err != nil || len(page) == 0 {
			return err
		}
		p := &plan{applier: r.judge, fold: newFold(), diff: &identity.Diff{}}
		if err := p.prepare(ctx); err != nil {
			return err
		}
		shown := make(map[identity.CustomerID]store.Row, len(page))
		all := make(map[identity.CustomerID]bool, len(page))
		for _, s := range page {
			after = s.ID
			shown[s.ID], all[s.ID] = s.View, true
		}
		if err := p.assemble(ctx, all); err != nil {
			return err
		}
		w := r.write()
		var rows store.Write
		p.customers(&rows)
		p.households(&w)
		for _, row := range rows.Customers {
			id, _ := row["id"].(string)
			if view, _ := row["p"].(store.Row); within(view, shown[identity.CustomerID(id)]) {
				delete(p.views, identity.CustomerID(id))
			} else {
				w.Customers = append(w.Customers, row)
			}
		}
		if len(w.Customers)+len(w.Households) > 0 {
			if err := r.step(ctx, w, p.changes()); err != nil {
				return err
			}
		}
		if err := r.breathe(ctx, len(page)); err != nil {
			return err
		}
	}
}

// accounts does the same for the values that accounts show.
func (r *rebuild) accounts(ctx context.Context) error {
	r.begin("accounts")
	for after := ""; ; {
		page, err := r.cfg.Graph.AccountsAfter(ctx, after, min(viewPage, r.cfg.Batch))
		if err != nil || len(page) == 0 {
			return err
		}
		w := r.write()
		for _, s := range page {
			after = s.ID
			versions, err := customer.ParseTraits(s.Versions)
			if err != nil {
				return err
			}
			if values := customer.Values(versions, r.judge.rules.SourceRank); values != s.Traits {
				w.Accounts = append(w.Accounts, store.Row{"id": s.ID, "p": store.Row{"traits": values}})
			}
		}
		if err := r.page(ctx, w, len(page)); err != nil {
			return err
		}
	}
}

// page writes what a page came to, if anything.
func (r *rebuild) page(ctx context.Context, w store.Write, n int) error {
	if len(w.Identifiers)+len(w.Links)+len(w.GoneLinks)+len(w.GoneWorksAt)+len(w.Accounts) > 0 {
		if err := r.step(ctx, w, nil); err != nil {
			return err
		}
	}
	return r.breathe(ctx, n)
}
