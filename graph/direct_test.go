package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"kith/auth"
	"kith/event"
	"kith/graph/model"
)

// fullRoot answers with customers that have everything ahead.
type fullRoot struct{ testRoot }

func (r fullRoot) Query() QueryResolver           { return fullQuery{testQuery{data: r.data}} }
func (r fullRoot) Customer() CustomerResolver     { return fullCustomer{} }
func (r fullRoot) Touchpoint() TouchpointResolver { return fullTouchpoint{} }

func (r fullRoot) Identifier() IdentifierResolver { return fullIdentifier{} }

type fullIdentifier struct{ IdentifierResolver }

func (fullIdentifier) Mark(_ context.Context, objs []*model.Identifier) ([]*model.IdentityDecision, error) {
	return make([]*model.IdentityDecision, len(objs)), nil
}

type fullQuery struct{ testQuery }

const strange = "a\"b\\c\td\ne\rf\x00g\x1fh<&>ü€😀\u2028\xff/"

func (q fullQuery) Customer(ctx context.Context, by model.CustomerBy) (*model.Customer, error) {
	if by.ID != nil && *by.ID == "nobody" {
		return nil, nil
	}
	return fullOf(Selected(ctx)), nil
}

func (q fullQuery) Customers(ctx context.Context, _ *model.CustomerFilter, _ *model.CustomerOrder, _ *int, _ *string, _ *int, _ *string) (*model.CustomerConnection, error) {
	page := &model.CustomerConnection{PageInfo: model.PageInfo{HasNextPage: true}}
	for _, f := range Selected(ctx).Fields("CustomerConnection") {
		if f.Name() == "nodes" {
			page.Edges = []model.CustomerEdge{{Cursor: "c1", Node: fullOf(f)}, {Cursor: "c2", Node: &model.Customer{Traits: json.RawMessage("{}"), Computed: []*model.ComputedValue{}}}}
			page.Edges[1].Node.Prefetched = page.Edges[0].Node.Prefetched
		}
	}
	return page, nil
}

func fullOf(s Selection) *model.Customer {
	text, seen := strange, event.Millis(-1)
	c := &model.Customer{
		ID: "cus_" + strange, DisplayName: &text, Known: true, FirstSeenAt: &seen, Traits: json.RawMessage(`{"b":1,"a":[1.50,"<&>"]}`),
		Computed: []*model.ComputedValue{{Key: "k", Name: strange, Value: json.RawMessage("1.50")}, {Key: "l", Value: json.RawMessage("null")}},
	}
	identifier := &model.Identifier{ID: "idn_1", Type: "email", Value: strange, RawValue: "", FirstSeenAt: 0, LastSeenAt: 1767323045678, Status: model.IdentifierStatusShared}
	touchpoint := &model.Touchpoint{ID: "tp_1", MessageID: strange, Type: model.TouchpointTypeTrack, Name: "n", At: 1, ReceivedAt: 2, Channel: &text, Properties: json.RawMessage(`{"x": 1}`), Context: json.RawMessage(`{}`)}
	touchpoint.Prefetched.Put(nil, identifier)
	for _, f := range s.Fields("Customer") {
		switch f.Name() {
		case "otherIds":
			c.Prefetched.Put(f.Key(), []string{"a", strange})
		case "identifiers":
			c.Prefetched.Put(f.Key(), &model.IdentifierConnection{Edges: []model.IdentifierEdge{{Cursor: "x", Node: identifier}, {Cursor: "y", Node: identifier}}, PageInfo: model.PageInfo{EndCursor: &text, HasPreviousPage: true}})
		case "touchpoints":
			c.Prefetched.Put(f.Key(), &model.TouchpointConnection{Edges: []model.TouchpointEdge{{Cursor: "z", Node: touchpoint}}})
		}
	}
	return c
}

type fullCustomer struct{ CustomerResolver }

func prefetchedOf[T any](ctx context.Context, objs []*model.Customer) ([]T, error) {
	out := make([]T, len(objs))
	for i, c := range objs {
		v, _ := c.Prefetched.Get(Selected(ctx).Key())
		out[i], _ = v.(T)
	}
	return out, nil
}

func (fullCustomer) OtherIds(ctx context.Context, objs []*model.Customer) ([][]string, error) {
	return prefetchedOf[[]string](ctx, objs)
}

func (fullCustomer) Identifiers(ctx context.Context, objs []*model.Customer, _ *int, _ *string) ([]*model.IdentifierConnection, error) {
	return prefetchedOf[*model.IdentifierConnection](ctx, objs)
}

