package resolvers

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kith/auth"
	"kith/fault"
	"kith/graph/model"
	"kith/segment"
)

// condition is the input as package segment has it.
func condition(in *model.Condition) (segment.Condition, error) {
	if in == nil {
		return segment.Condition{}, nil
	}
	c := segment.Condition{}
	list := func(of []*model.Condition) ([]segment.Condition, error) {
		out := make([]segment.Condition, len(of))
		for i, x := range of {
			var err error
			if out[i], err = condition(x); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	var err error
	if in.All != nil {
		if c.All, err = list(in.All); err != nil {
			return c, err
		}
	}
	if in.Any != nil {
		if c.Any, err = list(in.Any); err != nil {
			return c, err
		}
	}
	if in.Not != nil {
		inner, err := condition(in.Not)
		if err != nil {
			return c, err
		}
		c.Not = &inner
	}
	if t := in.Trait; t != nil {
		c.Trait = &segment.Comparison{Key: t.Key, Op: segment.Operator(t.Op), Value: plainValue(t.Value)}
	}
	if e := in.Event; e != nil {
		c.Event = &segment.Event{Name: e.Name, Where: comparisons(e.Where), AtLeast: e.AtLeast, AtMost: e.AtMost}
		if c.Event.Within, err = duration(e.Within); err != nil {
			return c, err
		}
		if e.Sum != nil {
			c.Event.Sum = &segment.Sum{Property: e.Sum.Property, Op: segment.Operator(e.Sum.Op), Value: json.Number(strconv.FormatFloat(e.Sum.Value, 'f', -1, 64))}
		}
	}
	if s := in.Sequence; s != nil {
		c.Sequence = &segment.Sequence{}
		within, err := duration(&s.Within)
		if err != nil {
			return c, err
		}
		c.Sequence.Within = *within
		if c.Sequence.Lookback, err = duration(s.Lookback); err != nil {
			return c, err
		}
		for _, step := range s.Steps {
			c.Sequence.Steps = append(c.Sequence.Steps, segment.Step{Name: step.Name, Where: comparisons(step.Where)})
		}
	}
	if in.Segment != nil {
		c.Segment = *in.Segment
	}
	if x := in.Connected; x != nil {
		where, err := condition(x.Where)
		if err != nil {
			return c, err
		}
		c.Connected = &segment.Connected{Through: segment.Connection(x.Through), Where: where}
	}
	return c, nil
}

func comparisons(in []*model.PropertyCondition) []segment.Comparison {
	var out []segment.Comparison
	for _, p := range in {
		out = append(out, segment.Comparison{Key: p.Key, Op: segment.Operator(p.Op), Value: plainValue(p.Value)})
	}
	return out
}

// plainValue is a value; null is none.
func plainValue(v json.RawMessage) json.RawMessage {
	if string(v) == "null" {
		return nil
	}
	return v
}

func duration(text *string) (*segment.Duration, error) {
	if text == nil {
		return nil, nil
	}
	d, err := segment.ParseDuration(*text)
	return &d, err
}

// checked is a condition that can be evaluated, or what is wrong with it: a list of faults for the field.
func (r *Root) checked(ctx context.Context, d *definitions, in *model.Condition) (segment.Condition, []segment.Fault) {
	c, err := condition(in)
	if err != nil {
		return c, []segment.Fault{{Path: []string{}, Message: fault.MessageOf(err)}}
	}
	wrong := c.Check(func(id string) bool { return d.byID[id] != nil })
	return c, wrong
}

// personalIn is the key of a personal value that a condition looks at; empty when there is none. Who is in another segment
// is not personal: that is shown to everybody.
func (v viewer) personalIn(d *definitions, c *segment.Condition) string {
	depends := segment.DependsOn(c)
	for _, key := range depends.Traits {
		if v.personalPath(v.personalTrait)(key) {
			return key
		}
		for _, t := range d.computed {
			if t.Key == key && v.personalPath(v.personal)(t.Property) {
				return key
			}
		}
	}
	for _, key := range segment.Properties(c) {
		if v.personalPath(v.personal)(key) {
			return key
		}
	}
	return ""
}

// personalPath says of a key with dots whether any step of it is personal.
func (v viewer) personalPath(personal func(string) bool) func(string) bool {
	return func(key string) bool {
		return personal(key) || slices.ContainsFunc(strings.Split(key, "."), personal)
	}
}

// allowed refuses conditions on personal values to who may not see them.
func (r *Root) allowed(ctx context.Context, d *definitions, c *segment.Condition) error {
	v := r.viewer(ctx)
	if key := v.personalIn(d, c); key != "" && !v.pii {
		return require(ctx, auth.PIIRead, fmt.Sprintf("A condition on %s, which is personal,", key))
	}
	return nil
}

var segmentKey = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$`)

// segmentOf is the segment an input describes, and in wrong what is not right about it.
func (r *Root) segmentOf(ctx context.Context, wrong *mistakes, d *definitions, id string, in model.SegmentInput) segment.Segment {
	s := segment.Segment{ID: id, Key: in.Key, Name: strings.TrimSpace(in.Name)}
	if !segmentKey.MatchString(in.Key) {
		wrong.add(fault.Invalid, "A key has 1 to 100 letters, digits, dots, dashes and underscores, and begins with a letter or digit.", "key")
	}
	if s.Name == "" || len(s.Name) > 200 {
		wrong.add(fault.Invalid, "A name has 1 to 200 bytes.", "name")
	}
	for i := range d.segments {
		if d.segments[i].Key == in.Key && d.segments[i].ID != id {
			wrong.add(fault.Conflict, "Another segment has this key.", "key")
		}
	}
	if d.byID[id] == nil && len(d.segments) >= segment.MaxSegments {
		wrong.add(fault.Limit, fmt.Sprintf("At most %d segments.", segment.MaxSegments))
	}
	c, faults := r.checked(ctx, d, in.Condition)
	for _, f := range faults {
		wrong.add(fault.Invalid, f.Message, append([]string{"condition"}, f.Path...)...)
	}
	s.Condition = c
	if len(faults) > 0 {
		return s
	}
	if err := r.allowed(ctx, d, &c); err != nil {
		wrong.add(fault.Forbidden, fault.MessageOf(err), "condition")
	}
	var plain []segment.Segment
	for i := range d.segments {
		plain = append(plain, d.segments[i].Segment)
	}
	if way := segment.Cycle(id, in.Key, &c, plain); way != nil {
		wrong.add(fault.Invalid, "The segments would refer to each other in a circle: "+segment.Arrow(way)+".", "condition")
	}
	return s
}
