package segment

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentence says in plain words what members meet. name gives the name of a segment by its id; one it does not know is
// called by its id.
func (c *Condition) Sentence(name func(id string) string) string {
	s := phrase(c, name, false)
	if s == "" {
		return s
	}
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:] + "."
}

func phrase(c *Condition, name func(string) string, inner bool) string {
	list := func(of []Condition, word string) string {
		parts := make([]string, len(of))
		for i := range of {
			parts[i] = phrase(&of[i], name, inner || len(of) > 1)
			if i < len(of)-1 && runsOn(&of[i]) {
				parts[i] = "(" + parts[i] + ")"
			}
		}
		s := strings.Join(parts, " "+word+" ")
		if inner && len(of) > 1 {
			return "(" + s + ")"
		}
		return s
	}
	switch {
	case c.All != nil:
		return list(c.All, "and")
	case c.Any != nil:
		return list(c.Any, "or")
	case c.Not != nil:
		if e := c.Not.Event; e != nil && e.AtLeast == nil && e.AtMost == nil && e.Sum == nil {
			return "did not do " + e.words()
		}
		if c.Not.Segment != "" {
			return "is not in " + called(name, c.Not.Segment)
		}
		return "not (" + phrase(c.Not, name, false) + ")"
	case c.Trait != nil:
		return c.Trait.words()
	case c.Event != nil:
		s := c.Event.sentence()
		if inner && c.Event.Sum != nil && (c.Event.AtLeast != nil || c.Event.AtMost != nil) {
			return "(" + s + ")"
		}
		return s
	case c.Sequence != nil:
		return c.Sequence.words()
	case c.Connected != nil:
		return "someone in the same " + strings.ToLower(string(c.Connected.Through)) + " meets: " + phrase(&c.Connected.Where, name, true)
	case c.Segment != "":
		return "is in " + called(name, c.Segment)
	}
	return ""
}

// runsOn says that what is behind the phrase of a condition would be read as a part of it.
func runsOn(c *Condition) bool {
	switch {
	case len(c.All) == 1:
		return runsOn(&c.All[0])
	case len(c.Any) == 1:
		return runsOn(&c.Any[0])
	case c.Not != nil && c.Not.Event != nil:
		e := c.Not.Event
		return len(e.Where) > 0 && e.AtLeast == nil && e.AtMost == nil && e.Sum == nil
	case c.Event != nil:
		return len(c.Event.Where) > 0 && c.Event.Sum == nil
	}
	return c.Connected != nil
}

func called(name func(string) string, id string) string {
	if name != nil {
		if n := name(id); n != "" {
			return "“" + n + "”"
		}
	}
	return id
}

var operatorWords = map[Operator]string{
	EQ: "is", NE: "is not", GT: "is more than", GTE: "is at least", LT: "is less than", LTE: "is at most", In: "is one of", NotIn: "is none of",
	Contains: "contains", StartsWith: "begins with", EndsWith: "ends with", Exists: "has a value", NotExists: "has no value",
	Before: "is before", After: "is after", WithinLast: "is within the last", NotWithinLast: "is not within the last",
}

func (c *Comparison) words() string {
	s := c.Key + " " + operatorWords[c.Op]
	switch c.Op {
	case Exists, NotExists:
		return s
	case WithinLast, NotWithinLast:
		var text string
		if json.Unmarshal(c.Value, &text) == nil {
			if d, err := ParseDuration(text); err == nil {
				return s + " " + d.last()
			}
		}
	}
	return s + " " + valueWords(c.Value)
}

func valueWords(raw json.RawMessage) string {
	switch v := decode(raw).(type) {
	case string:
		return "“" + v + "”"
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			text, err := json.Marshal(x)
			if err != nil {
				return string(raw)
			}
			parts[i] = valueWords(text)
		}
		return strings.Join(parts, ", ")
	}
	return string(raw)
}

func whereWords(list []Comparison) string {
	if len(list) == 0 {
		return ""
	}
	parts := make([]string, len(list))
	for i := range list {
		parts[i] = list[i].words()
	}
	return " where " + strings.Join(parts, " and ")
}

// words is the event with its window and what it is like.
func (e *Event) words() string {
	s := e.Name
	if e.Within != nil {
		s += " in the last " + e.Within.last()
	}
	return s + whereWords(e.Where)
}

func (e *Event) sentence() string {
	tail := ""
	if e.Within != nil {
		tail = " in the last " + e.Within.last()
	}
	tail += whereWords(e.Where)
	var parts []string
	switch least, most := e.AtLeast, e.AtMost; {
	case most != nil && *most == 0:
		parts = append(parts, "did not do "+e.Name+tail)
	case least != nil && most != nil && *least == *most:
		parts = append(parts, "did "+e.Name+" exactly "+often(*least)+tail)
	case least != nil && most != nil:
		parts = append(parts, "did "+e.Name+" at least "+often(*least)+" and at most "+often(*most)+tail)
	case most != nil:
		parts = append(parts, "did "+e.Name+" at most "+often(*most)+tail)
	case least != nil && *least > 1:
		parts = append(parts, "did "+e.Name+" at least "+often(*least)+tail)
	case e.Sum == nil || least != nil:
		parts = append(parts, "did "+e.Name+tail)
	}
	if e.Sum != nil {
		parts = append(parts, "the sum of "+e.Sum.Property+" over "+e.Name+tail+" "+operatorWords[e.Sum.Op]+" "+string(e.Sum.Value))
	}
	return strings.Join(parts, " and ")
}

func often(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

func (s *Sequence) words() string {
	parts := make([]string, len(s.Steps))
	for i, step := range s.Steps {
		parts[i] = step.Name + whereWords(step.Where)
	}
	out := "did " + strings.Join(parts, ", then ") + ", all within " + s.Within.words()
	if s.Lookback != nil {
		out += ", the first in the last " + s.Lookback.last()
	}
	return out
}
