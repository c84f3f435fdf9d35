package match

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"kith/fault"
)

const (
	maxModelText = 8 << 20
	maxNames     = 100_000 // frequencies in a file
	maxBits      = 1000
	maxCap       = 10_000
)

// Parse reads a model in YAML or JSON on top of the built-in one; DefaultYAML documents the format. It fails with
// INVALID, naming the line, the key and what is allowed there.
func Parse(text []byte) (*Model, error) {
	parsed, err := parseModel(text, Default().text.clone())
	if err != nil {
		return nil, err
	}
	return newModel(parsed), nil
}

// YAML is the model as a file that Parse reads back to the same version.
func (m *Model) YAML() []byte {
	out, _ := yaml.Marshal(m.text.nodes())
	return out
}

func (t modelText) clone() modelText {
	t.Keys = maps.Clone(t.Keys)
	fields := map[string]map[string]odds{}
	for name, byName := range t.Fields {
		fields[name] = maps.Clone(byName)
	}
	t.Fields = fields
	extra := map[string]extraText{}
	for name, x := range t.Extra {
		x.Levels = maps.Clone(x.Levels)
		extra[name] = x
	}
	t.Extra = extra
	t.FirstName.Values, t.LastName.Values = maps.Clone(t.FirstName.Values), maps.Clone(t.LastName.Values)
	return t
}

func parseModel(text []byte, t modelText) (modelText, error) {
	const op = "match.Parse"
	if len(text) > maxModelText {
		return t, fault.New(op, fault.TooLarge, "the model is longer than %d bytes", maxModelText)
	}
	p := &modelParser{}
	p.model(text, &t)
	if p.err != nil {
		return t, &fault.Error{Op: op, Code: fault.Invalid, Message: p.err.Error(), Field: p.path}
	}
	return t, nil
}

// modelParser walks the nodes of the file and keeps the first error.
type modelParser struct {
	err  error
	path string
}

func (p *modelParser) fail(n *yaml.Node, path, format string, args ...any) {
	if p.err != nil {
		return
	}
	where := ""
	if n != nil && n.Line > 0 {
		where = fmt.Sprintf("line %d: ", n.Line)
	}
	if path != "" {
		where += path + ": "
	}
	p.err, p.path = errors.New(where+fmt.Sprintf(format, args...)), path
}

// read is what a key of a mapping is given to.
type read func(n *yaml.Node, path string)

func (p *modelParser) model(text []byte, t *modelText) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return
	} else if err != nil {
		p.fail(nil, "", "%s", strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		p.fail(&more, "", "one document is allowed, and this file goes on")
		return
	}
	p.mapping(doc.Content[0], "", map[string]read{
		"thresholds": func(n *yaml.Node, path string) {
			p.mapping(n, path, map[string]read{
				"join": p.bits(&t.Thresholds.Join), "candidate": p.bits(&t.Thresholds.Candidate), "mean": p.bits(&t.Thresholds.Mean),
				"floor": p.bits(&t.Thresholds.Floor), "ceiling": p.bits(&t.Thresholds.Ceiling), "against": p.bits(&t.Thresholds.Against),
			})
		},
		"relations": func(n *yaml.Node, path string) {
			p.mapping(n, path, map[string]read{
				"household": p.bits(&t.Household), "colleagues": p.bits(&t.Colleagues), "namesakes": p.bits(&t.Namesakes),
			})
		},
		"phoneCountry": func(n *yaml.Node, path string) { t.PhoneCountry = p.country(n, path) },
		"frequencies": func(n *yaml.Node, path string) {
			p.mapping(n, path, map[string]read{
				"slip": p.bits(&t.Slip), "firstName": p.names(&t.FirstName), "lastName": p.names(&t.LastName),
			})
		},
		"keys":   func(n *yaml.Node, path string) { p.caps(n, path, t) },
		"fields": func(n *yaml.Node, path string) { p.fields(n, path, t) },
		"extra":  func(n *yaml.Node, path string) { p.extra(n, path, t) },
	})
	p.check(t)
}

// check looks at what only the whole can tell.
func (p *modelParser) check(t *modelText) {
	th := t.Thresholds
	switch {
	case th.Candidate > th.Join:
		p.fail(nil, "thresholds", "candidate is %g and join %g; join cannot be the smaller one", th.Candidate, th.Join)
	case th.Floor >= th.Ceiling:
		p.fail(nil, "thresholds", "floor is %g and ceiling %g; ceiling has to be the greater one", th.Floor, th.Ceiling)
	case th.Mean > th.Ceiling || th.Mean < th.Floor:
		p.fail(nil, "thresholds", "mean is %g; it has to lie between floor, %g, and ceiling, %g", th.Mean, th.Floor, th.Ceiling)
	}
	for f := range builtIn {
		p.complete("fields."+fieldNames[f], comparatorOf(f), t.Fields[fieldNames[f]])
	}
	for _, name := range sortedKeys(t.Extra) {
		p.complete("extra."+name, extraComparator(t.Extra[name].Compare), t.Extra[name].Levels)
	}
}

func (p *modelParser) complete(path string, c comparator, given map[string]odds) {
	for l := c.first; l <= c.last; l++ {
		if _, ok := given[levelNames[l]]; !ok {
			p.fail(nil, path, "level %s is missing", levelNames[l])
		}
	}
}

// mapping calls the function of every key of n.
func (p *modelParser) mapping(n *yaml.Node, path string, fields map[string]read) {
	p.entries(n, path, func(key string, value *yaml.Node, at string) {
		field, ok := fields[key]
		if !ok {
			p.fail(value, at, "unknown key; allowed here are %s", strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
			return
		}
		field(value, at)
	})
}

func (p *modelParser) entries(n *yaml.Node, path string, each func(key string, value *yaml.Node, at string)) {
	if n = resolveAlias(n); n.Kind != yaml.MappingNode {
		if n.Tag != "!!null" {
			p.fail(n, path, "a mapping is expected here")
		}
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content) && p.err == nil; i += 2 {
		key := n.Content[i].Value
		at := key
		if path != "" {
			at = path + "." + key
		}
		if seen[key] {
			p.fail(n.Content[i], at, "is given twice")
			return
		}
		seen[key] = true
		each(key, resolveAlias(n.Content[i+1]), at)
	}
}

func resolveAlias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}
