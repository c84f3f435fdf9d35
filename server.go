// Kith is a customer data platform: it collects what a company knows about its customers from every source, resolves
// who is who, and keeps one live profile per person as a graph. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kith/audit"
	"kith/auth"
	"kith/collect"
	"kith/fault"
	"kith/feed"
	"kith/graph"
	"kith/identity"
	"kith/identity/match"
	"kith/journal"
	"kith/pipeline"
	"kith/resolvers"
	"kith/store"
	"kith/store/localneo4j"
	"kith/trace"
	"kith/web"
	"kith/wire"
)

// grace is how long an ordered stop may take in all, below the 30 s that Kubernetes waits.
const grace = 25 * time.Second

// collectAt is how far the heap may grow, in percent of what lives in it, before it is collected: Kith shares its machine
// with a Neo4j, which has more use for the memory than Kith for the few percent of a core. GOGC overrides it.
const collectAt = 60

// collectHard is the memory, in bytes, near which it is collected more often than that: a backlog makes much garbage
// and little that lasts. More is taken where more is needed. GOMEMLIMIT overrides it.
const collectHard = 240 << 20

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(collectHard)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() { // for the life of the process
		<-ctx.Done()
		stop() // a second signal ends the process at once
	}()
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "kith: "+explain(err))
		os.Exit(1)
	}
}

// explain is what a person at a terminal needs of an error.
func explain(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && f.Message != "" {
		if f.Err != nil {
			return f.Message + "\n      (" + f.Err.Error() + ")"
		}
		return f.Message
	}
	return err.Error()
}

// server is everything that runs, in the order in which it is started. It stops in the opposite order of the way of
// an event: first what takes in, last what keeps.
type server struct {
	cfg      Config
	log      *slog.Logger
	traced   func(context.Context) error // ends the recording of traces; nil when there is none
	out      io.Writer                   // for people: progress and where to go
	registry *prometheus.Registry

	lock      *journal.Lock
	neo4j     *localneo4j.Server
	graph     *store.Graph
	journal   *journal.Journal
	progress  *wire.Progress
	pipeline  *pipeline.Pipeline
	feed      *feed.Hub
	verifier  *auth.Verifier
	revoked   *wire.Revocations
	audit     *audit.Recorder
	api       *graph.Server
	collector *collect.Collector
	console   http.Handler
	http      []*http.Server
	listener  net.Listener
	rules     *identity.Rules
	rulesFile []byte
	unfollow  func() // ends followRules
	draining  atomic.Bool
	demo      bool // a shop's life is played into it
	failed    chan error
}

// start brings everything up; after an error what was started is stopped again.
func start(ctx context.Context, cfg Config, log *slog.Logger, out io.Writer) (s *server, err error) {
	s = &server{cfg: cfg, log: log, out: out, registry: prometheus.NewRegistry(), failed: make(chan error, 4)}
	defer func() {
		if err != nil {
			s.stop()
			s = nil
		}
	}()
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if cfg.Traced {
		if s.traced, err = trace.Open(ctx, revision(), log); err != nil {
			return s, err
		}
	}
	if s.rules, s.rulesFile, err = readRules(cfg.IdentityRules, cfg.IdentityModel); err != nil {
		return s, err
	}
	documents, err := readDocuments(cfg.Documents)
	if err != nil {
		return s, err
	}
	if s.lock, err = journal.LockDir(cfg.Data); err != nil {
		return s, err
	}
	if err = s.cfg.developmentSecrets(); err != nil {
		return s, err
	}
	if s.listener, err = net.Listen("tcp", cfg.Addr); err != nil {
		return s, fmt.Errorf("cannot listen on %s: %w; set KITH_ADDR to another address", cfg.Addr, err)
	}
	// The journal and Neo4j take their time, and neither needs the other.
	opened := make(chan error, 1)
	go func() { // ends before start does
		var err error
		s.journal, err = journal.Open(ctx, journal.Config{
			Dir: filepath.Join(cfg.Data, "journal"), URL: cfg.NATSURL, Replicas: cfg.NATSReplicas, Keep: cfg.JournalKeep, BacklogBytes: cfg.JournalMax, Logger: log,
			RevocationsKeep: cfg.TokenLife, AuditKeep: cfg.AuditKeep,
		})
		opened <- err
	}()
	graphErr := s.openGraph(ctx)
	if err = errors.Join(graphErr, <-opened); err != nil {
		if graphErr != nil {
			err = graphErr
		}
		return s, err
	}
	if err = s.startParts(ctx, documents); err != nil {
		return s, err
	}
	s.serve()
	return s, nil
}

func readModel(path string) (*match.Model, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	model, err := match.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", path, explain(err))
	}
	return model, nil
}

