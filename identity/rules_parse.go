package identity

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"kith/fault"
	"kith/identity/match"
	"kith/identity/strict"
)

// The size of a rules file and the greatest number in one; both far beyond use.
const (
	maxRulesText = 1 << 20
	maxNumber    = 1_000_000
)

// ParseRules reads rules in YAML on top of the built-in ones; DefaultYAML documents the format. It fails with INVALID,
// naming the line, the key and what is allowed there.
func ParseRules(text []byte) (*Rules, error) {
	parsed, err := parseRules(text, DefaultRules().text.clone())
	if err != nil {
		return nil, err
	}
	return newRules(parsed, match.Default()), nil
}

func (t ruleText) clone() ruleText {
	types := make(map[string]typeText, len(t.Types))
	for name, v := range t.Types {
		v.Share = maps.Clone(v.Share)
		types[name] = v
	}
	t.Types, t.Share, t.Traits = types, maps.Clone(t.Share), maps.Clone(t.Traits)
	t.Blocked.Values = slices.Clone(t.Blocked.Values)
	t.Blocked.Patterns = slices.Clone(t.Blocked.Patterns)
	t.Blocked.Keys = slices.Clone(t.Blocked.Keys)
	return t
}

func parseRules(text []byte, t ruleText) (ruleText, error) {
	const op = "identity.ParseRules"
	if len(text) > maxRulesText {
		return t, fault.New(op, fault.TooLarge, "the rules are longer than %d bytes", maxRulesText)
	}
	p := &ruleParser{}
	p.rules(text, &t)
	return t, p.Err(op)
}

// ruleParser reads the parts of a rules file.
type ruleParser struct{ strict.Parser }

func (p *ruleParser) rules(text []byte, t *ruleText) {
	p.File(text, map[string]strict.Read{
		"size":           func(n *yaml.Node, path string) { t.Size = p.number(n, path, 1) },
		"rank":           func(n *yaml.Node, path string) { t.Rank = p.rank(n, path) },
		"types":          func(n *yaml.Node, path string) { p.types(n, path, t) },
		"share":          func(n *yaml.Node, path string) { t.Share = p.share(n, path, t.Share) },
		"unique_records": func(n *yaml.Node, path string) { t.UniqueRecords = p.Set(n, path) },
		"personal":       func(n *yaml.Node, path string) { t.Personal = p.keys(n, path) },
		"shared":         func(n *yaml.Node, path string) { t.Shared = p.keys(n, path) },
		"blocked":        func(n *yaml.Node, path string) { p.blocked(n, path, &t.Blocked) },
		"traits":         func(n *yaml.Node, path string) { p.traits(n, path, t) },
		"phone_country":  func(n *yaml.Node, path string) { t.PhoneCountry = p.Country(n, path) },
		"sources":        func(n *yaml.Node, path string) { t.Sources = p.sources(n, path) },
	})
	for _, key := range t.Personal {
		if slices.Contains(t.Shared, key) {
			p.Fail(nil, "personal", "%s is also under shared; it can be one of them", key)
		}
	}
}

func (p *ruleParser) number(n *yaml.Node, path string, least int) int {
	v, err := strconv.Atoi(p.Scalar(n, path))
	if err != nil || v < least || v > maxNumber {
		p.Fail(n, path, "%q is not allowed; a whole number from %d to %d is", n.Value, least, maxNumber)
	}
	return v
}

func (p *ruleParser) keys(n *yaml.Node, path string) []string {
	keys := p.Set(n, path)
	for _, key := range keys {
		if typ, value, ok := strings.Cut(key, ":"); !ok || typ == "" || value == "" {
			p.Fail(n, path, "%q is not allowed; an identifier is written type:value", key)
		}
	}
	return keys
}

func (p *ruleParser) rank(n *yaml.Node, path string) []string {
	list := p.List(n, path)
	for i, typ := range list {
		if slices.Contains(list[:i], typ) {
			p.Fail(n, path, "%s is there twice", typ)
		}
	}
	if !slices.Contains(list, anyType) {
		p.Fail(n, path, `"*", the place of all other types, is missing`)
	}
	return list
}

