package wire

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"kith/audit"
	"kith/auth"
	"kith/event"
	"kith/fault"
	"kith/graph"
	"kith/journal"
	"kith/resolvers"
)

// Revocations is the journal's revocations, as every instance honours them.
type Revocations struct {
	journal *journal.Journal
	known   *auth.Revocations
	life    time.Duration
	log     *slog.Logger

	mu   sync.Mutex // protects below
	api  *graph.Server
	stop context.CancelFunc
	work sync.WaitGroup
}

var _ resolvers.Revocations = (*Revocations)(nil)

// NewRevocations puts revocations of the journal into known, each for as long as a token may live. Start begins.
func NewRevocations(j *journal.Journal, known *auth.Revocations, life time.Duration, log *slog.Logger) *Revocations {
	return &Revocations{journal: j, known: known, life: life, log: log}
}

// Start returns when all revocations there are count, and goes on to follow those that come.
func (r *Revocations) Start(ctx context.Context) error {
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.stop = stop
	caught, failed := make(chan struct{}), make(chan error, 1)
	r.work.Go(func() {
		var once sync.Once
		for {
			err := r.journal.Revocations().Follow(life, r.heard, func() { once.Do(func() { close(caught) }) })
			if life.Err() != nil {
				return
			}
			select {
			case failed <- err:
			default:
			}
			r.log.Warn("revocations of tokens cannot be followed; it is tried again", "error", err)
			select {
			case <-life.Done():
				return
			case <-time.After(time.Second):
			}
		}
	})
	select {
	case <-caught:
		return nil
	case err := <-failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends it.
func (r *Revocations) Close() {
	if r.stop != nil {
		r.stop()
	}
	r.work.Wait()
}

// Serve names the server whose connections end with their tokens.
func (r *Revocations) Serve(api *graph.Server) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.api = api
}

// heard has a revocation count here.
func (r *Revocations) heard(v journal.Revocation) {
	r.known.Add(revocationOf(v))
	r.mu.Lock()
	api := r.api
	r.mu.Unlock()
	if api != nil {
		api.EndRevoked(r.known.RevokedPrincipal)
	}
}

func revocationOf(v journal.Revocation) auth.Revocation {
	return auth.Revocation{Subject: v.Subject, TokenID: v.TokenID, At: v.At.Time()}
}

// Revoke stores a revocation for good and returns once this instance honours it.
func (r *Revocations) Revoke(ctx context.Context, v resolvers.Revocation) (resolvers.Revocation, error) {
	items := []journal.Revocation{{At: event.MillisOf(v.At), Subject: v.Subject, TokenID: v.TokenID, Reason: v.Reason, By: v.By}}
	err := r.journal.Revocations().Add(ctx, items)
	if fault.CodeOf(err) == fault.RateLimited {
		return v, fault.Wrap("wire.Revoke", fault.Limit, err, "There is no room for more revocations; revoke by subject what was revoked token by token.")
	}
	if err != nil {
		return v, err
	}
	r.heard(items[0])
	return r.listed(items[0]), nil
}

func (r *Revocations) listed(v journal.Revocation) resolvers.Revocation {
	return resolvers.Revocation{ID: v.Key(), Revocation: revocationOf(v), Reason: v.Reason, By: v.By, Until: v.At.Time().Add(r.life)}
}

// List gives the newest first.
func (r *Revocations) List(ctx context.Context, _ string, limit int, after string) ([]resolvers.Revocation, bool, error) {
	return list(ctx, r.journal.Revocations(), limit, after, func(v journal.Revocation) (resolvers.Revocation, bool) { return r.listed(v), true })
}

// Audit is the journal's audit trail.
type Audit struct{ *journal.Journal }

var (
	_ audit.Log   = Audit{}
	_ audit.Trail = Audit{}
)

// Append stores a block.
func (a Audit) Append(ctx context.Context, block []byte) error {
	return a.AuditTrail().Append(ctx, block)
}

// Epoch is the trail's.
func (a Audit) Epoch() string { return a.AuditTrail().Epoch() }

// Before gives blocks, newest first.
func (a Audit) Before(ctx context.Context, before uint64) ([]audit.Block, error) {
	found, err := a.AuditTrail().Before(ctx, before)
	blocks := make([]audit.Block, len(found))
	for i, m := range found {
		blocks[i] = audit.Block{Seq: m.Seq, Data: m.Data}
	}
	return blocks, err
}
