package audit

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"kith/event"
)

// Log keeps blocks in order. Append is called by one goroutine; without an error the block is on disk.
type Log interface {
	Append(ctx context.Context, block []byte) error
}

// Config is what a Recorder is made of. Zero values mean the defaults given.
type Config struct {
	Log    Log           // required
	Every  time.Duration // between blocks; 1 s
	Block  int           // entries of a block; 500
	Room   int           // entries that may wait; 20,000. What comes when there is no room is counted and lost
	Logger *slog.Logger  // default: discards
}

// Recorder takes entries from everywhere and writes them in blocks. The goroutine that writes is started by Start.
type Recorder struct {
	cfg  Config
	wake chan struct{} // has room for one: a block is full
	stop chan struct{}
	work sync.WaitGroup
	once sync.Once
	ctx  context.Context // of writing; ended when Stop has no more time
	end  context.CancelFunc

	lost    atomic.Uint64
	written atomic.Uint64

	mu      sync.Mutex // protects below
	waiting []Entry
}

// NewRecorder makes a Recorder.
func NewRecorder(cfg Config) *Recorder {
	cfg.Every = cmp.Or(cfg.Every, time.Second)
	cfg.Block = cmp.Or(cfg.Block, 500)
	cfg.Room = cmp.Or(cfg.Room, 20_000)
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	r := &Recorder{cfg: cfg, wake: make(chan struct{}, 1), stop: make(chan struct{})}
	r.ctx, r.end = context.WithCancel(context.Background())
	return r
}

// Start begins to write.
func (r *Recorder) Start() { r.work.Go(r.run) }

// Stop writes what waits and ends, or gives up when ctx does.
func (r *Recorder) Stop(ctx context.Context) error {
	r.once.Do(func() { close(r.stop) })
	defer r.end()
	defer context.AfterFunc(ctx, r.end)()
	r.work.Wait()
	for r.count() > 0 {
		if err := r.flush(r.ctx); err != nil {
			return err
		}
	}
	return nil
}

// Record keeps an entry, with the time it has or now. It never blocks.
func (r *Recorder) Record(e Entry) {
	if e.At == 0 {
		e.At = event.MillisOf(time.Now())
	}
	if len(e.Targets) > maxTargets {
		e.Targets = e.Targets[:maxTargets]
	}
	r.mu.Lock()
	full := len(r.waiting) >= r.cfg.Room
	if !full {
		r.waiting = append(r.waiting, e)
	}
	n := len(r.waiting)
	r.mu.Unlock()
	if full {
		if r.lost.Add(1) == 1 {
			r.cfg.Logger.Error("audit entries are lost, because the journal does not take them fast enough")
		}
		return
	}
	if n >= r.cfg.Block {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	}
}

// Written and Lost count entries.
func (r *Recorder) Written() uint64 { return r.written.Load() }

// Lost is how many there was no room for.
func (r *Recorder) Lost() uint64 { return r.lost.Load() }

func (r *Recorder) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.waiting)
}

// run writes until Stop.
func (r *Recorder) run() {
	ticker := time.NewTicker(r.cfg.Every)
	defer ticker.Stop()
	failed := false
	for {
		select {
		case <-r.stop:
			return
		case <-ticker.C:
			failed = false
		case <-r.wake:
			if failed { // wait for the next tick
				continue
			}
		}
		for n := r.count(); n > 0 && !failed && r.ctx.Err() == nil; n = r.count() {
			if err := r.flush(r.ctx); err != nil {
				failed = true
				r.cfg.Logger.Warn("the audit trail cannot be written; it is tried again", "waiting", n, "error", err)
			} else if n <= r.cfg.Block {
				break
			}
		}
	}
}

// flush writes one block. What could not be written goes on waiting.
func (r *Recorder) flush(ctx context.Context) error {
	r.mu.Lock()
	block := r.waiting[:min(len(r.waiting), r.cfg.Block)] // only this goroutine takes from it
	r.mu.Unlock()
	text, err := encode(block)
	if err == nil {
		err = r.cfg.Log.Append(ctx, text)
	}
	if err != nil {
		return err
	}
	r.written.Add(uint64(len(block)))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting = r.waiting[len(block):]; len(r.waiting) == 0 {
		r.waiting = nil
	}
	return nil
}
