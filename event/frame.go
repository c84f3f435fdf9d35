package event

import (
	"encoding/binary"
	"hash/crc32"

	"kith/fault"
)

// What is in the journal is written in frames: version (1 byte), length of the payload (4), CRC-32C of all but itself
// (4), payload. Numbers of the frame are little-endian. In the payload numbers are varints, and texts follow their
// length. Frames stand back to back, so that messages can be coalesced by joining their bytes.
const frameBytes = 9

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openFrame leaves room for what closeFrame fills in when the payload is behind it.
func openFrame(dst []byte) []byte { return append(dst, make([]byte, frameBytes)...) }

func closeFrame(frame []byte, version byte) {
	frame[0] = version
	binary.LittleEndian.PutUint32(frame[1:], uint32(len(frame)-frameBytes))
	binary.LittleEndian.PutUint32(frame[5:], frameSum(frame))
}

// frameSum is the checksum of a frame: of its version, its length and its payload.
func frameSum(frame []byte) uint32 {
	return crc32.Update(crc32.Checksum(frame[:5], castagnoli), castagnoli, frame[frameBytes:])
}

// readFrames hands the payloads of a message to take, which reports whether it could read them. Where the message is
// damaged it goes on behind the damage, as far as it can be told, and its error, INTERNAL, says where that is.
func readFrames(op string, message []byte, version byte, take func(payload []byte) bool) error {
	var damage error
	broken := func(at int, what string) {
		if damage == nil {
			damage = fault.New(op, fault.Internal, "journal message damaged at byte %d of %d: %s", at, len(message), what)
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
			broken(at, "checksum") // the length may be right all the same: if it is, the next frame's checksum tells
		case frame[0] != version:
			broken(at, "unknown version")
		case !take(frame[frameBytes:]):
			broken(at, "payload")
		}
		at += int(size)
	}
	return damage
}

func appendText[T ~string | ~[]byte](dst []byte, text T) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(text)))
	return append(dst, text...)
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
