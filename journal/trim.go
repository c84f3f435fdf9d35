package journal

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// SetApplied tells how far the graph has come. It is cheap: call it after every commit, and on instances that are
// not the pipeline whenever they learn of it. The backlog limit, Lag and Stats go by it. Until the first call an
// embedded journal goes by what was applied when it was last open, and one on an external server by nothing.
func (j *Journal) SetApplied(seq uint64) { j.backlog.apply(seq) }

// Trim removes messages up to applied that are older than Keep or lie above SoftBytes, oldest first. What is not
// applied is never touched. Call it every minute or so where the pipeline runs.
func (j *Journal) Trim(ctx context.Context, applied uint64) error {
	const op = "journal.Trim"
	j.SetApplied(applied)
	state, err := j.log.state(ctx)
	if err != nil || state.Msgs == 0 {
		return err
	}
	first, err := j.log.firstSince(ctx, op, time.Now().Add(-j.cfg.Keep), state)
	if err != nil {
		return err
	}
	if excess := int64(state.Bytes) - j.cfg.SoftBytes; excess > 0 {
		first = max(first, j.backlog.reaching(state.FirstSeq, state.LastSeq, excess)+1)
	}
	first = min(first, applied+1, state.LastSeq+1)
	if first <= state.FirstSeq {
		return nil
	}
	if err := j.roomToTrim(op); err != nil {
		return err
	}
	// Noted first: after a crash in between, what is missing must be known to have been trimmed.
	if err := j.noteTrim(first); err != nil {
		return err
	}
	if err := j.log.purge(ctx, op, first); err != nil {
		return err
	}
	j.refresh(ctx)
	return nil
}

// firstSince is the sequence of the first message stored at or after t; the one after the last when there is none.
func (s *stream) firstSince(ctx context.Context, op string, t time.Time, state jetstream.StreamState) (uint64, error) {
	if state.Msgs == 0 || !state.FirstTime.Before(t) {
		return state.FirstSeq, nil
	}
	if state.LastTime.Before(t) {
		return state.LastSeq + 1, nil
	}
	request, err := json.Marshal(map[string]any{"start_time": t.UTC(), "no_hdr": false})
	if err != nil {
		return 0, s.unavailable(op, err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	m, err := s.read.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+s.name, request)
	if err != nil {
		return 0, s.unavailable(op, err)
	}
	seq, err := strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64)
	if err != nil {
		return state.FirstSeq, nil // it is damaged: by its age nothing goes this time
	}
	return seq, nil
}

// Lag is how far the graph is behind.
type Lag struct {
	Head     Position
	Applied  uint64
	Messages uint64    // not applied
	Bytes    int64     // of them, an estimate when their sizes differ from those of the messages kept
	Oldest   time.Time // when the first of them was stored; zero when there is none
}

// Lag asks the stream.
func (j *Journal) Lag(ctx context.Context) (Lag, error) {
	head, err := j.headOf(ctx, j.log)
	if err != nil {
		return Lag{}, err
	}
	lag := Lag{Head: Position{Epoch: j.log.epoch, Seq: head}, Applied: j.backlog.appliedSeq()}
	if head <= lag.Applied {
		return lag, nil
	}
	lag.Messages = head - lag.Applied
	lag.Bytes = j.backlog.waiting()
	lag.Oldest, err = j.oldest(ctx, lag.Applied+1)
	return lag, err
}

// oldest is when message seq was stored, or the first one that is kept. A stream's message never changes, so the
// answer is asked for once.
func (j *Journal) oldest(ctx context.Context, seq uint64) (time.Time, error) {
	j.age.Lock()
	defer j.age.Unlock()
	if j.age.seq == seq {
		return j.age.at, nil
	}
	records, err := j.log.fetch(ctx, "journal.Lag", seq, 1, 1)
	if err != nil || len(records) == 0 {
		return time.Time{}, err
	}
	j.age.seq, j.age.at = seq, records[0].At
	return j.age.at, nil
}
