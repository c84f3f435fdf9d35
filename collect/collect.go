// Package collect takes in what tracking SDKs send over HTTP: the routes, keys, limits and answers of the wire format.
//
// An event is accepted when the journal has it on disk, and refused when it is in quarantine: both come before the
// answer. The first stage of decoding (package event) checks every event here; its bytes go to the journal as they
// are, to be decoded in full by the pipeline.
//
// Nothing here logs or measures a path, a query or a body: write keys and personal data are in them.
package collect

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	xrate "golang.org/x/time/rate"

	"kith/event"
	"kith/fault"
)

// Journal is where accepted events go.
type Journal interface {
	// AppendEvents stores one part, as event.AppendPart writes it, and returns its position once it is on disk. It is
	// called concurrently. After it returned nil it must not use part any more; after an error it may still hold it.
	// RATE_LIMITED, TOO_LARGE and everything else are answered with 429, 413 and 503, with the error's RetryAfter.
	AppendEvents(ctx context.Context, part []byte) (position string, err error)
}

// Records is where accepted records go.
type Records interface {
	// AppendRecords stores one part, as event.AppendRecordsPart writes it. What is said of AppendEvents holds here.
	AppendRecords(ctx context.Context, part []byte) (position string, err error)
}

// Quarantine is where refused events go.
type Quarantine interface {
	// Add keeps them, on disk when it returns. It is called concurrently, before the batch's accepted events are
	// appended, and may see an event again when its batch is sent again: Refused.Key is the same then. The events
	// must not be used after it returned. Errors are answered like those of AppendEvents.
	Add(ctx context.Context, refused []event.Refused) error
}

// Keys knows the write keys.
type Keys interface {
	// Check gives the source a write key belongs to, in the same time whatever the key: UNAUTHENTICATED when it is of
	// none, FORBIDDEN when the source is switched off.
	Check(key string) (source string, err error)
}

// Rate bounds the events of one source.
type Rate struct {
	Events float64 // a second; zero means no bound
	Burst  int     // at once; at least, and by default, the events of one batch
}

// Config of a Collector. The zero value is a good one.
type Config struct {
	Limits   event.Limits          // upward of the wire format's; zero is those
	Records  Records               // default none: then there is no route for them
	Rate     Rate                  // of every source; default none
	Rates    map[string]Rate       // of single sources, in place of Rate
	Buffers  int64                 // bytes that requests under way may occupy, above it 503; default 128 MB
	Timeout  time.Duration         // for journal and quarantine together, then 503; default 10 s
	Random   io.Reader             // for message ids; default crypto/rand
	Now      func() time.Time      // default time.Now
	Logger   *slog.Logger          // default: discards
	Registry prometheus.Registerer // for metrics; default: kept, but not registered
}

func (c Config) withDefaults() Config {
	if c.Buffers == 0 {
		c.Buffers = 128 << 20
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func (c Config) validate() error {
	largest := c.Limits.BatchBytes
	if c.Records != nil {
		largest = max(largest, c.Limits.RecordsBytes)
	}
	if least := int64(16 * largest); c.Buffers < least {
		return fault.New("collect.New", fault.Invalid, "Buffers is %d: it must be at least 16 times the largest body, %d.", c.Buffers, least)
	}
	if c.Timeout < 0 || c.Rate.Events < 0 || c.Rate.Burst < 0 {
		return fault.New("collect.New", fault.Invalid, "Timeout %s, Rate %+v: neither may be negative.", c.Timeout, c.Rate)
	}
	for source, r := range c.Rates {
		if r.Events < 0 || r.Burst < 0 {
			return fault.New("collect.New", fault.Invalid, "Rates[%q] is %+v: it may not be negative.", source, r)
		}
	}
	return nil
}

// Collector is the HTTP face of ingest. It starts no goroutines.
type Collector struct {
	cfg        Config
	journal    Journal
	quarantine Quarantine
	keys       Keys
	mux        *http.ServeMux
	buffers    *buffers
	rates      rates
	metrics    *metrics
	complain   xrate.Sometimes // keeps an outage from filling the log

	mu       sync.Mutex // protects the three below
	underWay int
	stopped  bool
	idle     chan struct{} // closed when stopped and nothing is under way
}

// New makes a Collector. Its error is INVALID, for the configuration, or the registry's.
func New(cfg Config, journal Journal, quarantine Quarantine, keys Keys) (*Collector, error) {
	cfg = cfg.withDefaults()
	limits, err := cfg.Limits.Defaulted()
	if err != nil {
		return nil, err
	}
	cfg.Limits = limits
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	m, err := newMetrics(cfg.Registry)
	if err != nil {
		return nil, err
	}
	c := &Collector{
		cfg: cfg, journal: journal, quarantine: quarantine, keys: keys,
		buffers: newBuffers(cfg.Buffers), metrics: m, idle: make(chan struct{}),
		rates:    rates{standard: cfg.Rate, own: cfg.Rates, batch: limits.Events},
		complain: xrate.Sometimes{First: 1, Interval: time.Second},
	}
	c.mux = c.routes()
	return c, nil
}

// Handler serves the routes of the wire format, all below /v1/.
func (c *Collector) Handler() http.Handler { return c.mux }

// Stop lets no further request in: they are answered with 503. It returns when those under way are finished, or with
// ctx's error. Calling it again is fine.
func (c *Collector) Stop(ctx context.Context) error {
	c.mu.Lock()
	if !c.stopped {
		c.stopped = true
		if c.underWay == 0 {
			close(c.idle)
		}
	}
	c.mu.Unlock()
	select {
	case <-c.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enter counts a request in, unless the Collector was stopped. Every true needs its leave.
func (c *Collector) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return false
	}
	c.underWay++
	return true
}

func (c *Collector) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.underWay--
	if c.stopped && c.underWay == 0 {
		close(c.idle)
	}
}
