package graph

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestExamples runs the watchers of examples/: they print every event, and after a break go on behind the last one.
func TestExamples(t *testing.T) {
	for _, c := range []struct {
		command, file string
		install       func() error
	}{
		{"node", "node/watch.mjs", installNode},
		{"python3", "python/watch.py", installPython},
	} {
		t.Run(c.file, func(t *testing.T) {
			if err := c.install(); err != nil {
				t.Fatal(err)
			}
			// Beside the packages, where Node looks for them.
			text, err := os.ReadFile("../examples/" + c.file)
			if err != nil {
				t.Fatal(err)
			}
			program, err := os.CreateTemp(clientsDir, "example-*"+filepath.Ext(c.file))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = os.Remove(program.Name()) }() // a name that nobody else has
			if _, err := program.Write(text); err != nil {
				t.Fatal(err)
			}
			if err := program.Close(); err != nil {
				t.Fatal(err)
			}
			b := start(t, nil)
			b.feedForever(func() {})
			cmd := exec.CommandContext(t.Context(), c.command, filepath.Base(program.Name()), "ada@example.org")
			cmd.Dir = clientsDir
			cmd.Env = append(os.Environ(), "KITH="+b.url, "TOKEN=agent", "PYTHONPATH=python_modules")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stderr = os.Stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				_ = cmd.Process.Kill()
				_, _ = io.Copy(io.Discard, out)
				_ = cmd.Wait() // it was killed
			}()
			lines := bufio.NewScanner(out)
			for n := 1; n <= 4; n++ {
				if !lines.Scan() {
					t.Fatalf("event %d does not come: %v", n, lines.Err())
				}
				var event struct{ Cursor string }
				if err := json.Unmarshal(lines.Bytes(), &event); err != nil || event.Cursor != fmt.Sprint("c", n) {
					t.Fatalf("event %d is %s", n, lines.Text())
				}
				if n == 2 {
					for _, c := range b.server.connections.all() {
						c.shut(closeRestart, "")
					}
				}
			}
			b.data.mu.Lock()
			defer b.data.mu.Unlock()
			if !slices.Equal(b.data.after, []string{"c2"}) {
				t.Errorf("it went on behind %q", b.data.after)
			}
		})
	}
}
