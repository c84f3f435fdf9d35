package segment

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"kith/event"
)

// never is a moment that does not come.
const never event.Millis = 1<<63 - 1

// decode reads JSON, keeping the digits of numbers. What is not JSON is nil.
func decode(text []byte) any {
	if len(text) == 0 {
		return nil
	}
	if whole(text) { // as most of what is kept of events is
		return json.Number(text)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// whole reports whether a text is a number without sign, fraction and exponent.
func whole(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return text[0] != '0' || len(text) == 1
}

// look finds what is under a key: as it stands, or step by step at its dots.
func look(object any, key string) any {
	fields, ok := object.(map[string]any)
	if !ok {
		return nil
	}
	if v, here := fields[key]; here {
		return v
	}
	for at := 0; ; {
		next := strings.IndexByte(key[at:], '.')
		if next < 0 {
			return nil
		}
		at += next
		if inner, here := fields[key[:at]]; here {
			if v := look(inner, key[at+1:]); v != nil {
				return v
			}
		}
		at++
	}
}

// test is a comparison made ready.
type test struct {
	key    string
	op     Operator
	value  any
	amount Amount
	isNum  bool
	text   string
	isText bool
	list   []any
	moment event.Millis
	length Duration
}

func ready(c Comparison) test {
	t := test{key: c.Key, op: c.Op, value: decode(c.Value)}
	switch v := t.value.(type) {
	case json.Number:
		t.amount, t.isNum = ParseAmount(string(v))
	case string:
		t.text, t.isText = v, true
		t.moment, _ = event.Moment(v)
		t.length, _ = ParseDuration(v)
	case []any:
		t.list = v
	}
	return t
}

func readyAll(list []Comparison) []test {
	out := make([]test, len(list))
	for i, c := range list {
		out[i] = ready(c)
	}
	return out
}

// met says whether a value passes, and until when that holds by itself.
func (t *test) met(v any, now event.Millis) (bool, event.Millis) {
	switch t.op {
	case EQ:
		return same(v, t.value), never
	case NE:
		return !same(v, t.value), never
	case In:
		return among(v, t.list), never
	case NotIn:
		return !among(v, t.list), never
	case Exists:
		return v != nil, never
	case NotExists:
		return v == nil, never
	case GT, GTE, LT, LTE:
		return t.ordered(v), never
	case Contains:
		switch x := v.(type) {
		case string:
			return t.isText && strings.Contains(x, t.text), never
		case []any:
			return among(t.value, x), never
		}
	case StartsWith:
		x, ok := v.(string)
		return ok && t.isText && strings.HasPrefix(x, t.text), never
	case EndsWith:
		x, ok := v.(string)
		return ok && t.isText && strings.HasSuffix(x, t.text), never
	case Before, After:
		at, ok := moment(v)
		return ok && (t.op == Before && at < t.moment || t.op == After && at > t.moment), never
	case WithinLast, NotWithinLast:
		at, ok := moment(v)
		if !ok {
			return false, never
		}
		in, next := within(at, t.length, now)
		return in == (t.op == WithinLast), next
	}
	return false, never
}

// within says whether a moment lies within d before now, both ends included, and until when that holds.
func within(at event.Millis, d Duration, now event.Millis) (in bool, next event.Millis) {
	switch until := d.After(at); {
	case at > now:
		return false, at
	case until >= now:
		return true, until + 1
	}
	return false, never
}

func (t *test) ordered(v any) bool {
	order := 0
	switch x := v.(type) {
	case json.Number:
		a, ok := ParseAmount(string(x))
		if !ok || !t.isNum {
			return false
		}
		order = a.Compare(t.amount)
	case string:
		if !t.isText {
			return false
		}
		order = strings.Compare(x, t.text)
	default:
		return false
	}
	return holds(t.op, order)
}

// holds says whether an order is what an operator asks for.
func holds(op Operator, order int) bool {
	switch op {
	case GT:
		return order > 0
	case GTE:
		return order >= 0
	case LT:
		return order < 0
	case LTE:
		return order <= 0
	case EQ:
		return order == 0
	case NE:
		return order != 0
	}
	return false
}

// moment reads a time: a text with date or date and time, which is UTC unless it says otherwise, or the number of
// seconds or milliseconds since 1970.
func moment(v any) (event.Millis, bool) {
	switch x := v.(type) {
	case string:
		return event.Moment(x)
	case json.Number:
		return event.Moment(string(x))
	}
	return 0, false
}

// same says whether two values are equal: numbers by value, all else as it stands.
func same(a, b any) bool {
	switch x := a.(type) {
	case json.Number:
		y, ok := b.(json.Number)
		if !ok {
			return false
		}
		p, pok := ParseAmount(string(x))
		q, qok := ParseAmount(string(y))
		return pok && qok && p == q
	case string, bool, nil:
		return a == b
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !same(x[i], y[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			w, here := y[k]
			if !here || !same(v, w) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}

func among(v any, list []any) bool {
	if v == nil {
		return false
	}
	for _, x := range list {
		if same(v, x) {
			return true
		}
	}
	return false
}

// scalar is a text, number or truth value as JSON, the same for equal values. ok is false for all else, and for texts
// that are too long to be kept.
func scalar(v any) (string, bool) {
	switch x := v.(type) {
	case json.Number:
		a, ok := ParseAmount(string(x))
		return a.String(), ok
	case bool:
		if x {
			return "true", true
		}
		return "false", true
	case string:
		if x == "" || len(x) > maxValue {
			return "", false
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if e.Encode(x) != nil {
			return "", false
		}
		return strings.TrimSuffix(b.String(), "\n"), true
	}
	return "", false
}
