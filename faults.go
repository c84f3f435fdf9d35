package main

import (
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"
)

// faults lets the end-to-end tests end the process at a named step of the pipeline or of stopping, as a power cut would:
// KITHTEST_CRASH names it. Nothing else sets the variable, and it is deliberately not among the settings.
func faults() func(step string) error {
	at := os.Getenv("KITHTEST_CRASH")
	if at == "" {
		return nil
	}
	return func(step string) error {
		if strings.ReplaceAll(step, " ", "-") == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal ends this
		}
		return nil
	}
}

// reachable reports whether somebody listens at a Bolt address.
func reachable(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	c, err := net.DialTimeout("tcp", u.Host, time.Second)
	if err != nil {
		return false
	}
	c.Close()
	return true
}
