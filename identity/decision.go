package identity

import (
	"slices"

	"kith/event"
)

// Decision is what a steward decides, as it travels through the journal: a join of all of A, a part of A from B, a mark
// on each of A, or, with Revokes, By and At alone, the revocation of an earlier decision.
type Decision struct {
	ID      string       `json:"id"`             // dec_…; also of a revocation, to tell two apart
	Kind    string       `json:"kind,omitempty"` // JOIN or PART, or a mark: BLOCKED, SHARED or PERSONAL
	A       []Key        `json:"a,omitempty"`
	B       []Key        `json:"b,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	Revokes string       `json:"revokes,omitempty"` // the id of a decision
	By      string       `json:"by"`                // subject of the steward's token
	At      event.Millis `json:"at"`
}

// Rulings is what the decision says about each pair; none for a mark or a revocation.
func (d Decision) Rulings() ([]Ruling, error) {
	if d.Revokes != "" || len(d.Markings()) > 0 {
		return nil, nil
	}
	kind, err := ParseDecisionKind(d.Kind)
	if err != nil {
		return nil, err
	}
	if kind == Part {
		return Parting(d.ID, d.At, d.A, d.B), nil
	}
	return Joining(d.ID, d.At, d.A), nil
}

// Markings is what the decision says about single identifiers; none unless its kind is a mark.
func (d Decision) Markings() []Marking {
	mark, err := ParseMark(d.Kind)
	if d.Revokes != "" || err != nil || mark == MarkNone {
		return nil
	}
	out := make([]Marking, 0, len(d.A))
	for _, k := range d.A {
		if m := (Marking{d.ID, k, mark, d.At}); !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}
