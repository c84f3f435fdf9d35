package identity

import "kith/event"

// Decision is what a steward decides, as it travels through the journal: a join of all of A, a part of A from B, or,
// with Revokes, By and At alone, the revocation of an earlier decision.
type Decision struct {
	ID      string       `json:"id"`             // dec_…; also of a revocation, to tell two apart
	Kind    string       `json:"kind,omitempty"` // JOIN or PART
	A       []Key        `json:"a,omitempty"`
	B       []Key        `json:"b,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	Revokes string       `json:"revokes,omitempty"` // the id of a decision
	By      string       `json:"by"`                // subject of the steward's token
	At      event.Millis `json:"at"`
}

// Rulings is what the decision says about each pair; none for a revocation.
func (d Decision) Rulings() ([]Ruling, error) {
	if d.Revokes != "" {
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
