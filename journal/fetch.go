package journal

import (
	"context"
	"encoding/json"
	"hash/crc32"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"kith/trace"
)

// Bounds of one request to the server, far below what it lets pile up for a connection.
const (
	maxBatch      = 4096
	maxBatchBytes = 16 * mib
)

// record is a message as a direct get brings it.
type record struct {
	Message
	header nats.Header
	intact bool // its data are those that were appended
}

// fetch reads up to n records from the first at or after seq, until their bytes reach size. None means that none
// is there, or that the next one cannot be read. Records may be missing between those it returns.
//
// It uses batched direct gets: they leave nothing behind on the server, so there is nothing to lose on a
// reconnect. What a lost connection swallows is seen as a pause, and what came before it is returned.
func (s *stream) fetch(ctx context.Context, op string, seq uint64, n, size int) ([]record, error) {
	n, size = min(max(n, 1), maxBatch), min(max(size, 1), maxBatchBytes)
	request, err := json.Marshal(map[string]any{"seq": seq, "batch": n, "max_bytes": size})
	if err != nil {
		return nil, s.unavailable(op, err)
	}
	answers := make(chan *nats.Msg, n+1) // holds the whole answer, so the connection never waits for us
	inbox := s.read.NewInbox()
	sub, err := s.read.ChanSubscribe(inbox, answers)
	if err != nil {
		return nil, s.unavailable(op, err)
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only when the connection is closed, and the subscription with it
	if err := s.read.PublishRequest("$JS.API.DIRECT.GET."+s.name, inbox, request); err != nil {
		return nil, s.unavailable(op, err)
	}
	var records []record
	pause := time.NewTimer(s.timeout)
	defer pause.Stop()
	for {
		select {
		case m := <-answers:
			switch m.Header.Get("Status") {
			case "":
				records = append(records, s.record(m))
				pause.Reset(s.timeout)
				continue
			case "204", "404": // the end of the batch; nothing at or after seq
				return records, nil
			}
			return records, s.unavailableUnless(len(records) > 0, op, statusError(m.Header))
		case <-pause.C:
			return records, s.unavailableUnless(len(records) > 0, op, nats.ErrTimeout)
		case <-ctx.Done():
			return nil, ended(op, ctx)
		}
	}
}

func (s *stream) unavailableUnless(something bool, op string, err error) error {
	if something {
		return nil
	}
	return s.unavailable(op, err)
}

type statusError nats.Header

func (e statusError) Error() string {
	h := nats.Header(e)
	return "nats: status " + h.Get("Status") + " " + h.Get("Description")
}

// record reads a message with the headers that the server adds to it.
func (s *stream) record(m *nats.Msg) record {
	r := record{header: m.Header}
	r.Seq, _ = strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64) // a server that writes none is caught as a gap
	r.At, _ = time.Parse(time.RFC3339Nano, m.Header.Get("Nats-Time-Stamp"))
	r.Kind = strings.TrimPrefix(m.Header.Get("Nats-Subject"), s.subject+".")
	r.Data = m.Data
	r.Traces = m.Header[trace.Header]
	r.intact = checksum(m.Data) == m.Header.Get(headerSum)
	return r
}

// leaderGet asks the stream's leader for one message: {"seq": n}, or {"last_by_subj": s} for the newest of a
// subject. A direct get might ask a replica that does not have it yet. It is not ok when there is no such message
// or it cannot be read.
func (s *stream) leaderGet(ctx context.Context, op string, request map[string]any) (r record, ok bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	body, err := json.Marshal(request)
	if err != nil {
		return r, false, s.unavailable(op, err)
	}
	reply, err := s.read.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+s.name, body)
	if err != nil {
		return r, false, s.unavailable(op, err)
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Subject string    `json:"subject"`
			Seq     uint64    `json:"seq"`
			Header  []byte    `json:"hdrs"`
			Data    []byte    `json:"data"`
			Time    time.Time `json:"time"`
		} `json:"message"`
	}
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return r, false, s.unavailable(op, err)
	}
	if answer.Error != nil {
		if answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
			return r, false, nil
		}
		return r, false, s.unavailable(op, answer.Error)
	}
	m := answer.Message
	r.Message = Message{Seq: m.Seq, At: m.Time, Data: m.Data, Kind: strings.TrimPrefix(m.Subject, s.subject+".")}
	if len(m.Header) > 0 {
		if r.header, err = nats.DecodeHeadersMsg(m.Header); err != nil {
			return r, false, s.unavailable(op, err)
		}
	}
	r.Traces = r.header[trace.Header]
	r.intact = checksum(m.Data) == r.header.Get(headerSum)
	return r, true, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is made before the data leaves the package and checked when it comes back, whatever lies between.
func checksum(data []byte) string {
	return strconv.FormatUint(uint64(crc32.Checksum(data, castagnoli)), 16)
}
