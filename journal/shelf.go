package journal

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"kith/fault"
)

// Shelf keeps items until somebody takes them away or it is full; then the oldest go. All its methods may be
// called concurrently. Their errors, besides those named, are UNAVAILABLE and TIMEOUT.
type Shelf[T any] struct {
	journal  *Journal
	stream   *stream
	fraction float64              // of the disk's watermark that Add leaves alone
	prepare  func(item *T) string // fills in what is missing and returns the id
	adding   chan struct{}        // one batch of this process at a time; the server takes few
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T
	Next  string // where the next page begins; empty on the last
}

// Count is how much a shelf holds.
type Count struct {
	Items uint64
	Bytes int64
}

func newShelf[T any](j *Journal, s *stream, fraction float64, prepare func(*T) string) *Shelf[T] {
	return &Shelf[T]{journal: j, stream: s, fraction: fraction, prepare: prepare, adding: make(chan struct{}, 1)}
}

// shelfLimits lets an item replace the one with its id, and many items be synced as one.
func shelfLimits(bytes int64) jetstream.StreamConfig {
	return jetstream.StreamConfig{MaxBytes: bytes, Discard: jetstream.DiscardOld, MaxMsgsPerSubject: 1, AllowAtomicPublish: true}
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)

// Bounds of what is synced as one, well below what the server takes.
const (
	shelfBatch      = 500
	shelfBatchBytes = 4 * mib
)

// Add stores items; without an error all of them are on disk. One whose ID is on the shelf already replaces that.
// After an error some may be stored; repeating the call does no harm.
func (s *Shelf[T]) Add(ctx context.Context, items []T) error {
	const op = "journal.Shelf.Add"
	if err := s.journal.room(op, s.fraction); err != nil {
		return err
	}
	if !s.journal.begin() {
		return closed(op)
	}
	defer s.journal.running.Done()
	var batch []*nats.Msg
	size := 0
	for _, item := range items {
		msg, err := s.message(op, &item)
		if err != nil {
			return err
		}
		if len(batch) == shelfBatch || size > 0 && size+len(msg.Data) > shelfBatchBytes {
			if err := s.publish(ctx, op, batch); err != nil {
				return err
			}
			batch, size = nil, 0
		}
		batch, size = append(batch, msg), size+len(msg.Data)
	}
	return s.publish(ctx, op, batch)
}

func (s *Shelf[T]) message(op string, item *T) (*nats.Msg, error) {
	id := s.prepare(item)
	if !idPattern.MatchString(id) {
		return nil, fault.New(op, fault.Invalid, "%q is not an id: 1 to 64 letters, digits and underscores.", id)
	}
	data, err := json.Marshal(item)
	if err != nil {
		return nil, fault.Wrap(op, fault.Internal, err, "The item cannot be written.")
	}
	if len(data) > s.journal.maxData {
		return nil, fault.New(op, fault.TooLarge, "The item has %d bytes; the journal takes %d.", len(data), s.journal.maxData)
	}
	return s.stream.message(id, data), nil
}

func (s *Shelf[T]) publish(ctx context.Context, op string, batch []*nats.Msg) error {
	if len(batch) == 0 {
		return nil
	}
	within, cancel := context.WithTimeout(ctx, s.journal.cfg.PublishTimeout)
	defer cancel()
	select {
	case s.adding <- struct{}{}:
		defer func() { <-s.adding }()
	case <-within.Done():
		return ended(op, within)
	}
	var err error
	if len(batch) == 1 {
		_, err = s.stream.publish(within, op, batch[0])
	} else {
		err = s.stream.publishBatch(within, op, batch)
	}
	if err != nil && ctx.Err() != nil {
		return ended(op, ctx)
	}
	return err
}

// List returns up to limit items, newest first, from the place that Next of the page before names; "" is the
// beginning. What is added or removed meanwhile moves nothing else. A place that no page named is INVALID.
func (s *Shelf[T]) List(ctx context.Context, limit int, after string) (Page[T], error) {
	const op = "journal.Shelf.List"
	limit = max(limit, 1)
	state, err := s.stream.state(ctx)
	if err != nil {
		return Page[T]{}, err
	}
	first, before := max(state.FirstSeq, 1), state.LastSeq+1
	if after != "" {
		place, err := ParsePosition(after)
		if err != nil || place.Epoch != s.stream.epoch {
			return Page[T]{}, fault.New(op, fault.Invalid, "This is not a cursor of this list.")
		}
		before = min(before, place.Seq)
	}
	// Sequences are looked through from the end in windows, which grow where most items have been removed.
	var found []record
	window := uint64(limit) + 1
	for before > first && len(found) <= limit {
		from := max(first, before-min(window, before))
		records, err := s.between(ctx, op, from, before)
		if err != nil {
			return Page[T]{}, err
		}
		slices.Reverse(records)
		found = append(found, records...)
		before, window = from, min(2*window, 4096)
	}
	var page Page[T]
	if len(found) > limit {
		found = found[:limit]
		page.Next = Position{Epoch: s.stream.epoch, Seq: found[limit-1].Seq}.String()
	}
	for _, r := range found {
		item, err := s.decode(op, r)
		if err != nil {
			return Page[T]{}, err
		}
		page.Items = append(page.Items, item)
	}
	return page, nil
}

