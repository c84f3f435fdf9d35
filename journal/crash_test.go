package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kith/fault"
)

// helpers are what the test binary can be besides the tests: another process to kill. Each gets a directory.
var helpers = map[string]func(dir string){
	"append": func(dir string) { helperAppend(dir, 1<<30) },
	"filled": func(dir string) { helperAppend(dir, fillMessages) },
}

const fillMessages = 400

// helperAppend appends without an end, or n messages one after the other, and prints each text with its position
// once it is acknowledged. Then it waits to be killed.
func helperAppend(dir string, n int) {
	j, err := Open(context.Background(), small(Config{Dir: dir}))
	if err != nil {
		fmt.Println("error", err)
		return
	}
	writers := 8
	if n == fillMessages {
		writers = 1
	}
	var printing sync.Mutex
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range n {
				text := fmt.Sprintf("<%d/%d/%d>%s", os.Getpid(), w, i, strings.Repeat("x", 500))
				p, err := j.AppendEvents(context.Background(), []byte(text))
				if err != nil {
					fmt.Println("error", err)
					return
				}
				printing.Lock()
				fmt.Println(p, text[:strings.Index(text, ">")+1])
				printing.Unlock()
			}
		})
	}
	all.Wait()
	fmt.Println("done")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// helper starts another process and gives the lines it prints. kill ends it as a power cut would.
func helper(t *testing.T, name, dir string) (lines *bufio.Scanner, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), helperVar+"="+name)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	kill = func() {
		once.Do(func() {
			_ = cmd.Process.Kill() // SIGKILL; an error means that it is gone already
			_ = cmd.Wait()         // says that it was killed
			_ = in.Close()
		})
	}
	t.Cleanup(kill)
	return bufio.NewScanner(out), kill
}

// Whatever was acknowledged before a kill -9 is there after it, at its position (case 1).
func TestKill(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]string{}
	for range 3 {
		lines, kill := helper(t, "append", dir)
		for n := 0; n < 500 && lines.Scan(); n++ {
			position, text, ok := strings.Cut(lines.Text(), " ")
			if !ok || position == "error" {
				t.Fatal(lines.Text())
			}
			acknowledged[text] = position
		}
		kill()
	}
	j, ctx := open(t, Config{Dir: dir}), within(t)
	head, err := j.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for r := j.Read(0); r.After() < head.Seq; {
		m, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		texts[Position{Epoch: j.Epoch(), Seq: m.Seq}.String()] = string(m.Data)
	}
	if len(acknowledged) != 1500 {
		t.Fatalf("%d appends were acknowledged", len(acknowledged))
	}
	for text, position := range acknowledged {
		if !strings.Contains(texts[position], text) {
			t.Errorf("%s was acknowledged at %s and is not there", text, position)
		}
	}
}

// A second process on the directory is refused and told whose it is (case 17).
func TestLocked(t *testing.T) {
	dir := t.TempDir()
	lines, kill := helper(t, "filled", dir)
	lines.Scan()
	_, name, _ := strings.Cut(lines.Text(), "<")
	pid, _, _ := strings.Cut(name, "/")
	holder := "the process " + pid
	_, err := Open(within(t), small(Config{Dir: dir}))
	if fault.CodeOf(err) != fault.Conflict || !strings.Contains(fault.MessageOf(err), holder) {
		t.Errorf("a locked directory gives %v, which should name %s", err, holder)
	}
	kill()
	j := open(t, Config{Dir: dir})
	if _, err := Open(within(t), small(Config{Dir: dir})); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("opening twice gives %v", err)
	}
	closeJournal(t, j)
	open(t, Config{Dir: dir})
}

// filled is a directory with a journal of fillMessages messages, whose process was killed or closed it.
func filled(t *testing.T, clean bool) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if clean {
		j, ctx := open(t, Config{Dir: dir}), within(t)
		for i := range fillMessages {
			if _, err := j.AppendEvents(ctx, fmt.Appendf(nil, "<%d>%s", i, strings.Repeat("x", 500))); err != nil {
				t.Fatal(err)
			}
		}
		closeJournal(t, j)
		return dir
	}
	lines, kill := helper(t, "filled", dir)
	for lines.Scan() && lines.Text() != "done" {
	}
	path := filepath.Join(dir, checkpointFile)
	eventually(t, "the checkpoint knows all messages", func() bool {
		c, err := loadCheckpoint(dir)
		return err == nil && c != nil && c.Streams["KITH_JOURNAL"].Last == fillMessages
	})
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	kill()
	return dir
}

func journalBlock(t *testing.T, dir string) string {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(storeDir(dir, "KITH_JOURNAL"), "msgs", "*.blk"))
	if err != nil || len(blocks) != 1 {
		t.Fatalf("blocks %v, %v", blocks, err)
	}
	return blocks[0]
}

