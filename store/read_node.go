package store

import (
	"context"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/event"
	"kith/identity"
)

const (
	identifiersByIDText = steady + `
UNWIND $asked AS asked
MATCH (i:Identifier {cid: asked}) USING INDEX SEEK i:Identifier(cid)
OPTIONAL MATCH (i)-[:OF]->(c:Customer)
RETURN asked, ` + iRow + `, c.id`

	identifiersByKeyText = steady + `
UNWIND $asked AS asked
MATCH (i:Identifier {key: asked}) USING INDEX SEEK i:Identifier(key)
OPTIONAL MATCH (i)-[:OF]->(c:Customer)
RETURN asked, ` + iRow + `, c.id`

	accountsByIDText = steady + `
UNWIND $asked AS asked
MATCH (a:Account {id: asked}) USING INDEX SEEK a:Account(id)
RETURN a.id, a.groupId, a.traits`

	sourcesPageText = steady + `
MATCH (s:Source) USING INDEX SEEK s:Source(name) WHERE s.name > $after
RETURN s.name, s.firstSeenAt, s.lastSeenAt ORDER BY s.name LIMIT $n`

	sourceText = steady + `MATCH (s:Source {name: $name}) USING INDEX SEEK s:Source(name) RETURN s.name, s.firstSeenAt, s.lastSeenAt`

	rulesInForceText = steady + `
MATCH (p:Pipeline {id: 1}) USING INDEX SEEK p:Pipeline(id) MATCH (r:Rules {version: p.rules}) USING INDEX SEEK r:Rules(version) RETURN r.version, r.yaml, r.at, r.text, r.model, r.modelVersion`
)

// IdentifierView is an identifier as it is shown.
type IdentifierView struct {
	ID                  identity.CustomerID // the one it would give
	Key                 identity.Key
	Type, Value, Raw    string
	Status              identity.Status
	FirstSeen, LastSeen event.Millis        // 0 when only decisions name it
	Customer            identity.CustomerID // empty when BLOCKED, or not read
	Traits              string              // customer.Traits, encoded; empty unless wanted
}

// IdentifiersByID reads identifiers by the id they would give a customer. Those that do not exist are not among them.
func (g *Graph) IdentifiersByID(ctx context.Context, ids []identity.CustomerID) (map[identity.CustomerID]IdentifierView, error) {
	return identifiersBy(ctx, g, "store.IdentifiersByID", identifiersByIDText, ids)
}

// IdentifiersByKey reads identifiers by key. Those that do not exist are not among them.
func (g *Graph) IdentifiersByKey(ctx context.Context, keys []identity.Key) (map[identity.Key]IdentifierView, error) {
	return identifiersBy(ctx, g, "store.IdentifiersByKey", identifiersByKeyText, keys)
}

func identifiersBy[K ~string](ctx context.Context, g *Graph, op, text string, asked []K) (map[K]IdentifierView, error) {
	out := make(map[K]IdentifierView, len(asked))
	if len(asked) == 0 {
		return out, nil
	}
	err := g.read(ctx, op, text, map[string]any{"asked": anys(asked)}, func(r *neo4j.Record) error {
		row, _ := r.Values[1].([]any)
		out[K(str(r.Values[0]))] = identifierOf(row, identity.CustomerID(str(r.Values[2])))
		return nil
	})
	return out, err
}

// identifierOf reads an iRow of an identifier that belongs to a customer; empty when to none.
func identifierOf(row []any, of identity.CustomerID) IdentifierView {
	if len(row) == 0 {
		return IdentifierView{}
	}
	i := IdentifierView{
		ID: identity.CustomerID(str(row[0])), Key: identity.Key(str(row[1])), Type: str(row[2]), Value: str(row[3]), Raw: str(row[4]),
		Status: statusOf(row[5]), FirstSeen: millis(row[6]), LastSeen: millis(row[7]), Customer: of,
	}
	if i.Raw == "" {
		i.Raw = i.Value
	}
	return i
}

// AccountsByID reads accounts. Those that do not exist are not among them.
func (g *Graph) AccountsByID(ctx context.Context, ids []string) (map[string]AccountView, error) {
	out := make(map[string]AccountView, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	err := g.read(ctx, "store.AccountsByID", accountsByIDText, map[string]any{"asked": anys(ids)}, func(r *neo4j.Record) error {
		a := AccountView{ID: str(r.Values[0]), GroupID: str(r.Values[1]), Traits: str(r.Values[2])}
		out[a.ID] = a
		return nil
	})
	return out, err
}

// SourceView is a source as it is shown. The times are those of receipt.
type SourceView struct {
	Name                string
	FirstSeen, LastSeen event.Millis
}

func sourceOf(r *neo4j.Record) SourceView {
	return SourceView{str(r.Values[0]), millis(r.Values[1]), millis(r.Values[2])}
}

// SourcesPage reads the sources by name. The marks carry the name as ID.
func (g *Graph) SourcesPage(ctx context.Context, s Slice) (*Page[SourceView], error) {
	after := ""
	if s.After != nil {
		after = s.After.ID
	}
	var entries []Entry[SourceView]
	err := g.read(ctx, "store.SourcesPage", sourcesPageText, map[string]any{"after": after, "n": s.First + 1}, func(r *neo4j.Record) error {
		v := sourceOf(r)
		entries = append(entries, Entry[SourceView]{Mark{ID: v.Name}, v})
		return nil
	})
	return cut(entries, s), err
}

// SourceByName reads one source; ok is false when it never sent anything.
func (g *Graph) SourceByName(ctx context.Context, name string) (s SourceView, ok bool, err error) {
	err = g.read(ctx, "store.SourceByName", sourceText, map[string]any{"name": name}, func(r *neo4j.Record) error {
		s, ok = sourceOf(r), true
		return nil
	})
	return s, ok, err
}

// RulesView is the identity rules in force.
type RulesView struct {
	Version, YAML string
	At            event.Millis // since when
	Text          string       // identity.StoredRules.Text
	Model         string       // identity.StoredRules.Model; empty in graphs written before there was one
	ModelVersion  string
}

func rulesView(r *neo4j.Record) RulesView {
	v := r.Values
	return RulesView{str(v[0]), str(v[1]), millis(v[2]), str(v[3]), str(v[4]), str(v[5])}
}

// RulesInForce reads the identity rules applied last; ok is false while none were.
func (g *Graph) RulesInForce(ctx context.Context) (v RulesView, ok bool, err error) {
	err = g.read(ctx, "store.RulesInForce", rulesInForceText, nil, func(r *neo4j.Record) error {
		v, ok = rulesView(r), true
		return nil
	})
	return v, ok, err
}
