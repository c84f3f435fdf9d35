package resolvers

import (
	"context"

	"kith/auth"
	"kith/fault"
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
}

func (r *Root) viewer(ctx context.Context) viewer {
	return viewer{pii: auth.PrincipalOf(ctx).Has(auth.PIIRead), identifiers: r.rules.Traits()}
}
