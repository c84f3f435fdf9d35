package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kith/identity"
)

const (
	loadRate  = 2000 // events a second
	loadBatch = 20   // events a request
	askRate   = 20   // 360° queries a second
)

// memory runs the real program under a steady load with a subscriber and queries, and looks at its resident memory
// every second.
func memory(ctx context.Context, l *lab) (rows []row, err error) {
	c, err := l.startChild(ctx, l.config.URI)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	send := newSender(c.url)
	defer send.close()
	idle, err := c.rss()
	if err != nil {
		return nil, err
	}
	w, err := subscribe(ctx, c.url, c.token, send)
	if err != nil {
		return nil, err
	}
	defer w.close()
	span := time.Duration(l.minutes * float64(time.Minute))
	if l.short {
		span = 10 * time.Second
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asked := make(chan error, 1)
	go func() { asked <- ask(ctx, c, send, span) }() // ends with span; waited for below
	var sizes samples
	looked := make(chan error, 1)
	go func() { // likewise
		_, err := steady(ctx, 1, span, 1, func(int) error {
			n, err := c.rss()
			sizes = append(sizes, float64(n)/1e6)
			return err
		})
		looked <- err
	}()
	sent, err := load(ctx, send, newShop("memory"), span, nil)
	if err != nil {
		cancel()
	}
	if err := errors.Join(err, <-asked, <-looked); err != nil {
		return nil, err
	}
	lag, err := c.metric(ctx, "kith_stream_lag_messages")
	if err != nil {
		return nil, err
	}
	quarter := len(sizes) / 4
	if quarter == 0 {
		return nil, errors.New("too short to look at memory")
	}
	early, late := sizes[quarter:2*quarter].median(), sizes[len(sizes)-quarter:].median()
	perMinute := (late - early) / (span.Minutes() / 2) // between the middles of the second and the last quarter, roughly
	l.say("MB each second: %.0f", []float64(sizes))
	return []row{{
		what: fmt.Sprintf("Kith's own memory (without the JVM) at %s events/s, one subscriber to all of them, %d queries/s, for %s", thousands(loadRate), askRate, span),
		goal: "≤ 300 MB, flat over 10 minutes", measured: fmt.Sprintf("at most %.0f MB, median of the last quarter %.0f MB; %s events sent, %.0f messages behind at the end", sizes.quantile(1), late, thousands(float64(sent)), lag),
		ratio:  fmt.Sprintf("%.1f× of idle (%.0f MB); %+.1f MB a minute from the second quarter to the last", late/(float64(idle)/1e6), float64(idle)/1e6, perMinute),
		spread: percent(sizes[quarter:].spread()), met: sizes.quantile(1) <= 300 && (late-early)/early < 0.1,
	}}, nil
}

// load sends batches at the steady pace of loadRate events a second and gives how many events had their 200. accepted,
// when given, is called after each 200.
func load(ctx context.Context, send *sender, shop *shop, span time.Duration, accepted func(events int)) (int, error) {
	const perSecond = float64(loadRate) / loadBatch
	bodies := make(chan []byte, 64)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // one maker, because a shop is for one goroutine; ends with ctx
		defer close(bodies)
		for {
			body, _ := shop.batch(loadBatch)
			select {
			case bodies <- body:
			case <-ctx.Done():
				return
			}
		}
	}()
	requests, err := steady(ctx, perSecond, span, 64, func(int) error {
		body, open := <-bodies
		if !open {
			return ctx.Err()
		}
		if err := send.post(ctx, body); err != nil {
			return err
		}
		if accepted != nil {
			accepted(loadBatch)
		}
		return nil
	})
	return requests * loadBatch, err
}

// ask asks for whole customers at a steady pace.
func ask(ctx context.Context, c *child, send *sender, span time.Duration) error {
	data, err := send.query(ctx, c.token, `{ customers(first: 50) { nodes { id } } }`, nil)
	if err != nil {
		return err
	}
	var found struct {
		Customers struct {
			Nodes []struct{ ID identity.CustomerID }
		}
	}
	if err := json.Unmarshal(data, &found); err != nil {
		return err
	}
	nodes := found.Customers.Nodes
	if len(nodes) == 0 {
		return errors.New("there are no customers to ask for")
	}
	_, err = steady(ctx, askRate, span, 8, func(i int) error {
		_, err := send.query(ctx, c.token, profileQuery, map[string]any{"id": nodes[i%len(nodes)].ID})
		return err
	})
	return err
}
