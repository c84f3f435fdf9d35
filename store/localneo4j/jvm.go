package localneo4j

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kith/fault"
)

// javaWay runs the server as a Java process from Maven's artifacts.
type javaWay struct {
	cfg   Config
	java  java
	maven string // may be empty when the artifacts are there
	jars  string
}

func (w *javaWay) name() string { return "java" }

// prepare fetches the artifacts and makes the class archive, once per cache: of several processes that come at the
// same time, one does the work and the others wait for it.
func (w *javaWay) prepare(ctx context.Context) error {
	const op = "localneo4j.prepare"
	if hasJars(w.jars) && hasArchive(w.archive()) {
		return nil
	}
	m := newMeter(w.cfg.Progress)
	err := os.MkdirAll(w.cfg.CacheDir, 0o755)
	if err == nil {
		var lock *os.File
		lock, err = awaitLock(ctx, w.jars+".lock", func() { m.say("Waiting for another process that prepares Neo4j …") })
		if err == nil {
			defer lock.Close()
		}
	}
	switch {
	case ctx.Err() != nil:
		return fault.Wrap(op, fault.Unavailable, ctx.Err(), "the preparation of Neo4j was broken off")
	case err != nil && hasJars(w.jars):
		w.cfg.Logger.Warn("the cache cannot be written, so Neo4j starts without its class archive", "dir", w.cfg.CacheDir, "error", err)
		return nil
	case err != nil:
		return fault.Wrap(op, fault.Unavailable, err, "the cache directory %s cannot be written", w.cfg.CacheDir)
	}
	if !hasJars(w.jars) {
		if err := fetchJars(ctx, w.maven, w.jars, m); err != nil {
			return err
		}
	}
	if hasArchive(w.archive()) {
		return nil
	}
	return w.makeArchive(ctx, m)
}

// command measured best for a start, of Serial, Parallel and G1 and with and without a class archive: Parallel applies
// a fifth more rows a second than the other two, and the archive takes two of five seconds off the start.
func (w *javaWay) command(h *home, port int) command {
	var flags []string
	if usable(w.archive()) {
		flags = append(flags, "-XX:SharedArchiveFile="+w.archive())
	}
	return w.run(h, port, flags...)
}

func (w *javaWay) run(h *home, port int, flags ...string) command {
	argv := []string{w.java.path,
		fmt.Sprintf("-Xms%dm", min(256, w.cfg.HeapMB)), fmt.Sprintf("-Xmx%dm", w.cfg.HeapMB),
		"-XX:+UseParallelGC",
		"-XX:+ExitOnOutOfMemoryError", // half a server is worse than none: its owner sees an end
		"-XX:ErrorFile=" + h.path("logs", "crash.log"),
		"-XX:-UsePerfData",
		// Neo4j reaches into these for file descriptors and buffers, and warns on every file when it cannot.
		"--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/java.io=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
		"-Dio.netty.tryReflectionSetAccessible=true",
		"-Dlog4j2.disable.jmx=true",
		"-Dfile.encoding=UTF-8",
	}
	argv = append(argv, flags...)
	argv = append(argv, "org.neo4j.server.CommunityEntryPoint", homeFlag(h), "--config-dir="+h.path("conf"))
	return command{
		argv: argv,
		// Few malloc arenas keep the native part of its memory small and steady.
		env:    []string{"CLASSPATH=" + w.classPath(), "MALLOC_ARENA_MAX=2"},
		listen: fmt.Sprintf("127.0.0.1:%d", port),
	}
}

func (w *javaWay) leftover(h *home) leftover { return leftover{marker: homeFlag(h)} }

func homeFlag(h *home) string { return "--home-dir=" + h.dir }

// classPath lists the artifacts one by one and in order: a class archive is good only for the very path it was made with.
func (w *javaWay) classPath() string {
	jars, _ := filepath.Glob(filepath.Join(w.jars, "*.jar")) // the pattern is well formed, which is the only error
	slices.Sort(jars)
	return strings.Join(jars, string(os.PathListSeparator))
}
