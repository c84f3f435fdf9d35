package segment

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Limits of conditions.
const (
	maxConditions = 200 // in all, with those inside others
	maxDepth      = 10
	maxSteps      = 10
	maxWhere      = 20
	maxList       = 1000
	maxText       = 1000 // bytes of a name or a key
	maxValueText  = 64 << 10
	maxTimes      = 1000 // of atLeast and atMost
)

// Fault says what is wrong with a definition, and where: the path to the field.
type Fault struct {
	Path    []string
	Message string
}

// Check says everything that is wrong with a condition. known says whether a segment is there.
func (c *Condition) Check(known func(id string) bool) []Fault {
	k := checker{known: known}
	k.condition(c, nil, 1)
	if k.count > maxConditions {
		k.add(nil, "At most %d conditions in one segment; these are more.", maxConditions)
	}
	return k.faults
}

type checker struct {
	known  func(id string) bool
	faults []Fault
	count  int
}

func (k *checker) add(path []string, format string, args ...any) {
	k.faults = append(k.faults, Fault{slices.Clone(path), fmt.Sprintf(format, args...)})
}

func under(path []string, steps ...string) []string { return append(slices.Clone(path), steps...) }

func (k *checker) condition(c *Condition, path []string, depth int) {
	if k.count++; k.count > maxConditions { // the rest is not looked at
		return
	}
	if depth > maxDepth {
		k.add(path, "Conditions may be nested %d deep.", maxDepth)
		return
	}
	set := 0
	for _, is := range []bool{c.All != nil, c.Any != nil, c.Not != nil, c.Trait != nil, c.Event != nil, c.Sequence != nil, c.Segment != "", c.Connected != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		k.add(path, "Exactly one of all, any, not, trait, event, sequence, segment and connected has to be set; %d are.", set)
		return
	}
	list := func(field string, of []Condition) {
		if len(of) == 0 {
			k.add(under(path, field), "At least one condition has to be here.")
		}
		for i := range of {
			k.condition(&of[i], under(path, field, strconv.Itoa(i)), depth+1)
		}
	}
	switch {
	case c.All != nil:
		list("all", c.All)
	case c.Any != nil:
		list("any", c.Any)
	case c.Not != nil:
		k.condition(c.Not, under(path, "not"), depth+1)
	case c.Trait != nil:
		k.comparison(c.Trait, under(path, "trait"), true)
	case c.Event != nil:
		k.event(c.Event, under(path, "event"))
	case c.Sequence != nil:
		k.sequence(c.Sequence, under(path, "sequence"))
	case c.Connected != nil:
		if c.Connected.Through != Account && c.Connected.Through != Household {
			k.add(under(path, "connected", "through"), "Customers are connected through ACCOUNT or HOUSEHOLD.")
		}
		k.condition(&c.Connected.Where, under(path, "connected", "where"), depth+1)
	default:
		if k.known != nil && !k.known(c.Segment) {
			k.add(under(path, "segment"), "There is no such segment.")
		}
	}
}

func (k *checker) text(path []string, field, s string) {
	switch {
	case strings.TrimSpace(s) == "":
		k.add(under(path, field), "This must not be empty.")
	case len(s) > maxText:
		k.add(under(path, field), "At most %d bytes.", maxText)
	}
}

// comparison checks one comparison. Those with the clock make sense for traits only: an event has a time of its own.
func (k *checker) comparison(c *Comparison, path []string, clock bool) {
	k.text(path, "key", c.Key)
	at := under(path, "value")
	value := decode(c.Value)
	none := len(c.Value) == 0 || string(c.Value) == "null"
	if !none && value == nil {
		k.add(at, "This is not JSON.")
		return
	}
	if len(c.Value) > maxValueText {
		k.add(at, "At most %d bytes as JSON.", maxValueText)
		return
	}
	switch c.Op {
	case Exists, NotExists:
		if !none {
			k.add(at, "%s compares with nothing; leave the value out.", c.Op)
		}
		return
	case EQ, NE, GT, GTE, LT, LTE, In, NotIn, Contains, StartsWith, EndsWith, Before, After, WithinLast, NotWithinLast:
	default:
		k.add(under(path, "op"), "This operator is not known.")
		return
	}
	if none {
		k.add(at, "%s needs a value; whether there is one is asked with EXISTS and NOT_EXISTS.", c.Op)
		return
	}
	text, isText := value.(string)
	_, isNumber := value.(json.Number)
	switch c.Op {
	case GT, GTE, LT, LTE:
		if !isNumber && !isText {
			k.add(at, "%s compares numbers or texts.", c.Op)
		}
	case In, NotIn:
		list, is := value.([]any)
		switch {
		case !is || len(list) == 0:
			k.add(at, "%s needs a list of values.", c.Op)
		case len(list) > maxList:
			k.add(at, "At most %d values in a list.", maxList)
		case slices.Contains(list, nil):
			k.add(at, "A list of values has no null; whether there is a value is asked with EXISTS and NOT_EXISTS.")
		}
	case StartsWith, EndsWith:
		if !isText || text == "" {
			k.add(at, "%s needs a text.", c.Op)
		}
	case Contains:
		switch value.(type) {
		case []any, map[string]any:
			k.add(at, "CONTAINS needs a text, a number or a truth value.")
		}
		if isText && text == "" {
			k.add(at, "CONTAINS needs a text.")
		}
	case Before, After:
		if _, ok := moment(value); !ok {
			k.add(at, "%s needs a time, such as 2026-01-31 or 2026-01-31T12:00:00Z.", c.Op)
		}
	case WithinLast, NotWithinLast:
		if !clock {
			k.add(under(path, "op"), "%s compares with the clock; for events use within.", c.Op)
		} else if _, err := ParseDuration(text); !isText || err != nil {
			k.add(at, "%s needs a duration, such as P30D or PT15M.", c.Op)
		}
	}
	if isNumber {
		if _, ok := ParseAmount(string(value.(json.Number))); !ok {
			k.add(at, "This number cannot be read.")
		}
	}
}

