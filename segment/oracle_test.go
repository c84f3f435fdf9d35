package segment

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"kith/event"
)

// oracle evaluates by the letter of the contract over plain lists of events, as slowly as it takes. It shares no code
// with the package but the types of conditions.
type oracle struct {
	now       event.Millis
	events    []Fact // of all identifiers of the customer
	traits    map[string]any
	segments  map[string]*Condition
	computed  map[string]*Computed
	connected func(Connection) []oracle // everybody it is connected to
	shared    bool                      // nobody
	reached   map[string]int            // what was asked, and what the answer was
}

func (o oracle) reach(what string, met bool) { o.reached[fmt.Sprint(what, " ", met)]++ }

func (o oracle) meets(c *Condition) (met bool) {
	if o.shared {
		return false
	}
	defer func() { o.note(c, met) }()
	switch {
	case c.All != nil:
		for i := range c.All {
			if !o.meets(&c.All[i]) {
				return false
			}
		}
		return true
	case c.Any != nil:
		for i := range c.Any {
			if o.meets(&c.Any[i]) {
				return true
			}
		}
		return false
	case c.Not != nil:
		return !o.meets(c.Not)
	case c.Trait != nil:
		return o.compares(*c.Trait, o.trait(c.Trait.Key))
	case c.Event != nil:
		return o.happened(c.Event)
	case c.Sequence != nil:
		return o.ran(c.Sequence)
	case c.Connected != nil:
		for _, other := range o.connected(c.Connected.Through) {
			if other.meets(&c.Connected.Where) {
				return true
			}
		}
		return false
	}
	return o.meets(o.segments[c.Segment])
}

// ends is the last moment at which something that happened then is no longer ago than d.
func ends(at event.Millis, d Duration) event.Millis {
	t := at.Time()
	want := (int(t.Month()) - 1 + int(d.Months)) % 12
	moved := t.AddDate(0, int(d.Months), 0)
	for int(moved.Month())-1 != want {
		moved = moved.AddDate(0, 0, -1)
	}
	return event.MillisOf(moved.Add(time.Duration(d.Millis) * time.Millisecond))
}

func (o oracle) passes(where []Comparison, e Fact) bool {
	var properties map[string]any
	d := json.NewDecoder(strings.NewReader(string(e.Properties)))
	d.UseNumber()
	_ = d.Decode(&properties)
	for _, c := range where {
		met := o.compares(c, inside(properties, c.Key))
		if o.reach("where "+string(c.Op), met); !met {
			return false
		}
	}
	return true
}

// inside is what is under a key with dots: under the whole of it, or in the objects on the way.
func inside(object map[string]any, key string) any {
	if v, there := object[key]; there {
		return v
	}
	for at, r := range key {
		if inner, is := object[key[:at]].(map[string]any); is && r == '.' {
			if v := inside(inner, key[at+1:]); v != nil {
				return v
			}
		}
	}
	return nil
}

func (o oracle) past(name string, where []Comparison, within *Duration) []Fact {
	var out []Fact
	for _, e := range o.events {
		if e.Name == name && e.At <= o.now && (within == nil || ends(e.At, *within) >= o.now) && o.passes(where, e) {
			out = append(out, e)
		}
	}
	return out
}

func property(e Fact, key string) any {
	of := e.Properties
	if rest, is := strings.CutPrefix(key, "context."); is {
		of, key = e.Context, rest
	} else if key == "channel" {
		return e.Channel
	}
	var properties map[string]any
	d := json.NewDecoder(strings.NewReader(string(of)))
	d.UseNumber()
	_ = d.Decode(&properties)
	return inside(properties, key)
}

// note notes what was asked of whom, and what the answer was.
func (o oracle) note(c *Condition, met bool) {
	window := func(d *Duration) string {
		if d == nil {
			return " ever"
		}
		return " " + d.String()
	}
	switch {
	case c.All != nil:
		o.reach("all", met)
	case c.Any != nil:
		o.reach("any", met)
	case c.Not != nil:
		o.reach("not", met)
	case c.Trait != nil:
		o.reach("trait "+string(c.Trait.Op), met)
		if t := o.computed[c.Trait.Key]; t != nil {
			o.reach("trait computed as "+string(t.Function), met)
		}
	case c.Event != nil:
		o.reach("event"+window(c.Event.Within), met)
		if c.Event.AtMost != nil {
			o.reach("event at most", met)
		}
		if c.Event.Sum != nil {
			o.reach("event sum "+string(c.Event.Sum.Op), met)
		}
	case c.Sequence != nil:
		o.reach(fmt.Sprint("sequence of ", len(c.Sequence.Steps)), met)
		o.reach("sequence within "+c.Sequence.Within.String(), met)
		o.reach("sequence back"+window(c.Sequence.Lookback), met)
	case c.Connected != nil:
		o.reach("connected "+string(c.Connected.Through), met)
		c.Connected.Where.walk(func(x *Condition) {
			if x.Connected != nil {
				o.reach("connected to connected", met)
			} else if x.Segment != "" {
				o.reach("connected to a member", met)
			}
		})
	default:
		o.reach("segment", met)
	}
}

