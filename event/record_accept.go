package event

import (
	"bytes"
	"encoding/json"
	"mime"
	"strings"

	"kith/fault"
)

// RecordsRequest is a body of records that could be taken apart. They are not checked yet. It aliases the body.
type RecordsRequest struct {
	items []item
	lim   Limits
}

// notJSON is the depth of an item that is no JSON at all: a line among others.
const notJSON = -1

// Len is the number of records.
func (r *RecordsRequest) Len() int { return len(r.items) }

var byteOrderMark = []byte("\ufeff")

// ParseRecords reads a body of records: {"records":[…]}, or a record a line. Which of the two the content type says;
// where it names neither, the first line does. Its error is INVALID or TOO_LARGE with a BodyCode as its cause.
func ParseRecords(body []byte, contentType string, lim Limits) (*RecordsRequest, error) {
	lim = lim.withDefaults()
	if len(body) > lim.RecordsBytes {
		return nil, bodyError(fault.TooLarge, BodyTooLarge, "body", "The body has more than %d bytes.", lim.RecordsBytes)
	}
	body = bytes.TrimPrefix(body, byteOrderMark)
	r := &RecordsRequest{lim: lim}
	var err error
	if inLines(body, contentType) {
		err = r.readLines(body)
	} else {
		err = r.readList(body)
	}
	switch {
	case err != nil:
		return nil, err
	case len(r.items) == 0:
		return nil, bodyError(fault.Invalid, BodyEmptyBatch, "records", "The body has no records: send {\"records\": […]}, or NDJSON with the content type application/x-ndjson.")
	case len(r.items) > lim.Records:
		return nil, bodyError(fault.TooLarge, BodyTooManyEvents, "records", "The body has more than %d records.", lim.Records)
	}
	return r, nil
}

// inLines reports whether a body is a record a line.
func inLines(body []byte, contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	switch {
	case strings.HasSuffix(kind, "ndjson"), strings.HasSuffix(kind, "jsonl"), strings.HasSuffix(kind, "jsonlines"):
		return true
	case kind == "application/json":
		return false
	}
	// curl and others send any name: one record then, or the first of several.
	first, _, _ := bytes.Cut(body[space(body, 0):], []byte("\n"))
	return isObject(first) && valid(first) && get(first, "id") != nil && get(first, "records") == nil
}

func (r *RecordsRequest) readLines(body []byte) error {
	sound := false
	for line := range bytes.Lines(body) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		it := item{line, notJSON}
		if valid(line) {
			_, it.depth = skip(line, 0)
			sound = true
		}
		if r.items = append(r.items, it); len(r.items) > r.lim.Records {
			return nil // too many
		}
	}
	if len(r.items) > 0 && !sound {
		return bodyError(fault.Invalid, BodyInvalidJSON, "line 1", "No line of the body is valid JSON. NDJSON is one JSON object a line.")
	}
	return nil
}

func (r *RecordsRequest) readList(body []byte) error {
	if err := checkBody(body, r.lim.RecordsBytes); err != nil {
		return err
	}
	for w := walk(body[space(body, 0):]); w.more(); {
		if string(w.name()) != "records" {
			_, _ = w.value()
			continue
		}
		r.items = nil
		list, _ := w.value()
		if !isArray(list) {
			continue
		}
		for elements := walk(list); elements.more() && len(r.items) <= r.lim.Records; {
			raw, depth := elements.value()
			r.items = append(r.items, item{raw, depth})
		}
	}
	return nil
}

// Bounds of one part: what the pipeline takes at once, and what any journal takes as one message.
const (
	partRecords = 1000
	partBytes   = 512 << 10
)

// Accept checks every record and makes the parts of those that are accepted, none where there are none. Of several
// versions of one record that have no time of their own the last is kept: they would all be of one time, and their
// order is what the sender has said. Both results alias the body.
func (r *RecordsRequest) Accept(source string, receivedAt Millis) ([]RecordsPart, []Refused) {
	var refused []Refused
	accepted := make([]json.RawMessage, 0, len(r.items))
	untimed := map[string]int{} // id → its place in accepted
	for i, it := range r.items {
		h, why := checkRecord(it, source, r.lim)
		if why != nil {
			refused = append(refused, refuseRecord(source, receivedAt, i, h.recordID(), it.raw, why))
			continue
		}
		if !h.hasTime(receivedAt) {
			if before, known := untimed[h.recordID()]; known {
				accepted[before] = nil
			}
			untimed[h.recordID()] = len(accepted)
		}
		accepted = append(accepted, it.raw)
	}

	var parts []RecordsPart
	size := 0
	for _, raw := range accepted {
		if raw == nil {
			continue
		}
		last := len(parts) - 1
		if last < 0 || len(parts[last].Records) == partRecords || size+len(raw) > partBytes {
			parts = append(parts, RecordsPart{Source: source, ReceivedAt: receivedAt})
			last, size = last+1, 0
		}
		parts[last].Records = append(parts[last].Records, raw)
		size += len(raw)
	}
	return parts, refused
}

func refuseRecord(source string, receivedAt Millis, index int, id string, raw []byte, why *problem) Refused {
	if why == longRecordID || len(id) > maxIdentifier {
		id = ""
	}
	return Refused{
		Source: source, ReceivedAt: receivedAt, Index: index, Type: TypeRecord, MessageID: id,
		Code: why.code, Field: why.field, Message: why.message, Raw: raw,
	}
}

// Refuse is the refusal of a record of p that was accepted and decoded, but cannot be kept.
func (p *RecordsPart) Refuse(r RecordVersion, code, field, message string) Refused {
	return refuseRecord(p.Source, p.ReceivedAt, r.Index, r.ID, p.Records[r.Index], &problem{code, field, message})
}

// ResendRecord makes a refused record a part of its own, to be appended like any other, with its source and its
// receivedAt. A nil mended is the record as it was. What is refused again is returned as such.
func ResendRecord(r Refused, mended json.RawMessage, lim Limits) (RecordsPart, *Refused) {
	if mended == nil {
		mended = r.Raw
	}
	it := item{mended, notJSON}
	if valid(mended) {
		start := space(mended, 0)
		end, depth := skip(mended, start)
		it = item{mended[start:end], depth}
	}
	h, why := checkRecord(it, r.Source, lim.withDefaults())
	if why != nil {
		id := h.recordID()
		if id == "" {
			id = r.MessageID
		}
		again := refuseRecord(r.Source, r.ReceivedAt, 0, id, mended, why)
		return RecordsPart{}, &again
	}
	return RecordsPart{Source: r.Source, ReceivedAt: r.ReceivedAt, Records: []json.RawMessage{it.raw}}, nil
}
