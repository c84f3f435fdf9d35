package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/fault"
)

// migrations bring the schema from nothing to what this version needs. Each runs once, in order, and is never
// changed after a release: add a new one at the end. Schema statements cannot share a transaction with data, so each
// has its own, and each is written to be harmless when repeated.
var migrations = []string{
	`CREATE CONSTRAINT identifier_key IF NOT EXISTS FOR (i:Identifier) REQUIRE i.key IS UNIQUE`,
	`CREATE CONSTRAINT identifier_cid IF NOT EXISTS FOR (i:Identifier) REQUIRE i.cid IS UNIQUE`,
	`CREATE CONSTRAINT customer_id IF NOT EXISTS FOR (c:Customer) REQUIRE c.id IS UNIQUE`,
	`CREATE CONSTRAINT touchpoint_id IF NOT EXISTS FOR (t:Touchpoint) REQUIRE t.id IS UNIQUE`,
	`CREATE CONSTRAINT account_id IF NOT EXISTS FOR (a:Account) REQUIRE a.id IS UNIQUE`,
	`CREATE CONSTRAINT decision_id IF NOT EXISTS FOR (d:Decision) REQUIRE d.id IS UNIQUE`,
	`CREATE CONSTRAINT source_name IF NOT EXISTS FOR (s:Source) REQUIRE s.name IS UNIQUE`,
	`CREATE CONSTRAINT rules_version IF NOT EXISTS FOR (r:Rules) REQUIRE r.version IS UNIQUE`,
	`CREATE CONSTRAINT pipeline_id IF NOT EXISTS FOR (p:Pipeline) REQUIRE p.id IS UNIQUE`,
	`CREATE CONSTRAINT linked_id IF NOT EXISTS FOR ()-[l:LINKED]-() REQUIRE l.id IS UNIQUE`,
	`CREATE CONSTRAINT decided_id IF NOT EXISTS FOR ()-[d:DECIDED]-() REQUIRE d.id IS UNIQUE`,
	`CREATE CONSTRAINT works_at_id IF NOT EXISTS FOR ()-[w:WORKS_AT]-() REQUIRE w.id IS UNIQUE`,
	// A timeline is read newest first through this index, at the same cost whatever its length.
	`CREATE INDEX touchpoint_timeline IF NOT EXISTS FOR (t:Touchpoint) ON (t.actor, t.at, t.id)`,
	`CREATE INDEX customer_last_seen IF NOT EXISTS FOR (c:Customer) ON (c.shared, c.lastSeenAt, c.id)`,
	`CREATE INDEX customer_first_seen IF NOT EXISTS FOR (c:Customer) ON (c.shared, c.firstSeenAt, c.id)`,
	`CREATE INDEX outbox_tx IF NOT EXISTS FOR (o:Outbox) ON (o.tx)`,
	// The values are folded before they are stored (customer.Fold), so splitting at spaces is all the analyzer does.
	`CREATE FULLTEXT INDEX customer_search IF NOT EXISTS FOR (c:Customer) ON EACH [c.searchName, c.searchEmail, c.searchPhone]
	 OPTIONS {indexConfig: {` + "`fulltext.analyzer`: 'whitespace'" + `}}`,
	`CREATE CONSTRAINT blocking_key IF NOT EXISTS FOR (k:BlockingKey) REQUIRE k.key IS UNIQUE`,
	`CREATE CONSTRAINT tombstone_key IF NOT EXISTS FOR (t:Tombstone) REQUIRE t.key IS UNIQUE`,
	// Only what matching made has a weight, so this holds nothing else: what waits for a steward, and the weakest joins.
	`CREATE INDEX linked_review IF NOT EXISTS FOR ()-[l:LINKED]-() ON (l.reason, l.weight, l.id)`,
	`CREATE INDEX identity_event_customer IF NOT EXISTS FOR (e:IdentityEvent) ON (e.customer, e.at, e.id)`,
	// Only unusually large customers have this.
	`CREATE INDEX customer_large IF NOT EXISTS FOR (c:Customer) ON (c.large, c.id)`,
	`CREATE CONSTRAINT household_id IF NOT EXISTS FOR (h:Household) REQUIRE h.id IS UNIQUE`,
	`CREATE CONSTRAINT segment_id IF NOT EXISTS FOR (s:Segment) REQUIRE s.id IS UNIQUE`,
	`CREATE CONSTRAINT segment_day_id IF NOT EXISTS FOR (d:SegmentDay) REQUIRE d.id IS UNIQUE`,
	`CREATE INDEX segment_day IF NOT EXISTS FOR (d:SegmentDay) ON (d.segment, d.at)`,
	`CREATE CONSTRAINT computed_key IF NOT EXISTS FOR (x:ComputedTrait) REQUIRE x.key IS UNIQUE`,
	`CREATE CONSTRAINT fill_id IF NOT EXISTS FOR (f:Fill) REQUIRE f.id IS UNIQUE`,
	// Only those that time will change have this, so the clock finds who is due without looking at anybody else.
	`CREATE INDEX customer_due IF NOT EXISTS FOR (c:Customer) ON (c.due)`,
	`CREATE CONSTRAINT name_id IF NOT EXISTS FOR (n:Name) REQUIRE n.id IS UNIQUE`,
	`CREATE INDEX name_kind IF NOT EXISTS FOR (n:Name) ON (n.kind, n.event, n.name)`,
	// Only decisions that were taken back have this.
	`CREATE INDEX decision_revoked IF NOT EXISTS FOR (d:Decision) ON (d.revokedAt)`,
}

