package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"kith/journal"
)

const backlogLimit = 2 * time.Minute // from Neo4j's return until all that waited is applied

// backlog takes Neo4j away from the running program for a while, at a steady load that goes on before, during and
// after, and then counts in the graph what came of every event that had its 200. A private Neo4j is really stopped
// and started, and comes back cold; one at NEO4J_URI is cut off.
func backlog(ctx context.Context, l *lab) (rows []row, err error) {
	address, err := bolt(l.config.URI)
	if err != nil {
		return nil, err
	}
	door, err := newProxy(address)
	if err != nil {
		return nil, err
	}
	defer door.close()
	c, err := l.startChild(ctx, "bolt://"+door.addr())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	send := newSender(c.url)
	defer send.close()
	away := 30 * time.Second
	switch {
	case l.full:
		away = 2 * time.Minute
	case l.short:
		away = 5 * time.Second
	}

	const name = "backlog"
	var accepted atomic.Int64
	loading, stop := context.WithCancel(ctx)
	defer stop()
	loaded := make(chan error, 1)
	go func() { // ends with stop; waited for below
		_, err := load(loading, send, newShop(name), time.Hour, func(events int) { accepted.Add(int64(events)) })
		if loading.Err() != nil {
			err = nil
		}
		loaded <- err
	}()
	if err := wait(ctx, loaded, l.warmFor()); err != nil {
		return nil, err
	}
	door.point("")
	if l.private != nil {
		if err := l.stopNeo4j(); err != nil {
			return nil, err
		}
	}
	gone, before := time.Now(), accepted.Load()
	if err := wait(ctx, loaded, away); err != nil {
		return nil, fmt.Errorf("while Neo4j was away: %w", err)
	}
	if l.config.URI, err = l.comeBack(ctx); err != nil {
		return nil, err
	}
	if address, err = bolt(l.config.URI); err != nil {
		return nil, err
	}
	waiting, err := c.metric(ctx, "kith_stream_lag_messages")
	if err != nil {
		return nil, err
	}
	door.point(address)
	wasAway, back, meanwhile := time.Since(gone), time.Now(), accepted.Load()-before
	if err := c.catchUp(ctx, send, loaded); err != nil {
		return nil, err
	}
	caught := time.Since(back)
	stop()
	if err := <-loaded; err != nil {
		return nil, err
	}
	if err := c.settle(ctx, 5*time.Minute); err != nil {
		return nil, err
	}
	all, different, err := l.db.Events(ctx, name+"-")
	if err != nil {
		return nil, err
	}
	lost, twice := accepted.Load()-different, all-different
	how := "stopped and started again"
	if l.private == nil {
		how = "cut off"
	}
	return []row{{
		what:     fmt.Sprintf("backlog: Neo4j %s, away for %s at %s events/s", how, wasAway.Round(time.Second), thousands(loadRate)),
		goal:     "all accepted, applied within 2 minutes of its return, none lost, none twice",
		measured: fmt.Sprintf("%s accepted meanwhile; the backlog of %.0f messages applied %.0f s after the return, with the load going on; %d lost, %d twice of %s", thousands(float64(meanwhile)), waiting, caught.Seconds(), max(lost, 0), twice, thousands(float64(accepted.Load()))),
		ratio:    fmt.Sprintf("%.2f of the time away", caught.Seconds()/wasAway.Seconds()),
		spread:   "one round", met: caught <= backlogLimit && lost <= 0 && twice == 0 && float64(meanwhile) >= 0.95*loadRate*wasAway.Seconds(),
	}}, nil
}

// comeBack brings Neo4j back and says where it is now.
func (l *lab) comeBack(ctx context.Context) (string, error) {
	if l.private == nil && l.db != nil {
		return l.config.URI, nil
	}
	return l.config.URI, l.startNeo4j(ctx)
}

// bolt is host and port of a Neo4j address.
func bolt(uri string) (string, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", err
	}
	if u.Port() == "" {
		return u.Hostname() + ":7687", nil
	}
	return u.Host, nil
}

// wait lets time pass; a load that ends meanwhile is an error.
func wait(ctx context.Context, loaded chan error, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-loaded:
		loaded <- nil
		return errors.Join(errors.New("the load ended"), err)
	case <-time.After(d):
		return nil
	}
}

// catchUp returns when everything that was in the journal when it was called is applied.
func (c *child) catchUp(ctx context.Context, send *sender, loaded chan error) error {
	var head journal.Position
	for began := time.Now(); ; {
		var seen struct {
			Journal struct{ Head, Applied string }
		}
		data, err := send.query(ctx, c.token, `{ journal { head applied } }`, nil)
		if err == nil {
			err = json.Unmarshal(data, &seen)
		}
		var applied, now journal.Position
		if err == nil {
			applied, err = journal.ParsePosition(seen.Journal.Applied)
		}
		if err == nil {
			now, err = journal.ParsePosition(seen.Journal.Head)
		}
		switch {
		case err == nil && head.Seq == 0:
			head = now
		case err == nil && applied.Seq >= head.Seq:
			return nil
		}
		if time.Since(began) > 10*time.Minute {
			return errors.Join(errors.New("the backlog is not applied within 10 minutes"), err)
		}
		if err := wait(ctx, loaded, 100*time.Millisecond); err != nil {
			return err
		}
	}
}
