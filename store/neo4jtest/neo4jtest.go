// Package neo4jtest gives the tests of one binary a real Neo4j: the server NEO4J_URI names, else one of those that
// [PoolVariable] names, else a private one that starts when the first test asks for it and ends with the binary, whatever
// ends that.
//
//	func TestMain(m *testing.M) { neo4jtest.Main(m) }
//
//	func TestSomething(t *testing.T) {
//		db := neo4jtest.Empty(t)
//		… neo4j.NewDriverWithContext(db.URI, neo4j.BasicAuth(db.Username, db.Password, "")) …
//	}
package neo4jtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
	"go.uber.org/goleak"

	"kith/store/localneo4j"
)

// Server is where the tests' Neo4j is and how to log in.
type Server struct{ URI, Username, Password, Database string }

// running is the binary's server and what must be given back in the end.
type running struct {
	Server
	driver    neo4j.DriverWithContext
	stop      func() error
	wipeAfter bool // the server stays, and the next binary must find it empty
}

// start starts the server once; all later calls get the same answer.
var start = sync.OnceValues(begin)

var begun atomic.Bool // start was called

// Main runs the binary's tests, ends the server if one was started, then looks for leaked goroutines, and exits.
func Main(m interface{ Run() int }, options ...goleak.Option) {
	sweep()
	code := m.Run()
	if begun.Load() {
		if r, err := start(); err == nil {
			if err := r.close(); err != nil {
				fmt.Fprintln(os.Stderr, "neo4jtest:", err)
				code = max(code, 1)
			}
		}
	}
	if code == 0 {
		if err := goleak.Find(options...); err != nil {
			fmt.Fprintln(os.Stderr, "goleak:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// Get is the server, with whatever data is in it. A server that cannot be had fails the test: a skipped test of the
// store would say nothing.
func Get(tb testing.TB) Server {
	tb.Helper()
	return get(tb).Server
}

// Empty is the server with all data deleted.
func Empty(tb testing.TB) Server {
	tb.Helper()
	Wipe(tb)
	return Get(tb)
}

// Wipe deletes every node and relationship, in batches. Constraints and indexes stay.
func Wipe(tb testing.TB) {
	tb.Helper()
	if err := get(tb).wipe(); err != nil {
		tb.Fatalf("neo4jtest: wiping: %v", err)
	}
}

func get(tb testing.TB) *running {
	tb.Helper()
	begun.Store(true)
	r, err := start()
	if err != nil {
		tb.Fatalf("neo4jtest: no Neo4j to test with: %v", err)
	}
	return r
}

// tempPrefix begins the names of the directories private servers live in.
const tempPrefix = "kith-neo4jtest-"

// private starts a server of its own in a temporary directory, small and with a short transaction log.
func private(ctx context.Context) (*running, error) {
	dir, err := os.MkdirTemp("", tempPrefix)
	if err != nil {
		return nil, err
	}
	s, err := localneo4j.Start(ctx, localneo4j.Config{
		Dir: dir, CacheDir: os.Getenv("KITH_CACHE"), Progress: os.Stderr,
		HeapMB: 512, PageCacheMB: 64, TxLogMB: 8,
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	stop := func() error {
		return errors.Join(s.Err(), s.Stop(context.Background()), os.RemoveAll(dir))
	}
	return connect(Server{URI: s.URI, Username: s.Username, Password: s.Password, Database: "neo4j"}, stop)
}

func connect(s Server, stop func() error) (*running, error) {
	driver, err := neo4j.NewDriverWithContext(s.URI, neo4j.BasicAuth(s.Username, s.Password, ""))
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	return &running{Server: s, driver: driver, stop: stop}, nil
}

func (r *running) close() error {
	var err error
	if r.wipeAfter {
		err = r.wipe()
	}
	return errors.Join(err, r.driver.Close(context.Background()), r.stop())
}

func (r *running) wipe() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	session := r.driver.NewSession(ctx, neo4j.SessionConfig{DatabaseName: r.Database})
	defer session.Close(ctx)
	result, err := session.Run(ctx, "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS", nil)
	if err != nil {
		return err
	}
	_, err = result.Consume(ctx)
	return err
}

// sweep removes what binaries killed long ago left in the temporary directory; their servers died with them.
func sweep() {
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), tempPrefix+"*")) // the pattern is well formed, which is the only error
	for _, dir := range old {
		if info, err := os.Stat(dir); err == nil && info.IsDir() && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.RemoveAll(dir)
		}
	}
}
