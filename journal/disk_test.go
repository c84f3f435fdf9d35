package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"kith/fault"
)

// Below the watermark appends are refused, below half of it the pipeline's writes as well, and with room again
// everything goes on (case 10).
func TestWatermark(t *testing.T) {
	var free atomic.Int64
	free.Store(10 * gib)
	j := open(t, Config{Dir: t.TempDir(), MinFreeBytes: gib, MinFreePercent: 5,
		statfs: func(string) (disk, error) { return disk{free: free.Load(), total: 40 * gib}, nil }})
	ctx := within(t)
	writes := map[string]func() error{
		"append":        func() error { _, err := j.Append(ctx, KindEvents, []byte("x")); return err },
		"append events": func() error { _, err := j.AppendEvents(ctx, []byte("x")); return err },
		"ready":         func() error { return j.Ready(ctx) },
		"quarantine":    func() error { return j.Quarantine().Add(ctx, []Quarantined{{Code: "x"}}) },
		"dead letters":  func() error { return j.DeadLetters().Add(ctx, []DeadLetter{{Reason: "x"}}) },
		"changes":       func() error { _, err := j.PublishChanges(ctx, 1, 0, []byte("x")); return err },
	}
	ofPipeline := map[string]bool{"dead letters": true, "changes": true}
	for _, step := range []struct {
		free          int64
		outside, pipe bool // whether their writes go through
	}{{10 * gib, true, true}, {2*gib - 1, false, true}, {gib - 1, false, false}, {0, false, false}, {2 * gib, true, true}} {
		free.Store(step.free)
		for name, write := range writes {
			err := write()
			if ofPipeline[name] && step.pipe || !ofPipeline[name] && step.outside {
				if err != nil {
					t.Errorf("%s with %d free: %v", name, step.free, err)
				}
				continue
			}
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.Unavailable || f.RetryAfter <= 0 {
				t.Errorf("%s with %d free: %v", name, step.free, err)
			}
		}
	}
	if s := j.Stats(); s.RefusedDisk == 0 || s.DiskWatermark != 2*gib {
		t.Errorf("stats %+v", s)
	}
}

// A disk that does not answer takes nothing.
func TestDiskGone(t *testing.T) {
	var gone atomic.Bool
	j := open(t, Config{Dir: t.TempDir(), statfs: func(string) (disk, error) {
		if gone.Load() {
			return disk{}, syscall.EIO
		}
		return disk{free: gib, total: gib}, nil
	}})
	gone.Store(true)
	if _, err := j.Append(within(t), KindEvents, nil); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a disk without an answer gives %v", err)
	}
	gone.Store(false)
}

// tmpfs mounts a small filesystem for the test. Without the right to mount there is none, and TestWatermark has to
// do.
func tmpfs(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Logf("tmpfs cannot be mounted (%v); an ordinary directory stands in", err)
		return ""
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// On a real disk that is full the store stays alive, readable, and goes on when there is room (case 10).
func TestFullDisk(t *testing.T) {
	dir := tmpfs(t, "64m")
	if dir == "" {
		return
	}
	j, ctx := open(t, Config{Dir: filepath.Join(dir, "store"), MinFreeBytes: 20 * mib}), within(t)
	data := bytes.Repeat([]byte("x"), 100<<10)
	fill := func() (n uint64) {
		for {
			if _, err := j.AppendEvents(ctx, data); err != nil {
				if fault.CodeOf(err) != fault.Unavailable {
					t.Fatal(err)
				}
				return n
			}
			n++
		}
	}
	n := fill()
	if n < 200 {
		t.Fatalf("only %d messages of 100 KiB went into 44 MiB", n)
	}
	// Somebody else takes what is left.
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 64*mib), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if _, err := j.PublishChanges(ctx, 1, 0, data); fault.CodeOf(err) != fault.Unavailable {
		t.Fatalf("changes on a full disk give %v", err)
	}
	for r := j.Read(0); r.After() < n; {
		if _, err := r.Fetch(ctx, 100, mib); err != nil {
			t.Fatal(err)
		}
	}
	j.cfg.SoftBytes = mib
	if err := j.Trim(ctx, 10); fault.CodeOf(err) != fault.Unavailable {
		t.Fatalf("trimming on a full disk gives %v", err)
	}
	if j.server.healthy() != nil {
		t.Fatal("the store has given up")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := j.Trim(ctx, n-10); err != nil {
		t.Fatal(err)
	}
	if more := fill(); more < 200 {
		t.Errorf("with room again only %d messages went in", more)
	}
	if head, err := j.Head(ctx); err != nil || head.Seq <= n {
		t.Errorf("head %v, %v", head, err)
	}
}

// When the disk is full all the same, the store is opened anew as soon as there is room.
func TestStoreRevives(t *testing.T) {
	dir := tmpfs(t, "128m")
	if dir == "" {
		return
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 100*mib), 0o600); err != nil {
		t.Fatal(err)
	}
	j, ctx := open(t, Config{Dir: filepath.Join(dir, "store"), PublishTimeout: time.Second}), within(t)
	data := bytes.Repeat([]byte("x"), 100<<10)
	r, n := j.Read(0), uint64(0)
	for ; ; n++ {
		if _, err := j.AppendEvents(ctx, data); err != nil {
			if fault.CodeOf(err) != fault.Unavailable {
				t.Fatal(err)
			}
			break
		}
		if _, err := r.Fetch(ctx, 1, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Ready(ctx); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("ready with a broken store: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the journal is ready again", func() bool { return j.Ready(ctx) == nil })
	p, err := j.AppendEvents(ctx, []byte("after"))
	if err != nil || p.Seq <= n {
		t.Fatalf("after %d messages the journal goes on at %v, %v", n, p, err)
	}
	for {
		batch, err := r.Fetch(ctx, 10, mib)
		if fault.CodeOf(err) == fault.Unavailable {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if last := batch[len(batch)-1]; string(last.Data) == "after" {
			break
		}
	}
	if batch, err := j.Read(0).Fetch(ctx, 1, 1); err != nil || batch[0].Seq != 1 {
		t.Errorf("the first message is %v, %v", batch, err)
	}
}
