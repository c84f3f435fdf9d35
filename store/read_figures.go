package store

import (
	"context"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

// Figures is how much the graph holds.
type Figures struct {
	Customers   int64 // people: stand-ins of SHARED identifiers left out
	Shared      int64 // those stand-ins, one for each SHARED identifier that no join put elsewhere
	Identifiers int64
	Links       int64
	Touchpoints int64
	Candidates  int64 // pairs of records that wait for a steward
}

// figuresText asks the counts that Neo4j keeps by label and type, which cost nothing, and counts two ranges of an index
// that are as long as what they count: stand-ins and candidates.
const figuresText = `
CALL () { MATCH (:Customer) RETURN count(*) AS customers }
CALL () { MATCH (c:Customer) USING INDEX SEEK c:Customer(shared, lastSeenAt, id)
  WHERE c.shared = true AND c.lastSeenAt IS NOT NULL AND c.id IS NOT NULL RETURN count(*) AS shared }
CALL () { MATCH (:Identifier) RETURN count(*) AS identifiers }
CALL () { MATCH ()-[:LINKED]->() RETURN count(*) AS links }
CALL () { MATCH (:Touchpoint) RETURN count(*) AS touchpoints }
CALL () { MATCH ()-[l:LINKED]->() USING INDEX SEEK l:LINKED(reason, weight, id)
  WHERE l.reason = 'candidate' AND l.weight IS NOT NULL AND l.id IS NOT NULL RETURN count(*) AS candidates }
RETURN customers, shared, identifiers, links, touchpoints, candidates`

// Figures counts. It costs the same whatever the graph holds, but for SHARED identifiers and candidates.
func (g *Graph) Figures(ctx context.Context) (f Figures, err error) {
	err = g.read(ctx, "store.Figures", figuresText, nil, func(r *neo4j.Record) error {
		for i, into := range []*int64{&f.Customers, &f.Shared, &f.Identifiers, &f.Links, &f.Touchpoints, &f.Candidates} {
			*into, _ = r.Values[i].(int64)
		}
		f.Customers -= f.Shared
		return nil
	})
	return f, err
}
