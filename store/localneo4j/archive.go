package localneo4j

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/fault"
)

// archive is where the JVM's class archive is kept: the classes a Neo4j loads, parsed and verified beforehand. It is
// bound to the very build of Java, and to the artifacts' place.
func (w *javaWay) archive() string {
	return filepath.Join(w.jars, "classes-"+w.java.build+".jsa")
}

// hasArchive tells whether the archive was made, or found impossible to make, which an empty file says.
func hasArchive(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// usable tells whether there is an archive to start with.
func usable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// exercise makes a server load what the store's statements need: schema, batched writes, traversals, full text.
var exercise = []string{
	"CREATE CONSTRAINT IF NOT EXISTS FOR (n:A) REQUIRE n.key IS UNIQUE",
	"CREATE INDEX IF NOT EXISTS FOR (n:B) ON (n.a, n.at)",
	"CREATE FULLTEXT INDEX b IF NOT EXISTS FOR (n:B) ON EACH [n.text]",
	"CALL db.awaitIndexes()",
	"UNWIND $rows AS r MERGE (n:A {key: r.key}) ON CREATE SET n.x = r.x ON MATCH SET n += r",
	"UNWIND $rows AS r MATCH (n:A {key: r.key}) MERGE (m:A {key: 'one'}) MERGE (n)-[l:L {kind: 'x'}]->(m) SET l.conducts = true, l.count = coalesce(l.count, 0) + 1",
	"UNWIND $rows AS r MATCH (n:A {key: r.key}) CREATE (b:B {a: r.key, at: r.x, text: 'Ada Lovelace'}) CREATE (b)-[:BY]->(n)",
	"MATCH (s:A)-[:L|M*0.. {conducts: true}]-(x:A) WHERE s.key IN ['one'] WITH DISTINCT x OPTIONAL MATCH (x)-[l:L]-(y) RETURN x, collect({l: l, y: y.key})",
	"UNWIND ['one'] AS k CALL (k) { MATCH (b:B) WHERE b.a = k AND b.at < $before RETURN b ORDER BY b.a DESC, b.at DESC LIMIT 20 } RETURN b ORDER BY b.at DESC LIMIT 20",
	"CALL db.index.fulltext.queryNodes('b', 'ada~') YIELD node, score RETURN node.a, score LIMIT 5",
	"MATCH (n) WITH n LIMIT 1000 DETACH DELETE n",
}

// makeArchive runs a throw-away server through a short exercise and has the JVM archive the classes at its exit.
// A failure costs speed, not function: it is logged, and not tried again.
func (w *javaWay) makeArchive(ctx context.Context, m *meter) error {
	began := time.Now()
	m.say("Preparing Neo4j for fast starts (once, about 20 s) …")
	part := w.archive() + ".part"
	err := w.train(ctx, part)
	if err == nil {
		err = os.Rename(part, w.archive())
	}
	_ = os.Remove(part) // there is none after the rename
	switch {
	case ctx.Err() != nil:
		return fault.Wrap("localneo4j.makeArchive", fault.Unavailable, ctx.Err(), "the preparation of Neo4j was broken off")
	case err != nil:
		w.cfg.Logger.Warn("Neo4j starts without a class archive, some seconds slower", "error", err)
		err = os.WriteFile(w.archive(), nil, 0o644)
		if err != nil {
			w.cfg.Logger.Warn("the cache cannot be written", "error", err)
		}
		return nil
	}
	m.say("Prepared Neo4j in %s.", time.Since(began).Round(time.Second))
	return nil
}

// train makes the archive at path.
func (w *javaWay) train(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp(w.cfg.CacheDir, "training-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	h, err := openHome(dir)
	if err != nil {
		return err
	}
	defer h.close()
	p, port, err := w.trainee(h, path)
	if err != nil {
		return err
	}
	defer p.kill()
	uri := boltURI(port)
	if err := awaitReady(ctx, p, port, uri, h); err != nil {
		return err
	}
	driver, err := neo4j.NewDriverWithContext(uri, neo4j.BasicAuth(Username, h.password, ""))
	if err != nil {
		return err
	}
	defer driver.Close(context.WithoutCancel(ctx))
	rows := []map[string]any{{"key": "one", "x": 1}, {"key": "two", "x": 2}}
	for _, statement := range exercise {
		if _, err := neo4j.ExecuteQuery(ctx, driver, statement, map[string]any{"rows": rows, "before": 9}, neo4j.EagerResultTransformer); err != nil {
			return err
		}
	}
	return p.stop(ctx)
}

// trainee starts the server that writes the archive when it ends.
func (w *javaWay) trainee(h *home, path string) (*process, int, error) {
	port, err := freePort()
	if err != nil {
		return nil, 0, err
	}
	// The quick compiler will do for so short a life.
	p, err := h.launch(training{w, path}, w.cfg, port)
	return p, port, err
}

// training is the Java way with the flags that make an archive instead of using one.
type training struct {
	*javaWay
	path string
}

func (t training) command(h *home, port int) command {
	return t.run(h, port, "-XX:TieredStopAtLevel=1", "-XX:ArchiveClassesAtExit="+t.path)
}
