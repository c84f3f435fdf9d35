package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"kith/customer"
	"kith/event"
	"kith/feed"
	"kith/graph"
	"kith/identity"
	"kith/resolvers"
	"kith/wire"
)

// tap is a change stream that is fed by hand, so that what is measured is the way from a commit to the subscribers.
type tap struct {
	mu   sync.Mutex
	all  []feed.Message
	more chan struct{}
}

func (*tap) Epoch() string { return "bench" }

func (t *tap) Head(context.Context) (uint64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return uint64(len(t.all)), nil
}

func (t *tap) Read(ctx context.Context, after uint64, limit int) ([]feed.Message, error) {
	for {
		t.mu.Lock()
		if uint64(len(t.all)) > after {
			some := t.all[after:min(uint64(len(t.all)), after+uint64(limit))]
			t.mu.Unlock()
			return some, nil
		}
		more := t.more
		t.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// change publishes that a customer has changed.
func (t *tap) change(id identity.CustomerID) error {
	batch := customer.Batch{At: event.MillisOf(time.Now())}
	batch.Changes = []customer.Change{{Changed: &customer.Changed{Customer: id, Reasons: []customer.Reason{customer.ReasonTouchpoint}}}}
	text, err := json.Marshal(batch)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, feed.Message{Seq: uint64(len(t.all)) + 1, Data: text})
	close(t.more)
	t.more = make(chan struct{})
	return nil
}

// stage is the live API over a tap, with real resolvers and customers.
type stage struct {
	*tap
	url, token string
	ids        []identity.CustomerID
	hub        *feed.Hub
	api        *graph.Server
	http       *http.Server
	served     chan error
}

// openStage makes so many customers, and then serves them.
func (l *lab) openStage(ctx context.Context, customers int) (_ *stage, _ func() error, err error) {
	k, err := l.openKith(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.close())
		}
	}()
	k.start(ctx)
	send := newSender(k.url)
	defer send.close()
	for n := 0; n < customers; n += 500 {
		body := []byte(`{"batch":[`)
		for i := n; i < min(n+500, customers); i++ {
			body = fmt.Appendf(body, `{"type":"identify","messageId":"stage-%d","userId":"stage-%d","traits":{"name":"Person %d","plan":"gold"}},`, i, i, i)
		}
		body[len(body)-1] = ']'
		if err := send.post(ctx, append(body, '}')); err != nil {
			return nil, nil, err
		}
	}
	if err := k.settle(ctx, 2*time.Minute); err != nil {
		return nil, nil, err
	}
	s := &stage{tap: &tap{more: make(chan struct{})}, served: make(chan error, 1), token: k.token}
	for n := range customers {
		s.ids = append(s.ids, identity.CustomerIDOf(k.graph.WorkspaceKey(), identity.Key(fmt.Sprintf("user_id:stage-%d", n))))
	}
	if s.hub, err = feed.New(feed.Config{Source: s.tap}); err != nil {
		return nil, nil, err
	}
	if err := s.hub.Start(ctx); err != nil {
		return nil, nil, err
	}
	root := resolvers.New(resolvers.Config{
		Graph: k.graph, Journal: wire.Decisions{Journal: k.journal, Reached: k.progress}, Feed: wire.Feed{Hub: s.hub}, Rules: identity.DefaultRules(),
	})
	if s.api, err = graph.NewServer(graph.ServerConfig{Resolvers: root, Verifier: k.verifier, Logger: slog.New(slog.NewTextHandler(l.progress, nil))}); err != nil {
		return nil, nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	s.url = "http://" + listener.Addr().String()
	mux := http.NewServeMux()
	mux.Handle("/graphql", s.api)
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { s.served <- s.http.Serve(listener) }() // ends with Shutdown; close waits for it
	return s, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		errs := []error{s.api.Drain(ctx), s.http.Shutdown(ctx), s.hub.Stop(ctx), k.close()}
		if err := <-s.served; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}, nil
}

