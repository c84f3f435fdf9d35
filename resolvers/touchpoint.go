package resolvers

import (
	"context"
	"strings"

	"kith/event"
	"kith/graph"
	"kith/graph/model"
	"kith/store"
)

type touchpointResolver struct{ *Root }

// Touchpoint answers the nested fields of Touchpoint.
func (r *Root) Touchpoint() graph.TouchpointResolver { return touchpointResolver{r} }

// touchpoint is a touchpoint as the viewer may see it.
func (v viewer) touchpoint(t store.Touchpoint) *model.Touchpoint {
	properties := v.facts
	if t.Type == event.Identify {
		properties = v.traits
	}
	return &model.Touchpoint{
		ID: t.ID, MessageID: t.MessageID, Type: model.TouchpointType(strings.ToUpper(string(t.Type))), Name: t.Name, At: t.At, ReceivedAt: t.ReceivedAt,
		Source: t.Source, Channel: some(t.Channel), Properties: properties(t.Properties), Context: v.context(t.Context), Actor: string(t.Identifier.Key),
	}
}

// touchpointPage makes a page of a customer's timeline. Touchpoints of one identifier share it.
func (a *assembly) touchpointPage(p *store.Page[store.Touchpoint], c *model.Customer) *model.TouchpointConnection {
	actors := map[string]*model.Identifier{}
	return &model.TouchpointConnection{
		Edges: edges(p, touchpointList, func(cursor string, t store.Touchpoint) model.TouchpointEdge {
			node := a.touchpoint(t)
			actor := actors[node.Actor]
			if actor == nil {
				actor = a.identifier(t.Identifier)
				setOwner(actor, c)
				actors[node.Actor] = actor
			}
			setActor(node, actor)
			return model.TouchpointEdge{Cursor: cursor, Node: node}
		}),
		PageInfo: pageInfo(p, touchpointList),
	}
}

func (r queryResolver) Touchpoint(ctx context.Context, id string) (*model.Touchpoint, error) {
	found, err := r.graph.TouchpointsByID(ctx, []string{id})
	t, ok := found[id]
	if err != nil || !ok {
		return nil, err
	}
	auditAbout(ctx, id, t.Identifier.Customer)
	return r.touchpointAlone(ctx, t, graph.Selected(ctx))
}

// touchpointAlone is a touchpoint that was read by itself, with its customer when the field asks for that.
func (r *Root) touchpointAlone(ctx context.Context, t store.Touchpoint, field graph.Selection) (*model.Touchpoint, error) {
	v := r.viewer(ctx)
	node, actor := v.touchpoint(t), v.identifier(t.Identifier)
	setActor(node, actor)
	customers := named(field, "Touchpoint", "customer")
	for _, i := range named(field, "Touchpoint", "identifier") {
		customers = append(customers, named(i, "Identifier", "customer")...)
	}
	if len(customers) == 0 {
		return node, nil
	}
	return node, r.own(ctx, []*model.Identifier{actor}, planCustomer(customers...))
}

func (r touchpointResolver) Identifier(_ context.Context, objs []*model.Touchpoint) ([]*model.Identifier, error) {
	out := make([]*model.Identifier, len(objs))
	for n, t := range objs {
		out[n] = actorOf(t)
	}
	return out, nil
}

func (r touchpointResolver) Customer(ctx context.Context, objs []*model.Touchpoint) ([]*model.Customer, error) {
	actors, err := r.Identifier(ctx, objs)
	if err != nil {
		return nil, err
	}
	return r.owners(ctx, actors)
}

// touchpointFilter is a filter as the store takes it.
func touchpointFilter(f *model.TouchpointFilter) store.TouchpointFilter {
	if f == nil {
		return store.TouchpointFilter{}
	}
	out := store.TouchpointFilter{Names: f.Names, Sources: f.Sources, From: f.From, To: f.To}
	if f.Types != nil {
		out.Types = eventTypes(f.Types)
	}
	return out
}

func eventTypes(types []model.TouchpointType) []event.Type {
	out := make([]event.Type, len(types))
	for i, t := range types {
		out[i] = event.Type(strings.ToLower(string(t)))
	}
	return out
}
