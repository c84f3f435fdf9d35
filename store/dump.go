package store

import (
	"context"
	"encoding/json"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

const (
	dumpNodesText = `
MATCH (n) WHERE NOT n:Pipeline AND NOT n:Outbox AND NOT n:Workspace AND NOT n:Rules AND NOT n:IdentityEvent AND NOT n:Fill AND NOT n:SegmentDay
RETURN labels(n)[0], properties(n)`

	dumpEdgesText = `
MATCH (a)-[r]->(b)
RETURN coalesce(a.key, a.id), type(r), coalesce(b.key, b.id), CASE type(r) WHEN 'IN' THEN {} ELSE properties(r) END`
)

// Dump hands out every node and edge that facts have made as one line of JSON, in no order; the rules in
// force, the history of what was seen when and since when somebody is in a segment, and the pipeline's own notes are not among them. Two graphs made of the
// same facts under the same workspace key give the same set of lines.
func (g *Graph) Dump(ctx context.Context, line func(string)) error {
	emit := func(r *neo4j.Record) error {
		b, err := json.Marshal(r.Values) // maps are written with sorted names
		line(string(b))
		return err
	}
	if err := g.read(ctx, "store.Dump", dumpNodesText, nil, emit); err != nil {
		return err
	}
	return g.read(ctx, "store.Dump", dumpEdgesText, nil, emit)
}
