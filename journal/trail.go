package journal

import (
	"context"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"kith/fault"
)

// Trail is a record of what was done, in blocks, of which the oldest go when it is full or they are too old. All its
// methods may be called concurrently. Their errors, besides those named, are UNAVAILABLE and TIMEOUT.
type Trail struct {
	journal *Journal
	stream  *stream
}

// AuditTrail is who read and did what.
func (j *Journal) AuditTrail() *Trail { return j.audit }

func (t *Trail) limits() jetstream.StreamConfig {
	return jetstream.StreamConfig{MaxBytes: t.journal.cfg.AuditBytes, MaxAge: t.journal.cfg.AuditKeep, Discard: jetstream.DiscardOld}
}

// Append stores a block; without an error it is on disk. The same block again within half a minute is stored once.
func (t *Trail) Append(ctx context.Context, block []byte) error {
	const op = "journal.Trail.Append"
	if len(block) > t.journal.maxData {
		return fault.New(op, fault.TooLarge, "The block has %d bytes; the journal takes %d.", len(block), t.journal.maxData)
	}
	if err := t.journal.room(op, fromPipeline); err != nil {
		return err
	}
	if !t.journal.begin() {
		return closed(op)
	}
	defer t.journal.running.Done()
	ctx, cancel := context.WithTimeout(ctx, t.journal.cfg.PublishTimeout)
	defer cancel()
	msg := t.stream.message("block", block)
	msg.Header.Set(jetstream.MsgIDHeader, hashID("block_", block))
	_, err := t.stream.publish(ctx, op, msg)
	return err
}

// Epoch is that of the trail's sequences.
func (t *Trail) Epoch() string { return t.stream.epoch }

// trailWindow is how many blocks are read at a time.
const trailWindow = 64

// Before gives blocks with sequences below before, newest first: at most trailWindow of them, the newest there are. 0 is
// the end of the trail. None means that there are none.
func (t *Trail) Before(ctx context.Context, before uint64) ([]Message, error) {
	const op = "journal.Trail.Before"
	state, err := t.stream.state(ctx)
	if err != nil {
		return nil, err
	}
	first := max(state.FirstSeq, 1)
	if before == 0 || before > state.LastSeq {
		before = state.LastSeq + 1
	}
	var found []Message
	for from := before; len(found) == 0 && from > first; {
		to := from
		from = max(first, to-min(to, trailWindow))
		for next := from; next < to; {
			records, err := t.stream.fetch(ctx, op, next, int(to-next), 8*mib)
			if err != nil {
				return nil, err
			}
			if len(records) == 0 {
				break
			}
			for _, r := range records {
				next = r.Seq + 1
				if r.intact && r.Seq < to {
					found = append(found, r.Message)
				}
			}
		}
	}
	slices.Reverse(found)
	return found, nil
}
