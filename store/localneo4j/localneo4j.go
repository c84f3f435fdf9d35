// Package localneo4j runs a private Neo4j, so that Kith starts with one command on a machine that has none.
//
// The server listens for Bolt on a free loopback port and nothing else, keeps all it has under one directory, and
// has a generated password. It lives exactly as long as the process that started it: [Server.Stop] ends it in order,
// and when that process dies, however it dies, a watchdog at the other end of a pipe ends it within moments.
package localneo4j

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"kith/fault"
)

// Username is the one user a private Neo4j has.
const Username = "neo4j"

// stopLimit bounds a stop whose context has no deadline.
const stopLimit = 30 * time.Second

// Config says where and how to run. Zero values mean the defaults.
type Config struct {
	Dir      string       // data, configuration, logs and password; made when missing; required
	CacheDir string       // downloaded artifacts, shared by every data directory. Defaults to "kith" in the user's cache directory
	Logger   *slog.Logger // Defaults to none
	Progress io.Writer    // what a person waiting should see: downloads and preparations. Defaults to nowhere

	HeapMB      int // the JVM's heap, at least 256. Defaults to 1024
	PageCacheMB int // Neo4j's page cache, at least 16, taken as data comes. Defaults to a sixteenth of the machine's memory, 256 to 2048
	TxLogMB     int // size at which the transaction log starts a new file, at least 1. Defaults to 64

	Java   string // command of a Java 17 or newer. Defaults to "java"
	Maven  string // command of Maven. Defaults to "mvn"
	Docker string // command of a Docker client. Defaults to "docker"
}

func (c Config) withDefaults() (Config, error) {
	const op = "localneo4j.Start"
	if c.Dir == "" {
		return c, fault.New(op, fault.Invalid, "the directory of the private Neo4j is not set")
	}
	if c.CacheDir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return c, fault.Wrap(op, fault.Invalid, err, "there is no cache directory for this user: name one")
		}
		c.CacheDir = filepath.Join(user, "kith")
	}
	for _, dir := range []*string{&c.Dir, &c.CacheDir} {
		abs, err := filepath.Abs(*dir)
		if err != nil {
			return c, fault.Wrap(op, fault.Invalid, err, "directory %q cannot be used", *dir)
		}
		// The JVM's class path and Docker's mounts use these as separators and know no escape.
		if strings.ContainsAny(abs, ":,\n") {
			return c, fault.New(op, fault.Invalid, "directory %q cannot be used: a colon, comma or line break in it would be misread", abs)
		}
		*dir = abs
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Progress == nil {
		c.Progress = io.Discard
	}
	for _, size := range []struct {
		name            string
		value           *int
		standard, least int
	}{{"heap", &c.HeapMB, 1024, 256}, {"page cache", &c.PageCacheMB, pageCache(), 16}, {"transaction log", &c.TxLogMB, 64, 1}} {
		if *size.value == 0 {
			*size.value = size.standard
		}
		if *size.value < size.least {
			return c, fault.New(op, fault.Invalid, "the private Neo4j's %s is %d MB; it needs at least %d", size.name, *size.value, size.least)
		}
	}
	for name, command := range map[string]*string{"java": &c.Java, "mvn": &c.Maven, "docker": &c.Docker} {
		if *command == "" {
			*command = name
		}
	}
	return c, nil
}

// Server is a running private Neo4j.
type Server struct {
	URI      string // bolt://127.0.0.1:port
	Username string
	Password string // never logged: a Server logs as its URI

	log     *slog.Logger
	home    *home
	process *process

	stopping sync.Once
	stopErr  error
	mu       sync.Mutex // protects asked
	asked    bool       // Stop was called, so an end is no surprise
}

// Start brings up a server on cfg.Dir and returns when it answers queries. ctx governs the start, not the server's
// life. A server left over on the directory is ended first; one that belongs to a living process is not, and the
// start is refused with CONFLICT. When the machine has no way to run Neo4j the error is UNAVAILABLE and names the
// ways and what each lacks.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	w, err := choose(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := w.prepare(ctx); err != nil {
		return nil, err
	}
	h, err := openHome(cfg.Dir)
	if err != nil {
		return nil, err
	}
	s, err := startIn(ctx, cfg, w, h)
	if err != nil {
		h.close()
		return nil, err
	}
	return s, nil
}

// startIn starts w on h, whose lock it holds.
func startIn(ctx context.Context, cfg Config, w way, h *home) (*Server, error) {
	began := time.Now()
	if err := h.endLeftover(ctx, cfg.Logger, w.leftover(h)); err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		p, err := h.launch(w, cfg, port)
		if err != nil {
			return nil, err
		}
		uri := boltURI(port)
		err = awaitReady(ctx, p, port, uri, h)
		if err == nil {
			s := &Server{URI: uri, Username: Username, Password: h.password, log: cfg.Logger, home: h, process: p}
			cfg.Logger.Info("private Neo4j started", "server", s, "way", w.name(), "pid", p.pid(), "took", time.Since(began).Round(time.Millisecond))
			go s.watch() // ends with the process, which Stop waits for
			return s, nil
		}
		p.kill()
		// Between finding a free port and Neo4j's taking it, another process may have taken it.
		if attempt == 3 || !errors.Is(err, errPortTaken) {
			return nil, err
		}
	}
}

// watch reports an end nobody asked for.
func (s *Server) watch() {
	<-s.process.gone
	if s.wasAsked() {
		return
	}
	s.log.Error("private Neo4j ended unexpectedly", "error", s.process.err, "last words", s.home.lastWords())
}

func (s *Server) wasAsked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Done is closed when the server has ended; Err says whether that was asked for.
func (s *Server) Done() <-chan struct{} { return s.process.gone }

// Err is nil while the server runs and after a Stop; else UNAVAILABLE, with the server's last words.
func (s *Server) Err() error {
	select {
	case <-s.process.gone:
	default:
		return nil
	}
	if s.wasAsked() {
		return nil
	}
	return fault.New("localneo4j.Server", fault.Unavailable, "the private Neo4j ended unexpectedly: %s", s.home.lastWords())
}

// Stop ends the server in order, which writes a checkpoint and takes about half a second, and returns when its
// process is gone. When ctx ends first (after 30 s if it has no deadline) the process is killed and the error is
// TIMEOUT; nothing committed is lost by that. Further calls return what the first returned.
func (s *Server) Stop(ctx context.Context) error {
	s.stopping.Do(func() {
		s.mu.Lock()
		select {
		case <-s.process.gone: // it died before; that stays unasked
		default:
			s.asked = true
		}
		s.mu.Unlock()
		if _, bounded := ctx.Deadline(); !bounded {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, stopLimit)
			defer cancel()
		}
		s.stopErr = s.process.stop(ctx)
		s.home.close()
	})
	return s.stopErr
}

// LogValue keeps the password out of logs.
func (s *Server) LogValue() slog.Value { return slog.StringValue(s.URI) }
