package store

import (
	"bytes"
	"compress/flate"
	"context"
	"io"
	"sync"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/fault"
)

// Row is the properties of one node or edge, or the arguments of one step.
type Row = map[string]any

// Write is everything one transaction of the pipeline writes. Rows are in a fixed order, by key, so that two writers
// that ever meet lock in the same order. A nil list costs nothing.
type Write struct {
	Epoch   int64  // of the lease
	Was     int64  // applied position this write stands on
	Applied int64  // applied position reached
	Tx      int64  // number of this transaction
	TTL     int64  // milliseconds the lease is renewed for
	Journal string // epoch of the journal the positions are of
	Rules   string // version of the identity rules in force

	NewIdentifiers  []Row // {p: properties, c: customer id or nil}
	Identifiers     []Row // {key, p}
	Customers       []Row // {id, p}: made or changed
	Seen            []Row // {id, first, last, active}: customers that were seen and nothing else
	Moves           []Row // {key, c: customer id or nil}
	GoneCustomers   []any // ids
	NewLinks        []Row // {a, b, p}
	Links           []Row // {id, p}
	Verdicts        []Row // {a, b, kind, p}: all edges of a pair and kind
	Decisions       []Row // {id, p}
	Unseen          []Row // {key, p}: identifiers that only decisions name
	NewDecided      []Row // {a, b, p}
	Rulings         []Row // {a, b, decision, p}
	GoneDecided     []any // ids of decisions
	GoneIdentifiers []any // keys
	Touchpoints     []Row // {actor, p}
	Accounts        []Row // {id, p}
	NewWorksAt      []Row // {key, account, p}
	WorksAt         []Row // {id, p}
	Sources         []Row // {name, p}
	RulesText       []Row // {version, p}
	Outbox          []Row // {part, data}
	Published       int64 // outbox entries up to this transaction are published and can go
}

const (
	fenceText = `
MATCH (p:Pipeline {id: 1}) SET p.locked = true
WITH p WHERE p.epoch = $epoch AND p.applied = $was AND p.tx < $tx
SET p.applied = $applied, p.tx = $tx, p.rules = $rules, p.journal = $journal, p.leaseUntil = timestamp() + $ttl
RETURN p.tx`

	customersText = `UNWIND $rows AS r MERGE (c:Customer {id: r.id}) SET c += r.p`

	seenText = `
UNWIND $rows AS r MATCH (c:Customer {id: r.id})
WHERE r.active AND c.lastSeenAt < r.last OR c.firstSeenAt > r.first
SET c.lastSeenAt = CASE WHEN r.active AND c.lastSeenAt < r.last THEN r.last ELSE c.lastSeenAt END,
    c.firstSeenAt = CASE WHEN c.firstSeenAt > r.first THEN r.first ELSE c.firstSeenAt END`

	newIdentifiersText = `
UNWIND $rows AS r CREATE (i:Identifier) SET i = r.p
WITH i, r WHERE r.c IS NOT NULL
MATCH (c:Customer {id: r.c}) CREATE (i)-[:OF]->(c)`

	identifiersText = `UNWIND $rows AS r MATCH (i:Identifier {key: r.key}) SET i += r.p`

	movesText = `
UNWIND $rows AS r MATCH (i:Identifier {key: r.key})
OPTIONAL MATCH (i)-[o:OF]->(:Customer) DELETE o
WITH i, r WHERE r.c IS NOT NULL
MATCH (c:Customer {id: r.c}) CREATE (i)-[:OF]->(c)`

	goneCustomersText = `UNWIND $rows AS id MATCH (c:Customer {id: id}) DETACH DELETE c`

	newLinksText = `
UNWIND $rows AS r MATCH (a:Identifier {key: r.a}) MATCH (b:Identifier {key: r.b})
CREATE (a)-[l:LINKED]->(b) SET l = r.p`

	linksText = `UNWIND $rows AS r MATCH ()-[l:LINKED {id: r.id}]->() SET l += r.p`

	verdictsText = `
UNWIND $rows AS r MATCH (a:Identifier {key: r.a}) MATCH (b:Identifier {key: r.b})
MATCH (a)-[l:LINKED {kind: r.kind}]->(b) SET l += r.p`

	decisionsText = `UNWIND $rows AS r MERGE (d:Decision {id: r.id}) SET d += r.p`

	newDecidedText = `
UNWIND $rows AS r MATCH (a:Identifier {key: r.a}) MATCH (b:Identifier {key: r.b})
CREATE (a)-[d:DECIDED]->(b) SET d = r.p`

	rulingsText = `
UNWIND $rows AS r MATCH (a:Identifier {key: r.a}) MATCH (b:Identifier {key: r.b})
MATCH (a)-[d:DECIDED {decision: r.decision}]->(b) SET d += r.p`

	goneDecidedText = `
UNWIND $rows AS id MATCH (x:Decision {id: id}) UNWIND x.a + coalesce(x.b, []) AS key
MATCH (:Identifier {key: key})-[d:DECIDED {decision: id}]-() DELETE d`

	unseenText = `UNWIND $rows AS r MERGE (i:Identifier {key: r.key}) ON CREATE SET i += r.p`

	goneIdentifiersText = `UNWIND $rows AS key MATCH (i:Identifier {key: key}) DETACH DELETE i`

	touchpointsText = `
UNWIND $rows AS r MATCH (i:Identifier {key: r.actor})
CREATE (t:Touchpoint) SET t = r.p CREATE (t)-[:BY]->(i)`

	accountsText = `UNWIND $rows AS r MERGE (a:Account {id: r.id}) SET a += r.p`

	newWorksAtText = `
UNWIND $rows AS r MATCH (i:Identifier {key: r.key}) MATCH (a:Account {id: r.account})
CREATE (i)-[w:WORKS_AT]->(a) SET w = r.p`

	worksAtText = `UNWIND $rows AS r MATCH ()-[w:WORKS_AT {id: r.id}]->() SET w += r.p`

	sourcesText = `UNWIND $rows AS r MERGE (s:Source {name: r.name}) SET s += r.p`

	rulesText = `UNWIND $rows AS r MERGE (x:Rules {version: r.version}) SET x += r.p`

	outboxText = `UNWIND $rows AS r CREATE (:Outbox {tx: r.tx, part: r.part, data: r.data})`

	outboxClearText = `MATCH (o:Outbox) WHERE o.tx <= $published DELETE o`

	outboxReadText = `MATCH (o:Outbox) RETURN o.tx, o.part, o.data ORDER BY o.tx, o.part`
)

