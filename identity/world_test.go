package identity

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"kith/event"
	"kith/identity/match"
)

// world is a set of facts that lives: calls come, come again and are deleted, decisions are made and revoked.
type world struct {
	rand      *rand.Rand
	keys      []Key
	calls     []call
	decisions []decision
	marks     []Marking
	next      int
	crowd     int         // most identifiers of one join
	says      map[Key]int // of records: which of sayings, if any
}

// sayings is what records say: three persons, told in ways that match well, so so and not at all.
var sayings = func() []*match.Record {
	var out []*match.Record
	for _, text := range []string{
		`{"firstName":"Ada","lastName":"Byron","birthday":"1815-12-10","email":"ada@x.org","phone":"+442079460001"}`,
		`{"firstName":"Ada","lastName":"Byron","birthday":"1815-12-10","email":"ada@x.org"}`,
		`{"firstName":"A.","lastName":"Byron","birthday":"1815-12-10","phone":"+442079460001"}`,
		`{"firstName":"Ada","lastName":"Lovelace","birthday":"1815-12-10","email":"ada@x.org"}`,
		`{"firstName":"Charles","lastName":"Babbage","birthday":"1791-12-26","phone":"+442079460001"}`,
		`{"firstName":"Charles","lastName":"Babbage","birthday":"1791-12-26"}`,
		`{"firstName":"Georgiana","lastName":"Babbage","birthday":"1792-01-13","phone":"+442079460001","email":"ada@x.org"}`,
		`{"email":"ada@x.org"}`,
		`{"firstName":"Ada"}`,
	} {
		out = append(out, match.Default().PrepareJSON([]byte(text)))
	}
	return out
}()

// record is what a key's record says; nil when it is none.
func (w *world) record(k Key) *match.Record {
	i, ok := w.says[k]
	if !ok {
		return nil
	}
	return sayings[i]
}

// call asserts that its identifiers are one person.
type call struct {
	keys []Key
	kind LinkKind
	at   event.Millis
}

type decision struct {
	rulings []Ruling
}

func newWorld(seed uint64) *world {
	w := &world{rand: rand.New(rand.NewPCG(seed, 0)), crowd: 3, says: map[Key]int{}}
	counts := []struct {
		typ string
		n   int
	}{{"user_id", 4}, {"email", 5}, {"phone", 2}, {"anonymous_id", 6}, {"device_id", 2}, {"loyalty_card", 2}, {"record", 0}}
	if w.rand.IntN(8) == 0 {
		// Many of one type, and whole crowds joined: samples of neighbourhoods are cut short.
		counts[w.rand.IntN(len(counts))].n, w.crowd = 14, 9
	}
	for _, c := range counts {
		for i := range w.rand.IntN(c.n+1) + c.n/2 {
			w.keys = append(w.keys, NewKey(c.typ, fmt.Sprint(i)+"x"))
		}
	}
	if w.rand.IntN(2) == 0 {
		w.keys = append(w.keys, "record:crm/1", "record:crm/2", "record:pos/1")
	}
	if w.rand.IntN(2) == 0 {
		for i := range 3 + w.rand.IntN(5) {
			k := NewKey("record", fmt.Sprint("till/", i))
			w.keys = append(w.keys, k)
			w.says[k] = w.rand.IntN(len(sayings))
		}
	}
	if w.rand.IntN(3) == 0 {
		w.keys = append(w.keys, "anonymous_id:null")
	}
	if w.rand.IntN(3) == 0 {
		// Everybody was seen alone before anything else: what comes changes the links and not the identifiers.
		for _, k := range w.keys {
			w.calls = append(w.calls, call{[]Key{k}, Observed, -1})
		}
	}
	if w.crowd > 3 && w.rand.IntN(2) == 0 {
		for i, k := range w.keys {
			w.marks = append(w.marks, Marking{fmt.Sprint("dec_junk", i), k, MarkBlocked, 0})
		}
	}
	return w
}

func (w *world) key() Key { return w.keys[w.rand.IntN(len(w.keys))] }

