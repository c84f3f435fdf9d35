package journal

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"
)

// helperVar makes the test binary run as one of helpers instead of the tests; see crash_test.go.
const helperVar = "KITH_JOURNAL_TEST_HELPER"

func TestMain(m *testing.M) {
	if name := os.Getenv(helperVar); name != "" {
		helpers[name](os.Args[1])
		return
	}
	goleak.VerifyTestMain(m)
}

// patience bounds every wait for something that must happen.
const patience = time.Minute

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// testLog passes what the journal says to the test's own log, as long as the test runs.
type testLog struct {
	mu   sync.Mutex
	t    testing.TB
	done bool
}

func (l *testLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.done {
		l.t.Logf("%s", p)
	}
	return len(p), nil
}

func logger(t testing.TB) *slog.Logger {
	l := &testLog{t: t}
	t.Cleanup(func() {
		l.mu.Lock()
		l.done = true
		l.mu.Unlock()
	})
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// small has limits that fit a test, and no watermark: whether the test machine's disk is full is not the question.
func small(cfg Config) Config {
	orDefault(&cfg.SoftBytes, 64*mib)
	orDefault(&cfg.BacklogBytes, 64*mib)
	orDefault(&cfg.ChangesBytes, 64*mib)
	orDefault(&cfg.QuarantineBytes, 64*mib)
	orDefault(&cfg.DeadLetterBytes, 64*mib)
	orDefault(&cfg.MinFreeBytes, -1)
	orDefault(&cfg.MinFreePercent, -1)
	orDefault(&cfg.tick, 20*time.Millisecond)
	return cfg
}

// open opens a journal for the test and closes it at its end.
func open(t testing.TB, cfg Config) *Journal {
	t.Helper()
	cfg = small(cfg)
	if cfg.Logger == nil {
		cfg.Logger = logger(t)
	}
	j, err := Open(within(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeJournal(t, j) })
	return j
}

func closeJournal(t testing.TB, j *Journal) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := j.Close(ctx); err != nil {
		t.Error(err)
	}
}

// natsServer runs a NATS server with a TCP listener, as an operator would.
func natsServer(t testing.TB, dir string, port int) *server.Server {
	t.Helper()
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: dir, MaxPayload: mib})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	if !srv.ReadyForConnections(patience) {
		t.Fatal("the NATS server does not start")
	}
	return srv
}

// eventually polls until ok, across goroutines and processes that cannot tell.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
		<-tick.C
	}
}
