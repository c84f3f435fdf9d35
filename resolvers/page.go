package resolvers

import (
	"kith/fault"
	"kith/graph"
	"kith/graph/model"
	"kith/store"
)

// The names of lists, for their cursors. Those of customers name their order themselves.
const (
	identifierList = "identifiers"
	touchpointList = "touchpoints"
	accountList    = "accounts"
	memberList     = "account-customers"
	householdList  = "household"
	sourceList     = "sources"
	reviewList     = "review"
	historyList    = "history"
	segmentList    = "segments"
	segmentMembers = "segment-customers"
	membershipList = "memberships"
	nameList       = "names"
)

// forward is the slice of a list that is paged forward alone.
func forward(list string, first *int, after *string) (store.Slice, error) {
	s := store.Slice{First: graph.First(first)}
	m, err := mark(list, "after", after)
	s.After = m
	return s, err
}

func mark(list, argument string, cursor *string) (*store.Mark, error) {
	if cursor == nil {
		return nil, nil
	}
	m, err := store.ParseMark(list, *cursor)
	if err != nil {
		return nil, &fault.Error{Op: "resolvers.mark", Code: fault.Invalid, Message: fault.MessageOf(err), Field: argument, Err: err}
	}
	return &m, nil
}

// edges are the entries of a page with their cursors.
func edges[T, E any](p *store.Page[T], list string, edge func(cursor string, node T) E) []E {
	out := make([]E, len(p.Entries))
	for i, e := range p.Entries {
		out[i] = edge(e.Mark.Cursor(list), e.Node)
	}
	return out
}

func pageInfo[T any](p *store.Page[T], list string) model.PageInfo {
	info := model.PageInfo{HasNextPage: p.HasNext, HasPreviousPage: p.HasPrevious}
	if n := len(p.Entries); n > 0 {
		first, last := p.Entries[0].Mark.Cursor(list), p.Entries[n-1].Mark.Cursor(list)
		info.StartCursor, info.EndCursor = &first, &last
	}
	return info
}

// some is s, or nil when it is empty.
func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
