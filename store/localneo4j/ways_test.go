package localneo4j

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kith/fault"
)

func TestJavaRelease(t *testing.T) {
	for printed, want := range map[string]int{
		"openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)": 17,
		"openjdk version \"21\" 2023-09-19":                                                     21,
		"java version \"1.8.0_392\"\nJava(TM) SE Runtime Environment":                           8,
		"java version \"9.0.4\"":                                                                9,
		"openjdk version \"26-ea\" 2026-03-17":                                                  26,
		"openjdk version \"25-internal\"":                                                       25,
		"openjdk 11.0.2 2019-01-15":                                                             11,
		"java 22.0.1 2024-04-16":                                                                22,
		"Picked up JAVA_TOOL_OPTIONS: -Xmx2g\nopenjdk version \"17.0.9\"":                       17,
		"Picked up _JAVA_OPTIONS: 8 -Dx=1\njava version \"11\"":                                 11,
		"OpenJDK version \"17\"":                                                                17,
		"The operation couldn’t be completed. Unable to locate a Java Runtime.":                 0,
		"openjdk version \"\"":                                                                  0,
		"openjdk version \"99999999999999999999\"":                                              0,
		"": 0,
	} {
		got, ok := javaRelease(printed)
		if got != want || ok != (want != 0) {
			t.Errorf("javaRelease(%q) = %d, %v, want %d", printed, got, ok, want)
		}
	}
}

func TestNoWayToRun(t *testing.T) {
	const (
		java17 = `echo 'openjdk version "17.0.1"' >&2`
		java11 = `echo 'openjdk version "11.0.2"' >&2`
		broken = `echo 'Unable to locate a Java Runtime.' >&2; exit 1`
		mute   = `echo hello`
		idle   = `echo 'Cannot connect to the Docker daemon' >&2; exit 1`
		empty  = `echo`
	)
	for name, tc := range map[string]struct {
		tools map[string]string
		want  []string
	}{
		"nothing":          {nil, []string{"java was not found on the PATH; mvn was not found on the PATH", "docker was not found on the PATH"}},
		"no maven":         {map[string]string{"java": java17}, []string{"java is there; mvn was not found"}},
		"old java":         {map[string]string{"java": java11, "mvn": "exit 0"}, []string{"java is version 11, which is too old; mvn is there"}},
		"java is a stub":   {map[string]string{"java": broken, "mvn": "exit 0"}, []string{"java is there, but does not run"}},
		"java says little": {map[string]string{"java": mute, "mvn": "exit 0"}, []string{"java does not tell its version"}},
		"docker is idle":   {map[string]string{"docker": idle}, []string{"docker is there, but no engine answers it"}},
		"docker is empty":  {map[string]string{"docker": empty}, []string{"docker is there, but no engine answers it"}},
	} {
		t.Run(name, func(t *testing.T) {
			tools(t, tc.tools)
			dir := filepath.Join(t.TempDir(), "data")
			_, err := Start(context.Background(), Config{Dir: dir, CacheDir: t.TempDir()})
			if fault.CodeOf(err) != fault.Unavailable {
				t.Fatalf("got %v, want UNAVAILABLE", err)
			}
			for _, want := range append(tc.want, "Java 17 or newer, and Maven", "A Docker engine", "NEO4J_URI") {
				if !strings.Contains(fault.MessageOf(err), want) {
					t.Errorf("%q does not say %q", fault.MessageOf(err), want)
				}
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("the data directory was made although nothing can run")
			}
		})
	}
}

func TestChoice(t *testing.T) {
	const java, docker = `echo 'openjdk version "21"' >&2`, `echo 27.1.1`
	cached := t.TempDir()
	if err := os.Mkdir(jarDir(cached), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(jarDir(cached), "neo4j-server-"+release+".jar"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		tools map[string]string
		cache string
		want  string
	}{
		"java and maven first":            {map[string]string{"java": java, "mvn": "exit 0", "docker": docker}, t.TempDir(), "java"},
		"java alone with the artifacts":   {map[string]string{"java": java, "docker": docker}, cached, "java"},
		"docker when there is no maven":   {map[string]string{"java": java, "docker": docker}, t.TempDir(), "docker"},
		"docker when there is no java":    {map[string]string{"mvn": "exit 0", "docker": docker}, cached, "docker"},
		"java when the engine is not one": {map[string]string{"java": java, "mvn": "exit 0", "docker": "exit 1"}, t.TempDir(), "java"},
	} {
		t.Run(name, func(t *testing.T) {
			tools(t, tc.tools)
			cfg, err := Config{Dir: t.TempDir(), CacheDir: tc.cache}.withDefaults()
			if err != nil {
				t.Fatal(err)
			}
			w, err := choose(context.Background(), cfg)
			if err != nil || w.name() != tc.want {
				t.Errorf("got %v, %v, want %s", w, err, tc.want)
			}
		})
	}
}
