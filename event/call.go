// Package event is the vocabulary of what arrives: calls as the tracking SDKs send them, decoded, checked,
// corrected for the client's clock, cleansed, and with the identifiers found in them.
//
// It is pure: values in, values out; the time of receipt is an argument.
package event

import (
	"encoding/json"
	"time"
)

// Millis is a moment: milliseconds since 1970-01-01T00:00:00Z. All of Kith keeps times in this form, so that
// comparing needs no zone and storing loses nothing.
type Millis int64

// MillisOf truncates t to milliseconds.
func MillisOf(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Time is m as a time in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// String is m in RFC 3339, UTC, with milliseconds.
func (m Millis) String() string { return m.Time().Format("2006-01-02T15:04:05.000Z") }

// Type is the kind of a call.
type Type string

// The calls of the wire format, section 1.
const (
	Identify Type = "identify"
	Track    Type = "track"
	Page     Type = "page"
	Screen   Type = "screen"
	Group    Type = "group"
	Alias    Type = "alias"
)

// Identifier types with a meaning of their own; any other name is a custom type.
const (
	UserID        = "user_id"
	Record        = "record"
	AnonymousID   = "anonymous_id"
	DeviceID      = "device_id"
	AdvertisingID = "advertising_id"
	Email         = "email"
	Phone         = "phone"
)

// Identifier is one value that stands for somebody, as found in a call.
type Identifier struct {
	Type  string // user_id, email, …
	Value string // normalised; identity and equality go by this
	Raw   string // as it came
}

// Key is the identifier's key in the graph: type, a colon, and the normalised value.
func (i Identifier) Key() string { return i.Type + ":" + i.Value }

// Trait is one trait a call states. A Value of JSON null removes the trait.
type Trait struct {
	Key   string
	Value json.RawMessage // cleansed
	Raw   json.RawMessage // as it came, when cleansing changed it; else nil
}

// Call is one accepted call, decoded.
type Call struct {
	Index      int    // its place among the calls of its part, for Part.Refuse
	Source     string // the source its write key belongs to
	MessageID  string // with Source, what makes it one fact
	Type       Type
	Name       string // the event; "Page Viewed" and "Screen Viewed" for page and screen calls; the type's name else
	At         Millis // effective time, corrected for the client's clock
	ReceivedAt Millis
	Channel    string // web, mobile, server, …; may be empty

	// Identifiers are those found, at most 20, in the order of precedence for the actor (user_id, record,
	// anonymous_id, device_id, advertising_id, email, phone, others), each key once. Blocked values are among
	// them: whether a value is blocked is for the identity rules to say.
	Identifiers []Identifier
	// PreviousID of an alias call, as an anonymous_id; its link to user_id has kind ALIAS. Nil otherwise, also for an
	// alias call without a user_id.
	PreviousID *Identifier

	Traits  []Trait // of the person (identify traits and context.traits), sorted by key
	GroupID string  // of a group call
	Group   []Trait // traits of the account, of a group call, sorted by key

	// Objects in canonical form (see canonical.go), never nil.
	Properties json.RawMessage // of identify and group calls the traits as sent, not cleansed
	Context    json.RawMessage // with what the batch gave it
	Extra      json.RawMessage // ids, times, integrations and unknown keys as sent: with the two above, what Recode needs

	Passive  bool   // context.active is false: does not move last seen
	Bot      bool   // sent by a known crawler or monitor, by its user agent
	Test     bool   // sent by test tools (headless browsers, load generators), by its user agent
	Hash     string // of the content, without receipt and sending times: equal for copies, unequal for conflicts
	Warnings []Warning
}

// Warning is a data-quality remark on a call that was accepted all the same.
type Warning struct {
	Code  string `json:"code"`            // one of the Warn constants, or the identity rules' blocked_identifier
	Field string `json:"field,omitempty"` // path of the value
}

// The warnings of this package.
const (
	WarnTimestamp          = "invalid_timestamp"       // unreadable, or a zero value; the next best time is used
	WarnAhead              = "timestamp_ahead"         // more than 24 h ahead of receipt; receivedAt is used
	WarnType               = "invalid_type"            // not the JSON type the field has; ignored
	WarnEmail              = "invalid_email"           // no e-mail address; kept as a trait, no identifier
	WarnPhone              = "invalid_phone"           // no phone number for sure; kept as a trait, no identifier
	WarnTrait              = "invalid_trait"           // a reserved trait that is not what its name says; kept as sent
	WarnIdentifierLong     = "identifier_too_long"     // over 500 bytes; no identifier
	WarnIdentifierType     = "invalid_identifier_type" // an external id whose type cannot be one; no identifier
	WarnIdentifiers        = "too_many_identifiers"    // more than 20; the last in precedence are left out
	WarnAliasWithoutUserID = "alias_without_user_id"   // nothing to tie previousId to
)
