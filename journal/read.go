package journal

import (
	"context"
	"fmt"
	"time"

	"kith/fault"
)

// Message is one message of the journal or of the change stream. Its Data belong to the caller.
type Message struct {
	Seq  uint64
	Kind string    // what Append was given; "changes" in the change stream
	At   time.Time // when it was stored
	Data []byte
	// Traces are the places of the traces that its senders are in (see trace.Carry), at most trace.MaxLinks.
	Traces []string
}

// Gap is the error of a reader when messages that must come next are not there. A reader never jumps: it stays
// before the gap until Skip.
//
// Its code is NOT_FOUND when the messages were trimmed and INTERNAL when they are damaged or lost.
type Gap struct {
	First, Last uint64 // the missing ones; Last is 0 when the stream ends before First although more was read once
	Trimmed     bool   // older than what is kept, against damaged or lost
	stream      string
}

func (g *Gap) Error() string {
	switch {
	case g.Trimmed:
		return fmt.Sprintf("journal: messages %d to %d of %s are older than what is kept", g.First, g.Last, g.stream)
	case g.Last == 0:
		return fmt.Sprintf("journal: %s ends before message %d: it is not the stream that was read before, or has lost its end", g.stream, g.First)
	}
	return fmt.Sprintf("journal: messages %d to %d of %s are damaged or lost", g.First, g.Last, g.stream)
}

func (g *Gap) Unwrap() error {
	if g.Trimmed {
		return fault.New("journal.Fetch", fault.NotFound, "What follows this position is older than what is kept.")
	}
	return fault.New("journal.Fetch", fault.Internal, "Messages are damaged or lost.")
}

// Reader reads a stream in order, each message once. It holds nothing on the server and needs no closing. It is
// for one goroutine at a time.
type Reader struct {
	stream *stream
	poll   time.Duration
	after  uint64
	placed bool // after is known to be a place of this stream
	ahead  []Message
}

// Read reads the journal from the message after the sequence given; 0 reads from the first that ever was.
func (j *Journal) Read(after uint64) *Reader { return j.reader(j.log, after) }

// Changes reads the change stream likewise.
func (j *Journal) Changes(after uint64) *Reader { return j.reader(j.changes, after) }

func (j *Journal) reader(s *stream, after uint64) *Reader {
	return &Reader{stream: s, after: after, poll: j.poll}
}

// After is the sequence of the last message returned or skipped.
func (r *Reader) After() uint64 {
	if len(r.ahead) > 0 {
		return r.ahead[0].Seq - 1
	}
	return r.after
}

// Skip goes on after the sequence given: that of a gap's end, once it is dealt with.
func (r *Reader) Skip(to uint64) { r.after, r.placed, r.ahead = to, false, nil }

// Next returns the next message, and waits for it.
func (r *Reader) Next(ctx context.Context) (Message, error) {
	if len(r.ahead) == 0 {
		batch, err := r.Fetch(ctx, 256, 4*mib)
		if err != nil {
			return Message{}, err
		}
		r.ahead = batch
	}
	m := r.ahead[0]
	r.ahead = r.ahead[1:]
	return m, nil
}

// Fetch waits for one message and returns it with those behind it that are there already: at most maxMessages,
// and about maxBytes of data (one message may go beyond).
//
// After an error the reader stays where it was: *Gap when messages are missing, UNAVAILABLE when the server does
// not answer (call again), TIMEOUT when ctx ended.
func (r *Reader) Fetch(ctx context.Context, maxMessages, maxBytes int) ([]Message, error) {
	if len(r.ahead) > 0 {
		batch := r.ahead[:min(len(r.ahead), max(maxMessages, 1))]
		r.ahead = r.ahead[len(batch):]
		return batch, nil
	}
	for {
		if !r.placed {
			if err := r.place(ctx); err != nil {
				return nil, err
			}
		}
		if err := r.stream.await(ctx, r.after, r.poll); err != nil {
			return nil, err
		}
		records, err := r.stream.fetch(ctx, "journal.Fetch", r.after+1, maxMessages, maxBytes)
		if err != nil {
			return nil, err
		}
		batch := make([]Message, 0, len(records))
		for _, rec := range records {
			if !rec.intact || rec.Seq != r.after+1 {
				break
			}
			batch = append(batch, rec.Message)
			r.after = rec.Seq
		}
		if len(batch) > 0 {
			return batch, nil
		}
		batch, err = r.missing(ctx)
		if err != nil || len(batch) > 0 {
			return batch, err
		}
		if r.stream.head.Load() > r.after { // known, but neither there nor missing: not everywhere yet
			if err := pause(ctx, 5*time.Millisecond); err != nil {
				return nil, err
			}
		}
	}
}

// place makes sure that the stream does not end before the reader's place: its sequence numbers would be given
// out a second time, and the reader would take the new messages for old ones.
func (r *Reader) place(ctx context.Context) error {
	state, err := r.stream.state(ctx)
	if err != nil {
		return err
	}
	if state.LastSeq < r.after {
		return &Gap{First: state.LastSeq + 1, stream: r.stream.name}
	}
	r.placed = true
	return nil
}

// missing finds out why the next message did not come. The stream's leader has the last word, because a direct
// get may have asked a replica that is behind it. No message and no error mean: nothing is wrong, it is not there
// yet.
func (r *Reader) missing(ctx context.Context) ([]Message, error) {
	next := r.after + 1
	state, err := r.stream.state(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case state.FirstSeq > next:
		return nil, &Gap{First: next, Last: state.FirstSeq - 1, Trimmed: true, stream: r.stream.name}
	case state.LastSeq < r.after:
		return nil, &Gap{First: state.LastSeq + 1, stream: r.stream.name}
	}
	for seq := next; seq <= state.LastSeq; seq++ {
		m, ok, err := r.stream.leaderGet(ctx, "journal.Fetch", map[string]any{"seq": seq})
		switch {
		case err != nil:
			return nil, err
		case !ok || !m.intact:
			continue // damaged or lost
		case seq == next:
			r.after = seq
			return []Message{m.Message}, nil
		}
		return nil, &Gap{First: next, Last: seq - 1, stream: r.stream.name}
	}
	if state.LastSeq >= next {
		return nil, &Gap{First: next, Last: state.LastSeq, stream: r.stream.name}
	}
	return nil, nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ended("journal.Fetch", ctx)
	}
}