const liveQuery = `subscription ($id: ID!) { customerChanged(by: {id: $id}) { ... on CustomerChanged { cursor at reasons changedTraits customer { id displayName known traits lastSeenAt } } } }`

// fanout has 1,000 sockets watch one customer. The floor writes frames of the same length, each prepared once, to as many
// sockets with gorilla/websocket and nothing else. Both have at most four events under way, and take turns.
func fanout(ctx context.Context, l *lab) (rows []row, err error) {
	s, end, err := l.openStage(ctx, 10)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, end()) }()
	sockets := l.pick(1000, 100)
	var frames, length atomic.Int64
	got := func(_, n int) {
		length.Store(int64(n))
		frames.Add(1)
	}
	watching, err := openCrowd(ctx, sockets, func(int) (*rawSocket, error) {
		return dialRaw(ctx, s.url, s.token, liveQuery, map[string]any{"id": s.ids[0]})
	}, got)
	if err != nil {
		return nil, err
	}
	defer watching.close()
	drive := func(span time.Duration, send func() error) (float64, error) {
		began, before := time.Now(), frames.Load()
		events := int64(0)
		for time.Since(began) < span || frames.Load()-before < events*int64(sockets) {
			if time.Since(began) < span && (frames.Load()-before)/int64(sockets) > events-4 {
				if err := send(); err != nil {
					return 0, err
				}
				events++
				continue
			}
			if time.Since(began) > span+time.Minute {
				return 0, fmt.Errorf("%d frames of %d came", frames.Load()-before, events*int64(sockets))
			}
			<-time.After(20 * time.Microsecond)
		}
		return float64(events*int64(sockets)) / time.Since(began).Seconds(), nil
	}
	for frames.Load() < int64(sockets) { // the snapshots
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	change := func() error { return s.change(s.ids[0]) }
	// The JVM learns to read fast what every event reads.
	send := newSender(s.url)
	defer send.close()
	if _, err := flood(ctx, 8, l.warmFor(), func() error {
		_, err := send.query(ctx, s.token, `query ($id: ID!) { customer(by: {id: $id}) { id displayName known traits lastSeenAt } }`, map[string]any{"id": s.ids[0]})
		return err
	}); err != nil {
		return nil, err
	}
	if _, err := drive(l.warmFor()/6, change); err != nil {
		return nil, err
	}
	bare, stop, err := bareSockets(ctx, sockets, got)
	if err != nil {
		return nil, err
	}
	defer stop()
	profiled, err := l.profiled("fanout")
	if err != nil {
		return nil, err
	}
	var ours, floor samples
	for r := range l.rounds {
		var kith, plain samples
		for range l.pick(8, 1) { // short turns, so that both meet the same machine
			n, err := drive(time.Second, change)
			if err != nil {
				return nil, err
			}
			payload := make([]byte, length.Load())
			m, err := drive(time.Second, func() error { return bare(payload) })
			if err != nil {
				return nil, err
			}
			kith, plain = append(kith, n), append(plain, m)
		}
		ours, floor = append(ours, kith.median()), append(floor, plain.median())
		l.say("round %d: %s deliveries/s, bare %s", r+1, thousands(kith.median()), thousands(plain.median()))
	}
	if err := profiled(); err != nil {
		return nil, err
	}
	ratio := ours.over(floor)
	return []row{{
		what: fmt.Sprintf("fan-out, %s sockets watching one customer (read anew for each change)", thousands(float64(sockets))), goal: "≥ 0.7 of bare sockets",
		measured: fmt.Sprintf("%s deliveries/s", thousands(ours.median())), ratio: fmt.Sprintf("%.2f of one prepared frame over gorilla/websocket (%s/s)", ratio.median(), thousands(floor.median())),
		spread: percent(ours.spread()) + ", ratio " + percent(ratio.spread()), met: ratio.median() >= 0.7,
	}}, nil
}

