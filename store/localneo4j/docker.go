package localneo4j

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"kith/fault"
)

// image is the official image of the line that release belongs to.
const image = "neo4j:5.26-community"

// dockerWay runs the server in a container. The process Kith owns is the Docker client in the foreground, which passes
// signals on; since the container belongs to the engine and not to the client, the watchdog ends it by name.
type dockerWay struct {
	cfg    Config
	docker string
}

func (w *dockerWay) name() string { return "docker" }

// prepare pulls the image unless the engine has it.
func (w *dockerWay) prepare(ctx context.Context) error {
	if exec.CommandContext(ctx, w.docker, "image", "inspect", image).Run() == nil {
		return nil
	}
	m := newMeter(w.cfg.Progress)
	m.say("Pulling the Docker image %s (once, about 300 MB) …", image)
	cmd := exec.CommandContext(ctx, w.docker, "pull", image)
	cmd.Stdout, cmd.Stderr = w.cfg.Progress, w.cfg.Progress // the client's own progress; a file is passed as it is, so a terminal stays one
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		return fault.Wrap("localneo4j.prepare", fault.Unavailable, err, "Docker could not pull %s", image)
	}
	return nil
}

func (w *dockerWay) command(h *home, port int) command {
	name := containerName(h)
	return command{
		argv: []string{w.docker, "run", "--rm", "--name", name,
			// As this user, so that the files stay its own.
			"--user", fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()),
			"--publish", fmt.Sprintf("127.0.0.1:%d:7687", port),
			"--mount", "type=bind,source=" + h.path("conf") + ",target=/conf,readonly",
			"--mount", "type=bind,source=" + h.path("data") + ",target=/data",
			"--mount", "type=bind,source=" + h.path("logs") + ",target=/logs",
			image},
		listen:   "0.0.0.0:7687",
		orphaned: "'" + strings.ReplaceAll(w.docker, "'", `'\''`) + "' kill " + name,
	}
}

func (w *dockerWay) leftover(h *home) leftover {
	name := containerName(h)
	return leftover{marker: name, end: []string{w.docker, "rm", "--force", name}}
}

// containerName is the same for the same home, so that a container left over is found.
func containerName(h *home) string {
	sum := sha256.Sum256([]byte(h.dir))
	return "kith-neo4j-" + hex.EncodeToString(sum[:6])
}
