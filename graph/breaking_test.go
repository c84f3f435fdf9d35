package graph

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestContract: the schema has all of the contract that clients are written against.
func TestContract(t *testing.T) { holds(t, "testdata/contract.graphqls") }

// TestNothingBreaks: what clients of the last release may use is still there and means the same. A deprecated thing may go
// once its day has come. A release copies schema.golden to this file.
func TestNothingBreaks(t *testing.T) { holds(t, "testdata/release.graphqls") }

func holds(t *testing.T, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	old, gqlErr := gqlparser.LoadSchema(&ast.Source{Name: path, Input: string(text)})
	if gqlErr != nil {
		t.Fatal(gqlErr)
	}
	for _, text := range breaks(old, parsedSchema, time.Now()) {
		t.Error(text)
	}
}

// breaks are the changes from one schema to another that break a client of the first.
func breaks(old, now *ast.Schema, today time.Time) (found []string) {
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for name, was := range old.Types {
		if was.BuiltIn || strings.HasPrefix(name, "__") {
			continue
		}
		is := now.Types[name]
		switch {
		case is == nil:
			say("%s is gone", name)
			continue
		case is.Kind != was.Kind:
			say("%s is no %s any more, but a %s", name, was.Kind, is.Kind)
			continue
		}
		for _, i := range was.Interfaces {
			if !slices.Contains(is.Interfaces, i) {
				say("%s does not implement %s any more", name, i)
			}
		}
		for _, member := range was.Types {
			if !slices.Contains(is.Types, member) {
				say("%s is no %s any more", member, name)
			}
		}
		for _, v := range was.EnumValues {
			if is.EnumValues.ForName(v.Name) == nil && !mayGo(v.Directives, today) {
				say("%s.%s is gone", name, v.Name)
			}
		}
		input := was.Kind == ast.InputObject
		if input && was.Directives.ForName("oneOf") == nil && is.Directives.ForName("oneOf") != nil {
			say("%s takes only one field now", name)
		}
		for _, f := range was.Fields {
			at := name + "." + f.Name
			g := is.Fields.ForName(f.Name)
			if g == nil {
				if !mayGo(f.Directives, today) {
					say("%s is gone", at)
				}
				continue
			}
			if input && !accepts(g.Type, f.Type) || !input && !accepts(f.Type, g.Type) {
				say("%s was %s and is %s", at, f.Type, g.Type)
			}
			for _, arg := range f.Arguments {
				b := g.Arguments.ForName(arg.Name)
				switch {
				case b == nil:
					say("%s(%s) is gone", at, arg.Name)
				case !accepts(b.Type, arg.Type):
					say("%s(%s) was %s and is %s", at, arg.Name, arg.Type, b.Type)
				case arg.DefaultValue.String() != b.DefaultValue.String():
					say("%s(%s) was %s when left out, and is %s", at, arg.Name, arg.DefaultValue, b.DefaultValue)
				}
			}
			for _, arg := range g.Arguments {
				if f.Arguments.ForName(arg.Name) == nil && arg.Type.NonNull && arg.DefaultValue == nil {
					say("%s(%s) must be given now", at, arg.Name)
				}
			}
		}
		for _, f := range is.Fields {
			if input && was.Fields.ForName(f.Name) == nil && f.Type.NonNull && f.DefaultValue == nil {
				say("%s.%s must be given now", name, f.Name)
			}
		}
	}
	slices.Sort(found)
	return found
}

// accepts reports whether what is of one type can be used where the other was expected.
func accepts(expected, given *ast.Type) bool {
	if expected.NonNull && !given.NonNull || (expected.Elem == nil) != (given.Elem == nil) {
		return false
	}
	if expected.Elem != nil {
		return accepts(expected.Elem, given.Elem)
	}
	return expected.NamedType == given.NamedType
}

var removal = regexp.MustCompile(`Removal on (\d{4}-\d{2}-\d{2})`)

func mayGo(list ast.DirectiveList, today time.Time) bool {
	d := list.ForName("deprecated")
	if d == nil || d.Arguments.ForName("reason") == nil {
		return false
	}
	found := removal.FindStringSubmatch(d.Arguments.ForName("reason").Value.Raw)
	if found == nil {
		return false
	}
	day, err := time.Parse(time.DateOnly, found[1])
	return err == nil && !today.Before(day)
}

func TestBreaks(t *testing.T) {
	load := func(text string) *ast.Schema {
		t.Helper()
		s, err := gqlparser.LoadSchema(&ast.Source{Input: text})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	const was = `
		type Query { a(x: Int = 1, y: String): A! b: [A!] old: Int @deprecated(reason: "Use a. Removal on 2026-01-01.") }
		interface Node { id: ID! } type A implements Node { id: ID! n: Int! e: E u: U } type B { id: ID! } union U = A | B
		enum E { ONE TWO } input I { a: Int! b: Int }`
	today := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string][]string{
		was: nil,
		`type Query { a(x: Int = 1, y: String, z: Int): A! b: [A!]! } interface Node { id: ID! } type A implements Node { id: ID! n: Int! e: E u: U more: Int }
		 type B { id: ID! } union U = A | B enum E { ONE TWO THREE } input I { a: Int b: Int c: Int d: Int! = 1 }`: nil,
		`type Query { a(x: Int = 2, z: Int!): A c: I2 } input I { a: Int! b: Int! c: Int! } type I2 { a: Int }
		 interface Node { id: ID! } type A { id: String! n: Int e: E u: U } type B { id: ID! } union U = A enum E { ONE }`: {
			"A does not implement Node any more", "A.id was ID! and is String!", "A.n was Int! and is Int", "B is no U any more", "E.TWO is gone",
			"I.b was Int and is Int!", "I.c must be given now", "Query.a was A! and is A", "Query.a(x) was 1 when left out, and is 2",
			"Query.a(y) is gone", "Query.a(z) must be given now", "Query.b is gone",
		},
	} {
		if got := breaks(load(was), load(text), today); !slices.Equal(got, want) {
			t.Errorf("%s\n%q\nwant %q", text, got, want)
		}
	}
	if got := breaks(load(was), load(strings.Replace(was, "old: Int", "new: Int", 1)), today.AddDate(-1, 0, 0)); !slices.Equal(got, []string{"Query.old is gone"}) {
		t.Errorf("before its day: %q", got)
	}
}
