package resolvers

import (
	"context"
	"slices"

	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/store"
)

type identifierResolver struct{ *Root }

// Identifier answers the nested fields of Identifier.
func (r *Root) Identifier() graph.IdentifierResolver { return identifierResolver{r} }

var statuses = map[identity.Status]model.IdentifierStatus{
	identity.Active: model.IdentifierStatusActive, identity.Shared: model.IdentifierStatusShared, identity.Blocked: model.IdentifierStatusBlocked,
}

// identifier is an identifier as the viewer may see it: without pii:read every value is masked, whatever its type.
func (v viewer) identifier(i store.IdentifierView) *model.Identifier {
	return &model.Identifier{
		ID: string(i.ID.Identifier()), Type: i.Type, Value: v.text(i.Value), RawValue: v.text(i.Raw),
		FirstSeenAt: i.FirstSeen, LastSeenAt: i.LastSeen, Status: statuses[i.Status], Key: string(i.Key), CustomerID: string(i.Customer),
	}
}

// identifierPage makes a page of a customer's identifiers.
func (a *assembly) identifierPage(p *store.Page[store.IdentifierView], c *model.Customer) *model.IdentifierConnection {
	return &model.IdentifierConnection{
		Edges: edges(p, identifierList, func(cursor string, i store.IdentifierView) model.IdentifierEdge {
			node := a.identifier(i)
			setOwner(node, c)
			return model.IdentifierEdge{Cursor: cursor, Node: node}
		}),
		PageInfo: pageInfo(p, identifierList),
	}
}

func (r identifierResolver) Customer(ctx context.Context, objs []*model.Identifier) ([]*model.Customer, error) {
	return r.owners(ctx, objs)
}

// owners are the customers of identifiers, nil for BLOCKED ones. Those not known are read, all at once.
func (r *Root) owners(ctx context.Context, identifiers []*model.Identifier) ([]*model.Customer, error) {
	out := make([]*model.Customer, len(identifiers))
	var ids []identity.CustomerID
	for n, i := range identifiers {
		c, known := ownerOf(i)
		if out[n] = c; !known {
			ids = append(ids, identity.IdentifierID(i.ID).Customer())
		}
	}
	if len(ids) == 0 {
		return out, nil
	}
	slices.Sort(ids)
	found, err := r.customersByID(ctx, slices.Compact(ids), planCustomer(graph.Selected(ctx)))
	if err != nil {
		return nil, err
	}
	for n, i := range identifiers {
		if _, known := ownerOf(i); !known {
			out[n] = found[identity.IdentifierID(i.ID).Customer()]
		}
	}
	return out, nil
}
