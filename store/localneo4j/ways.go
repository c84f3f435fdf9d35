package localneo4j

import (
	"context"
	"os/exec"
	"strings"
	"time"

	"kith/fault"
)

// way is one way to run a Neo4j on a home directory.
type way interface {
	name() string
	// prepare downloads what is missing. It may take minutes; another process doing the same is waited for.
	prepare(ctx context.Context) error
	// command is what to run for h on port.
	command(h *home, port int) command
	// leftover is a server this way may have left on h.
	leftover(h *home) leftover
}

// command describes a server's process.
type command struct {
	argv     []string
	env      []string // added to the environment
	listen   string   // the Bolt address, as the server sees it
	orphaned string   // what the watchdog runs, besides killing the process, when its owner has died; may be empty
}

// leftover tells how to recognise a server and end it.
type leftover struct {
	marker string   // part of its command line
	end    []string // a command that ends it, besides killing its process; may be empty
}

// choose picks the first way whose parts are all there: Java with the artifacts or with Maven to fetch them, then Docker.
func choose(ctx context.Context, cfg Config) (way, error) {
	java, noJava := findJava(ctx, cfg.Java)
	jars := jarDir(cfg.CacheDir)
	maven, noMaven := exec.LookPath(cfg.Maven)
	if noJava == nil && (noMaven == nil || hasJars(jars)) {
		return &javaWay{cfg: cfg, java: java, maven: maven, jars: jars}, nil
	}
	docker, noDocker := findDocker(ctx, cfg.Docker)
	if noDocker == nil {
		return &dockerWay{cfg: cfg, docker: docker}, nil
	}
	found := func(what string, err error) string {
		if err == nil {
			return what + " is there"
		}
		return missing(what, err)
	}
	return nil, fault.New("localneo4j.Start", fault.Unavailable,
		"There is no Neo4j to use. Any one of these will do:\n"+
			"  - Java 17 or newer, and Maven: %s; %s.\n"+
			"  - A Docker engine: %s.\n"+
			"  - A server of your own: set NEO4J_URI (and NEO4J_USERNAME, NEO4J_PASSWORD) to it.",
		found(cfg.Java, noJava), found(cfg.Maven, noMaven), missing(cfg.Docker, noDocker))
}

// missing puts into words what keeps a command from being used.
func missing(what string, err error) string {
	if fault.CodeOf(err) == fault.Internal {
		return what + " was not found on the PATH"
	}
	return fault.MessageOf(err)
}

// findDocker is the path of a Docker client whose engine answers. A client alone is common, and no use.
func findDocker(ctx context.Context, name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "info", "--format", "{{.ServerVersion}}").Output()
	if err != nil || strings.TrimSpace(string(out)) == "" {
		return "", fault.New("localneo4j.findDocker", fault.Unavailable, "%s is there, but no engine answers it", name)
	}
	return path, nil
}
