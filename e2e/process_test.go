package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"kith/auth"
)

// What scenarios run with, unless they ask for development secrets.
const (
	jwtSecret = "e2e-signing-secret-that-is-long-enough"
	writeKeys = "web:e2e-web-write-key,app:e2e-app-write-key,crm:e2e-crm-write-key"
)

// process is one run of the server.
type process struct {
	cmd      *exec.Cmd
	leash    *os.File // held by this test alone; when it is gone so is the process
	out, err string   // files with what it printed
	url      string
	dev      bool
	gone     chan struct{}
	state    *os.ProcessState // valid once gone is closed
}

// leashed starts the program in a way that it cannot outlive this test, whatever ends that: a reader of descriptor 3
// sees its end and kills it.
const leashed = `( read -r _ <&3; kill -KILL $$ 2>/dev/null ) & exec "$@" 3<&-`

// kithCommand runs the program:
//
//	kith start [-private] [-dev] [-traced] [-doomed] [NAME=value…] [-- args…]   a server, until it says where it is;
//	                                                        one that is doomed may end before
//	kith term | kill9 | stop | restart                      a signal; stop waits for a clean exit
//	kith wait-exit [CODE|killed]                            until it has ended
//	kith run [NAME=value…] args…                            a command, to its end
//	kith fresh                                              from now on an empty data directory and an empty graph
func kithCommand(w *world, ts *testscript.TestScript, args []string) error {
	if len(args) == 0 {
		return errors.New("kith start|term|kill9|stop|restart|wait-exit|run|fresh")
	}
	rest := args[1:]
	if args[0] != "start" && args[0] != "run" && args[0] != "fresh" && w.running == nil {
		return errors.New("no kith is running")
	}
	switch args[0] {
	case "start":
		ts.Setenv("DATA", w.dataDir())
		return w.start(rest)
	case "run":
		return w.run(ts, rest)
	case "fresh":
		if w.running != nil {
			return errors.New("stop kith first")
		}
		w.data++
		w.after = ""
		if w.graph != nil {
			return w.graph.empty(w)
		}
		return nil
	case "term":
		return w.running.cmd.Process.Signal(syscall.SIGTERM)
	case "kill9":
		w.running.kill()
		return w.waitExit("killed")
	case "stop":
		return w.stop()
	case "restart":
		if err := w.stop(); err != nil {
			return err
		}
		return w.start(rest)
	case "wait-exit":
		want := "0"
		if len(rest) > 0 {
			want = rest[0]
		}
		return w.waitExit(want)
	}
	return fmt.Errorf("kith %s: no such thing", args[0])
}

func (w *world) dataDir() string { return filepath.Join(w.dir, "data"+strconv.Itoa(w.data)) }

// environ is what the program sees: this process's environment without what concerns Kith, then the scenario's.
func (w *world) environ(private, dev bool, extra []string) []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "KITH") && !strings.HasPrefix(kv, "NEO4J_") && !strings.HasPrefix(kv, "NATS_") {
			env = append(env, kv)
		}
	}
	env = append(env, "KITH_DATA="+w.dataDir(), "KITH_ADDR=127.0.0.1:0", "KITH_CACHE="+w.cache, "KITH_NEO4J_HEAP_MB=512")
	if !dev {
		env = append(env, "KITH_JWT_SECRET="+jwtSecret, "KITH_WRITE_KEYS="+writeKeys)
	}
	if !private && w.graph != nil {
		g := w.graph
		env = append(env, "NEO4J_URI=bolt://"+g.proxy.addr, "NEO4J_USERNAME="+g.server.Username, "NEO4J_PASSWORD="+g.server.Password, "NEO4J_DATABASE="+g.server.Database)
	}
	return append(env, extra...)
}

func (w *world) start(args []string) error {
	if w.running != nil {
		return errors.New("a kith is running")
	}
	args, private := option(args, "-private")
	args, dev := option(args, "-dev")
	args, traced := option(args, "-traced")
	args, doomed := option(args, "-doomed")
	env, rest := settings(args)
	rest = append([]string{w.binary}, rest...)
	if traced {
		rest = append(w.tracer(), rest...)
	}
	if !private && w.graph == nil {
		if err := w.takeGraph(); err != nil {
			return err
		}
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	base := filepath.Join(w.dir, "kith-"+strconv.Itoa(len(w.ended)))
	out, err := os.Create(base + ".out")
	if err != nil {
		return err
	}
	defer out.Close()
	stderr, err := os.Create(base + ".err")
	if err != nil {
		return err
	}
	defer stderr.Close()
	cmd := exec.Command("/bin/sh", append([]string{"-c", leashed, "leash"}, rest...)...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = w.dir, w.environ(private, dev, env), out, stderr, []*os.File{read}
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &process{cmd: cmd, leash: write, out: out.Name(), err: stderr.Name(), dev: dev, gone: make(chan struct{})}
	w.running = p
	go func() { // ends with the process; kill waits for it
		_ = cmd.Wait() // how it ended is in its state
		p.state = cmd.ProcessState
		_ = write.Close()
		close(p.gone)
	}()
	if doomed {
		return nil
	}
	return w.untilRunning()
}

var running = regexp.MustCompile(`Kith is running at (http://\S+)`)

// untilRunning waits for the server to say where it is. One that ends instead has failed.
func (w *world) untilRunning() error {
	p := w.running
	limit := patience
	if w.graph == nil {
		limit = 5 * time.Minute // the first start on a machine downloads
	}
	err := within(limit, func() error {
		select {
		case <-p.gone:
			return nil
		default:
		}
		text, err := os.ReadFile(p.out)
		if m := running.FindSubmatch(text); m != nil {
			p.url = string(m[1])
			w.mu.Lock()
			w.at = p.url
			w.mu.Unlock()
			return nil
		}
		return errors.Join(err, errors.New("kith does not say that it runs"))
	})
	if err == nil && p.url == "" {
		w.running = nil
		w.ended = append(w.ended, p)
		text, _ := os.ReadFile(p.err)
		return fmt.Errorf("kith ended instead of running: %s", text)
	}
	return err
}

func (w *world) stop() error {
	if err := w.running.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return w.waitExit("0")
}

func (w *world) waitExit(want string) error {
	p := w.running
	select {
	case <-p.gone:
	case <-time.After(patience):
		return fmt.Errorf("kith still runs after %s", patience)
	}
	w.running = nil
	w.ended = append(w.ended, p)
	got := strconv.Itoa(p.state.ExitCode())
	if status, ok := p.state.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
		got = "killed"
	}
	if got != want {
		return fmt.Errorf("kith ended with %s, not %s", got, want)
	}
	return nil
}

// kill ends the process at once and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.gone
}

