// Package journal keeps, in order and on disk, everything that changes what Kith knows: events, decisions, rules.
// It also keeps what came of it, the change stream, and what could not be used: quarantine and dead letters.
//
// It stands on NATS JetStream, embedded in the process or external. A message's place is its [Position]; who reads
// keeps the position itself, there are no acknowledgements. Every promise about durability is made here: an
// append without an error is on disk, a reader never misses a message without being told, and a store that has
// lost something never passes for a new one.
package journal

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"kith/fault"
)

// Journal is an open journal. All its methods may be called concurrently.
type Journal struct {
	cfg     Config
	lock    *Lock
	server  *embedded // nil when external
	writing *nats.Conn
	reading *nats.Conn
	maxData int
	poll    time.Duration // of readers, in case a notice got lost

	log         *stream
	changes     *stream
	quarantine  *Shelf[Quarantined]
	deadLetters *Shelf[DeadLetter]
	revocations *Shelf[Revocation]
	audit       *Trail

	events    coalescer
	records   coalescer
	backlog   backlog
	published published
	counts    counts
	gauges    atomic.Pointer[gauges]
	age       struct { // see oldest
		sync.Mutex
		seq uint64
		at  time.Time
	}

	saving  sync.Mutex // held while the checkpoint is written
	trimmed uint64     // no message from here on was trimmed; protected by saving

	mu      sync.Mutex // protects the step from open to closing
	closing atomic.Bool
	running sync.WaitGroup // appends under way
	stop    context.CancelFunc
	upkeep  chan struct{} // closed when the upkeep has ended
}

// Open starts the embedded server on cfg.Dir, or connects to cfg.URL, and makes the streams that are not there.
//
// Errors: INVALID for a wrong Config; CONFLICT when another process has the directory, or when the store holds
// less than it once did (the message says what is missing and what can be done); UNAVAILABLE else.
func Open(ctx context.Context, cfg Config) (*Journal, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	j := &Journal{cfg: cfg, upkeep: make(chan struct{})}
	j.events.journal, j.events.kind = j, KindEvents
	j.records.journal, j.records.kind = j, KindRecords
	if err := j.open(ctx); err != nil {
		close(j.upkeep)
		return nil, errors.Join(err, j.release(ctx, false))
	}
	running, stop := context.WithCancel(context.Background())
	j.stop = stop
	go j.keepUp(running) // Close waits for it
	return j, nil
}

func (j *Journal) open(ctx context.Context) error {
	seen, err := j.openStore()
	if err != nil {
		return err
	}
	if j.writing, err = connect(ctx, j.cfg, j.server, "writing"); err != nil {
		return err
	}
	if j.reading, err = connect(ctx, j.cfg, j.server, "reading"); err != nil {
		return err
	}
	j.maxData = int(j.writing.MaxPayload()) - headerBytes
	js, err := jetstream.New(j.writing)
	if err != nil {
		return fault.Wrap("journal.Open", fault.Unavailable, err, "JetStream cannot be used.")
	}
	j.log = j.stream(js, "journal")
	j.changes = j.stream(js, "changes")
	j.quarantine = newShelf(j, j.stream(js, "quarantine"), fromOutside, (*Quarantined).prepare)
	j.deadLetters = newShelf(j, j.stream(js, "deadletter"), fromPipeline, (*DeadLetter).prepare)
	j.revocations = newShelf(j, j.stream(js, "revocations"), fromPipeline, (*Revocation).prepare)
	j.audit = &Trail{j, j.stream(js, "audit")}
	if err := j.openStreams(ctx, seen); err != nil {
		return err
	}
	if err := j.listen(); err != nil {
		return err
	}
	j.refresh(ctx)
	j.saving.Lock()
	defer j.saving.Unlock()
	return j.saveCheckpoint(false)
}

