package resolvers

import (
	"context"
	"slices"

	"kith/fault"
	"kith/graph/model"
	"kith/identity"
)

func (r mutationResolver) IdentityMark(ctx context.Context, input model.IdentityMarkInput) (*model.IdentityDecisionPayload, error) {
	wrong := &mistakes{}
	d := r.newDecision(ctx, wrong, string(input.Mark), input.Reason)
	key, ok := r.key(input.Identifier)
	if !ok {
		wrong.add(fault.Invalid, "This value cannot be an identifier of its type.", "identifier", "value")
	}
	if len(wrong.list) > 0 {
		return wrong.payload(), nil
	}
	found, err := r.graph.IdentifiersByKey(ctx, []identity.Key{key})
	if err != nil {
		return nil, err
	}
	if _, known := found[key]; !known {
		wrong.add(fault.NotFound, "There is no such identifier. It may not have been applied yet.", "identifier")
	} else if input.Mark != model.IdentityMarkBlocked && r.rules().Mark(key) == identity.MarkBlocked {
		wrong.add(fault.Conflict, "The identity rules block this identifier, and no mark overrules that. Change the rules.", "mark")
	}
	if len(wrong.list) > 0 {
		return wrong.payload(), nil
	}
	d.A = []identity.Key{key}
	return r.carryOut(ctx, d, d.ID, d.A)
}

// Mark is the mark that counts on each identifier; nil where there is none.
func (r identifierResolver) Mark(ctx context.Context, objs []*model.Identifier) ([]*model.IdentityDecision, error) {
	ids := make([]identity.CustomerID, len(objs))
	for n, i := range objs {
		ids[n] = identity.IdentifierID(i.ID).Customer()
	}
	distinct := slices.Clone(ids)
	slices.Sort(distinct)
	found, err := r.graph.MarksByID(ctx, slices.Compact(distinct))
	if err != nil {
		return nil, err
	}
	out := make([]*model.IdentityDecision, len(objs))
	for n, id := range ids {
		if d, marked := found[id]; marked {
			out[n] = decisionModel(r.viewer(ctx), d)
		}
	}
	return out, nil
}
