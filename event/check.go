package event

import (
	"io"

	"kith/fault"
)

// Request is a body that is well formed: a batch, or a single call. Its events are not checked yet.
// It aliases the body.
type Request struct {
	WriteKey string // of the body; may be empty

	single                        Type // of a single call; else empty
	sentAt, context, integrations []byte
	items                         []item
	lim                           Limits
}

type item struct {
	raw   []byte
	depth int
}

// Len is the number of events.
func (r *Request) Len() int { return len(r.items) }

// ParseBatch reads the body of a batch. Its error is INVALID or TOO_LARGE with a BodyCode as its cause.
func ParseBatch(body []byte, lim Limits) (*Request, error) {
	lim = lim.withDefaults()
	if err := checkBody(body, lim.BatchBytes); err != nil {
		return nil, err
	}
	r := &Request{lim: lim}
	for w := walk(body[space(body, 0):]); w.more(); {
		switch string(w.name()) {
		case "batch":
			if w.b[w.i] != '[' {
				_, _ = w.value()
				r.items = nil
				continue
			}
			elements := walk(w.b[w.i:])
			r.items = make([]item, 0, 128)
			for elements.more() {
				raw, depth := elements.value()
				r.items = append(r.items, item{raw, depth})
			}
			w.i += elements.i + 1
		case "writeKey":
			raw, _ := w.value()
			key, _ := plainText(raw)
			r.WriteKey = string(key)
		case "sentAt":
			r.sentAt, _ = w.value()
		case "context":
			raw, depth := w.value()
			if err := checkShared("context", raw, depth, lim); err != nil {
				return nil, err
			}
			r.context = raw
		case "integrations":
			raw, depth := w.value()
			if err := checkShared("integrations", raw, depth, lim); err != nil {
				return nil, err
			}
			r.integrations = raw
		default:
			_, _ = w.value()
		}
	}
	if len(r.items) == 0 {
		return nil, bodyError(fault.Invalid, BodyEmptyBatch, "batch", "The body has no events: `batch` must be an array with at least one.")
	}
	if len(r.items) > lim.Events {
		return nil, bodyError(fault.TooLarge, BodyTooManyEvents, "batch", "The batch has %d events; at most %d are taken at once.", len(r.items), lim.Events)
	}
	if !isObject(r.context) {
		r.context = nil
	}
	if !isObject(r.integrations) {
		r.integrations = nil
	}
	if isEmpty(r.sentAt) {
		r.sentAt = nil
	}
	return r, nil
}

// ParseCall reads the body of a single call to the route of typ. Errors are those of ParseBatch.
func ParseCall(body []byte, typ Type, lim Limits) (*Request, error) {
	lim = lim.withDefaults()
	if err := checkBody(body, lim.EventBytes); err != nil {
		return nil, err
	}
	w := walker{body, space(body, 0)}
	raw, depth := w.value()
	key, _ := plainText(get(raw, "writeKey"))
	return &Request{WriteKey: string(key), single: typ, items: []item{{raw, depth}}, lim: lim}, nil
}

func checkBody(body []byte, limit int) error {
	if len(body) > limit {
		return bodyError(fault.TooLarge, BodyTooLarge, "body", "The body has more than %d bytes.", limit)
	}
	if !valid(body) {
		where := invalidAt(body)
		return bodyError(fault.Invalid, BodyInvalidJSON, where, "The body is not valid JSON, from %s on.", where)
	}
	if body[space(body, 0)] != '{' {
		return bodyError(fault.Invalid, BodyInvalidJSON, "byte 0", "The body is not a JSON object.")
	}
	return nil
}

// checkShared bounds what a batch adds to each of its events: it is multiplied by their number.
func checkShared(name string, raw []byte, depth int, lim Limits) error {
	if len(raw) > lim.EventBytes {
		return bodyError(fault.TooLarge, BodyTooLarge, name, "The batch's %s has more than %d bytes.", name, lim.EventBytes)
	}
	if depth >= lim.Depth {
		return bodyError(fault.Invalid, BodyTooDeep, name, "The batch's %s is nested deeper than %d.", name, lim.Depth-1)
	}
	return nil
}

// Accept checks every event and makes the part of those that are accepted; its Calls may be empty. Events without a
// message id get one, from random when they have no time either. Both results alias the body.
func (r *Request) Accept(source string, receivedAt Millis, random io.Reader) (Part, []Refused) {
	p := Part{
		Source: source, ReceivedAt: receivedAt,
		SentAt: r.sentAt, Context: r.context, Integrations: r.integrations,
		Calls: make([]RawCall, 0, len(r.items)),
	}
	var refused []Refused
	for i, it := range r.items {
		h, why := checkItem(it, r.single, r.lim)
		call := RawCall{Type: h.kind, Raw: it.raw}
		own, _ := plainText(h.messageID)
		if len(own) == 0 {
			once := random
			if h.hasTime() {
				once = nil
			}
			call.MessageID = makeMessageID(source, h.kind, it.raw, once)
		}
		if why == nil {
			p.Calls = append(p.Calls, call)
			continue
		}
		no := p.refused(i, h.kind, why)
		no.Raw, no.MessageID = it.raw, call.MessageID
		if len(own) > 0 && !tooLongID(own) {
			no.MessageID = string(own)
		}
		refused = append(refused, no)
	}
	return p, refused
}
