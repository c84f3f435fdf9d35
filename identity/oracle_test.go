package identity

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"kith/identity/match"
)

// oracle resolves by the letter of the rules, with sets and no data structure, as slowly as it takes.
type oracle struct {
	rules   *Rules
	first   map[Key]int64
	links   []Link
	status  map[Key]Status
	level   map[Key]uint8
	cell    map[Key]map[Key]bool
	group   map[Key]map[Key]bool
	parted  map[[2]Key]bool
	records map[Key]*match.Record
}

func (o *oracle) typ(k Key) string { return o.rules.policy(k).name }

func newOracle(r *Rules, f Facts) *oracle {
	o := &oracle{
		rules: r, records: f.Records, first: map[Key]int64{}, status: map[Key]Status{}, level: map[Key]uint8{},
		cell: map[Key]map[Key]bool{}, group: map[Key]map[Key]bool{}, parted: map[[2]Key]bool{},
	}
	see := func(k Key, at int64) {
		if old, ok := o.first[k]; !ok || at < old {
			o.first[k] = at
		}
	}
	for _, i := range f.Identifiers {
		see(i.Key, int64(i.First))
	}
	for _, x := range f.Rulings {
		see(x.A, int64(Unseen))
		see(x.B, int64(Unseen))
	}
	marks := map[Key]Marking{}
	for _, m := range f.Markings {
		see(m.Key, int64(Unseen))
		if old, ok := marks[m.Key]; !ok || m.At > old.At || m.At == old.At && m.Decision > old.Decision {
			marks[m.Key] = m
		}
	}
	earliest := map[LinkID]Link{}
	for _, l := range f.Links {
		if old, ok := earliest[l.ID()]; !ok || l.First < old.First {
			earliest[l.ID()] = l
		}
	}
	o.links = slices.Collect(maps.Values(earliest))

	for k := range o.first {
		if r.Blocked(k.Type(), k.Value()) || marks[k].Mark == MarkBlocked {
			o.status[k] = Blocked
		}
	}
	o.decide(f.Rulings)
	for k := range o.first {
		if o.status[k] == Blocked {
			continue
		}
		switch {
		case marks[k].Mark == MarkShared:
			o.status[k] = Shared
		case marks[k].Mark == MarkPersonal || r.policy(k).class == Exclusive:
		case o.crowded(k):
			o.status[k] = Shared
		}
	}
	o.size()
	o.follow()
	return o
}

