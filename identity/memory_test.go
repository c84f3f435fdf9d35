package identity

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

var workspace = []byte("a workspace key of some thirty-two bytes")

// memory is a graph that serves a Need as the database does: it answers what is asked and nothing more, and where an
// answer may be cut short it cuts it, leaving out whatever it likes.
type memory struct {
	rules    *Rules
	rand     *rand.Rand
	nodes    map[Key]Stored
	links    map[LinkID]Judged
	at       map[Key]map[LinkID]bool
	rulings  map[rulingID]JudgedRuling
	markings map[markingID]Marking

	rounds, edges int          // of all loads
	loaded        map[Key]bool // identifiers that any load brought
}

func newMemory(r *Rules, seed uint64) *memory {
	return &memory{
		rules: r, rand: rand.New(rand.NewPCG(seed, 1)),
		nodes: map[Key]Stored{}, links: map[LinkID]Judged{}, at: map[Key]map[LinkID]bool{},
		rulings: map[rulingID]JudgedRuling{}, markings: map[markingID]Marking{}, loaded: map[Key]bool{},
	}
}

// update drives one delta through.
func (m *memory) update(t testing.TB, d Delta) *Diff {
	t.Helper()
	u := NewUpdate(m.rules, workspace, d)
	rounds := 0
	for need := u.Need(); !need.Empty(); need = u.Need() {
		if rounds++; rounds > 200 {
			t.Fatalf("the update asks for ever: %+v", need)
		}
		for _, i := range d.New {
			if slices.Contains(need.Components, i.Key) {
				t.Fatalf("asked for %s, which is new", i.Key)
			}
		}
		u.Add(m.load(need))
	}
	m.rounds += rounds
	diff, err := u.Finish()
	if err != nil {
		t.Fatalf("Finish: %v", err)
	}
	m.write(t, d, diff)
	return diff
}

func (m *memory) stored(k Key) (Stored, bool) {
	n, ok := m.nodes[k]
	if ok {
		m.loaded[k] = true
		n.Decided = false
		for id := range m.rulings {
			n.Decided = n.Decided || id.a == k || id.b == k
		}
	}
	return n, ok
}

func (m *memory) load(need Need) Loaded {
	var l Loaded
	l.Components = m.components(need.Components)
	for _, a := range need.Around {
		m.around(a, &l.Around)
	}
	for _, w := range need.Wide {
		m.wide(w, &l.Wide)
	}
	for _, list := range need.Common {
		l.Common = append(l.Common, m.common(list)...)
	}
	for _, a := range []*Answer{&l.Components, &l.Around, &l.Wide} {
		m.bySource(a)
	}
	for _, list := range [][]Stored{l.Around.Members, l.Around.Ends, l.Wide.Ends} {
		for i := range list {
			list[i].Record = nil
		}
	}
	m.edges += len(l.Components.Links) + len(l.Around.Links) + len(l.Wide.Links)
	return l
}

// bySource gives some links twice, as the graph does that has an edge for every source.
func (m *memory) bySource(a *Answer) {
	for _, l := range a.Links {
		if m.rand.IntN(6) == 0 {
			l.First += 2
			a.Links = append(a.Links, l)
		}
	}
	m.rand.Shuffle(len(a.Links), func(i, j int) { a.Links[i], a.Links[j] = a.Links[j], a.Links[i] })
}

func (m *memory) components(keys []Key) Answer {
	var a Answer
	seen := map[Key]bool{}
	var queue []Key
	visit := func(k Key) {
		if _, ok := m.nodes[k]; ok && !seen[k] {
			seen[k] = true
			queue = append(queue, k)
		}
	}
	for _, k := range keys {
		visit(k)
	}
	links, rulings := map[LinkID]bool{}, map[rulingID]bool{}
	for len(queue) > 0 {
		k := queue[0]
		queue = queue[1:]
		n, _ := m.stored(k)
		a.Members = append(a.Members, n)
		if n.Status == Active {
			for id := range m.at[k] {
				if m.links[id].Conducts {
					links[id] = true
					visit(id.A)
					visit(id.B)
				}
			}
		}
		for id := range m.rulings {
			if id.a == k || id.b == k {
				rulings[id] = true
				visit(id.a)
				visit(id.b)
			}
		}
		for id, marking := range m.markings {
			if id.key == k {
				a.Markings = append(a.Markings, marking)
			}
		}
	}
	for id := range links {
		a.Links = append(a.Links, m.links[id])
	}
	for id := range rulings {
		a.Rulings = append(a.Rulings, m.rulings[id].Ruling)
	}
	return a
}

