package identity

import (
	"slices"
	"strings"

	"kith/event"
	"kith/fault"
	"kith/identity/match"
)

// Key names an identifier: its type, a colon, and its normalised value.
type Key string

// NewKey is the key of a value of a type.
func NewKey(typ, value string) Key { return Key(typ + ":" + value) }

// Type is the part before the first colon.
func (k Key) Type() string {
	typ, _, _ := strings.Cut(string(k), ":")
	return typ
}

// Value is the part behind the first colon.
func (k Key) Value() string {
	_, value, _ := strings.Cut(string(k), ":")
	return value
}

// Unseen is the First of an identifier that only decisions or marks name.
const Unseen event.Millis = 1<<63 - 1

// Identifier is one identifier as a fact: that it was seen, and the earliest effective time at which.
type Identifier struct {
	Key   Key
	First event.Millis
}

// Status of an identifier.
type Status uint8

const (
	Active  Status = iota // joins
	Shared                // used by too many: conducts nothing, stands alone
	Blocked               // junk: no links followed, no customer
)

var statusNames = [...]string{Active: "ACTIVE", Shared: "SHARED", Blocked: "BLOCKED"}

func (s Status) String() string { return statusNames[s] }

// ParseStatus reads what String wrote.
func ParseStatus(text string) (Status, error) {
	return parse[Status](text, statusNames[:], "a status of an identifier")
}

// Mark is a steward's word on one identifier, stronger than its counted status.
type Mark uint8

const (
	MarkNone Mark = iota
	MarkBlocked
	MarkShared
	MarkPersonal // never SHARED, whatever it is linked to
)

var markNames = [...]string{MarkNone: "NONE", MarkBlocked: "BLOCKED", MarkShared: "SHARED", MarkPersonal: "PERSONAL"}

func (m Mark) String() string { return markNames[m] }

// ParseMark reads what String wrote.
func ParseMark(text string) (Mark, error) { return parse[Mark](text, markNames[:], "a mark") }

// LinkKind is the kind of evidence a link is.
type LinkKind uint8

// In the order of strength, strongest first.
const (
	Stewarded LinkKind = iota // a steward's join; not a Link of Facts, only of paths and explanations
	AliasLink                 // an alias call
	Observed                  // seen together in one call
	Matched                   // records that look alike
)

var kindNames = [...]string{Stewarded: "STEWARDED", AliasLink: "ALIAS", Observed: "OBSERVED", Matched: "MATCHED"}

func (k LinkKind) String() string { return kindNames[k] }

// ParseLinkKind reads what String wrote.
func ParseLinkKind(text string) (LinkKind, error) {
	return parse[LinkKind](text, kindNames[:], "a kind of link")
}

// Link is evidence that two identifiers are one person. For resolution a link is its pair and kind; the stored edge
// is kept per source as well, and all edges of a pair and kind carry the same verdict.
type Link struct {
	A, B  Key // A < B
	Kind  LinkKind
	First event.Millis // earliest effective time of its facts, over all sources

	// Weight is how much speaks for a Matched link, in hundredths of a bit; see package match. 0 for other kinds.
	Weight int32
}

// ID is what makes it one link.
func (l Link) ID() LinkID { return LinkID{l.A, l.B, l.Kind} }

// LinkID names a link by pair and kind.
type LinkID struct {
	A, B Key // A < B
	Kind LinkKind
}

// NewLink orders the two ends.
func NewLink(x, y Key, kind LinkKind, first event.Millis) Link {
	if y < x {
		x, y = y, x
	}
	return Link{A: x, B: y, Kind: kind, First: first}
}

// DecisionKind is what a steward decided about two identifiers.
type DecisionKind uint8

const (
	Join DecisionKind = iota // they are one person
	Part                     // they are not
)

var decisionNames = [...]string{Join: "JOIN", Part: "PART"}

func (k DecisionKind) String() string { return decisionNames[k] }

// ParseDecisionKind reads what String wrote.
func ParseDecisionKind(text string) (DecisionKind, error) {
	return parse[DecisionKind](text, decisionNames[:], "a kind of decision")
}

func parse[T ~uint8](text string, names []string, what string) (T, error) {
	i := slices.Index(names, text)
	if i < 0 {
		return 0, fault.New("identity.parse", fault.Invalid, "%q is not %s; it is one of %s", text, what, strings.Join(names, ", "))
	}
	return T(i), nil
}

// Ruling is what one decision says about one pair of identifiers. The stored edge is one per decision and pair.
type Ruling struct {
	Decision string // id
	Kind     DecisionKind
	A, B     Key // A < B
	At       event.Millis
}

// Joining is the rulings of a decision that all of keys are one person: one for every pair.
func Joining(decision string, at event.Millis, keys []Key) []Ruling {
	var out []Ruling
	for i, a := range keys {
		out = append(out, rulings(decision, Join, at, a, keys[i+1:])...)
	}
	return distinctRulings(out)
}

// Parting is the rulings of a decision that nobody of a is somebody of b: one for every pair across.
func Parting(decision string, at event.Millis, a, b []Key) []Ruling {
	var out []Ruling
	for _, x := range a {
		out = append(out, rulings(decision, Part, at, x, b)...)
	}
	return distinctRulings(out)
}

// Marking is a steward's mark on one identifier. MarkNone takes an older mark back without revoking it.
type Marking struct {
	Decision string // id
	Key      Key
	Mark     Mark
	At       event.Millis
}

// Facts is a set of facts. Order and repetition do not matter: of one identifier or link the earliest First counts.
// An identifier that a ruling or marking names need not be listed (its First is then Unseen); a link with an end
// that is not listed does not count. Matched links are those that Match finds among the records.
type Facts struct {
	Identifiers []Identifier
	Links       []Link
	Records     map[Key]*match.Record // what identifiers of type record say; prepared by the model of the rules
	Rulings     []Ruling
	Markings    []Marking
}
