package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"kith/store/neo4jtest"
)

var update = flag.Bool("update", false, "write what came into the scripts, in place of what they expect")

func TestMain(m *testing.M) { neo4jtest.Main(m) }

// patience is how long anything may take that should happen at once, on a machine that has other things to do: a first
// event or read waits until a Neo4j that has just started has planned it.
const patience = 2 * time.Minute

func TestScripts(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "kith")
	if out, err := exec.Command("go", "build", "-o", binary, "kith").CombinedOutput(); err != nil {
		t.Fatalf("building kith: %v\n%s", err, out)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	if c := os.Getenv("KITH_CACHE"); c != "" {
		cache = c
	} else {
		cache = filepath.Join(cache, "kith")
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata", UpdateScripts: *update, RequireUniqueNames: true, RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			w := &world{t: t, dir: env.WorkDir, binary: binary, cache: cache, names: map[string]string{}, watches: map[string]*watch{}, tokens: map[string]string{}}
			env.Values[worldKey{}] = w
			env.Defer(func() { w.end(env.T()) })
			return os.CopyFS(env.WorkDir, os.DirFS(filepath.Join("testdata", "shared")))
		},
		Condition: func(name string) (bool, error) {
			if name == "mount" {
				return mayMount(), nil
			}
			return false, fmt.Errorf("there is no condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"kith": command(kithCommand), "log": command(logCommand), "nosecrets": command(noSecretsCommand),
			"send": command(sendCommand), "load": command(loadCommand), "settle": command(settleCommand), "sdk": command(sdkCommand),
			"query": command(queryCommand), "http": command(httpCommand), "metric": command(metricCommand),
			"subscribe": command(subscribeCommand), "frames": command(framesCommand), "hangup": command(hangUpCommand),
			"closed": command(closedCommand), "crowd": command(crowdCommand),
			"graph": command(graphCommand), "digest": command(digestCommand), "count": command(countCommand),
			"receiver": command(receiverCommand), "spans": command(spansCommand),
			"cypher": command(cypherCommand), "disk": command(diskCommand), "synced": command(syncedCommand), "docs": command(docsCommand),
		},
	})
}

// world is one scenario's: its processes, its graph, and what it remembers.
type world struct {
	t        *testing.T
	dir      string
	binary   string
	cache    string
	data     int // number of the data directory in use
	running  *process
	ended    []*process
	graph    *sharedGraph // nil until it is needed
	load     *load
	names    map[string]string // ids as they are shown: cus_1 for the first customer that came up
	watches  map[string]*watch
	tokens   map[string]string // by subject, of those that keep them
	crowd    []*watch
	receiver *receiver
	ownDisk  bool   // the data directory is a mounted file system
	after    string // position of the last event that was accepted

	mu sync.Mutex
	at string // where the server is, for senders that go on while it starts again
}

type worldKey struct{}

// command makes a script command of f. Its error fails the script, or with a ! before the command, its success does.
func command(f func(w *world, ts *testscript.TestScript, args []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		err := f(ts.Value(worldKey{}).(*world), ts, args)
		switch {
		case err != nil && !neg:
			ts.Fatalf("%v", err)
		case err == nil && neg:
			ts.Fatalf("this should have failed")
		case err != nil:
			fmt.Fprintln(ts.Stderr(), err)
		}
	}
}

// end leaves nothing of a scenario behind, and shows what Kith said when it failed.
func (w *world) end(t testscript.T) {
	for _, s := range w.watches {
		s.hangUp()
	}
	for _, s := range w.crowd {
		s.hangUp()
	}
	if w.load != nil {
		w.load.stop()
	}
	if w.running != nil {
		w.running.kill()
		w.ended = append(w.ended, w.running)
	}
	if w.receiver != nil {
		w.receiver.server.Close()
	}
	if w.graph != nil {
		w.graph.giveBack()
	}
	failed, ok := t.(interface{ Failed() bool })
	if ok && failed.Failed() {
		for _, p := range w.ended {
			t.Log(p.lastWords())
		}
		return
	}
	if err := w.noSecrets(); err != nil {
		t.Log(err)
		t.FailNow()
	}
}

// eventually waits until check gives nil, and fails with its last error when patience is over.
func eventually(check func() error) error {
	return within(patience, check)
}

func within(limit time.Duration, check func() error) error {
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not within %s: %w", limit, err)
		}
		<-tick.C
	}
}

// option takes "-name" out of args.
func option(args []string, name string) ([]string, bool) {
	i := slices.Index(args, name)
	if i < 0 {
		return args, false
	}
	return slices.Delete(slices.Clone(args), i, i+1), true
}

// valued takes "-name value" out of args.
func valued(args []string, name, otherwise string) ([]string, string) {
	i := slices.Index(args, name)
	if i < 0 || i+1 == len(args) {
		return args, otherwise
	}
	return slices.Delete(slices.Clone(args), i, i+2), args[i+1]
}

// settings splits args into NAME=value and the rest.
func settings(args []string) (env, rest []string) {
	for i, a := range args {
		if a == "--" {
			return env, append(rest, args[i+1:]...)
		}
		if name, _, is := strings.Cut(a, "="); is && name == strings.ToUpper(name) && !strings.HasPrefix(a, "-") {
			env = append(env, a)
		} else {
			rest = append(rest, a)
		}
	}
	return env, rest
}
