package event

import "encoding/json"

// TypeRecord is the type that refused records carry. It is none of a call.
const TypeRecord Type = "record"

// RecordVersion is one version of a record: everything a source knows about one person at a time, sent as a whole. Of
// the versions of one record the newest counts, whatever came last, and the others count as never sent.
type RecordVersion struct {
	Index      int    // its place among the records of its part, for RecordsPart.Refuse
	Source     string // the source its write key belongs to
	ID         string // what the source calls it
	At         Millis // when it was so: its own time, else that of receipt
	ReceivedAt Millis
	Deleted    bool // the record is no more: it has nothing but its id and its time
	// Hash is of the content, not of the time: it puts versions of one time into an order. A deletion has the greatest.
	Hash string

	// Identifiers are the record itself, first, then those it names and those found in its traits and their alternates,
	// in the order of precedence, each key once, at most 20. Blocked values are among them.
	Identifiers []Identifier
	Traits      []Trait // cleansed, sorted by key, none of them null
	// Content is the traits and identifiers as sent, in canonical form: what RecodeRecord needs. Never nil.
	Content  json.RawMessage
	Warnings []Warning
}

// deletedHash is greater than any hash, so that of a deletion and a version of one time the deletion counts.
const deletedHash = "ffffffffffffffffffffffffffffffff"

// Key is the key of the record's own identifier.
func (r *RecordVersion) Key() string { return recordIdentifier(r.Source, r.ID).Key() }

// Newer reports whether r takes the place of a version of the same record with this time and hash. A version does not
// take its own place: sent again it has no effect.
func (r *RecordVersion) Newer(at Millis, hash string) bool {
	return r.At > at || r.At == at && r.Hash > hash
}

func recordIdentifier(source, id string) Identifier {
	return Identifier{Type: Record, Value: source + "/" + id, Raw: id}
}

// StoredRecord is what the graph keeps of a version, as far as it is needed to decode it again.
type StoredRecord struct {
	Source     string
	ID         string
	At         Millis
	ReceivedAt Millis
	Deleted    bool
	Content    json.RawMessage
}
