package identity

import (
	"cmp"
	"slices"
)

// Path is the shortest chain of links between two identifiers, in order from one to the other; false when there is
// none. links are followed ones, joins among them as links of kind Stewarded (see JoinLinks). Of equally short chains
// it is the one whose links, from the first on, are stronger, then earlier, then smaller by key. From an identifier to
// itself the chain is empty.
func Path(links []Link, from, to Key) ([]Link, bool) {
	next := map[Key][]Link{}
	for _, l := range links {
		next[l.A] = append(next[l.A], l)
		next[l.B] = append(next[l.B], l)
	}
	// Distances are measured from the far end, so that walking there each step can choose the best link of those that
	// lead closer.
	distance := map[Key]int{to: 0}
	for queue := []Key{to}; len(queue) > 0; queue = queue[1:] {
		for _, l := range next[queue[0]] {
			if _, seen := distance[l.across(queue[0])]; !seen {
				distance[l.across(queue[0])] = distance[queue[0]] + 1
				queue = append(queue, l.across(queue[0]))
			}
		}
	}
	if _, reached := distance[from]; !reached {
		return nil, false
	}
	path := []Link{}
	for at := from; at != to; {
		closer := slices.DeleteFunc(slices.Clone(next[at]), func(l Link) bool { return distance[l.across(at)] != distance[at]-1 })
		best := slices.MinFunc(closer, func(x, y Link) int {
			return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.First, y.First), byID(x.ID(), y.ID()))
		})
		path = append(path, best)
		at = best.across(at)
	}
	return path, true
}

func (l Link) across(k Key) Key {
	if l.A == k {
		return l.B
	}
	return l.A
}

// JoinLinks is the followed joins as links, for Path.
func JoinLinks(rulings []JudgedRuling) []Link {
	var out []Link
	for _, x := range rulings {
		if x.Kind == Join && x.Followed {
			out = append(out, Link{A: x.A, B: x.B, Kind: Stewarded, First: x.At})
		}
	}
	return out
}

// InTheWay is the parts that keep a join which a steward proposes from being followed, sorted by pair; none when it
// will be. rulings and markings are all that are live in the decision components of the identifiers that proposed
// names. A part between two identifiers of proposed themselves, being older, is not in the way: the newest counts.
func InTheWay(r *Rules, rulings []Ruling, markings []Marking, proposed []Ruling) []Ruling {
	set := map[Key][]Marking{}
	for _, m := range markings {
		set[m.Key] = append(set[m.Key], m)
	}
	d := decide(slices.Concat(rulings, proposed), func(k Key) bool { return markOf(r.Mark(k), set[k]) == MarkBlocked })
	var parts []Ruling
	for _, x := range d.judged {
		if !slices.Contains(proposed, x.Ruling) {
			continue
		}
		parts = append(parts, x.Parts...)
		if x.Reason == ReasonSuperseded {
			for _, y := range d.parts[x.A] {
				if y.A == x.A && y.B == x.B {
					parts = append(parts, y)
				}
			}
		}
	}
	return distinctRulings(parts)
}
