package feed

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"kith/customer"
	"kith/fault"
	"kith/identity"
)

// Config is what a Hub is made of. Zero values mean the defaults given.
type Config struct {
	Source Source        // required
	Logger *slog.Logger  // default: discards
	Queue  int           // bytes of changes that may wait for one subscriber; 256 KiB
	Recent int           // bytes of messages kept in memory for subscribers that come back; 8 MiB
	Warm   int           // messages read into that memory at the start; 2,000
	Crowd  int           // members of a segment that are watched; of one that grows beyond, watching ends; 400,000
	Reads  int           // subscribers that may read the stream at once to catch up; 16
	Retry  time.Duration // between attempts to read a stream that is away; 1 s
}

func (c Config) withDefaults() Config {
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
	c.Queue = cmp.Or(c.Queue, 256<<10)
	c.Recent = cmp.Or(c.Recent, 8<<20)
	c.Warm = cmp.Or(c.Warm, 2_000)
	c.Crowd = cmp.Or(c.Crowd, 400_000)
	c.Reads = cmp.Or(c.Reads, 16)
	c.Retry = cmp.Or(c.Retry, time.Second)
	return c
}

func (c Config) validate() error {
	switch {
	case c.Source == nil:
		return errors.New("feed: Config.Source is missing")
	case c.Queue < 1<<10:
		return fmt.Errorf("feed: Config.Queue is %d bytes; it must be at least 1024", c.Queue)
	}
	return nil
}

// Hub hands the changes of one stream to its subscribers.
type Hub struct {
	cfg    Config
	source Source
	log    *slog.Logger
	reads  chan struct{} // a place for each read of those that catch up
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu      sync.Mutex // protects below
	epoch   string
	pos     uint64        // the last message handed out
	done    mark          // what it was of
	grown   chan struct{} // closed with the next message, when somebody waits for it
	recent  ring
	index   *index
	subs    set // all that are not closed
	started bool
	stopped bool
}

// New makes a Hub.
func New(cfg Config) (*Hub, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	h := &Hub{
		cfg: cfg, source: cfg.Source, log: cfg.Logger, index: newIndex(), subs: set{},
		reads: make(chan struct{}, cfg.Reads), recent: ring{limit: cfg.Recent},
	}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	return h, nil
}

