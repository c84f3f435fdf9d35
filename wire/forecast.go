package wire

import (
	"context"

	"kith/identity"
	"kith/pipeline"
)

// Forecast says what other rules would change about everything in a graph.
func Forecast(g pipeline.Whole) func(context.Context, *identity.Rules) (*identity.Diff, error) {
	return func(ctx context.Context, rules *identity.Rules) (*identity.Diff, error) {
		f, err := pipeline.Reresolve(ctx, g, rules)
		if err != nil {
			return nil, err
		}
		return f.Diff, nil
	}
}