// Oldest returns up to limit of the items for which keep holds, oldest first.
func (s *Shelf[T]) Oldest(ctx context.Context, limit int, keep func(T) bool) ([]T, error) {
	const op = "journal.Shelf.Oldest"
	state, err := s.stream.state(ctx)
	if err != nil {
		return nil, err
	}
	var items []T
	for from := max(state.FirstSeq, 1); from <= state.LastSeq; from += oldestWindow {
		records, err := s.between(ctx, op, from, min(from+oldestWindow, state.LastSeq+1))
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			item, err := s.decode(op, r)
			if err != nil {
				return nil, err
			}
			if !keep(item) {
				continue
			}
			if items = append(items, item); len(items) >= limit {
				return items, nil
			}
		}
	}
	return items, nil
}

// oldestWindow is how many places of a shelf are looked through at a time from its beginning.
const oldestWindow = 1024

// between reads the items with sequences from one up to, but not, the other, in their order.
func (s *Shelf[T]) between(ctx context.Context, op string, from, before uint64) ([]record, error) {
	var all []record
	for from < before {
		records, err := s.stream.fetch(ctx, op, from, int(before-from), 8*mib)
		if err != nil {
			return nil, err
		}
		if len(records) == 0 {
			break
		}
		for _, r := range records {
			if r.Seq >= before {
				return all, nil
			}
			if r.intact {
				all = append(all, r)
			}
			from = r.Seq + 1
		}
	}
	return all, nil
}

func (s *Shelf[T]) decode(op string, r record) (T, error) {
	var item T
	err := json.Unmarshal(r.Data, &item)
	return item, fault.Wrap(op, fault.Internal, err, "Item %d of %s cannot be read.", r.Seq, s.stream.name)
}

// Get returns the item with an id, or NOT_FOUND.
func (s *Shelf[T]) Get(ctx context.Context, id string) (T, error) {
	const op = "journal.Shelf.Get"
	r, err := s.find(ctx, op, id)
	if err != nil {
		var none T
		return none, err
	}
	return s.decode(op, r)
}

// Remove takes the item with an id away, once it is sent again or given up. NOT_FOUND when it is not there.
func (s *Shelf[T]) Remove(ctx context.Context, id string) error {
	const op = "journal.Shelf.Remove"
	if err := s.journal.roomToTrim(op); err != nil {
		return err
	}
	r, err := s.find(ctx, op, id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.journal.cfg.PublishTimeout)
	defer cancel()
	// By subject, not by sequence, so that a copy added in between goes as well.
	if err := s.stream.handle.Purge(ctx, jetstream.WithPurgeSubject(s.stream.subject+"."+r.Kind)); err != nil {
		return s.stream.unavailable(op, err)
	}
	return nil
}

func (s *Shelf[T]) find(ctx context.Context, op, id string) (record, error) {
	none := fault.New(op, fault.NotFound, "There is no such item.")
	if !idPattern.MatchString(id) {
		return record{}, none
	}
	r, ok, err := s.stream.leaderGet(ctx, op, map[string]any{"last_by_subj": s.stream.subject + "." + id})
	if err != nil {
		return record{}, err
	}
	if !ok || !r.intact {
		return record{}, none
	}
	return r, nil
}

// Count asks the server.
func (s *Shelf[T]) Count(ctx context.Context) (Count, error) {
	state, err := s.stream.state(ctx)
	return Count{Items: state.Msgs, Bytes: int64(state.Bytes)}, err
}

// Behind is the place right behind the item with an id, for List; NOT_FOUND when it is not there.
func (s *Shelf[T]) Behind(ctx context.Context, id string) (string, error) {
	r, err := s.find(ctx, "journal.Shelf.Behind", id)
	if err != nil {
		return "", err
	}
	return Position{Epoch: s.stream.epoch, Seq: r.Seq}.String(), nil
}
