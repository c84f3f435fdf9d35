package journal

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"

	"kith/event"
)

// Quarantined is an event that was refused.
type Quarantined struct {
	ID         string       `json:"id"` // made by Add when empty, of source, messageId, code and raw: a repeated batch adds nothing
	At         event.Millis `json:"at"` // when it was put here; set by Add when zero
	Source     string       `json:"source"`
	MessageID  string       `json:"messageId,omitempty"`
	Code       string       `json:"code"`            // why, as the wire format names it
	Field      string       `json:"field,omitempty"` // path of what is wrong
	Message    string       `json:"message"`
	ReceivedAt event.Millis `json:"receivedAt"`
	Raw        []byte       `json:"raw"` // the event as it came
}

func (q *Quarantined) prepare() string {
	if q.ID == "" {
		q.ID = hashID("qua_", []byte(q.Source), []byte(q.MessageID), []byte(q.Code), q.Raw)
	}
	if q.At == 0 {
		q.At = event.MillisOf(time.Now())
	}
	return q.ID
}

// DeadLetter is something accepted that could not be applied.
type DeadLetter struct {
	ID        string       `json:"id"` // made by Add when empty, of position, source and messageId: a repeated attempt adds nothing
	At        event.Millis `json:"at"` // when it was put here; set by Add when zero
	Position  Position     `json:"position"`
	Kind      string       `json:"kind,omitempty"` // of the message
	Source    string       `json:"source,omitempty"`
	MessageID string       `json:"messageId,omitempty"`
	Reason    string       `json:"reason"`
	Raw       []byte       `json:"raw,omitempty"`
}

func (d *DeadLetter) prepare() string {
	if d.ID == "" {
		d.ID = hashID("dea_", []byte(d.Position.String()), []byte(d.Source), []byte(d.MessageID))
	}
	if d.At == 0 {
		d.At = event.MillisOf(time.Now())
	}
	return d.ID
}

var plain32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// hashID is prefix and 120 bits of a hash of the fields, each with its length before it.
func hashID(prefix string, fields ...[]byte) string {
	h := sha256.New()
	for _, f := range fields {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(f)))
		h.Write(n[:])
		h.Write(f)
	}
	return prefix + strings.ToLower(plain32.EncodeToString(h.Sum(nil)[:15]))
}