func (k *checker) where(list []Comparison, path []string) {
	if len(list) > maxWhere {
		k.add(under(path, "where"), "At most %d comparisons.", maxWhere)
		return
	}
	for i := range list {
		k.comparison(&list[i], under(path, "where", strconv.Itoa(i)), false)
	}
}

func (k *checker) event(e *Event, path []string) {
	k.text(path, "name", e.Name)
	k.where(e.Where, path)
	times := func(field string, n *int) {
		if n != nil && (*n < 0 || *n > maxTimes) {
			k.add(under(path, field), "From 0 to %d.", maxTimes)
		}
	}
	times("atLeast", e.AtLeast)
	times("atMost", e.AtMost)
	if e.AtLeast != nil && e.AtMost != nil && *e.AtLeast > *e.AtMost {
		k.add(under(path, "atMost"), "At most %d is less than at least %d: nobody could meet this.", *e.AtMost, *e.AtLeast)
	}
	if e.AtLeast != nil && *e.AtLeast == 0 && e.AtMost == nil && e.Sum == nil {
		k.add(under(path, "atLeast"), "At least 0 is met by everybody.")
	}
	if e.Sum == nil {
		return
	}
	at := under(path, "sum")
	k.text(at, "property", e.Sum.Property)
	switch e.Sum.Op {
	case EQ, NE, GT, GTE, LT, LTE:
	default:
		k.add(under(at, "op"), "A sum is compared with EQ, NE, GT, GTE, LT or LTE.")
	}
	f, err := e.Sum.Value.Float64()
	if a, ok := ParseAmount(string(e.Sum.Value)); err != nil || !ok || math.IsInf(f, 0) || !a.summable() {
		k.add(under(at, "value"), "A sum is compared with a number of at most 15 digits before the point.")
	}
}

func (k *checker) sequence(s *Sequence, path []string) {
	if len(s.Steps) < 2 || len(s.Steps) > maxSteps {
		k.add(under(path, "steps"), "A sequence has 2 to %d steps.", maxSteps)
		return
	}
	for i := range s.Steps {
		at := under(path, "steps", strconv.Itoa(i))
		k.text(at, "name", s.Steps[i].Name)
		k.where(s.Steps[i].Where, at)
	}
	if s.Within == (Duration{}) {
		k.add(under(path, "within"), "A sequence needs a duration, such as P7D.")
	}
}

// Check says everything that is wrong with a computed trait.
func (c *Computed) Check() []Fault {
	k := checker{}
	if c.Key == "" || len(c.Key) > 100 || strings.ContainsFunc(c.Key, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
	}) {
		k.add([]string{"key"}, "A key has 1 to 100 letters, digits and underscores.")
	}
	k.text(nil, "name", c.Name)
	k.where(c.Where, nil)
	if len(c.Events) > 20 {
		k.add([]string{"events"}, "At most 20 events.")
	}
	for i, name := range c.Events {
		k.text([]string{"events"}, strconv.Itoa(i), name)
	}
	switch c.Function {
	case Count, DaysSince:
		if c.Property != "" {
			k.add([]string{"property"}, "%s looks at no property; leave it out.", c.Function)
		}
	case Total, Average, Least, Most, FirstValue, LastValue, MostFrequent, UniqueList, UniqueCount:
		k.text(nil, "property", c.Property)
	default:
		k.add([]string{"function"}, "This function is not known.")
	}
	return k.faults
}

// Depends is what a condition looks at: for those who show or restrict it.
type Depends struct {
	Traits, Events, Segments []string // sorted, each once
	Connections              []Connection
}

// DependsOn is what a condition looks at, also of connected customers.
func DependsOn(c *Condition) Depends {
	var d Depends
	c.Whole(func(x *Condition) {
		switch {
		case x.Trait != nil:
			d.Traits = append(d.Traits, x.Trait.Key)
		case x.Event != nil:
			d.Events = append(d.Events, x.Event.Name)
		case x.Sequence != nil:
			for _, s := range x.Sequence.Steps {
				d.Events = append(d.Events, s.Name)
			}
		case x.Connected != nil:
			d.Connections = append(d.Connections, x.Connected.Through)
		case x.Segment != "":
			d.Segments = append(d.Segments, x.Segment)
		}
	})
	slices.Sort(d.Traits)
	slices.Sort(d.Events)
	slices.Sort(d.Segments)
	slices.Sort(d.Connections)
	d.Traits, d.Events, d.Segments, d.Connections = slices.Compact(d.Traits), slices.Compact(d.Events), slices.Compact(d.Segments), slices.Compact(d.Connections)
	return d
}

// Properties are the keys of event properties that a condition compares, also of connected customers.
func Properties(c *Condition) []string {
	var out []string
	where := func(list []Comparison) {
		for _, x := range list {
			out = append(out, x.Key)
		}
	}
	c.Whole(func(x *Condition) {
		switch {
		case x.Event != nil:
			where(x.Event.Where)
			if x.Event.Sum != nil {
				out = append(out, x.Event.Sum.Property)
			}
		case x.Sequence != nil:
			for _, s := range x.Sequence.Steps {
				where(s.Where)
			}
		}
	})
	slices.Sort(out)
	return slices.Compact(out)
}
