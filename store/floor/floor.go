// Package floor is what Kith's speed is measured against: the least that Neo4j must do for the same outcome, without
// Kith. It also looks at the graph from outside, to count what arrived, and prepares long histories.
//
// Nothing here is part of the product.
package floor

import (
	"context"
	"errors"
	"fmt"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
	"github.com/neo4j/neo4j-go-driver/v5/neo4j/config"
)

// Row is the properties of a node or edge, or the arguments of one step.
type Row = map[string]any

// DB is a plain connection to a Neo4j. Its methods may be called concurrently.
type DB struct {
	driver   neo4j.DriverWithContext
	database string
}

// Open connects and checks that the server answers.
func Open(ctx context.Context, uri, username, password, database string) (*DB, error) {
	auth := neo4j.NoAuth()
	if password != "" {
		auth = neo4j.BasicAuth(username, password, "")
	}
	driver, err := neo4j.NewDriverWithContext(uri, auth, func(c *config.Config) { c.TelemetryDisabled = true })
	if err != nil {
		return nil, err
	}
	if err := driver.VerifyConnectivity(ctx); err != nil {
		return nil, errors.Join(err, driver.Close(ctx))
	}
	return &DB{driver, database}, nil
}

// Close ends all connections.
func (db *DB) Close(ctx context.Context) error { return db.driver.Close(ctx) }

func (db *DB) session(ctx context.Context, mode neo4j.AccessMode) neo4j.SessionWithContext {
	return db.driver.NewSession(ctx, neo4j.SessionConfig{AccessMode: mode, DatabaseName: db.database, FetchSize: neo4j.FetchAll})
}

// Batch is nodes and edges to be made by one transaction.
type Batch struct {
	Customers   []Row // {p}
	Identifiers []Row // {p}
	Of          []Row // {key, c}: which identifier is of which customer
	Links       []Row // {a, b, p}
	Touchpoints []Row // {actor, p}
}

const (
	customersText   = `UNWIND $rows AS r CREATE (c:Customer) SET c = r.p`
	identifiersText = `UNWIND $rows AS r CREATE (i:Identifier) SET i = r.p`
	ofText          = `UNWIND $rows AS r MATCH (i:Identifier {key: r.key}) MATCH (c:Customer {id: r.c}) CREATE (i)-[:OF]->(c)`
	linksText       = `UNWIND $rows AS r MATCH (a:Identifier {key: r.a}) MATCH (b:Identifier {key: r.b}) CREATE (a)-[l:LINKED]->(b) SET l = r.p`
	touchpointsText = `UNWIND $rows AS r MATCH (i:Identifier {key: r.actor}) CREATE (t:Touchpoint) SET t = r.p CREATE (t)-[:BY]->(i)`
)

