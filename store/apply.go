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
	Seen            []Row // {id, last}: customers that were seen later, and nothing else
	SeenFirst       []Row // {id, first}: and earlier
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
	Retold          []Row // {id, p}: all properties of a stored touchpoint
	Rehung          []Row // {id, actor}: touchpoints that hang on another identifier
	GoneLinks       []any // ids
	GoneWorksAt     []any // ids
	Keyed           []Row // {record, key}: blocking keys that records hold from now on
	Unkeyed         []Row // {record, key}: and no longer
	Tombstones      []Row // {key, p}: of deleted records
	GoneTombstones  []any // keys
	Households      []Row // {id, h: household id or nil}: customers that live in another one now
	LeftHouseholds  []any // ids: they are no more if nobody is left
	Sources         []Row // {name, p}
	RulesText       []Row // {version, p}
	History         []Row // properties of an IdentityEvent: what became of one customer
	Standing        []Row // {id, p}: customers of whom something is computed anew
	Entered         []Entering
	Left            []Row // {c, s}: customers, and the segments they are in no longer
	Sizes           []Row // {id, entered, left, day, at}: of segments, and the node of the day they are counted on
	NearHouseholds  []any // ids of households somebody left
	NearIdentifiers []any // keys of identifiers that are nobody's any more: whom they connected has to be looked at again
	Near            []any // ids of customers who are connected to others than before, perhaps
	NearAccounts    []any // and of those whose accounts' other customers have to be looked at, too
	Turned          []Row // {c, m}: customers who meet something that connected ones may ask for, or no longer do
	Defining              // a change of definitions; with nothing but Standing, Entered, Left, Sizes and Near beside it
	Names           []Row // {id, p}: all properties of a name in the catalogue
	GoneNames       []any // ids
	Outbox          []Row // {part, data}
	Published       int64 // outbox entries up to this transaction are published and can go
}

