package event

import (
	"encoding/binary"
	"encoding/json"
)

// RecordsPart is accepted records as they were sent, and what was settled at acceptance: what the journal keeps of a
// request, or of a piece of a large one.
type RecordsPart struct {
	Source     string
	ReceivedAt Millis
	Records    []json.RawMessage // objects
}

// recordsVersion tells parts of records from parts of calls, should one ever be read as the other.
const recordsVersion = 0x81

// AppendRecordsPart appends p as one frame.
func AppendRecordsPart(dst []byte, p *RecordsPart) []byte {
	start := len(dst)
	dst = openFrame(dst)
	dst = appendText(dst, p.Source)
	dst = binary.AppendVarint(dst, int64(p.ReceivedAt))
	dst = binary.AppendUvarint(dst, uint64(len(p.Records)))
	for _, raw := range p.Records {
		dst = appendText(dst, raw)
	}
	closeFrame(dst[start:], recordsVersion)
	return dst
}

// DecodeRecordsParts reads a journal message of records. The parts alias it. When the message is damaged it returns
// the parts that are not, as far as they can be told, and an INTERNAL error that says where the damage is.
func DecodeRecordsParts(message []byte) (parts []RecordsPart, err error) {
	err = readFrames("event.DecodeRecordsParts", message, recordsVersion, func(payload []byte) bool {
		p, ok := decodeRecordsPayload(payload)
		if ok {
			parts = append(parts, p)
		}
		return ok
	})
	return parts, err
}

func decodeRecordsPayload(b []byte) (p RecordsPart, ok bool) {
	r := reader{b: b}
	p.Source = string(r.text())
	p.ReceivedAt = Millis(r.varint())
	n := r.uvarint()
	if r.bad || n > uint64(len(r.b)) { // each takes a byte at least
		return p, false
	}
	p.Records = make([]json.RawMessage, n)
	for i := range p.Records {
		p.Records[i] = r.text()
	}
	return p, !r.bad && len(r.b) == 0
}
