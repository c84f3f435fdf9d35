package localneo4j

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"kith/fault"
)

// home is the directory of one server. While it is open no other process can open it.
//
//	lock        held by the owning process
//	password    of the user neo4j, mode 0600
//	neo4j.pid   of the running server
//	conf/       written anew at every start
//	data/       Neo4j's own
//	logs/       Neo4j's own, and console.log, what the process printed since its start
type home struct {
	dir      string
	lock     *os.File
	password string
	logged   int64 // size of neo4j.log before the start, so that earlier runs' errors are not taken for this one's
}

func (h *home) path(parts ...string) string {
	return filepath.Join(append([]string{h.dir}, parts...)...)
}

// openHome makes dir a home if it is none, and locks it.
func openHome(dir string) (*home, error) {
	const op = "localneo4j.openHome"
	h := &home{dir: dir}
	// The image's own user must be able to read conf; the directory above keeps other users of this machine out.
	for path, mode := range map[string]fs.FileMode{"": 0o700, "conf": 0o755, "data": 0o700, "logs": 0o700} {
		if err := os.MkdirAll(h.path(path), mode); err != nil {
			return nil, fault.Wrap(op, fault.Unavailable, err, "the directory of the private Neo4j, %s, cannot be made", dir)
		}
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, err, "the directory of the private Neo4j, %s, cannot be protected", dir)
	}
	var err error
	if h.lock, err = tryLock(h.path("lock")); err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, err, "the directory of the private Neo4j, %s, cannot be locked", dir)
	}
	if h.lock == nil {
		return nil, fault.New(op, fault.Conflict, "the private Neo4j in %s is in use by another running process; stop that first", dir)
	}
	if err := h.readPassword(); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

func (h *home) close() { _ = h.lock.Close() }

// readPassword reads the password, or makes one for a home that has no data yet.
func (h *home) readPassword() error {
	const op = "localneo4j.readPassword"
	text, err := os.ReadFile(h.path("password"))
	if err == nil && len(text) > 0 {
		h.password = strings.TrimSpace(string(text))
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(op, fault.Unavailable, err, "the password of the private Neo4j cannot be read from %s", h.path("password"))
	}
	if _, err := os.Stat(h.path("data", "databases", "system")); err == nil {
		return fault.New(op, fault.Unavailable, "%s is missing, and the data beside it cannot be opened without: put it back, or move the data away", h.path("password"))
	}
	h.password = rand.Text()
	return fault.Wrap(op, fault.Unavailable, writeFile(h.path("password"), h.password+"\n", 0o600), "the password of the private Neo4j cannot be kept")
}

// writeInitialPassword tells Neo4j which password to give its user when it makes the user, the way neo4j-admin would:
// salted SHA-256, applied 1,024 times. It says the same at every start, since a first start may have been cut short.
func (h *home) writeInitialPassword() error {
	salt := make([]byte, sha256.Size)
	rand.Read(salt)
	sum := sha256.Sum256(append(salt, h.password...))
	for range 1023 {
		sum = sha256.Sum256(sum[:])
	}
	if err := os.MkdirAll(h.path("data", "dbms"), 0o700); err != nil {
		return err
	}
	line := fmt.Sprintf("%s:SHA-256,%s,%s,1024:\n", Username, hex.EncodeToString(sum[:]), hex.EncodeToString(salt))
	return writeFile(h.path("data", "dbms", "auth.ini"), line, 0o600)
}

// launch writes the configuration for port and starts the process.
func (h *home) launch(w way, cfg Config, port int) (*process, error) {
	const op = "localneo4j.launch"
	cmd := w.command(h, port)
	if err := errors.Join(h.writeInitialPassword(), h.configure(cfg, cmd, port)); err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, err, "the private Neo4j cannot be configured in %s", h.dir)
	}
	if info, err := os.Stat(h.path("logs", "neo4j.log")); err == nil {
		h.logged = info.Size()
	}
	console, err := os.OpenFile(h.path("logs", "console.log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, err, "the private Neo4j cannot log to %s", h.path("logs"))
	}
	defer console.Close()
	p, err := startProcess(cmd, console)
	if err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, err, "the private Neo4j cannot be started")
	}
	if err := writeFile(h.path("neo4j.pid"), strconv.Itoa(p.pid())+"\n", 0o600); err != nil {
		p.kill()
		return nil, fault.Wrap(op, fault.Unavailable, err, "the private Neo4j cannot be started in %s", h.dir)
	}
	return p, nil
}

// endLeftover ends a server that outlived its owner: its watchdog was killed too, or has not acted yet.
func (h *home) endLeftover(ctx context.Context, log *slog.Logger, l leftover) error {
	if len(l.end) > 0 {
		endByCommand(ctx, l.end)
	}
	text, err := os.ReadFile(h.path("neo4j.pid"))
	if err != nil {
		return nil
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	// The number alone proves nothing: it may be another process's by now.
	if err != nil || !runs(pid, l.marker) {
		return nil
	}
	log.Warn("a private Neo4j was left over on the data directory; ending it", "pid", pid, "dir", h.dir)
	if err := endProcess(ctx, pid, l.marker); err != nil {
		return fault.Wrap("localneo4j.endLeftover", fault.Conflict, err, "a Neo4j left over in %s (process %d) cannot be ended", h.dir, pid)
	}
	return nil
}

// lastWords is what the server said before it ended, on one line: its errors since the start, else what the process
// printed last.
func (h *home) lastWords() string {
	const keep = 600
	var said []string
	if text, err := os.ReadFile(h.path("logs", "neo4j.log")); err == nil {
		if int64(len(text)) >= h.logged { // shorter: rolled over since
			text = text[h.logged:]
		}
		for line := range strings.Lines(string(text)) {
			if _, message, is := strings.Cut(line, " ERROR "); is {
				said = append(said, strings.TrimSpace(message))
			}
		}
	}
	if len(said) == 0 {
		text, _ := os.ReadFile(h.path("logs", "console.log"))
		said = strings.Split(strings.TrimSpace(string(text)), "\n")
		said = said[max(0, len(said)-5):]
	}
	words := strings.ToValidUTF8(strings.Join(said, "; "), "")
	if words == "" {
		return "it said nothing; see " + h.path("logs")
	}
	if len(words) > keep {
		words = strings.ToValidUTF8(words[:keep], "") + "…"
	}
	return words
}

// writeFile replaces the file at path as a whole: readers see the old text or the new.
func writeFile(path, text string, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return os.Rename(f.Name(), path)
}
