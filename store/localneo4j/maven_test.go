package localneo4j

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kith/fault"
)

func TestDownloaded(t *testing.T) {
	for line, want := range map[string]float64{
		"[INFO] Downloaded from central: https://host/a.jar (6.7 MB at 91 MB/s)":  6.7e6,
		"[INFO] Downloaded from my-mirror: https://host/a.pom (18 kB at 92 kB/s)": 18e3,
		"Downloaded from central: https://host/a.jar (503 B at 2.1 kB/s)":         503,
		"[INFO] Downloaded from central: https://host/a.jar (1,5 MB at 1,2 MB/s)": 1.5e6,
		"[INFO] Downloading from central: https://host/a.jar":                     -1,
		"[INFO] BUILD SUCCESS": -1,
		"Downloaded from central: https://host/a.jar (1.2.3 MB at x)": -1,
		"": -1,
	} {
		got, is := downloaded(line)
		if is != (want >= 0) || is && got != want {
			t.Errorf("downloaded(%q) = %v, %v, want %v", line, got, is, want)
		}
	}
}

// goodMaven delivers one artifact after it was let go, and keeps count of its runs.
const goodMaven = `
echo run >>"$RUNS"
for arg in "$@"; do case $arg in -DoutputDirectory=*) out=${arg#-DoutputDirectory=};; esac; done
while [ -d "${LET_GO%/*}" ] && ! [ -e "$LET_GO" ]; do sleep 0.05; done
echo '[INFO] Downloaded from central: https://host/neo4j.jar (6.7 MB at 91 MB/s)'
mkdir -p "$out" && touch "$out/neo4j-server-` + release + `.jar"
`

// fakeJava has a version, and cannot run anything.
const fakeJava = `case $1 in -version) echo 'openjdk version "17.0.1"' >&2;; *) echo cannot run >&2; exit 1;; esac`

func TestOneProcessDownloadsForAll(t *testing.T) {
	tools(t, map[string]string{"java": fakeJava, "mvn": goodMaven})
	cache, scratch := t.TempDir(), t.TempDir()
	runsFile, letGo := filepath.Join(scratch, "runs"), filepath.Join(scratch, "go")
	env := []string{"RUNS=" + runsFile, "LET_GO=" + letGo}
	first := startHelper(t, "prepare", cache, env...)
	first.line(t, "Downloading Neo4j "+release)
	others := []*helper{startHelper(t, "prepare", cache, env...), startHelper(t, "prepare", cache, env...)}
	for _, h := range others {
		h.line(t, "Waiting for another process")
	}
	if hasJars(jarDir(cache)) {
		t.Error("the artifacts appeared before they were complete")
	}
	if err := os.WriteFile(letGo, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, h := range append(others, first) {
		if got := h.line(t, "prepared"); got != "<nil>" {
			t.Errorf("prepared %s", got)
		}
	}
	if got := strings.Count(mustRead(t, runsFile), "run"); got != 1 {
		t.Errorf("Maven ran %d times, want 1", got)
	}
	entries, err := os.ReadDir(cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); name != filepath.Base(jarDir(cache)) && name != filepath.Base(jarDir(cache))+".lock" {
			t.Errorf("%s was left in the cache", name)
		}
	}
}

func TestADownloadThatDiesLeavesNothingHalf(t *testing.T) {
	tools(t, map[string]string{"java": fakeJava, "mvn": goodMaven})
	cache, scratch := t.TempDir(), t.TempDir()
	letGo := filepath.Join(scratch, "go")
	env := []string{"RUNS=" + filepath.Join(scratch, "runs"), "LET_GO=" + letGo}
	dying := startHelper(t, "prepare", cache, env...)
	dying.line(t, "Downloading Neo4j")
	dying.kill()
	if err := os.WriteFile(letGo, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	next := startHelper(t, "prepare", cache, env...)
	if got := next.line(t, "prepared"); got != "<nil>" || !hasJars(jarDir(cache)) {
		t.Errorf("prepared %s after a killed download", got)
	}
}

func javaWayWith(t *testing.T, progress *bytes.Buffer) *javaWay {
	t.Helper()
	cfg, err := Config{Dir: t.TempDir(), CacheDir: t.TempDir(), Progress: progress}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	w, err := choose(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return w.(*javaWay)
}

func TestAFailedDownloadSaysWhy(t *testing.T) {
	for name, tc := range map[string]struct{ script, want string }{
		"offline": {`echo '[ERROR] Failed to execute goal: Could not transfer artifact'; echo '[ERROR] Re-run with -X'; exit 1`, "Could not transfer artifact"},
		"nothing": {`exit 0`, "did not deliver"},
	} {
		t.Run(name, func(t *testing.T) {
			tools(t, map[string]string{"java": fakeJava, "mvn": tc.script})
			w := javaWayWith(t, &bytes.Buffer{})
			err := w.prepare(context.Background())
			if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(fault.MessageOf(err), tc.want) {
				t.Errorf("got %v, want UNAVAILABLE with %q", err, tc.want)
			}
			if hasJars(w.jars) {
				t.Error("a failed download left artifacts")
			}
		})
	}
}

func TestACancelledDownloadEnds(t *testing.T) {
	tools(t, map[string]string{"java": fakeJava, "mvn": "exec sleep 60"})
	w := javaWayWith(t, &bytes.Buffer{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.prepare(ctx); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(fault.MessageOf(err), "broken off") {
		t.Errorf("got %v", err)
	}
}

func TestAnArchiveThatCannotBeMadeIsDoneWithout(t *testing.T) {
	t.Setenv("LET_GO", "/")
	t.Setenv("RUNS", filepath.Join(t.TempDir(), "runs"))
	tools(t, map[string]string{"java": fakeJava, "mvn": goodMaven})
	var shown bytes.Buffer
	w := javaWayWith(t, &shown)
	if err := w.prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(shown.String(), "Downloaded Neo4j") || !strings.Contains(shown.String(), "Preparing Neo4j") {
		t.Errorf("shown: %s", shown.String())
	}
	if !hasArchive(w.archive()) || usable(w.archive()) {
		t.Error("the failure is not remembered as one")
	}
	for _, arg := range w.command(&home{dir: "/h"}, 1).argv {
		if strings.Contains(arg, "SharedArchive") {
			t.Errorf("the server is started with %s", arg)
		}
	}
	shown.Reset()
	if err := w.prepare(context.Background()); err != nil || shown.Len() > 0 {
		t.Errorf("a second time: %v, %q", err, shown.String())
	}
}
