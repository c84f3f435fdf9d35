package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"kith/auth"
	"kith/fault"
)

// hasScope is the directive @hasScope. It runs for every operation, and for a subscription again with every event.
func hasScope(ctx context.Context, _ any, next graphql.Resolver, scope string) (any, error) {
	if auth.PrincipalOf(ctx).Has(auth.Scope(scope)) {
		return next(ctx)
	}
	return nil, fault.New("graph.hasScope", fault.Forbidden, "your token lacks the scope %s", scope)
}

// scopesOf is a short text that is equal for callers with equal scopes.
func scopesOf(p *auth.Principal) string {
	all := auth.Roles["admin"]
	text := make([]byte, len(all))
	for i, scope := range all {
		text[i] = '-'
		if p.Has(scope) {
			text[i] = '+'
		}
	}
	return string(text)
}
