package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"kith/fault"
)

const lockFile = "lock"

// Lock is the exclusive hold of one process on a directory. It ends with the process, however that ends.
type Lock struct{ file *os.File }

// LockDir takes the lock of dir, which it creates with mode 0700 when it is not there. While another process (or
// another caller in this one) holds it the error is CONFLICT and names that process.
func LockDir(dir string) (*Lock, error) {
	const op = "journal.LockDir"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, err, "The directory %s cannot be created.", dir)
	}
	path := filepath.Join(dir, lockFile)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.Wrap(op, fault.Unavailable, err, "The lock file %s cannot be opened.", path)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer file.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fault.Wrap(op, fault.Unavailable, err, "The lock file %s cannot be locked.", path)
		}
		holder := "another process"
		if text, _ := os.ReadFile(path); len(text) > 0 {
			holder = "the process " + strings.TrimSpace(string(text))
		}
		return nil, fault.Wrap(op, fault.Conflict, err, "The directory %s is in use by %s. Stop it, or use another directory.", dir, holder)
	}
	lock := &Lock{file: file}
	pid := strconv.Itoa(os.Getpid()) + "\n"
	if err := errors.Join(file.Truncate(0), writeAt(file, pid)); err != nil {
		return nil, errors.Join(fault.Wrap(op, fault.Unavailable, err, "The lock file %s cannot be written.", path), lock.Unlock())
	}
	return lock, nil
}

// Unlock lets the directory go. The lock file stays: removing it would let two processes lock two files of one name.
func (l *Lock) Unlock() error { return l.file.Close() }

func writeAt(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}
