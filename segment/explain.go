package segment

import (
	"encoding/json"
	"slices"
	"strconv"
)

// Part is one part of a condition, as one customer meets it or not.
type Part struct {
	Path      []string
	Condition *Condition
	Verdict   Verdict
	// Actual is what the customer has, as JSON: the value of a trait, or how often something happened in the window and
	// what it came to. Nil for other parts.
	Actual json.RawMessage
}

// Explain says of each part of a segment's condition whether a customer meets it, and why. ok is false when the set has
// no such segment.
func (s *Set) Explain(x *Standing, id string) (parts []Part, ok bool) {
	n, ok := s.byID[id]
	if !ok {
		return nil, false
	}
	e := evaluation{Set: s, Standing: x, slots: map[FeatureID]*Slot{}, readings: map[string]Reading{}}
	subject := &Subject{
		Now: x.Now, Traits: e.trait, Slot: e.slot,
		In:  func(id string) bool { return x.In[id] },
		Met: func(through Connection, rule string) bool { return x.Nearby[through][rule] },
	}
	s.rules[n].node.explain(subject, nil, &parts)
	if x.Shared {
		for i := range parts {
			parts[i].Verdict = Verdict{Next: never}
		}
	}
	return parts, true
}

func (n *node) explain(s *Subject, path []string, out *[]Part) {
	part := Part{Path: slices.Clone(path), Condition: n.condition, Verdict: n.eval(s)}
	if part.Path == nil {
		part.Path = []string{}
	}
	switch n.op {
	case 't':
		part.Actual = value(s.Traits(n.trait.key).Value)
	case 'e':
		actual := map[string]any{}
		if n.event.count != nil {
			count, _, _ := tally(s.Slot(n.event.count), n.event.within, s.Now)
			actual["count"] = count
		}
		if n.event.total != nil {
			_, sum, _ := tally(s.Slot(n.event.total), n.event.within, s.Now)
			actual["sum"] = json.Number(sum.String())
		}
		part.Actual = value(actual)
	}
	*out = append(*out, part)
	for i := range n.inner {
		switch n.op {
		case '&':
			n.inner[i].explain(s, append(slices.Clone(path), "all", strconv.Itoa(i)), out)
		case '|':
			n.inner[i].explain(s, append(slices.Clone(path), "any", strconv.Itoa(i)), out)
		default:
			n.inner[i].explain(s, append(slices.Clone(path), "not"), out)
		}
	}
}

func value(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}

// Masked is c with the values of those comparisons hidden whose key is personal: of traits, and of events' properties.
func (c Condition) Masked(trait, property func(key string) bool, with json.RawMessage) Condition {
	out, err := Parse(c.Encode())
	if err != nil {
		return Condition{}
	}
	hide := func(list []Comparison) {
		for i := range list {
			if property(list[i].Key) && len(list[i].Value) > 0 {
				list[i].Value = with
			}
		}
	}
	out.Whole(func(x *Condition) {
		switch {
		case x.Trait != nil:
			if trait(x.Trait.Key) && len(x.Trait.Value) > 0 {
				x.Trait.Value = with
			}
		case x.Event != nil:
			hide(x.Event.Where)
		case x.Sequence != nil:
			for _, step := range x.Sequence.Steps {
				hide(step.Where)
			}
		}
	})
	return out
}
