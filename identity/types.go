// Package identity decides who is who: which identifiers belong to one customer, and why.
//
// It is pure and deterministic. Everything it decides is a function of the set of facts and the rules, never of the
// order in which they came.
package identity

import "kith/event"

// Key names an identifier: its type, a colon, and its normalised value.
type Key string

// CustomerID is "cus_" and a keyed hash of an identifier's key; every identifier owns one for ever, and a customer
// carries that of its anchor.
type CustomerID string

// Status of an identifier.
type Status uint8

const (
	Active  Status = iota // joins
	Shared                // used by too many: conducts nothing, stands alone
	Blocked               // junk: no links followed, no customer
)

// Mark is a steward's or the rules' word on one identifier, stronger than its counted status.
type Mark uint8

const (
	MarkNone Mark = iota
	MarkBlocked
	MarkShared
	MarkPersonal // never SHARED, whatever it is linked to
)

// LinkKind is the kind of evidence a link is.
type LinkKind uint8

// In the order of strength, strongest first.
const (
	Stewarded LinkKind = iota // a steward's join; not a Link, only in explanations
	AliasLink                 // an alias call
	Observed                  // seen together in one call
	Matched                   // records that look alike
)

// Reason says why a link is not followed.
type Reason uint8

const (
	Followed        Reason = iota
	ReasonBlocked          // an end is BLOCKED
	ReasonShared           // an end is SHARED
	ReasonOversized        // too many identifiers hang together there
	ReasonExclusive        // would put two of an exclusive type into one customer
	ReasonLimit            // would put more of a type into one customer than its limit
	ReasonPart             // a steward parted the two
	ReasonEvidence         // too much speaks against (matching)
)

// Link is evidence that two identifiers are one person. For resolution a link is its pair and kind; the stored edge
// is kept per source as well.
type Link struct {
	A, B  Key // A < B
	Kind  LinkKind
	First event.Millis // earliest effective time of its facts
}
