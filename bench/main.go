// Bench measures Kith against its goals, each figure beside a floor measured in the same run on the same machine, and
// prints a table. See --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// section is one part of the bench.
type section struct {
	name, text string
	run        func(context.Context, *lab) ([]row, error)
}

var sections = []section{
	{"apply", "events applied a second, against a bare UNWIND write of the same nodes and edges", apply},
	{"ingest", "events accepted a second, against a bare JetStream publish of the same bytes", ingest},
	{"latency", "from the HTTP 200 to the frame at a WebSocket subscriber, at 500 events/s", latency},
	{"query360", "the 360° query through GraphQL, against the same Cypher over Bolt", query360},
	{"library", "the 360° query, against @neo4j/graphql over the same Neo4j (needs Node)", library},
	{"typename", "next to nothing asked with a token, against gqlgen's own server without any", typename},
	{"fanout", "1,000 sockets watching one customer, against bare sockets", fanout},
	{"spread", "5,000 sockets watching 5,000 customers at 500 changes/s", spread},
	{"idle", "10,000 subscriptions that wait", idle},
	{"timeline", "the newest 20 touchpoints of a customer with 200,000, against one with 100", timeline},
	{"merge", "two customers with 100,000 touchpoints each become one", merge},
	{"chain", "one event touching 2,000 identifiers that hang together, and what others feel of it", chain},
	{"records", "records matched and joined inline, and one record from its 200 to its customer", records},
	{"segments", "events applied a second with live segments, against the same with none", segments},
	{"membership", "from the HTTP 200 to the frame that says who entered, at 500 events/s with 200 segments", membership},
	{"fill", "a segment made over 20,000 customers who are there, previews, and all its members leaving within a minute", fill},
	{"memory", "Kith's own memory under load", memory},
	{"backlog", "Neo4j away for a while at 2,000 events/s", backlog},
}

// options are what the command line says.
type options struct {
	only    string
	rounds  int
	short   bool
	full    bool
	minutes float64
	dir     string
	wipe    bool
	keep    bool
	profile string
}

const help = `Bench measures Kith and prints a table: what, goal, measured, ratio to a floor measured in the same run, spread.

  go run ./bench                                 everything, about a quarter of an hour
  go run ./bench -only apply,latency             only these sections
  go run ./bench -only apply -rounds 5           more rounds: median and spread are over them
  go run ./bench -short                          a smoke test: less of everything, the JVM hardly warm; no figures to quote
  go run ./bench -only memory -minutes 10        memory for the 10 minutes of its goal (1 by default)
  go run ./bench -only backlog -full             Neo4j away for the 2 minutes of its goal (30 s by default)
  go run ./bench -only fill -full                100,000 customers with 2,000,000 touchpoints
  taskset -c 0,1 go run ./bench                  on the two cores that the goals are for (Linux)

It starts a private Neo4j of its own in a temporary directory (-dir names another; not one kept in memory, where a sync
costs nothing) and deletes it at the end. With NEO4J_URI (and NEO4J_USERNAME, NEO4J_PASSWORD, NEO4J_DATABASE) it uses
that server, which must be empty or given up with -wipe: everything in it is deleted.

Sections:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, errs io.Writer) (err error) {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(errs)
	f.StringVar(&o.only, "only", "", "sections to run, separated by commas (all)")
	f.IntVar(&o.rounds, "rounds", 3, "rounds of each measurement")
	f.BoolVar(&o.short, "short", false, "a smoke test")
	f.BoolVar(&o.full, "full", false, "backlog: Neo4j away for 2 minutes; fill: 100,000 customers")
	f.Float64Var(&o.minutes, "minutes", 1, "memory: minutes under load")
	f.StringVar(&o.dir, "dir", "", "directory for journals and the private Neo4j (a temporary one)")
	f.BoolVar(&o.wipe, "wipe", false, "delete what the Neo4j at NEO4J_URI holds")
	f.BoolVar(&o.keep, "keep", false, "leave the directory behind")
	f.StringVar(&o.profile, "profile", "", "directory for profiles of apply, query360, records and segments")
	f.Usage = func() {
		fmt.Fprint(errs, help)
		for _, s := range sections {
			fmt.Fprintf(errs, "  %-9s %s\n", s.name, s.text)
		}
		fmt.Fprintln(errs, "\nFlags:")
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(o.only)
	if err != nil {
		return err
	}
	if o.rounds < 1 || f.NArg() > 0 {
		return errors.New("-rounds is at least 1, and nothing follows the flags; --help shows how")
	}
	l, err := openLab(ctx, o, errs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	fmt.Fprintf(errs, "%s\n", l.machine)
	var rows []row
	for _, s := range chosen {
		began := time.Now()
		fmt.Fprintf(errs, "%s: %s …\n", s.name, s.text)
		got, err := s.run(ctx, l)
		if err != nil {
			fmt.Fprintf(errs, "%s failed: %v\n", s.name, err)
			if ctx.Err() != nil {
				return errors.New("interrupted")
			}
			got = []row{{what: s.name, goal: "to be measured", measured: "failed: " + err.Error()}}
		}
		write(errs, got)
		rows = append(rows, got...)
		fmt.Fprintf(errs, "%s took %s\n", s.name, time.Since(began).Round(time.Second))
		if err := l.db.Wipe(ctx); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "%s; %d rounds%s\n\n", l.machine, o.rounds, map[bool]string{true: ", -short: not figures to quote"}[o.short])
	write(out, rows)
	return nil
}

func choose(only string) ([]section, error) {
	if only == "" {
		return sections, nil
	}
	var chosen []section
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(sections, func(s section) bool { return s.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("there is no section %q; --help lists them", name)
		}
		chosen = append(chosen, sections[i])
	}
	return chosen, nil
}
