package identity

import "strings"

// Reason says why a link or a join is not followed.
type Reason uint8

// When several apply, the first of this list is given.
const (
	Followed         Reason = iota
	ReasonSuperseded        // a newer decision on the same two identifiers counts (decisions only)
	ReasonBlocked           // an end is BLOCKED
	ReasonShared            // an end is SHARED
	ReasonOversized         // too many identifiers hang together there
	ReasonExclusive         // would put two of an exclusive type into one customer
	ReasonLimit             // would put more of a type into one customer than its limit
	ReasonPart              // a steward parted the two
	ReasonEvidence          // too much speaks against (matching)
	ReasonCandidate         // too little speaks for it: a steward may say (matching)
)

// The names of the reasons are those of the rules; they are stored and shown.
var reasonNames = [...]string{
	Followed: "followed", ReasonSuperseded: "superseded", ReasonBlocked: "blocked", ReasonShared: "shared",
	ReasonOversized: "oversized", ReasonExclusive: "exclusive", ReasonLimit: "limit", ReasonPart: "part",
	ReasonEvidence: "evidence", ReasonCandidate: "candidate",
}

func (r Reason) String() string { return reasonNames[r] }

// Verdict is what resolution says about one link or ruling.
type Verdict struct {
	// Conducts says that the two ends hang together: both are ACTIVE and the size rule does not cut the link. Only
	// conducting links can be followed. The load of an Update runs over them, so the stored edge carries this.
	Conducts bool
	Followed bool
	Reason   Reason
	// Cause makes the reason precise: the identifier type at fault (blocked, shared, exclusive, limit) or the id of
	// the decision in the way (part, superseded). Empty when followed or oversized.
	Cause string
}

// Text is the reason and its cause as one word for storing, "exclusive:user_id"; "followed" when followed.
// ParseReason is its inverse.
func (v Verdict) Text() string {
	if v.Cause == "" {
		return v.Reason.String()
	}
	return v.Reason.String() + ":" + v.Cause
}

// ParseReason reads what Verdict.Text wrote.
func ParseReason(text string) (Reason, string, error) {
	name, cause, _ := strings.Cut(text, ":")
	reason, err := parse[Reason](name, reasonNames[:], "a reason")
	return reason, cause, err
}