// Apply writes everything in one transaction, or nothing. It fails with CONFLICT (see Fenced) when another pipeline
// has taken over or the position has moved, and with an error for which Fatal is true when the rows themselves are
// at fault. After any other error the transaction may or may not have been committed: take the lease anew and look.
func (g *Graph) Apply(ctx context.Context, w Write) error {
	fence := statement{"fence", fenceText, Row{"epoch": w.Epoch, "was": w.Was, "applied": w.Applied, "tx": w.Tx, "ttl": w.TTL, "rules": w.Rules, "journal": w.Journal}}
	steps := []statement{fence}
	add := func(name, text string, list []Row) {
		if len(list) == 0 {
			return
		}
		rows := make([]any, len(list))
		for i, r := range list {
			rows[i] = r
		}
		steps = append(steps, statement{name, text, Row{"rows": rows}})
	}
	addIDs := func(name, text string, ids []any) {
		if len(ids) > 0 {
			steps = append(steps, statement{name, text, Row{"rows": ids}})
		}
	}
	add("customers", customersText, w.Customers)
	add("unseen", unseenText, w.Unseen)
	addIDs("gone decided", goneDecidedText, w.GoneDecided)
	addIDs("gone identifiers", goneIdentifiersText, w.GoneIdentifiers)
	add("new identifiers", newIdentifiersText, w.NewIdentifiers)
	add("identifiers", identifiersText, w.Identifiers)
	add("moves", movesText, w.Moves)
	add("seen", seenText, w.Seen)
	addIDs("gone customers", goneCustomersText, w.GoneCustomers)
	add("new links", newLinksText, w.NewLinks)
	add("links", linksText, w.Links)
	add("verdicts", verdictsText, w.Verdicts)
	add("decisions", decisionsText, w.Decisions)
	add("new decided", newDecidedText, w.NewDecided)
	add("rulings", rulingsText, w.Rulings)
	add("touchpoints", touchpointsText, w.Touchpoints)
	add("accounts", accountsText, w.Accounts)
	add("new works at", newWorksAtText, w.NewWorksAt)
	add("works at", worksAtText, w.WorksAt)
	add("sources", sourcesText, w.Sources)
	add("rules", rulesText, w.RulesText)
	add("outbox", outboxText, w.Outbox)
	if w.Published > 0 {
		steps = append(steps, statement{"outbox clear", outboxClearText, Row{"published": w.Published}})
	}
	return g.write(ctx, "store.Apply", func(records []*neo4j.Record) error {
		if len(records) == 0 {
			return errFenced
		}
		return nil
	}, steps...)
}

// OutboxEntry is one message for the change stream that was committed with its transaction.
type OutboxEntry struct {
	Tx   int64
	Part int64
	Data []byte
}

var packers = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // fails only for a level that does not exist
	return w
}}

// Pack makes data small for the outbox: the graph keeps long values in blocks of 120 bytes, and each costs.
func Pack(data []byte) []byte {
	var b bytes.Buffer
	w := packers.Get().(*flate.Writer)
	defer packers.Put(w)
	w.Reset(&b)
	_, _ = w.Write(data) // a bytes.Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

func unpack(packed []byte) ([]byte, error) {
	return io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
}

// Outbox reads what was committed and may not have been published, in order.
func (g *Graph) Outbox(ctx context.Context) ([]OutboxEntry, error) {
	var out []OutboxEntry
	err := g.read(ctx, "store.Outbox", outboxReadText, nil, func(r *neo4j.Record) error {
		packed, _ := r.Values[2].([]byte)
		data, err := unpack(packed)
		if err != nil {
			return fault.Wrap("store.Outbox", fault.Internal, err, "an entry of the outbox is damaged")
		}
		out = append(out, OutboxEntry{Tx: integer(r.Values[0]), Part: integer(r.Values[1]), Data: data})
		return nil
	})
	return out, err
}
