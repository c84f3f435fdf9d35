// Package pipeline turns the journal into the graph: it reads messages in order, decides in memory what they change,
// writes each batch in one transaction, and publishes what changed.
//
// One instance per workspace is the pipeline. It holds a lease in the graph, and every transaction checks the
// lease's epoch and the applied position, so a stalled predecessor cannot write. The applied position in the graph
// is the only truth about how far the journal is applied: a crash at any point is followed by reading on from there.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"kith/event"
	"kith/fault"
	"kith/identity"
	"kith/store"
)

// Kinds of journal messages.
const (
	KindEvents   = "events"   // one or more encoded event.Part, one after the other
	KindRecords  = "records"  // one or more encoded event.RecordsPart, one after the other
	KindDecision = "decision" // a steward's decision, or the revocation of one
	KindRules    = "rules"    // a version of the identity rules
	KindSegments = "segments" // a change of the definitions of segments and computed traits
)

// Message is one message of the journal.
type Message struct {
	Seq  uint64
	Kind string
	At   time.Time
	Data []byte
	// Traces are the places of the traces it is part of (see trace.Carry).
	Traces []string
}

// DeadLetter is what could not be applied, with the reason.
type DeadLetter struct {
	Seq               uint64
	Kind              string // of the message
	Source, MessageID string
	Reason            string
	Raw               []byte
}

// Reader reads the journal in order. Fetch waits for one message, then takes whatever is there at once. A *Lost
// error says that messages are gone; Skip goes on behind them.
type Reader interface {
	Fetch(ctx context.Context, messages, bytes int) ([]Message, error)
	Skip(to uint64)
}

// Lost says that messages First to Last of the journal are not there.
type Lost struct {
	First, Last uint64
	Trimmed     bool // older than what is kept; else damaged on disk
}

func (l *Lost) Error() string {
	return fmt.Sprintf("journal messages %d to %d are not there", l.First, l.Last)
}

// Journal is what the pipeline needs of the journal.
type Journal interface {
	// Epoch changes when the sequences start again.
	Epoch() string
	First(ctx context.Context) (uint64, error)
	Read(after uint64) Reader
	SetApplied(seq uint64)
	Trim(ctx context.Context, applied uint64) error
	// PublishChanges stores a message of the change stream once, whatever number of times it is called for (tx, part).
	PublishChanges(ctx context.Context, tx int64, part int, data []byte) error
	// LastChange is the transaction whose changes were published last; ok is false when none ever were.
	LastChange(ctx context.Context) (tx int64, ok bool, err error)
	DeadLetter(ctx context.Context, letters []DeadLetter) error
	Quarantine(ctx context.Context, refused []event.Refused) error
}

// Graph is what the pipeline needs of the store.
type Graph interface {
	Acquire(ctx context.Context, holder string, ttl int64) (store.Lease, bool, error)
	Renew(ctx context.Context, l store.Lease, ttl int64) (event.Millis, error)
	Release(ctx context.Context, l store.Lease) error
	Warm(ctx context.Context) error
	WarmRest(ctx context.Context) error
	Outbox(ctx context.Context) ([]store.OutboxEntry, error)
	Lookup(ctx context.Context, a store.Asked) (store.Found, error)
	Neighbourhood(ctx context.Context, need identity.Need) (identity.Loaded, error)
	Customers(ctx context.Context, ids []identity.CustomerID) (map[identity.CustomerID]store.StoredCustomer, error)
	Members(ctx context.Context, keys []identity.Key) (map[identity.Key]store.StoredMember, error)
	Apply(ctx context.Context, w store.Write) error
	Records(ctx context.Context, keys []identity.Key) (map[identity.Key]store.Record, error)
	Matching(ctx context.Context, need identity.MatchNeed) (store.Matching, error)
	Remaining(ctx context.Context, a store.Asking) (map[identity.Key]store.Remaining, map[[2]identity.Key]event.Millis, error)
	TouchpointsStored(ctx context.Context, ids []string) (map[string]store.Row, error)
	DecisionsByID(ctx context.Context, ids []string) (map[string]store.DecisionView, error)
	Stored
	Segments
}

// Config is how a pipeline works. Journal, Graph, Rules and Holder are required.
type Config struct {
	Journal   Journal
	Graph     Graph
	Rules     *identity.Rules // in force as long as the graph names no others
	RulesFile []byte          // the text they were read from; nil for the built-in ones
	Holder    string          // unique per process

	Batch     int           // calls a transaction takes at most, about; defaults to 3,000
	Messages  int           // journal messages read at once; defaults to 256
	Bytes     int           // bytes of journal read at once; defaults to 4 MiB
	LeaseTime time.Duration // defaults to 15 s
	TrimEvery time.Duration // defaults to 1 min
	// ClockEvery is how often the clock is looked at, which is not a question to the graph; defaults to 100 ms.
	ClockEvery time.Duration
	Logger     *slog.Logger // defaults to discarding
	Now        func() time.Time
	// Faults is called at each named step; tests crash there, or break off with its error. Defaults to nothing.
	Faults func(step string) error
}

