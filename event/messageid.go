package event

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"unicode/utf8"
)

// maxMessageID is how long a client's message id may be, in characters.
const maxMessageID = 100

// madeID begins every message id that was made here and not by a client.
const madeID = "kith-"

func tooLongID(id []byte) bool { return len(id) > maxMessageID && utf8.RuneCount(id) > maxMessageID }

// makeMessageID makes the id of an event that brought none: random, or without random a hash of what stays the same
// when the event is sent again, so that a repeated body counts once. random must not fail (crypto/rand never does).
func makeMessageID(source string, typ Type, raw []byte, random io.Reader) string {
	var id [16]byte
	if random != nil {
		if _, err := io.ReadFull(random, id[:]); err != nil {
			panic("event: no randomness: " + err.Error())
		}
		return madeID + hex.EncodeToString(id[:])
	}
	h := sha256.New()
	write := func(b []byte) {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(b)))
		h.Write(size[:])
		h.Write(b)
	}
	write([]byte(source))
	write([]byte(typ))
	for _, f := range sortedFields(raw) {
		if !changesOnRetry(f.name) && string(f.name) != "messageId" {
			write(f.name)
			write(f.value)
		}
	}
	copy(id[:], h.Sum(nil))
	return madeID + hex.EncodeToString(id[:])
}

// changesOnRetry reports whether a top-level field may differ between two sendings of one event, or is none of the
// event's own.
func changesOnRetry(name []byte) bool {
	switch string(name) {
	case "sentAt", "receivedAt", "writeKey", "_metadata":
		return true
	}
	return false
}
