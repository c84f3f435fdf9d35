package localneo4j

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// tryLock takes the lock file at path, or returns nil when another holds it. The operating system gives a lock back
// when its holder dies, so there are no stale ones. Closing the file unlocks.
func tryLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case err == nil:
		return f, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		_ = f.Close()
		return nil, nil
	default:
		_ = f.Close()
		return nil, err
	}
}

// awaitLock takes the lock file at path, waiting for another holder; waiting is called once, before the first wait.
func awaitLock(ctx context.Context, path string, waiting func()) (*os.File, error) {
	for first := true; ; first = false {
		f, err := tryLock(path)
		if f != nil || err != nil {
			return f, err
		}
		if first {
			waiting()
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

// pause waits for d, less when ctx ends first, whose error it then returns.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
