package localneo4j

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// fakeDocker notes what it is asked; its container runs until it is killed by name.
const fakeDocker = `
echo "$@" >>"$ASKED"
case $1 in
info) echo 27.1.1;;
image) exit 1;;
pull) echo pulling;;
run) while ! [ -e "$KILLED" ]; do sleep 0.05; done;;
kill) touch "$KILLED";;
esac`

func TestDockerWay(t *testing.T) {
	scratch := t.TempDir()
	asked, killed := filepath.Join(scratch, "asked"), filepath.Join(scratch, "killed")
	t.Setenv("ASKED", asked)
	t.Setenv("KILLED", killed)
	tools(t, map[string]string{"docker": fakeDocker})
	var shown bytes.Buffer
	cfg, err := Config{Dir: t.TempDir(), CacheDir: t.TempDir(), Progress: &shown}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	w, err := choose(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(shown.String(), "Pulling") || !strings.Contains(mustRead(t, asked), "pull "+image) {
		t.Errorf("shown %q, asked %q", shown.String(), mustRead(t, asked))
	}

	h, err := openHome(cfg.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	name := containerName(h)
	if err := h.endLeftover(context.Background(), cfg.Logger, w.leftover(h)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(mustRead(t, asked), "rm --force "+name) {
		t.Error("a container left over would not be ended")
	}
	p, err := h.launch(w, cfg, 4711)
	if err != nil {
		t.Fatal(err)
	}
	defer p.kill()
	eventually(t, 10*time.Second, "the container is run", func() bool { return strings.Contains(mustRead(t, asked), "run --rm") })
	for _, want := range []string{
		"--name " + name, "--publish 127.0.0.1:4711:7687", fmt.Sprintf("--user %d:%d", os.Getuid(), os.Getgid()),
		"source=" + h.path("data") + ",target=/data", "source=" + h.path("conf") + ",target=/conf,readonly", " " + image,
	} {
		if !strings.Contains(mustRead(t, asked), want) {
			t.Errorf("%q is not in what Docker was asked: %s", want, mustRead(t, asked))
		}
	}
	if strings.Contains(mustRead(t, asked), h.password) {
		t.Error("the password is on a command line")
	}
	conf := strings.Split(mustRead(t, h.path("conf", "neo4j.conf")), "\n")
	for _, want := range []string{"server.bolt.listen_address=0.0.0.0:7687", "server.bolt.advertised_address=127.0.0.1:4711", "server.http.enabled=false", "server.memory.heap.max_size=1024m"} {
		if !slices.Contains(conf, want) {
			t.Errorf("neo4j.conf lacks %q", want)
		}
	}

	// The owner's end of the pipe closes without a farewell, as it does when the owner dies.
	if err := p.pipe.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.gone:
	case <-time.After(5 * time.Second):
		t.Fatal("the client outlives its owner")
	}
	if !strings.Contains(mustRead(t, asked), "kill "+name) {
		t.Errorf("the container was not killed: %s", mustRead(t, asked))
	}
}
