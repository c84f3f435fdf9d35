// Package store keeps the customer graph in Neo4j: its schema, its transactions, and every line of Cypher.
//
// Statement texts are constants; names, keys and values from clients travel as parameters, never as text. Times are
// integers, milliseconds in UTC. Nothing here decides anything about identity, traits or segments: the pure packages
// do, and the pipeline hands over rows.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
	"github.com/neo4j/neo4j-go-driver/v5/neo4j/config"

	"kith/fault"
	"kith/trace"
)

// Config says where the graph is. URI is required.
type Config struct {
	URI      string // bolt:// for one server, neo4j:// for a cluster, with +s for TLS
	Username string
	Password string
	Database string // defaults to the server's default database

	MaxConnections int           // defaults to 64
	QueryTimeout   time.Duration // of one read; the server ends it; defaults to 10 s
	PlanTimeout    time.Duration // of a read whose statement the server may still have to plan; defaults to 30 s
	ApplyTimeout   time.Duration // of one transaction of the pipeline; defaults to 2 min
	ConnectTimeout time.Duration // how long Open keeps trying; defaults to 60 s
	Logger         *slog.Logger  // defaults to discarding

	// WorkspaceKey is what an empty graph is given, 32 bytes; defaults to a random one. To build a graph again with the
	// ids it had.
	WorkspaceKey []byte
}

func (c Config) withDefaults() Config {
	if c.MaxConnections == 0 {
		c.MaxConnections = 64
	}
	if c.QueryTimeout == 0 {
		c.QueryTimeout = 10 * time.Second
	}
	if c.PlanTimeout == 0 {
		c.PlanTimeout = 30 * time.Second
	}
	if c.ApplyTimeout == 0 {
		c.ApplyTimeout = 2 * time.Minute
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = time.Minute
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Graph is the customer graph. Its methods may be called concurrently.
type Graph struct {
	driver neo4j.DriverWithContext
	cfg    Config
	key    []byte // the workspace key, behind every id given out
	reads  readCounter
	known  sync.Map     // texts of reads that were answered; there are finitely many
	inUse  atomic.Int64 // connections
	again  atomic.Int64 // transactions tried again
}

// Open connects, waiting up to ConnectTimeout for the server to answer, brings the schema up to date and reads (or,
// the first time, makes) the workspace key. It fails with UNAVAILABLE when there is no answer in time.
func Open(ctx context.Context, cfg Config) (*Graph, error) {
	cfg = cfg.withDefaults()
	auth := neo4j.NoAuth()
	if cfg.Password != "" {
		auth = neo4j.BasicAuth(cfg.Username, cfg.Password, "")
	}
	driver, err := neo4j.NewDriverWithContext(cfg.URI, auth, func(c *config.Config) {
		c.MaxConnectionPoolSize = cfg.MaxConnections
		c.ConnectionAcquisitionTimeout = 5 * time.Second
		c.SocketConnectTimeout = 3 * time.Second
		c.MaxTransactionRetryTime = 15 * time.Second
		c.TelemetryDisabled = true
		c.UserAgent = "kith"
	})
	if err != nil {
		return nil, fault.Wrap("store.Open", fault.Invalid, err, "NEO4J_URI is not an address Neo4j's driver understands; use neo4j://host:7687 or bolt://host:7687")
	}
	g := &Graph{driver: driver, cfg: cfg}
	if err := g.connect(ctx); err != nil {
		_ = driver.Close(ctx)
		return nil, err
	}
	if err := g.migrate(ctx); err != nil {
		_ = driver.Close(ctx)
		return nil, err
	}
	return g, nil
}

func (g *Graph) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, g.cfg.ConnectTimeout)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		err := g.driver.VerifyConnectivity(ctx)
		if err == nil {
			return nil
		}
		var wrong *neo4j.Neo4jError
		if errors.As(err, &wrong) && wrong.Title() == "Unauthorized" {
			return fault.Wrap("store.Open", fault.Unavailable, err, "Neo4j refuses the user name or password; check NEO4J_USERNAME and NEO4J_PASSWORD")
		}
		select {
		case <-ctx.Done():
			return fault.Wrap("store.Open", fault.Unavailable, err, "Neo4j does not answer; check that it runs and that NEO4J_URI is right")
		case <-tick.C:
		}
	}
}

