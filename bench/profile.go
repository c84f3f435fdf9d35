package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
)

// profiled begins a CPU profile of a section when one is asked for; the function it returns ends it and writes one of the allocations.
func (l *lab) profiled(section string) (func() error, error) {
	if l.profile == "" {
		return func() error { return nil }, nil
	}
	if err := os.MkdirAll(l.profile, 0o755); err != nil {
		return nil, err
	}
	cpu, err := os.Create(filepath.Join(l.profile, section+".cpu.pprof"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		heap, err := os.Create(filepath.Join(l.profile, section+".allocs.pprof"))
		if err == nil {
			err = errors.Join(pprof.Lookup("allocs").WriteTo(heap, 0), heap.Close())
		}
		return errors.Join(cpu.Close(), err)
	}, nil
}

// profiledChild takes a CPU profile of 5 seconds of a child, when profiles are asked for. The function it returns waits for it.
func (l *lab) profiledChild(ctx context.Context, c *child, section string) func() error {
	done := make(chan error, 1)
	if c.admin == "" {
		done <- nil
	} else {
		go func() { done <- l.fetchProfile(ctx, c, section) }() // ends before the function returned does
	}
	return func() error { return <-done }
}

func (l *lab) fetchProfile(ctx context.Context, c *child, section string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.admin+"/debug/pprof/profile?seconds=5", http.NoBody)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := os.MkdirAll(l.profile, 0o755); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(l.profile, section+".cpu.pprof"))
	if err != nil {
		return err
	}
	_, err = io.Copy(f, res.Body)
	return errors.Join(err, f.Close())
}