const (
	// Before all else, so that two first starts at once make one workspace.
	workspaceUnique = `CREATE CONSTRAINT workspace_id IF NOT EXISTS FOR (w:Workspace) REQUIRE w.id IS UNIQUE`

	schemaVersion = `MERGE (w:Workspace {id: 1}) ON CREATE SET w.key = $key, w.schema = 0 RETURN w.key AS key, w.schema AS schema`
	schemaReached = `MATCH (w:Workspace {id: 1}) SET w.schema = $schema`
	awaitIndexes  = `CALL db.awaitIndexes(60)`
)

// migrate applies what is missing. A graph written by a newer version is refused, not guessed at.
func (g *Graph) migrate(ctx context.Context) error {
	const op = "store.migrate"
	var seed [32]byte
	if rand.Read(seed[:]); len(g.cfg.WorkspaceKey) == len(seed) {
		copy(seed[:], g.cfg.WorkspaceKey)
	}
	if err := g.write(ctx, op, nil, statement{"workspace constraint", workspaceUnique, nil}); err != nil {
		return err
	}
	var reached int64
	err := g.write(ctx, op, func(records []*neo4j.Record) error {
		m := records[0].AsMap()
		reached, _ = m["schema"].(int64)
		key, err := base64.StdEncoding.DecodeString(fmt.Sprint(m["key"]))
		if err != nil || len(key) != len(seed) {
			return fault.New(op, fault.Internal, "the workspace key in the graph is damaged; restore it from a backup")
		}
		g.key = key
		return nil
	}, statement{"workspace", schemaVersion, map[string]any{"key": base64.StdEncoding.EncodeToString(seed[:])}})
	if err != nil {
		return err
	}
	if reached > int64(len(migrations)) {
		return fault.New(op, fault.Conflict, "this graph was written by a newer Kith (schema %d, this one knows %d); start that version", reached, len(migrations))
	}
	if reached == int64(len(migrations)) {
		return nil
	}
	for _, text := range migrations[reached:] {
		if err := g.write(ctx, op, nil, statement{"migration", text, nil}); err != nil {
			return err
		}
	}
	if err := g.write(ctx, op, nil, statement{"await indexes", awaitIndexes, nil}); err != nil {
		return err
	}
	return g.write(ctx, op, nil, statement{"schema version", schemaReached, map[string]any{"schema": len(migrations)}})
}