// Close ends all connections.
func (g *Graph) Close(ctx context.Context) error { return g.driver.Close(ctx) }

// Ping asks the server for a sign of life.
func (g *Graph) Ping(ctx context.Context) error {
	return unavailable("store.Ping", g.driver.VerifyConnectivity(ctx))
}

// InUse is how many connections to the server are in use or waited for.
func (g *Graph) InUse() int { return int(g.inUse.Load()) }

// Repeated is how often a transaction was tried again because the server said that this may help: a deadlock, a change
// of leader.
func (g *Graph) Repeated() int64 { return g.again.Load() }

// WorkspaceKey is the key behind every id given out. It is made once and lives in the graph, so that a backup
// carries it.
func (g *Graph) WorkspaceKey() []byte { return g.key }

// spanAbout is in every span of the graph.
var spanAbout = []trace.Attr{trace.Text("db.system.name", "neo4j")}

// attempts is how often a statement is tried when the server says that trying again may help.
const attempts = 4

// read runs one statement and hands each record to row, once all have arrived: a read that is tried again starts from
// nothing.
func (g *Graph) read(ctx context.Context, op, text string, params map[string]any, row func(*neo4j.Record) error) error {
	g.reads.add(ctx)
	timeout := g.cfg.QueryTimeout
	if _, known := g.known.Load(text); !known {
		// A server that has just started plans slowly, and what it has planned when it is stopped is lost: with the usual
		// time every try would fail like the first.
		timeout = max(timeout, g.cfg.PlanTimeout)
	}
	records, err := g.run(ctx, op, neo4j.AccessModeRead, timeout, text, params)
	if err != nil {
		if fault.CodeOf(err) == fault.Unavailable {
			g.known.Clear() // the server may have started anew
		}
		return err
	}
	g.known.Store(text, nil)
	for _, r := range records {
		if err := row(r); err != nil {
			return unavailable(op, err)
		}
	}
	return nil
}

// run runs one statement as a transaction of its own, which costs one round trip where a managed one costs three.
func (g *Graph) run(ctx context.Context, op string, mode neo4j.AccessMode, timeout time.Duration, text string, params map[string]any) (_ []*neo4j.Record, err error) {
	ctx, span := trace.Start(ctx, trace.Asked, op, spanAbout...)
	defer func() {
		span.Fail(err)
		span.End()
	}()
	records, err := g.collect(ctx, mode, timeout, text, params)
	for attempt := 1; attempt < attempts && neo4j.IsRetryable(err); attempt++ {
		pause := time.NewTimer(time.Duration(attempt*attempt) * 20 * time.Millisecond)
		select {
		case <-ctx.Done():
			pause.Stop()
			return nil, unavailable(op, ctx.Err())
		case <-pause.C:
		}
		if mode == neo4j.AccessModeWrite {
			g.again.Add(1)
		}
		records, err = g.collect(ctx, mode, timeout, text, params)
	}
	return records, unavailable(op, err)
}

func (g *Graph) collect(ctx context.Context, mode neo4j.AccessMode, timeout time.Duration, text string, params map[string]any) ([]*neo4j.Record, error) {
	g.inUse.Add(1)
	defer g.inUse.Add(-1)
	s := g.driver.NewSession(ctx, neo4j.SessionConfig{AccessMode: mode, DatabaseName: g.cfg.Database, FetchSize: neo4j.FetchAll})
	defer s.Close(ctx)
	res, err := s.Run(ctx, text, params, neo4j.WithTxTimeout(timeout))
	if err != nil {
		return nil, err
	}
	return gather(ctx, res)
}

