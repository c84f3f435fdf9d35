package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kith/event"
	"kith/identity"
	"kith/journal"
	"kith/pipeline"
	"kith/store"
	"kith/store/neo4jtest"
	"kith/wire"
)

func TestMain(m *testing.M) { neo4jtest.Main(m) }

// world is a whole way from journal to graph, on real parts.
type world struct {
	t       testing.TB
	db      neo4jtest.Server
	graph   *store.Graph
	journal *journal.Journal
	dir     string
	pipe    *pipeline.Pipeline
	rules   *identity.Rules
	reached *wire.Progress
	faults  func(string) error
	wrap    func(*store.Graph) pipeline.Graph
	batch   int
	at      event.Millis
	now     func() time.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	if latest != nil { // its pipeline would take office in the emptied graph, and read another journal into it
		latest.stop()
	}
	w := &world{t: t, db: neo4jtest.Empty(t), dir: filepath.Join(t.TempDir(), "journal"), rules: identity.DefaultRules(), at: 1_760_000_000_000}
	w.open()
	t.Cleanup(w.close)
	latest = w
	return w
}

// latest is the world that was made last: all share one database, one after the other.
var latest *world

func (w *world) open() {
	w.t.Helper()
	w.openGraph()
	var err error
	if w.journal, err = journal.Open(context.Background(), journal.Config{Dir: w.dir}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) openGraph() {
	w.t.Helper()
	ctx := context.Background()
	var err error
	if w.graph, err = store.Open(ctx, store.Config{URI: w.db.URI, Username: w.db.Username, Password: w.db.Password, Database: w.db.Database, WorkspaceKey: []byte("0123456789abcdef0123456789abcdef")}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start() {
	level := slog.LevelError + 4
	if os.Getenv("KITH_TEST_LOG") != "" {
		level = slog.LevelDebug
	}
	w.reached = wire.NewProgress(w.journal, w.graph.Applied, func() bool { return w.pipe != nil && w.pipe.Stats().Active.Load() })
	var graph pipeline.Graph = w.graph
	if w.wrap != nil {
		graph = w.wrap(w.graph)
	}
	w.pipe = pipeline.New(pipeline.Config{
		Journal: wire.Pipeline{Journal: w.journal, Progress: w.reached}, Graph: graph, Rules: w.rules, Holder: fmt.Sprint(rand.Uint64()), Batch: w.batch, Faults: w.faults, Now: w.now, ClockEvery: 5 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: level})),
	})
	w.pipe.Start(context.Background())
}

func (w *world) stop() {
	if w.pipe != nil {
		if err := w.pipe.Stop(context.Background()); err != nil {
			w.t.Error(err)
		}
		w.pipe = nil
	}
}

func (w *world) close() {
	w.stop()
	ctx := context.Background()
	if err := w.journal.Close(ctx); err != nil {
		w.t.Error(err)
	}
	if err := w.graph.Close(ctx); err != nil {
		w.t.Error(err)
	}
}

// send accepts calls, given as JSON, as one batch of a source.
func (w *world) send(source string, calls ...string) journal.Position {
	w.t.Helper()
	w.at++
	p := event.Part{Source: source, ReceivedAt: w.at}
	for i, c := range calls {
		var head struct {
			Type      event.Type
			MessageID string
		}
		if err := json.Unmarshal([]byte(c), &head); err != nil {
			w.t.Fatalf("call %d: %v", i, err)
		}
		raw := event.RawCall{Type: head.Type, Raw: json.RawMessage(c)}
		if head.MessageID == "" {
			raw.MessageID = fmt.Sprintf("m-%d-%d", w.at, i)
		}
		p.Calls = append(p.Calls, raw)
	}
	position, err := w.journal.AppendEvents(context.Background(), event.AppendPart(nil, &p))
	if err != nil {
		w.t.Fatal(err)
	}
	return position
}

// settle waits until everything accepted is applied.
func (w *world) settle() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	head, err := w.journal.Head(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	if head.Seq == 0 {
		return
	}
	if err := w.reached.WaitApplied(ctx, head.String()); err != nil {
		w.t.Fatalf("not applied in time: %v", err)
	}
}
