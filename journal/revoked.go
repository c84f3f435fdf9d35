package journal

import (
	"context"
	"encoding/json"
	"time"

	"kith/event"
)

// Revocation is a token, or all tokens of a subject issued up to a moment, that shall not be taken any more.
type Revocation struct {
	ID      string       `json:"id"` // made by Add when empty, of subject and tokenId: a new one takes the place of the one before
	At      event.Millis `json:"at"` // set by Add when zero
	Subject string       `json:"subject,omitempty"`
	TokenID string       `json:"tokenId,omitempty"`
	Reason  string       `json:"reason"`
	By      string       `json:"by"`
}

// Key is its ID, also before Add.
func (r *Revocation) Key() string {
	if r.ID != "" {
		return r.ID
	}
	return hashID("rev_", []byte(r.Subject), []byte(r.TokenID))
}

func (r *Revocation) prepare() string {
	r.ID = r.Key()
	if r.At == 0 {
		r.At = event.MillisOf(time.Now())
	}
	return r.ID
}

// Revocations are kept as long as a token may live.
func (j *Journal) Revocations() *Shelf[Revocation] { return j.revocations }

// revocationBytes has room for some hundred thousand.
const revocationBytes = 64 * mib

// Follow calls f with every item there is, oldest first, then caught once, then f with every item that is added, by
// whichever process, until ctx ends. An error of the server ends it as well; to call it again begins anew.
func (s *Shelf[T]) Follow(ctx context.Context, f func(T), caught func()) error {
	const op = "journal.Shelf.Follow"
	state, err := s.stream.state(ctx)
	if err != nil {
		return err
	}
	next, end := max(state.FirstSeq, 1), state.LastSeq
	if state.Msgs == 0 {
		next = end + 1
	}
	for ctx.Err() == nil {
		if caught != nil && next > end {
			caught()
			caught = nil
		}
		if caught == nil {
			if err := s.stream.await(ctx, next-1, s.journal.poll); err != nil {
				break
			}
		}
		records, err := s.stream.fetch(ctx, op, next, oldestWindow, 4*mib)
		if err != nil {
			return err
		}
		for _, r := range records {
			next = r.Seq + 1
			var item T
			if !r.intact || json.Unmarshal(r.Data, &item) != nil {
				s.journal.cfg.Logger.Error("journal: an item cannot be read", "stream", s.stream.name, "seq", r.Seq)
				continue
			}
			f(item)
		}
		if len(records) > 0 || s.stream.head.Load() < next {
			continue
		}
		// Nothing is there although something was: it has become too old meanwhile, or the server that answered does not
		// have it yet.
		if state, err = s.stream.state(ctx); err != nil {
			return err
		}
		if state.Msgs == 0 {
			next = max(next, state.LastSeq+1)
		}
		select {
		case <-time.After(s.journal.poll):
		case <-ctx.Done():
		}
	}
	return ended(op, ctx)
}