func (c Config) withDefaults() Config {
	if c.Batch == 0 {
		c.Batch = 3000
	}
	if c.Messages == 0 {
		c.Messages = 256
	}
	if c.Bytes == 0 {
		c.Bytes = 4 << 20
	}
	if c.LeaseTime == 0 {
		c.LeaseTime = 15 * time.Second
	}
	if c.TrimEvery == 0 {
		c.TrimEvery = time.Minute
	}
	if c.ClockEvery == 0 {
		c.ClockEvery = 100 * time.Millisecond
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Faults == nil {
		c.Faults = func(string) error { return nil }
	}
	return c
}

// Pipeline is one instance's attempt to be the pipeline. Make it with New, run it with Start.
type Pipeline struct {
	cfg    Config
	cancel context.CancelFunc
	done   chan struct{}
	once   sync.Once
	paused atomic.Bool
	pace   pace
	stats  Stats
}

// Stats are running totals, safe to read at any time.
type Stats struct {
	Applied      atomic.Uint64 // journal position
	Events       atomic.Int64
	Records      atomic.Int64 // versions that came to count
	Duplicates   atomic.Int64
	Conflicts    atomic.Int64
	DeadLetters  atomic.Int64
	Transactions atomic.Int64
	Retries      Retries
	Merges       atomic.Int64
	Splits       atomic.Int64
	Clocked      atomic.Int64 // customers looked at because their time had come
	Active       atomic.Bool  // holds the lease
	ApplySeconds Histogram
}

// New makes a pipeline that is not running yet.
func New(cfg Config) *Pipeline {
	return &Pipeline{cfg: cfg.withDefaults(), done: make(chan struct{})}
}

// Stats of this instance.
func (p *Pipeline) Stats() *Stats { return &p.stats }

// Pause holds the pipeline between two batches; Resume lets it go on. For benchmarks and maintenance.
func (p *Pipeline) Pause() { p.paused.Store(true) }

// Resume ends Pause.
func (p *Pipeline) Resume() { p.paused.Store(false) }

// Start runs the pipeline until Stop. It returns at once; trouble is logged and retried.
func (p *Pipeline) Start(ctx context.Context) {
	ctx, p.cancel = context.WithCancel(ctx)
	go func() { // ends before Stop returns
		defer close(p.done)
		p.run(ctx)
	}()
}

// Stop ends the pipeline after the transaction under way and gives up the lease. It returns when everything the
// pipeline had running is gone, or with ctx.
func (p *Pipeline) Stop(ctx context.Context) error {
	if p.cancel == nil {
		return nil
	}
	p.once.Do(p.cancel)
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run takes the lease again and again until ctx ends. Each stay in office starts from what the graph says.
func (p *Pipeline) run(ctx context.Context) {
	wait := backoff{least: 100 * time.Millisecond, most: 5 * time.Second}
	for ctx.Err() == nil {
		err := p.office(ctx, &wait)
		p.stats.Active.Store(false)
		if ctx.Err() != nil {
			return
		}
		switch {
		case err == nil:
		case errors.Is(err, errRules):
			continue
		case store.Fenced(err):
			p.cfg.Logger.Info("another instance is the pipeline", "error", err)
		case fault.CodeOf(err) == fault.Unavailable:
			p.stats.Retries.Add(err)
			p.cfg.Logger.Warn("the graph is away; events wait in the journal", "error", err)
		default:
			p.stats.Retries.Add(err)
			p.cfg.Logger.Error("applying failed; trying again", "error", err)
		}
		wait.sleep(ctx)
	}
}

// office is one stay in office: take the lease, publish what the last one left, then apply until something fails.
func (p *Pipeline) office(ctx context.Context, wait *backoff) error {
	ttl := p.cfg.LeaseTime.Milliseconds()
	lease, ok, err := p.cfg.Graph.Acquire(ctx, p.cfg.Holder, ttl)
	if err != nil || !ok {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if err := p.cfg.Graph.Release(ctx, lease); err != nil {
			p.cfg.Logger.Debug("the lease was not given up; it will run out", "error", err)
		}
	}()
	a := &applier{cfg: p.cfg, stats: &p.stats, lease: lease, rules: p.cfg.Rules, size: &p.pace, leaving: ctx.Done()}
	if err := a.enter(ctx); err != nil {
		return err
	}
	p.stats.Active.Store(true)
	if wait.next > 0 { // the last stay ended in a failure: was it a job's, what is waiting has to get in before the next
		a.eventful = time.Now()
		a.rested = a.eventful.Add(fillShared)
	}
	wait.reset()
	return a.loop(ctx, &p.paused)
}

// backoff waits longer after each failure.
type backoff struct{ least, most, next time.Duration }

func (b *backoff) reset() { b.next = 0 }

func (b *backoff) sleep(ctx context.Context) {
	b.next = min(max(b.next*2, b.least), b.most)
	t := time.NewTimer(b.next)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// asLost unwraps a gap in the journal.
func asLost(err error) (*Lost, bool) {
	var lost *Lost
	ok := errors.As(err, &lost)
	return lost, ok
}
