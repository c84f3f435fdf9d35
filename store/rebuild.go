package store

import (
	"context"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/event"
	"kith/identity"
)

// What a new version of the identity rules reads and writes: everything, a page at a time, each page found through an
// index and ordered by it, so that the last page costs what the first did. (A CASE, because the planner makes two scans of
// an OR.)

const (
	touchpointsAfterText = `
MATCH (t:Touchpoint) WHERE t.id > $after
RETURN properties(t) ORDER BY t.id LIMIT $limit`

	timelineAfterText = `
MATCH (t:Touchpoint) USING INDEX SEEK t:Touchpoint(actor, at, id)
WHERE t.actor = $actor AND t.at >= $at AND t.id IS NOT NULL AND CASE WHEN t.at > $at THEN true ELSE t.id > $id END
RETURN properties(t) ORDER BY t.actor, t.at, t.id LIMIT $limit`

	timelinesAfterText = `
MATCH (t:Touchpoint) USING INDEX SEEK t:Touchpoint(actor, at, id)
WHERE t.actor > $actor AND t.at IS NOT NULL AND t.id IS NOT NULL
RETURN properties(t) ORDER BY t.actor, t.at, t.id LIMIT $limit`

	identifiersAfterText = `
MATCH (i:Identifier) WHERE i.key > $after
WITH i ORDER BY i.key LIMIT $limit
RETURN i.key, i {.raw, .firstSeenAt, .activeAt, .lastSeenAt}, EXISTS { (i)-[:DECIDED]-() }, EXISTS { (i)<-[:BY]-() },
  i.content IS NULL AND coalesce(i.traits, '') <> '', [(i)-[w:WORKS_AT]->() | w.id]`

	linksAfterText = `
MATCH ()-[l:LINKED]->() WHERE l.id > $after AND l.kind <> 'MATCHED'
RETURN l.id, l.count, l.firstSeenAt, l.lastSeenAt, l.evidence ORDER BY l.id LIMIT $limit`

	recordsAfterText = `
MATCH (i:Identifier) WHERE i.key > $after AND i.key < 'record;' AND i.content IS NOT NULL
WITH i ORDER BY i.key LIMIT $limit
RETURN i.key, i.recordAt, i.recordReceivedAt, i.recordHash, i.content, i.crowded, i.traits, [(i)-[:KEYED]->(k) | k.key]`

	customersAfterText = `
MATCH (c:Customer) WHERE c.id > $after
RETURN c.id, properties(c) ORDER BY c.id LIMIT $limit`

	accountsAfterText = `
MATCH (a:Account) WHERE a.id > $after
RETURN a.id, a.versions, a.traits ORDER BY a.id LIMIT $limit`

	hangingText = `
UNWIND $keys AS key MATCH (i:Identifier {key: key})
RETURN i.key, i.traits, [(i)-[w:WORKS_AT]->() | [w.id, w.firstSeenAt, w.lastSeenAt]]`

	pendingRulesText = `MATCH (x:Rules {pending: true}) RETURN x.version, x.yaml, x.at, x.text, x.model, x.modelVersion`
)

// TouchpointsAfter reads up to limit touchpoints behind the one with the id after, in the order of their ids, each as
// all its properties.
func (g *Graph) TouchpointsAfter(ctx context.Context, after string, limit int) ([]Row, error) {
	return g.properties(ctx, "store.TouchpointsAfter", touchpointsAfterText, Row{"after": after, "limit": limit})
}

// TimelinesAfter reads up to limit touchpoints behind the given one, in the order of actor, time and id: one
// identifier's whole timeline after the other. It begins with an empty actor.
func (g *Graph) TimelinesAfter(ctx context.Context, actor identity.Key, at event.Millis, id string, limit int) ([]Row, error) {
	const op = "store.TimelinesAfter"
	params := Row{"actor": string(actor), "at": int64(at), "id": id, "limit": limit}
	if actor == "" {
		return g.properties(ctx, op, timelinesAfterText, params)
	}
	rest, err := g.properties(ctx, op, timelineAfterText, params)
	if err != nil || len(rest) == limit {
		return rest, err
	}
	params["limit"] = limit - len(rest)
	others, err := g.properties(ctx, op, timelinesAfterText, params)
	return append(rest, others...), err
}

func (g *Graph) properties(ctx context.Context, op, text string, params Row) ([]Row, error) {
	var out []Row
	err := g.read(ctx, op, text, params, func(r *neo4j.Record) error {
		p, _ := r.Values[0].(map[string]any)
		out = append(out, p)
		return nil
	})
	return out, err
}

// StoredFacts is an identifier as far as calls assert it, and what hangs on it.
type StoredFacts struct {
	Key       identity.Key
	Facts     Row      // raw, firstSeenAt, activeAt, lastSeenAt
	Decided   bool     // a decision names it
	Acts      bool     // has touchpoints
	HasTraits bool     // has traits, and not from a record
	WorksAt   []string // ids of its memberships
}

