package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"kith/fault"
)

const (
	embeddedPayload = 8 * mib // of one message, headers included
	startTimeout    = 30 * time.Second
)

// embedded is a NATS server inside this process that nobody else can reach.
type embedded struct {
	cfg Config

	mu  sync.Mutex
	srv *server.Server // nil while it is down
}

// start returns once all streams are recovered, which after an unclean end means that all of them were read.
func (e *embedded) start() error {
	failed := func(err error) error {
		return fault.Wrap("journal.Open", fault.Unavailable, err, "The embedded NATS server does not start on %s.", e.cfg.Dir)
	}
	log := &serverLog{log: e.cfg.Logger.With("part", "nats")}
	srv, err := server.NewServer(&server.Options{
		ServerName: "kith-" + e.cfg.Name,
		DontListen: true, // connections are pipes inside the process
		NoSigs:     true, // signals are for main
		MaxPayload: embeddedPayload,
		MaxPending: 8 * embeddedPayload,
		JetStream:  true,
		StoreDir:   e.cfg.Dir,
		SyncAlways: true, // promise 1: accepted means durable
		// The default would be a part of what is free at start, so that a nearly full disk could not open its own
		// store. The streams' own limits are what holds.
		JetStreamMaxStore:      e.cfg.MaxBytes + e.cfg.ChangesBytes + e.cfg.QuarantineBytes + e.cfg.DeadLetterBytes + e.cfg.AuditBytes + revocationBytes + gib,
		JetStreamMaxMemory:     64 * mib,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return failed(err)
	}
	srv.SetLogger(log, false, false)
	srv.Start()
	if !srv.ReadyForConnections(startTimeout) || !srv.JetStreamEnabled() {
		srv.Shutdown()
		srv.WaitForShutdown()
		reason := "it does not say why"
		if text := log.fatal.Load(); text != nil {
			reason = *text
		}
		return failed(fmt.Errorf("nats: %s", reason))
	}
	e.mu.Lock()
	e.srv = srv
	e.mu.Unlock()
	return nil
}

// stop returns when the store is closed, or with ctx.
func (e *embedded) stop(ctx context.Context) error {
	e.mu.Lock()
	srv := e.srv
	e.srv = nil
	e.mu.Unlock()
	if srv == nil {
		return nil
	}
	done := make(chan struct{})
	go func() { // ends with the server; Close waits for it unless its context is over
		defer close(done)
		srv.Shutdown()
		srv.WaitForShutdown()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fault.Wrap("journal.Close", fault.Timeout, ctx.Err(), "The embedded NATS server was still closing its store.")
	}
}

// InProcessConn makes the server's end of a connection; the client asks again after every restart.
func (e *embedded) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.srv == nil {
		return nil, server.ErrServerNotRunning
	}
	return e.srv.InProcessConn()
}

// healthy is nil while every stream can be written. One that met a write error takes nothing until the server is
// started again.
func (e *embedded) healthy() error {
	e.mu.Lock()
	srv := e.srv
	e.mu.Unlock()
	text := "the server is down"
	if srv != nil {
		health := srv.Healthz(nil)
		if health.StatusCode == http.StatusOK {
			return nil
		}
		text = health.Error
	}
	return &fault.Error{Op: "journal.healthy", Code: fault.Unavailable, RetryAfter: retryStore, Err: errors.New(text),
		Message: "The journal cannot be written. Repeat later."}
}

// storeDir is where the embedded server keeps the messages of a stream.
func storeDir(dir, stream string) string {
	return filepath.Join(dir, server.JetStreamStoreDir, server.DEFAULT_GLOBAL_ACCOUNT, "streams", stream)
}

// serverLog is the embedded server's logger.
type serverLog struct {
	log   *slog.Logger
	fatal atomic.Pointer[string]
}

func (l *serverLog) Noticef(format string, v ...any) { l.log.Debug(fmt.Sprintf(format, v...)) }
func (l *serverLog) Warnf(format string, v ...any)   { l.log.Warn(fmt.Sprintf(format, v...)) }
func (l *serverLog) Errorf(format string, v ...any)  { l.log.Error(fmt.Sprintf(format, v...)) }
func (l *serverLog) Debugf(format string, v ...any)  { l.log.Debug(fmt.Sprintf(format, v...)) }
func (l *serverLog) Tracef(format string, v ...any)  { l.log.Debug(fmt.Sprintf(format, v...)) }

// Fatalf keeps the text for the error of Open: ending the process is not the server's to decide.
func (l *serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.fatal.Store(&text)
	l.log.Error(text)
}
