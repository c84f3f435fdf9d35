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

func member(id identity.CustomerID, segment string, entered bool) customer.Change {
	return customer.Change{Membership: &customer.Membership{Customer: id, Segment: segment, Entered: entered}}
}

func was(id identity.CustomerID, segments ...string) customer.Change {
	return customer.Change{Was: &customer.Was{Customer: id, Segments: segments}}
}

// club is customers who are in a segment or not, and what a pipeline tells of them.
type club struct {
	rnd  *rand.Rand
	in   map[identity.CustomerID]bool // everybody there is
	next int
	all  []string // every change, briefly
	seen []bool   // and whether it is of who is in
}

func (c *club) note(change customer.Change, of ...identity.CustomerID) customer.Change {
	c.all = append(c.all, brief(change))
	c.seen = append(c.seen, slices.ContainsFunc(of, func(id identity.CustomerID) bool { return c.in[id] }))
	return change
}

func (c *club) anybody() identity.CustomerID {
	ids := make([]identity.CustomerID, 0, len(c.in))
	for id := range c.in {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids[c.rnd.IntN(len(ids))]
}

// transaction is what one transaction tells. Changes come before memberships, as the pipeline has it.
func (c *club) transaction() (out []customer.Change) {
	a := c.anybody()
	switch c.rnd.IntN(6) {
	case 0: // two become one, by an id of theirs or a new one
		b := c.anybody()
		if a == b {
			break
		}
		ids := []identity.CustomerID{a, b}
		survivor := a
		if c.rnd.IntN(3) == 0 {
			c.next++
			survivor, ids = cid(c.next), append(ids, cid(c.next))
			c.in[survivor] = false
		}
		any := c.in[a] || c.in[b]
		if any {
			for _, id := range ids {
				segments := []string{"other"}
				if c.in[id] {
					segments = append(segments, "seg")
				}
				out = append(out, c.note(was(id, segments...)))
			}
		}
		absorbed := slices.DeleteFunc(slices.Clone(ids), func(id identity.CustomerID) bool { return id == survivor })
		out = append(out, c.note(merged(survivor, absorbed...), ids...))
		for _, id := range absorbed {
			delete(c.in, id)
		}
		c.in[survivor] = any
		out = append(out, c.note(changed(survivor), survivor))
		if after := c.rnd.IntN(2) == 0; after != any {
			out = append(out, c.note(member(survivor, "seg", after)))
			c.in[survivor] = after
		}
		return out
	case 1: // one becomes two
		c.next++
		created := cid(c.next)
		out = append(out, c.note(split(a, created), a), c.note(changed(a), a), c.note(changed(created)))
		c.in[created] = false
		if c.rnd.IntN(2) == 0 {
			out = append(out, c.note(member(created, "seg", true)))
			c.in[created] = true
		}
		return out
	case 2, 3: // somebody changes, and enters or leaves
		out = append(out, c.note(changed(a), a), c.note(member(a, "other", true)), c.note(member(a, "seg", !c.in[a])))
		c.in[a] = !c.in[a]
		return out
	}
	return append(out, c.note(changed(a), a))
}

// TestComeBackToMembers: who comes back to the members of a segment, with a cursor of any moment and members read at any
// later one, gets what one gets who stayed: every change of who was in at the time, and no other.
func TestComeBackToMembers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		recent := rapid.SampledFrom([]int{1, 2_000, 1 << 20}).Draw(rt, "memory")
		var wrong error
		synctest.Test(t, func(t *testing.T) { wrong = comeBackToMembers(t, seed, recent) })
		if wrong != nil {
			rt.Fatal(wrong)
		}
	})
}

type comer struct {
	sub  *Subscription
	from int // the change it began before
	got  []string
}