// openStore locks the directory, mends what is damaged in it, and starts the server.
func (j *Journal) openStore() (*checkpoint, error) {
	j.poll = 250 * time.Millisecond
	if j.cfg.URL != "" {
		return nil, nil
	}
	j.poll = time.Second
	var err error
	if j.lock, err = LockDir(j.cfg.Dir); err != nil {
		return nil, err
	}
	seen, err := loadCheckpoint(j.cfg.Dir)
	if err != nil {
		return nil, err
	}
	if err := j.repairAll(seen); err != nil {
		return nil, fault.Wrap("journal.Open", fault.Unavailable, err, "The store in %s cannot be read.", j.cfg.Dir)
	}
	j.server = &embedded{cfg: j.cfg}
	return seen, j.server.start()
}

// repairAll mends the streams of the store: of one that was closed in order, which JetStream does not read
// again, only what is still to be read by the pipeline.
func (j *Journal) repairAll(seen *checkpoint) error {
	clean := seen != nil && seen.Clean
	for _, noun := range []string{"journal", "changes", "quarantine", "deadletter", "revocations", "audit"} {
		after := uint64(0)
		if clean {
			if noun != "journal" {
				continue
			}
			after = seen.Applied
		}
		found, err := repair(j.cfg.Dir, j.streamName(noun), j.cfg.Name+"."+noun, after)
		for _, d := range found {
			j.counts.damaged.Add(1)
			j.cfg.Logger.Error("journal: a block file was damaged; its intact messages were kept",
				"stream", d.stream, "block", d.block, "after", d.after, "bytes_lost", d.bytes,
				"messages_saved", d.kept, "original", d.copied)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (j *Journal) streamName(noun string) string {
	return strings.ToUpper(strings.ReplaceAll(j.cfg.Name, "-", "_") + "_" + noun)
}

func (j *Journal) stream(js jetstream.JetStream, noun string) *stream {
	s := &stream{
		name: j.streamName(noun), subject: j.cfg.Name + "." + noun, write: js, read: j.reading,
		timeout: j.cfg.PublishTimeout, wake: make(chan struct{}),
	}
	if j.cfg.URL != "" {
		s.notify = j.cfg.Name + ".stored." + noun
	}
	return s
}

func (j *Journal) streams() []*stream {
	return []*stream{j.log, j.changes, j.quarantine.stream, j.deadLetters.stream, j.revocations.stream, j.audit.stream}
}

// openStreams looks at all streams before it makes or changes any, so that a refusal leaves everything as it was.
func (j *Journal) openStreams(ctx context.Context, seen *checkpoint) error {
	unknown := false // embedded and without a checkpoint: an operator accepted a loss
	for _, s := range j.streams() {
		info, ok, err := s.find(ctx)
		switch {
		case err != nil:
			return err
		case seen != nil:
			if err := seen.check(j.cfg.Dir, s.name, info); err != nil {
				return err
			}
		case ok && j.server != nil:
			unknown = true
		}
	}
	if unknown {
		j.cfg.Logger.Warn("journal: the store has no checkpoint; its positions get a new epoch", "dir", j.cfg.Dir)
	}
	limits := map[*stream]jetstream.StreamConfig{
		j.log:                {MaxBytes: j.cfg.MaxBytes, Discard: jetstream.DiscardNew},
		j.changes:            {MaxBytes: j.cfg.ChangesBytes, Discard: jetstream.DiscardOld},
		j.quarantine.stream:  shelfLimits(j.cfg.QuarantineBytes),
		j.deadLetters.stream: shelfLimits(j.cfg.DeadLetterBytes),
		j.revocations.stream: shelfLimits(revocationBytes),
		j.audit.stream:       j.audit.limits(),
	}
	// A revocation must not be pushed out by others before its time.
	revocations := limits[j.revocations.stream]
	revocations.MaxAge, revocations.Discard = j.cfg.RevocationsKeep, jetstream.DiscardNew
	limits[j.revocations.stream] = revocations
	for s, limit := range limits {
		limit.Subjects, limit.Replicas = []string{s.subject + ".*"}, j.cfg.Replicas
		info, err := s.ensure(ctx, limit, unknown)
		if err != nil {
			return err
		}
		if s == j.log {
			j.begins(info.State, seen)
		}
	}
	return nil
}

// begins takes in what the journal holds at start.
func (j *Journal) begins(state jetstream.StreamState, seen *checkpoint) {
	j.trimmed = max(state.FirstSeq, 1)
	if seen != nil {
		j.backlog.restore(seen.Curve)
		j.backlog.apply(seen.Applied)
		j.trimmed = max(j.trimmed, seen.Streams[j.log.name].First)
	}
	if state.Msgs > 0 && state.Msgs != state.LastSeq-state.FirstSeq+1 {
		j.cfg.Logger.Error("journal: messages are missing; the pipeline will report those it comes to",
			"stream", j.log.name, "first", state.FirstSeq, "last", state.LastSeq, "missing", state.LastSeq-state.FirstSeq+1-state.Msgs)
	}
}

// listen has an external server say when another instance stored something.
func (j *Journal) listen() error {
	for _, s := range []*stream{j.log, j.changes, j.revocations.stream} {
		if s.notify == "" {
			continue
		}
		if _, err := j.reading.Subscribe(s.notify+".>", func(m *nats.Msg) { s.advance(s.record(m).Seq) }); err != nil {
			return s.unavailable("journal.Open", err)
		}
	}
	return nil
}

// Epoch is the epoch of every position of this journal. It changes when sequences start again: with a new store,
// and when an operator accepted a loss. The graph keeps it beside the applied sequence; on a difference the
// pipeline starts again with what is kept.
func (j *Journal) Epoch() string { return j.log.epoch }

// Head is the position of the last message.
func (j *Journal) Head(ctx context.Context) (Position, error) {
	head, err := j.headOf(ctx, j.log)
	return Position{Epoch: j.log.epoch, Seq: head}, err
}

// First is the sequence of the first message that is kept, or would be the next one's.
func (j *Journal) First(ctx context.Context) (uint64, error) {
	state, err := j.log.state(ctx)
	return max(state.FirstSeq, 1), err
}

// headOf knows the answer when every append is made here, and asks otherwise.
func (j *Journal) headOf(ctx context.Context, s *stream) (uint64, error) {
	if j.server != nil {
		return s.head.Load(), nil
	}
	state, err := s.state(ctx)
	return state.LastSeq, err
}

// Quarantine keeps what was refused, for somebody to read, mend and send again.
func (j *Journal) Quarantine() *Shelf[Quarantined] { return j.quarantine }

// DeadLetters keeps what was accepted and could not be applied.
func (j *Journal) DeadLetters() *Shelf[DeadLetter] { return j.deadLetters }

// begin counts an append in, unless the journal is closing. running.Done counts it out.
func (j *Journal) begin() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closing.Load() {
		return false
	}
	j.running.Add(1)
	return true
}

// Close refuses new appends, waits for those under way, and closes the store. With ctx over it returns early, the
// store as safe as after a crash. A second Close does nothing.
func (j *Journal) Close(ctx context.Context) error {
	j.mu.Lock()
	again := j.closing.Swap(true)
	j.mu.Unlock()
	if again {
		return nil
	}
	drained := make(chan struct{})
	go func() { // ends with the last append, at most PublishTimeout from now
		j.running.Wait()
		close(drained)
	}()
	select {
	case <-drained:
	case <-ctx.Done():
	}
	j.stop()
	return j.release(ctx, ctx.Err() == nil)
}

// release lets go of everything that open has got hold of.
func (j *Journal) release(ctx context.Context, clean bool) error {
	if j.stop != nil {
		<-j.upkeep
	}
	for _, nc := range []*nats.Conn{j.writing, j.reading} {
		if nc != nil {
			nc.Close()
		}
	}
	var errs []error
	if j.server != nil {
		err := j.server.stop(ctx)
		errs = append(errs, err)
		if err == nil && clean {
			j.saving.Lock()
			errs = append(errs, j.saveCheckpoint(true))
			j.saving.Unlock()
		}
	}
	if j.lock != nil {
		errs = append(errs, j.lock.Unlock())
	}
	return errors.Join(errs...)
}
