package strict

import (
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestFile(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		aliases          bool
	}{
		{name: "nothing"},
		{name: "a comment", text: "# later\n"},
		{name: "no value", text: "one:\n"},
		{name: "a misspelt key", text: "one: {}\ntow: {}", want: "line 2: tow: unknown key; allowed here are one, two"},
		{name: "a key twice", text: "one: {}\none: {}", want: "line 2: one: is there twice"},
		{name: "a value for a mapping", text: "one: 1", want: "line 1: one: a mapping (key: value) is expected here"},
		{name: "a mapping for a list", text: "two: {a: b}", want: "line 1: two: a list is expected here"},
		{name: "a list in a list", text: "two: [a, [b]]", want: "line 1: two[1]: a single value is expected here"},
		{name: "two documents", text: "one: {}\n---\none: {}", want: "line 2: one document is allowed, and this file goes on"},
		{name: "an alias", text: "one: &a {x: y}\ntwo: *a", want: "line 2: two: a list is expected here"},
		{name: "a merge", text: "one: {<<: {x: y}}", want: "line 1: one: keys are plain texts; anchors and merges are not allowed"},
		{name: "an alias that is allowed", text: "two: &a [x]\none: {x: *a}", aliases: true},
		{name: "the first of two", text: "tow: {}\none: 1", want: "line 1: tow: unknown key; allowed here are one, two"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Parser{Aliases: c.aliases}
			p.File([]byte(c.text), map[string]Read{
				"one": func(n *yaml.Node, path string) {
					p.Entries(n, path, func(_ string, value *yaml.Node, at string) {
						if c.aliases {
							p.List(value, at)
						}
					})
				},
				"two": func(n *yaml.Node, path string) { p.Set(n, path) },
			})
			got := ""
			if err := p.Err("strict.test"); err != nil {
				got = err.Error()
			}
			if want := c.want; want != "" && got != "strict.test: "+want || want == "" && got != "" {
				t.Errorf("%q, want %q", got, want)
			}
			if p.OK() != (c.want == "") {
				t.Error("OK and Err do not agree")
			}
		})
	}
}
