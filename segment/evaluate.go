package segment

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"kith/event"
)

// Change is what happened to a customer, as far as it may matter.
type Change struct {
	Features  map[FeatureID]bool // that its events touched
	Traits    []string           // that changed
	New       bool               // nothing was known of it before
	Seen      bool               // it was seen at another time
	Connected bool               // whom it is connected to, or what they meet, may have changed
	Time      bool               // time passed
	All       bool               // anything may have: its identifiers are others
	Rules     []string           // to be evaluated, and computed traits, whatever happened
}

// Standing is what a customer is evaluated from.
type Standing struct {
	Now    event.Millis
	Seen   event.Millis // when it was last seen
	Shared bool         // a stand-in of a SHARED identifier, which is in no segment
	Traits []byte       // JSON object
	States []State      // of its identifiers

	Basis  map[string]json.RawMessage     // what computed traits are made of, as it was
	In     map[string]bool                // rules it met: segments, and what connected others ask for
	Nearby map[Connection]map[string]bool // rules that somebody connected to it meets; nil when that is not known
	Due    event.Millis                   // when it had to be looked at next
	// Live says whether a rule or a computed trait may be evaluated: not one whose facts are still being gathered. Nil
	// says that all may. Who is SHARED is in no segment at once.
	Live func(id string) bool
}

// Outcome is what became of a customer.
type Outcome struct {
	Entered, Left []string // segments, sorted
	Met, Unmet    []string // what connected others ask for, sorted
	Basis         map[string]json.RawMessage
	Changed       []string     // keys of computed traits that changed, sorted
	Due           event.Millis // when it has to be looked at next; Never when it need not
	// Asked says that what connected customers meet was asked for and is not known: evaluate again with it.
	Asked bool
}

// Touches says whether a change can affect anything.
func (s *Set) Touches(c Change) bool {
	if c.All || c.New && len(s.born) > 0 || c.Seen && len(s.ofSeen) > 0 || len(c.Rules) > 0 || len(c.Features) > 0 || c.Time || c.Connected && len(s.ofMet) > 0 {
		return true
	}
	return slices.ContainsFunc(c.Traits, func(key string) bool { return len(s.ofTrait[key]) > 0 })
}

// Evaluate says what a change means for a customer. Only what the change can affect is looked at.
func (s *Set) Evaluate(x *Standing, c Change) Outcome {
	e := evaluation{Set: s, Standing: x, selected: make([]bool, len(s.rules)), slots: map[FeatureID]*Slot{}, readings: map[string]Reading{}}
	out := Outcome{Basis: x.Basis, Due: never}
	whole := c.All || c.Time || x.Shared
	if !whole && !c.New {
		out.Due = x.Due
	}
	if x.Shared {
		c.All = true
	}
	e.choose(c)
	e.compute(c, &out)
	truth := maps.Clone(x.In)
	if truth == nil {
		truth = map[string]bool{}
	}
	subject := &Subject{
		Now: x.Now, Traits: e.trait, Slot: e.slot,
		In: func(id string) bool { return truth[id] },
		Met: func(through Connection, rule string) bool {
			out.Asked = out.Asked || x.Nearby == nil
			return x.Nearby[through][rule]
		},
	}
	for n, selected := range e.selected {
		r := s.rules[n]
		if !selected {
			continue
		}
		if x.Live != nil && !x.Live(r.id) && !x.Shared {
			e.unborn(c, n, truth)
			continue
		}
		v := Verdict{Next: never}
		if !x.Shared {
			v = r.node.eval(subject)
		}
		out.Due = min(out.Due, v.Next)
		if v.Met == truth[r.id] {
			e.unborn(c, n, truth)
			continue
		}
		e.mark(s.ofSegment[r.id])
		if v.Met {
			truth[r.id] = true
		} else {
			delete(truth, r.id)
		}
		switch {
		case r.hidden && v.Met:
			out.Met = append(out.Met, r.id)
		case r.hidden:
			out.Unmet = append(out.Unmet, r.id)
		case v.Met:
			out.Entered = append(out.Entered, r.id)
		default:
			out.Left = append(out.Left, r.id)
		}
	}
	for id := range x.In { // of what is not there any more
		if _, known := s.byID[id]; !known && c.All {
			out.Unmet = append(out.Unmet, id)
		}
	}
	slices.Sort(out.Entered)
	slices.Sort(out.Left)
	slices.Sort(out.Met)
	slices.Sort(out.Unmet)
	return out
}

// evaluation is one customer's, under way.
type evaluation struct {
	*Set
	*Standing
	selected []bool
	slots    map[FeatureID]*Slot
	readings map[string]Reading
	traits   any
}

func (e *evaluation) choose(c Change) {
	if c.All {
		for n := range e.selected {
			e.selected[n] = true
		}
		return
	}
	mark := e.mark
	for id := range c.Features {
		if d := e.ofFeature[id]; d != nil {
			mark(d.rules)
			for _, t := range d.computed {
				mark(t.rules)
			}
		}
	}
	for _, key := range c.Traits {
		mark(e.ofTrait[key])
	}
	if c.New {
		mark(e.born)
	}
	if c.Seen {
		mark(e.ofSeen)
	}
	for _, id := range c.Rules {
		if n, ok := e.byID[id]; ok {
			e.selected[n] = true
		}
	}
	if c.Connected {
		mark(e.ofMet)
	}
	if c.Time {
		mark(e.timed)
	}
}

