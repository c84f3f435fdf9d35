package resolvers

import (
	"context"
	"encoding/base64"
	"strings"

	"kith/graph/model"
	"kith/store"
)

// A source's id is its name, written so that it can be told from other ids and put anywhere.
const sourcePrefix = "src_"

func sourceID(name string) string {
	return sourcePrefix + base64.RawURLEncoding.EncodeToString([]byte(name))
}

func sourceName(id string) (string, bool) {
	name, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(id, sourcePrefix))
	return string(name), err == nil
}

func sourceModel(s store.SourceView) *model.Source {
	return &model.Source{ID: sourceID(s.Name), Name: s.Name, FirstSeenAt: s.FirstSeen, LastSeenAt: s.LastSeen}
}

func (r queryResolver) Sources(ctx context.Context, first *int, after *string) (*model.SourceConnection, error) {
	slice, err := forward(sourceList, first, after)
	if err != nil {
		return nil, err
	}
	page, err := r.graph.SourcesPage(ctx, slice)
	if err != nil {
		return nil, err
	}
	return &model.SourceConnection{
		Edges: edges(page, sourceList, func(cursor string, s store.SourceView) model.SourceEdge {
			return model.SourceEdge{Cursor: cursor, Node: sourceModel(s)}
		}),
		PageInfo: pageInfo(page, sourceList),
	}, nil
}

func (r *Root) source(ctx context.Context, id string) (model.Node, error) {
	name, ok := sourceName(id)
	if !ok {
		return nil, nil
	}
	s, ok, err := r.graph.SourceByName(ctx, name)
	if err != nil || !ok {
		return nil, err
	}
	return sourceModel(s), nil
}
