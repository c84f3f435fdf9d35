package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/rogpeppe/go-internal/testscript"
)

// mayMount says whether this user may mount file systems: the condition [mount] of scripts.
func mayMount() bool {
	dir, err := os.MkdirTemp("", "kith-e2e-mount-")
	if err != nil {
		return false
	}
	defer func() { _ = os.Remove(dir) }() // empty, and in the system's temporary directory
	if exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir).Run() != nil {
		return false
	}
	return exec.Command("umount", dir).Run() == nil
}

// diskCommand puts the data directory on a disk of its own, and makes that disk larger or smaller:
//
//	disk SIZE   for example 1200m
func diskCommand(w *world, ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errors.New("disk SIZE")
	}
	options := "remount,size=" + args[0]
	if !w.ownDisk {
		if err := os.MkdirAll(w.dataDir(), 0o700); err != nil {
			return err
		}
		options = "size=" + args[0]
		dir := w.dataDir()
		defer ts.Defer(func() {
			if w.running != nil {
				w.running.kill()
			}
			if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
				w.t.Errorf("umount: %v: %s", err, out)
			}
		})
	}
	w.ownDisk = true
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", w.dataDir()).CombinedOutput(); err != nil {
		return fmt.Errorf("mount: %w: %s", err, out)
	}
	return nil
}
