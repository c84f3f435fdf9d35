package resolvers

import (
	"context"
	"slices"
	"strings"

	"kith/event"
	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/store"
)

func (r queryResolver) IdentityPreview(ctx context.Context, input model.IdentityPreviewInput) (*model.IdentityPreview, error) {
	if input.Rules != nil || input.Model != nil {
		return r.previewRules(ctx, input)
	}
	wrong, d, a, b := &mistakes{under: []string{"join"}}, identity.Decision{ID: decisionID(), At: event.MillisOf(r.now())}, side{list: input.Join}, side{}
	kind := identity.Join
	if input.Part != nil {
		kind, wrong.under = identity.Part, []string{"part"}
		a, b = side{"identifiers", input.Part.Identifiers}, side{"from", input.Part.From}
	}
	d.Kind = kind.String()
	if err := r.propose(ctx, wrong, &d, kind, a, b); err != nil {
		return nil, err
	}
	if len(wrong.list) > 0 {
		return wrong.preview(), nil
	}
	rulings, err := d.Rulings()
	if err != nil {
		return nil, err
	}
	diff, err := r.wouldBe(ctx, identity.Delta{Rulings: rulings})
	if err != nil {
		return nil, err
	}
	return r.preview(ctx, diff, slices.Concat(d.A, d.B))
}

func (m *mistakes) preview() *model.IdentityPreview {
	return &model.IdentityPreview{Before: []*model.Customer{}, After: []*model.IdentityPreviewCustomer{}, UserErrors: m.list}
}

// wouldBe is what a delta would change: resolved as the pipeline would, from what is stored now, and written nowhere.
func (r *Root) wouldBe(ctx context.Context, delta identity.Delta) (*identity.Diff, error) {
	u := identity.NewUpdate(r.rules(), r.graph.WorkspaceKey(), delta)
	for need := u.Need(); !need.Empty(); need = u.Need() {
		loaded, err := r.graph.Neighbourhood(ctx, need)
		if err != nil {
			return nil, err
		}
		for _, answer := range []*identity.Answer{&loaded.Components, &loaded.Around, &loaded.Wide} {
			for n := range answer.Members {
				r.heard(&answer.Members[n])
			}
		}
		u.Add(loaded)
	}
	return u.Finish()
}

// heard gives a stored record the form that is compared.
func (r *Root) heard(m *identity.Stored) {
	if m.Content == "" {
		return
	}
	var crowded []string
	if m.Crowded != "" {
		crowded = strings.Split(m.Crowded, "\n")
	}
	model := r.rules().Model()
	m.Record = identity.Heard(model, model.PrepareJSON(store.RecordView{Content: m.Content}.Traits()), crowded)
}

func count(out *model.IdentityPreview, diff *identity.Diff) {
	out.Merged, out.Split, out.Moved = 0, len(diff.Splits), len(diff.Moves)
	for _, m := range diff.Merges {
		out.Merged += len(m.Absorbed)
	}
}

// preview shows the customers that a diff changes, as they are and as they would be.
func (r *Root) preview(ctx context.Context, diff *identity.Diff, about []identity.Key) (*model.IdentityPreview, error) {
	out := (&mistakes{list: []*model.UserError{}}).preview()
	count(out, diff)
	keys := slices.Clone(about)
	for _, c := range diff.Customers {
		keys = append(keys, c.Members...)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	views, err := r.graph.IdentifiersByKey(ctx, keys)
	if err != nil {
		return nil, err
	}
	var read []identity.CustomerID
	for _, k := range about {
		read = append(read, views[k].Customer)
	}
	slices.Sort(read)
	auditAbout(ctx, "", slices.Compact(read)...)
	v := r.viewer(ctx)
	for _, c := range diff.Customers {
		after := &model.IdentityPreviewCustomer{ID: string(c.ID), Shared: c.Shared, Identifiers: []*model.Identifier{}}
		for _, k := range c.Members {
			if i, known := views[k]; known {
				after.Identifiers = append(after.Identifiers, v.identifier(i))
			}
		}
		out.After = append(out.After, after)
	}
	fields := named(graph.Selected(ctx), "IdentityPreview", "before")
	if len(fields) == 0 {
		return out, nil
	}
	var ids []identity.CustomerID
	for _, i := range views {
		if i.Customer != "" {
			ids = append(ids, i.Customer)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	found, err := r.customersByID(ctx, ids, planCustomer(fields...))
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if c := found[id]; c != nil {
			out.Before = append(out.Before, c)
		}
	}
	return out, nil
}
