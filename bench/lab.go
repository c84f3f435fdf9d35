package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"kith/store"
	"kith/store/floor"
	"kith/store/localneo4j"
)

// lab is what all sections share: a place on disk and one Neo4j, warm.
type lab struct {
	options
	dir      string
	private  *localneo4j.Server // nil when NEO4J_URI names another
	config   store.Config       // how to reach it
	db       *floor.DB
	progress io.Writer
	machine  string
	made     int
}

func openLab(ctx context.Context, o options, progress io.Writer) (l *lab, err error) {
	l = &lab{options: o, dir: o.dir, progress: progress}
	if l.dir == "" {
		if l.dir, err = os.MkdirTemp("", "kith-bench-"); err != nil {
			return nil, err
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return l, err
	}
	if err := onDisk(l.dir); err != nil {
		return l, err
	}
	l.config = store.Config{
		URI: os.Getenv("NEO4J_URI"), Username: cmp.Or(os.Getenv("NEO4J_USERNAME"), "neo4j"), Password: os.Getenv("NEO4J_PASSWORD"),
		Database: os.Getenv("NEO4J_DATABASE"),
	}
	if l.config.URI == "" {
		err = l.startNeo4j(ctx)
	} else {
		err = l.connect(ctx)
	}
	if err != nil {
		return l, err
	}
	nodes, err := l.db.Nodes(ctx)
	if err != nil {
		return l, err
	}
	if nodes > 0 && !o.wipe {
		return l, fmt.Errorf("the Neo4j at %s holds %d nodes; bench deletes all of them when you say -wipe", l.config.URI, nodes)
	}
	if err := l.db.Wipe(ctx); err != nil {
		return l, err
	}
	version, err := l.db.Version(ctx)
	if err != nil {
		return l, err
	}
	l.machine = machine(version, l.dir)
	return l, nil
}

// startNeo4j starts the private Neo4j, or starts it again on the same data.
func (l *lab) startNeo4j(ctx context.Context) error {
	var err error
	l.private, err = localneo4j.Start(ctx, localneo4j.Config{Dir: filepath.Join(l.dir, "neo4j"), Progress: l.progress})
	if err != nil {
		return err
	}
	l.config.URI, l.config.Username, l.config.Password = l.private.URI, l.private.Username, l.private.Password
	return l.connect(ctx)
}

func (l *lab) connect(ctx context.Context) error {
	var err error
	l.db, err = floor.Open(ctx, l.config.URI, l.config.Username, l.config.Password, l.config.Database)
	return err
}

// stopNeo4j ends the private Neo4j.
func (l *lab) stopNeo4j() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var err error
	if l.db != nil {
		err = l.db.Close(ctx)
		l.db = nil
	}
	if l.private != nil {
		err = errors.Join(err, l.private.Stop(ctx))
		l.private = nil
	}
	return err
}

func (l *lab) close() error {
	err := l.stopNeo4j()
	if l.keep || l.options.dir != "" {
		return err
	}
	return errors.Join(err, os.RemoveAll(l.dir))
}

// say tells the person who waits how it goes.
func (l *lab) say(format string, v ...any) { fmt.Fprintf(l.progress, "  "+format+"\n", v...) }

// fresh is a new directory below the lab's.
func (l *lab) fresh(name string) string {
	l.made++
	return filepath.Join(l.dir, fmt.Sprintf("%s-%d", name, l.made))
}

// pick is the size of something: the one of the goal, or the short one.
func (l *lab) pick(goal, short int) int {
	if l.short {
		return short
	}
	return goal
}

// warmFor is how long the JVM works before anything is measured.
func (l *lab) warmFor() time.Duration {
	if l.short {
		return 5 * time.Second
	}
	return 30 * time.Second
}
