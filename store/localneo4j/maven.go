package localneo4j

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kith/fault"
)

// release is the Neo4j that is fetched: the newest of the long-term line the statements were measured on.
const release = "5.26.30"

// download is roughly what the artifacts and Maven's own parts weigh, in MB.
const download = 135

// pom asks Maven for the server and everything it needs to run.
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>kith</groupId>
  <artifactId>private-neo4j</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>` + release + `</version></dependency>
    <dependency><groupId>org.neo4j.app</groupId><artifactId>neo4j-server</artifactId><version>` + release + `</version></dependency>
  </dependencies>
</project>
`

// jarDir is where a cache keeps the artifacts. It appears there by a rename, complete or not at all.
func jarDir(cache string) string { return filepath.Join(cache, "neo4j-"+release) }

// hasJars tells whether dir holds the artifacts.
func hasJars(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "neo4j-server-"+release+".jar"))
	return err == nil
}

// fetchJars downloads the artifacts into dir, which does not exist yet. The caller holds the cache's lock.
func fetchJars(ctx context.Context, maven, dir string, m *meter) error {
	const op = "localneo4j.fetchJars"
	scratch, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+".part-")
	if err != nil {
		return fault.Wrap(op, fault.Unavailable, err, "the cache directory %s cannot be written", filepath.Dir(dir))
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	jars := filepath.Join(scratch, "lib")
	if err := os.WriteFile(filepath.Join(scratch, "pom.xml"), []byte(pom), 0o644); err != nil {
		return fault.Wrap(op, fault.Unavailable, err, "the cache directory %s cannot be written", filepath.Dir(dir))
	}
	began := time.Now()
	m.say("Downloading Neo4j %s with Maven (once, about %d MB) …", release, download)
	if err := runMaven(ctx, maven, scratch, jars, m); err != nil {
		return err
	}
	if !hasJars(jars) {
		return fault.New(op, fault.Unavailable, "Maven ended well but did not deliver Neo4j %s", release)
	}
	if err := os.Rename(jars, dir); err != nil {
		return fault.Wrap(op, fault.Unavailable, err, "the cache directory %s cannot be written", filepath.Dir(dir))
	}
	m.say("Downloaded Neo4j %s in %s.", release, time.Since(began).Round(time.Second))
	return nil
}

// runMaven has Maven resolve the pom in dir, checksums enforced, and copy the artifacts to jars.
func runMaven(ctx context.Context, maven, dir, jars string, m *meter) error {
	const op = "localneo4j.runMaven"
	cmd := exec.CommandContext(ctx, maven, "--batch-mode", "--strict-checksums", "-Dstyle.color=never",
		"org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+jars)
	cmd.Dir = dir
	cmd.Env = environment()
	cmd.WaitDelay = 5 * time.Second // a grandchild may hold the pipe open after a cancel
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fault.Wrap(op, fault.Internal, err, "Maven cannot be watched")
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return fault.Wrap(op, fault.Unavailable, err, "Maven cannot be started")
	}
	var files int
	var bytes float64
	var failures []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line := lines.Text()
		if size, is := downloaded(line); is {
			files, bytes = files+1, bytes+size
			m.show("  %d files, %.0f of about %d MB", files, bytes/1e6, download)
		} else if _, message, is := strings.Cut(line, "[ERROR] "); is && len(failures) < 2 {
			failures = append(failures, strings.TrimSpace(message))
		}
	}
	if err := errors.Join(lines.Err(), cmd.Wait()); err != nil {
		if ctx.Err() != nil {
			return fault.Wrap(op, fault.Unavailable, ctx.Err(), "the download of Neo4j was broken off")
		}
		return fault.Wrap(op, fault.Unavailable, err, "Maven could not download Neo4j %s: %s", release, strings.Join(failures, " "))
	}
	return nil
}

var downloadedLine = regexp.MustCompile(`Downloaded from \S+: \S+ \(([\d.,]+) (B|kB|MB|GB)`)

// downloaded reads the size in bytes out of the line Maven prints when a file has arrived.
func downloaded(line string) (bytes float64, is bool) {
	m := downloadedLine.FindStringSubmatch(line)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", "."), 64)
	if err != nil {
		return 0, false
	}
	return n * map[string]float64{"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[m[2]], true
}
