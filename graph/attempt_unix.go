//go:build unix

package graph

import (
	"errors"
	"syscall"
)

const canAttempt = true

// attempt writes as much as the system takes at once to a descriptor that does not block, which those of package net do
// not.
func attempt(fd uintptr, data []byte) (n int, err error) {
	for n < len(data) {
		took, err := syscall.Write(int(fd), data[n:])
		switch {
		case err == nil:
			n += took
		case errors.Is(err, syscall.EAGAIN):
			return n, nil
		case !errors.Is(err, syscall.EINTR):
			return n, err
		}
	}
	return n, nil
}
