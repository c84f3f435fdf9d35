package identity

import (
	"fmt"
	"strings"

	"kith/event"
)

var kindWords = [...]string{
	Stewarded: "a steward joined them",
	AliasLink: "an alias call named both",
	Observed:  "one call named both",
	Matched:   "their records look alike",
}

// Explain says in words why a link is followed or not. Names no values, only types and decision ids.
func (r *Rules) Explain(l Judged) string {
	if l.Followed {
		return "followed: " + kindWords[l.Kind]
	}
	return fmt.Sprintf("not followed (%s): %s", l.Reason, r.because(l))
}

func (r *Rules) because(l Judged) string {
	switch l.Reason {
	case ReasonBlocked:
		return fmt.Sprintf("this %s stands for nobody", typeWords(l.Cause))
	case ReasonShared:
		return fmt.Sprintf("this %s is shared by several people", typeWords(l.Cause))
	case ReasonOversized:
		return fmt.Sprintf("more than %d identifiers hang together here, and links like this one are the weakest that hold them", r.Size())
	case ReasonExclusive:
		return fmt.Sprintf("%s allows one per customer and these would be two", typeWords(l.Cause))
	case ReasonLimit:
		return fmt.Sprintf("%s allows %d per customer and these would be more", typeWords(l.Cause), r.typeText(l.Cause).Limit)
	case ReasonPart:
		return fmt.Sprintf("decision %s keeps the two sides apart", l.Cause)
	case ReasonEvidence:
		return "the records on both sides, taken together, speak against it"
	case ReasonCandidate:
		return "the records look alike, but not so much that they are taken for one person"
	}
	return "it has not been resolved yet"
}

// ExplainRuling says in words what came of a steward's decision on two identifiers.
func (r *Rules) ExplainRuling(x JudgedRuling) string {
	switch {
	case x.Followed && x.Kind == Part:
		return "followed: a steward parted them"
	case x.Followed:
		return "followed: " + kindWords[Stewarded]
	case x.Reason == ReasonSuperseded:
		return fmt.Sprintf("not followed (%s): decision %s on the same two is newer", x.Reason, x.Cause)
	case x.Reason == ReasonBlocked:
		return fmt.Sprintf("not followed (%s): this %s stands for nobody", x.Reason, typeWords(x.Cause))
	}
	var names []string
	for _, part := range x.Parts {
		if len(names) == 0 || names[len(names)-1] != part.Decision {
			names = append(names, part.Decision)
		}
	}
	return fmt.Sprintf("not followed (%s): decision %s keeps the two sides apart", x.Reason, strings.Join(names, ", "))
}

// typeWords is the name of a type in a sentence.
func typeWords(typ string) string {
	if source, ok := strings.CutPrefix(typ, event.Record+":"); ok {
		return fmt.Sprintf("%s of %s", event.Record, source)
	}
	return typ
}