// bareSockets are sockets that one prepared frame is written to, half of them on each of two goroutines.
func bareSockets(ctx context.Context, n int, got func(i, length int)) (send func([]byte) error, stop func(), err error) {
	conns := make(chan *websocket.Conn, n)
	up := websocket.Upgrader{WriteBufferPool: &sync.Pool{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if conn, err := up.Upgrade(w, r, nil); err == nil {
			conns <- conn
			_, _ = io.Copy(io.Discard, conn.NetConn())
		}
	})}
	go func() { _ = server.Serve(listener) }() // ends with Close
	clients, err := openCrowd(ctx, n, func(int) (*rawSocket, error) {
		conn, res, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+listener.Addr().String(), nil)
		if err != nil {
			return nil, err
		}
		_ = res.Body.Close() // of a handshake, empty
		return newRawSocket(conn), nil
	}, got)
	if err != nil {
		server.Close()
		return nil, nil, err
	}
	all := make([]*websocket.Conn, n)
	for i := range all {
		all[i] = <-conns
	}
	send = func(payload []byte) error {
		m, err := websocket.NewPreparedMessage(websocket.TextMessage, payload)
		if err != nil {
			return err
		}
		var writers sync.WaitGroup
		var failed atomic.Pointer[error]
		for _, half := range [][]*websocket.Conn{all[:n/2], all[n/2:]} {
			writers.Go(func() {
				for _, c := range half {
					if err := c.WritePreparedMessage(m); err != nil {
						failed.Store(&err)
					}
				}
			})
		}
		writers.Wait()
		if err := failed.Load(); err != nil {
			return *err
		}
		return nil
	}
	return send, func() {
		for _, c := range all {
			c.Close()
		}
		clients.close()
		server.Close()
	}, nil
}

// spread has 5,000 sockets watch as many customers, of whom 500 change every second: each change is read for one
// subscriber alone.
func spread(ctx context.Context, l *lab) (rows []row, err error) {
	n := l.pick(5000, 500)
	s, end, err := l.openStage(ctx, n)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, end()) }()
	var mu sync.Mutex
	sent := make([]time.Time, n)
	var delays samples
	snapshots := 0
	watching, err := openCrowd(ctx, n, func(i int) (*rawSocket, error) {
		return dialRaw(ctx, s.url, s.token, liveQuery, map[string]any{"id": s.ids[i]})
	}, func(i, _ int) {
		now := time.Now()
		mu.Lock()
		defer mu.Unlock()
		if sent[i].IsZero() {
			snapshots++
			return
		}
		delays = append(delays, millis(now.Sub(sent[i])))
		sent[i] = time.Time{}
	})
	if err != nil {
		return nil, err
	}
	defer watching.close()
	have := func() (int, int) { mu.Lock(); defer mu.Unlock(); return snapshots, len(delays) }
	for deadline := time.Now().Add(time.Minute); ; {
		if got, _ := have(); got >= n {
			break
		}
		if time.Now().After(deadline) {
			return nil, errors.New("not every subscriber has its snapshot within a minute")
		}
		<-time.After(10 * time.Millisecond)
	}
	const pace = 500
	var middle, tail samples
	span := time.Duration(l.pick(10, 2)) * time.Second
	at := 0
	for r := range l.rounds + 1 { // the first is for the JVM
		mu.Lock()
		delays = nil
		mu.Unlock()
		begun, err := steady(ctx, pace, span, 1, func(int) error {
			i := at % n
			at++
			mu.Lock()
			sent[i] = time.Now()
			mu.Unlock()
			return s.change(s.ids[i])
		})
		if err != nil {
			return nil, err
		}
		for deadline := time.Now().Add(30 * time.Second); ; {
			if _, got := have(); got >= begun {
				break
			}
			if time.Now().After(deadline) {
				_, got := have()
				return nil, fmt.Errorf("%d of %d changes had a frame", got, begun)
			}
			<-time.After(10 * time.Millisecond)
		}
		mu.Lock()
		p50, p99 := delays.median(), delays.quantile(0.99)
		mu.Unlock()
		if r > 0 {
			middle, tail = append(middle, p50), append(tail, p99)
		}
		l.say("round %d: p50 %.1f ms, p99 %.1f ms", r, p50, p99)
	}
	return []row{{
		what: fmt.Sprintf("fan-out, %s sockets watching as many customers, %d changes/s: from the change to the frame", thousands(float64(n)), pace), goal: "p99 ≤ 100 ms",
		measured: fmt.Sprintf("p50 %.1f ms, p99 %.1f ms", middle.median(), tail.median()), ratio: "",
		spread: percent(tail.spread()), met: tail.median() <= 100,
	}}, nil
}

