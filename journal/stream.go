package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"kith/fault"
)

const (
	headerSum   = "Kith-Sum"  // checksum of the data, see checksum
	headerTx    = "Kith-Tx"   // change stream: the pipeline's transaction
	headerPart  = "Kith-Part" // change stream: part of it
	headerBytes = 4 << 10     // room for headers and subject in a message

	epochKey   = "kith_epoch"     // stream metadata
	dedupeSpan = 30 * time.Second // covers the repeats of publish; the graph guards against all others

	codeDuplicateInFlight jetstream.ErrorCode = 10158 // a cluster is still storing the first copy
	codeIncompleteBatch   jetstream.ErrorCode = 10176 // a connection was lost in the middle of one
)

// stream is one JetStream stream and what the package knows of it.
type stream struct {
	name    string // KITH_JOURNAL
	subject string // kith.journal; messages have subjects one level below
	notify  string // external: where the server says that something was stored
	write   jetstream.JetStream
	read    *nats.Conn // a connection of its own, because the server reads and sends a whole batch before it takes the next request
	handle  jetstream.Stream
	timeout time.Duration

	epoch string
	head  atomic.Uint64 // the greatest sequence known to be stored

	mu   sync.Mutex
	wake chan struct{} // closed and replaced when head rises
}

// advance notes that seq is stored and wakes who waits for it.
func (s *stream) advance(seq uint64) {
	for {
		head := s.head.Load()
		if seq <= head {
			return
		}
		if s.head.CompareAndSwap(head, seq) {
			break
		}
	}
	s.mu.Lock()
	close(s.wake)
	s.wake = make(chan struct{})
	s.mu.Unlock()
}

// await returns when something after seq may be there: it is known to be, or poll has passed.
func (s *stream) await(ctx context.Context, seq uint64, poll time.Duration) error {
	timer := time.NewTimer(poll)
	defer timer.Stop()
	for {
		s.mu.Lock()
		wake := s.wake
		s.mu.Unlock()
		if s.head.Load() > seq {
			return nil
		}
		select {
		case <-wake:
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ended("journal.Fetch", ctx)
		}
	}
}

// find gets hold of the stream and its state. It is not ok when there is none.
func (s *stream) find(ctx context.Context) (info *jetstream.StreamInfo, ok bool, err error) {
	handle, err := s.write.Stream(ctx, s.name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, s.unavailable("journal.Open", err)
	}
	s.handle = handle
	return handle.CachedInfo(), true, nil
}

// ensure creates the stream, or brings its limits to those of want. The epoch of a stream that is there stays,
// unless renew.
func (s *stream) ensure(ctx context.Context, want jetstream.StreamConfig, renew bool) (*jetstream.StreamInfo, error) {
	want.Name, want.Storage, want.AllowDirect, want.Duplicates = s.name, jetstream.FileStorage, true, dedupeSpan
	if s.notify != "" {
		want.RePublish = &jetstream.RePublish{Source: s.subject + ".>", Destination: s.notify + ".>", HeadersOnly: true}
	}
	info, ok, err := s.find(ctx)
	if err != nil {
		return nil, err
	}
	if !ok {
		want.Metadata = map[string]string{epochKey: newEpoch()}
		handle, err := s.write.CreateStream(ctx, want)
		if err == nil {
			s.handle = handle
			info = handle.CachedInfo()
			s.epoch = info.Config.Metadata[epochKey]
			return info, nil
		}
		if !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return nil, s.unavailable("journal.Open", err)
		}
		// Another instance was faster.
		if info, ok, err = s.find(ctx); err != nil || !ok {
			return nil, s.unavailable("journal.Open", errors.Join(err, jetstream.ErrStreamNotFound))
		}
	}
	want.Metadata = maps.Clone(info.Config.Metadata)
	if want.Metadata == nil {
		want.Metadata = map[string]string{}
	}
	if renew || want.Metadata[epochKey] == "" {
		want.Metadata[epochKey] = newEpoch()
	}
	handle, err := s.write.UpdateStream(ctx, want)
	if err != nil {
		return nil, s.unavailable("journal.Open", err)
	}
	s.handle = handle
	info = handle.CachedInfo()
	s.epoch = info.Config.Metadata[epochKey]
	s.advance(info.State.LastSeq)
	return info, nil
}

// state asks the stream's leader.
func (s *stream) state(ctx context.Context) (jetstream.StreamState, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	info, err := s.handle.Info(ctx)
	if err != nil {
		return jetstream.StreamState{}, s.unavailable("journal.state", err)
	}
	s.advance(info.State.LastSeq)
	return info.State, nil
}