// openGraph connects to the Neo4j that was named, or starts a private one.
func (s *server) openGraph(ctx context.Context) error {
	c := store.Config{URI: s.cfg.Neo4jURI, Username: s.cfg.Neo4jUser, Password: s.cfg.Neo4jPassword, Database: s.cfg.Neo4jDatabase, Logger: s.log}
	if c.URI == "" {
		var err error
		s.neo4j, err = localneo4j.Start(ctx, localneo4j.Config{
			Dir: filepath.Join(s.cfg.Data, "neo4j"), CacheDir: s.cfg.Cache, HeapMB: s.cfg.HeapMB, Logger: s.log, Progress: s.out,
		})
		if err != nil {
			return err
		}
		c.URI, c.Username, c.Password = s.neo4j.URI, s.neo4j.Username, s.neo4j.Password
	}
	var err error
	s.graph, err = store.Open(ctx, c)
	return err
}

func (s *server) startParts(ctx context.Context, documents graph.Documents) error {
	s.progress = wire.NewProgress(s.journal, s.graph.Applied, func() bool { return s.pipeline.Stats().Active.Load() })
	// The data directory is locked, so its name is this process alone: a start after a crash need not wait for the lease
	// of the process before it to run out.
	holder, err := onceInFile(filepath.Join(s.cfg.Data, "instance"), func() string { return randomText(12) })
	if err != nil {
		return err
	}
	s.pipeline = pipeline.New(pipeline.Config{
		Journal: wire.Pipeline{Journal: s.journal, Progress: s.progress}, Graph: s.graph, Rules: s.rules, RulesFile: s.rulesFile,
		Holder: holder, Logger: s.log, Faults: faults(),
	})
	if s.feed, err = feed.New(feed.Config{Source: wire.Changes{Journal: s.journal}, Logger: s.log}); err != nil {
		return err
	}
	if err := s.feed.Start(ctx); err != nil {
		return err
	}
	s.pipeline.Start(context.WithoutCancel(ctx))
	if err := s.proposeRules(ctx); err != nil {
		return err
	}
	if err := s.startAPI(ctx, documents); err != nil {
		return err
	}
	if s.console, err = web.Handler(web.Settings{OIDCIssuer: s.cfg.OIDCIssuer, OIDCClient: s.cfg.OIDCClient, OIDCScopes: s.cfg.OIDCScopes}); err != nil {
		return err
	}
	keys, err := auth.ParseKeys(s.cfg.WriteKeys)
	if err != nil {
		return err
	}
	s.collector, err = collect.New(collect.Config{Records: wire.Collect{Journal: s.journal}, Rate: collect.Rate{Events: s.cfg.SourceRate}, Logger: s.log, Registry: s.registry},
		wire.Collect{Journal: s.journal}, wire.Quarantine{Journal: s.journal}, keys)
	s.metrics()
	return err
}

// startAPI makes what answers GraphQL, and what it stands on.
func (s *server) startAPI(ctx context.Context, documents graph.Documents) error {
	known := auth.NewRevocations(s.cfg.TokenLife)
	s.revoked = wire.NewRevocations(s.journal, known, s.cfg.TokenLife, s.log)
	if err := s.revoked.Start(ctx); err != nil {
		return err
	}
	var err error
	s.verifier, err = auth.NewVerifier(auth.Config{
		Secret: s.cfg.JWTSecret, JWKSURL: s.cfg.JWKSURL, Issuer: s.cfg.JWTIssuer, Audience: s.cfg.JWTAudience, MaxLife: s.cfg.TokenLife,
		Revoked: known.Revoked, Logger: s.log,
	})
	if err != nil {
		return err
	}
	s.audit = audit.NewRecorder(audit.Config{Log: wire.Audit{Journal: s.journal}, Logger: s.log})
	s.audit.Start()
	root := resolvers.New(resolvers.Config{
		Graph: s.graph, Journal: wire.Decisions{Journal: s.journal, Reached: s.progress}, Feed: wire.Feed{Hub: s.feed},
		Quarantine: wire.Quarantine{Journal: s.journal}, DeadLetters: wire.DeadLetters{Journal: s.journal}, Revocations: s.revoked,
		Audit: wire.Audit{Journal: s.journal}, Rules: s.rules, Forecast: wire.Forecast(s.graph),
	})
	s.api, err = graph.NewServer(graph.ServerConfig{
		Resolvers: root, Verifier: s.verifier, Positions: s.progress, Auditor: s.audit, AllowedOrigins: s.cfg.AllowedOrigins, Documents: documents,
		Development: s.cfg.DevelopmentSecret, Limits: graph.Limits{Rate: s.cfg.SubjectRate, Subject: s.cfg.SubjectLive}, Logger: s.log, Registerer: s.registry,
	})
	if err == nil {
		s.revoked.Serve(s.api)
		s.followRules(root)
	}
	return err
}