func (o oracle) happened(e *Event) bool {
	all := o.past(e.Name, e.Where, e.Within)
	if e.AtLeast == nil && e.AtMost == nil && e.Sum == nil {
		return len(all) >= 1
	}
	if e.AtLeast != nil && len(all) < *e.AtLeast || e.AtMost != nil && len(all) > *e.AtMost {
		return false
	}
	if e.Sum == nil {
		return true
	}
	sum := new(big.Rat)
	for _, x := range all {
		if n, ok := property(x, e.Sum.Property).(json.Number); ok {
			r, _ := new(big.Rat).SetString(string(n))
			sum.Add(sum, r)
		}
	}
	than, _ := new(big.Rat).SetString(string(e.Sum.Value))
	return ordering(e.Sum.Op, sum.Cmp(than))
}

func ordering(op Operator, c int) bool {
	return op == EQ && c == 0 || op == NE && c != 0 || op == GT && c > 0 || op == GTE && c >= 0 || op == LT && c < 0 || op == LTE && c <= 0
}

func (o oracle) ran(s *Sequence) bool {
	all := slices.Clone(o.events)
	slices.SortFunc(all, func(a, b Fact) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.MessageID, b.MessageID), cmp.Compare(a.Source, b.Source))
	})
	var from func(step, index int, limit event.Millis) bool
	from = func(step, index int, limit event.Millis) bool {
		if step == len(s.Steps) {
			return true
		}
		for i := index; i < len(all); i++ {
			e := all[i]
			if e.At > o.now || e.At > limit || e.Name != s.Steps[step].Name || !o.passes(s.Steps[step].Where, e) {
				continue
			}
			l := limit
			if step == 0 {
				if s.Lookback != nil && ends(e.At, *s.Lookback) < o.now {
					continue
				}
				l = ends(e.At, s.Within)
			}
			if from(step+1, i+1, l) {
				return true
			}
		}
		return false
	}
	return from(0, 0, 1<<62)
}

func (o oracle) compares(c Comparison, v any) bool {
	var want any
	d := json.NewDecoder(strings.NewReader(string(c.Value)))
	d.UseNumber()
	_ = d.Decode(&want)
	equal := func(a, b any) bool { return plainly(a) == plainly(b) }
	isIn := func(v any, list any) bool {
		l, _ := list.([]any)
		return v != nil && slices.ContainsFunc(l, func(x any) bool { return equal(x, v) })
	}
	s, isText := v.(string)
	w, wantText := want.(string)
	switch c.Op {
	case EQ:
		return equal(v, want)
	case NE:
		return !equal(v, want)
	case In:
		return isIn(v, want)
	case NotIn:
		return !isIn(v, want)
	case Exists:
		return v != nil
	case NotExists:
		return v == nil
	case GT, GTE, LT, LTE:
		n, isNumber := v.(json.Number)
		m, wantNumber := want.(json.Number)
		if isNumber && wantNumber {
			p, _ := new(big.Rat).SetString(string(n))
			q, _ := new(big.Rat).SetString(string(m))
			return ordering(c.Op, p.Cmp(q))
		}
		return isText && wantText && ordering(c.Op, strings.Compare(s, w))
	case Contains:
		return isText && wantText && strings.Contains(s, w) || isIn(want, v)
	case StartsWith:
		return isText && strings.HasPrefix(s, w)
	case EndsWith:
		return isText && strings.HasSuffix(s, w)
	}
	at, err := time.Parse(time.RFC3339, s)
	if n, isNumber := v.(json.Number); isNumber {
		m, _ := n.Int64()
		if at, err = time.UnixMilli(m), nil; m < 1e11 {
			at = time.Unix(m, 0)
		}
	}
	if err != nil {
		if at, err = time.Parse("2006-01-02", s); err != nil {
			return false
		}
	}
	t := event.MillisOf(at)
	if c.Op == Before || c.Op == After {
		than, err := time.Parse(time.RFC3339, w)
		if err != nil {
			than, _ = time.Parse("2006-01-02", w)
		}
		return c.Op == Before && at.Before(than) || c.Op == After && at.After(than)
	}
	length, _ := ParseDuration(w)
	in := t <= o.now && ends(t, length) >= o.now
	return in == (c.Op == WithinLast)
}

