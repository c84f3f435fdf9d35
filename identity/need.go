package identity

import (
	"cmp"
	"slices"

	"kith/identity/match"
)

// Delta is what a batch changes about the set of facts. Each list may name a thing more than once. What goes away is
// taken from what is stored, before what is seen is added.
//
// Leave out what the graph already has: a stored identifier whose First does not become earlier, a stored link
// likewise. Naming it is not wrong, it only costs a load.
type Delta struct {
	New         []Identifier // seen, and known not to be stored: never loaded
	Identifiers []Identifier // seen, may be stored: the earlier First counts
	Links       []Link       // seen: the earlier First counts; both ends are stored or named above

	Reset      []Identifier          // stored; facts went away and this is now the First of those left
	ResetLinks []Link                // likewise
	Records    map[Key]*match.Record // what records say that is new, or not what is stored; nil when nothing to compare
	Gone       []Key                 // stored; no call or record names it any more; its links go with it
	GoneLinks  []LinkID              // stored; no call or record asserts it any more

	Rulings  []Ruling  // decided
	Revoked  []Ruling  // decisions taken back, or deleted with an identifier
	Markings []Marking // marked
	Unmarked []Marking // marks taken back
}

// Need is what an Update must see of the graph before it can go on. Every list is one query for all its entries;
// Empty when nothing is needed. Lists are sorted and never name an identifier of Delta.New.
type Need struct {
	// Components: each of these identifiers and everything reachable from it over stored edges with conducts=true,
	// LINKED and DECIDED alike (from a SHARED or BLOCKED one over DECIDED only). Answer.Members are all of these,
	// Answer.Links the conducting links among them, Answer.Rulings every ruling that touches one, Answer.Markings
	// every marking of one.
	Components []Key

	// Around: the direct neighbourhood over LINKED, conducting or not. Answer.Members are the identifiers asked
	// for, Answer.Links their links, Answer.Ends the far ends.
	Around []Around

	// Wide: beyond the size rule; only ever asked when something shrinks where more than K hang together.
	Wide []Wide

	// Common: for each list of identifiers, those linked (LINKED, conducting or not) to two or more of it.
	Common [][]Key
}

// Around asks for the links of one identifier.
type Around struct {
	Key Key
	// Limit is how many neighbours are enough for each type of neighbour, all BLOCKED ones counted as one more type;
	// those without a DECIDED edge come first. All links to a neighbour that is given come back. 0: everyone.
	Limit int
	// Shared: also when the identifier is stored as SHARED or BLOCKED. Otherwise such a one has no links in the answer.
	Shared bool
}

// Wide asks for the identifiers From and up to Limit further ones, reached over links with Strength < Below that
// conduct or would but for size (reason "oversized"). Answer.Members are these, Answer.Links all such links of each
// of them, up to Limit per member, Answer.Ends their far ends.
type Wide struct {
	From  []Key
	Below uint8
	Limit int
}

// Empty says that nothing is needed any more.
func (n Need) Empty() bool {
	return len(n.Components)+len(n.Around)+len(n.Wide)+len(n.Common) == 0
}

// Answer is what one list of a Need brought. What is not stored is left out.
type Answer struct {
	Members  []Stored
	Ends     []Stored
	Links    []Judged // several stored edges of one pair and kind may come as several
	Rulings  []Ruling
	Markings []Marking
}

// Stored is an identifier as the graph has it.
type Stored struct {
	Identifier // First is Unseen when only decisions name it
	Status     Status
	Level      uint8
	Customer   CustomerID // it is of now; empty when BLOCKED
	Decided    bool       // has a DECIDED edge

	// Of one of type record, and needed only of the Members of Components and Wide: what was sent and its blocking keys that are over their cap,
	// a line each. Whoever loads makes Record of it, Heard of what was sent.
	Content, Crowded string
	Record           *match.Record
}

// Loaded is the answer to a Need.
type Loaded struct {
	Components Answer
	Around     Answer
	Wide       Answer
	Common     []Key
}

// sort makes the order of a need a function of what it holds.
func (n *Need) sort() {
	slices.Sort(n.Components)
	n.Components = slices.Compact(n.Components)
	slices.SortFunc(n.Around, func(x, y Around) int { return cmp.Compare(x.Key, y.Key) })
}
