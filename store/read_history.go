package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/event"
	"kith/identity"
)

// A customer's history is that of all the ids that answer with it, the one asked for included (hence two paths: within one
// no edge is matched twice). Each is read newest first through the index, so the cost is that of a page, however long the
// history is.
const historyText = steady + `
MATCH (x:Identifier {cid: $asked})-[:OF]->(c:Customer) USING INDEX SEEK x:Identifier(cid)
MATCH (c)<-[:OF]-(i:Identifier)
CALL (i) {
  MATCH (e:IdentityEvent) USING INDEX SEEK e:IdentityEvent(customer, at, id)
  WHERE e.customer = i.cid AND e.at <= $at AND e.id IS NOT NULL AND CASE WHEN e.at < $at THEN true ELSE e.id < $id END
  RETURN e ORDER BY e.customer DESC, e.at DESC, e.id DESC LIMIT $n
}
WITH e.id AS id, head(collect(e)) AS e ORDER BY e.at DESC, id DESC LIMIT $n
RETURN id, e.at, e.kind, e.before, e.after, e.cause, e.ref, e.evidence`

const metText = steady + `
UNWIND $asked AS asked
MATCH (x:Identifier {cid: asked})-[:OF]->(c:Customer) USING INDEX SEEK x:Identifier(cid)
MATCH (c)<-[:OF]-(i:Identifier)
CALL (i) {
  MATCH (e:IdentityEvent) USING INDEX SEEK e:IdentityEvent(customer, at, id)
  WHERE e.customer = i.cid AND e.at > $after AND e.id IS NOT NULL
  RETURN e ORDER BY e.customer DESC, e.at DESC, e.id DESC LIMIT $n
}
UNWIND e.before + e.after AS id
WITH asked, id, max(e.at) AS at ORDER BY at DESC, id
RETURN asked, collect(id)[..$n]`

// HistoryEvent is a merge or a split that was applied.
type HistoryEvent struct {
	ID            string
	At            event.Millis // when it was applied
	Kind          string       // MERGE or SPLIT
	Before, After []identity.CustomerID
	Cause         string // CALLS, RECORDS, DECISION, REVOCATION or RULES
	Ref           string // the decision's id, the rules' version; else empty
	Evidence      []string
}

// HistoryOf reads what became of a customer, newest first.
func (g *Graph) HistoryOf(ctx context.Context, id identity.CustomerID, s Slice) (*Page[HistoryEvent], error) {
	from := Mark{At: lastAt, ID: lastID}
	if s.After != nil {
		from = *s.After
	}
	ids := func(v any) []identity.CustomerID {
		out := []identity.CustomerID{}
		for _, id := range strs(v) {
			out = append(out, identity.CustomerID(id))
		}
		return out
	}
	var entries []Entry[HistoryEvent]
	params := map[string]any{"asked": string(id), "at": int64(from.At), "id": from.ID, "n": s.First + 1}
	err := g.read(ctx, "store.HistoryOf", historyText, params, func(r *neo4j.Record) error {
		v := r.Values
		e := HistoryEvent{
			ID: str(v[0]), At: millis(v[1]), Kind: str(v[2]), Before: ids(v[3]), After: ids(v[4]), Cause: str(v[5]), Ref: str(v[6]), Evidence: strs(v[7]),
		}
		entries = append(entries, Entry[HistoryEvent]{Mark{At: e.At, ID: e.ID}, e})
		return nil
	})
	slices.SortFunc(entries, func(a, b Entry[HistoryEvent]) int {
		return cmp.Or(cmp.Compare(b.Mark.At, a.Mark.At), cmp.Compare(b.Mark.ID, a.Mark.ID))
	})
	return cut(entries, s), err
}

// MetAfter reads whom customers merged with or split from in what was applied after a time: the ids of then, at most n of
// each customer, the last ones. Customers are named by any of their ids.
func (g *Graph) MetAfter(ctx context.Context, ids []identity.CustomerID, at event.Millis, n int) (map[identity.CustomerID][]identity.CustomerID, error) {
	out := make(map[identity.CustomerID][]identity.CustomerID, len(ids))
	err := g.read(ctx, "store.MetAfter", metText, map[string]any{"asked": anys(ids), "after": int64(at), "n": n}, func(r *neo4j.Record) error {
		of := identity.CustomerID(str(r.Values[0]))
		for _, id := range strs(r.Values[1]) {
			out[of] = append(out[of], identity.CustomerID(id))
		}
		return nil
	})
	return out, err
}
