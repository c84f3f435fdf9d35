package resolvers

import (
	"context"
	"fmt"
	"slices"

	"kith/fault"
	"kith/graph/model"
	"kith/identity"
	"kith/identity/match"
)

const (
	// maxForecast is how many identifiers and links the rules of a preview are tried on.
	maxForecast = 100_000
	// previewed is how many merges and how many splits are shown, and previewedMembers how many identifiers of them.
	previewed        = 20
	previewedMembers = 1000
)

// previewRules tries other rules, or another model, on everything stored.
func (r *Root) previewRules(ctx context.Context, input model.IdentityPreviewInput) (*model.IdentityPreview, error) {
	wrong := &mistakes{}
	rules, err := r.proposed(ctx, wrong, input)
	if err != nil {
		return nil, err
	}
	field := "model"
	if input.Rules != nil {
		field = "rules"
	}
	if len(wrong.list) > 0 {
		return wrong.preview(), nil
	}
	size, err := r.graph.Size(ctx)
	if err != nil {
		return nil, err
	}
	if size > maxForecast {
		wrong.add(fault.Limit, fmt.Sprintf("More than %d identifiers and links are stored. Ask on the command line: kith identity %s check FILE.", maxForecast, field), field)
		return wrong.preview(), nil
	}
	if !r.forecasting.TryLock() {
		wrong.add(fault.Conflict, "Somebody else is trying rules right now. Try again in some seconds.", field)
		return wrong.preview(), nil
	}
	defer r.forecasting.Unlock()
	diff, err := r.forecast(ctx, rules)
	if err != nil {
		return nil, err
	}
	out, err := r.preview(ctx, sampled(diff), nil)
	if err != nil {
		return nil, err
	}
	count(out, diff)
	return out, nil
}

// proposed is the rules that are to be tried: those given with the model in force, or those in force with the model given.
func (r *Root) proposed(ctx context.Context, wrong *mistakes, input model.IdentityPreviewInput) (*identity.Rules, error) {
	inForce, err := r.rulesInForce(ctx)
	if err != nil {
		return nil, err
	}
	if input.Rules != nil {
		rules, err := identity.ParseRules([]byte(*input.Rules))
		if err != nil {
			wrong.add(fault.Invalid, fault.MessageOf(err), "rules")
			return nil, nil
		}
		return rules.WithModel(inForce.Model()), nil
	}
	m, err := match.Parse([]byte(*input.Model))
	if err != nil {
		wrong.add(fault.Invalid, fault.MessageOf(err), "model")
		return nil, nil
	}
	return inForce.WithModel(m), nil
}

// sampled is a diff of everything, with no more customers than can be shown: those of the first merges and splits.
func sampled(d *identity.Diff) *identity.Diff {
	shown := map[identity.CustomerID]bool{}
	for _, m := range d.Merges[:min(previewed, len(d.Merges))] {
		shown[m.Survivor] = true
	}
	for _, s := range d.Splits[:min(previewed, len(d.Splits))] {
		shown[s.Customer] = true
		for _, id := range s.Created[:min(previewed, len(s.Created))] {
			shown[id] = true
		}
	}
	members := 0
	return &identity.Diff{Customers: slices.Collect(func(yield func(identity.Customer) bool) {
		for _, c := range d.Customers {
			if members += len(c.Members); !shown[c.ID] || members > previewedMembers {
				members -= len(c.Members)
				continue
			}
			if !yield(c) {
				return
			}
		}
	})}
}