func (e *evaluation) mark(rules []int) {
	for _, n := range rules {
		e.selected[n] = true
	}
}

// unborn has those looked at that refer to a rule which a new customer does not meet, though who nothing is known of does:
// whether they are met by somebody new was worked out for one who does.
func (e *evaluation) unborn(c Change, rule int, truth map[string]bool) {
	if !c.New || truth[e.rules[rule].id] {
		return
	}
	if _, is := slices.BinarySearch(e.born, rule); is {
		e.mark(e.ofSegment[e.rules[rule].id])
	}
}

// compute brings the computed traits up to date that the change affects.
func (e *evaluation) compute(c Change, out *Outcome) {
	copied := false
	for _, t := range e.order {
		if t.feature == nil || !c.All && !c.Features[t.feature.ID] && !c.Time && !slices.Contains(c.Rules, t.Key) || e.Live != nil && !e.Live(t.Key) && !e.Shared {
			continue
		}
		text, next := "", never
		if !e.Shared {
			text, next = t.basis(e.slot(t.feature), e.Now)
		}
		out.Due = min(out.Due, next)
		if string(out.Basis[t.Key]) == text {
			continue
		}
		if !copied {
			copied = true
			if out.Basis = maps.Clone(out.Basis); out.Basis == nil {
				out.Basis = map[string]json.RawMessage{}
			}
		}
		if text == "" {
			delete(out.Basis, t.Key)
		} else {
			out.Basis[t.Key] = json.RawMessage(text)
		}
		out.Changed = append(out.Changed, t.Key)
	}
	if c.All {
		for key := range out.Basis { // of what is not there any more
			if t := e.computed[key]; t == nil || t.feature == nil {
				if !copied {
					copied = true
					out.Basis = maps.Clone(out.Basis)
				}
				delete(out.Basis, key)
			}
		}
	}
	if len(out.Changed) > 0 {
		for _, t := range e.order {
			if t.derived() && slices.ContainsFunc(t.of, func(part *computedTrait) bool { return slices.Contains(out.Changed, part.Key) }) &&
				string(value(e.reading(t, e.Basis, e.Seen, e.Now).Value)) != string(value(e.reading(t, out.Basis, e.Seen, e.Now).Value)) {
				out.Changed = append(out.Changed, t.Key)
			}
		}
	}
	slices.Sort(out.Changed)
}

// slot is what all identifiers' events together come to.
func (e *evaluation) slot(f *Feature) *Slot {
	if slot, done := e.slots[f.ID]; done {
		return slot
	}
	var found []*Slot
	for _, state := range e.States {
		if slot := state[f.ID]; slot != nil {
			found = append(found, slot)
		}
	}
	var slot *Slot
	if len(found) > 0 {
		slot = merged(f, found, e.Now)
	}
	e.slots[f.ID] = slot
	return slot
}

func (e *evaluation) trait(key string) Reading {
	if r, done := e.readings[key]; done {
		return r
	}
	t := e.computed[key]
	if t == nil {
		if e.traits == nil {
			if e.traits = decode(e.Traits); e.traits == nil {
				e.traits = map[string]any{}
			}
		}
		return Reading{Value: look(e.traits, key), Next: never}
	}
	var r Reading
	switch {
	case t.seen():
		r = t.read(seenText(e.Seen), never, e.Now)
	case t.feature != nil:
		text, next := t.basis(e.slot(t.feature), e.Now)
		r = t.read(text, next, e.Now)
	default:
		var of []Reading
		for _, part := range t.of {
			of = append(of, e.trait(part.Key))
		}
		r = t.derive(of)
	}
	e.readings[key] = r
	return r
}

// seenText is when a customer was last seen, as the basis of a trait; 0 is never.
func seenText(seen event.Millis) string {
	if seen == 0 {
		return ""
	}
	return strconv.FormatInt(int64(seen), 10)
}

// Made are those of Shown that something of the customer has made: without those that are 0 because there were no events.
func (s *Set) Made(basis map[string]json.RawMessage, seen, now event.Millis) map[string]json.RawMessage {
	out := s.Shown(basis, seen, now)
	for key := range out {
		if !s.computed[key].made(basis) {
			delete(out, key)
		}
	}
	return out
}

func (c *computedTrait) made(basis map[string]json.RawMessage) bool {
	if !c.derived() {
		return c.seen() || len(basis[c.Key]) > 0
	}
	return slices.ContainsFunc(c.of, func(part *computedTrait) bool { return part.made(basis) })
}

// Shown are the values of the computed traits that a customer shows now, made of what is stored of them
// and of when it was last seen.
func (s *Set) Shown(basis map[string]json.RawMessage, seen, now event.Millis) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(s.order))
	for _, t := range s.order {
		r := s.reading(t, basis, seen, now)
		if r.Value == nil {
			continue
		}
		if text, err := json.Marshal(r.Value); err == nil {
			out[t.Key] = text
		}
	}
	return out
}

// reading is what a computed trait shows of what is stored.
func (s *Set) reading(t *computedTrait, basis map[string]json.RawMessage, seen, now event.Millis) Reading {
	switch {
	case t.seen():
		return t.read(seenText(seen), never, now)
	case t.feature != nil:
		return t.read(string(basis[t.Key]), never, now)
	}
	of := make([]Reading, len(t.of))
	for i, part := range t.of {
		of[i] = s.reading(part, basis, seen, now)
	}
	return t.derive(of)
}
