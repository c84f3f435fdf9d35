package feed

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"kith/customer"
	"kith/identity"
)

// world is people as sets of identifiers, merging and splitting. Identifiers are numbers; the smallest of a person is the
// anchor, which gives the person's id.
type world struct {
	rnd     *rand.Rand
	people  [][]int
	next    int              // identifiers there are
	holders []map[int]string // after each change: who holds which identifier
	changes []customer.Change
}

func cid(n int) identity.CustomerID { return identity.CustomerID(fmt.Sprintf("cus_%03d", n)) }

func newWorld(seed uint64) *world {
	w := &world{rnd: rand.New(rand.NewPCG(seed, 1)), next: 500}
	for range 8 {
		w.next++
		w.people = append(w.people, []int{w.next})
	}
	w.note()
	return w
}

// note remembers who holds what.
func (w *world) note() {
	now := map[int]string{}
	for _, p := range w.people {
		for _, x := range p {
			now[x] = string(cid(slices.Min(p)))
		}
	}
	w.holders = append(w.holders, now)
}

func (w *world) change(c customer.Change) customer.Change {
	w.changes = append(w.changes, c)
	w.note()
	return c
}

// step makes something happen.
func (w *world) step() customer.Change {
	n := w.rnd.IntN(len(w.people))
	person := w.people[n]
	anchor := cid(slices.Min(person))
	switch kind := w.rnd.IntN(10); {
	case kind < 2 && len(w.people) > 2: // two or three become one
		into := person
		var absorbed []identity.CustomerID
		w.people = slices.Delete(w.people, n, n+1)
		for range 1 + w.rnd.IntN(2) {
			m := w.rnd.IntN(len(w.people))
			absorbed = append(absorbed, cid(slices.Min(w.people[m])))
			into = slices.Concat(into, w.people[m])
			w.people = slices.Delete(w.people, m, m+1)
		}
		w.people = append(w.people, into)
		survivor := cid(slices.Min(into))
		absorbed = slices.DeleteFunc(append(absorbed, anchor), func(id identity.CustomerID) bool { return id == survivor })
		return w.change(merged(survivor, absorbed...))
	case kind == 2 && len(person) > 1: // one becomes two
		rest := slices.Clone(person)
		slices.Sort(rest)
		at := 1 + w.rnd.IntN(len(rest)-1)
		w.rnd.Shuffle(len(rest)-1, func(i, j int) { rest[1+i], rest[1+j] = rest[1+j], rest[1+i] })
		part := slices.Clone(rest[at:])
		w.people[n] = slices.Clone(rest[:at])
		w.people = append(w.people, part)
		ids := []identity.CustomerID{cid(slices.Min(part))}
		for _, x := range part {
			if cid(x) != ids[0] {
				ids = append(ids, cid(x))
			}
		}
		return w.change(customer.Change{Split: &customer.Split{Customer: anchor, Created: []customer.Part{{Customer: ids[0], IDs: ids}}}})
	case kind == 3: // a visitor becomes known and takes a stronger id
		strong := 500 - len(w.changes)%500
		if cid(strong) >= anchor || w.taken(strong) {
			break
		}
		w.people[n] = append(slices.Clone(person), strong)
		return w.change(merged(cid(strong), anchor))
	case kind == 5 && len(person) > 1: // an identifier goes to another person, and both live on
		x := slices.Max(person)
		m := w.rnd.IntN(len(w.people))
		if m == n || slices.Min(w.people[m]) > x {
			break
		}
		w.people[n] = slices.DeleteFunc(slices.Clone(person), func(y int) bool { return y == x })
		w.people[m] = append(slices.Clone(w.people[m]), x)
		return w.change(moved(anchor, cid(slices.Min(w.people[m])), cid(x)))
	case kind == 4: // another identifier
		w.next++
		w.people[n] = append(slices.Clone(person), w.next)
	}
	return w.change(changed(anchor, fmt.Sprint("t", len(w.changes)%5)))
}

func (w *world) taken(x int) bool {
	return slices.ContainsFunc(w.people, func(p []int) bool { return slices.Contains(p, x) })
}

// expected is the changes from number `from` on that concern whoever holds x, worked out from the whole history.
func (w *world) expected(x, from int) (out []string) {
	for n := from; n < len(w.changes); n++ {
		c := w.changes[n]
		before, after := identity.CustomerID(w.holders[n][x]), identity.CustomerID(w.holders[n+1][x])
		switch {
		case c.Changed != nil && c.Changed.Customer == before,
			c.Merged != nil && (c.Merged.Customer == before || c.Merged.Customer == after),
			c.Split != nil && c.Split.Customer == before:
			out = append(out, fmt.Sprint(n, " ", brief(c)))
		}
	}
	return out
}

// TestEveryChangeOnce: whatever happens to people, whenever subscribers come, break off and come back, each gets every
// change of its person in order, none lost, none twice.
func TestEveryChangeOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		recent := rapid.SampledFrom([]int{1, 500, 5_000, 1 << 20}).Draw(rt, "memory")
		var wrong error
		synctest.Test(t, func(t *testing.T) { wrong = everyChangeOnce(t, seed, recent) })
		if wrong != nil {
			rt.Fatal(wrong)
		}
	})
}