func (m *memory) around(q Around, a *Answer) {
	n, ok := m.stored(q.Key)
	if !ok {
		return
	}
	a.Members = append(a.Members, n)
	if n.Status != Active && !q.Shared {
		return
	}
	neighbours := map[string]map[Key][]Judged{}
	for id := range m.at[q.Key] {
		other := id.A
		if other == q.Key {
			other = id.B
		}
		bucket := other.Type()
		if m.nodes[other].Status == Blocked {
			bucket = "BLOCKED"
		}
		if neighbours[bucket] == nil {
			neighbours[bucket] = map[Key][]Judged{}
		}
		neighbours[bucket][other] = append(neighbours[bucket][other], m.links[id])
	}
	for _, bucket := range slices.Sorted(maps.Keys(neighbours)) {
		keys := slices.Sorted(maps.Keys(neighbours[bucket]))
		m.rand.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		slices.SortStableFunc(keys, func(x, y Key) int { return cmp.Compare(m.isDecided(x), m.isDecided(y)) })
		if q.Limit > 0 && len(keys) > q.Limit {
			keys = keys[:q.Limit]
		}
		for _, k := range keys {
			end, _ := m.stored(k)
			a.Ends = append(a.Ends, end)
			a.Links = append(a.Links, neighbours[bucket][k]...)
		}
	}
}

func (m *memory) isDecided(k Key) int {
	for id := range m.rulings {
		if id.a == k || id.b == k {
			return 1
		}
	}
	return 0
}

func (m *memory) wide(w Wide, a *Answer) {
	within := func(l Judged) bool { return (l.Conducts || l.Reason == ReasonOversized) && l.Strength < w.Below }
	seen := map[Key]bool{}
	var queue []Key
	for _, k := range w.From {
		seen[k] = true
		queue = append(queue, k)
	}
	left := w.Limit
	for i := 0; i < len(queue); i++ {
		k := queue[i]
		n, ok := m.stored(k)
		if !ok {
			continue
		}
		a.Members = append(a.Members, n)
		ids := slices.SortedFunc(maps.Keys(m.at[k]), byID)
		m.rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		given := 0
		for _, id := range ids {
			if l := m.links[id]; within(l) {
				if given++; given <= w.Limit {
					a.Links = append(a.Links, l)
					for _, end := range []Key{id.A, id.B} {
						s, _ := m.stored(end)
						a.Ends = append(a.Ends, s)
					}
				}
				for _, end := range []Key{id.A, id.B} {
					if !seen[end] && left > 0 {
						left--
						seen[end] = true
						queue = append(queue, end)
					}
				}
			}
		}
	}
}

func (m *memory) common(list []Key) []Key {
	met := map[Key]map[Key]bool{}
	for _, x := range list {
		for id := range m.at[x] {
			other := id.A
			if other == x {
				other = id.B
			}
			if met[other] == nil {
				met[other] = map[Key]bool{}
			}
			met[other][x] = true
		}
	}
	var out []Key
	for k, of := range met {
		if len(of) > 1 {
			out = append(out, k)
		}
	}
	return out
}

