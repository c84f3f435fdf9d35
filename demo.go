package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kith/auth"
	"kith/demo"
)

// welcome tells people where to go and what to try, in words they can paste.
func (s *server) welcome(out io.Writer) error {
	if err := s.noteNeo4j(); err != nil {
		return err
	}
	url := s.url()
	fmt.Fprintf(out, "\nKith is running at %s\n", url)
	source, key, _ := strings.Cut(strings.Split(s.cfg.WriteKeys, ",")[0], ":")
	if !s.cfg.DevelopmentSecret { // no token is printed that real people's are as good as
		fmt.Fprintf(out, "  console      %s\n  playground   %s/playground\n  ingest       %s/v1/batch\n", url, url, url)
		if s.cfg.DevelopmentKeys {
			fmt.Fprintf(out, "  write key    %s   (source %q; all of them are in %s)\n", key, source, filepath.Join(s.cfg.Data, "write-keys"))
		}
		return nil
	}
	token, err := auth.Sign(s.cfg.JWTSecret, "admin", "developer", 12*time.Hour)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `
  console      %s/#token=%s
  playground   %s/playground#token=%s
  write key    %s   (source %q; all of them are in %s)
  token        %s
               (12 hours, role admin; others: go run . token --role agent)

Send an event:

  curl -u %s: %s/v1/identify -d '{"userId":"ada","anonymousId":"visitor-1","traits":{"name":"Ada Byron","email":"ada@example.org"}}'

Watch the customer live (paste it into the playground):

  subscription { customerChanged(by: {identifier: {type: "email", value: %q}}) {
    ... on CustomerChanged { reasons changedTraits customer { displayName traits touchpoints(first: 5) { nodes { name at } } } }
    ... on CustomerMerged { absorbed customer { id displayName } }
  } }

Stop with Ctrl-C.
`, url, token, url, token, key, source, filepath.Join(s.cfg.Data, "write-keys"), token, key, url, s.star())
	return nil
}

// star is whom the subscription in the welcome watches.
func (s *server) star() string {
	if s.demo {
		return demo.StarCustomer
	}
	return "ada@example.org"
}

// demoCommand serves and plays a shop's life into the server's own public endpoints.
func demoCommand(ctx context.Context, cfg Config, args []string, out, errs io.Writer) error {
	rate := 20.0
	if err := flags("demo", args, func(f *flag.FlagSet) { f.Float64Var(&rate, "rate", rate, "events a second") }); err != nil {
		return err
	}
	if cfg.WriteKeys != "" {
		return fmt.Errorf("demo uses write keys of its own: leave KITH_WRITE_KEYS unset")
	}
	log := newLogger(cfg, errs)
	s, err := start(ctx, cfg, log, errs)
	if err != nil {
		return err
	}
	s.demo = true
	opened, err := onceInFile(filepath.Join(cfg.Data, "demo-opened"), func() string { return strconv.FormatInt(time.Now().UnixMilli(), 10) })
	if err == nil {
		err = s.welcome(out)
	}
	if err != nil {
		s.stop()
		return err
	}
	ms, _ := strconv.ParseInt(opened, 10, 64)
	keys := map[string]string{}
	for _, pair := range strings.Split(s.cfg.WriteKeys, ",") {
		name, key, _ := strings.Cut(pair, ":")
		keys[name] = key
	}
	playing, stopPlaying := context.WithCancel(ctx)
	played := make(chan error, 1)
	go func() { // ends before demoCommand returns
		if token, err := auth.Sign(s.cfg.JWTSecret, "marketer", "demo", time.Hour); err == nil {
			if err := demo.MakeSegments(playing, s.url(), token); err != nil && playing.Err() == nil {
				log.Warn("the shop's segments were not made", "error", err)
			}
		}
		world, err := demo.New(demo.Config{Rate: rate, Sources: keys, Opened: time.UnixMilli(ms)})
		if err == nil {
			_, err = demo.Play(playing, s.url(), world, out, log)
		}
		played <- err
	}()
	finished := make(chan error, 1)
	waiting, stopWaiting := context.WithCancel(ctx)
	go func() { finished <- s.wait(waiting) }() // ends before demoCommand returns
	select {
	case err = <-played:
		stopWaiting()
		_ = <-finished // was asked to end
	case err = <-finished:
		stopPlaying()
		_ = <-played
	}
	stopWaiting()
	stopPlaying()
	fmt.Fprintln(out, "\nStopping: finishing what is under way …")
	s.stop()
	fmt.Fprintln(out, "Stopped. Everything accepted is on disk.")
	return err
}

// noteNeo4j leaves the address of the private Neo4j where commands of the same user find it.
func (s *server) noteNeo4j() error {
	if s.neo4j == nil {
		return nil
	}
	return os.WriteFile(filepath.Join(s.cfg.Data, "neo4j-running"), []byte(s.neo4j.URI+"\n"+s.neo4j.Password+"\n"), 0o600)
}

// runningNeo4j is the private Neo4j of a Kith that runs on this data directory.
func runningNeo4j(data string) (uri, password string, ok bool) {
	b, err := os.ReadFile(filepath.Join(data, "neo4j-running"))
	if err != nil {
		return "", "", false
	}
	uri, password, ok = strings.Cut(strings.TrimSpace(string(b)), "\n")
	return uri, password, ok && reachable(uri)
}