type subscriber struct {
	x      int
	from   int // the change it began before
	sub    *Subscription
	cursor string
	got    []string
}

func everyChangeOnce(t *testing.T, seed uint64, recent int) error {
	w := newWorld(seed)
	src := newStream()
	h := started(t, src, func(c *Config) { c.Recent, c.Queue = recent, 64<<10 })
	number := map[place]int{} // of changes, by the place behind them
	var subscribers []*subscriber
	note := func(s *subscriber, e Event) {
		c, err := parseCursor(e.Cursor)
		if err != nil {
			t.Errorf("%+v: %v", e, err)
		}
		s.got = append(s.got, fmt.Sprint(number[c.at], " ", brief(e.Change)))
		s.cursor = e.Cursor
	}
	collect := func(s *subscriber) {
		events, err := drain(s.sub)
		if err != nil {
			t.Errorf("a subscription ended with %v", err)
		}
		for _, e := range events {
			note(s, e)
		}
	}
	for round := range 30 {
		var batch []customer.Change
		for range w.rnd.IntN(6) {
			number[place{uint64(len(src.messages) + 1), len(batch) + 1}] = len(w.changes)
			batch = append(batch, w.step())
		}
		src.publish(batch...)
		if w.rnd.IntN(2) == 0 {
			synctest.Wait()
		}
		if round < 20 { // somebody comes
			synctest.Wait()
			people := w.people[w.rnd.IntN(len(w.people))]
			x := people[w.rnd.IntN(len(people))]
			s := &subscriber{x: x, from: len(w.changes), cursor: h.head(t)}
			s.sub = h.person(t, cid(x), identity.CustomerID(w.holders[len(w.changes)][x]), s.cursor)
			s.cursor = s.sub.Cursor()
			subscribers = append(subscribers, s)
		}
		for _, s := range subscribers {
			switch w.rnd.IntN(4) {
			case 0:
				collect(s)
			case 1: // breaks off in the middle of reading, comes back with the last cursor it saw
				if e, ok, _ := s.sub.Next(); ok {
					note(s, e)
				}
				s.sub.Close()
				s.sub = h.person(t, cid(s.x), identity.CustomerID(w.holders[len(w.changes)][s.x]), s.cursor)
			}
		}
	}
	synctest.Wait()
	var wrong error
	for _, s := range subscribers {
		collect(s)
		if want := w.expected(s.x, s.from); !slices.Equal(s.got, want) {
			wrong = fmt.Errorf("who watched %s from change %d on\ngot  %q\nwant %q", cid(s.x), s.from, s.got, want)
		}
		s.sub.Close()
	}
	if n := len(h.index.holders) + len(h.index.watched) + len(h.subs); n != 0 {
		wrong = fmt.Errorf("%d left behind", n)
	}
	return wrong
}

// TestUnite: however changes are united, nothing but the number of changes of a customer is lost.
func TestUnite(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rapid.Uint64().Draw(rt, "seed"))
		q := queue{limit: 1 << 20}
		type news struct {
			last   place
			traits map[string]bool
		}
		people := map[identity.CustomerID]*news{}
		var others []customer.Change
		for n := range rapid.IntRange(1, 200).Draw(rt, "changes") {
			c := w.step()
			at := place{uint64(n), 1}
			if c.Changed == nil {
				others = append(others, c)
			} else {
				p := people[c.Changed.Customer]
				if p == nil {
					p = &news{traits: map[string]bool{}}
					people[c.Changed.Customer] = p
				}
				p.last = at
				for _, name := range c.Changed.Traits {
					p.traits[name] = true
				}
			}
			q.push(item{at: at, change: c})
			if rapid.IntRange(0, 9).Draw(rt, "unite") == 0 {
				q.unite()
			}
		}
		q.unite()
		last, bytes := place{}, 0
		for _, i := range q.items {
			if last != (place{}) && !last.before(i.at) {
				rt.Fatalf("%v behind %v", i.at, last)
			}
			last = i.at
			bytes += i.size()
			if i.change.Changed == nil {
				if i.change != others[0] {
					rt.Fatalf("got %s, want %s", brief(i.change), brief(others[0]))
				}
				others = others[1:]
				continue
			}
			c := i.change.Changed
			p := people[c.Customer]
			delete(people, c.Customer)
			if p == nil || p.last != i.at || len(p.traits) != len(c.Traits) || len(c.Reasons) != 1 {
				rt.Fatalf("%+v, want %+v", i, p)
			}
		}
		if len(people)+len(others) > 0 || bytes != q.bytes {
			rt.Fatalf("missing: %v, %v; %d bytes, want %d", people, others, q.bytes, bytes)
		}
	})
}

func FuzzCursor(f *testing.F) {
	for _, text := range []string{"e1.1.0", "e1.1.0.cus_1", "e1.18446744073709551615.2.cus_1.cus_2", "e..1", "....", "e1.1.0.a.a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text)
		if err != nil {
			return
		}
		again, err := parseCursor(c.String())
		if err != nil || again != c {
			t.Fatalf("%q became %+v, then %+v (%v)", text, c, again, err)
		}
	})
}
