package resolvers

import (
	"context"
	"fmt"
	"strings"

	"kith/event"
	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/store"
)

func (r queryResolver) IdentityHistory(ctx context.Context, customer string, first *int, after *string) (*model.IdentityEventConnection, error) {
	s, err := forward(historyList, first, after)
	if err != nil {
		return nil, err
	}
	page, err := r.graph.HistoryOf(ctx, identity.CustomerID(customer), s)
	if err != nil {
		return nil, err
	}
	graph.AuditRead(ctx, customer)
	return &model.IdentityEventConnection{PageInfo: pageInfo(page, historyList), Edges: edges(page, historyList, func(cursor string, e store.HistoryEvent) model.IdentityEventEdge {
		return model.IdentityEventEdge{Cursor: cursor, Node: historyModel(e)}
	})}, nil
}

func historyModel(e store.HistoryEvent) *model.IdentityEvent {
	m := &model.IdentityEvent{
		ID: e.ID, At: e.At, Kind: model.IdentityEventKind(e.Kind), Before: texts(e.Before), After: texts(e.After),
		Cause: model.IdentityCause(e.Cause), Reference: some(e.Ref), Evidence: []string{},
	}
	for _, said := range e.Evidence {
		millis, message, _ := strings.Cut(said, " ")
		var at event.Millis
		if _, err := fmt.Sscan(millis, (*int64)(&at)); message != "" && err == nil {
			said = fmt.Sprintf("message %s of %s", message, at)
		}
		m.Evidence = append(m.Evidence, said)
	}
	return m
}