// write stores what a pipeline would: the facts of the delta, and what the diff says.
func (m *memory) write(t testing.TB, d Delta, diff *Diff) {
	t.Helper()
	drop := func(id LinkID) {
		delete(m.links, id)
		delete(m.at[id.A], id)
		delete(m.at[id.B], id)
	}
	for _, k := range d.Gone {
		for id := range maps.Clone(m.at[k]) {
			drop(id)
		}
		if n, ok := m.nodes[k]; ok {
			n.First, n.Record = Unseen, nil
			m.nodes[k] = n
		}
	}
	for _, id := range d.GoneLinks {
		drop(id)
	}
	for _, i := range d.Reset {
		n := m.nodes[i.Key]
		n.First = i.First
		m.nodes[i.Key] = n
	}
	for _, l := range d.ResetLinks {
		j := m.links[l.ID()]
		j.First = l.First
		m.links[l.ID()] = j
	}
	for _, i := range slices.Concat(d.New, d.Identifiers) {
		n, ok := m.nodes[i.Key]
		if !ok {
			n = Stored{Identifier: i, Status: 99}
		}
		n.First = min(n.First, i.First)
		m.nodes[i.Key] = n
	}
	for k, says := range d.Records {
		n := m.nodes[k]
		n.Record = says
		m.nodes[k] = n
	}
	reported := map[LinkID]bool{}
	for _, j := range diff.Links {
		reported[j.ID()] = true
	}
	for _, l := range d.Links {
		if !reported[l.ID()] {
			t.Fatalf("the diff says nothing of link %v, which the delta names", l)
		}
		j, ok := m.links[l.ID()]
		if !ok {
			j.Link = l
		}
		j.First = min(j.First, l.First)
		m.links[l.ID()] = j
		for _, k := range []Key{l.A, l.B} {
			if m.at[k] == nil {
				m.at[k] = map[LinkID]bool{}
			}
			m.at[k][l.ID()] = true
		}
	}
	for _, x := range d.Rulings {
		m.rulings[rulingID{x.Decision, x.A, x.B}] = JudgedRuling{Ruling: x}
	}
	for _, x := range d.Revoked {
		delete(m.rulings, rulingID{x.Decision, x.A, x.B})
	}
	for _, x := range d.Markings {
		m.markings[markingID{x.Decision, x.Key}] = x
	}
	for _, x := range d.Unmarked {
		delete(m.markings, markingID{x.Decision, x.Key})
	}

	for _, p := range diff.Identifiers {
		n, ok := m.nodes[p.Key]
		if !ok {
			n.Identifier = p.Identifier
		}
		if n.First != p.First {
			t.Fatalf("the diff says %s was first seen at %d, it was at %d", p.Key, p.First, n.First)
		}
		n.Status, n.Level = p.Status, p.Level
		m.nodes[p.Key] = n
	}
	for _, j := range diff.Links {
		old, ok := m.links[j.ID()]
		if !ok {
			t.Fatalf("the diff names link %v, which is not there", j)
		}
		j.First = old.First
		m.links[j.ID()] = j
	}
	for _, x := range diff.Rulings {
		id := rulingID{x.Decision, x.A, x.B}
		if _, ok := m.rulings[id]; !ok {
			t.Fatalf("the diff names ruling %v, which is not there", x)
		}
		m.rulings[id] = x
	}
	for _, move := range diff.Moves {
		n, ok := m.nodes[move.Key]
		if n.Customer != move.From {
			t.Fatalf("%s moves from %q, but it is of %q", move.Key, move.From, n.Customer)
		}
		if ok {
			n.Customer = move.To
			m.nodes[move.Key] = n
		}
	}
	for _, k := range diff.Gone {
		delete(m.nodes, k)
	}
}

// differs tells the first difference between what is stored and the partition of all facts.
func (m *memory) differs(p *Partition) string {
	for _, i := range p.Identifiers {
		n, ok := m.nodes[i.Key]
		if !ok {
			return fmt.Sprintf("%s is missing", i.Key)
		}
		var customer CustomerID
		if i.Anchor != "" {
			customer = CustomerIDOf(workspace, i.Anchor)
		}
		n.Decided, n.Record = false, nil
		if want := (Stored{Identifier: i.Identifier, Status: i.Status, Level: i.Level, Customer: customer}); n != want {
			return fmt.Sprintf("stored %+v, resolved %+v (%s)", n, want, i.Anchor)
		}
	}
	if len(m.nodes) != len(p.Identifiers) {
		return fmt.Sprintf("%d identifiers stored, %d resolved", len(m.nodes), len(p.Identifiers))
	}
	for _, j := range p.Links {
		if m.links[j.ID()] != j {
			return fmt.Sprintf("stored %+v, resolved %+v", m.links[j.ID()], j)
		}
	}
	if len(m.links) != len(p.Links) {
		return fmt.Sprintf("%d links stored, %d resolved", len(m.links), len(p.Links))
	}
	for _, x := range p.Rulings {
		y := m.rulings[rulingID{x.Decision, x.A, x.B}]
		if y.Ruling != x.Ruling || y.Verdict != x.Verdict || !slices.Equal(y.Parts, x.Parts) {
			return fmt.Sprintf("stored %+v, resolved %+v", y, x)
		}
	}
	if len(m.rulings) != len(p.Rulings) {
		return fmt.Sprintf("%d rulings stored, %d resolved", len(m.rulings), len(p.Rulings))
	}
	return ""
}
