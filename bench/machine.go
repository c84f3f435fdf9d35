package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// machine says what the figures were measured on.
func machine(neo4j, dir string) string {
	commit := "unknown commit"
	if out, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output(); err == nil {
		commit = "commit " + strings.TrimSpace(string(out))
		if status, err := exec.Command("git", "status", "--porcelain").Output(); err == nil && len(status) > 0 {
			commit += " with changes"
		}
	}
	load := ""
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = ", load " + strings.Fields(string(text))[0] + " at the start"
	}
	return fmt.Sprintf("%d of %d cores (%s), %s memory, %s/%s, %s, %s, JetStream embedded with sync on, on %s, %s%s",
		runtime.NumCPU(), cores(), field("/proc/cpuinfo", "model name"), field("/proc/meminfo", "MemTotal"), runtime.GOOS, runtime.GOARCH,
		runtime.Version(), neo4j, fileSystemOf(dir), commit, load)
}

// cores is how many the machine has, whatever this process may use of them.
func cores() int {
	text, err := os.ReadFile("/proc/cpuinfo")
	if n := strings.Count("\n"+string(text), "\nprocessor"); err == nil && n > 0 {
		return n
	}
	return runtime.NumCPU()
}

// field is the first value of a "name: value" file; "unknown" where there is none.
func field(path, name string) string {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

// inMemory are file systems on which a sync costs nothing.
var inMemory = []string{"tmpfs", "ramfs", "devtmpfs"}

// onDisk refuses a directory that is kept in memory: measuring durability there would measure nothing.
func onDisk(dir string) error {
	if kind := fileSystemOf(dir); slices.Contains(inMemory, kind) {
		return fmt.Errorf("%s is on %s, where a sync costs nothing; name a directory on a disk with -dir", dir, kind)
	}
	return nil
}

func fileSystemOf(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "an unknown file system"
	}
	return fileSystem(string(mounts), dir)
}

// fileSystem finds the type of the file system path is on in the text of /proc/self/mountinfo.
func fileSystem(mounts, path string) string {
	best, kind := "", "an unknown file system"
	for line := range strings.Lines(mounts) {
		before, after, _ := strings.Cut(line, " - ")
		f, types := strings.Fields(before), strings.Fields(after)
		if len(f) < 5 || len(types) < 1 {
			continue
		}
		at := strings.ReplaceAll(f[4], `\040`, " ")
		if path != at && !strings.HasPrefix(path, strings.TrimSuffix(at, "/")+"/") {
			continue
		}
		if len(at) >= len(best) { // of two on one place the later one hides the earlier
			best, kind = at, types[0]
		}
	}
	return kind
}
