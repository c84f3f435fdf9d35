package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
	"github.com/rogpeppe/go-internal/testscript"

	"kith/store"
	"kith/store/neo4jtest"
)

// workspaceKey is the same for all scenarios, so that the same facts give the same ids.
var workspaceKey = []byte("the workspace of all the scripts")

// oneAtATime: the scenarios share one Neo4j, and each begins with an empty one.
var oneAtATime sync.Mutex

// sharedGraph is the shared Neo4j while a scenario has it.
type sharedGraph struct {
	server neo4jtest.Server
	proxy  *proxy
}

func (w *world) takeGraph() error {
	oneAtATime.Lock()
	g := &sharedGraph{server: neo4jtest.Get(w.t)}
	var err error
	if g.proxy, err = newProxy(strings.SplitN(g.server.URI, "://", 2)[1]); err != nil {
		oneAtATime.Unlock()
		return err
	}
	w.graph = g
	return g.empty(w)
}

func (g *sharedGraph) giveBack() {
	g.proxy.stop()
	oneAtATime.Unlock()
}

// empty deletes everything and makes the workspace.
func (g *sharedGraph) empty(w *world) error {
	neo4jtest.Wipe(w.t)
	return w.withGraph(func(context.Context, *store.Graph) error { return nil })
}

// withGraph opens the graph beside Kith.
func (w *world) withGraph(f func(context.Context, *store.Graph) error) error {
	cfg := store.Config{WorkspaceKey: workspaceKey}
	if w.graph != nil {
		s := w.graph.server
		cfg.URI, cfg.Username, cfg.Password, cfg.Database = s.URI, s.Username, s.Password, s.Database
	} else {
		text, err := os.ReadFile(filepath.Join(w.dataDir(), "neo4j-running"))
		if err != nil {
			return err
		}
		uri, password, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
		cfg.URI, cfg.Username, cfg.Password = uri, "neo4j", password
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	g, err := store.Open(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(f(ctx, g), g.Close(ctx))
}

// graphCommand takes the graph away from Kith, and gives it back:
//
//	graph cut | freeze | back   no connection; connections on which nothing moves; as before
//	graph gone                  waits until the private Neo4j, which Kith has started, is no more
func graphCommand(w *world, _ *testscript.TestScript, args []string) error {
	if len(args) == 1 && args[0] == "gone" {
		return w.privateGone()
	}
	if len(args) != 1 || w.graph == nil {
		return errors.New("graph cut|freeze|back, of the shared Neo4j")
	}
	switch args[0] {
	case "cut":
		w.graph.proxy.cut()
		return nil
	case "freeze":
		w.graph.proxy.freeze()
		return nil
	case "back":
		return w.graph.proxy.back()
	}
	return fmt.Errorf("graph %s: no such thing", args[0])
}

// cypherCommand does something to the shared graph behind Kith's back:
//
//	cypher STATEMENT
func cypherCommand(w *world, _ *testscript.TestScript, args []string) (err error) {
	if len(args) != 1 || w.graph == nil {
		return errors.New("cypher STATEMENT, in the shared Neo4j")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s := w.graph.server
	driver, err := neo4j.NewDriverWithContext(s.URI, neo4j.BasicAuth(s.Username, s.Password, ""))
	if err != nil {
		return err
	}
	_, err = neo4j.ExecuteQuery(ctx, driver, args[0], nil, neo4j.EagerResultTransformer, neo4j.ExecuteQueryWithDatabase(s.Database))
	return errors.Join(err, driver.Close(ctx))
}

// digestCommand writes down the whole graph, sorted, to be compared:
//
//	digest [-of-facts] FILE   with -of-facts without times of receipt, which differ when the same events are sent another
//	                          time, and without decisions that were revoked, which are kept to be looked at and count for nothing
func digestCommand(w *world, ts *testscript.TestScript, args []string) error {
	args, ofFacts := option(args, "-of-facts")
	if len(args) != 1 {
		return errors.New("digest [-of-facts] FILE")
	}
	var lines []string
	err := w.dump(func(line string) error {
		if ofFacts {
			var err error
			if line, err = factsOnly(line); err != nil || line == "" {
				return err
			}
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		return errors.New("the graph is empty")
	}
	slices.Sort(lines)
	return os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}

func (w *world) dump(line func(string) error) error {
	return w.withGraph(func(ctx context.Context, g *store.Graph) error {
		var failed error
		err := g.Dump(ctx, func(text string) {
			if failed == nil {
				failed = line(text)
			}
		})
		return errors.Join(err, failed)
	})
}

func factsOnly(line string) (string, error) {
	var values []any
	if err := json.Unmarshal([]byte(line), &values); err != nil {
		return "", err
	}
	if properties, is := values[len(values)-1].(map[string]any); is {
		if values[0] == "Decision" && properties["revokedAt"] != nil {
			return "", nil
		}
		delete(properties, "receivedAt")
		if values[0] == "Source" {
			delete(properties, "firstSeenAt")
			delete(properties, "lastSeenAt")
		}
	}
	out, err := json.Marshal(values)
	return string(out), err
}

// nodes calls f with the properties of every node of a kind.
func (w *world) nodes(label string, f func(map[string]any)) error {
	return w.dump(func(line string) error {
		var values []any
		if err := json.Unmarshal([]byte(line), &values); err != nil {
			return err
		}
		if properties, is := values[len(values)-1].(map[string]any); is && len(values) == 2 && values[0] == label {
			f(properties)
		}
		return nil
	})
}

// countCommand prints how many nodes of each kind there are:
//
//	count LABEL…
func countCommand(w *world, ts *testscript.TestScript, args []string) error {
	for _, label := range args {
		n := 0
		if err := w.nodes(label, func(map[string]any) { n++ }); err != nil {
			return err
		}
		fmt.Fprintln(ts.Stdout(), label, n)
	}
	return nil
}

// privateGone waits until nobody answers where the private Neo4j was. It may outlive Kith by 5 s.
func (w *world) privateGone() error {
	text, err := os.ReadFile(filepath.Join(w.dataDir(), "neo4j-running"))
	if err != nil {
		return err
	}
	uri, _, _ := strings.Cut(string(text), "\n")
	_, addr, _ := strings.Cut(uri, "://")
	return within(5*time.Second, func() error {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return nil
		}
		return errors.Join(c.Close(), errors.New("the private Neo4j still answers"))
	})
}