func comeBackToMembers(t *testing.T, seed uint64, recent int) error {
	c := &club{rnd: rand.New(rand.NewPCG(seed, 2)), in: map[identity.CustomerID]bool{}, next: 100}
	for range 6 {
		c.next++
		c.in[cid(c.next)] = c.rnd.IntN(2) == 0
	}
	src := newStream()
	h := started(t, src, func(cfg *Config) { cfg.Recent, cfg.Queue = recent, 1<<20 })
	number := map[place]int{} // of changes, by the place behind them
	var comers []*comer
	cursors := map[string]int{h.head(t): 0} // and the change that is the next there
	come := func(text string, tx int64) {
		m := Members{Segment: "seg", Tx: tx}
		for id, in := range c.in {
			if in {
				m.IDs = append(m.IDs, id)
			}
		}
		s, err := h.Members(t.Context(), m, text)
		if err != nil {
			t.Fatal(err)
		}
		comers = append(comers, &comer{sub: s, from: cursors[text]})
	}
	collect := func(s *comer) {
		events, err := drain(s.sub)
		if err != nil {
			t.Errorf("a subscription ended with %v", err)
		}
		for _, e := range events {
			at, _ := parseCursor(e.Cursor)
			s.got = append(s.got, fmt.Sprint(number[at.at], " ", brief(e.Change)))
		}
	}
	come(h.head(t), 0)
	anywhere := func(until int) string {
		var list []string
		for text, n := range cursors {
			if n <= until {
				list = append(list, text)
			}
		}
		slices.Sort(list)
		return list[c.rnd.IntN(len(list))]
	}
	for round := range 40 {
		begun := len(c.all)
		batch := c.transaction()
		for n := range batch {
			p := place{uint64(round + 1), n + 1}
			number[p] = begun + n
			if c.seen[begun+n] || n == len(batch)-1 { // nobody has a cursor of another place
				cursors[cursor{epoch: "e1", at: p}.String()] = begun + n + 1
			}
		}
		if c.rnd.IntN(3) == 0 { // committed, and not published yet
			come(anywhere(begun), int64(round+1))
		}
		src.publish(batch...)
		if c.rnd.IntN(2) == 0 {
			synctest.Wait()
		}
		if c.rnd.IntN(2) == 0 {
			come(anywhere(len(c.all)), int64(c.rnd.IntN(2)*(round+1)))
		}
		for _, s := range comers {
			if c.rnd.IntN(4) == 0 {
				collect(s)
			}
		}
	}
	synctest.Wait()
	var wrong error
	for _, s := range comers {
		collect(s)
		var want []string
		for n := s.from; n < len(c.all); n++ {
			if c.seen[n] {
				want = append(want, fmt.Sprint(n, " ", c.all[n]))
			}
		}
		if !slices.Equal(s.got, want) {
			wrong = fmt.Errorf("who came back before change %d\ngot  %q\nwant %q\nof   %q", s.from, s.got, want, c.all)
		}
		s.sub.Close()
	}
	if n := len(h.index.crowds) + len(h.subs); n != 0 {
		wrong = fmt.Errorf("%d left behind", n)
	}
	return wrong
}

// A segment that is deleted ends its subscriptions with a word.
func TestDeletedSegment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newStream()
		h := started(t, src, nil)
		begin := h.head(t)
		open := func(m Members) *Subscription {
			s, err := h.Members(t.Context(), m, begin)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		all, other := open(Members{Segment: "seg", IDs: []identity.CustomerID{"a"}}), open(Members{Segment: "other"})
		who, err := h.Segment(t.Context(), "seg", begin)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		src.publish(changed("a"), member("b", "seg", true), customer.Change{Deleted: &customer.Deleted{Segment: "seg"}}, changed("a"))
		expect(t, all, "c:a", "resync")
		expect(t, who, "g:b", "resync")
		expect(t, other)
		late := open(Members{Segment: "seg"})
		expect(t, late, "resync")
		for _, s := range []*Subscription{all, who, other, late} {
			s.Close()
		}
	})
}

// A segment that grows beyond what is kept of its members in memory ends their subscriptions with a word.
func TestSegmentGrowsBeyondWatching(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newStream()
		h := started(t, src, func(c *Config) { c.Crowd = 2 })
		s, err := h.Members(t.Context(), Members{Segment: "seg", IDs: []identity.CustomerID{"a"}}, h.head(t))
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		src.publish(changed("a"), member("b", "seg", true), changed("a"), member("c", "seg", true), changed("x"), changed("a"), changed("b"))
		expect(t, s, "c:a", "c:a", "resync")
		s.Close()
		if n := len(h.index.crowds) + len(h.subs); n != 0 {
			t.Errorf("%d left behind", n)
		}
	})
}
