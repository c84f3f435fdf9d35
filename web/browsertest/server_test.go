package browsertest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// leashed starts the program in a way that it cannot outlive the tests, whatever ends them: a reader of descriptor 3 sees
// their end and kills it.
const leashed = `( read -r _ <&3; kill -KILL $$ 2>/dev/null ) & exec "$@" 3<&-`

// server is Kith as a process of its own.
type server struct {
	binary, dir string
	env         []string

	cmd   *exec.Cmd
	leash *os.File // held by this process alone
}

// start runs it, with settings besides its own, until it says where it is.
func (s *server) start(settings ...string) (url string, err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer read.Close()
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return "", errors.Join(err, write.Close())
	}
	defer log.Close()
	cmd := exec.Command("/bin/sh", "-c", leashed, "leash", s.binary)
	cmd.Env, cmd.Stderr, cmd.ExtraFiles = append(slices.Clone(s.env), settings...), log, []*os.File{read}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", errors.Join(err, write.Close())
	}
	if err := cmd.Start(); err != nil {
		return "", errors.Join(err, write.Close())
	}
	s.cmd, s.leash = cmd, write
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "Kith is running at "); ok {
			go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process
			return strings.TrimSpace(url), nil
		}
	}
	s.stop()
	said, _ := os.ReadFile(log.Name())
	return "", fmt.Errorf("kith did not start: %s", said)
}

// stop ends it in order, and waits for that.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait() // how it ends is of no interest here
	_ = s.leash.Close()
}

// restart ends the server and starts it with settings of a test, after which it is as it was. Pages find it where it was.
func (k *kith) restart(t *testing.T, settings ...string) {
	t.Helper()
	again := func(settings ...string) {
		k.server.stop()
		url, err := k.server.start(settings...)
		if err != nil {
			t.Fatal(err)
		}
		k.url = url
		k.proxy.lead(strings.TrimPrefix(url, "http://"))
	}
	t.Cleanup(func() { again() })
	again(settings...)
}

// Where listed documents alone are executed, those of the console are among them; and whoever watched a customer while the
// server was started anew goes on watching, without a gap.
func TestAServerOfListedDocumentsAlone(t *testing.T) {
	k := start(t)
	b, id := k.watch(t, "listed-1", "Lisbeth Listed", 3)
	b.expect("WebSocket connection")
	b.expect("net::ERR_")
	list := filepath.Join(t.TempDir(), "documents.json")
	if err := os.WriteFile(list, []byte(`["query Mine { me { subject } }"]`), 0o600); err != nil {
		t.Fatal(err)
	}
	k.restart(t, "KITH_PERSISTED_QUERIES="+list)
	k.send(t, map[string]any{"type": "track", "userId": "listed-1", "event": "After The Start"})
	b.says("[data-connection=live]", "Live")
	b.says(".touchpoint", "After The Start")

	other := k.tab(t)
	other.open("agent", "/customers")
	other.says("td", "Lisbeth Listed")
	other.search("lisbeth")
	other.says(".hit", "Lisbeth Listed")
	other.press("Enter")
	other.says("h1", "Lisbeth Listed")
	other.says(".touchpoint", "After The Start")
	other.says(".trait", "plan")
	if at := eval[string](other, `location.pathname`); at != "/customers/"+id {
		t.Errorf("Enter led to %s", at)
	}
	// Anything else is refused: this is that mode.
	status := eval[int](other, `fetch('/graphql', {method: 'POST', headers: {'Content-Type': 'application/json', Authorization: 'Bearer ' + sessionStorage.getItem('kith.token')}, body: JSON.stringify({query: '{ journal { lag } }'})}).then((r) => r.json()).then((a) => a.errors?.[0].extensions.code === 'FORBIDDEN' ? 1 : 0)`)
	if status != 1 {
		t.Error("a document that is not listed is executed")
	}
}