// A transaction is one statement, so that it costs one round trip: with a statement for each list, a batch of one call
// spent more time on the way than in the graph. Each list is a part of its own, run once. The lists come inside one map,
// because Neo4j plans a statement anew for each order of magnitude of a list that is a parameter by itself. What batches
// of calls need is a statement apart from the whole: each part more is time to plan.
const (
	usualText   = steady + fencePart + customersPart + identifiersPart + linksPart + touchpointsPart + standingPart + outboxPart
	nearText    = steady + fencePart + customersPart + identifiersPart + linksPart + touchpointsPart + standingPart + nearPart + outboxPart
	recordsText = steady + fencePart + customersPart + goneLinksPart + gonePart + identifiersPart + householdsPart + linksPart + keysPart + touchpointsPart + standingPart + nearPart + outboxPart
	wholeText   = steady + fencePart + customersPart + goneLinksPart + gonePart + identifiersPart + householdsPart + linksPart + decidedPart + touchpointsPart + retoldPart + standingPart + nearPart + outboxPart

	fencePart = `
MATCH (p:Pipeline {id: 1}) SET p.locked = true
WITH p WHERE p.epoch = $w.epoch AND p.applied = $w.was AND p.tx < $w.tx
SET p.applied = $w.applied, p.tx = $w.tx, p.rules = $w.rules, p.journal = $w.journal, p.leaseUntil = timestamp() + $w.ttl
WITH p.tx AS tx`

	customersPart = `
CALL () { UNWIND $w.customers AS r MERGE (c:Customer {id: r.id}) SET c += r.p }`

	gonePart = `
CALL () { UNWIND $w.unseen AS r MERGE (i:Identifier {key: r.key}) ON CREATE SET i += r.p }
CALL () {
  UNWIND $w.goneDecided AS id MATCH (x:Decision {id: id}) USING INDEX SEEK x:Decision(id) UNWIND x.a + coalesce(x.b, []) AS key
  MATCH (k:Identifier {key: key})-[d:DECIDED {decision: id}]-() USING INDEX SEEK k:Identifier(key) DELETE d
}
CALL () { UNWIND $w.goneIdentifiers AS key MATCH (i:Identifier {key: key}) USING INDEX SEEK i:Identifier(key) DETACH DELETE i }`

	identifiersPart = `
CALL () {
  UNWIND $w.newIdentifiers AS r CREATE (i:Identifier) SET i = r.p
  WITH i, r WHERE r.c IS NOT NULL
  MATCH (c:Customer {id: r.c}) USING INDEX SEEK c:Customer(id) CREATE (i)-[:OF]->(c)
}
CALL () { UNWIND $w.identifiers AS r MATCH (i:Identifier {key: r.key}) USING INDEX SEEK i:Identifier(key) SET i += r.p }
CALL () {
  UNWIND $w.moves AS r MATCH (i:Identifier {key: r.key}) USING INDEX SEEK i:Identifier(key)
  OPTIONAL MATCH (i)-[o:OF]->(:Customer) DELETE o
  WITH i, r WHERE r.c IS NOT NULL
  MATCH (c:Customer {id: r.c}) USING INDEX SEEK c:Customer(id) CREATE (i)-[:OF]->(c)
}
CALL () { UNWIND $w.seen AS r MATCH (c:Customer {id: r.id}) USING INDEX SEEK c:Customer(id) WHERE c.lastSeenAt < r.last SET c.lastSeenAt = r.last }
CALL () { UNWIND $w.seenFirst AS r MATCH (c:Customer {id: r.id}) USING INDEX SEEK c:Customer(id) WHERE c.firstSeenAt > r.first SET c.firstSeenAt = r.first }
CALL () { UNWIND $w.goneCustomers AS id MATCH (c:Customer {id: id}) USING INDEX SEEK c:Customer(id) DETACH DELETE c }`

	linksPart = `
CALL () {
  UNWIND $w.newLinks AS r MATCH (a:Identifier {key: r.a}) USING INDEX SEEK a:Identifier(key)
  MATCH (b:Identifier {key: r.b}) USING INDEX SEEK b:Identifier(key)
  CREATE (a)-[l:LINKED]->(b) SET l = r.p
}
CALL () { UNWIND $w.links AS r MATCH ()-[l:LINKED {id: r.id}]->() USING INDEX SEEK l:LINKED(id) SET l += r.p }
CALL () {
  UNWIND $w.verdicts AS r MATCH (a:Identifier {key: r.a}) USING INDEX SEEK a:Identifier(key)
  MATCH (b:Identifier {key: r.b}) USING INDEX SEEK b:Identifier(key)
  MATCH (a)-[l:LINKED {kind: r.kind}]->(b) SET l += r.p
}`

	decidedPart = `
CALL () { UNWIND $w.decisions AS r MERGE (d:Decision {id: r.id}) SET d += r.p }
CALL () {
  UNWIND $w.newDecided AS r MATCH (a:Identifier {key: r.a}) USING INDEX SEEK a:Identifier(key)
  MATCH (b:Identifier {key: r.b}) USING INDEX SEEK b:Identifier(key)
  CREATE (a)-[d:DECIDED]->(b) SET d = r.p
}
CALL () {
  UNWIND $w.rulings AS r MATCH (a:Identifier {key: r.a}) USING INDEX SEEK a:Identifier(key)
  MATCH (b:Identifier {key: r.b}) USING INDEX SEEK b:Identifier(key)
  MATCH (a)-[d:DECIDED {decision: r.decision}]->(b) SET d += r.p
}`

	touchpointsPart = `
CALL () {
  UNWIND $w.touchpoints AS r MATCH (i:Identifier {key: r.actor}) USING INDEX SEEK i:Identifier(key)
  CREATE (t:Touchpoint) SET t = r.p CREATE (t)-[:BY]->(i)
}
CALL () { UNWIND $w.accounts AS r MERGE (a:Account {id: r.id}) SET a += r.p }
CALL () {
  UNWIND $w.newWorksAt AS r MATCH (i:Identifier {key: r.key}) USING INDEX SEEK i:Identifier(key)
  MATCH (a:Account {id: r.account}) USING INDEX SEEK a:Account(id)
  CREATE (i)-[w:WORKS_AT]->(a) SET w = r.p
}
CALL () { UNWIND $w.worksAt AS r MATCH ()-[w:WORKS_AT {id: r.id}]->() USING INDEX SEEK w:WORKS_AT(id) SET w += r.p }
CALL () { UNWIND $w.sources AS r MERGE (s:Source {name: r.name}) SET s += r.p }
CALL () { UNWIND $w.rulesText AS r MERGE (x:Rules {version: r.version}) SET x += r.p }`

	// Before any link is made: one may come again under the same id.
	goneLinksPart = `
CALL () { UNWIND $w.goneLinks AS id MATCH ()-[l:LINKED {id: id}]->() USING INDEX SEEK l:LINKED(id) DELETE l }`

	keysPart = `
CALL () {
  UNWIND $w.unkeyed AS r MATCH (k:BlockingKey {key: r.key}) USING INDEX SEEK k:BlockingKey(key)
  OPTIONAL MATCH (i:Identifier {key: r.record})-[e:KEYED]->(k) USING INDEX SEEK i:Identifier(key)
  DELETE e
  WITH DISTINCT k WHERE NOT EXISTS { (k)<-[:KEYED]-() } DELETE k
}
CALL () {
  UNWIND $w.keyed AS r MATCH (i:Identifier {key: r.record}) USING INDEX SEEK i:Identifier(key)
  MERGE (k:BlockingKey {key: r.key}) CREATE (i)-[:KEYED]->(k)
}
CALL () { UNWIND $w.tombstones AS r MERGE (t:Tombstone {key: r.key}) SET t = r.p }
CALL () { UNWIND $w.goneTombstones AS key MATCH (t:Tombstone {key: key}) USING INDEX SEEK t:Tombstone(key) DELETE t }`

	// Behind customers that come and go.
	householdsPart = `
CALL () {
  UNWIND $w.households AS r MATCH (c:Customer {id: r.id}) USING INDEX SEEK c:Customer(id)
  OPTIONAL MATCH (c)-[l:LIVES_IN]->(:Household) DELETE l
  WITH c, r WHERE r.h IS NOT NULL
  MERGE (h:Household {id: r.h}) CREATE (c)-[:LIVES_IN]->(h)
}
CALL () {
  UNWIND $w.leftHouseholds AS id MATCH (h:Household {id: id}) USING INDEX SEEK h:Household(id)
  WHERE NOT EXISTS { (h)<-[:LIVES_IN]-() } DELETE h
}`

	retoldPart = `
CALL () { UNWIND $w.retold AS r MATCH (t:Touchpoint {id: r.id}) USING INDEX SEEK t:Touchpoint(id) SET t = r.p }
CALL () {
  UNWIND $w.rehung AS r MATCH (t:Touchpoint {id: r.id}) USING INDEX SEEK t:Touchpoint(id)
  MATCH (i:Identifier {key: r.actor}) USING INDEX SEEK i:Identifier(key)
  OPTIONAL MATCH (t)-[b:BY]->() DELETE b
  CREATE (t)-[:BY]->(i)
}
CALL () { UNWIND $w.goneWorksAt AS id MATCH ()-[w:WORKS_AT {id: id}]->() USING INDEX SEEK w:WORKS_AT(id) DELETE w }`

	outboxPart = `
CALL () { UNWIND $w.history AS r CREATE (e:IdentityEvent) SET e = r }
CALL () { UNWIND $w.goneNames AS id MATCH (n:Name {id: id}) USING INDEX SEEK n:Name(id) DELETE n }
CALL () { UNWIND $w.names AS r MERGE (n:Name {id: r.id}) SET n = r.p }
CALL () { MATCH (o:Outbox) WHERE o.tx <= $w.published DELETE o }
CALL () { UNWIND $w.outbox AS r CREATE (:Outbox {tx: r.tx, part: r.part, data: r.data}) }
RETURN tx`

	outboxReadText = `MATCH (o:Outbox) RETURN o.tx, o.part, o.data ORDER BY o.tx, o.part`
)

