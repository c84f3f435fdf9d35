package identity

import (
	"cmp"
	"slices"

	"kith/event"
)

// decided is what the decisions come to: the groups that followed joins form, and the parts that count.
type decided struct {
	of     map[Key]*group   // identifiers that a followed join unites with others
	parts  map[Key][]Ruling // parts that count, under both ends
	judged []JudgedRuling   // every ruling, by A, B, newest first
}

// group is identifiers that stewards made one. It counts as one in shares and limits.
type group struct {
	members []Key
}

// decide takes parts first, then joins, oldest first; a join is not followed when an end is BLOCKED or when it would
// unite a parted pair. Repeated rulings count once.
func decide(rulings []Ruling, blocked func(Key) bool) *decided {
	d := &decided{of: map[Key]*group{}, parts: map[Key][]Ruling{}}
	if len(rulings) == 0 {
		return d
	}
	rulings = distinctRulings(rulings)
	d.judged = make([]JudgedRuling, len(rulings))
	var joins []*JudgedRuling
	for i, ruling := range rulings {
		d.judged[i].Ruling = ruling
		counts := i == 0 || rulings[i-1].A != ruling.A || rulings[i-1].B != ruling.B
		if !counts {
			d.judged[i].Verdict = supersededBy(d.judged[i-1])
			continue
		}
		if ruling.Kind == Part {
			d.judged[i].Verdict = Verdict{Followed: true}
			d.parts[ruling.A] = append(d.parts[ruling.A], ruling)
			d.parts[ruling.B] = append(d.parts[ruling.B], ruling)
			continue
		}
		joins = append(joins, &d.judged[i])
	}
	slices.SortFunc(joins, func(x, y *JudgedRuling) int {
		return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Decision, y.Decision), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	for _, j := range joins {
		j.Verdict, j.Parts = d.join(j.Ruling, blocked)
	}
	return d
}

func supersededBy(newer JudgedRuling) Verdict {
	if newer.Reason == ReasonSuperseded {
		return newer.Verdict
	}
	return Verdict{Reason: ReasonSuperseded, Cause: newer.Decision}
}

func (d *decided) join(j Ruling, blocked func(Key) bool) (Verdict, []Ruling) {
	for _, k := range []Key{j.A, j.B} {
		if blocked(k) {
			return Verdict{Reason: ReasonBlocked, Cause: k.Type()}, nil
		}
	}
	if d.of[j.A] != nil && d.of[j.A] == d.of[j.B] {
		return Verdict{Conducts: true, Followed: true}, nil
	}
	if parts := d.between(j.A, j.B); len(parts) > 0 {
		return Verdict{Reason: ReasonPart, Cause: parts[0].Decision}, parts
	}
	one := &group{members: slices.Concat(d.members(j.A), d.members(j.B))}
	for _, k := range one.members {
		d.of[k] = one
	}
	return Verdict{Conducts: true, Followed: true}, nil
}

// members is the group of an identifier, itself alone when nobody joined it.
func (d *decided) members(k Key) []Key {
	if g := d.of[k]; g != nil {
		return g.members
	}
	return []Key{k}
}

// name is the same for the members of a group and for nobody else.
func (d *decided) name(k Key) Key {
	if g := d.of[k]; g != nil {
		return g.members[0]
	}
	return k
}

// between is the parts between the groups of two identifiers, in order.
func (d *decided) between(a, b Key) []Ruling {
	var out []Ruling
	theirs := d.members(b)
	for _, x := range d.members(a) {
		for _, part := range d.parts[x] {
			if other := part.A; slices.Contains(theirs, other) {
				out = append(out, part)
			} else if other = part.B; slices.Contains(theirs, other) {
				out = append(out, part)
			}
		}
	}
	return distinctRulings(out)
}

func rulings(decision string, kind DecisionKind, at event.Millis, x Key, others []Key) []Ruling {
	var out []Ruling
	for _, y := range others {
		if x == y {
			continue
		}
		out = append(out, Ruling{decision, kind, min(x, y), max(x, y), at})
	}
	return out
}

// distinctRulings sorts by pair, then newest first (of equally new ones parts before joins, then the greater id), and
// drops repetitions.
func distinctRulings(list []Ruling) []Ruling {
	list = slices.Clone(list)
	slices.SortFunc(list, byPairNewest)
	return slices.Compact(list)
}

func byPairNewest(x, y Ruling) int {
	return cmp.Or(
		cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B),
		cmp.Compare(y.At, x.At), cmp.Compare(y.Kind, x.Kind), cmp.Compare(y.Decision, x.Decision),
	)
}