// Start finds the end of the stream, reads what is to be remembered of it, and begins to hand out what is new.
func (h *Hub) Start(ctx context.Context) error {
	epoch := h.source.Epoch()
	if epoch == "" || strings.Contains(epoch, ".") {
		return fmt.Errorf("feed: the stream's epoch %q is empty or has a dot", epoch)
	}
	head, err := h.source.Head(ctx)
	if err != nil {
		return fault.Wrap("feed.Start", fault.Unavailable, err, "The change stream cannot be read.")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.started || h.stopped {
		return errors.New("feed: a hub is started once")
	}
	h.started, h.epoch = true, epoch
	for back := min(head, uint64(h.cfg.Warm)); ; back /= 2 { // as far as the stream is kept
		err := h.warm(ctx, head, back)
		if err == nil {
			break
		}
		if !errors.Is(err, ErrGone) {
			return fault.Wrap("feed.Start", fault.Unavailable, err, "The change stream cannot be read.")
		}
	}
	h.work.Go(h.run)
	return nil
}

// warm reads the last messages up to head.
func (h *Hub) warm(ctx context.Context, head, back uint64) error {
	h.recent.clear()
	for h.pos = head - back; h.pos < head; {
		messages, err := h.source.Read(ctx, h.pos, chunk)
		if err != nil {
			return err
		}
		for _, m := range messages {
			b := h.decode(m)
			h.recent.add(b)
			h.pos, h.done = m.Seq, h.done.later(b)
		}
	}
	return nil
}

// Stop ends all subscriptions and returns when the hub's goroutines are gone, or with ctx's error.
func (h *Hub) Stop(ctx context.Context) error {
	h.mu.Lock()
	h.stopped = true
	h.mu.Unlock()
	h.cancel()
	h.endAll("", ErrStopped)
	gone := make(chan struct{})
	go func() { // ends with the hub's goroutines
		h.work.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// chunk is how many messages are read at a time.
const chunk = 256

// run hands out what is new until the hub stops.
func (h *Hub) run() {
	for {
		messages, err := h.source.Read(h.ctx, h.position(), chunk)
		switch {
		case h.ctx.Err() != nil:
			return
		case errors.Is(err, ErrGone):
			h.log.Error("feed fell behind the change stream; every subscriber must read anew", "after", h.position())
			h.skip()
		case err != nil:
			h.log.Warn("feed cannot read the change stream", "err", err)
			h.pause()
		}
		for _, m := range messages {
			h.handOut(h.decode(m))
		}
	}
}

func (h *Hub) position() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.pos
}

func (h *Hub) pause() {
	select {
	case <-time.After(h.cfg.Retry):
	case <-h.ctx.Done():
	}
}

// skip goes on at the end of the stream after messages were lost.
func (h *Hub) skip() {
	head, err := h.source.Head(h.ctx)
	if err != nil {
		h.pause()
		return
	}
	h.mu.Lock()
	h.epoch, h.pos = h.source.Epoch(), max(head, 1)-1 // the newest is always kept, and says how far the pipeline is
	h.recent.clear()
	h.mu.Unlock()
	h.endAll(gone, nil)
}

// endAll ends every subscription.
func (h *Hub) endAll(resync string, end error) {
	h.mu.Lock()
	all := make([]*Subscription, 0, len(h.subs))
	for s := range h.subs {
		h.leave(s)
		all = append(all, s)
	}
	h.mu.Unlock()
	for _, s := range all {
		s.stop(resync, end)
		s.tell()
	}
}

// decode reads a message. One that cannot be read changes nothing: it would be the pipeline's fault, and the rest of the
// stream is good.
func (h *Hub) decode(m Message) *batch {
	b := &batch{seq: m.Seq, size: len(m.Data), trace: m.Trace}
	if err := json.Unmarshal(m.Data, &b.Batch); err != nil {
		h.log.Error("feed cannot read a message of the change stream", "seq", m.Seq, "err", err)
		b.Changes = nil
	}
	return b
}

// handOut gives a message to all it concerns.
func (h *Hub) handOut(b *batch) {
	h.mu.Lock()
	var told []*Subscription
	var last spelled
	for n, c := range b.Changes {
		at := place{b.seq, n + 1}
		h.index.audience(c, func(s *Subscription) {
			if h.hand(s, at, b, c, &last) && !s.told {
				s.told = true
				told = append(told, s)
			}
		})
	}
	for _, s := range told {
		s.told = false
	}
	h.recent.add(b)
	h.pos, h.done = b.seq, h.done.later(b)
	if h.grown != nil {
		close(h.grown)
		h.grown = nil
	}
	h.mu.Unlock()
	for _, s := range told {
		s.tell()
	}
}

// hand gives a change to a subscription whose index entry says that it may concern it. It reports whether the subscription
// has something new. Hub.mu is held.
func (h *Hub) hand(s *Subscription, at place, b *batch, c customer.Change, last *spelled) bool {
	if !s.from.before(at) {
		return false
	}
	before := s.watch.holder
	shown := c.Touchpoint != nil || s.watch.crowd != nil && c.Deleted == nil || s.watch.step(c) // the index took these steps
	if w := s.watch.crowd; w != nil && len(w.members) > h.cfg.Crowd {
		s.watch.lost = crowded
	}
	if s.watch.lost != "" {
		h.leave(s)
		s.stop(s.watch.lost, nil)
		return true
	}
	if s.watch.holder != before {
		h.index.move(s, before)
	}
	if !shown {
		return false
	}
	i := s.item(at, b, c)
	i.received, i.trace, i.cursor = b.Ingest, b.trace, last.text(s.cursor(i))
	if !s.push(i) {
		h.leave(s)
	}
	return true
}

// Head is the cursor right behind the newest change this instance has handed out. What is read after it is at least as new.
func (h *Hub) Head(context.Context) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.started || h.stopped {
		return "", ErrStopped
	}
	return cursor{epoch: h.epoch, at: place{h.pos + 1, 0}}.String(), nil
}

// Customer subscribes to one person's changes behind the cursor after: of who held the identifier that gives the id watched
// there and then, through merges and splits, of who holds it. Holder is who holds it now, or did so at a moment since the
// cursor. A cursor that is none fails with INVALID; one from which there is no way on opens a subscription whose first
// event is a Resync.
func (h *Hub) Customer(ctx context.Context, watched, holder identity.CustomerID, after string) (*Subscription, error) {
	c, err := parseCursor(after)
	if err != nil {
		return nil, err
	}
	return h.subscribe(ctx, resume(watched, holder, c), c, nil)
}

// Touchpoints subscribes to the touchpoints stored behind the cursor after that meet the filter. Errors are those of
// Customer.
func (h *Hub) Touchpoints(ctx context.Context, f Filter, after string) (*Subscription, error) {
	c, err := parseCursor(after)
	if err != nil {
		return nil, err
	}
	return h.subscribe(ctx, watch{filter: newFilter(f)}, c, nil)
}

// Segment subscribes to who enters and leaves a segment behind the cursor after. Errors are those of Customer.
func (h *Hub) Segment(ctx context.Context, segment, after string) (*Subscription, error) {
	c, err := parseCursor(after)
	if err != nil {
		return nil, err
	}
	return h.subscribe(ctx, watch{segment: segment}, c, nil)
}

// remove forgets a closed subscription.
func (h *Hub) remove(s *Subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subs, s)
	h.leave(s)
}

// leave takes a subscription from among those that get what is new. Hub.mu is held.
func (h *Hub) leave(s *Subscription) {
	if s.joined {
		s.joined = false
		h.index.remove(s)
	}
}
