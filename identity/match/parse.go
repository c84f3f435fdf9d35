package match

import (
	"maps"

	"go.yaml.in/yaml/v3"

	"kith/fault"
	"kith/identity/strict"
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
	p := &modelParser{strict.Parser{Aliases: true}}
	p.model(text, &t)
	return t, p.Err(op)
}

// modelParser reads the parts of a model file.
type modelParser struct{ strict.Parser }

func (p *modelParser) model(text []byte, t *modelText) {
	p.File(text, map[string]strict.Read{
		"thresholds": func(n *yaml.Node, path string) {
			p.Mapping(n, path, map[string]strict.Read{
				"join": p.bits(&t.Thresholds.Join), "candidate": p.bits(&t.Thresholds.Candidate), "mean": p.bits(&t.Thresholds.Mean),
				"floor": p.bits(&t.Thresholds.Floor), "ceiling": p.bits(&t.Thresholds.Ceiling), "against": p.bits(&t.Thresholds.Against),
			})
		},
		"relations": func(n *yaml.Node, path string) {
			p.Mapping(n, path, map[string]strict.Read{
				"household": p.bits(&t.Household), "colleagues": p.bits(&t.Colleagues), "namesakes": p.bits(&t.Namesakes),
			})
		},
		"phoneCountry": func(n *yaml.Node, path string) { t.PhoneCountry = p.Country(n, path) },
		"frequencies": func(n *yaml.Node, path string) {
			p.Mapping(n, path, map[string]strict.Read{
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
		p.Fail(nil, "thresholds", "candidate is %g and join %g; join cannot be the smaller one", th.Candidate, th.Join)
	case th.Floor >= th.Ceiling:
		p.Fail(nil, "thresholds", "floor is %g and ceiling %g; ceiling has to be the greater one", th.Floor, th.Ceiling)
	case th.Mean > th.Ceiling || th.Mean < th.Floor:
		p.Fail(nil, "thresholds", "mean is %g; it has to lie between floor, %g, and ceiling, %g", th.Mean, th.Floor, th.Ceiling)
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
			p.Fail(nil, path, "level %s is missing", levelNames[l])
		}
	}
}
