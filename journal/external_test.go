package journal

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"kith/fault"
)

// Several instances share an external server: each sees at once what another appended, and keeps the streams.
func TestInstances(t *testing.T) {
	srv, ctx := natsServer(t, t.TempDir(), server.RANDOM_PORT), within(t)
	a := open(t, Config{URL: srv.ClientURL(), Replicas: 1})
	b := open(t, Config{URL: srv.ClientURL(), Replicas: 1})
	other := open(t, Config{URL: srv.ClientURL(), Replicas: 1, Name: "another"})
	if a.Epoch() != b.Epoch() || a.ChangeEpoch() != b.ChangeEpoch() || a.Epoch() == other.Epoch() || a.Epoch() == a.ChangeEpoch() {
		t.Fatalf("epochs %s %s %s", a.Epoch(), b.Epoch(), other.Epoch())
	}
	r, c := b.Read(0), b.Changes(0)
	r.poll, c.poll = time.Hour, time.Hour // only the server's notice can wake them
	for i := range uint64(5) {
		p, err := a.AppendEvents(ctx, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if m, err := r.Next(ctx); err != nil || m.Seq != p.Seq || m.Seq != i+1 {
			t.Fatalf("the other instance reads %v, %v", m.Seq, err)
		}
		if _, err := a.PublishChanges(ctx, int64(i), 0, []byte("x")); err != nil {
			t.Fatal(err)
		}
		if m, err := c.Next(ctx); err != nil || m.Seq != i+1 {
			t.Fatalf("the other instance reads change %v, %v", m.Seq, err)
		}
	}
	// The other takes over and drains an outbox that was published already.
	if seq, err := b.PublishChanges(ctx, 4, 0, []byte("x")); err != nil || seq != 5 {
		t.Errorf("a change published by another instance is at %d, %v", seq, err)
	}
	if head, err := other.Head(ctx); err != nil || head.Seq != 0 {
		t.Errorf("another workspace sees %v, %v", head, err)
	}
	if _, err := a.Append(ctx, KindEvents, make([]byte, mib)); fault.CodeOf(err) != fault.TooLarge {
		t.Errorf("a message above the server's limit gives %v", err)
	}
}

// A server that goes away costs errors, not messages; one that comes back is used again.
func TestServerRestart(t *testing.T) {
	dir, port := t.TempDir(), freePort(t)
	srv, ctx := natsServer(t, dir, port), within(t)
	j := open(t, Config{URL: srv.ClientURL(), Replicas: 1, PublishTimeout: 300 * time.Millisecond})
	if _, err := j.AppendEvents(ctx, []byte("before")); err != nil {
		t.Fatal(err)
	}
	srv.Shutdown()
	srv.WaitForShutdown()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := j.AppendEvents(ctx, []byte("while")); fault.CodeOf(err) != fault.Unavailable {
				t.Errorf("without a server an append gives %v", err)
			}
		})
	}
	all.Wait()
	for name, err := range map[string]error{"ready": j.Ready(ctx), "changes": second(j.PublishChanges(ctx, 1, 0, nil)),
		"quarantine": j.Quarantine().Add(ctx, []Quarantined{{}, {Code: "x"}}), "head": second(j.Head(ctx)), "fetch": second(j.Read(0).Next(ctx))} {
		if fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("%s without a server gives %v", name, err)
		}
	}
	if j.Stats().Connected {
		t.Error("still connected")
	}
	natsServer(t, dir, port)
	eventually(t, "the journal is ready again", func() bool { return j.Ready(ctx) == nil && j.Stats().Connected })
	p, err := j.AppendEvents(ctx, []byte("after"))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := j.Read(p.Seq - 1).Next(ctx); err != nil || string(m.Data) != "after" {
		t.Errorf("read %q, %v", m.Data, err)
	}
}

func second[T any](_ T, err error) error { return err }

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestUnreachable(t *testing.T) {
	ctx, cancel := context.WithTimeout(within(t), 700*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, small(Config{URL: fmt.Sprintf("nats://ada:secret@127.0.0.1:%d", freePort(t))}))
	if fault.CodeOf(err) != fault.Unavailable || strings.Contains(fault.MessageOf(err), "secret") || strings.Contains(err.Error(), "secret") {
		t.Errorf("an address nobody listens on gives %v", err)
	}
}

// node is one server of a cluster of three.
type node struct {
	options string
	srv     *server.Server
}

func (n *node) start(t *testing.T) {
	t.Helper()
	var opts server.Options
	if err := opts.ProcessConfigString(n.options); err != nil {
		t.Fatal(err)
	}
	opts.NoSigs, opts.NoLog = true, true
	srv, err := server.NewServer(&opts)
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	n.srv = srv
}

