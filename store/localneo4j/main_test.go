package localneo4j

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// helperEnv makes the test binary play the part of an owner in a process of its own, which a test can kill.
const helperEnv = "LOCALNEO4J_HELPER"

func TestMain(m *testing.M) {
	switch os.Getenv(helperEnv) {
	case "own": // start a server on the first argument and hold it until killed
		s, err := Start(context.Background(), testConfig(os.Args[1]))
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println("started", s.process.pid())
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "prepare": // fetch into the cache in the first argument, from whatever tools are on the PATH
		w, err := choose(context.Background(), Config{Java: "java", Maven: "mvn", Docker: "docker", CacheDir: os.Args[1], Dir: os.Args[1]})
		if err == nil {
			java := w.(*javaWay)
			java.cfg, err = Config{Dir: os.Args[1], CacheDir: os.Args[1], Progress: os.Stdout}.withDefaults()
			if err == nil {
				err = java.prepare(context.Background())
			}
		}
		fmt.Println("prepared", err)
	default:
		goleak.VerifyTestMain(m)
	}
}

// testConfig is a small server on dir, from the usual cache.
func testConfig(dir string) Config {
	return Config{Dir: dir, CacheDir: os.Getenv("KITH_CACHE"), Progress: os.Stderr, HeapMB: 512, PageCacheMB: 32, TxLogMB: 8}
}

// helper is the test binary in another process.
type helper struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
}

func startHelper(t *testing.T, part, arg string, env ...string) *helper {
	t.Helper()
	cmd := exec.Command(os.Args[0], arg)
	cmd.Env = append(append(os.Environ(), helperEnv+"="+part), env...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &helper{cmd: cmd, stdin: stdin, lines: bufio.NewScanner(stdout)}
}

// line is the first line the helper prints from here on that begins with prefix, without the prefix.
func (h *helper) line(t *testing.T, prefix string) string {
	t.Helper()
	var seen []string
	for h.lines.Scan() {
		if rest, is := strings.CutPrefix(h.lines.Text(), prefix); is {
			return strings.TrimSpace(rest)
		}
		seen = append(seen, h.lines.Text())
	}
	t.Fatalf("the helper ended without printing %q; it printed %q", prefix, seen)
	return ""
}

// kill is kill -9, with a wait.
func (h *helper) kill() {
	_ = h.cmd.Process.Kill()
	_ = h.cmd.Wait()
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// eventually waits until cond holds, for things that happen in another process.
func eventually(t *testing.T, limit time.Duration, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", limit, what)
		}
		_ = pause(context.Background(), 20*time.Millisecond)
	}
}

// tools is a directory of stand-in commands, given as name and shell script, that is the whole PATH from here on
// but for the system's own few.
func tools(t *testing.T, scripts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, system := range []string{"mkdir", "touch", "sleep", "cat"} {
		path, err := exec.LookPath(system)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(dir, system)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	return dir
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
