package resolvers

import (
	"context"

	"kith/event"
	"kith/graph/model"
)

// Figures answers how much there is and how much waits. It is asked every second by whoever watches, so it costs the same
// whatever the graph holds.
func (r queryResolver) Figures(ctx context.Context) (*model.Figures, error) {
	f, err := r.graph.Figures(ctx)
	if err != nil {
		return nil, err
	}
	refused, err := r.quarantine.Count(ctx)
	if err != nil {
		return nil, err
	}
	dead, err := r.deadLetters.Count(ctx)
	if err != nil {
		return nil, err
	}
	return &model.Figures{
		At: event.MillisOf(r.now()), Customers: f.Customers, SharedIdentifiers: f.Shared, Identifiers: f.Identifiers,
		Links: f.Links, Touchpoints: f.Touchpoints, Candidates: f.Candidates, Quarantined: int64(refused), DeadLetters: int64(dead),
	}, nil
}
