package segment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"pgregory.net/rapid"

	"kith/event"
)

func stringReader(b []byte) io.Reader { return bytes.NewReader(b) }

var names = []string{"A", "B", "C"}

// drawTrait draws what a trait becomes.
func drawTrait(t *rapid.T, now event.Millis) (key, value string) {
	key = rapid.SampledFrom([]string{"n", "s", "l", "at", "o"}).Draw(t, "trait")
	if key == "at" && rapid.Bool().Draw(t, "near") {
		shift := rapid.SampledFrom([]event.Millis{-3 * day, -day, -hour, 0, 1, hour, day}).Draw(t, "by")
		return key, strconv.Quote((now + shift).String())
	}
	return key, drawValue(t, key)
}

// drawFact draws an event around a time: mostly at it, often late by a round time, now and then ahead of it.
func drawFact(t *rapid.T, now event.Millis, n int) Fact {
	shift := rapid.SampledFrom([]event.Millis{0, 0, 0, -1, -hour, -hour - 1, -day, -day + 1, -2 * day, -30 * day, 1, hour, day}).Draw(t, "at")
	properties := map[string]json.RawMessage{}
	for _, key := range []string{"n", "s"} {
		if rapid.IntRange(0, 3).Draw(t, "has") > 0 {
			properties[key] = json.RawMessage(drawValue(t, key))
		}
	}
	for _, key := range []string{"l", "at", "o", "o.x"} {
		if rapid.IntRange(0, 3).Draw(t, "has too") == 0 {
			properties[key] = json.RawMessage(drawValue(t, key))
		}
	}
	b, err := json.Marshal(properties)
	if err != nil {
		t.Fatal(err)
	}
	x := Fact{
		At: now + shift, MessageID: fmt.Sprintf("m%03d", (n*37)%50), Source: fmt.Sprintf("s%d", n), // ids may come twice, of two sources
		Name: rapid.SampledFrom(names).Draw(t, "name"), Properties: b, Context: []byte("{}"),
		Channel: rapid.SampledFrom([]string{"", "web", "mobile"}).Draw(t, "channel"), Passive: rapid.IntRange(0, 4).Draw(t, "passive") == 0,
	}
	if rapid.Bool().Draw(t, "campaign") {
		x.Context = []byte(`{"campaign":{"name":` + drawValue(t, "s") + `}}`)
	}
	return x
}

func drawValue(t *rapid.T, key string) string {
	switch key {
	case "n":
		return rapid.SampledFrom([]string{"1", "2", "2.0", "0.1", "0.2", "-3", "10", "1e1", `"2"`, "12.345678901"}).Draw(t, "n")
	case "s":
		return rapid.SampledFrom([]string{`"a"`, `"ab"`, `"b"`, `"ba"`, "true", "2"}).Draw(t, "s")
	case "l":
		return rapid.SampledFrom([]string{`["a"]`, `["a","b"]`, `[1,2]`, `"a"`, `["a",1.0]`}).Draw(t, "l")
	case "o":
		return rapid.SampledFrom([]string{`{"x":2}`, `{"x":2.0}`, `{"x":"ab"}`, `{"x":{"y":2}}`, `2`}).Draw(t, "o")
	case "o.x":
		return rapid.SampledFrom([]string{`2`, `"b"`, `null`}).Draw(t, "o.x")
	}
	return rapid.SampledFrom([]string{`"2024-02-29"`, `"2024-02-28T23:00:00-01:00"`, `"2024-03-31T12:00:00Z"`, `"2024-02-20"`, `"no time"`, `1709164800`, `1709164800000`}).Draw(t, "time")
}

var lengths = []string{"PT1H", "P1D", "P3D", "P1M", "P1Y", "PT1H1S"}

