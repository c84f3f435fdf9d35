package store

import (
	"cmp"
	"context"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/event"
	"kith/identity"
)

// Stewards' decisions are nodes, and edges DECIDED: one for each pair a decision is about. A mark is about one
// identifier: its edge leads from the identifier to itself, has the mark as its kind, and never conducts. So whoever
// reads the rulings on an identifier reads its marks with them, at no cost of their own.
const (
	decisionColumns = `d.id, d.kind, d.reason, d.by, d.at, d.revokedAt, d.a, d.b`

	decisionsByIDText = steady + `
UNWIND $asked AS asked
MATCH (d:Decision {id: asked}) USING INDEX SEEK d:Decision(id)
RETURN ` + decisionColumns

	marksByIDText = `
UNWIND $asked AS asked
MATCH (i:Identifier {cid: asked})
MATCH (i)-[m:DECIDED]->(i)
MATCH (d:Decision {id: m.decision})
RETURN asked, ` + decisionColumns

	// Everything decided about what hangs together with the identifiers by decisions alone.
	rulingsAroundText = steady + `
UNWIND $asked AS asked
MATCH (s:Identifier {key: asked}) USING INDEX SEEK s:Identifier(key)
MATCH (s)-[:DECIDED*0..]-(x:Identifier)
WITH DISTINCT x
MATCH (x)-[d:DECIDED]->(y:Identifier)
RETURN x.key, y.key, d.decision, d.kind, d.at`

	revokedText = steady + `
MATCH (d:Decision) USING INDEX SEEK d:Decision(revokedAt)
WHERE d.revokedAt > $after AND d.at <= $after AND any(k IN d.a + coalesce(d.b, []) WHERE k IN $of)
RETURN ` + decisionColumns + ` ORDER BY d.at, d.id LIMIT $n`
)

// maxRevoked is how many decisions taken back a read gives.
const maxRevoked = 2000

// decided adds one DECIDED edge, as [a, b, decision, kind, at], to the rulings or the markings of an answer.
func decided(c []any, to *identity.Answer) {
	if m, is := marking(c); is {
		to.Markings = append(to.Markings, m)
		return
	}
	to.Rulings = append(to.Rulings, ruling(c))
}

func marking(c []any) (identity.Marking, bool) {
	mark, err := identity.ParseMark(str(c[3]))
	if err != nil {
		return identity.Marking{}, false
	}
	return identity.Marking{Decision: str(c[2]), Key: identity.Key(str(c[0])), Mark: mark, At: millis(c[4])}, true
}

// DecisionView is a steward's decision, revoked ones too.
type DecisionView struct {
	ID        string
	Kind      string // as identity.Decision.Kind
	Reason    string
	By        string // subject of the steward's token
	At        event.Millis
	RevokedAt event.Millis // 0 while it counts
	A, B      []identity.Key
}

func decisionOf(v []any) DecisionView {
	return DecisionView{
		ID: str(v[0]), Kind: str(v[1]), Reason: str(v[2]), By: str(v[3]), At: millis(v[4]), RevokedAt: millis(v[5]), A: keys(v[6]), B: keys(v[7]),
	}
}

func keys(v any) []identity.Key {
	list, _ := v.([]any)
	out := make([]identity.Key, 0, len(list))
	for _, k := range list {
		out = append(out, identity.Key(str(k)))
	}
	return out
}

// DecisionsByID reads decisions. Those that do not exist are not among them.
func (g *Graph) DecisionsByID(ctx context.Context, ids []string) (map[string]DecisionView, error) {
	out := make(map[string]DecisionView, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	err := g.read(ctx, "store.DecisionsByID", decisionsByIDText, map[string]any{"asked": anys(ids)}, func(r *neo4j.Record) error {
		d := decisionOf(r.Values)
		out[d.ID] = d
		return nil
	})
	return out, err
}

// RevokedAfter reads the decisions about any of the identifiers that were in force at a time and are no more.
func (g *Graph) RevokedAfter(ctx context.Context, at event.Millis, of []identity.Key) (out []DecisionView, err error) {
	err = g.read(ctx, "store.RevokedAfter", revokedText, map[string]any{"after": int64(at), "of": anys(of), "n": maxRevoked}, func(r *neo4j.Record) error {
		out = append(out, decisionOf(r.Values))
		return nil
	})
	return out, err
}

// MarksByID reads, of identifiers by the id they would give a customer, the mark that counts: the newest, of equally
// new ones that with the greater id. Those without a mark are not among them.
func (g *Graph) MarksByID(ctx context.Context, ids []identity.CustomerID) (map[identity.CustomerID]DecisionView, error) {
	out := make(map[identity.CustomerID]DecisionView, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	err := g.read(ctx, "store.MarksByID", marksByIDText, map[string]any{"asked": anys(ids)}, func(r *neo4j.Record) error {
		id, d := identity.CustomerID(str(r.Values[0])), decisionOf(r.Values[1:])
		if old, is := out[id]; !is || cmp.Or(cmp.Compare(d.At, old.At), cmp.Compare(d.ID, old.ID)) > 0 {
			out[id] = d
		}
		return nil
	})
	return out, err
}

// RulingsAround reads everything decided, and not revoked, about the identifiers and whatever hangs together with them
// by decisions: what a new decision about them has to be held against.
func (g *Graph) RulingsAround(ctx context.Context, of []identity.Key) ([]identity.Ruling, []identity.Marking, error) {
	var out identity.Answer
	err := g.read(ctx, "store.RulingsAround", rulingsAroundText, map[string]any{"asked": anys(of)}, func(r *neo4j.Record) error {
		decided(r.Values, &out)
		return nil
	})
	return out.Rulings, out.Markings, err
}