// IdentifiersAfter reads up to limit identifiers behind the one with the key after, in the order of their keys.
func (g *Graph) IdentifiersAfter(ctx context.Context, after identity.Key, limit int) ([]StoredFacts, error) {
	var out []StoredFacts
	err := g.read(ctx, "store.IdentifiersAfter", identifiersAfterText, Row{"after": string(after), "limit": limit}, func(r *neo4j.Record) error {
		s := StoredFacts{Key: identity.Key(str(r.Values[0])), WorksAt: strs(r.Values[5])}
		s.Facts, _ = r.Values[1].(map[string]any)
		s.Decided, _ = r.Values[2].(bool)
		s.Acts, _ = r.Values[3].(bool)
		s.HasTraits, _ = r.Values[4].(bool)
		out = append(out, s)
		return nil
	})
	return out, err
}

// StoredRecord is a record with what was made of it.
type StoredRecord struct {
	Record
	Traits string   // customer.Traits, encoded
	Keys   []string // blocking keys it holds
}

// RecordsAfter reads up to limit records behind the one with the key after, in the order of their keys.
func (g *Graph) RecordsAfter(ctx context.Context, after identity.Key, limit int) ([]StoredRecord, error) {
	var out []StoredRecord
	after = max(after, "record:")
	err := g.read(ctx, "store.RecordsAfter", recordsAfterText, Row{"after": string(after), "limit": limit}, func(r *neo4j.Record) error {
		v := r.Values
		s := StoredRecord{Traits: str(v[6]), Keys: strs(v[7])}
		s.Record = Record{identity.Key(str(v[0])), millis(v[1]), millis(v[2]), str(v[3]), false, str(v[4]), strs(v[5])}
		out = append(out, s)
		return nil
	})
	return out, err
}

// LinksAfter reads up to limit links behind the one with the id after, in the order of their ids.
func (g *Graph) LinksAfter(ctx context.Context, after string, limit int) ([]Link, error) {
	var out []Link
	err := g.read(ctx, "store.LinksAfter", linksAfterText, Row{"after": after, "limit": limit}, func(r *neo4j.Record) error {
		v := r.Values
		out = append(out, Link{ID: str(v[0]), Count: integer(v[1]), FirstSeen: millis(v[2]), LastSeen: millis(v[3]), Evidence: strs(v[4])})
		return nil
	})
	return out, err
}

// StoredView is a customer's id and all its properties.
type StoredView struct {
	ID   identity.CustomerID
	View Row
}

// CustomersAfter reads up to limit customers behind the one with the id after, in the order of their ids.
func (g *Graph) CustomersAfter(ctx context.Context, after identity.CustomerID, limit int) ([]StoredView, error) {
	var out []StoredView
	err := g.read(ctx, "store.CustomersAfter", customersAfterText, Row{"after": string(after), "limit": limit}, func(r *neo4j.Record) error {
		s := StoredView{ID: identity.CustomerID(str(r.Values[0]))}
		s.View, _ = r.Values[1].(map[string]any)
		out = append(out, s)
		return nil
	})
	return out, err
}

// StoredAccount is an account's traits: every version, and the values that count.
type StoredAccount struct{ ID, Versions, Traits string }

// AccountsAfter reads up to limit accounts behind the one with the id after, in the order of their ids.
func (g *Graph) AccountsAfter(ctx context.Context, after string, limit int) ([]StoredAccount, error) {
	var out []StoredAccount
	err := g.read(ctx, "store.AccountsAfter", accountsAfterText, Row{"after": after, "limit": limit}, func(r *neo4j.Record) error {
		out = append(out, StoredAccount{str(r.Values[0]), str(r.Values[1]), str(r.Values[2])})
		return nil
	})
	return out, err
}

// Hanging is what hangs on an identifier beside its touchpoints.
type Hanging struct {
	Traits  string          // customer.Traits, encoded
	WorksAt map[string]Span // by the membership's id
}

// Hanging reads what hangs on identifiers. Those that are not stored are not among it.
func (g *Graph) Hanging(ctx context.Context, keys []identity.Key) (map[identity.Key]Hanging, error) {
	out := make(map[identity.Key]Hanging, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	err := g.read(ctx, "store.Hanging", hangingText, Row{"keys": anys(keys)}, func(r *neo4j.Record) error {
		h := Hanging{Traits: str(r.Values[1]), WorksAt: map[string]Span{}}
		for _, w := range rows(r, 2) {
			h.WorksAt[str(w[0])] = Span{millis(w[1]), millis(w[2])}
		}
		out[identity.Key(str(r.Values[0]))] = h
		return nil
	})
	return out, err
}

// PendingRules reads the version of the rules that is being put in force; ok is false when none is.
func (g *Graph) PendingRules(ctx context.Context) (v RulesView, ok bool, err error) {
	err = g.read(ctx, "store.PendingRules", pendingRulesText, nil, func(r *neo4j.Record) error {
		v, ok = rulesView(r), true
		return nil
	})
	return v, ok, err
}
