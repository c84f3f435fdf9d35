package segment

import (
	"cmp"
	"slices"

	"kith/event"
)

// Subject is one customer at one moment, as conditions see it. Its functions are asked only for what conditions name.
type Subject struct {
	Now    event.Millis
	Traits func(key string) Reading
	Slot   func(*Feature) *Slot // of all its identifiers; nil when no event touched the feature
	In     func(segment string) bool
	Met    func(through Connection, rule string) bool // somebody connected to it meets the rule (see Set)
}

// Reading is the value of a trait.
type Reading struct {
	Value any                        // decoded JSON; nil when absent
	Next  event.Millis               // when it may change by itself
	Later func(now event.Millis) any // of a value that counts days: what it will be; else nil
}

// Verdict is whether a condition is met, and the first moment at which that may change though nothing happens.
type Verdict struct {
	Met  bool
	Next event.Millis // never, when it cannot
}

// Never is a moment that does not come.
const Never = never

// node is a condition made ready.
type node struct {
	op        byte // & | ! t e s r c
	inner     []node
	trait     test
	event     *eventNode
	sequence  *sequenceNode
	ref       string
	through   Connection
	condition *Condition
}

type eventNode struct {
	count, total    *Feature // how often, and what it came to; nil when not asked for
	atLeast, atMost int      // atMost -1: no limit
	within          *Duration
	sum             *Sum
	than            Amount
}

type sequenceNode struct {
	steps    []*Feature
	within   Duration
	lookback *Duration
}

// compile makes a condition ready. Features are handed to add, which gives back the one to use; the inner conditions of
// connections to hidden, which names them.
func compile(c *Condition, add func(*Feature) *Feature, hidden func(*Connected) string) node {
	n := node{condition: c}
	list := func(op byte, of []Condition) {
		n.op, n.inner = op, make([]node, len(of))
		for i := range of {
			n.inner[i] = compile(&of[i], add, hidden)
		}
	}
	switch {
	case c.All != nil:
		list('&', c.All)
	case c.Any != nil:
		list('|', c.Any)
	case c.Not != nil:
		n.op, n.inner = '!', []node{compile(c.Not, add, hidden)}
	case c.Trait != nil:
		n.op, n.trait = 't', ready(*c.Trait)
	case c.Event != nil:
		n.op, n.event = 'e', compileEvent(c.Event, add)
	case c.Sequence != nil:
		s := c.Sequence
		n.op, n.sequence = 's', &sequenceNode{within: s.Within, lookback: s.Lookback}
		for _, step := range s.Steps {
			n.sequence.steps = append(n.sequence.steps, add(newFeature(spec{
				Names: []string{step.Name}, Where: step.Where, Kind: ordered, Reach: Reach{Window: s.Lookback, All: s.Lookback == nil}})))
		}
	case c.Connected != nil:
		n.op, n.through, n.ref = 'c', c.Connected.Through, hidden(c.Connected)
	default:
		n.op, n.ref = 'r', c.Segment
	}
	return n
}

func compileEvent(e *Event, add func(*Feature) *Feature) *eventNode {
	n := &eventNode{atMost: -1, within: e.Within, sum: e.Sum}
	if e.AtLeast != nil {
		n.atLeast = *e.AtLeast
	}
	if e.AtMost != nil {
		n.atMost = *e.AtMost
	}
	if e.AtLeast == nil && e.AtMost == nil && e.Sum == nil {
		n.atLeast = 1
	}
	s := spec{Names: []string{e.Name}, Where: e.Where, Reach: Reach{Window: e.Within, Ever: e.Within == nil}}
	if e.Sum != nil {
		n.than, _ = ParseAmount(string(e.Sum.Value))
		s.Kind, s.Property = numbers, e.Sum.Property
		n.total = add(newFeature(s))
	}
	if e.Sum == nil || e.AtLeast != nil || e.AtMost != nil {
		s.Kind, s.Property = times, ""
		if e.Within != nil {
			s.Newest = max(n.atLeast, n.atMost+1)
		}
		n.count = add(newFeature(s))
	}
	return n
}

// eval is the verdict on a customer. For one that is not met, what could change it by itself is looked for only where
// it would matter: all of several conditions are met no sooner than each that is not.
func (n *node) eval(s *Subject) Verdict {
	switch n.op {
	case '&', '|':
		want := n.op == '&' // the verdict of each that leaves the whole open
		out := Verdict{Met: want, Next: never}
		for i := range n.inner {
			v := n.inner[i].eval(s)
			switch {
			case v.Met != want && out.Met == want:
				out = Verdict{Met: !want, Next: v.Next}
			case v.Met != want:
				out.Next = max(out.Next, v.Next)
			case out.Met == want:
				out.Next = min(out.Next, v.Next)
			}
		}
		return out
	case '!':
		v := n.inner[0].eval(s)
		return Verdict{!v.Met, v.Next}
	case 't':
		return n.trait.eval(s.Traits(n.trait.key), s.Now)
	case 'e':
		return n.event.eval(s)
	case 's':
		return n.sequence.eval(s)
	case 'c':
		return Verdict{s.Met(n.through, n.ref), never}
	}
	return Verdict{s.In(n.ref), never}
}

