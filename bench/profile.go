package main

import (
	"errors"
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
