package resolvers

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"kith/fault"
	"kith/graph/model"
	"kith/store"
)

func (r queryResolver) Names(ctx context.Context, kind model.NameKind, event, contains *string, first *int, after *string) (*model.NameConnection, error) {
	const op = "resolvers.names"
	slice, err := forward(nameList, first, after)
	if err != nil {
		return nil, err
	}
	if (event != nil) != (kind == model.NameKindProperty) {
		return nil, &fault.Error{Op: op, Code: fault.Invalid, Message: "Give `event` for properties, and for nothing else.", Field: "event"}
	}
	of, part, behind := "", "", ""
	if event != nil {
		of = *event
	}
	if contains != nil {
		part = strings.ToLower(*contains)
	}
	if slice.After != nil {
		if behind, err = url.PathUnescape(slice.After.ID); err != nil {
			return nil, &fault.Error{Op: op, Code: fault.Invalid, Message: "This is not a cursor of this list.", Field: "after"}
		}
	}
	v := r.viewer(ctx)
	hidden := func(n store.StoredName) bool { return !v.pii && (givesAway(n.Name) || givesAway(n.Event)) }
	page := &store.Page[store.StoredName]{HasPrevious: slice.After != nil}
	for more := true; more && !page.HasNext; {
		list, err := r.graph.Names(ctx, store.NameKind(kind), of, part, behind, slice.First+1)
		if err != nil {
			return nil, err
		}
		if more = len(list) > slice.First; more {
			behind = list[slice.First].Name
		}
		for _, n := range slices.DeleteFunc(list, hidden) {
			if len(page.Entries) == slice.First {
				page.HasNext = true
				break
			}
			page.Entries = append(page.Entries, store.Entry[store.StoredName]{Mark: store.Mark{ID: url.PathEscape(n.Name)}, Node: n})
		}
	}
	return &model.NameConnection{
		Edges: edges(page, nameList, func(cursor string, n store.StoredName) model.NameEdge {
			return model.NameEdge{Cursor: cursor, Node: nameOf(n)}
		}),
		PageInfo: pageInfo(page, nameList),
	}, nil
}

func nameOf(n store.StoredName) *model.Name {
	m := &model.Name{Kind: model.NameKind(n.Kind), Event: some(n.Event), Name: n.Name, Types: []model.ValueType{}, Count: n.Count, LastSeenAt: n.Last}
	for _, t := range n.Types {
		m.Types = append(m.Types, model.ValueType(t))
	}
	if n.Kind != store.NameOfTrait {
		m.FirstSeenAt = &n.First
	}
	return m
}