// ahead is how many days a value that counts days is looked at in advance.
const ahead = 400

func (t *test) eval(r Reading, now event.Millis) Verdict {
	met, next := t.met(r.Value, now)
	if r.Later == nil {
		return Verdict{met, min(next, r.Next)}
	}
	at := r.Next
	for range ahead {
		if later, _ := t.met(r.Later(at), at); later != met {
			break
		}
		at += day
	}
	return Verdict{met, min(next, at)}
}

// shift is by how much a tally changes at a moment.
type shift struct {
	at  event.Millis
	n   int64
	sum Amount
}

func (n *eventNode) holds(count int64, sum Amount) bool {
	if n.count != nil && (count < int64(n.atLeast) || n.atMost >= 0 && count > int64(n.atMost)) {
		return false
	}
	return n.total == nil || holds(n.sum.Op, sum.Compare(n.than))
}

func (n *eventNode) eval(s *Subject) Verdict {
	var count int64
	var sum Amount
	var shifts []shift
	if n.count != nil {
		count, _, shifts = tally(s.Slot(n.count), n.within, s.Now)
	}
	if n.total != nil {
		_, total, more := tally(s.Slot(n.total), n.within, s.Now)
		for i := range more {
			more[i].n = 0
		}
		sum, shifts = total, append(shifts, more...)
	}
	slices.SortFunc(shifts, func(a, b shift) int { return cmp.Compare(a.at, b.at) })
	out := Verdict{n.holds(count, sum), never}
	for i, x := range shifts {
		count += x.n
		sum = sum.Add(x.sum)
		if i+1 < len(shifts) && shifts[i+1].at == x.at {
			continue
		}
		if n.holds(count, sum) != out.Met {
			out.Next = x.at
			break
		}
	}
	return out
}

// tally counts and sums the events of a slot that are in a window now, or ever up to now, and says how that will
// change, in no order.
func tally(slot *Slot, d *Duration, now event.Millis) (count int64, sum Amount, shifts []shift) {
	if slot == nil {
		return 0, Amount{}, nil
	}
	if d == nil {
		count, sum = slot.Count, slot.Sum
	}
	for _, e := range slot.Entries {
		until := never
		if d != nil {
			until = d.After(e.At)
			if until < now {
				continue
			}
		}
		if e.At <= now {
			count++
			sum = sum.Add(e.N)
		} else {
			shifts = append(shifts, shift{e.At, 1, e.N})
		}
		if until != never {
			shifts = append(shifts, shift{until + 1, -1, e.N.negative()})
		}
	}
	return count, sum, shifts
}

// eval looks for a run of the steps. For each first step the earliest that could follow each other decide: whatever
// else could follow would take longer.
func (n *sequenceNode) eval(s *Subject) Verdict {
	steps := make([][]Entry, len(n.steps))
	for i, f := range n.steps {
		slot := s.Slot(f)
		if slot == nil || len(slot.Entries) == 0 {
			return Verdict{false, never}
		}
		steps[i] = slot.Entries
	}
	// Each run holds from its last step on until its first is too old.
	met, next := false, never
	var ends []run
	at := make([]int, len(steps))
	for _, first := range steps[0] {
		limit, last, whole := n.within.After(first.At), first, true
		for i := 1; i < len(steps) && whole; i++ {
			for at[i] < len(steps[i]) && follows(steps[i][at[i]], last) <= 0 {
				at[i]++
			}
			whole = at[i] < len(steps[i])
			if whole {
				last = steps[i][at[i]]
				whole = last.At <= limit
			}
		}
		if !whole {
			continue
		}
		until := never
		if n.lookback != nil {
			if until = n.lookback.After(first.At); until < max(s.Now, last.At) {
				continue
			}
		}
		ends = append(ends, run{last.At, until})
	}
	slices.SortFunc(ends, func(a, b run) int { return cmp.Compare(a.from, b.from) })
	for _, r := range ends {
		switch {
		case r.from <= s.Now:
			if !met {
				met, next = true, r.until
			}
			next = max(next, r.until)
		case met && (next == never || r.from <= next+1): // goes on without a gap
			next = max(next, r.until)
		case !met:
			return Verdict{false, r.from}
		}
	}
	if met && next != never {
		next++
	}
	return Verdict{met, next}
}

type run struct{ from, until event.Millis }

// follows is positive when e comes after last.
func follows(e, last Entry) int {
	return cmp.Or(cmp.Compare(e.At, last.At), cmp.Compare(e.Tie, last.Tie))
}
