package main

import (
	"context"
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
  kith identity model                 print the matching model's documentation and defaults
  kith identity model check FILE      say what FILE would change
  kith identity train                 learn a model from the stored records, write it to a file,
       [--from FILE] [--out FILE]       and say what it would change
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
