// Servers runs a command that tests several packages, with private Neo4j servers for its test binaries to share:
//
//	go run ./store/neo4jtest/servers -n 2 go test -p 2 ./...
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"kith/store/neo4jtest"
)

func main() {
	n := flag.Int("n", 2, "how many servers; as many as packages are tested at a time")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: servers [-n 2] command [argument …]\n\nRuns the command while private Neo4j servers run, which "+neo4jtest.PoolVariable+" names to it.")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx, *n, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "servers:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func run(ctx context.Context, n int, command []string) (code int, err error) {
	list, end, err := neo4jtest.Pool(ctx, n)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, end()) }()
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.Env = append(os.Environ(), neo4jtest.PoolVariable+"="+list)
	err = c.Run()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return failed.ExitCode(), nil
	}
	return 0, err
}