func drawDuration(t *rapid.T) Duration {
	d, err := ParseDuration(rapid.SampledFrom(lengths).Draw(t, "length"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// drawThan draws what to compare a key with: mostly of the type it has.
func drawThan(t *rapid.T, key string) string {
	kinds := map[string][]string{
		"n": {"n"}, "s": {"s"}, "l": {"l"}, "at": {"at"}, "o": {"o"}, "o.x": {"n", "s"}, "sum_n": {"n"}, "last_s": {"s"}, "c0": {"n", "n", "s", "l"}, "c1": {"n", "n", "s", "l"},
	}[key]
	if len(kinds) == 0 || rapid.IntRange(0, 5).Draw(t, "other type") == 0 {
		kinds = []string{"n", "s", "l", "o", "at"}
	}
	return drawValue(t, rapid.SampledFrom(kinds).Draw(t, "of"))
}

func drawComparison(t *rapid.T, clock bool) Comparison {
	keys := []string{"n", "s", "n", "s", "l", "at", "o.x", "o"}
	if clock {
		keys = append(keys, "at", "s", "l", "sum_n", "days", "seen", "last_s", "c0", "c1", "c0", "c1", "c0", "c1", "recency", "worth", "both")
	}
	c := Comparison{Key: rapid.SampledFrom(keys).Draw(t, "key")}
	value := func(s string) { c.Value = json.RawMessage(s) }
	switch c.Key {
	case "at":
		ops := []Operator{Before, After}
		if clock {
			ops = append(ops, WithinLast, NotWithinLast)
		}
		c.Op = rapid.SampledFrom(ops).Draw(t, "op")
		if c.Op == Before || c.Op == After {
			value(rapid.SampledFrom([]string{`"2024-02-29"`, `"2024-02-29T00:00:00Z"`, "1709164800"}).Draw(t, "than"))
		} else {
			d := drawDuration(t)
			value(`"` + d.String() + `"`)
		}
	case "days", "seen", "recency", "worth", "both":
		c.Op = rapid.SampledFrom([]Operator{EQ, NE, GTE, LT, In, Exists, NotExists}).Draw(t, "op")
		switch c.Op {
		case Exists, NotExists:
		case In:
			value(`[1,3,30,52]`)
		default:
			value(rapid.SampledFrom([]string{"1", "2", "3", "30", "41", "52"}).Draw(t, "days"))
		}
	default:
		c.Op = rapid.SampledFrom([]Operator{EQ, NE, GT, GTE, LT, LTE, In, NotIn, Contains, StartsWith, EndsWith, Exists, NotExists}).Draw(t, "op")
		switch c.Op {
		case In, NotIn:
			value(rapid.SampledFrom([]string{`["a",2,true]`, `["ab",0.1,["a"]]`, `["ba",10,{"x":2},["a","b"]]`}).Draw(t, "list"))
		case Exists, NotExists:
		case StartsWith, EndsWith:
			value(rapid.SampledFrom([]string{`"a"`, `"b"`, `"ba"`}).Draw(t, "end"))
		case Contains:
			value(rapid.SampledFrom([]string{`"a"`, `"b"`, "1", "2.0"}).Draw(t, "contained"))
		case GT, GTE, LT, LTE:
			value(rapid.SampledFrom([]string{"2", "0.3", "0", `"ab"`, `"a"`}).Draw(t, "than"))
		default:
			value(drawThan(t, c.Key))
		}
	}
	return c
}

func drawWhere(t *rapid.T) []Comparison {
	var out []Comparison
	for range rapid.SampledFrom([]int{0, 0, 0, 0, 1, 2}).Draw(t, "where") {
		out = append(out, drawComparison(t, false))
	}
	return out
}

func drawCondition(t *rapid.T, depth int, segments []string) Condition {
	kinds := []string{"trait", "trait", "event", "event", "sequence"}
	if depth > 0 {
		kinds = append(kinds, "all", "any", "not", "connected")
	}
	if len(segments) > 0 {
		kinds = append(kinds, "segment")
	}
	list := func() []Condition {
		var out []Condition
		for range rapid.IntRange(1, 3).Draw(t, "n") {
			out = append(out, drawCondition(t, depth-1, segments))
		}
		return out
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "all":
		return Condition{All: list()}
	case "any":
		return Condition{Any: list()}
	case "not":
		c := drawCondition(t, depth-1, segments)
		return Condition{Not: &c}
	case "connected":
		return Condition{Connected: &Connected{Through: rapid.SampledFrom([]Connection{Account, Household}).Draw(t, "through"), Where: drawCondition(t, depth-1, segments)}}
	case "segment":
		return Condition{Segment: rapid.SampledFrom(segments).Draw(t, "segment")}
	case "trait":
		c := drawComparison(t, true)
		return Condition{Trait: &c}
	case "sequence":
		s := &Sequence{Within: drawDuration(t)}
		for range rapid.IntRange(2, 3).Draw(t, "steps") {
			s.Steps = append(s.Steps, Step{Name: rapid.SampledFrom(names).Draw(t, "name"), Where: drawWhere(t)})
		}
		if rapid.Bool().Draw(t, "lookback") {
			d := drawDuration(t)
			s.Lookback = &d
		}
		return Condition{Sequence: s}
	}
	e := &Event{Name: rapid.SampledFrom(names).Draw(t, "name"), Where: drawWhere(t)}
	if rapid.Bool().Draw(t, "within") {
		d := drawDuration(t)
		e.Within = &d
	}
	if rapid.Bool().Draw(t, "least") {
		n := rapid.IntRange(1, 3).Draw(t, "atLeast")
		e.AtLeast = &n
	}
	if rapid.IntRange(0, 2).Draw(t, "most") == 0 {
		n := rapid.IntRange(0, 3).Draw(t, "atMost")
		if e.AtLeast != nil {
			n += *e.AtLeast
		}
		e.AtMost = &n
	}
	if rapid.IntRange(0, 2).Draw(t, "sum") == 0 {
		e.Sum = &Sum{
			Property: rapid.SampledFrom([]string{"n", "n", "o.x"}).Draw(t, "of"), Op: rapid.SampledFrom([]Operator{EQ, NE, GT, GTE, LT, LTE}).Draw(t, "op"),
			Value: json.Number(rapid.SampledFrom([]string{"0", "0.3", "2", "12"}).Draw(t, "value")),
		}
	}
	return Condition{Event: e}
}

func drawSet(t *rapid.T) *Set {
	var segments []Segment
	var ids []string
	for n := range rapid.IntRange(2, 6).Draw(t, "segments") {
		s := Segment{ID: fmt.Sprintf("seg_%d", n), Key: fmt.Sprintf("key-%d", n), Condition: drawCondition(t, 2, ids)}
		if wrong := s.Condition.Check(nil); len(wrong) > 0 {
			t.Fatalf("drew a condition that is none: %v: %s", wrong, s.Condition.Encode())
		}
		segments, ids = append(segments, s), append(ids, s.ID)
	}
	computed := []Computed{
		{Key: "days", Name: "d", Function: DaysSince, Events: []string{"A"}},
		{Key: "sum_n", Name: "s", Function: Total, Events: []string{"A", "B"}, Property: "n"},
		{Key: "last_s", Name: "l", Function: LastValue, Events: []string{"A"}, Property: "s"},
		{Key: "seen", Name: "d", Function: DaysSince},
		{Key: "recency", Name: "r", Function: Score, Of: []string{"days"}, Steps: []int64{30, 3, 2, 1}, BuiltIn: true},
		{Key: "worth", Name: "w", Function: Score, Of: []string{"sum_n"}, Steps: []int64{1, 2, 5, 10}, BuiltIn: true},
		{Key: "both", Name: "b", Function: Join, Of: []string{"recency", "worth"}, BuiltIn: true},
	}
	for n := range rapid.SampledFrom([]int{0, 1, 2, 2, 2}).Draw(t, "computed") {
		c := Computed{
			Key: fmt.Sprintf("c%d", n), Name: "c", Function: rapid.SampledFrom([]Function{
				Count, Total, Average, Least, Most, FirstValue, LastValue, MostFrequent, UniqueList, UniqueCount, DaysSince}).Draw(t, "function"),
			Where: drawWhere(t),
		}
		if c.Function != Count && c.Function != DaysSince {
			c.Property = rapid.SampledFrom([]string{"n", "s", "o.x", "channel", "context.campaign.name"}).Draw(t, "property")
		}
		if rapid.Bool().Draw(t, "named") || c.Function == DaysSince { // without events it is of when the customer was last seen
			c.Events = []string{"A"}
		}
		if rapid.Bool().Draw(t, "window") {
			d := drawDuration(t)
			c.Within = &d
		}
		if wrong := c.Check(); len(wrong) > 0 {
			t.Fatalf("drew a computed trait that is none: %v", wrong)
		}
		computed = append(computed, c)
	}
	set, err := NewSet(segments, computed)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
