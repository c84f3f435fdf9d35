package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"kith/graph/graphtest"
)

// watch is a subscriber to all touchpoints. It knows when each event had its 200 and when its frame came.
type watch struct {
	client *graphtest.Client
	of     func(payload []byte) (messageID string, err error)
	ended  chan struct{} // closed when the socket is

	mu       sync.Mutex
	accepted map[string]time.Time
	arrived  map[string]time.Time
	err      error
}

const watched = `subscription { touchpointRecorded { ... on TouchpointRecorded { touchpoint { messageId name at } } } }`

// subscribe connects and returns when the subscription is live: a first event of its own has arrived.
func subscribe(ctx context.Context, url, token string, send *sender) (*watch, error) {
	probe := newShop(fmt.Sprintf("probe%d", time.Now().UnixNano()))
	return subscribeTo(ctx, url, token, send, watched, touchpointID, func() []byte {
		body, _ := probe.batch(1)
		return body
	})
}

func touchpointID(payload []byte) (string, error) {
	var frame struct {
		Data struct {
			TouchpointRecorded struct{ Touchpoint struct{ MessageID string } }
		}
	}
	err := json.Unmarshal(payload, &frame)
	return frame.Data.TouchpointRecorded.Touchpoint.MessageID, err
}

// subscribeTo is subscribe to anything: of says which event a frame is of, probe makes a body whose event has a frame.
func subscribeTo(ctx context.Context, url, token string, send *sender, query string, of func([]byte) (string, error), probe func() []byte) (*watch, error) {
	client, err := graphtest.Dial(ctx, url+"/graphql", token)
	if err != nil {
		return nil, err
	}
	w := &watch{client: client, of: of, ended: make(chan struct{}), accepted: map[string]time.Time{}, arrived: map[string]time.Time{}}
	if err := client.Subscribe("1", query, nil); err != nil {
		client.Close()
		return nil, err
	}
	go w.read() // ends with the socket, which close waits for
	for deadline := time.Now().Add(time.Minute); w.count() == 0; {
		if err := send.post(ctx, probe()); err != nil {
			return nil, err
		}
		select {
		case <-w.ended:
			return nil, fmt.Errorf("the subscription ended: %w", w.err)
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			w.close()
			return nil, fmt.Errorf("no frame comes of an accepted event within a minute")
		}
	}
	return w, nil
}

func (w *watch) read() {
	defer close(w.ended)
	for {
		m, err := w.client.Next()
		now := time.Now()
		if err == nil && m.Type != "next" {
			err = fmt.Errorf("the server says %s %s", m.Type, m.Payload)
		}
		id := ""
		if err == nil {
			id, err = w.of(m.Payload)
		}
		w.mu.Lock()
		if err != nil {
			w.err = err
			w.mu.Unlock()
			return
		}
		w.arrived[id] = now
		w.mu.Unlock()
	}
}

// accept notes that an event has its 200 now.
func (w *watch) accept(messageID string) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accepted[messageID] = now
}

func (w *watch) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.arrived)
}

// delays waits until every accepted event has its frame, and gives the milliseconds from 200 to frame. A frame that
// came before its 200 was read counts as none. What it gives is forgotten, so that a next round starts empty.
func (w *watch) delays(ctx context.Context, limit time.Duration) (samples, error) {
	deadline := time.Now().Add(limit)
	for {
		w.mu.Lock()
		missing := 0
		var out samples
		for id, at := range w.accepted {
			frame, came := w.arrived[id]
			if !came {
				missing++
				continue
			}
			out = append(out, max(0, millis(frame.Sub(at))))
		}
		if missing == 0 {
			clear(w.accepted)
		}
		w.mu.Unlock()
		if missing == 0 {
			return out, nil
		}
		select {
		case <-w.ended:
			return nil, fmt.Errorf("the subscription ended with %d frames missing: %w", missing, w.err)
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%d of %d accepted events had no frame within %s", missing, missing+len(out), limit)
		}
	}
}

func (w *watch) close() {
	w.client.Close()
	<-w.ended
}
