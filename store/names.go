package store

import (
	"context"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/event"
	"kith/identity"
)

// The catalogue of names: which events, properties of events and traits there are.

const (
	allNamesText = `
MATCH (n:Name) RETURN n.kind, n.event, n.name, n.count, n.first, n.last, n.types, n.sketch, n.held`

	namesText = `
MATCH (n:Name) USING INDEX SEEK n:Name(kind, event, name)
WHERE n.kind = $kind AND n.event = $event AND n.name > $after AND toLower(n.name) CONTAINS $part
RETURN n.kind, n.event, n.name, n.count, n.first, n.last, n.types, null AS sketch, null AS held ORDER BY n.name LIMIT $limit`

	traitsAfterText = `
MATCH (i:Identifier) WHERE i.key > $after
WITH i ORDER BY i.key LIMIT $limit
RETURN i.key, i.traits`
)

// NameKind says what a name is one of.
type NameKind string

// The kinds of names.
const (
	NameOfTrait    NameKind = "TRAIT"
	NameOfEvent    NameKind = "EVENT"
	NameOfProperty NameKind = "PROPERTY"
)

// StoredName is a name in the catalogue.
type StoredName struct {
	Kind        NameKind
	Event       string // of a property
	Name        string
	Count       int64        // of identifiers that have the trait; about how many events there were
	First, Last event.Millis // zero where that is not known
	Types       []string
	// What the pipeline makes the others of; read by AllNames alone.
	Sketch []byte
	Held   string
}

func storedName(r *neo4j.Record) StoredName {
	v := r.Values
	n := StoredName{Kind: NameKind(str(v[0])), Event: str(v[1]), Name: str(v[2]), Count: integer(v[3]), First: millis(v[4]), Last: millis(v[5]), Types: strs(v[6]), Held: str(v[8])}
	n.Sketch, _ = v[7].([]byte)
	return n
}

// AllNames reads the whole catalogue, which is bounded.
func (g *Graph) AllNames(ctx context.Context) ([]StoredName, error) {
	var out []StoredName
	err := g.read(ctx, "store.AllNames", allNamesText, nil, func(r *neo4j.Record) error {
		out = append(out, storedName(r))
		return nil
	})
	return out, err
}

// Names reads up to limit names of a kind behind the name after, in their order, that have part, which is in lower case,
// in them. event is that of properties, and empty for other kinds.
func (g *Graph) Names(ctx context.Context, kind NameKind, event, part, after string, limit int) ([]StoredName, error) {
	var out []StoredName
	params := Row{"kind": string(kind), "event": event, "part": part, "after": after, "limit": limit}
	err := g.read(ctx, "store.Names", namesText, params, func(r *neo4j.Record) error {
		out = append(out, storedName(r))
		return nil
	})
	return out, err
}

// StoredTraits is an identifier's traits, as customer.ParseTraits reads them.
type StoredTraits struct {
	Key    identity.Key
	Traits string
}

// TraitsAfter reads those of up to limit identifiers behind the one with the key after, in the order of their keys.
func (g *Graph) TraitsAfter(ctx context.Context, after identity.Key, limit int) ([]StoredTraits, error) {
	var out []StoredTraits
	err := g.read(ctx, "store.TraitsAfter", traitsAfterText, Row{"after": string(after), "limit": limit}, func(r *neo4j.Record) error {
		out = append(out, StoredTraits{identity.Key(str(r.Values[0])), str(r.Values[1])})
		return nil
	})
	return out, err
}