func (o *oracle) decide(rulings []Ruling) {
	newest := map[[2]Key]Ruling{}
	for _, x := range rulings {
		pair := [2]Key{x.A, x.B}
		if old, ok := newest[pair]; !ok || cmp.Or(cmp.Compare(x.At, old.At), cmp.Compare(x.Kind, old.Kind), cmp.Compare(x.Decision, old.Decision)) > 0 {
			newest[pair] = x
		}
	}
	for k := range o.first {
		o.group[k] = map[Key]bool{k: true}
	}
	var joins []Ruling
	for pair, x := range newest {
		if x.Kind == Part {
			o.parted[pair] = true
		} else {
			joins = append(joins, x)
		}
	}
	slices.SortFunc(joins, func(x, y Ruling) int {
		return cmp.Or(cmp.Compare(x.At, y.At), cmp.Compare(x.Decision, y.Decision), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	for _, x := range joins {
		if o.status[x.A] != Blocked && o.status[x.B] != Blocked && !o.crosses(o.group[x.A], o.group[x.B]) {
			unite(o.group, x.A, x.B)
		}
	}
}

func (o *oracle) crosses(a, b map[Key]bool) bool {
	for pair := range o.parted {
		if a[pair[0]] && b[pair[1]] || a[pair[1]] && b[pair[0]] {
			return true
		}
	}
	return false
}

func unite(sets map[Key]map[Key]bool, a, b Key) {
	one := maps.Clone(sets[a])
	maps.Copy(one, sets[b])
	for k := range one {
		sets[k] = one
	}
}

// groups is how many groups of a type there are among keys.
func (o *oracle) groups(keys map[Key]bool, typ string) int {
	var met []Key
	for k := range keys {
		if o.typ(k) == typ && !slices.ContainsFunc(met, func(m Key) bool { return o.group[m][k] }) {
			met = append(met, k)
		}
	}
	return len(met)
}

func (o *oracle) crowded(k Key) bool {
	around := map[Key]bool{}
	for _, l := range o.links {
		if other := l.across(k); (l.A == k || l.B == k) && l.Kind != Matched && o.status[other] != Blocked {
			around[other] = true
		}
	}
	for other := range around {
		mine, theirs := o.rules.policy(k), o.rules.policy(other)
		if o.groups(around, theirs.name) > o.rules.shareOf(&mine, &theirs) {
			return true
		}
	}
	return false
}

// conducts says that a link holds its ends together at a level.
func (o *oracle) conducts(l Link, level uint8) bool {
	class := strength(l.Kind, o.rules.policy(l.A).class, o.rules.policy(l.B).class)
	return o.status[l.A] == Active && o.status[l.B] == Active && class < strengths-level && (l.Kind != Matched || l.Weight >= o.rules.Model().Join())
}

func (o *oracle) size() {
	left := maps.Clone(o.first)
	for level := uint8(0); len(left) > 0; level++ {
		sets := map[Key]map[Key]bool{}
		for k := range o.first {
			sets[k] = o.group[k]
		}
		for again := true; again; {
			again = false
			join := func(a, b Key) {
				if !sets[a][b] {
					unite(sets, a, b)
					again = true
				}
			}
			for _, l := range o.links {
				if o.conducts(l, level) {
					join(l.A, l.B)
				}
			}
		}
		for k := range left {
			if o.status[k] == Blocked || len(sets[k]) <= o.rules.Size() || level == strengths {
				delete(left, k)
				if o.status[k] != Blocked {
					o.level[k] = level
				}
			}
		}
	}
}

func (o *oracle) follow() {
	for k, g := range o.group {
		o.cell[k] = g
	}
	links := slices.Clone(o.links)
	slices.SortFunc(links, func(x, y Link) int {
		s := func(l Link) uint8 { return strength(l.Kind, o.rules.policy(l.A).class, o.rules.policy(l.B).class) }
		return cmp.Or(cmp.Compare(s(x), s(y)), -cmp.Compare(x.Weight, y.Weight), cmp.Compare(x.First, y.First), byID(x.ID(), y.ID()))
	})
	for _, l := range links {
		if !o.conducts(l, max(o.level[l.A], o.level[l.B])) || o.cell[l.A][l.B] || o.crosses(o.cell[l.A], o.cell[l.B]) {
			continue
		}
		both := maps.Clone(o.cell[l.A])
		maps.Copy(both, o.cell[l.B])
		fits := true
		for k := range both {
			p := o.rules.policy(k)
			fits = fits && (p.limit == 0 || o.groups(both, p.name) <= p.limit)
		}
		if fits && o.agree(l) {
			unite(o.cell, l.A, l.B)
		}
	}
}

// agree says that what the records on both sides of a link say, each compared with each, allows the union.
func (o *oracle) agree(l Link) bool {
	var cross []int32
	speaks := false
	for a := range o.cell[l.A] {
		for b := range o.cell[l.B] {
			if o.records[a] != nil && o.records[b] != nil {
				w := o.rules.Model().Cross(o.records[a], o.records[b])
				cross = append(cross, w)
				speaks = true
			}
		}
	}
	return !speaks || (&link{Judged: Judged{Link: l}, a: &node{model: o.rules.Model()}}).borneOut(cross)
}

func TestResolveByTheLetter(t *testing.T) {
	for seed := range uint64(*sequences) {
		rules := smallRules(t, 3+int(seed%6), seed%2 == 0)
		w := newWorld(seed)
		for range 25 {
			w.happen()
		}
		facts := w.facts()
		p, o := Resolve(rules, facts), newOracle(rules, facts)
		if len(p.Identifiers) != len(o.first) {
			t.Fatalf("world %d: %d identifiers, want %d", seed, len(p.Identifiers), len(o.first))
		}
		cells := p.Cells()
		for _, i := range p.Identifiers {
			if i.Status != o.status[i.Key] || i.Level != o.level[i.Key] || int64(i.First) != o.first[i.Key] {
				t.Fatalf("world %d: %+v, want status %s, level %d, first %d", seed, i, o.status[i.Key], o.level[i.Key], o.first[i.Key])
			}
			if i.Status == Blocked {
				continue
			}
			if want := slices.Sorted(maps.Keys(o.cell[i.Key])); !slices.Equal(cells[i.Anchor], want) {
				t.Fatalf("world %d: %s is of %v, want %v", seed, i.Key, cells[i.Anchor], want)
			}
		}
	}
}
