package main

import (
	"bufio"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"kith/identity"
)

//go:embed neo4j-graphql/package.json neo4j-graphql/package-lock.json neo4j-graphql/server.mjs
var libraryFiles embed.FS

const libraryQuery = `query Profile($id: ID!) { customers(where: {id: {eq: $id}}) {
  id displayName known shared firstSeenAt lastSeenAt traits
  identifiers(limit: 20) { cid type value status firstSeenAt lastSeenAt }
  touchpoints(limit: 20) { id type name at source channel properties }
} }`

// library asks for whole customers through Kith and through @neo4j/graphql, over the same Neo4j, with the same client,
// in turns.
func library(ctx context.Context, l *lab) (rows []row, err error) {
	const what, goal = "360° query at 16 connections, against @neo4j/graphql", "≥ 3× its throughput"
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return []row{{what: what, goal: goal, measured: "skipped: there is no " + program + " (Node 20 or later brings both)"}}, nil
		}
	}
	k, send, ids, err := l.openShop(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	defer send.close()
	url, stop, err := l.startLibrary(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	other := newSender(url)
	defer other.close()
	if err := sameAnswers(ctx, k, send, other, ids); err != nil {
		return nil, err
	}
	var next atomic.Int64
	ways := [2]func() error{
		func() error {
			_, err := send.query(ctx, k.token, profileQuery, map[string]any{"id": ids[int(next.Add(1))%len(ids)]})
			return err
		},
		func() error {
			_, err := other.query(ctx, k.token, libraryQuery, map[string]any{"id": ids[int(next.Add(1))%len(ids)]})
			return err
		},
	}
	for _, ask := range ways { // the JVM and Node learn
		if _, err := flood(ctx, 16, l.warmFor()/2, ask); err != nil {
			return nil, err
		}
	}
	var got [2]samples
	for r := range l.rounds {
		for way, ask := range ways {
			n, err := flood(ctx, 16, time.Duration(l.pick(8, 1))*time.Second, ask)
			if err != nil {
				return nil, err
			}
			got[way] = append(got[way], n)
		}
		l.say("round %d: Kith %s/s, @neo4j/graphql %s/s", r+1, thousands(got[0][r]), thousands(got[1][r]))
	}
	ratio := got[0].over(got[1])
	return []row{{
		what: what, goal: goal, measured: fmt.Sprintf("%s/s", thousands(got[0].median())),
		ratio:  fmt.Sprintf("%.1f× of @neo4j/graphql with Apollo Server, one process, no tokens, no limits (%s/s)", ratio.median(), thousands(got[1].median())),
		spread: percent(got[0].spread()) + ", ratio " + percent(ratio.spread()), met: ratio.median() >= 3,
	}}, nil
}

// startLibrary installs what is to be compared with, in the versions of its lock file, and starts it.
func (l *lab) startLibrary(ctx context.Context) (url string, stop func() error, err error) {
	dir := l.fresh("library")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, err
	}
	for _, name := range []string{"package.json", "package-lock.json", "server.mjs"} {
		text, err := libraryFiles.ReadFile("neo4j-graphql/" + name)
		if err != nil {
			return "", nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return "", nil, err
		}
	}
	install := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("npm ci of bench/neo4j-graphql: %w: %s", err, out)
	}
	cmd := exec.Command("node", "server.mjs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NODE_ENV=production", "NEO4J_URI="+l.config.URI, "NEO4J_USERNAME="+l.config.Username,
		"NEO4J_PASSWORD="+l.config.Password, "NEO4J_DATABASE="+l.config.Database)
	cmd.Stderr = l.progress
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is for bench, which ends it
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() error {
		_ = cmd.Process.Kill() // it keeps nothing
		_ = cmd.Wait()         // killed
		return nil
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if at, says := strings.CutPrefix(lines.Text(), "listening "); says {
			return strings.TrimSuffix(at, "/"), stop, nil
		}
	}
	return "", nil, errors.Join(errors.New("@neo4j/graphql ended instead of listening"), stop())
}

// sameAnswers makes sure that both answer with the same customers, identifiers and touchpoints.
func sameAnswers(ctx context.Context, k *kith, send, other *sender, ids []identity.CustomerID) error {
	type seen struct{ ID string }
	var ours struct {
		Customer struct {
			ID, DisplayName          string
			Identifiers, Touchpoints struct{ Nodes []seen }
		}
	}
	var theirs struct {
		Customers []struct {
			ID, DisplayName string
			Identifiers     []struct{ Cid string }
			Touchpoints     []seen
		}
	}
	for _, id := range ids[:min(len(ids), 20)] {
		a, err := send.query(ctx, k.token, profileQuery, map[string]any{"id": id})
		if err != nil {
			return err
		}
		b, err := other.query(ctx, k.token, libraryQuery, map[string]any{"id": id})
		if err != nil {
			return err
		}
		if err := errors.Join(json.Unmarshal(a, &ours), json.Unmarshal(b, &theirs)); err != nil {
			return err
		}
		same := len(theirs.Customers) == 1 && theirs.Customers[0].ID == ours.Customer.ID && theirs.Customers[0].DisplayName == ours.Customer.DisplayName &&
			len(theirs.Customers[0].Identifiers) == len(ours.Customer.Identifiers.Nodes) && len(theirs.Customers[0].Touchpoints) == len(ours.Customer.Touchpoints.Nodes)
		for i := 0; same && i < len(theirs.Customers[0].Touchpoints); i++ {
			same = theirs.Customers[0].Touchpoints[i] == ours.Customer.Touchpoints.Nodes[i]
		}
		if !same {
			return fmt.Errorf("the two differ about %s:\n%.600s\n%.600s", id, a, b)
		}
	}
	return nil
}
