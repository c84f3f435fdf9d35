package wire

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"kith/fault"
	"kith/identity"
	"kith/journal"
	"kith/pipeline"
	"kith/resolvers"
	"kith/segment"
)

// Applied reads from the graph how far it is: the position, and the epoch of the journal it is one of.
type Applied func(ctx context.Context) (seq int64, epoch, rules string, err error)

// Progress knows how far the graph has caught up with the journal. On the instance that is the pipeline it is told;
// elsewhere it asks the graph, at most every poll, and only while somebody waits.
type Progress struct {
	journal *journal.Journal
	applied Applied
	active  func() bool // this instance is the pipeline

	mu      sync.Mutex
	seq     uint64
	asked   time.Time
	changed chan struct{} // closed and replaced when seq grows
}

const poll = 50 * time.Millisecond

// NewProgress makes one. active says whether this instance is the pipeline.
func NewProgress(j *journal.Journal, applied Applied, active func() bool) *Progress {
	return &Progress{journal: j, applied: applied, active: active, changed: make(chan struct{})}
}

func (p *Progress) reached(seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if seq != p.seq {
		p.seq = seq
		close(p.changed)
		p.changed = make(chan struct{})
	}
}

// now is how far reads see, and a channel that is closed when that grows.
func (p *Progress) now(ctx context.Context) (uint64, <-chan struct{}, error) {
	p.mu.Lock()
	stale := !p.active() && time.Since(p.asked) > poll
	if stale {
		p.asked = time.Now()
	}
	seq, changed := p.seq, p.changed
	p.mu.Unlock()
	if !stale {
		return seq, changed, nil
	}
	n, epoch, _, err := p.applied(ctx)
	if err != nil {
		return seq, changed, err
	}
	if epoch == p.journal.Epoch() && uint64(n) > seq {
		p.journal.SetApplied(uint64(n))
		p.reached(uint64(n))
		seq = uint64(n)
	}
	return seq, changed, nil
}

// Define stores a change of definitions for good.
func (d Decisions) Define(ctx context.Context, definition segment.Definition) (string, error) {
	data, err := json.Marshal(definition)
	if err != nil {
		return "", fault.Wrap("wire.Define", fault.Internal, err, "the definition cannot be written")
	}
	p, err := d.Journal.Append(ctx, pipeline.KindSegments, data)
	return p.String(), err
}

// WaitApplied returns when reads see everything up to position, or with ctx's error.
func (p *Progress) WaitApplied(ctx context.Context, position string) error {
	const op = "wire.WaitApplied"
	want, err := journal.ParsePosition(position)
	if err != nil {
		return err
	}
	if want.Epoch != p.journal.Epoch() {
		return fault.New(op, fault.Invalid, "This position is of another journal.")
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		seq, changed, err := p.now(ctx)
		if err == nil && seq >= want.Seq {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case <-tick.C:
		}
	}
}

// Decisions is the journal as stewards write it, and how far it is applied.
type Decisions struct {
	Journal *journal.Journal
	Reached *Progress
}

var _ resolvers.Journal = Decisions{}

// Decide stores a decision for good.
func (d Decisions) Decide(ctx context.Context, decision identity.Decision) (string, error) {
	data, err := json.Marshal(decision)
	if err != nil {
		return "", fault.Wrap("wire.Decide", fault.Internal, err, "the decision cannot be written")
	}
	p, err := d.Journal.Append(ctx, pipeline.KindDecision, data)
	return p.String(), err
}

// WaitApplied returns when reads see everything up to position.
func (d Decisions) WaitApplied(ctx context.Context, position string) error {
	return d.Reached.WaitApplied(ctx, position)
}

// Progress is how far the graph has caught up.
func (d Decisions) Progress(ctx context.Context) (resolvers.Progress, error) {
	seq, _, err := d.Reached.now(ctx)
	if err != nil {
		return resolvers.Progress{}, err
	}
	lag, err := d.Journal.Lag(ctx)
	if err != nil {
		return resolvers.Progress{}, err
	}
	return resolvers.Progress{
		Head: lag.Head.String(), Applied: journal.Position{Epoch: lag.Head.Epoch, Seq: seq}.String(),
		Lag: int(lag.Messages), Oldest: lag.Oldest,
	}, nil
}

// EncodeRules is identity rules as a journal message.
func EncodeRules(r identity.StoredRules) ([]byte, error) { return json.Marshal(r) }