func (fullCustomer) Touchpoints(ctx context.Context, objs []*model.Customer, _ *model.TouchpointFilter, _ *int, _ *string) ([]*model.TouchpointConnection, error) {
	return prefetchedOf[*model.TouchpointConnection](ctx, objs)
}

type fullTouchpoint struct{ TouchpointResolver }

func (fullTouchpoint) Identifier(_ context.Context, objs []*model.Touchpoint) ([]*model.Identifier, error) {
	out := make([]*model.Identifier, len(objs))
	for i, t := range objs {
		out[i] = actorOf(t)
	}
	return out, nil
}

// everything selects all fields of a shape, and what is below them.
func everything(typeName string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(shapes[typeName])) {
		f := parsedSchema.Types[typeName].Fields.ForName(name)
		if f == nil {
			panic(typeName + " has no field " + name)
		}
		if shapes[f.Type.Name()] != nil {
			name += " " + everything(f.Type.Name())
		}
		out = append(out, name)
	}
	return "{ __typename " + strings.Join(out, " ") + " }"
}

// What is written straight is what the executor writes, byte for byte.
func TestDirectIsTheSame(t *testing.T) {
	b := start(t, func(cfg *ServerConfig) { cfg.Resolvers = fullRoot{cfg.Resolvers.(testRoot)} })
	for _, c := range []struct {
		query  string
		direct int // values that were written straight
	}{
		{`{ customer(by: {id: "x"}) ` + everything("Customer") + ` }`, 1},
		{`{ customers(first: 2) { nodes ` + everything("Customer") + ` pageInfo { hasNextPage endCursor } } }`, 1},
		{`{ customer(by: {id: "x"}) { a: id b: id ...F ... on Node { id } ... { known id } } } fragment F on Customer { touchpoints { nodes { id } } touchpoints { nodes { at } pageInfo { endCursor } } }`, 1},
		{`query ($w: Boolean = false) { customer(by: {id: "x"}) { id @include(if: $w) identifiers { nodes { id value } } } }`, 1}, // the page alone
		{`{ customer(by: {id: "x"}) { id touchpoints { nodes { id identifier { value customer { id } } } } } }`, 0},
		{`{ customer(by: {id: "x"}) { id identifiers { nodes { id } edges { node { mark { id } } } } otherIds } }`, 0},
		{`{ customer(by: {id: "x"}) { id } customer(by: {id: "x"}) { known } }`, 0}, // merged
		{`{ customer(by: {id: "nobody"}) { id } }`, 0},
		{`{ me { subject } journal { lag } }`, 0},
	} {
		run := func(middleware func(direct) graphql.FieldMiddleware) string {
			ctx := auth.WithPrincipal(t.Context(), &auth.Principal{Subject: "x", Granted: auth.Roles["admin"]})
			op, list := b.server.prepare.prepare(ctx, request{Query: c.query}, true)
			if list != nil {
				t.Fatal(list)
			}
			doc, _ := b.server.prepare.kept.get(c.query)
			op.ResolverMiddleware = middleware(doc.direct)
			return string(encode(b.server.execute(ctx, op)))
		}
		count := 0
		straight := run(func(d direct) graphql.FieldMiddleware {
			return func(ctx context.Context, next graphql.Resolver) (any, error) {
				v, err := d.resolve(ctx, next)
				if _, is := v.(written); is {
					count++
				}
				return v, err
			}
		})
		usual := run(func(direct) graphql.FieldMiddleware {
			return func(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) }
		})
		if straight != usual {
			t.Errorf("%s gives\n%s\nand by the executor\n%s", c.query, straight, usual)
		}
		if count != c.direct {
			t.Errorf("%s: %d values were written straight, not %d: %s", c.query, count, c.direct, usual)
		}
	}
}

// A shape has fields of the schema alone, and what a type has grown since is found to be left out on purpose.
func TestShapes(t *testing.T) {
	out := map[string][]string{}
	for name, shape := range shapes {
		def := parsedSchema.Types[name]
		for _, f := range def.Fields {
			if shape[f.Name] == nil && !strings.HasPrefix(f.Name, "__") {
				out[name] = append(out[name], f.Name)
			}
		}
		for field := range shape {
			if def.Fields.ForName(field) == nil {
				t.Errorf("%s has no field %s", name, field)
			}
		}
	}
	want := map[string][]string{ // that are resolved
		"Customer":   {"trait", "segments", "identityGraph", "accounts", "household"},
		"Identifier": {"customer", "mark"},
		"Touchpoint": {"customer"},
	}
	if fmt.Sprint(out) != fmt.Sprint(want) {
		t.Errorf("not written straight: %v", out)
	}
}
