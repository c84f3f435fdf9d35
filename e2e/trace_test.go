package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func (w *world) traceFile() string { return filepath.Join(w.dir, "trace") }

// tracer is what a program is started under to have its writes and syncs noted, with the names of the files, each when
// it begins and when it ends. The program stays this test's own child.
func (w *world) tracer() []string {
	return []string{"strace", "-D", "-f", "--seccomp-bpf", "-y", "-s", "4096", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o", w.traceFile()}
}

// syncedCommand looks at what a traced server did, which has ended: the bytes of a request were written to the journal
// and synced to disk before the answer that accepted it began to be written (case 2).
//
//	synced TEXT   that the request held
func syncedCommand(w *world, _ *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errors.New("synced TEXT")
	}
	text, err := os.ReadFile(w.traceFile())
	if err != nil {
		return err
	}
	return synced(strings.Split(string(text), "\n"), args[0])
}

var (
	traced   = regexp.MustCompile(`^(\d+) +(?:<\.\.\. )?(\w+)(?:\((\d+<[^>]*>))?`) // thread, call, file
	answered = regexp.MustCompile(`"HTTP/1\.1 200 [^"]*Kith-Position: `)
)

// synced reads a trace: written, then a sync of the same file begun and ended, then answered.
func synced(trace []string, text string) error {
	var file, syncing string // syncing: the thread whose sync has begun
	done := false
	for n, line := range trace {
		call := traced.FindStringSubmatch(line)
		if call == nil {
			continue
		}
		thread, name, of := call[1], call[2], call[3]
		unfinished := strings.Contains(line, "<unfinished")
		switch {
		case answered.MatchString(line):
			if !done {
				return fmt.Errorf("line %d of the trace answers before %q is on disk (written to %q): %s", n+1, text, file, line)
			}
			return nil
		case file == "" && name == "pwrite64" && strings.Contains(line, text) && strings.Contains(of, ".blk"):
			file = of
		case file == "" || name != "fsync" && name != "fdatasync":
		case of == file && unfinished:
			syncing = thread
		case of == file || syncing == thread:
			done = done || strings.HasSuffix(line, "= 0")
			syncing = ""
		}
	}
	return fmt.Errorf("the trace of %d lines has no answer that accepts; %q was written to %q", len(trace), text, file)
}

// The check itself: it must not be satisfied by a sync of another file, one that has not ended, or one that came late.
func TestSynced(t *testing.T) {
	const (
		write  = `7 pwrite64(5<a/1.blk>, "..text..", 9, 0) = 9`
		sync   = `7 fsync(5<a/1.blk>) = 0`
		begun  = `7 fsync(5<a/1.blk> <unfinished ...>`
		ended  = `7 <... fsync resumed>) = 0`
		failed = `7 fsync(5<a/1.blk>) = -1 EIO (Input/output error)`
		other  = `8 fsync(6<b/1.blk>) = 0`
		answer = `9 write(4<socket:[1]>, "HTTP/1.1 200 OK\r\nKith-Position: e-1\r\n\r\n", 40) = 40`
		early  = `9 write(4<socket:[1]>, "HTTP/1.1 200 OK\r\n\r\nready", 40) = 40`
	)
	for _, c := range []struct {
		ok    bool
		trace []string
	}{
		{true, []string{write, sync, answer}}, {true, []string{early, write, other, begun, ended, early, answer}},
		{false, []string{write, answer, sync}}, {false, []string{write, begun, answer, ended}}, {false, []string{write, other, answer}},
		{false, []string{sync, write, answer}}, {false, []string{write, failed, answer}}, {false, []string{write, sync}}, {false, []string{sync, answer}},
	} {
		if err := synced(c.trace, "text"); (err == nil) != c.ok {
			t.Errorf("%q: %v", c.trace, err)
		}
	}
}