// flip inverts one byte of the only block, at an offset into message seq.
func flip(t *testing.T, dir string, seq, offset int) {
	t.Helper()
	path := journalBlock(t, dir)
	buf, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	scan, err := newScanner("KITH_JOURNAL", "kith.journal", 1)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for range seq - 1 {
		n := scan.record(buf[at:])
		if n == 0 {
			t.Fatalf("no record at %d", at)
		}
		at += n
	}
	buf[at+offset] ^= 0xff
	if err := os.WriteFile(path, buf, 0o600); err != nil {
		t.Fatal(err)
	}
}

// One flipped byte costs one message, wherever it is, and is reported (case 12).
func TestFlippedByte(t *testing.T) {
	for _, clean := range []bool{true, false} {
		for place, offset := range map[string]int{"length": 0, "sequence": 5, "subject length": 20, "subject": 25, "headers": 60, "data": 300} {
			t.Run(fmt.Sprintf("%s, clean %v", place, clean), func(t *testing.T) {
				dir := filled(t, clean)
				flip(t, dir, 200, offset)
				j, ctx := open(t, Config{Dir: dir}), within(t)
				if j.Stats().DamagedBlocks != 1 {
					t.Error("the damage was not counted")
				}
				if kept, err := filepath.Glob(filepath.Join(dir, damagedStore, "*")); err != nil || len(kept) != 1 {
					t.Errorf("the original block was not kept: %v, %v", kept, err)
				}
				read, gaps := 0, 0
				for r := j.Read(0); r.After() < fillMessages; {
					m, err := r.Next(ctx)
					var gap *Gap
					switch {
					case errors.As(err, &gap):
						if gaps++; gap.First != 200 || gap.Last != 200 || gap.Trimmed || fault.CodeOf(err) != fault.Internal {
							t.Fatal(err)
						}
						r.Skip(gap.Last)
					case err != nil:
						t.Fatal(err)
					default:
						if read++; !strings.Contains(string(m.Data), fmt.Sprintf("%d>", m.Seq-1)) {
							t.Fatalf("message %d is %.20s", m.Seq, m.Data)
						}
					}
				}
				if read != fillMessages-1 || gaps != 1 {
					t.Fatalf("%d messages read, %d gaps", read, gaps)
				}
				if p, err := j.Append(ctx, KindEvents, nil); err != nil || p.Seq != fillMessages+1 {
					t.Errorf("the journal goes on at %v, %v", p, err)
				}
			})
		}
	}
}

// A store that has lost its end or all of it is refused with words that help, and opens when told to.
func TestLostStore(t *testing.T) {
	losses := map[string]struct {
		clean bool
		lose  func(t *testing.T, dir string)
		left  uint64
	}{
		"last message, killed": {false, func(t *testing.T, dir string) { flip(t, dir, fillMessages, 300) }, fillMessages - 1},
		"block":                {false, func(t *testing.T, dir string) { remove(t, journalBlock(t, dir)) }, 0},
		"block, clean":         {true, func(t *testing.T, dir string) { remove(t, journalBlock(t, dir)) }, fillMessages},
		"stream":               {true, func(t *testing.T, dir string) { remove(t, storeDir(dir, "KITH_JOURNAL")) }, 0},
		"everything":           {true, func(t *testing.T, dir string) { remove(t, filepath.Join(dir, "jetstream")) }, 0},
	}
	for name, loss := range losses {
		t.Run(name, func(t *testing.T) {
			dir := filled(t, loss.clean)
			epoch := epochIn(t, dir)
			loss.lose(t, dir)
			for range 2 {
				_, err := Open(within(t), small(Config{Dir: dir}))
				if text := fault.MessageOf(err); fault.CodeOf(err) != fault.Conflict || !strings.Contains(text, "has lost messages of KITH_JOURNAL") ||
					!strings.Contains(text, checkpointFile) {
					t.Fatalf("a store with a loss gives %v", err)
				}
			}
			remove(t, filepath.Join(dir, checkpointFile))
			j := open(t, Config{Dir: dir})
			if head, err := j.Head(within(t)); err != nil || head.Seq != loss.left || head.Epoch == epoch {
				t.Errorf("after accepting the loss the head is %v, %v; before, the epoch was %s", head, err, epoch)
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func epochIn(t *testing.T, dir string) string {
	t.Helper()
	c, err := loadCheckpoint(dir)
	if err != nil || c == nil {
		t.Fatal(err)
	}
	return c.Streams["KITH_JOURNAL"].Epoch
}

func TestUnreadableCheckpoint(t *testing.T) {
	dir := filled(t, true)
	if err := os.WriteFile(filepath.Join(dir, checkpointFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(within(t), small(Config{Dir: dir})); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(fault.MessageOf(err), checkpointFile) {
		t.Errorf("an unreadable checkpoint gives %v", err)
	}
}