// Apply writes everything in one transaction, or nothing. It fails with CONFLICT (see Fenced) when another pipeline
// has taken over or the position has moved, and with an error for which Fatal is true when the rows themselves are
// at fault. After any other error the transaction may or may not have been committed: take the lease anew and look.
func (g *Graph) Apply(ctx context.Context, w Write) error {
	text := usualText
	switch {
	case w.Defining.any() || w.onlyStanding():
		text = standingText
	case w.unusual():
		text = wholeText
	case w.ofRecords():
		text = recordsText
	case len(w.Near)+len(w.NearHouseholds)+len(w.NearIdentifiers)+len(w.Turned) > 0:
		text = nearText
	}
	// Trying again is safe: where the first attempt was committed and its answer lost, the fence stops the second.
	records, err := g.run(ctx, "store.Apply", neo4j.AccessModeWrite, g.cfg.ApplyTimeout, text, Row{"w": w.params()})
	if err == nil && len(records) == 0 {
		return errFenced
	}
	return err
}

// unusual says that there is more to write than a batch of calls does.
func (w *Write) unusual() bool {
	return len(w.Unseen)+len(w.GoneDecided)+len(w.Decisions)+len(w.NewDecided)+len(w.Rulings)+
		len(w.Retold)+len(w.Rehung)+len(w.GoneWorksAt) > 0
}

