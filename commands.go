package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kith/auth"
	"kith/identity"
	"kith/pipeline"
	"kith/store"
)

const usage = `Kith is a customer data platform: it collects what you know about your customers,
resolves who is who, and keeps one live profile per person as a graph in Neo4j.

  kith                                serve
  kith demo [--rate 20]               serve, and play a shop's life into it
  kith import --source crm FILE…      send records from CSV or NDJSON files
                                        kith import --help teaches it
  kith token --role agent             print a token for the API
       [--sub ada] [--ttl 1h]           roles: %s
  kith identity rules                 print the identity rules' documentation and defaults
  kith identity rules check FILE      say what FILE would change: customers merged and split
  kith --help                         this

From a checkout write "go run ." in place of "kith".

Kith brings its own Neo4j (with Java 17 and Maven, or a Docker engine) and its own NATS;
NEO4J_URI and NATS_URL name others. Everything it keeps is under KITH_DATA.

Settings are environment variables:
`

func printUsage(w io.Writer) {
	roles := []string{}
	for r := range auth.Roles {
		roles = append(roles, r)
	}
	slices.Sort(roles)
	fmt.Fprintf(w, usage, strings.Join(roles, ", "))
	for _, s := range settings {
		fmt.Fprintf(w, "  %-24s %s\n", s.name, s.text)
	}
}

// run is the whole program but for the process around it.
func run(ctx context.Context, args, environ []string, out, errs io.Writer) error {
	command := ""
	if len(args) > 0 {
		command = args[0]
	}
	if slices.ContainsFunc(args, func(a string) bool { return a == "--help" || a == "-h" || a == "-help" }) || command == "help" {
		if command == "import" {
			fmt.Fprint(out, importUsage)
			return nil
		}
		printUsage(out)
		return nil
	}
	cfg, err := loadConfig(environ)
	if err != nil {
		return err
	}
	switch command {
	case "", "serve":
		return serve(ctx, cfg, out, errs)
	case "demo":
		return demoCommand(ctx, cfg, args[1:], out, errs)
	case "import":
		return importCommand(ctx, cfg, args[1:], os.Stdin, out, errs)
	case "token":
		return tokenCommand(cfg, args[1:], out)
	case "identity":
		return identityCommand(ctx, cfg, args[1:], out, errs)
	}
	return fmt.Errorf("%q is not a command; kith --help lists them", command)
}

func flags(name string, args []string, set func(*flag.FlagSet)) error {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	set(f)
	if err := f.Parse(args); err != nil {
		return fmt.Errorf("kith %s: %w; kith --help shows how", name, err)
	}
	if f.NArg() > 0 {
		return fmt.Errorf("kith %s: %q is too much; kith --help shows how", name, f.Arg(0))
	}
	return nil
}

func serve(ctx context.Context, cfg Config, out, errs io.Writer) error {
	s, err := start(ctx, cfg, newLogger(cfg, errs), errs)
	if err != nil {
		return err
	}
	if err := s.welcome(out); err != nil {
		s.stop()
		return err
	}
	err = s.wait(ctx)
	fmt.Fprintln(out, "\nStopping: finishing what is under way …")
	s.stop()
	fmt.Fprintln(out, "Stopped. Everything accepted is on disk.")
	return err
}

func tokenCommand(cfg Config, args []string, out io.Writer) error {
	role, sub, ttl := "agent", "me", time.Hour
	if err := flags("token", args, func(f *flag.FlagSet) {
		f.StringVar(&role, "role", role, "")
		f.StringVar(&sub, "sub", sub, "")
		f.DurationVar(&ttl, "ttl", ttl, "")
	}); err != nil {
		return err
	}
	if cfg.JWKSURL != "" {
		return errors.New("with KITH_JWKS_URL tokens come from your identity provider; `token` needs a secret to sign with")
	}
	secret := cfg.JWTSecret
	if len(secret) == 0 {
		b, err := os.ReadFile(filepath.Join(cfg.Data, "jwt-secret"))
		if err != nil {
			return fmt.Errorf("there is no secret to sign with: set KITH_JWT_SECRET, or start Kith once so that it makes one under %s", cfg.Data)
		}
		secret = []byte(strings.TrimSpace(string(b)))
	}
	token, err := auth.Sign(secret, role, sub, ttl)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, token)
	return nil
}

