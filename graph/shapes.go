package graph

import (
	"encoding/json"

	"kith/event"
	"kith/graph/model"
)

// shapes are the types that may be written straight, with those of their fields that are there when the object is.
var shapes = map[string]map[string]writer{
	"Customer": {
		"id":          text(func(c *model.Customer) string { return c.ID }),
		"otherIds":    ahead(aheadOfCustomer, texts),
		"shared":      boolean(func(c *model.Customer) bool { return c.Shared }),
		"displayName": textOrNull(func(c *model.Customer) *string { return c.DisplayName }),
		"known":       boolean(func(c *model.Customer) bool { return c.Known }),
		"firstSeenAt": momentOrNull(func(c *model.Customer) *event.Millis { return c.FirstSeenAt }),
		"lastSeenAt":  momentOrNull(func(c *model.Customer) *event.Millis { return c.LastSeenAt }),
		"traits":      object(func(c *model.Customer) json.RawMessage { return c.Traits }),
		"identifiers": ahead(aheadOfCustomer, one[model.IdentifierConnection]),
		"touchpoints": ahead(aheadOfCustomer, one[model.TouchpointConnection]),
		"computed":    entries(func(c *model.Customer) []*model.ComputedValue { return c.Computed }, func(v **model.ComputedValue) any { return *v }),
	},
	"Identifier": {
		"id":          text(func(i *model.Identifier) string { return i.ID }),
		"type":        text(func(i *model.Identifier) string { return i.Type }),
		"value":       text(func(i *model.Identifier) string { return i.Value }),
		"rawValue":    text(func(i *model.Identifier) string { return i.RawValue }),
		"firstSeenAt": moment(func(i *model.Identifier) event.Millis { return i.FirstSeenAt }),
		"lastSeenAt":  moment(func(i *model.Identifier) event.Millis { return i.LastSeenAt }),
		"status":      text(func(i *model.Identifier) model.IdentifierStatus { return i.Status }),
	},
	"Touchpoint": {
		"id":         text(func(t *model.Touchpoint) string { return t.ID }),
		"messageId":  text(func(t *model.Touchpoint) string { return t.MessageID }),
		"type":       text(func(t *model.Touchpoint) model.TouchpointType { return t.Type }),
		"name":       text(func(t *model.Touchpoint) string { return t.Name }),
		"at":         moment(func(t *model.Touchpoint) event.Millis { return t.At }),
		"receivedAt": moment(func(t *model.Touchpoint) event.Millis { return t.ReceivedAt }),
		"source":     text(func(t *model.Touchpoint) string { return t.Source }),
		"channel":    textOrNull(func(t *model.Touchpoint) *string { return t.Channel }),
		"properties": object(func(t *model.Touchpoint) json.RawMessage { return t.Properties }),
		"context":    object(func(t *model.Touchpoint) json.RawMessage { return t.Context }),
		"identifier": inside(actorOf),
	},
	"CustomerConnection": {
		"edges":    entries(func(c *model.CustomerConnection) []model.CustomerEdge { return c.Edges }, func(e *model.CustomerEdge) any { return e }),
		"nodes":    entries(func(c *model.CustomerConnection) []model.CustomerEdge { return c.Edges }, func(e *model.CustomerEdge) any { return e.Node }),
		"pageInfo": inside(func(c *model.CustomerConnection) *model.PageInfo { return &c.PageInfo }),
	},
	"CustomerEdge": {
		"cursor": text(func(e *model.CustomerEdge) string { return e.Cursor }),
		"node":   inside(func(e *model.CustomerEdge) *model.Customer { return e.Node }),
	},
	"IdentifierConnection": {
		"edges":    entries(func(c *model.IdentifierConnection) []model.IdentifierEdge { return c.Edges }, func(e *model.IdentifierEdge) any { return e }),
		"nodes":    entries(func(c *model.IdentifierConnection) []model.IdentifierEdge { return c.Edges }, func(e *model.IdentifierEdge) any { return e.Node }),
		"pageInfo": inside(func(c *model.IdentifierConnection) *model.PageInfo { return &c.PageInfo }),
	},
	"IdentifierEdge": {
		"cursor": text(func(e *model.IdentifierEdge) string { return e.Cursor }),
		"node":   inside(func(e *model.IdentifierEdge) *model.Identifier { return e.Node }),
	},
	"TouchpointConnection": {
		"edges":    entries(func(c *model.TouchpointConnection) []model.TouchpointEdge { return c.Edges }, func(e *model.TouchpointEdge) any { return e }),
		"nodes":    entries(func(c *model.TouchpointConnection) []model.TouchpointEdge { return c.Edges }, func(e *model.TouchpointEdge) any { return e.Node }),
		"pageInfo": inside(func(c *model.TouchpointConnection) *model.PageInfo { return &c.PageInfo }),
	},
	"TouchpointEdge": {
		"cursor": text(func(e *model.TouchpointEdge) string { return e.Cursor }),
		"node":   inside(func(e *model.TouchpointEdge) *model.Touchpoint { return e.Node }),
	},
	"ComputedValue": {
		"key":   text(func(v *model.ComputedValue) string { return v.Key }),
		"name":  text(func(v *model.ComputedValue) string { return v.Name }),
		"value": object(func(v *model.ComputedValue) json.RawMessage { return v.Value }),
	},
	"PageInfo": {
		"hasNextPage":     boolean(func(p *model.PageInfo) bool { return p.HasNextPage }),
		"hasPreviousPage": boolean(func(p *model.PageInfo) bool { return p.HasPreviousPage }),
		"startCursor":     textOrNull(func(p *model.PageInfo) *string { return p.StartCursor }),
		"endCursor":       textOrNull(func(p *model.PageInfo) *string { return p.EndCursor }),
	},
}

// actorOf is the identifier of a touchpoint, which its read brings under no field in particular.
func actorOf(t *model.Touchpoint) *model.Identifier {
	v, _ := t.Prefetched.Get(nil)
	i, _ := v.(*model.Identifier)
	return i
}

func aheadOfCustomer(c *model.Customer) *model.Prefetched { return &c.Prefetched }
