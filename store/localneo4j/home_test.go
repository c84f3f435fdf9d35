package localneo4j

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kith/fault"
)

// syncBuffer is a buffer several goroutines may use.
type syncBuffer struct {
	mu  sync.Mutex // protects buf
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestALostPasswordIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	h, err := openHome(dir)
	if err != nil {
		t.Fatal(err)
	}
	first := h.password
	h.close()

	// Before there is data, a new one does no harm.
	if err := os.Remove(filepath.Join(dir, "password")); err != nil {
		t.Fatal(err)
	}
	if h, err = openHome(dir); err != nil {
		t.Fatal(err)
	}
	if h.password == first || len(h.password) < 20 {
		t.Errorf("password %q after %q", h.password, first)
	}
	h.close()

	if err := errors.Join(os.Remove(filepath.Join(dir, "password")), os.MkdirAll(filepath.Join(dir, "data", "databases", "system"), 0o700)); err != nil {
		t.Fatal(err)
	}
	_, err = openHome(dir)
	if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "put it back") {
		t.Errorf("with data and no password: %v", err)
	}
	// The refusal gave the lock back.
	if err := os.WriteFile(filepath.Join(dir, "password"), []byte("kept\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if h, err = openHome(dir); err != nil {
		t.Fatal(err)
	}
	if h.password != "kept" {
		t.Errorf("password %q, want the one in the file", h.password)
	}
	h.close()
}

// standIn is a way whose server is a shell script.
type standIn struct{ script string }

func (w standIn) name() string                  { return "stand-in" }
func (w standIn) prepare(context.Context) error { return nil }
func (w standIn) leftover(*home) leftover       { return leftover{marker: "no such"} }
func (w standIn) command(*home, int) command {
	return command{argv: []string{"/bin/sh", "-c", w.script}, listen: "127.0.0.1:1"}
}

func TestAFailedStartSaysWhatTheServerSaid(t *testing.T) {
	for name, tc := range map[string]struct {
		script, earlier string
		want            string
	}{
		"console":        {script: "echo Error: could not reserve memory >&2; exit 1", want: "could not reserve memory"},
		"its log":        {script: `echo "2026-01-01 INFO x" >>"$LOG"; echo "2026-01-01 ERROR Failed to open store" >>"$LOG"`, want: "starting: Failed to open store"},
		"not an old log": {earlier: "2025-01-01 ERROR of last year\n", script: "echo now; exit 3", want: "starting: now"},
		"nothing":        {script: "exit 0", want: "it said nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := Config{Dir: t.TempDir()}.withDefaults()
			if err != nil {
				t.Fatal(err)
			}
			h, err := openHome(cfg.Dir)
			if err != nil {
				t.Fatal(err)
			}
			defer h.close()
			t.Setenv("LOG", h.path("logs", "neo4j.log"))
			if err := os.WriteFile(h.path("logs", "neo4j.log"), []byte(tc.earlier), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = startIn(t.Context(), cfg, standIn{tc.script}, h)
			if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(fault.MessageOf(err), tc.want) {
				t.Errorf("got %v, want UNAVAILABLE with %q", err, tc.want)
			}
		})
	}
}

func TestATakenPortIsTriedThreeTimes(t *testing.T) {
	cfg, err := Config{Dir: t.TempDir()}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	h, err := openHome(cfg.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	tries := filepath.Join(t.TempDir(), "tries")
	t.Setenv("TRIES", tries)
	_, err = startIn(t.Context(), cfg, standIn{`echo once >>"$TRIES"; echo Address already in use`}, h)
	if err == nil || strings.Count(mustRead(t, tries), "once") != 3 {
		t.Errorf("after %q: %v", mustRead(t, tries), err)
	}
}

func TestTheServerGetsNoneOfKithsSecrets(t *testing.T) {
	t.Setenv("KITH_JWT_SECRET", "hush")
	t.Setenv("NEO4J_PASSWORD", "hush")
	t.Setenv("NATS_URL", "nats://user:hush@host")
	t.Setenv("OTHER", "kept")
	all := strings.Join(environment(), "\n")
	if strings.Contains(all, "hush") || !strings.Contains(all, "OTHER=kept") {
		t.Error("the environment passed on has Kith's secrets, or lacks the rest")
	}
}