// plainly is a value as text, the same for the same.
func plainly(v any) string {
	switch x := v.(type) {
	case json.Number:
		r, _ := new(big.Rat).SetString(string(x))
		return r.RatString()
	case []any:
		out := "["
		for _, e := range x {
			out += plainly(e) + ","
		}
		return out + "]"
	case map[string]any:
		out := "{"
		for _, k := range slices.Sorted(maps.Keys(x)) {
			out += k + ":" + plainly(x[k]) + ","
		}
		return out + "}"
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// trait is a trait's value, of a computed one worked out over all events.
func (o oracle) trait(key string) any {
	c := o.computed[key]
	if c == nil {
		return inside(o.traits, key)
	}
	if len(c.Of) > 0 {
		return o.derived(c)
	}
	var all []Fact
	for _, e := range o.events {
		if c.Function == DaysSince && e.Passive {
			continue
		}
		if c.seen() && e.At > o.now { // who will be seen is seen
			return json.Number("0")
		}
		if (len(c.Events) == 0 || slices.Contains(c.Events, e.Name)) && e.At <= o.now && (c.Within == nil || ends(e.At, *c.Within) >= o.now) && o.passes(c.Where, e) {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b Fact) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.MessageID, b.MessageID), cmp.Compare(a.Source, b.Source))
	})
	var numbers []*big.Rat
	var texts []string
	for _, e := range all {
		v := property(e, c.Property)
		if n, ok := v.(json.Number); ok {
			r, _ := new(big.Rat).SetString(string(n))
			numbers = append(numbers, r)
			texts = append(texts, decimal(r))
		} else if b, _ := json.Marshal(v); v != nil && v != "" && b[0] != '[' && b[0] != '{' {
			texts = append(texts, string(b))
		}
	}
	sum := new(big.Rat)
	for _, n := range numbers {
		sum.Add(sum, n)
	}
	count := func(n int) any { return json.Number(big.NewInt(int64(n)).String()) }
	switch c.Function {
	case Count:
		return count(len(all))
	case Total:
		return json.Number(decimal(sum))
	case DaysSince:
		if len(all) == 0 {
			return nil
		}
		return count(int((o.now - all[len(all)-1].At) / (24 * 3600 * 1000)))
	case UniqueCount:
		slices.Sort(texts)
		return count(len(slices.Compact(texts)))
	}
	if len(numbers) == 0 && slices.Contains([]Function{Average, Least, Most}, c.Function) || len(texts) == 0 {
		return nil
	}
	value := func(text string) any {
		var v any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		_ = d.Decode(&v)
		return v
	}
	switch c.Function {
	case Average:
		return json.Number(decimal(sum.Quo(sum, big.NewRat(int64(len(numbers)), 1))))
	case Least:
		return json.Number(decimal(slices.MinFunc(numbers, (*big.Rat).Cmp)))
	case Most:
		return json.Number(decimal(slices.MaxFunc(numbers, (*big.Rat).Cmp)))
	case FirstValue:
		return value(texts[0])
	case LastValue:
		return value(texts[len(texts)-1])
	}
	slices.Sort(texts)
	if c.Function == UniqueList {
		return value("[" + strings.Join(slices.Compact(texts), ",") + "]")
	}
	best, most := "", 0
	for _, v := range texts {
		n := 0
		for _, w := range texts {
			if v == w {
				n++
			}
		}
		if n > most {
			best, most = v, n
		}
	}
	return value(best)
}

// derived is a score or scores put together.
func (o oracle) derived(c *Computed) any {
	digits := ""
	for _, key := range c.Of {
		n, is := o.trait(key).(json.Number)
		if !is {
			return nil
		}
		digits += string(n)
	}
	if c.Function == Join {
		return json.Number(digits)
	}
	r, _ := new(big.Rat).SetString(digits)
	rising := c.Steps[0] < c.Steps[len(c.Steps)-1]
	if rising && r.Sign() == 0 {
		return nil
	}
	points := 1
	for _, s := range c.Steps {
		if order := r.Cmp(big.NewRat(s, 1)); rising && order >= 0 || !rising && order < 0 {
			points++
		}
	}
	return json.Number(fmt.Sprint(points))
}

// decimal is r with at most nine places.
func decimal(r *big.Rat) string {
	s := r.FloatString(9)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "" || s == "-0" {
		return "0"
	}
	return s
}
