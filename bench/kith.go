package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"kith/audit"
	"kith/auth"
	"kith/collect"
	"kith/feed"
	"kith/graph"
	"kith/identity"
	"kith/journal"
	"kith/pipeline"
	"kith/resolvers"
	"kith/store"
	"kith/wire"
)

const (
	source   = "bench"
	writeKey = "bench-write-key"
)

// kith is a whole Kith inside this process, put together as the server does, so that its pipeline can be held and its
// parts can be looked into.
type kith struct {
	url, token string
	dir        string
	graph      *store.Graph
	journal    *journal.Journal
	progress   *wire.Progress
	pipe       *pipeline.Pipeline
	spy        *spy
	started    bool
	feed       *feed.Hub
	verifier   *auth.Verifier
	audit      *audit.Recorder
	api        *graph.Server
	collector  *collect.Collector
	http       *http.Server
	served     chan error
}

// openKith brings one up with an empty journal. Its pipeline does nothing before start.
func (l *lab) openKith(ctx context.Context) (k *kith, err error) {
	k = &kith{dir: l.fresh("kith")}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.close())
		}
	}()
	if k.graph, err = store.Open(ctx, l.config); err != nil {
		return k, err
	}
	log := slog.New(slog.NewTextHandler(l.progress, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if k.journal, err = journal.Open(ctx, journal.Config{Dir: filepath.Join(k.dir, "journal"), Logger: log}); err != nil {
		return k, err
	}
	k.progress = wire.NewProgress(k.journal, k.graph.Applied, func() bool { return k.pipe.Stats().Active.Load() })
	k.spy = &spy{Graph: k.graph}
	k.pipe = pipeline.New(pipeline.Config{
		Journal: wire.Pipeline{Journal: k.journal, Progress: k.progress}, Graph: k.spy, Rules: identity.DefaultRules(), Holder: rand.Text(), Logger: log,
	})
	if k.feed, err = feed.New(feed.Config{Source: wire.Changes{Journal: k.journal}, Logger: log}); err != nil {
		return k, err
	}
	if err = k.feed.Start(ctx); err != nil {
		return k, err
	}
	return k, k.serve(log)
}

func (k *kith) serve(log *slog.Logger) (err error) {
	secret := []byte(rand.Text() + rand.Text())
	if k.token, err = auth.Sign(secret, "admin", "bench", 12*time.Hour); err != nil {
		return err
	}
	if k.verifier, err = auth.NewVerifier(auth.Config{Secret: secret, Logger: log}); err != nil {
		return err
	}
	k.audit = audit.NewRecorder(audit.Config{Log: wire.Audit{Journal: k.journal}, Logger: log})
	k.audit.Start()
	root := resolvers.New(resolvers.Config{
		Graph: k.graph, Journal: wire.Decisions{Journal: k.journal, Reached: k.progress}, Feed: wire.Feed{Hub: k.feed},
		Quarantine: wire.Quarantine{Journal: k.journal}, DeadLetters: wire.DeadLetters{Journal: k.journal}, Rules: identity.DefaultRules(),
	})
	if k.api, err = graph.NewServer(graph.ServerConfig{Resolvers: root, Verifier: k.verifier, Positions: k.progress, Auditor: k.audit, Logger: log}); err != nil {
		return err
	}
	keys, err := auth.ParseKeys(source + ":" + writeKey)
	if err != nil {
		return err
	}
	if k.collector, err = collect.New(collect.Config{Logger: log}, wire.Collect{Journal: k.journal}, wire.Quarantine{Journal: k.journal}, keys); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/v1/", k.collector.Handler())
	mux.Handle("/graphql", k.spy.countReads(k.api))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	k.url = "http://" + listener.Addr().String()
	k.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	k.served = make(chan error, 1)
	go func() { k.served <- k.http.Serve(listener) }() // ends with Shutdown; close waits for it
	return nil
}

// start lets the pipeline work.
func (k *kith) start(ctx context.Context) {
	k.started = true
	k.pipe.Start(context.WithoutCancel(ctx))
}

// settle returns when everything accepted is applied.
func (k *kith) settle(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	head, err := k.journal.Head(ctx)
	if err != nil || head.Seq == 0 {
		return err
	}
	if err := k.progress.WaitApplied(ctx, head.String()); err != nil {
		return fmt.Errorf("what was accepted is not applied within %s: %w", limit, err)
	}
	return nil
}

func (k *kith) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var errs []error
	if k.api != nil {
		errs = append(errs, k.api.Drain(ctx))
	}
	if k.http != nil {
		errs = append(errs, k.http.Shutdown(ctx))
		if err := <-k.served; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
	}
	if k.started {
		errs = append(errs, k.pipe.Stop(ctx))
	}
	if k.feed != nil {
		errs = append(errs, k.feed.Stop(ctx))
	}
	if k.audit != nil {
		errs = append(errs, k.audit.Stop(ctx))
	}
	if k.verifier != nil {
		k.verifier.Close()
	}
	if k.journal != nil {
		errs = append(errs, k.journal.Close(ctx))
	}
	if k.graph != nil {
		errs = append(errs, k.graph.Close(ctx))
	}
	return errors.Join(append(errs, os.RemoveAll(k.dir))...)
}
