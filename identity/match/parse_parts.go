package match

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"kith/identity/strict"
)

func (p *modelParser) number(n *yaml.Node, path string, least, most float64) float64 {
	f, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil || math.IsNaN(f) || f < least || f > most {
		p.Fail(n, path, "a number from %g to %g is expected here", least, most)
		return 0
	}
	return f
}

func (p *modelParser) bits(into *float64) strict.Read {
	return func(n *yaml.Node, path string) { *into = p.number(n, path, -maxBits, maxBits) }
}

func (p *modelParser) names(into *nameText) strict.Read {
	return func(n *yaml.Node, path string) {
		p.Mapping(n, path, map[string]strict.Read{
			"unlisted": p.bits(&into.Unlisted), "most": p.bits(&into.Most),
			"values": func(n *yaml.Node, path string) {
				if into.Values == nil {
					into.Values = map[string]float64{}
				}
				p.Entries(n, path, func(key string, value *yaml.Node, at string) {
					into.Values[joined(fold(key))] = p.number(value, at, 0, maxBits)
					if len(into.Values) > maxNames {
						p.Fail(value, path, "more than %d names", maxNames)
					}
				})
			},
		})
	}
}

func (p *modelParser) caps(n *yaml.Node, path string, t *modelText) {
	if t.Keys == nil {
		t.Keys = map[string]int{}
	}
	p.Entries(n, path, func(key string, value *yaml.Node, at string) {
		if !slices.Contains(familyNames[:], key) {
			p.Fail(value, at, "unknown family of keys; there are %s", strings.Join(familyNames[:], ", "))
			return
		}
		t.Keys[key] = int(p.number(value, at, 0, maxCap))
	})
}

func (p *modelParser) fields(n *yaml.Node, path string, t *modelText) {
	if t.Fields == nil {
		t.Fields = map[string]map[string]odds{}
	}
	p.Entries(n, path, func(key string, value *yaml.Node, at string) {
		i := slices.Index(fieldNames[:], key)
		if i < 0 {
			p.Fail(value, at, "unknown field; there are %s; others go under extra", strings.Join(fieldNames[:], ", "))
			return
		}
		if t.Fields[key] == nil {
			t.Fields[key] = map[string]odds{}
		}
		p.levels(value, at, comparatorOf(Field(i)), t.Fields[key])
	})
}

func (p *modelParser) extra(n *yaml.Node, path string, t *modelText) {
	if t.Extra == nil {
		t.Extra = map[string]extraText{}
	}
	p.Entries(n, path, func(key string, value *yaml.Node, at string) {
		if slices.Contains(fieldNames[:], key) {
			p.Fail(value, at, "is a built-in field; give its levels under fields")
			return
		}
		x := extraText{Compare: "text", Levels: map[string]odds{}}
		p.Entries(value, at, func(k string, v *yaml.Node, at string) {
			if k == "compare" {
				if x.Compare = v.Value; x.Compare != "text" && x.Compare != "id" {
					p.Fail(v, at, "text or id is expected here")
				}
			}
		})
		p.Entries(value, at, func(k string, v *yaml.Node, at string) {
			if k != "compare" {
				p.level(k, v, at, extraComparator(x.Compare), x.Levels)
			}
		})
		if t.Extra[key] = x; len(t.Extra) > maxExtra {
			p.Fail(value, path, "more than %d fields", maxExtra)
		}
	})
}

func (p *modelParser) levels(n *yaml.Node, path string, c comparator, into map[string]odds) {
	p.Entries(n, path, func(key string, value *yaml.Node, at string) { p.level(key, value, at, c, into) })
}

func (p *modelParser) level(key string, n *yaml.Node, path string, c comparator, into map[string]odds) {
	names := levelNames[c.first : c.last+1]
	i := slices.Index(names, key)
	if i < 0 {
		p.Fail(n, path, "unknown level; there are %s", strings.Join(names, ", "))
		return
	}
	o := into[key]
	share := func(into *float64) strict.Read {
		return func(n *yaml.Node, path string) { *into = p.number(n, path, 1e-9, 1) }
	}
	p.Mapping(n, path, map[string]strict.Read{
		"m": share(&o.M), "household": share(&o.Household), "colleagues": share(&o.Colleagues),
		"namesakes": share(&o.Namesakes),
		"u": func(n *yaml.Node, path string) {
			o.U, o.Frequency = 0, n.Value == "frequency"
			switch {
			case o.Frequency && !byFrequency[c.first+Level(i)]:
				p.Fail(n, path, "this level does not go by frequency; give a number")
			case !o.Frequency:
				o.U = p.number(n, path, 1e-9, 1)
			}
		},
	})
	if p.OK() && (o.M == 0 || o.U == 0 && !o.Frequency) {
		p.Fail(n, path, "m and u are needed")
	}
	into[key] = o
}

// byFrequency are the levels at which two records share a name whose frequency is known.
var byFrequency = [levels]bool{
	givenExact: true, givenSpelling: true, givenPart: true, middleExact: true, lastExact: true, lastSpelling: true, lastPart: true,
}
