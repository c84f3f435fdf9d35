package event

import (
	"encoding/binary"
	"encoding/json"
)

// Part is what one request brought: the accepted calls as they were sent, and what was settled at acceptance. It is
// what the journal keeps. Decoding it again gives the same calls, whenever and however often.
type Part struct {
	Source     string
	ReceivedAt Millis
	// SentAt, Context and Integrations are the batch's, as sent; nil when it had none.
	SentAt       json.RawMessage
	Context      json.RawMessage
	Integrations json.RawMessage
	Calls        []RawCall // in the order they were sent
}

// RawCall is a call that was checked and accepted, as it was sent.
type RawCall struct {
	Type      Type
	MessageID string          // the one made at acceptance; empty when the call brought its own
	Raw       json.RawMessage // an object
}

const partVersion = 1

// AppendPart appends p as one frame.
func AppendPart(dst []byte, p *Part) []byte {
	start := len(dst)
	dst = openFrame(dst)
	dst = appendText(dst, p.Source)
	dst = binary.AppendVarint(dst, int64(p.ReceivedAt))
	dst = appendText(dst, p.SentAt)
	dst = appendText(dst, p.Context)
	dst = appendText(dst, p.Integrations)
	dst = binary.AppendUvarint(dst, uint64(len(p.Calls)))
	for i := range p.Calls {
		dst = append(dst, typeByte(p.Calls[i].Type))
		dst = appendText(dst, p.Calls[i].MessageID)
		dst = appendText(dst, p.Calls[i].Raw)
	}
	closeFrame(dst[start:], partVersion)
	return dst
}

func typeByte(t Type) byte {
	for i := range types {
		if types[i] == t {
			return byte(i)
		}
	}
	return 0xff
}

// DecodeParts reads a journal message. The parts alias it. When the message is damaged it returns the parts that are
// not, as far as they can be told, and an INTERNAL error that says where the damage is.
func DecodeParts(message []byte) (parts []Part, err error) {
	err = readFrames("event.DecodeParts", message, partVersion, func(payload []byte) bool {
		p, ok := decodePayload(payload)
		if ok {
			parts = append(parts, p)
		}
		return ok
	})
	return parts, err
}

func decodePayload(b []byte) (p Part, ok bool) {
	r := reader{b: b}
	p.Source = string(r.text())
	p.ReceivedAt = Millis(r.varint())
	p.SentAt, p.Context, p.Integrations = r.text(), r.text(), r.text()
	n := r.uvarint()
	const least = 3 // bytes of a call
	if r.bad || n > uint64(len(r.b)/least) {
		return p, false
	}
	p.Calls = make([]RawCall, n)
	for i := range p.Calls {
		t := r.byte()
		if int(t) >= len(types) {
			return p, false
		}
		p.Calls[i] = RawCall{Type: types[t], MessageID: string(r.text()), Raw: r.text()}
	}
	return p, !r.bad && len(r.b) == 0
}
