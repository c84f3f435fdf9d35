package localneo4j

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"kith/fault"
)

// oldestJava is the first release Neo4j 5 runs on.
const oldestJava = 17

// java is a usable Java.
type java struct {
	path  string
	build string // identifies the very build, which a class archive is bound to
}

// findJava looks for a Java of at least release 17.
func findJava(ctx context.Context, name string) (java, error) {
	const op = "localneo4j.findJava"
	path, err := exec.LookPath(name)
	if err != nil {
		return java{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "-version").CombinedOutput()
	if err != nil {
		// macOS has a java that only says there is none.
		return java{}, fault.New(op, fault.Unavailable, "%s is there, but does not run", name)
	}
	release, ok := javaRelease(string(out))
	switch {
	case !ok:
		return java{}, fault.New(op, fault.Unavailable, "%s does not tell its version", name)
	case release < oldestJava:
		return java{}, fault.New(op, fault.Unavailable, "%s is version %d, which is too old", name, release)
	}
	sum := sha256.Sum256(out)
	return java{path: path, build: hex.EncodeToString(sum[:6])}, nil
}

var javaVersion = regexp.MustCompile(`(?m)^\S+ (?:version )?"?(\d+)(?:\.(\d+))?`)

// javaRelease reads the feature release out of what "java -version" prints: 17 of "17.0.15", 8 of "1.8.0_392", 26 of "26-ea".
func javaRelease(printed string) (int, bool) {
	m := javaVersion.FindStringSubmatch(printed)
	if m == nil {
		return 0, false
	}
	release, err := strconv.Atoi(m[1])
	if err != nil {
		return 0, false
	}
	if release == 1 && m[2] != "" { // releases up to 8 called themselves 1.x
		release, err = strconv.Atoi(m[2])
	}
	return release, err == nil
}
