package store

import (
	"context"
	"encoding/json"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/identity"
)

// What is read of a record i for comparing it, in the order recordOf takes.
const recordRow = `[i.cid, i.content, i.crowded]`

const recordsOfText = steady + `
UNWIND $asked AS asked
MATCH (c:Customer {id: asked}) USING INDEX SEEK c:Customer(id)
CALL (c) {
  MATCH (c)<-[:OF]-(i:Identifier) WHERE i.content IS NOT NULL
  WITH i ORDER BY i.key LIMIT $n
  RETURN collect([` + iRow + `, ` + recordRow + `]) AS records
}
RETURN asked, records`

// RecordView is what a record says, as it was sent, and which of its blocking keys too many records hold.
type RecordView struct {
	Content string // JSON object; what it says of the person is under "traits"
	Crowded []string
}

// Traits is what the record says of a person, as a JSON object.
func (r RecordView) Traits() []byte {
	var content struct{ Traits json.RawMessage }
	_ = json.Unmarshal([]byte(r.Content), &content) // what cannot be read says nothing
	return content.Traits
}

func recordOf(row []any) (identity.CustomerID, RecordView) {
	return identity.CustomerID(str(row[0])), RecordView{Content: str(row[1]), Crowded: strs(row[2])}
}

// HeldRecord is a record of a customer.
type HeldRecord struct {
	IdentifierView
	RecordView
}

// RecordsOf reads the first records of customers, at most limit of each, by key.
func (g *Graph) RecordsOf(ctx context.Context, customers []identity.CustomerID, limit int) (map[identity.CustomerID][]HeldRecord, error) {
	out := make(map[identity.CustomerID][]HeldRecord, len(customers))
	err := g.read(ctx, "store.RecordsOf", recordsOfText, map[string]any{"asked": anys(customers), "n": limit}, func(r *neo4j.Record) error {
		c := identity.CustomerID(str(r.Values[0]))
		for _, row := range rows(r, 1) {
			_, content := recordOf(cells(row[1]))
			out[c] = append(out[c], HeldRecord{identifierOf(cells(row[0]), c), content})
		}
		return nil
	})
	return out, err
}
