package identity

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func (m *memory) equal(other *memory) bool {
	return maps.Equal(m.nodes, other.nodes) && maps.Equal(m.links, other.links)
}

// Any order, any repetition, any split into batches give the same graph: promise 3.
func TestArrivalDoesNotMatter(t *testing.T) {
	for seed := range uint64(*sequences / 10) {
		rules := smallRules(t, 3+int(seed%7), seed%2 == 0)
		w := newWorld(seed)
		for range 20 {
			w.happen()
		}
		atOnce := newMemory(rules, seed)
		atOnce.update(t, w.delta(atOnce, w.facts()))
		for range 3 {
			inParts := newMemory(rules, seed)
			all := w.calls
			w.calls = nil
			for _, i := range w.rand.Perm(len(all)) {
				w.calls = append(w.calls, all[i])
				if w.rand.IntN(3) == 0 {
					inParts.update(t, w.delta(inParts, w.facts()))
				}
			}
			w.calls = all
			inParts.update(t, w.delta(inParts, w.facts()))
			if !inParts.equal(atOnce) {
				t.Fatalf("world %d: in parts it is another graph than at once", seed)
			}
		}
	}
}

// What comes and goes leaves nothing: promise 4. A part that is revoked is identity, a call that is deleted was never
// there.
func TestGoneEqualsAbsent(t *testing.T) {
	for seed := range uint64(*sequences / 10) {
		rules := smallRules(t, 3+int(seed%7), seed%2 == 0)
		w, m := newWorld(seed), newMemory(rules, seed)
		for range 15 {
			w.happen()
		}
		m.update(t, w.delta(m, w.facts()))
		before := newMemory(rules, seed)
		before.update(t, w.delta(before, w.facts()))

		calls, decisions, marks, says := slices.Clone(w.calls), slices.Clone(w.decisions), slices.Clone(w.marks), maps.Clone(w.says)
		for range 5 {
			w.happen()
			m.update(t, w.delta(m, w.facts()))
		}
		w.calls, w.decisions, w.marks, w.says = calls, decisions, marks, says
		m.update(t, w.delta(m, w.facts()))
		if !m.equal(before) {
			t.Fatalf("world %d: what came and went left something", seed)
		}
	}
}

func TestPartThenRevoke(t *testing.T) {
	facts := scene("u:ada e:1 p:1\n e:1 e:2\n join d1 u:ada u:bob").facts(t)
	var d Delta
	d.New, d.Links, d.Rulings = append(d.New, facts.Identifiers...), facts.Links, facts.Rulings
	m := newMemory(DefaultRules(), 1)
	m.update(t, d)
	before := maps.Clone(m.nodes)
	part := Parting("d2", 99, longs([]string{"u:ada"}), longs([]string{"e:1"}))
	if diff := m.update(t, Delta{Rulings: part}); len(diff.Splits) != 1 {
		t.Errorf("the part makes %d splits, want 1: %+v", len(diff.Splits), diff)
	}
	diff := m.update(t, Delta{Revoked: part})
	if len(diff.Merges) != 1 || !maps.Equal(before, m.nodes) {
		t.Errorf("revoking the part does not undo it: %+v", diff)
	}
}

// No cell holds two of an exclusive type unless a steward joined them: promise 9.
func TestExclusive(t *testing.T) {
	for seed := range uint64(*sequences / 3) {
		rules := smallRules(t, 3+int(seed%30), seed%2 == 0)
		w := newWorld(seed)
		for range 30 {
			w.happen()
		}
		facts := w.facts()
		p := Resolve(rules, facts)
		joined := map[Key]map[Key]bool{}
		for _, i := range p.Identifiers {
			joined[i.Key] = map[Key]bool{i.Key: true}
		}
		for _, l := range JoinLinks(p.Rulings) {
			unite(joined, l.A, l.B)
		}
		for _, members := range p.Cells() {
			for i, a := range members {
				for _, b := range members[i+1:] {
					x, y := rules.policy(a), rules.policy(b)
					if x.class == Exclusive && x.name == y.name && !joined[a][b] {
						t.Fatalf("world %d: %s and %s are one customer and nobody joined them", seed, a, b)
					}
				}
			}
		}
		for _, x := range p.Rulings {
			a, _ := p.Identifier(x.A)
			b, _ := p.Identifier(x.B)
			if x.Kind == Part && x.Followed && a.Anchor == b.Anchor && a.Anchor != "" {
				t.Fatalf("world %d: %s and %s are parted and one customer", seed, x.A, x.B)
			}
			if x.Kind == Join && x.Followed && a.Anchor != b.Anchor {
				t.Fatalf("world %d: %s and %s are joined and two customers", seed, x.A, x.B)
			}
		}
	}
}

// New rules over everything stored give what those rules give, and the updates after that stand on it.
func TestAgainst(t *testing.T) {
	for seed := range uint64(*sequences / 10) {
		w := newWorld(seed)
		old, changed := smallRules(t, 3+int(seed%5), false), smallRules(t, 3+int(seed/5%5), true)
		m := newMemory(old, seed)
		for range 20 {
			w.happen()
		}
		m.update(t, w.delta(m, w.facts()))

		var stored Answer
		stored.Members = slices.Collect(maps.Values(m.nodes))
		stored.Links = slices.Collect(maps.Values(m.links))
		rand.Shuffle(len(stored.Links), func(i, j int) { stored.Links[i], stored.Links[j] = stored.Links[j], stored.Links[i] })
		facts := w.facts()
		p := Resolve(changed, facts)
		before := m.snapshot()
		diff := p.Against(workspace, stored)
		m.rules = changed
		m.write(t, Delta{}, diff)
		checkHistory(t, diff, before, m.snapshot())
		if difference := m.differs(p); difference != "" {
			t.Fatalf("world %d: %s", seed, difference)
		}
		if again := p.Against(workspace, Answer{Members: slices.Collect(maps.Values(m.nodes)), Links: slices.Collect(maps.Values(m.links))}); len(again.Identifiers)+len(again.Links)+len(again.Moves)+len(again.Customers) > 0 {
			t.Fatalf("world %d: the second time something changes: %+v", seed, again)
		}
		w.happen()
		facts = w.facts()
		m.update(t, w.delta(m, facts))
		if difference := m.differs(Resolve(changed, facts)); difference != "" {
			t.Fatalf("world %d, after the change: %s", seed, difference)
		}
	}
}

// A diff is a function of the facts before and after, not of the order in which they are told or loaded.
func TestDiffIsDeterministic(t *testing.T) {
	for seed := range uint64(*sequences / 10) {
		rules := smallRules(t, 3+int(seed%7), seed%2 == 0)
		var diffs [2]*Diff
		for i := range diffs {
			w, m := newWorld(seed), newMemory(rules, seed)
			for range 15 {
				w.happen()
			}
			m.update(t, w.delta(m, w.facts()))
			for range 4 {
				w.happen()
			}
			d := w.delta(m, w.facts())
			if i == 1 {
				m.rand = rand.New(rand.NewPCG(99, seed))
				slices.Reverse(d.New)
				slices.Reverse(d.Links)
				slices.Reverse(d.Rulings)
			}
			diffs[i] = m.update(t, d)
		}
		if !reflect.DeepEqual(diffs[0], diffs[1]) {
			t.Fatalf("world %d: two diffs for one delta\n%+v\n%+v", seed, diffs[0], diffs[1])
		}
	}
}
