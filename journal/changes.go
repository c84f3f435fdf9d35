package journal

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"kith/fault"
	"kith/trace"
)

const kindChanges = "changes"

// published is the end of the change stream as its publisher knows it.
type published struct {
	mu    sync.Mutex // held while publishing: the order of changes is that of the calls
	known bool
	seq   uint64 // the stream's last sequence
	tx    int64
	part  int
	any   bool // whether tx and part mean anything
}

// PublishChanges stores data as part of what transaction tx changed, exactly once: when (tx, part) is not beyond
// what has been published already nothing happens. Pairs must grow from call to call. It returns the sequence of
// the message, or 0 for one that is there but is not the newest.
//
// The server refuses a message whose publisher does not know the end of the stream; so an answer that got lost, a
// restart, or a predecessor that still runs cannot store a pair twice.
//
// Errors: TOO_LARGE (split it into parts), UNAVAILABLE and TIMEOUT (call again).
func (j *Journal) PublishChanges(ctx context.Context, tx int64, part int, data []byte) (seq uint64, err error) {
	const op = "journal.PublishChanges"
	ctx, span := trace.Start(ctx, trace.Produced, "changes publish", changesSpan...)
	defer func() {
		span.Fail(err)
		span.End()
	}()
	if len(data) > j.maxData {
		return 0, fault.New(op, fault.TooLarge, "The changes have %d bytes; the change stream takes %d.", len(data), j.maxData)
	}
	if err := j.room(op, fromPipeline); err != nil {
		return 0, err
	}
	if !j.begin() {
		return 0, closed(op)
	}
	defer j.running.Done()
	p := &j.published
	p.mu.Lock()
	defer p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, j.cfg.PublishTimeout)
	defer cancel()
	for {
		if !p.known {
			if err := j.loadPublished(ctx, op); err != nil {
				return 0, err
			}
		}
		if p.any {
			switch order := cmp.Or(cmp.Compare(tx, p.tx), cmp.Compare(part, p.part)); {
			case order == 0:
				return p.seq, nil
			case order < 0:
				return 0, nil
			}
		}
		msg := j.changes.message(kindChanges, data)
		msg.Header.Set(headerTx, strconv.FormatInt(tx, 10))
		msg.Header.Set(headerPart, strconv.Itoa(part))
		if place := trace.Carry(ctx); place != "" {
			msg.Header[trace.Header] = []string{place}
		}
		seq, err := j.changes.publish(ctx, op, msg, jetstream.WithExpectLastSequence(p.seq))
		if err == nil {
			p.seq, p.tx, p.part, p.any = seq, tx, part, true
			return seq, nil
		}
		p.known = false // it may have been stored all the same
		var api *jetstream.APIError
		if !errors.As(err, &api) || api.ErrorCode != jetstream.JSErrCodeStreamWrongLastSequence {
			return 0, err
		}
	}
}

// LastChange tells what was published last. It is not ok when nothing ever was.
func (j *Journal) LastChange(ctx context.Context) (tx int64, part int, ok bool, err error) {
	p := &j.published
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := j.loadPublished(ctx, "journal.LastChange"); err != nil {
		return 0, 0, false, err
	}
	return p.tx, p.part, p.any, nil
}

// loadPublished reads the end of the change stream. Trimming leaves its newest message for this. p.mu is held.
func (j *Journal) loadPublished(ctx context.Context, op string) error {
	p := &j.published
	p.known = false
	last, ok, err := j.changes.leaderGet(ctx, op, map[string]any{"last_by_subj": j.changes.subject + "." + kindChanges})
	if err != nil {
		return err
	}
	state, err := j.changes.state(ctx)
	if err != nil {
		return err
	}
	if !ok {
		p.seq, p.any, p.known = state.LastSeq, false, true
		return nil
	}
	tx, errTx := strconv.ParseInt(last.header.Get(headerTx), 10, 64)
	part, errPart := strconv.Atoi(last.header.Get(headerPart))
	if err := errors.Join(errTx, errPart); err != nil {
		return fault.Wrap(op, fault.Internal, err, "Message %d of %s does not say which transaction it is of.", last.Seq, j.changes.name)
	}
	p.seq, p.tx, p.part, p.any, p.known = last.Seq, tx, part, true, true
	return nil
}

// ChangeHead is the place after the newest change. Read it before the state that a subscriber is shown first.
func (j *Journal) ChangeHead(ctx context.Context) (ChangeCursor, error) {
	head, err := j.headOf(ctx, j.changes)
	return ChangeCursor{Epoch: j.changes.epoch, Seq: head + 1}, err
}

// ChangeEpoch is the epoch of every cursor of this change stream.
func (j *Journal) ChangeEpoch() string { return j.changes.epoch }

// trimChanges removes changes older than ChangesKeep, but never the newest, which says what has been published.
// (The server's own age limit would take that one, too. Its size limit does not.)
func (j *Journal) trimChanges(ctx context.Context) error {
	const op = "journal.trimChanges"
	state, err := j.changes.state(ctx)
	if err != nil || state.Msgs < 2 {
		return err
	}
	first, err := j.changes.firstSince(ctx, op, time.Now().Add(-j.cfg.ChangesKeep), state)
	if err != nil || first <= state.FirstSeq {
		return err
	}
	if err := j.roomToTrim(op); err != nil {
		return err
	}
	return j.changes.purge(ctx, op, min(first, state.LastSeq))
}