func (p *ruleParser) types(n *yaml.Node, path string, t *ruleText) {
	if t.Types == nil {
		t.Types = map[string]typeText{}
	}
	// "*" first: the others may start from it, wherever it stands.
	p.Entries(n, path, func(name string, n *yaml.Node, path string) {
		if name == anyType {
			p.typ(n, path, name, t)
		}
	})
	p.Entries(n, path, func(name string, n *yaml.Node, path string) {
		if name != anyType {
			p.typ(n, path, name, t)
		}
	})
}

func (p *ruleParser) typ(n *yaml.Node, path, name string, t *ruleText) {
	v, named := t.Types[name]
	if !named {
		v = t.Types[anyType]
		v.Share = maps.Clone(v.Share)
	}
	limited := false
	p.Mapping(n, path, map[string]strict.Read{
		"class": func(n *yaml.Node, path string) { v.Class = p.class(n, path) },
		"limit": func(n *yaml.Node, path string) { v.Limit, limited = p.number(n, path, 0), true },
		"first": func(n *yaml.Node, path string) { v.First = p.number(n, path, 0) },
		"share": func(n *yaml.Node, path string) { v.Share = p.share(n, path, v.Share) },
	})
	if v.Class == Exclusive {
		if limited && v.Limit != 1 {
			p.Fail(n, path+".limit", "an exclusive type has 1 per customer, and that need not be said")
		}
		if v.First > 0 {
			p.Fail(n, path+".first", "an exclusive type is never SHARED; first is for the others")
		}
		v.Limit = 1
	}
	t.Types[name] = v
}

func (p *ruleParser) class(n *yaml.Node, path string) Class {
	i := slices.Index(classNames[:], p.Scalar(n, path))
	if i < 0 {
		p.Fail(n, path, "%q is not allowed; one of %s is", n.Value, strings.Join(classNames[:], ", "))
	}
	return Class(max(i, 0))
}

func (p *ruleParser) share(n *yaml.Node, path string, into map[string]int) map[string]int {
	if into == nil {
		into = map[string]int{}
	}
	p.Entries(n, path, func(typ string, n *yaml.Node, path string) { into[typ] = p.number(n, path, 0) })
	return into
}

func (p *ruleParser) blocked(n *yaml.Node, path string, b *blockedText) {
	add := func(to *[]string) strict.Read {
		return func(n *yaml.Node, path string) {
			*to = append(*to, p.Set(n, path)...)
			slices.Sort(*to)
			*to = slices.Compact(*to)
		}
	}
	p.Mapping(n, path, map[string]strict.Read{
		"values": add(&b.Values),
		"patterns": func(n *yaml.Node, path string) {
			for i, pattern := range p.List(n, path) {
				if _, err := regexp.Compile("(?i)" + pattern); err != nil {
					p.Fail(n.Content[i], path, "%q is not a regular expression (RE2)", pattern)
				}
			}
			add(&b.Patterns)(n, path)
		},
		"keys": func(n *yaml.Node, path string) {
			p.keys(n, path)
			add(&b.Keys)(n, path)
		},
	})
}

func (p *ruleParser) traits(n *yaml.Node, path string, t *ruleText) {
	if t.Traits == nil {
		t.Traits = map[string]string{}
	}
	p.Entries(n, path, func(trait string, n *yaml.Node, path string) {
		typ := p.Scalar(n, path)
		if typ == "" || strings.ContainsAny(typ, ": \t\n") || typ == anyType || typ == exclusiveType {
			p.Fail(n, path, "%q is not allowed; a type is a name without colon or space", typ)
		}
		t.Traits[trait] = typ
	})
}

// sources takes a list, whose order is the rank, or a mapping from source to rank.
func (p *ruleParser) sources(n *yaml.Node, path string) map[string]int {
	ranks := map[string]int{}
	if n.Kind == yaml.MappingNode {
		return p.share(n, path, ranks)
	}
	for i, source := range p.List(n, path) {
		if _, twice := ranks[source]; twice {
			p.Fail(n, path, "%s is there twice", source)
		}
		ranks[source] = i
	}
	return ranks
}