func identityCommand(ctx context.Context, cfg Config, args []string, out, errs io.Writer) error {
	switch {
	case len(args) == 1 && args[0] == "rules":
		_, err := out.Write(identity.DefaultYAML())
		return err
	case len(args) == 3 && args[0] == "rules" && args[1] == "check":
		return checkRules(ctx, cfg, args[2], out, errs)
	}
	return errors.New("kith identity rules [check FILE]; kith --help shows more")
}

// checkRules says what other identity rules would change, and changes nothing.
func checkRules(ctx context.Context, cfg Config, path string, out, errs io.Writer) error {
	rules, _, err := readRules(path)
	if err != nil {
		return err
	}
	graph, done, err := graphToRead(ctx, cfg, errs)
	if err != nil {
		return err
	}
	defer done()
	_, _, inForce, err := graph.Applied(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Rules %s would take the place of %s.\n", rules.Version(), inForce)
	if inForce == rules.Version() {
		fmt.Fprintln(out, "They say the same: nothing would change.")
		return nil
	}
	var old *identity.Rules
	if view, ok, err := graph.RulesInForce(ctx); err != nil {
		return err
	} else if ok {
		if old, err = (identity.StoredRules{YAML: view.YAML, Text: json.RawMessage(view.Text)}).Rules(); err != nil {
			return err
		}
	}
	if old != nil && !rules.SameSources(old) {
		fmt.Fprintln(out, "They believe sources in another order: traits of customers and accounts may show other values.")
	}
	if old == nil || !rules.SameExtraction(old) {
		fmt.Fprintln(out, "They find other identifiers in calls (traits, phone_country, blocked or shared).")
		fmt.Fprintln(errs, "Reading every call stored …")
	}
	fmt.Fprintln(errs, "Resolving everything stored …")
	forecast, err := pipeline.Reresolve(ctx, graph, rules)
	if err != nil {
		return err
	}
	report(out, forecast)
	return nil
}

// shownChanges is how many merges and splits a report lists.
const shownChanges = 20

func report(out io.Writer, f pipeline.Forecast) {
	d := f.Diff
	fmt.Fprintf(out, "%d customers would be merged into others, %d would be split, %d identifiers would move, %d would change their status.\n",
		absorbed(d), len(d.Splits), len(d.Moves), len(d.Identifiers)-f.Found)
	if f.Found+len(d.Gone) > 0 {
		fmt.Fprintf(out, "%d identifiers would be found anew, %d would be no more.\n", f.Found, len(d.Gone))
	}
	for i, m := range d.Merges {
		if i == shownChanges {
			fmt.Fprintf(out, "  … and %d more merges\n", len(d.Merges)-i)
			break
		}
		fmt.Fprintf(out, "  merge  %s takes in %s\n", m.Survivor, join(m.Absorbed))
	}
	for i, s := range d.Splits {
		if i == shownChanges {
			fmt.Fprintf(out, "  … and %d more splits\n", len(d.Splits)-i)
			break
		}
		fmt.Fprintf(out, "  split  %s gives off %s\n", s.Was, join(s.Created))
	}
}

func absorbed(d *identity.Diff) int {
	n := 0
	for _, m := range d.Merges {
		n += len(m.Absorbed)
	}
	return n
}

func join(ids []identity.CustomerID) string {
	parts := make([]string, 0, len(ids))
	for i, id := range ids {
		if i == 5 {
			parts = append(parts, fmt.Sprintf("%d more", len(ids)-i))
			break
		}
		parts = append(parts, string(id))
	}
	return strings.Join(parts, ", ")
}

// graphToRead opens the graph beside a running Kith, or starts the private one for the time being.
func graphToRead(ctx context.Context, cfg Config, errs io.Writer) (*store.Graph, func(), error) {
	s := &server{cfg: cfg, log: newLogger(cfg, errs), out: errs}
	if cfg.Neo4jURI == "" {
		if uri, password, ok := runningNeo4j(cfg.Data); ok {
			s.cfg.Neo4jURI, s.cfg.Neo4jUser, s.cfg.Neo4jPassword = uri, "neo4j", password
		}
	}
	if err := s.openGraph(ctx); err != nil {
		s.stop()
		return nil, nil, err
	}
	return s.graph, s.stop, nil
}