func (w *world) some(most int) []Key {
	var out []Key
	for range 1 + w.rand.IntN(most) {
		out = append(out, w.key())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// happen changes the facts at random.
func (w *world) happen() {
	switch n := w.rand.IntN(22); {
	case n < 9:
		kinds := []LinkKind{Observed, Observed, Observed, AliasLink}
		w.calls = append(w.calls, call{w.some(4), kinds[w.rand.IntN(len(kinds))], event.Millis(w.rand.IntN(40))})
	case n < 10:
		// A hub: one identifier with many others, to either side of every threshold.
		hub := w.key()
		for _, k := range w.some(len(w.keys)) {
			w.calls = append(w.calls, call{[]Key{hub, k}, Observed, event.Millis(w.rand.IntN(40))})
		}
	case n < 12 && len(w.calls) > 0:
		// The same again, as it was or as if it had been at another time.
		again := w.calls[w.rand.IntN(len(w.calls))]
		if w.rand.IntN(3) > 0 {
			again.at = event.Millis(w.rand.IntN(40))
		}
		w.calls = append(w.calls, again)
	case n < 14 && len(w.calls) > 0:
		i := w.rand.IntN(len(w.calls))
		w.calls = slices.Delete(w.calls, i, i+1)
	case n < 15:
		gone := w.key()
		w.calls = slices.DeleteFunc(w.calls, func(c call) bool { return slices.Contains(c.keys, gone) })
		if w.rand.IntN(2) == 0 {
			for i := range w.decisions {
				w.decisions[i].rulings = slices.DeleteFunc(slices.Clone(w.decisions[i].rulings), func(r Ruling) bool { return r.A == gone || r.B == gone })
			}
			w.marks = slices.DeleteFunc(slices.Clone(w.marks), func(m Marking) bool { return m.Key == gone })
		}
	case n < 17:
		w.next++
		name, at := fmt.Sprint("dec_", w.next), event.Millis(w.rand.IntN(6))
		if w.rand.IntN(3) > 0 {
			w.decisions = append(w.decisions, decision{Joining(name, at, w.some(w.crowd))})
		} else {
			w.decisions = append(w.decisions, decision{Parting(name, at, w.some(2), w.some(2))})
		}
	case n < 18 && len(w.decisions) > 0:
		i := w.rand.IntN(len(w.decisions))
		w.decisions = slices.Delete(w.decisions, i, i+1)
	case n < 19:
		w.next++
		w.marks = append(w.marks, Marking{fmt.Sprint("dec_", w.next), w.key(), Mark(w.rand.IntN(4)), event.Millis(w.rand.IntN(6))})
	case n < 21 && len(w.says) > 0:
		// A record is sent anew.
		for _, k := range w.keys {
			if _, ok := w.says[k]; ok && w.rand.IntN(2) == 0 {
				w.says[k] = w.rand.IntN(len(sayings))
				w.calls = append(w.calls, call{append(w.some(2), k), Observed, event.Millis(w.rand.IntN(40))})
			}
		}
	case len(w.marks) > 0:
		i := w.rand.IntN(len(w.marks))
		w.marks = slices.Delete(w.marks, i, i+1)
	}
}

// facts is all of it, shuffled, with repetitions.
func (w *world) facts() Facts {
	var f Facts
	for _, i := range w.rand.Perm(len(w.calls)) {
		f.Add(w.calls[i])
		if w.rand.IntN(5) == 0 {
			f.Add(w.calls[i])
		}
	}
	f.Records = map[Key]*match.Record{}
	for _, i := range f.Identifiers {
		if r := w.record(i.Key); r != nil {
			f.Records[i.Key] = r
		}
	}
	f.Links = append(f.Links, alike(f.Records)...)
	for _, i := range w.rand.Perm(len(w.decisions)) {
		f.Rulings = append(f.Rulings, w.decisions[i].rulings...)
	}
	w.rand.Shuffle(len(f.Rulings), func(i, j int) { f.Rulings[i], f.Rulings[j] = f.Rulings[j], f.Rulings[i] })
	for _, i := range w.rand.Perm(len(w.marks)) {
		f.Markings = append(f.Markings, w.marks[i])
	}
	return f
}

// alike is the links between records that are alike.
func alike(records map[Key]*match.Record) []Link {
	var out []Link
	keys := slices.Sorted(maps.Keys(records))
	for i, a := range keys {
		for _, b := range keys[i+1:] {
			if w := match.Default().Weight(records[a], records[b]); w >= match.Default().Candidate() {
				l := NewLink(a, b, Matched, 0)
				l.Weight = w
				out = append(out, l)
			}
		}
	}
	return out
}

// Add is what a call asserts.
func (f *Facts) Add(c call) {
	for i, k := range c.keys {
		f.Identifiers = append(f.Identifiers, Identifier{k, c.at})
		for _, other := range c.keys[i+1:] {
			if other != k {
				f.Links = append(f.Links, NewLink(k, other, c.kind, c.at))
			}
		}
	}
}

// delta is the way from what is stored to facts. Now and then it names things that are stored as they are, leaves open
// whether something is stored, and names things twice.
func (w *world) delta(m *memory, f Facts) Delta {
	var d Delta
	identifiers := map[Key]event.Millis{}
	for _, i := range f.Identifiers {
		if at, ok := identifiers[i.Key]; !ok || i.First < at {
			identifiers[i.Key] = i.First
		}
	}
	links, weights := map[LinkID]event.Millis{}, map[LinkID]int32{}
	for _, l := range f.Links {
		weights[l.ID()] = l.Weight
		if at, ok := links[l.ID()]; !ok || l.First < at {
			links[l.ID()] = l.First
		}
	}
	rarely := func() bool { return w.rand.IntN(12) == 0 }
	d.Records = map[Key]*match.Record{}
	for k := range identifiers {
		if says := f.Records[k]; says != m.nodes[k].Record || says != nil && rarely() {
			d.Records[k] = says
		}
	}
	for _, k := range slices.Sorted(maps.Keys(identifiers)) {
		first := identifiers[k]
		n, stored := m.nodes[k]
		i := Identifier{k, first}
		switch {
		case !stored && rarely():
			d.Identifiers = append(d.Identifiers, i)
		case !stored:
			d.New = append(d.New, i)
		case first < n.First || rarely():
			d.Identifiers = append(d.Identifiers, i)
		case first > n.First:
			d.Reset = append(d.Reset, i)
		}
		if stored && first > n.First && !slices.Contains(d.Reset, i) {
			d.Reset = append(d.Reset, i)
		}
	}
	for k, n := range m.nodes {
		if _, ok := identifiers[k]; !ok && n.First != Unseen {
			d.Gone = append(d.Gone, k)
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(links), byID) {
		first := links[id]
		l := Link{A: id.A, B: id.B, Kind: id.Kind, First: first, Weight: weights[id]}
		j, stored := m.links[id]
		switch {
		case stored && l.Weight != j.Weight:
			d.GoneLinks, d.Links = append(d.GoneLinks, id), append(d.Links, l)
			continue
		case !stored || first < j.First:
			d.Links = append(d.Links, l)
		case first > j.First:
			d.ResetLinks = append(d.ResetLinks, l)
		case rarely():
			l.First += event.Millis(w.rand.IntN(3))
			d.Links = append(d.Links, l)
		}
		if rarely() && len(d.Links) > 0 {
			again := d.Links[len(d.Links)-1]
			again.First += 5
			d.Links = append(d.Links, again)
		}
	}
	for id := range m.links {
		if _, ok := links[id]; !ok && !slices.Contains(d.Gone, id.A) && !slices.Contains(d.Gone, id.B) {
			d.GoneLinks = append(d.GoneLinks, id)
		}
	}
	live := map[rulingID]bool{}
	for _, x := range f.Rulings {
		id := rulingID{x.Decision, x.A, x.B}
		live[id] = true
		if _, ok := m.rulings[id]; !ok || rarely() {
			d.Rulings = append(d.Rulings, x)
		}
	}
	for id, x := range m.rulings {
		if !live[id] {
			d.Revoked = append(d.Revoked, x.Ruling)
		}
	}
	marked := map[markingID]bool{}
	for _, x := range f.Markings {
		id := markingID{x.Decision, x.Key}
		marked[id] = true
		if _, ok := m.markings[id]; !ok || rarely() {
			d.Markings = append(d.Markings, x)
		}
	}
	for id, x := range m.markings {
		if !marked[id] {
			d.Unmarked = append(d.Unmarked, x)
		}
	}
	return d
}
