package segment

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kith/event"
)

// world is identifiers with events, put together to customers, kept live the way the pipeline does it: each change
// evaluates what it can affect, and the clock wakes only who is due.
type world struct {
	t        *rapid.T
	set      *Set
	now      event.Millis
	states   []State             // by identifier
	events   [][]Fact            // by identifier
	traits   []map[string]string // by identifier, JSON
	account  []int               // by identifier
	home     []int               // by identifier; a customer lives at the highest of its identifiers'
	mark     []bool              // by identifier: SHARED where it is alone
	of       []int               // customer, by identifier
	standing map[int]*Standing
	next     int
	reached  map[string]int // by the oracle
}

var start = event.MillisOf(time.Date(2024, 2, 27, 0, 0, 0, 0, time.UTC))

func newWorld(t *rapid.T, set *Set, n int) *world {
	w := &world{t: t, set: set, now: start, standing: map[int]*Standing{}, next: n, reached: map[string]int{}}
	for i := range n {
		w.states, w.events, w.traits = append(w.states, nil), append(w.events, nil), append(w.traits, map[string]string{})
		w.account, w.of = append(w.account, rapid.IntRange(0, 2).Draw(t, "account")), append(w.of, i)
		w.mark = append(w.mark, false)
		w.home = append(w.home, rapid.IntRange(0, 2).Draw(t, "home"))
		change := Change{New: true, Connected: true, Seen: true}
		for range rapid.IntRange(0, 3).Draw(t, "traits") {
			key, value := drawTrait(t, w.now)
			w.traits[i][key] = value
			change.Traits = append(change.Traits, key)
		}
		w.standing[i] = &Standing{Due: Never}
		w.evaluate(i, change)
	}
	w.settle()
	return w
}

func (w *world) members(c int) []int {
	var out []int
	for i, of := range w.of {
		if of == c {
			out = append(out, i)
		}
	}
	return out
}

func (w *world) household(c int) int {
	h := 0
	for _, i := range w.members(c) {
		h = max(h, w.home[i])
	}
	return h
}

// neighbours are the other customers with an identifier at one of the accounts of c, and those who live in the same
// household. Account and household 0 are none.
func (w *world) neighbours(c int) []int {
	return append(w.connected(c, Account), w.connected(c, Household)...)
}

func (w *world) connected(c int, through Connection) []int {
	var out []int
	if through == Household {
		h := w.household(c)
		for _, other := range slices.Sorted(maps.Keys(w.standing)) {
			if h != 0 && other != c && w.household(other) == h {
				out = append(out, other)
			}
		}
		return out
	}
	for _, i := range w.members(c) {
		for j, a := range w.account {
			if a != 0 && a == w.account[i] && w.of[j] != c && !slices.Contains(out, w.of[j]) {
				out = append(out, w.of[j])
			}
		}
	}
	return out
}

