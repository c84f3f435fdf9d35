package graph

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Clients that nobody here wrote. Their packages are installed beside the programs that use them, once for each version
// of the lists of packages.

const clientsDir = "testdata/clients"

var installNode = sync.OnceValue(func() error {
	return install("package-lock.json", "node_modules", "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
})

var installPython = sync.OnceValue(func() error {
	return install("requirements.txt", "python_modules", "python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", "python_modules", "-r", "requirements.txt")
})

// install runs a command that installs what list names into a directory, unless it has been run for this list before.
func install(list, into, command string, args ...string) error {
	text, err := os.ReadFile(filepath.Join(clientsDir, list))
	if err != nil {
		return err
	}
	stamp := filepath.Join(clientsDir, into, ".installed")
	sum := fmt.Sprintf("%x", sha256.Sum256(text))
	if have, err := os.ReadFile(stamp); err == nil && string(have) == sum {
		return nil
	}
	if err := os.RemoveAll(filepath.Join(clientsDir, into)); err != nil {
		return err
	}
	c := exec.Command(command, args...)
	c.Dir = clientsDir
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", c, err, out)
	}
	return os.WriteFile(stamp, []byte(sum), 0o666)
}

// runClient runs a program with the address and a token in its environment, and gives its output.
func (b *bench) runClient(token, command string, args ...string) string {
	b.Helper()
	installed := installNode
	if command == "python3" {
		installed = installPython
	}
	if err := installed(); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, command, args...)
	c.Dir = clientsDir
	c.Env = append(os.Environ(), "KITH="+b.url, "TOKEN="+token, "PYTHONPATH=python_modules", "NODE_ENV=production")
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		b.Fatalf("%s %s: %v\n%s\n%s", command, strings.Join(args, " "), err, out, errs.String())
	}
	return string(out)
}

// TestAudits: the server passes every audit of graphql-http.
func TestAudits(t *testing.T) {
	b := start(t, nil)
	var audits []struct{ ID, Name, Status, Reason string }
	if err := json.Unmarshal([]byte(b.runClient("admin", "node", "audits.mjs")), &audits); err != nil {
		t.Fatal(err)
	}
	if len(audits) < 61 {
		t.Errorf("%d audits, want 61", len(audits))
	}
	for _, a := range audits {
		if a.Status != "ok" {
			t.Errorf("%s %s: %s: %s", a.ID, a.Name, a.Status, a.Reason)
		}
	}
}

// feedForever gives every stream that is opened two events, each with a number of its own, until the test ends.
func (b *bench) feedForever(then func()) {
	done := make(chan struct{})
	var fed sync.WaitGroup
	fed.Go(func() {
		for n := 1; ; n += 2 {
			select {
			case <-done:
				return
			case s := <-b.data.opened:
				s.emit(changed(n))
				s.emit(changed(n + 1))
				then()
			}
		}
	})
	b.Cleanup(func() {
		close(done)
		fed.Wait()
	})
}

// counted is the value of a counter without labels.
func counted(r *prometheus.Registry, name string) float64 {
	families, _ := r.Gather()
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	return 0
}

const (
	ada      = `{"customer":{"id":"cus_1","displayName":"Ada"}}`
	adaTyped = `{"customer":{"id":"cus_1","displayName":"Ada","__typename":"Customer"}}`
)

func TestForeignClients(t *testing.T) {
	event := func(n int, customer string) string {
		return fmt.Sprintf(`{"customerChanged":{"cursor":"c%d",%s}}`, n, customer)
	}
	const name, whole = `"customer":{"displayName":"Ada"}`, `"customer":{"id":"cus_1","displayName":"Ada"}`
	for _, c := range []struct {
		command, file string
		breaks        bool // the server ends the connection after two events, as when it is restarted
		want          []string
	}{
		{command: "node", file: "graphql-ws.mjs", breaks: true, want: []string{
			`{"data":{"me":{"subject":"viewer"}}}`, `{"refused":"INVALID"}`, event(1, name), event(2, name), event(3, name), "done",
		}},
		{command: "node", file: "graphql-sse.mjs", breaks: true, want: []string{
			`{"data":{"me":{"subject":"viewer"}}}`, `{"code":"INVALID"}`, event(1, name), event(2, name), event(3, name), "done",
		}},
		{command: "node", file: "apollo.mjs", want: []string{
			adaTyped, adaTyped, "GET by its hash, POST with the document, GET by its hash",
			`{"customerChanged":{"__typename":"CustomerChanged","cursor":"c1","customer":{"__typename":"Customer","id":"cus_1","displayName":"Ada"}}}`, "done",
		}},
		{command: "node", file: "urql.mjs", want: []string{ada, event(1, whole), event(3, whole), "done"}},
		{command: "python3", file: "gql_client.py", want: []string{ada, `{"customerChanged":{"cursor":"c1"}}`, "done"}},
	} {
		t.Run(c.file, func(t *testing.T) {
			registry := prometheus.NewRegistry()
			b := start(t, func(c *ServerConfig) { c.Registerer = registry })
			broken := false
			b.feedForever(func() {
				if broken || !c.breaks {
					return
				}
				broken = true
				b.eventually("both events are sent", func() bool { return counted(registry, "kith_subscription_frames_total") == 2 })
				for _, c := range b.server.connections.all() {
					c.shut(closeRestart, "")
				}
			})
			got := b.runClient("viewer", c.command, c.file)
			if want := strings.Join(c.want, "\n") + "\n"; got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// TestRelay: relay-compiler takes the schema, and what a Relay app asks of it.
func TestRelay(t *testing.T) {
	if err := installNode(); err != nil {
		t.Fatal(err)
	}
	compiler, err := filepath.Abs(clientsDir + "/node_modules/relay-compiler/cli.js")
	if err != nil {
		t.Fatal(err)
	}
	app := t.TempDir()
	if err := os.CopyFS(app, os.DirFS(clientsDir+"/relay")); err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(app+"/schema.graphql", schema, 0o666); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "node", compiler, "relay.config.json")
	c.Dir = app
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"CustomersQuery", "CustomersPageQuery", "CustomersTouchpointsQuery", "CustomersLiveSubscription", "CustomersJoinMutation"} {
		if _, err := os.Stat(app + "/src/__generated__/" + name + ".graphql.js"); err != nil {
			t.Error(err)
		}
	}
}
