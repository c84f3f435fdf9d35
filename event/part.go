package event

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"

	"kith/fault"
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

// A part is written as a record: version (1 byte), length of the payload (4), CRC-32C of all but itself (4), payload.
// Numbers of the frame are little-endian. In the payload numbers are varints, and texts follow their length. Records
// stand back to back, so that messages can be coalesced by joining their bytes.
const (
	partVersion = 1
	frameBytes  = 9
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendPart appends p as one record.
func AppendPart(dst []byte, p *Part) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, frameBytes)...)
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
	frame := dst[start:]
	frame[0] = partVersion
	binary.LittleEndian.PutUint32(frame[1:], uint32(len(frame)-frameBytes))
	binary.LittleEndian.PutUint32(frame[5:], frameSum(frame))
	return dst
}

func appendText[T ~string | ~[]byte](dst []byte, text T) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(text)))
	return append(dst, text...)
}

func typeByte(t Type) byte {
	for i := range types {
		if types[i] == t {
			return byte(i)
		}
	}
	return 0xff
}

// frameSum is the checksum of a record: of its version, its length and its payload.
func frameSum(frame []byte) uint32 {
	return crc32.Update(crc32.Checksum(frame[:5], castagnoli), castagnoli, frame[frameBytes:])
}

// DecodeParts reads a journal message. The parts alias it. When the message is damaged it returns the parts that are
// not, as far as they can be told, and an INTERNAL error that says where the damage is.
func DecodeParts(message []byte) ([]Part, error) {
	var parts []Part
	var damage error
	broken := func(at int, what string) {
		if damage == nil {
			damage = fault.New("event.DecodeParts", fault.Internal, "journal message damaged at byte %d of %d: %s", at, len(message), what)
		}
	}
	for at := 0; at < len(message); {
		rest := message[at:]
		if len(rest) < frameBytes {
			broken(at, "cut off")
			break
		}
		size := uint64(binary.LittleEndian.Uint32(rest[1:])) + frameBytes
		if size > uint64(len(rest)) {
			broken(at, "longer than what is left, or cut off")
			break
		}
		frame := rest[:size]
		switch {
		case binary.LittleEndian.Uint32(frame[5:]) != frameSum(frame):
			broken(at, "checksum") // the length may be right all the same: if it is, the next record's checksum tells
		case frame[0] != partVersion:
			broken(at, "unknown version")
		default:
			p, ok := decodePayload(frame[frameBytes:])
			if ok {
				parts = append(parts, p)
			} else {
				broken(at, "payload")
			}
		}
		at += int(size)
	}
	return parts, damage
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

// reader takes values off the front of b; bad is set once something was missing.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) took(n int) {
	if n <= 0 {
		r.bad, r.b = true, nil
		return
	}
	r.b = r.b[n:]
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	r.took(n)
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	r.took(n)
	return v
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

// text is nil for an empty one.
func (r *reader) text() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	if n == 0 {
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}