func (n *node) stop() {
	n.srv.Shutdown()
	n.srv.WaitForShutdown()
}

func cluster(t *testing.T) (nodes []*node, urls string) {
	t.Helper()
	var clients, routes [3]int
	var list []string
	for i := range clients {
		clients[i], routes[i] = freePort(t), freePort(t)
		list = append(list, fmt.Sprintf("nats://127.0.0.1:%d", routes[i]))
		urls += fmt.Sprintf(",nats://127.0.0.1:%d", clients[i])
	}
	for i := range clients {
		n := &node{options: fmt.Sprintf(`
			server_name: n%d, listen: "127.0.0.1:%d", jetstream: {store_dir: %q}
			cluster: {name: c, listen: "127.0.0.1:%d", routes: [%s]}`, i, clients[i], t.TempDir(), routes[i], strings.Join(list, ","))}
		n.start(t)
		t.Cleanup(func() { n.stop() })
		nodes = append(nodes, n)
	}
	healthy(t, nodes)
	return nodes, urls[1:]
}

func healthy(t *testing.T, nodes []*node) {
	t.Helper()
	eventually(t, "all nodes are healthy", func() bool {
		return !slices.ContainsFunc(nodes, func(n *node) bool { return n.srv.Healthz(nil).StatusCode != http.StatusOK })
	})
}

// Every node of a cluster restarts in turn under load: nothing acknowledged is lost, every change arrives once
// and in order (case 18).
func TestClusterRestart(t *testing.T) {
	nodes, urls := cluster(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	var j *Journal
	eventually(t, "the cluster makes streams", func() bool {
		opened, err := Open(ctx, small(Config{URL: urls, Logger: logger(t)}))
		j = opened
		return err == nil
	})
	defer closeJournal(t, j)

	var acknowledged sync.Map
	var failed atomic.Int64
	changed := 0
	load, stopLoad := context.WithCancel(ctx)
	defer stopLoad()
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := 0; load.Err() == nil; i++ {
				text := fmt.Sprintf("[%d/%d]", w, i)
				p, err := j.AppendEvents(ctx, []byte(text))
				if err != nil {
					failed.Add(1)
					continue
				}
				acknowledged.Store(text, p)
			}
		})
	}
	writers.Go(func() {
		for load.Err() == nil {
			if _, err := j.PublishChanges(ctx, int64(changed), 0, fmt.Append(nil, changed)); err == nil {
				changed++
			}
		}
	})
	texts, next := map[uint64][]byte{}, 0
	reading, stopReading := context.WithCancel(ctx)
	defer stopReading()
	var readers sync.WaitGroup
	var read, readChanges atomic.Uint64
	readers.Go(func() {
		collect(reading, t, j.Read(0), func(m Message) {
			texts[m.Seq] = m.Data
			read.Store(m.Seq)
		})
	})
	readers.Go(func() {
		collect(reading, t, j.Changes(0), func(m Message) {
			if string(m.Data) != fmt.Sprint(next) {
				t.Errorf("change %s where %d should be", m.Data, next)
			}
			next++
			readChanges.Store(m.Seq)
		})
	})
	for _, n := range nodes {
		n.stop()
		before := j.Stats().AppendParts
		eventually(t, "two nodes go on", func() bool { return j.Stats().AppendParts > before+50 })
		n.start(t)
		healthy(t, nodes)
	}
	stopLoad()
	writers.Wait()
	head, err := j.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := j.ChangeHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the readers are at the end", func() bool {
		return read.Load() >= head.Seq && readChanges.Load()+1 >= changes.Seq
	})
	stopReading()
	readers.Wait()
	n := 0
	for text, p := range acknowledged.Range {
		n++
		if !bytes.Contains(texts[p.(Position).Seq], []byte(text.(string))) {
			t.Errorf("%s was acknowledged at %v and is not there", text, p)
		}
	}
	if next < changed || changed == 0 {
		t.Errorf("%d changes were published, %d read", changed, next)
	}
	t.Logf("%d parts acknowledged, %d appends failed, %d changes", n, failed.Load(), changed)
}

// collect reads until ctx ends; servers that are away are part of the test.
func collect(ctx context.Context, t *testing.T, r *Reader, take func(Message)) {
	for {
		batch, err := r.Fetch(ctx, 100, mib)
		if ctx.Err() != nil {
			return
		}
		if err != nil && fault.CodeOf(err) != fault.Unavailable {
			t.Error(err)
			return
		}
		for _, m := range batch {
			take(m)
		}
	}
}
