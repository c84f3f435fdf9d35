package journal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func init() { helpers["needle"] = helperNeedle }

const needle = "a-message-to-look-for"

// helperNeedle appends one message and prints its position.
func helperNeedle(dir string) {
	j, err := Open(context.Background(), small(Config{Dir: dir}))
	if err != nil {
		fmt.Println("error", err)
		return
	}
	p, err := j.AppendEvents(context.Background(), []byte(needle))
	fmt.Println("acknowledged", p, err)
	_ = j.Close(context.Background()) // the test has seen what it wants
}

// The embedded server syncs every write, and says so itself.
func TestSyncAlways(t *testing.T) {
	j := open(t, Config{Dir: t.TempDir()})
	if config := j.server.srv.JetStreamConfig(); !config.SyncAlways {
		t.Errorf("JetStream runs with %+v", config)
	}
}

// The system calls of one append: its bytes are written and synced before it is acknowledged (case 2). Where there
// is no strace, TestSyncAlways has to do.
func TestSyncedBeforeAcknowledged(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Log("there is no strace here")
		return
	}
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command(strace, "-f", "-s", "100000", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o", trace, os.Args[0], t.TempDir())
	cmd.Env = append(os.Environ(), helperVar+"=needle")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if out, err := cmd.Output(); err != nil || !strings.HasPrefix(string(out), "acknowledged") || !strings.Contains(string(out), "-1 <nil>") {
		t.Fatalf("%s %s %v", out, stderr.String(), err)
	}
	file, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	written := regexp.MustCompile(`(?m)pwrite64\((\d+), ".*` + needle + `.*$`).FindSubmatchIndex(text)
	acknowledged := regexp.MustCompile(`(?m)write\(1, "acknowledged.*$`).FindIndex(text)
	if written == nil || acknowledged == nil {
		t.Fatalf("the trace shows no write (%v) or no acknowledgement (%v)", written, acknowledged)
	}
	between := text[written[1]:max(acknowledged[0], written[1])]
	fd := text[written[2]:written[3]]
	if !regexp.MustCompile(`(?m)(fsync|fdatasync)\(` + string(fd) + `\b`).Match(between) {
		t.Errorf("between the write and the acknowledgement there is no sync of file %s:\n%s", fd, between)
	}
}
