package resolvers

import (
	"context"
	"slices"

	"kith/auth"
	"kith/event"
	"kith/fault"
	"kith/graph/model"
)

func (r queryResolver) Journal(ctx context.Context) (*model.Journal, error) {
	p, err := r.journal.Progress(ctx)
	if err != nil {
		return nil, err
	}
	j := &model.Journal{Head: p.Head, Applied: p.Applied, Lag: p.Lag}
	if !p.Oldest.IsZero() {
		j.OldestPendingSeconds = max(0, r.now().Sub(p.Oldest).Seconds())
	}
	return j, nil
}

func (r queryResolver) IdentityRules(ctx context.Context) (*model.IdentityRules, error) {
	rules, ok, err := r.graph.RulesInForce(ctx)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault.New("resolvers.identityRules", fault.Unavailable, "No identity rules are in force yet; they are applied when the first event is.")
	}
	return &model.IdentityRules{Version: rules.Version, Yaml: rules.YAML, ModelVersion: rules.ModelVersion, At: rules.At}, nil
}

func (r queryResolver) Me(ctx context.Context) (*model.Me, error) {
	p := auth.PrincipalOf(ctx)
	if p == nil {
		return nil, fault.New("resolvers.me", fault.Unauthenticated, "This needs a token.")
	}
	me := &model.Me{Subject: p.Subject, ExpiresAt: event.MillisOf(p.Expires), Scopes: texts(p.Granted)}
	slices.Sort(me.Scopes)
	return me, nil
}
