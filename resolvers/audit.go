package resolvers

import (
	"context"

	"kith/audit"
	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/store"
)

func (r queryResolver) AuditTrail(ctx context.Context, filter *model.AuditFilter, first *int, after *string) (*model.AuditEntryConnection, error) {
	f, err := r.auditFilter(ctx, filter)
	if err != nil {
		return nil, err
	}
	behind := ""
	if after != nil {
		behind = *after
	}
	entries, next, err := audit.List(ctx, r.audit, f, graph.First(first), behind)
	if err != nil {
		return nil, err
	}
	c := &model.AuditEntryConnection{
		Edges:    make([]model.AuditEntryEdge, len(entries)),
		PageInfo: model.PageInfo{HasPreviousPage: after != nil, HasNextPage: next != "", EndCursor: some(next)},
	}
	for n, e := range entries {
		c.Edges[n] = model.AuditEntryEdge{Cursor: e.Cursor, Node: auditModel(e.Entry)}
	}
	if n := len(entries); n > 0 {
		c.PageInfo.StartCursor = &c.Edges[0].Cursor
		if next == "" {
			c.PageInfo.EndCursor = &c.Edges[n-1].Cursor
		}
	}
	return c, nil
}

// auditFilter is a filter of the trail: a customer in it becomes all ids that answer with that customer now.
func (r *Root) auditFilter(ctx context.Context, filter *model.AuditFilter) (f audit.Filter, err error) {
	if filter == nil {
		return f, nil
	}
	f = audit.Filter{Subject: textOr(filter.Subject), Action: textOr(filter.Action)}
	if filter.Kind != nil {
		f.Kind = audit.Kind(*filter.Kind)
	}
	if filter.Target != nil {
		f.Targets = []string{*filter.Target}
	}
	if filter.From != nil {
		f.From = *filter.From
	}
	if filter.To != nil {
		f.To = *filter.To
	}
	if filter.Customer == nil {
		return f, nil
	}
	id := identity.CustomerID(*filter.Customer)
	found, err := r.graph.ProfilesByID(ctx, []identity.CustomerID{id}, store.Want{OtherIDs: true})
	if err != nil {
		return f, err
	}
	ids := []string{*filter.Customer} // also of a customer that is gone
	if p := found[id]; p != nil {
		ids = append(append(ids, string(p.ID)), texts(p.OtherIDs)...)
	}
	if filter.Target != nil {
		f.Also = ids
		return f, nil
	}
	f.Targets = ids
	return f, nil
}

func auditModel(e audit.Entry) *model.AuditEntry {
	m := &model.AuditEntry{
		At: e.At, Subject: e.Subject, TokenID: some(e.TokenID), Kind: model.AuditKind(e.Kind), Action: e.Action, Targets: e.Targets, Outcome: e.Outcome,
		RequestID: e.Request,
	}
	if m.Targets == nil {
		m.Targets = []string{}
	}
	if m.Outcome == "" {
		m.Outcome = "OK"
	}
	return m
}

func textOr(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