// message makes a message with its checksum and an id, so that repeating it stores it once.
func (s *stream) message(kind string, data []byte) *nats.Msg {
	return &nats.Msg{Subject: s.subject + "." + kind, Data: data, Header: nats.Header{
		headerSum:             {checksum(data)},
		jetstream.MsgIDHeader: {nuid.Next()},
	}}
}

// publish stores msg and returns its sequence. It repeats while the cause is one that passes, until ctx ends.
func (s *stream) publish(ctx context.Context, op string, msg *nats.Msg, opts ...jetstream.PublishOpt) (uint64, error) {
	for {
		// An answer that a lost connection swallowed must not use up all the time there is.
		attempt, cancel := context.WithTimeout(ctx, s.timeout/3)
		ack, err := s.write.PublishMsg(attempt, msg, opts...)
		cancel()
		if err == nil {
			s.advance(ack.Sequence)
			return ack.Sequence, nil
		}
		if !passes(err) {
			return 0, s.refused(op, err)
		}
		select {
		case <-ctx.Done():
			return 0, s.refused(op, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// publishBatch stores all of msgs or none, with one sync. Like publish it repeats passing failures; msgs must be
// such that storing them twice does no harm.
func (s *stream) publishBatch(ctx context.Context, op string, msgs []*nats.Msg) error {
	for {
		seq, err := s.tryBatch(ctx, msgs)
		if err == nil {
			s.advance(seq)
			return nil
		}
		if !passes(err) {
			return s.refused(op, err)
		}
		select {
		case <-ctx.Done():
			return s.refused(op, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// tryBatch speaks the atomic batch protocol: messages numbered under one id, the last one marked and answered.
func (s *stream) tryBatch(ctx context.Context, msgs []*nats.Msg) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout/3)
	defer cancel()
	id, nc := nuid.Next(), s.write.Conn()
	for i, msg := range msgs {
		msg.Header.Del(jetstream.MsgIDHeader) // would make a repeated batch a conflict
		msg.Header.Set("Nats-Batch-Id", id)
		msg.Header.Set("Nats-Batch-Sequence", strconv.Itoa(i+1))
		if i < len(msgs)-1 {
			if err := nc.PublishMsg(msg); err != nil {
				return 0, err
			}
		}
	}
	last := msgs[len(msgs)-1]
	last.Header.Set("Nats-Batch-Commit", "1")
	reply, err := nc.RequestMsgWithContext(ctx, last)
	if err != nil {
		return 0, err
	}
	var ack struct {
		Error *jetstream.APIError `json:"error"`
		Seq   uint64              `json:"seq"`
	}
	if err := json.Unmarshal(reply.Data, &ack); err != nil {
		return 0, err
	}
	if ack.Error != nil {
		return 0, ack.Error
	}
	return ack.Seq, nil
}

// passes is true of failures that an election or a reconnect ends.
func passes(err error) bool {
	var api *jetstream.APIError
	switch {
	case errors.Is(err, nats.ErrMaxPayload), errors.Is(err, nats.ErrConnectionClosed):
		return false
	case errors.As(err, &api):
		return api.ErrorCode == codeDuplicateInFlight || api.ErrorCode == codeIncompleteBatch || api.Code == 429 ||
			api.Code == 503 && !strings.Contains(api.Description, "maximum")
	}
	return true
}

// refused gives a failure to store its code.
func (s *stream) refused(op string, err error) error {
	var api *jetstream.APIError
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return fault.Wrap(op, fault.TooLarge, err, "The message is larger than the NATS server takes.")
	case errors.As(err, &api) && strings.Contains(api.Description, "maximum bytes"):
		return &fault.Error{Op: op, Code: fault.RateLimited, RetryAfter: retryBacklog, Err: err,
			Message: "The journal is full of what waits to be applied. Repeat later."}
	}
	return s.unavailable(op, err)
}

func (s *stream) unavailable(op string, err error) error {
	return &fault.Error{Op: op, Code: fault.Unavailable, RetryAfter: retryStore, Err: fmt.Errorf("%s: %w", s.name, err),
		Message: "The journal does not answer. Repeat later."}
}

// ended is the error of a wait that ctx cut short.
func ended(op string, ctx context.Context) error {
	return fault.Wrap(op, fault.Timeout, context.Cause(ctx), "The request ended before the journal answered.")
}

// purge removes all messages before seq.
func (s *stream) purge(ctx context.Context, op string, seq uint64) error {
	ctx, cancel := context.WithTimeout(ctx, 6*s.timeout)
	defer cancel()
	if err := s.handle.Purge(ctx, jetstream.WithPurgeSequence(seq)); err != nil {
		return s.unavailable(op, err)
	}
	return nil
}