// idle opens subscriptions on the real program, which say nothing.
func idle(ctx context.Context, l *lab) (rows []row, err error) {
	c, err := l.startChild(ctx, l.config.URI)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	send := newSender(c.url)
	defer send.close()
	body, _ := newShop("idle").batch(100)
	if err := send.post(ctx, body); err != nil {
		return nil, err
	}
	if err := c.settle(ctx, time.Minute); err != nil {
		return nil, err
	}
	var found struct {
		Customers struct{ Nodes []struct{ ID string } }
	}
	for deadline := time.Now().Add(time.Minute); len(found.Customers.Nodes) == 0; { // the lag is that of a moment ago
		data, err := send.query(ctx, c.token, `{ customers(first: 50) { nodes { id } } }`, nil)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(data, &found); err != nil {
			return nil, err
		}
		if time.Now().After(deadline) {
			return nil, errors.New("there are no customers")
		}
		<-time.After(10 * time.Millisecond)
	}
	look := func() (rss, goroutines float64, err error) {
		n, err := c.rss()
		if err != nil {
			return 0, 0, err
		}
		goroutines, err = c.metric(ctx, "go_goroutines")
		return float64(n), goroutines, err
	}
	rss0, routines0, err := look()
	if err != nil {
		return nil, err
	}
	n := l.pick(10_000, 500)
	var snapshots atomic.Int64
	nodes := found.Customers.Nodes
	watching, err := openCrowd(ctx, n, func(i int) (*rawSocket, error) {
		return dialRaw(ctx, c.url, c.token, liveQuery, map[string]any{"id": nodes[i%len(nodes)].ID})
	}, func(int, int) { snapshots.Add(1) })
	if err != nil {
		return nil, err
	}
	defer watching.close()
	for deadline := time.Now().Add(time.Minute); snapshots.Load() < int64(n); {
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%d of %d subscribers have their snapshot", snapshots.Load(), n)
		}
		<-time.After(10 * time.Millisecond)
	}
	var took samples
	if _, err := steady(ctx, 20, time.Duration(l.pick(30, 3))*time.Second, 4, func(int) error {
		began := time.Now()
		_, err := send.query(ctx, c.token, `{ __typename }`, nil)
		took = append(took, millis(time.Since(began))) // four at most, and far apart
		return err
	}); err != nil {
		return nil, err
	}
	rss, routines, err := look()
	if err != nil {
		return nil, err
	}
	each, per := (rss-rss0)/float64(n)/1000, (routines-routines0)/float64(n)
	return []row{{
		what: fmt.Sprintf("idle subscriptions, %s on as many sockets, on the real program", thousands(float64(n))), goal: "≤ 30 KB and ≤ 2 goroutines each",
		measured: fmt.Sprintf("%.1f KB, %.2f goroutines each; {__typename} meanwhile p50 %.1f ms, p99 %.1f ms", each, per, took.median(), took.quantile(0.99)),
		ratio:    fmt.Sprintf("%.0f MB of memory before, %.0f MB with them", rss0/1e6, rss/1e6), met: each <= 30 && per <= 2.01,
	}}, nil
}