func (w *world) shown(c int) []byte {
	all := map[string]json.RawMessage{}
	for _, i := range w.members(c) {
		for k, v := range w.traits[i] {
			if old, there := all[k]; !there || v > string(old) {
				all[k] = json.RawMessage(v)
			}
		}
	}
	b, err := json.Marshal(all)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// seen is when a customer was last seen, by its own doing.
func (w *world) seen(c int) event.Millis {
	last := event.Millis(0)
	for _, i := range w.members(c) {
		for _, e := range w.events[i] {
			if !e.Passive {
				last = max(last, e.At)
			}
		}
	}
	return last
}

// shared is the stand-in of an identifier that is marked so and is alone.
func (w *world) shared(c int) bool {
	list := w.members(c)
	return len(list) == 1 && w.mark[list[0]]
}

func (w *world) evaluate(c int, change Change) {
	s := w.standing[c]
	s.Now, s.Traits, s.States, s.Seen, s.Shared = w.now, w.shown(c), nil, w.seen(c), w.shared(c)
	for _, i := range w.members(c) {
		if w.states[i] != nil {
			s.States = append(s.States, w.states[i])
		}
	}
	s.Nearby = map[Connection]map[string]bool{Account: {}, Household: {}}
	for through, met := range s.Nearby {
		for _, n := range w.connected(c, through) {
			for id := range w.standing[n].In {
				met[id] = true
			}
		}
	}
	if !w.set.Touches(change) {
		return
	}
	out := w.set.Evaluate(s, change)
	s.In = maps.Clone(s.In)
	if s.In == nil {
		s.In = map[string]bool{}
	}
	for _, id := range slices.Concat(out.Entered, out.Met) {
		if s.In[id] {
			w.t.Fatalf("customer %d entered %s twice", c, id)
		}
		s.In[id] = true
	}
	for _, id := range slices.Concat(out.Left, out.Unmet) {
		if !s.In[id] {
			w.t.Fatalf("customer %d left %s without being in", c, id)
		}
		delete(s.In, id)
	}
	s.Basis, s.Due = out.Basis, out.Due
	if len(out.Met)+len(out.Unmet) > 0 {
		for _, n := range w.neighbours(c) {
			w.standing[n].Due = 0
		}
	}
}

// settle wakes whoever is due, until nobody is.
func (w *world) settle() {
	for again := true; again; {
		again = false
		for _, c := range slices.Sorted(maps.Keys(w.standing)) {
			if w.standing[c].Due <= w.now {
				w.evaluate(c, Change{Time: true, Connected: true})
				again = true
			}
		}
	}
}

func (w *world) receive(i int, x Fact) {
	w.events[i] = append(w.events[i], x)
	change := Change{Features: map[FeatureID]bool{}, Seen: w.set.SeenMatters()}
	named, all := w.set.FeaturesOf(x.Name)
	for _, f := range slices.Concat(named, all) {
		if w.states[i].Add(f, &x, w.now) {
			change.Features[f.ID] = true
		}
	}
	w.evaluate(w.of[i], change)
}

// store writes and reads what is kept of an identifier, as the graph does.
func (w *world) store(i int) {
	b := w.states[i].Encode(w.set.Feature, w.now)
	read, err := ParseState(b)
	if err != nil {
		w.t.Fatal(err)
	}
	if again := read.Encode(w.set.Feature, w.now); string(again) != string(b) {
		w.t.Fatalf("state changes when it is stored:\n%x\n%x", b, again)
	}
	w.states[i] = read
}

// regroup puts an identifier with others.
func (w *world) regroup(i, to int) {
	from := w.of[i]
	before := append(w.neighbours(from), w.neighbours(to)...)
	w.of[i] = to
	if w.standing[to] == nil {
		w.standing[to] = &Standing{Due: Never}
	}
	if len(w.members(from)) == 0 {
		delete(w.standing, from)
	} else {
		w.evaluate(from, Change{All: true, Connected: true})
	}
	w.evaluate(to, Change{All: true, Connected: true})
	for _, n := range append(before, append(w.neighbours(from), w.neighbours(to)...)...) {
		if s := w.standing[n]; s != nil {
			s.Due = 0
		}
	}
}

// moveHouse has an identifier live elsewhere, and its customer with it.
func (w *world) moveHouse(i, home int) {
	c := w.of[i]
	before := w.connected(c, Household)
	if w.home[i] = home; slices.Equal(before, w.connected(c, Household)) {
		return
	}
	w.evaluate(c, Change{Connected: true})
	for _, n := range append(before, w.connected(c, Household)...) {
		w.standing[n].Due = 0
	}
}

func (w *world) oracle(c int) oracle {
	o := oracle{now: w.now, shared: w.shared(c), reached: w.reached, traits: map[string]any{}, segments: map[string]*Condition{}, computed: map[string]*Computed{}}
	for _, i := range w.members(c) {
		o.events = append(o.events, w.events[i]...)
	}
	d := json.NewDecoder(stringReader(w.shown(c)))
	d.UseNumber()
	if err := d.Decode(&o.traits); err != nil {
		w.t.Fatal(err)
	}
	for i := range w.set.Segments {
		o.segments[w.set.Segments[i].ID] = &w.set.Segments[i].Condition
	}
	for i := range w.set.Computed {
		o.computed[w.set.Computed[i].Key] = &w.set.Computed[i]
	}
	o.connected = func(through Connection) []oracle {
		var out []oracle
		for _, n := range w.connected(c, through) {
			out = append(out, w.oracle(n))
		}
		return out
	}
	return o
}

func (w *world) compare() {
	for c, s := range w.standing {
		o := w.oracle(c)
		for i := range w.set.Segments {
			seg := &w.set.Segments[i]
			if want := o.meets(&seg.Condition); want != s.In[seg.ID] {
				w.t.Fatalf("customer %d at %s: %s is %v, the oracle says %v\n%s\n%s", c, w.now, seg.ID, s.In[seg.ID], want, seg.Condition.Encode(), w.dump(c))
			}
		}
		shown := w.set.Shown(s.Basis, w.seen(c), w.now)
		for i := range w.set.Computed {
			key := w.set.Computed[i].Key
			if o.shared { // it is nobody, and has nothing computed
				continue
			}
			want, got := o.trait(key), decode(shown[key])
			a, _ := json.Marshal(want)
			b, _ := json.Marshal(got)
			if string(a) != string(b) {
				w.t.Fatalf("customer %d at %s: %s is %s, the oracle says %s\n%s", c, w.now, key, b, a, w.dump(c))
			}
		}
	}
}

func (w *world) dump(c int) string {
	out := ""
	for _, i := range w.members(c) {
		for _, e := range w.events[i] {
			out += fmt.Sprintf("%d %s %s %s %s\n", i, e.At, e.MessageID, e.Name, e.Properties)
		}
	}
	return out + string(w.shown(c))
}

// TestLiveEqualsOracle is the promise of the package: whatever comes, in whatever order and however often customers are
// put together and taken apart, live membership and computed traits are those of the plain lists of events.
func TestLiveEqualsOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { history(t) })
}