func (p *process) lastWords() string {
	text, _ := os.ReadFile(p.err)
	if len(text) > 6000 {
		text = text[len(text)-6000:]
	}
	return fmt.Sprintf("%s ended with %v and said:\n%s", filepath.Base(p.err), p.state, text)
}

// run runs a command of the program to its end.
func (w *world) run(ts *testscript.TestScript, args []string) error {
	args, dev := option(args, "-dev")
	args, private := option(args, "-private")
	env, rest := settings(args)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.binary, rest...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = w.dir, w.environ(private, dev, env), ts.Stdout(), ts.Stderr()
	return cmd.Run()
}

// logCommand waits until the server that runs, or ran last, has said what the pattern describes:
//
//	log PATTERN
func logCommand(w *world, _ *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errors.New("log PATTERN")
	}
	pattern, err := regexp.Compile(args[0])
	if err != nil {
		return err
	}
	p := w.running
	if p == nil {
		p = w.ended[len(w.ended)-1]
	}
	return within(10*time.Second, func() error {
		text, err := os.ReadFile(p.err)
		if err == nil && !pattern.Match(text) {
			err = fmt.Errorf("the log does not say %q", args[0])
		}
		return err
	})
}

// secrets are what no log may hold: keys, tokens, passwords, and personal data of the scenarios, which all use the
// domains of RFC 2606.
func (w *world) secrets() ([]string, error) {
	list := []string{jwtSecret, "eyJhbGciOi", "@example.", "e2e-web-write-key", "e2e-app-write-key", "e2e-crm-write-key"}
	if w.graph != nil {
		list = append(list, w.graph.server.Password)
	}
	for n := range w.data + 1 {
		for _, name := range []string{"jwt-secret", "write-keys", "neo4j/password"} {
			text, err := os.ReadFile(filepath.Join(w.dir, "data"+strconv.Itoa(n), name))
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			for _, part := range strings.Split(strings.TrimSpace(string(text)), ",") {
				_, key, named := strings.Cut(part, ":")
				if !named {
					key = part
				}
				list = append(list, key)
			}
		}
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" }), nil
}

// noSecrets looks for secrets in all that was printed. The welcome of a development server shows its keys, and to
// nobody else: what it printed for people is left out.
func (w *world) noSecrets() error {
	list, err := w.secrets()
	if err != nil {
		return err
	}
	for _, p := range w.ended {
		files := []string{p.err, p.out}
		if p.dev {
			files = files[:1]
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			for _, secret := range list {
				if i := bytes.Index(text, []byte(secret)); i >= 0 {
					return fmt.Errorf("%s holds the secret %q: …%s", filepath.Base(file), secret, text[max(0, i-200):i+len(secret)])
				}
			}
		}
	}
	return nil
}

// noSecretsCommand looks for secrets in what was printed so far; every scenario ends with the same.
func noSecretsCommand(w *world, _ *testscript.TestScript, _ []string) error { return w.noSecrets() }

// token is one that the server accepts, for a role or, as role/subject, for somebody with it, who keeps it.
func (w *world) token(role string) (string, error) {
	role, subject, named := strings.Cut(role, "/")
	if !named {
		subject = "e2e"
	} else if token := w.tokens[subject]; token != "" {
		return token, nil
	}
	secret := []byte(jwtSecret)
	if w.running != nil && w.running.dev {
		text, err := os.ReadFile(filepath.Join(w.dataDir(), "jwt-secret"))
		if err != nil {
			return "", err
		}
		secret = bytes.TrimSpace(text)
	}
	token, err := auth.Sign(secret, role, subject, time.Hour)
	if named {
		w.tokens[subject] = token
	}
	return token, err
}

// key is a source's write key.
func (w *world) key(source string) (string, error) {
	list := writeKeys
	if w.running != nil && w.running.dev {
		text, err := os.ReadFile(filepath.Join(w.dataDir(), "write-keys"))
		if err != nil {
			return "", err
		}
		list = strings.TrimSpace(string(text))
	}
	for _, pair := range strings.Split(list, ",") {
		if name, key, _ := strings.Cut(pair, ":"); name == source {
			return key, nil
		}
	}
	return "", fmt.Errorf("there is no source %q", source)
}

// url is where the server is now, or was.
func (w *world) url() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}
