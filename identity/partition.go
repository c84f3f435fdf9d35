package identity

import (
	"cmp"
	"slices"
)

// Partition is the outcome of resolution over a set of facts.
type Partition struct {
	Identifiers []Placed       // by key
	Links       []Judged       // by A, B, kind
	Rulings     []JudgedRuling // by A, B, newest first
}

// Placed is one identifier with what was decided about it.
type Placed struct {
	Identifier
	Status Status
	// Level is how many classes of links, weakest first, the size rule took away around it; 0 nearly always.
	Level uint8
	// Anchor is the identifier whose id its customer carries; equal anchors are one customer. Empty when BLOCKED.
	Anchor Key
}

// Judged is one link with its verdict.
type Judged struct {
	Link
	// Strength is the class of the link, which the size rule takes away as a whole and which orders following:
	// smaller is stronger. It depends on kind and types alone. Stored on the edge, because loads ask for it.
	Strength uint8
	Verdict
}

// JudgedRuling is one ruling with its verdict: a part that counts is Followed, a join is when it unites. Parts are
// those in the way of a join that is not followed for ReasonPart.
type JudgedRuling struct {
	Ruling
	Verdict
	Parts []Ruling
}

// Identifier finds one identifier; false when there is no such.
func (p *Partition) Identifier(k Key) (Placed, bool) {
	i, ok := slices.BinarySearchFunc(p.Identifiers, k, func(x Placed, k Key) int { return cmp.Compare(x.Key, k) })
	if !ok {
		return Placed{}, false
	}
	return p.Identifiers[i], true
}

// Cells is the customers: the sorted members of each, under its anchor.
func (p *Partition) Cells() map[Key][]Key {
	cells := map[Key][]Key{}
	for _, i := range p.Identifiers {
		if i.Anchor != "" {
			cells[i.Anchor] = append(cells[i.Anchor], i.Key)
		}
	}
	return cells
}