// Write makes everything in one transaction, one UNWIND statement for each list: no reading first, no merging, no
// position, no changes.
func (db *DB) Write(ctx context.Context, b Batch) error {
	s := db.session(ctx, neo4j.AccessModeWrite)
	defer s.Close(ctx)
	_, err := s.ExecuteWrite(ctx, func(tx neo4j.ManagedTransaction) (any, error) {
		for _, step := range []struct {
			text string
			rows []Row
		}{{customersText, b.Customers}, {identifiersText, b.Identifiers}, {ofText, b.Of}, {linksText, b.Links}, {touchpointsText, b.Touchpoints}} {
			if len(step.rows) == 0 {
				continue
			}
			rows := make([]any, len(step.rows))
			for i, r := range step.rows {
				rows[i] = r
			}
			res, err := tx.Run(ctx, step.text, Row{"rows": rows})
			if err != nil {
				return nil, err
			}
			if _, err := res.Consume(ctx); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	return err
}

// Managed runs a read in a managed transaction, as Kith does, and fetches all of it.
func (db *DB) Managed(ctx context.Context, text string, params Row) (records int, err error) {
	s := db.session(ctx, neo4j.AccessModeRead)
	defer s.Close(ctx)
	_, err = s.ExecuteRead(ctx, func(tx neo4j.ManagedTransaction) (any, error) {
		res, err := tx.Run(ctx, text, params)
		if err != nil {
			return nil, err
		}
		list, err := res.Collect(ctx)
		records = len(list)
		return nil, err
	})
	return records, err
}

// AutoCommit runs a read as a transaction of its own, without retries: one message there, one back.
func (db *DB) AutoCommit(ctx context.Context, text string, params Row) (records int, err error) {
	s := db.session(ctx, neo4j.AccessModeRead)
	defer s.Close(ctx)
	res, err := s.Run(ctx, text, params)
	if err != nil {
		return 0, err
	}
	list, err := res.Collect(ctx)
	return len(list), err
}

const (
	versionText = `CALL dbms.components() YIELD name, versions, edition RETURN name + ' ' + versions[0] + ' ' + edition`
	nodesText   = `MATCH (n) WHERE NOT n:Workspace RETURN count(n)`
	eventsText  = `MATCH (t:Touchpoint) WHERE t.messageId STARTS WITH $prefix RETURN count(t), count(DISTINCT t.messageId)`
	rowText     = `MATCH (t:Touchpoint {actor: $actor}) RETURN properties(t) LIMIT 1`
	wipeText    = `MATCH (n) WHERE NOT n:Workspace CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS`
)

func (db *DB) one(ctx context.Context, text string, params Row) ([]any, error) {
	res, err := neo4j.ExecuteQuery(ctx, db.driver, text, params, neo4j.EagerResultTransformer, neo4j.ExecuteQueryWithDatabase(db.database))
	if err != nil {
		return nil, err
	}
	if len(res.Records) != 1 {
		return nil, fmt.Errorf("%d rows instead of one from %s", len(res.Records), text)
	}
	return res.Records[0].Values, nil
}

// Version names the server.
func (db *DB) Version(ctx context.Context) (string, error) {
	row, err := db.one(ctx, versionText, nil)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(row[0]), nil
}

// Nodes counts all nodes that Wipe would delete.
func (db *DB) Nodes(ctx context.Context) (int64, error) {
	row, err := db.one(ctx, nodesText, nil)
	if err != nil {
		return 0, err
	}
	n, _ := row[0].(int64)
	return n, nil
}

// Events counts the touchpoints whose message ids begin with prefix, and the different message ids among them.
func (db *DB) Events(ctx context.Context, prefix string) (all, different int64, err error) {
	row, err := db.one(ctx, eventsText, Row{"prefix": prefix})
	if err != nil {
		return 0, 0, err
	}
	all, _ = row[0].(int64)
	different, _ = row[1].(int64)
	return all, different, nil
}

// Wipe deletes everything but the workspace and the schema.
func (db *DB) Wipe(ctx context.Context) error {
	s := db.session(ctx, neo4j.AccessModeWrite)
	defer s.Close(ctx)
	res, err := s.Run(ctx, wipeText, nil)
	if err != nil {
		return err
	}
	_, err = res.Consume(ctx)
	return err
}

// Lengthen gives an identifier that has a touchpoint n more of the same shape, one each second back from the one there
// is. Message ids begin with prefix.
func (db *DB) Lengthen(ctx context.Context, actor, prefix string, n int) error {
	row, err := db.one(ctx, rowText, Row{"actor": actor})
	if err != nil {
		return fmt.Errorf("a touchpoint of %s: %w", actor, err)
	}
	like, _ := row[0].(Row)
	at, _ := like["at"].(int64)
	const batch = 5000
	for from := 0; from < n; from += batch {
		var b Batch
		for i := from; i < min(n, from+batch); i++ {
			p := make(Row, len(like))
			for k, v := range like {
				p[k] = v
			}
			name := fmt.Sprintf("%s-%d", prefix, i)
			p["id"], p["messageId"], p["at"] = "tp_"+name, name, at-int64(i+1)*1000
			b.Touchpoints = append(b.Touchpoints, Row{"actor": actor, "p": p})
		}
		if err := db.Write(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

const visitorsText = `
UNWIND range($from, $to) AS n
CREATE (i:Identifier {key: 'user_id:v' + n, type: 'user_id', value: 'v' + n, raw: 'v' + n, status: 'ACTIVE', level: 0, cid: 'cus_v' + n, traits: '',
  firstSeenAt: $last - $each * 172800000, activeAt: $last, lastSeenAt: $last})
CREATE (i)-[:OF]->(c:Customer {id: 'cus_v' + n, known: true, shared: false, traits: '{"plan":"gold"}', firstSeenAt: $last - $each * 172800000, lastSeenAt: $last})
WITH i, n
UNWIND range(1, $each) AS k
CREATE (t:Touchpoint {id: 'tp_v' + n + '_' + k, messageId: 'v' + n + '-' + k, source: 'bench', type: 'track', name: 'Visit', actor: i.key,
  at: $last - ($each - k) * 172800000, receivedAt: $last, properties: '{"path":"/products/1"}', context: '{}', extra: '{}', hash: ''})
CREATE (t)-[:BY]->(i)`

const lastVisitsText = `
UNWIND range($from, $to) AS n
MATCH (i:Identifier {key: 'user_id:v' + n}) USING INDEX SEEK i:Identifier(key)
CREATE (t:Touchpoint {id: 'tp_v' + n + '_last', messageId: 'v' + n + '-last', source: 'bench', type: 'track', name: 'Visit', actor: i.key,
  at: $last + n * 60000 / $all, receivedAt: $last, properties: '{"path":"/products/1"}', context: '{}', extra: '{}', hash: ''})
CREATE (t)-[:BY]->(i)`

// Visitors writes customers with as many visits each, two days apart, the last of them at last, in milliseconds since 1970.
func (db *DB) Visitors(ctx context.Context, customers, each int, last int64) error {
	return db.visits(ctx, visitorsText, customers, each, last)
}

// LastVisits writes one visit more of each of these customers, spread over the minute after last.
func (db *DB) LastVisits(ctx context.Context, customers int, last int64) error {
	return db.visits(ctx, lastVisitsText, customers, 1, last)
}

func (db *DB) visits(ctx context.Context, text string, customers, each int, last int64) error {
	const page = 1000
	pages := make(chan int)
	errs := make(chan error, 2)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range cap(errs) { // two at once: one is decoded while another is written; all end before this returns
		go func() {
			for from := range pages {
				if err := db.visitors(ctx, text, Row{"from": from, "to": min(from+page, customers) - 1, "each": each, "last": last, "all": customers}); err != nil {
					cancel()
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for from := 0; from < customers && ctx.Err() == nil; from += page {
		select {
		case pages <- from:
		case <-ctx.Done():
		}
	}
	close(pages)
	return errors.Join(<-errs, <-errs)
}

func (db *DB) visitors(ctx context.Context, text string, params Row) error {
	s := db.session(ctx, neo4j.AccessModeWrite)
	_, err := s.ExecuteWrite(ctx, func(tx neo4j.ManagedTransaction) (any, error) {
		res, err := tx.Run(ctx, text, params)
		if err != nil {
			return nil, err
		}
		return res.Consume(ctx)
	})
	return errors.Join(err, s.Close(ctx))
}