// readDocuments reads the documents that alone are to be executed, and adds those of the console. Without a path there are none.
func readDocuments(path string) (graph.Documents, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("KITH_PERSISTED_QUERIES: %w", err)
	}
	documents, err := graph.ParseDocuments(text)
	if err != nil {
		return nil, fmt.Errorf("KITH_PERSISTED_QUERIES: %s: %s", path, explain(err))
	}
	own, err := graph.ParseDocuments(web.Documents()) // or the console would show nothing
	maps.Copy(documents, own)
	return documents, err
}

func (s *server) serve() {
	mux := http.NewServeMux()
	mux.Handle("/v1/", s.collector.Handler())
	mux.Handle("/graphql", s.api)
	playground := graph.Playground("/playground", "/graphql")
	mux.Handle("/playground", playground)
	mux.Handle("/playground/", playground)
	mux.Handle("/", s.console)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	metrics := promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)})
	s.listen(s.listener, mux)
	if s.cfg.AdminAddr == "" {
		mux.Handle("GET /metrics", metrics)
		return
	}
	admin := http.NewServeMux()
	admin.Handle("GET /metrics", metrics)
	admin.HandleFunc("/debug/pprof/", pprof.Index)
	admin.HandleFunc("/debug/pprof/profile", pprof.Profile)
	admin.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	admin.HandleFunc("/debug/pprof/trace", pprof.Trace)
	l, err := net.Listen("tcp", s.cfg.AdminAddr)
	if err != nil {
		s.failed <- fmt.Errorf("KITH_ADMIN_ADDR: cannot listen on %s: %w", s.cfg.AdminAddr, err)
		return
	}
	s.listen(l, admin)
}

func (s *server) listen(l net.Listener, h http.Handler) {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.http = append(s.http, server)
	go func() { // ends with server.Shutdown
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
}

// wait returns when ctx ends, or with an error when something the server cannot do without has ended by itself.
func (s *server) wait(ctx context.Context) error {
	var neo4jDone <-chan struct{}
	if s.neo4j != nil {
		neo4jDone = s.neo4j.Done()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	case <-neo4jDone:
		return s.neo4j.Err()
	}
}

// stop ends everything in the order of the way of an event. It is called once, also after a start that failed half
// way. Whatever is cut off by the deadline is on disk and goes on after the next start.
func (s *server) stop() {
	s.draining.Store(true)
	whole, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	crash := faults()
	step := func(name string, limit time.Duration, f func(context.Context) error) {
		if crash != nil {
			_ = crash("stopping " + name)
		}
		ctx, cancel := context.WithTimeout(whole, limit)
		defer cancel()
		if err := f(ctx); err != nil {
			s.log.Warn("stopping took too long or failed", "step", name, "error", err)
		}
	}
	if s.collector != nil {
		step("ingest", 8*time.Second, s.collector.Stop)
	}
	if s.api != nil {
		step("sockets", 6*time.Second, s.api.Drain)
	}
	for _, h := range s.http {
		step("http", 3*time.Second, h.Shutdown)
	}
	if s.listener != nil {
		s.listener.Close()
	}
	if s.unfollow != nil {
		s.unfollow()
	}
	if s.pipeline != nil {
		step("pipeline", 8*time.Second, s.pipeline.Stop)
	}
	if s.feed != nil {
		step("feed", 2*time.Second, s.feed.Stop)
	}
	if s.audit != nil {
		step("audit", 3*time.Second, s.audit.Stop)
	}
	if s.revoked != nil {
		s.revoked.Close()
	}
	if s.verifier != nil {
		s.verifier.Close()
	}
	if s.graph != nil {
		step("graph", 2*time.Second, s.graph.Close)
	}
	if s.journal != nil {
		step("journal", 8*time.Second, s.journal.Close)
	}
	if s.neo4j != nil {
		step("neo4j", 10*time.Second, s.neo4j.Stop)
	}
	if s.traced != nil {
		step("traces", 3*time.Second, s.traced)
	}
	if s.lock != nil {
		if err := s.lock.Unlock(); err != nil {
			s.log.Warn("the data directory was not unlocked", "error", err)
		}
	}
}

// newLogger writes text for people at a terminal and JSON for machines.
func newLogger(cfg Config, w io.Writer) *slog.Logger {
	f, isFile := w.(*os.File)
	terminal := false
	if isFile {
		if info, err := f.Stat(); err == nil {
			terminal = info.Mode()&os.ModeCharDevice != 0
		}
	}
	if cfg.LogFormat == "json" || cfg.LogFormat == "" && !terminal {
		return slog.New(trace.Logs(slog.NewJSONHandler(w, nil)))
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// url is where people reach the server.
func (s *server) url() string {
	addr := s.listener.Addr().String()
	return "http://" + strings.Replace(addr, "[::]", "localhost", 1)
}
