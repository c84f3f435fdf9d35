package journal

import (
	"context"
	"regexp"

	"kith/fault"
	"kith/trace"
)

// The kinds of the messages that AppendEvents and AppendRecords make: encoded parts, one after the other.
const (
	KindEvents  = "events"
	KindRecords = "records"
)

var (
	appendSpan  = []trace.Attr{trace.Text("messaging.system", "nats"), trace.Text("messaging.destination.name", "journal")}
	changesSpan = []trace.Attr{trace.Text("messaging.system", "nats"), trace.Text("messaging.destination.name", "changes")}
)

// places is where the trace of ctx is, as a header.
func places(ctx context.Context) []string {
	if place := trace.Carry(ctx); place != "" {
		return []string{place}
	}
	return nil
}

var kindPattern = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// Append stores data as one message of a kind (1 to 32 of a–z, 0–9 and _) and returns its position once it is on
// disk. It may be called concurrently.
//
// Errors: TOO_LARGE; RATE_LIMITED while the backlog or the journal is full; UNAVAILABLE while the disk is or the
// server is away; TIMEOUT when ctx ended first. After the last two the message may be stored all the same, so
// repeating the call may store it twice.
func (j *Journal) Append(ctx context.Context, kind string, data []byte) (Position, error) {
	const op = "journal.Append"
	if !kindPattern.MatchString(kind) {
		return Position{}, fault.New(op, fault.Invalid, "%q is not a kind of message.", kind)
	}
	if err := j.admit(op, len(data)); err != nil {
		return Position{}, err
	}
	if !j.begin() {
		return Position{}, closed(op)
	}
	defer j.running.Done()
	within, cancel := context.WithTimeout(ctx, j.cfg.PublishTimeout)
	defer cancel()
	within, span := trace.Start(within, trace.Produced, "journal append", appendSpan...)
	defer span.End()
	seq, err := j.store(within, op, kind, data, 1, places(within))
	span.Fail(err)
	switch {
	case err == nil:
		return Position{Epoch: j.log.epoch, Seq: seq}, nil
	case ctx.Err() != nil:
		return Position{}, ended(op, ctx)
	}
	return Position{}, err
}

// AppendEvents stores part and returns the position of the message it is in, once that is on disk. Parts that
// arrive while a message is being stored go into the next one, in the order of their arrival; an idle journal
// stores a part at once. part must not be changed after the call, not even when it failed.
//
// Errors are those of Append.
func (j *Journal) AppendEvents(ctx context.Context, part []byte) (Position, error) {
	return j.appendPart(ctx, "journal.AppendEvents", &j.events, part)
}

// AppendRecords stores a part of records as AppendEvents does one of events. The two never share a message.
func (j *Journal) AppendRecords(ctx context.Context, part []byte) (Position, error) {
	return j.appendPart(ctx, "journal.AppendRecords", &j.records, part)
}

func (j *Journal) appendPart(ctx context.Context, op string, c *coalescer, part []byte) (Position, error) {
	if err := j.admit(op, len(part)); err != nil {
		return Position{}, err
	}
	ctx, span := trace.Start(ctx, trace.Produced, "journal append", appendSpan...)
	defer span.End()
	seq, err := c.add(ctx, op, part)
	if err != nil {
		span.Fail(err)
		return Position{}, err
	}
	return Position{Epoch: j.log.epoch, Seq: seq}, nil
}

// MaxMessageBytes is the most data that one message can hold.
func (j *Journal) MaxMessageBytes() int { return j.maxData }

// Ready is nil when an append would be accepted now, and else the error it would get.
func (j *Journal) Ready(ctx context.Context) error {
	const op = "journal.Ready"
	if err := j.admit(op, 0); err != nil {
		return err
	}
	if j.server != nil {
		return j.server.healthy()
	}
	_, err := j.log.state(ctx)
	return err
}

// admit refuses what cannot or must not be stored now.
func (j *Journal) admit(op string, size int) error {
	if j.closing.Load() {
		return closed(op)
	}
	if size > j.maxData {
		return fault.New(op, fault.TooLarge, "The message has %d bytes; the journal takes %d.", size, j.maxData)
	}
	if err := j.room(op, fromOutside); err != nil {
		return err
	}
	if j.backlog.waiting()+int64(size) > j.cfg.BacklogBytes {
		j.counts.refusedBacklog.Add(1)
		return &fault.Error{Op: op, Code: fault.RateLimited, RetryAfter: retryBacklog,
			Message: "Too much waits to be applied. Repeat later."}
	}
	return nil
}

// store publishes one message of the journal and keeps count.
func (j *Journal) store(ctx context.Context, op, kind string, data []byte, parts int, traces []string) (uint64, error) {
	msg := j.log.message(kind, data)
	if len(traces) > 0 {
		msg.Header[trace.Header] = traces
	}
	seq, err := j.log.publish(ctx, op, msg)
	if err != nil {
		j.counts.failed.Add(1)
		return 0, err
	}
	j.counts.messages.Add(1)
	j.counts.parts.Add(uint64(parts))
	j.counts.bytes.Add(uint64(len(data)))
	j.backlog.grow(int64(len(data)))
	return seq, nil
}

func closed(op string) error {
	return &fault.Error{Op: op, Code: fault.Unavailable, RetryAfter: retryBusy, Message: "The journal is closed."}
}
