package resolvers

import (
	"context"
	"slices"
	"strings"

	"kith/fault"
	"kith/graph/model"
	"kith/identity"
	"kith/store"
)

func (r mutationResolver) IdentityReviewAccept(ctx context.Context, id string, input model.IdentityReviewInput) (*model.IdentityDecisionPayload, error) {
	return r.settle(ctx, identity.Join, id, input)
}

func (r mutationResolver) IdentityReviewReject(ctx context.Context, id string, input model.IdentityReviewInput) (*model.IdentityDecisionPayload, error) {
	return r.settle(ctx, identity.Part, id, input)
}

// settle makes the decision that an item of the queue asks for: about its two identifiers, which are what the queue
// looks at to know that somebody has decided.
func (r mutationResolver) settle(ctx context.Context, kind identity.DecisionKind, id string, input model.IdentityReviewInput) (*model.IdentityDecisionPayload, error) {
	wrong := &mistakes{}
	d := r.newDecision(ctx, wrong, kind.String(), input.Reason)
	ends, err := r.reviewed(ctx, id)
	if err != nil {
		return nil, err
	}
	switch {
	case len(ends) < 2:
		wrong.list = append(wrong.list, userError(fault.NotFound, "There is no such item in the queue; somebody may have decided it already.", "id"))
	case strings.HasPrefix(id, reviewOfCustomer) && kind == identity.Part:
		wrong.list = append(wrong.list, userError(fault.Invalid, "Say who is not one person with whom: use identityPart, or identityMark for what several people use.", "id"))
	}
	if len(wrong.list) > 0 {
		return wrong.payload(), nil
	}
	if d.A = []identity.Key{ends[0].Key, ends[1].Key}; kind == identity.Part {
		d.A, d.B = d.A[:1], d.A[1:]
	} else if err := r.unparted(ctx, wrong, d, ""); err != nil {
		return nil, err
	}
	if len(wrong.list) > 0 {
		for _, u := range wrong.list {
			u.Field = []string{"id"}
		}
		return wrong.payload(), nil
	}
	return r.carryOut(ctx, d, d.ID, slices.Concat(d.A, d.B))
}

// reviewed are the two identifiers that a decision on an item of the queue is about; none when the item is not there.
func (r *Root) reviewed(ctx context.Context, id string) ([]store.IdentifierView, error) {
	if link, is := strings.CutPrefix(id, reviewOfLink); is {
		l, ok, err := r.graph.ReviewLinkByID(ctx, link)
		if err != nil || !ok || !l.Open {
			return nil, err
		}
		return []store.IdentifierView{l.A, l.B}, nil
	}
	if customer, is := strings.CutPrefix(id, reviewOfCustomer); is {
		c, ok, err := r.graph.LargeCustomerByID(ctx, identity.CustomerID(customerIDsPrefix+customer))
		if err != nil || !ok || !c.Open {
			return nil, err
		}
		return c.Strongest, nil
	}
	return nil, nil
}
