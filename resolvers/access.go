package resolvers

import (
	"context"

	"kith/auth"
	"kith/fault"
	"kith/graph/model"
	"kith/store"
)

// require refuses a caller without the scope. what says what needs it, as the start of a sentence.
func require(ctx context.Context, scope auth.Scope, what string) error {
	if auth.PrincipalOf(ctx).Has(scope) {
		return nil
	}
	return fault.New("resolvers.require", fault.Forbidden, "%s needs the scope %s, which this token does not have.", what, scope)
}

// viewer is who looks: whether personal values are shown, and how they are masked when not.
type viewer struct {
	pii bool
	// traits that hold identifiers, beside the personal ones everybody knows
	identifiers map[string]string
	// shown puts what is computed of a customer among its traits, as JSON
	computed func(p *store.Profile) string
	// values are what is computed of it
	values func(p *store.Profile) []*model.ComputedValue
}

func (v viewer) shown(p *store.Profile) string {
	if v.computed == nil || p.Values == "" {
		return p.Values
	}
	return v.computed(p)
}

func (r *Root) viewer(ctx context.Context) viewer {
	return viewer{pii: auth.PrincipalOf(ctx).Has(auth.PIIRead), identifiers: r.rules().Traits()}
}
