package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kith/auth"
)

// child is the real program as a process of its own, as in production.
type child struct {
	url, token string
	admin      string // where its profiles are; empty when none are asked for
	dir        string
	cmd        *exec.Cmd
	said       bytes.Buffer
	gone       chan struct{} // closed when it has ended; err is valid then
	err        error
}

// build compiles the program once.
func (l *lab) build(ctx context.Context) (string, error) {
	path := filepath.Join(l.dir, "kith-program")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "kith").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build kith (bench runs inside the module): %w: %s", err, out)
	}
	return path, nil
}

// startChild starts the program on an empty journal and the Neo4j at uri, and returns when it is ready.
func (l *lab) startChild(ctx context.Context, uri string) (*child, error) {
	program, err := l.build(ctx)
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	secret := rand.Text() + rand.Text()
	c := &child{url: "http://" + addr, dir: l.fresh("child"), gone: make(chan struct{})}
	if c.token, err = auth.Sign([]byte(secret), "admin", "bench", 12*time.Hour); err != nil {
		return nil, err
	}
	c.cmd = exec.Command(program)
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "KITH_") && !strings.HasPrefix(kv, "NEO4J_") && !strings.HasPrefix(kv, "NATS_") {
			c.cmd.Env = append(c.cmd.Env, kv)
		}
	}
	c.cmd.Env = append(c.cmd.Env, "KITH_ADDR="+addr, "KITH_DATA="+c.dir, "KITH_JWT_SECRET="+secret, "KITH_WRITE_KEYS="+source+":"+writeKey,
		"NEO4J_URI="+uri, "NEO4J_USERNAME="+l.config.Username, "NEO4J_PASSWORD="+l.config.Password, "NEO4J_DATABASE="+l.config.Database)
	if l.profile != "" {
		if c.admin, err = freeAddr(); err != nil {
			return nil, err
		}
		c.cmd.Env = append(c.cmd.Env, "KITH_ADMIN_ADDR="+c.admin)
	}
	c.cmd.Stdout, c.cmd.Stderr = &c.said, &c.said
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C is for bench, which stops it in order
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { // ends with the process, which close waits for
		c.err = c.cmd.Wait()
		close(c.gone)
	}()
	if err := c.ready(ctx); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func freeAddr() (string, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return free.Addr().String(), free.Close()
}

func (c *child) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-c.gone:
			return fmt.Errorf("kith ended while starting: %w: %s", c.err, c.said.String())
		case <-ctx.Done():
			return errors.New("kith is not ready within a minute")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// close stops it in order and waits.
func (c *child) close() error {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-c.gone:
	case <-time.After(30 * time.Second):
		_ = c.cmd.Process.Kill()
		<-c.gone
	}
	err := os.RemoveAll(c.dir)
	if c.err != nil {
		return fmt.Errorf("kith: %w: %s", c.err, c.said.String())
	}
	return err
}

// rss is the memory of the process in bytes, as /proc says.
func (c *child) rss() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if kb, is := strings.CutPrefix(line, "VmRSS:"); is {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kb), "kB")), 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.New("/proc does not say how much memory kith has")
}

// metric is a value of /metrics without labels.
func (c *child) metric(ctx context.Context, name string) (float64, error) {
	at := c.url
	if c.admin != "" {
		at = "http://" + c.admin
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(res.Body); err != nil {
		return 0, err
	}
	for line := range strings.Lines(body.String()) {
		if value, is := strings.CutPrefix(line, name+" "); is {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("/metrics has no %s", name)
}

// applied returns when the child has applied so many events since it was started.
func (c *child) applied(ctx context.Context, events float64, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		n, err := c.metric(ctx, "kith_apply_events_total")
		if err == nil && n >= events {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%g of %g events are applied within %s", n, events, limit)
		case <-c.gone:
			return fmt.Errorf("kith ended: %w: %s", c.err, c.said.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// settle returns when everything the child accepted is applied.
func (c *child) settle(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		lag, err := c.metric(ctx, "kith_stream_lag_messages")
		if err == nil && lag == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%g messages are not applied within %s", lag, limit)
		case <-c.gone:
			return fmt.Errorf("kith ended: %w: %s", c.err, c.said.String())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