// ofRecords says that there is what batches of records write, and few others do.
func (w *Write) ofRecords() bool {
	return len(w.Keyed)+len(w.Unkeyed)+len(w.Tombstones)+len(w.GoneTombstones)+len(w.GoneLinks)+len(w.GoneIdentifiers)+
		len(w.Households)+len(w.LeftHouseholds) > 0
}

// onlyStanding says that there is nothing but what became of customers.
func (w *Write) onlyStanding() bool {
	return len(w.Standing) > 0 && len(w.NewIdentifiers)+len(w.Identifiers)+len(w.Customers)+len(w.Seen)+len(w.Moves)+len(w.GoneCustomers)+
		len(w.NewLinks)+len(w.Links)+len(w.Verdicts)+len(w.Touchpoints)+len(w.Accounts)+len(w.NewWorksAt)+len(w.WorksAt)+len(w.Sources)+
		len(w.RulesText)+len(w.History) == 0 && !w.unusual() && !w.ofRecords()
}

func (w *Write) params() Row {
	list := func(rows []Row) []any {
		out := make([]any, len(rows))
		for i, r := range rows {
			out[i] = r
		}
		return out
	}
	ids := func(list []any) []any {
		if list == nil {
			return []any{}
		}
		return list
	}
	into, entered := entering(w.Entered)
	return Row{
		"epoch": w.Epoch, "was": w.Was, "applied": w.Applied, "tx": w.Tx, "ttl": w.TTL, "rules": w.Rules, "journal": w.Journal, "published": w.Published,
		"customers": list(w.Customers), "unseen": list(w.Unseen), "goneDecided": ids(w.GoneDecided), "goneIdentifiers": ids(w.GoneIdentifiers),
		"newIdentifiers": list(w.NewIdentifiers), "identifiers": list(w.Identifiers), "moves": list(w.Moves), "seen": list(w.Seen), "seenFirst": list(w.SeenFirst),
		"goneCustomers": ids(w.GoneCustomers), "newLinks": list(w.NewLinks), "links": list(w.Links), "verdicts": list(w.Verdicts),
		"decisions": list(w.Decisions), "newDecided": list(w.NewDecided), "rulings": list(w.Rulings), "touchpoints": list(w.Touchpoints),
		"accounts": list(w.Accounts), "newWorksAt": list(w.NewWorksAt), "worksAt": list(w.WorksAt), "sources": list(w.Sources),
		"retold": list(w.Retold), "rehung": list(w.Rehung), "goneLinks": ids(w.GoneLinks), "goneWorksAt": ids(w.GoneWorksAt),
		"keyed": list(w.Keyed), "unkeyed": list(w.Unkeyed), "tombstones": list(w.Tombstones), "goneTombstones": ids(w.GoneTombstones),
		"households": list(w.Households), "leftHouseholds": ids(w.LeftHouseholds),
		"standing": list(w.Standing), "into": into, "entered": entered, "left": list(w.Left), "sizes": list(w.Sizes), "near": ids(w.Near), "nearHouseholds": ids(w.NearHouseholds), "nearIdentifiers": ids(w.NearIdentifiers),
		"nearAccounts": ids(w.NearAccounts), "turned": list(w.Turned), "household": MaxHousehold,
		"tallies": list(w.Tallies), "segments": list(w.Segments), "computed": list(w.Computed), "goneComputed": ids(w.GoneComputed),
		"fills": list(w.Fills), "goneFills": ids(w.GoneFills), "emptied": list(w.Emptied), "goneSegments": ids(w.GoneSegments),
		"rulesText": list(w.RulesText), "names": list(w.Names), "goneNames": ids(w.GoneNames), "outbox": list(w.Outbox), "history": list(w.History),
	}
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
