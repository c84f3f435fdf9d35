package localneo4j

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"syscall"
	"time"

	"kith/fault"
)

// watchdog starts the command that follows its first argument and leaves a reader of descriptor 3 beside it. The other
// end of that pipe is held by this process and nobody else, so the reader sees its end when this process is gone, by
// whatever cause and on every Unix; it then runs the first argument, which is shell text, and kills the command. A line read instead is the
// farewell of an owner who has seen the command end: without it, the process number might be another's by then.
//
// (Linux could tell a child of its parent's death, but means the thread that started it, and only Linux can.)
const watchdog = `orphaned=$1; shift
( read -r farewell <&3 || { eval "$orphaned"; kill -KILL $$; } ) &
exec "$@" 3<&-`

// process is a running server. The child is the server itself, leader of a session of its own: a Ctrl-C at the
// terminal does not reach it, so that its owner can stop it in order.
type process struct {
	cmd  *exec.Cmd
	pipe *os.File
	gone chan struct{} // closed when the process has ended
	err  error         // how it ended; valid once gone is closed
}

// startProcess runs c, printing to console.
func startProcess(c command, console *os.File) (*process, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	orphaned := c.orphaned
	if orphaned == "" {
		orphaned = ":"
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", watchdog, "watchdog", orphaned}, c.argv...)...)
	cmd.Env = append(environment(), c.env...)
	cmd.Stdout, cmd.Stderr = console, console
	cmd.ExtraFiles = []*os.File{read}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		_ = write.Close()
		return nil, err
	}
	p := &process{cmd: cmd, pipe: write, gone: make(chan struct{})}
	go p.wait() // ends with the process; kill and stop wait for it
	return p, nil
}

// environment is this process's, less what concerns only Kith, secrets above all.
func environment() []string {
	var kept []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "KITH_") && !strings.HasPrefix(entry, "NEO4J_") && !strings.HasPrefix(entry, "NATS_") {
			kept = append(kept, entry)
		}
	}
	return kept
}

func (p *process) wait() {
	p.err = p.cmd.Wait()
	fmt.Fprintln(p.pipe, "farewell")
	_ = p.pipe.Close()
	close(p.gone)
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop asks the process to end and waits; when ctx ends first, it kills it and answers TIMEOUT.
func (p *process) stop(ctx context.Context) error {
	select {
	case <-p.gone:
		return nil
	default:
	}
	// A process that has just ended makes this fail, and then the wait is over at once.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.gone:
		return nil
	case <-ctx.Done():
		p.kill()
		return fault.New("localneo4j.Stop", fault.Timeout, "the private Neo4j did not stop in time and was killed; it recovers at the next start")
	}
}

// kill ends the process at once and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails when it has ended already
	<-p.gone
}

// runs tells whether pid is a process whose command line contains marker. A zombie's command line is empty.
func runs(pid int, marker string) bool {
	if pid <= 1 {
		return false
	}
	line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil {
		if _, noProc := os.Stat("/proc/self/cmdline"); noProc == nil {
			return false
		}
		line, _ = exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	}
	return strings.Contains(strings.ReplaceAll(string(line), "\x00", " "), marker)
}

// endProcess kills a process that is not our child, and waits until it is gone.
func endProcess(ctx context.Context, pid int, marker string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	for runs(pid, marker) {
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// endByCommand runs a command that ends a server if there is one; that there is none is the usual case, and no error.
func endByCommand(ctx context.Context, argv []string) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	_ = exec.CommandContext(ctx, argv[0], argv[1:]...).Run()
}