// history is one of random definitions, customers, events, and what else happens; after each step live is compared with
// the oracle. It gives what the oracle was asked, and how often the answer was yes and no.
func history(t *rapid.T) map[string]int {
	set := drawSet(t)
	w := newWorld(t, set, 5)
	messages := 0
	for range rapid.IntRange(10, 60).Draw(t, "steps") {
		i := rapid.IntRange(0, len(w.of)-1).Draw(t, "identifier")
		switch rapid.IntRange(0, 11).Draw(t, "what") {
		case 11:
			w.mark[i] = !w.mark[i]
			w.regroup(i, w.of[i])
		case 10:
			w.moveHouse(i, rapid.IntRange(0, 2).Draw(t, "home"))
		case 0, 1, 2, 3:
			for range rapid.SampledFrom([]int{1, 1, 1, 3}).Draw(t, "burst") {
				messages++
				w.receive(i, drawFact(t, w.now, messages))
			}
		case 4:
			key, value := drawTrait(t, w.now)
			w.traits[i][key] = value
			w.evaluate(w.of[i], Change{Traits: []string{key}})
		case 5:
			w.regroup(i, w.of[rapid.IntRange(0, len(w.of)-1).Draw(t, "with")])
		case 6:
			w.next++
			w.regroup(i, w.next)
		case 7:
			w.store(i)
		default:
			w.now += rapid.SampledFrom([]event.Millis{1, hour - 1, hour, hour + 1, day, day + 1, 3 * day, 29 * day, 31 * day}).Draw(t, "later")
		}
		w.settle()
		w.compare()
	}
	return w.reached
}

// TestOrderDoesNotMatter holds promises 2 and 3: the same events give the same state in any order, and once is enough.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		now := start + 40*day
		var facts []Fact
		for n := range rapid.IntRange(1, 30).Draw(t, "events") {
			facts = append(facts, drawFact(t, start+event.Millis(n)*day, n))
		}
		take := func(list []Fact) State {
			var s State
			for _, x := range list {
				named, all := set.FeaturesOf(x.Name)
				for _, f := range slices.Concat(named, all) {
					s.Add(f, &x, now)
				}
			}
			return s
		}
		want := take(facts).Encode(set.Feature, now)
		if got := take(rapid.Permutation(facts).Draw(t, "order")).Encode(set.Feature, now); string(got) != string(want) {
			t.Fatalf("another order gives another state:\n%x\n%x", got, want)
		}
		cut := rapid.IntRange(0, len(facts)).Draw(t, "cut")
		a, b := take(facts[:cut]), take(facts[cut:])
		whole, err := ParseState(want)
		if err != nil {
			t.Fatal(err)
		}
		for id, f := range set.features {
			var parts []*Slot
			for _, s := range []State{a, b} {
				if s[id] != nil {
					parts = append(parts, s[id])
				}
			}
			if len(parts) == 0 {
				continue
			}
			m := merged(f, parts, now)
			one := whole[id]
			if one == nil {
				one = &Slot{}
			}
			if got, want := m.encode(nil), one.encode(nil); string(got) != string(want) {
				t.Fatalf("two identifiers' slots are not those of one: %+v, %+v", m, one)
			}
		}
	})
}