// gather is res.Collect without room for 1,024 records, which is more than most reads allocate in all.
func gather(ctx context.Context, res neo4j.ResultWithContext) (records []*neo4j.Record, err error) {
	for res.Next(ctx) {
		records = append(records, res.Record())
	}
	return records, res.Err()
}

// steady keeps the plan that a statement was first given. Neo4j plans again when the counts of nodes have changed, as
// they do all the time in a young graph, and each time is a second in which nothing is applied, or a page waits. The
// plan that is best for ten nodes may scan them all: where Neo4j would, the statements that begin so name the index. A
// test holds that they have no scan in their plans, whatever the size.
const steady = `CYPHER replan=skip
`

// statement is one step of a transaction.
type statement struct {
	name   string
	text   string
	params map[string]any
}

// write runs the statements in one transaction; check, when given, sees the records of the first.
func (g *Graph) write(ctx context.Context, op string, check func([]*neo4j.Record) error, steps ...statement) (err error) {
	ctx, span := trace.Start(ctx, trace.Asked, op, spanAbout...)
	defer func() {
		span.Fail(err)
		span.End()
	}()
	g.inUse.Add(1)
	defer g.inUse.Add(-1)
	s := g.driver.NewSession(ctx, neo4j.SessionConfig{AccessMode: neo4j.AccessModeWrite, DatabaseName: g.cfg.Database, FetchSize: neo4j.FetchAll})
	defer s.Close(ctx)
	tries := 0
	_, err = s.ExecuteWrite(ctx, func(tx neo4j.ManagedTransaction) (any, error) {
		if tries++; tries > 1 {
			g.again.Add(1)
		}
		for n, step := range steps {
			res, err := tx.Run(ctx, step.text, step.params)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", step.name, err)
			}
			records, err := gather(ctx, res)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", step.name, err)
			}
			if n == 0 && check != nil {
				if err := check(records); err != nil {
					return nil, err
				}
			}
		}
		return nil, nil
	}, neo4j.WithTxTimeout(g.cfg.ApplyTimeout))
	return unavailable(op, err)
}

// unavailable gives driver errors a code: away or busy is UNAVAILABLE, out of time is TIMEOUT, and what the
// statement itself did wrong stays foreign.
func unavailable(op string, err error) error {
	if err == nil {
		return nil
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fault.Wrap(op, fault.Timeout, err, "The graph did not answer in time; ask for less, or try again.")
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	var db *neo4j.Neo4jError
	if errors.As(err, &db) {
		switch {
		case db.Title() == "TransactionTimedOut" || db.Title() == "TransactionTimedOutClientConfiguration":
			return fault.Wrap(op, fault.Timeout, err, "The graph did not answer in time; ask for less, or try again.")
		case db.Classification() == "TransientError":
			return fault.Wrap(op, fault.Unavailable, err, "The graph is busy; try again.")
		}
		return fmt.Errorf("%s: %w", op, err)
	}
	var limit *neo4j.TransactionExecutionLimit
	var connectivity *neo4j.ConnectivityError
	if errors.As(err, &limit) || errors.As(err, &connectivity) || neo4j.IsRetryable(err) {
		return fault.Wrap(op, fault.Unavailable, err, "The graph is away; try again.")
	}
	return fmt.Errorf("%s: %w", op, err)
}

// Fatal reports whether err is the fault of the rows that were written, and not of the server or the moment: the
// same rows will fail again.
func Fatal(err error) bool {
	var db *neo4j.Neo4jError
	if !errors.As(err, &db) {
		return false
	}
	return db.Classification() == "ClientError" && db.Category() != "Security" && db.Category() != "Cluster" && db.Title() != "TransactionTimedOut" &&
		db.Title() != "TransactionTimedOutClientConfiguration" && db.Title() != "DatabaseNotFound" && db.Title() != "Terminated"
}

// Title is the name of what the server says is wrong, without the values it quotes.
func Title(err error) string {
	var db *neo4j.Neo4jError
	if errors.As(err, &db) {
		return db.Title()
	}
	return "unknown"
}
