package journal

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"kith/fault"
)

const (
	embeddedPayload = 8 * mib // of one message, headers included
	startTimeout    = 30 * time.Second
)

// startEmbedded runs a NATS server inside this process that nobody else can reach.
//
// It returns once all streams are recovered, which after an unclean end means that all of them were read.
func startEmbedded(cfg Config) (*server.Server, error) {
	const op = "journal.Open"
	failed := func(err error) error {
		return fault.Wrap(op, fault.Unavailable, err, "The embedded NATS server does not start on %s.", cfg.Dir)
	}
	log := &serverLog{log: cfg.Logger.With("part", "nats")}
	srv, err := server.NewServer(&server.Options{
		ServerName: "kith-" + cfg.Name,
		DontListen: true, // the connections below are pipes inside the process
		NoSigs:     true, // signals are for main
		MaxPayload: embeddedPayload,
		MaxPending: 8 * embeddedPayload,
		JetStream:  true,
		StoreDir:   cfg.Dir,
		SyncAlways: true, // promise 1: accepted means durable
		// The default would be a part of what is free at start, so that a nearly full disk could not open its own
		// store. The streams' own limits are what holds.
		JetStreamMaxStore:      cfg.MaxBytes + cfg.ChangesBytes + cfg.QuarantineBytes + cfg.DeadLetterBytes + gib,
		JetStreamMaxMemory:     64 * mib,
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, failed(err)
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
		return nil, failed(fmt.Errorf("nats: %s", reason))
	}
	return srv, nil
}

// stopEmbedded returns when the store is closed, or with ctx.
func stopEmbedded(ctx context.Context, srv *server.Server) error {
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
