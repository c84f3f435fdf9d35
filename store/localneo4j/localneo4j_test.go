package localneo4j

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/fault"
)

func mustStart(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, err := Start(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	return s
}

func query(t *testing.T, s *Server, statement string) []*neo4j.Record {
	t.Helper()
	ctx := context.Background()
	driver, err := neo4j.NewDriverWithContext(s.URI, neo4j.BasicAuth(s.Username, s.Password, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer driver.Close(ctx)
	result, err := neo4j.ExecuteQuery(ctx, driver, statement, nil, neo4j.EagerResultTransformer)
	if err != nil {
		t.Fatal(err)
	}
	return result.Records
}

func TestDataSurvivesARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b") // a space must not matter
	s := mustStart(t, testConfig(dir))
	query(t, s, "CREATE (:Kept {value: 42})")
	if err := s.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(context.Background()); err != nil {
		t.Errorf("a second stop: %v", err)
	}
	select {
	case <-s.Done():
	default:
		t.Error("Done is open after Stop")
	}
	if err := s.Err(); err != nil {
		t.Errorf("Err after Stop: %v", err)
	}

	// Killed in the middle of things, it recovers.
	s2 := mustStart(t, testConfig(dir))
	if s2.Password != s.Password {
		t.Error("the password changed")
	}
	query(t, s2, "CREATE (:Kept {value: 43})")
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s2.Stop(gone); fault.CodeOf(err) != fault.Timeout {
		t.Errorf("a stop without time: %v, want TIMEOUT", err)
	}
	s3 := mustStart(t, testConfig(dir))
	if got := len(query(t, s3, "MATCH (n:Kept) RETURN n")); got != 2 {
		t.Errorf("%d nodes after two restarts, want 2", got)
	}
	inspect(t, s3, dir)
}

// inspect checks what a running server shows to others.
func inspect(t *testing.T, s *Server, dir string) {
	for path, want := range map[string]fs.FileMode{"": 0o700, "password": 0o600, "data/dbms/auth.ini": 0o600, "logs/console.log": 0o600} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %q is %o, want %o", path, got, want)
		}
	}
	for _, file := range []string{"data/dbms/auth.ini", "conf/neo4j.conf", "logs/neo4j.log", "logs/debug.log", "logs/console.log"} {
		if strings.Contains(mustRead(t, filepath.Join(dir, file)), s.Password) {
			t.Errorf("%s contains the password", file)
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "server", s)
	if strings.Contains(log.String(), s.Password) || !strings.Contains(log.String(), s.URI) {
		t.Errorf("a server is logged as %s", log.String())
	}
	own, err := syscall.Getpgid(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if theirs, err := syscall.Getpgid(s.process.pid()); err != nil || theirs == own {
		t.Errorf("the server is in our process group (%v): Ctrl-C would reach it", err)
	}
	if words := s.home.lastWords(); words == "" {
		t.Error("no last words")
	}
	onlyBolt(t, s)
}

// onlyBolt checks that the server listens on one loopback port. Other systems have no such list.
func onlyBolt(t *testing.T, s *Server) {
	inodes := map[string]bool{}
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", s.process.pid()))
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil {
			inodes[strings.Trim(strings.TrimPrefix(to, "socket:"), "[]")] = true
		}
	}
	var listening []string
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", s.process.pid(), table))
		if err != nil {
			t.Logf("listeners not checked on this system: %v", err)
			return
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 9 && f[3] == "0A" && inodes[f[9]] {
				listening = append(listening, f[1])
			}
		}
	}
	var port int
	if _, err := fmt.Sscanf(s.URI, "bolt://127.0.0.1:%d", &port); err != nil {
		t.Fatal(err)
	}
	v4, v6 := fmt.Sprintf("0100007F:%04X", port), fmt.Sprintf("0000000000000000FFFF00000100007F:%04X", port)
	if len(listening) != 1 || listening[0] != v4 && listening[0] != v6 {
		t.Errorf("listens on %v, want only %s", listening, v4)
	}
}

func TestNoServerOutlivesItsOwner(t *testing.T) {
	dir := t.TempDir()
	owner := startHelper(t, "own", dir)
	pid := number(t, owner.line(t, "started"))
	marker := "--home-dir=" + dir
	if !runs(pid, marker) {
		t.Fatal("the server does not run")
	}

	_, err := Start(context.Background(), testConfig(dir))
	if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), dir) {
		t.Errorf("start beside a living owner: %v, want CONFLICT", err)
	}
	if !runs(pid, marker) {
		t.Fatal("that start ended the owner's server")
	}

	owner.kill()
	eventually(t, 5*time.Second, "the server ends after its owner was killed", func() bool { return !runs(pid, marker) })
}

func TestAServerLeftOverIsEndedFirst(t *testing.T) {
	dir := t.TempDir()
	owner := startHelper(t, "own", dir)
	pid := number(t, owner.line(t, "started"))
	marker := "--home-dir=" + dir
	// The watchdog is the server's one child.
	out, err := exec.Command("pgrep", "-P", fmt.Sprint(pid)).Output()
	if err != nil {
		t.Fatalf("finding the watchdog: %v", err)
	}
	if err := syscall.Kill(number(t, strings.TrimSpace(string(out))), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	owner.kill()
	if !runs(pid, marker) {
		t.Fatal("the server ended, so nothing is left over")
	}
	s := mustStart(t, testConfig(dir))
	if runs(pid, marker) {
		t.Error("the server left over still runs")
	}
	query(t, s, "RETURN 1")
}

func TestAnUnexpectedEndIsReported(t *testing.T) {
	cfg := testConfig(t.TempDir())
	var log syncBuffer
	cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	s := mustStart(t, cfg)
	if err := s.Err(); err != nil {
		t.Errorf("Err while running: %v", err)
	}
	if err := syscall.Kill(s.process.pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("Done is still open")
	}
	if err := s.Err(); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("Err: %v, want UNAVAILABLE", err)
	}
	eventually(t, 5*time.Second, "the end is logged", func() bool { return strings.Contains(log.String(), "ended unexpectedly") })
	if err := s.Stop(context.Background()); err != nil {
		t.Errorf("Stop after the end: %v", err)
	}
	if err := s.Err(); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("Err after the later Stop: %v, want it unchanged", err)
	}
}

func TestConfig(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg  Config
		want string
	}{
		"no directory": {Config{}, "not set"},
		"colon":        {Config{Dir: "/a:b"}, "colon"},
		"small heap":   {Config{Dir: "/a", HeapMB: 100}, "heap is 100 MB"},
		"small cache":  {Config{Dir: "/a", PageCacheMB: 8}, "page cache is 8 MB"},
		"log":          {Config{Dir: "/a", TxLogMB: -1}, "transaction log is -1 MB"},
	} {
		_, err := Start(context.Background(), tc.cfg)
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.MessageOf(err), tc.want) {
			t.Errorf("%s: %v, want INVALID with %q", name, err, tc.want)
		}
	}
	got, err := Config{Dir: "x"}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(got.Dir) || !filepath.IsAbs(got.CacheDir) || got.HeapMB != 1024 || got.PageCacheMB != pageCache() || got.TxLogMB != 64 || got.Java != "java" {
		t.Errorf("defaults: %+v", got)
	}
}
