package model

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"kith/event"
	"kith/fault"
)

func written(m graphql.Marshaler) string {
	var b bytes.Buffer
	m.MarshalGQL(&b)
	return b.String()
}

func TestWritten(t *testing.T) {
	for want, m := range map[string]graphql.Marshaler{
		`"2026-01-02T03:04:05.678Z"`: MarshalTime(1767323045678),
		`"1969-12-31T23:59:59.999Z"`: MarshalTime(-1),
		`{"a": 1.50, "<": "&"}`:      MarshalJSON(json.RawMessage(`{"a": 1.50, "<": "&"}`)),
		`null`:                       MarshalJSON(nil),
		`"P30D"`:                     MarshalDuration("P30D"),
		`9007199254740991`:           MarshalInt64(9007199254740991),
		`"9007199254740992"`:         MarshalInt64(9007199254740992),
		`"-9007199254740992"`:        MarshalInt64(-9007199254740992),
		`-7`:                         MarshalInt(-7),
	} {
		if got := written(m); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestRead(t *testing.T) {
	number := func(s string) json.Number { return json.Number(s) }
	for _, c := range []struct {
		read func(any) (any, error)
		in   any
		want any // nil: refused
	}{
		{untyped(UnmarshalTime), "2026-01-02T05:04:05.6789+02:00", event.Millis(1767323045678)},
		{untyped(UnmarshalTime), "2026-01-02T03:04:05Z", event.Millis(1767323045000)},
		{untyped(UnmarshalTime), "2026-01-02", nil},
		{untyped(UnmarshalTime), number("1"), nil},
		{untyped(UnmarshalDuration), "P1M", "P1M"},
		{untyped(UnmarshalDuration), "PT15M", "PT15M"},
		{untyped(UnmarshalDuration), "-P1D", nil},
		{untyped(UnmarshalDuration), "1 day", nil},
		{untyped(UnmarshalDuration), "", nil},
		{untyped(UnmarshalDuration), number("1"), nil},
		{untyped(UnmarshalInt64), number("9223372036854775807"), int64(9223372036854775807)},
		{untyped(UnmarshalInt64), "9223372036854775807", int64(9223372036854775807)},
		{untyped(UnmarshalInt64), number("9223372036854775808"), nil},
		{untyped(UnmarshalInt64), "x", nil},
		{untyped(UnmarshalInt64), number("1.5"), nil},
		{untyped(UnmarshalInt64), true, nil},
		{untyped(UnmarshalInt), number("1e3"), 1000},
		{untyped(UnmarshalInt), int64(-2147483648), -2147483648},
		{untyped(UnmarshalInt), int64(2147483648), nil},
		{untyped(UnmarshalInt), float64(7), 7},
		{untyped(UnmarshalInt), float64(7.5), nil},
		{untyped(UnmarshalInt), "7", nil},
	} {
		got, err := c.read(c.in)
		if c.want == nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%v was read as %v (%v)", c.in, got, err)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%v was read as %v (%v), want %v", c.in, got, err, c.want)
		}
	}
	in := map[string]any{"n": number("1.50"), "s": "<&>", "l": []any{nil, true}}
	if got, err := UnmarshalJSON(in); err != nil || string(got) != `{"l":[null,true],"n":1.50,"s":"<&>"}` {
		t.Errorf("got %s (%v)", got, err)
	}
}

func untyped[T any](read func(any) (T, error)) func(any) (any, error) {
	return func(v any) (any, error) { return read(v) }
}

func TestPrefetched(t *testing.T) {
	var p Prefetched
	a, b := &ast.Field{Name: "touchpoints"}, &ast.Field{Name: "touchpoints"}
	p.Put(a, 1)
	if v, ok := p.Get(a); !ok || v != 1 {
		t.Error(v, ok)
	}
	if _, ok := p.Get(b); ok {
		t.Error("another field of the query is another answer")
	}
}

func TestNodes(t *testing.T) {
	page := CustomerConnection{Edges: []CustomerEdge{{Cursor: "1", Node: &Customer{ID: "a"}}, {Cursor: "2", Node: &Customer{ID: "b"}}}}
	if n := page.Nodes(); len(n) != 2 || n[1].ID != "b" {
		t.Error(n)
	}
	if n := (&DeadLetterConnection{}).Nodes(); n == nil || len(n) != 0 {
		t.Error("an empty page is an empty list, not null")
	}
}
