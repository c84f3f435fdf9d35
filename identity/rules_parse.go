package identity

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"kith/fault"
	"kith/identity/match"
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
	if p.err != nil {
		return t, &fault.Error{Op: op, Code: fault.Invalid, Message: p.err.Error(), Field: p.path}
	}
	return t, nil
}

// ruleParser walks the nodes of the file and keeps the first error.
type ruleParser struct {
	err  error
	path string
}

func (p *ruleParser) fail(n *yaml.Node, path, format string, args ...any) {
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

func (p *ruleParser) rules(text []byte, t *ruleText) {
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
	p.mapping(doc.Content[0], "", map[string]func(*yaml.Node, string){
		"size":           func(n *yaml.Node, path string) { t.Size = p.number(n, path, 1) },
		"rank":           func(n *yaml.Node, path string) { t.Rank = p.rank(n, path) },
		"types":          func(n *yaml.Node, path string) { p.types(n, path, t) },
		"share":          func(n *yaml.Node, path string) { t.Share = p.share(n, path, t.Share) },
		"unique_records": func(n *yaml.Node, path string) { t.UniqueRecords = p.set(n, path) },
		"personal":       func(n *yaml.Node, path string) { t.Personal = p.keys(n, path) },
		"shared":         func(n *yaml.Node, path string) { t.Shared = p.keys(n, path) },
		"blocked":        func(n *yaml.Node, path string) { p.blocked(n, path, &t.Blocked) },
		"traits":         func(n *yaml.Node, path string) { p.traits(n, path, t) },
		"phone_country":  func(n *yaml.Node, path string) { t.PhoneCountry = p.country(n, path) },
		"sources":        func(n *yaml.Node, path string) { t.Sources = p.sources(n, path) },
	})
	for _, key := range t.Personal {
		if slices.Contains(t.Shared, key) {
			p.fail(nil, "personal", "%s is also under shared; it can be one of them", key)
		}
	}
}

// mapping calls the function of every key of n.
func (p *ruleParser) mapping(n *yaml.Node, path string, fields map[string]func(*yaml.Node, string)) {
	p.entries(n, path, func(key string, value *yaml.Node, at string) {
		field, ok := fields[key]
		if !ok {
			p.fail(value, at, "unknown key; allowed here are %s", strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
			return
		}
		field(value, at)
	})
}

// entries calls do for every entry of a mapping. A mapping that is empty or null has none.
func (p *ruleParser) entries(n *yaml.Node, path string, do func(key string, value *yaml.Node, at string)) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		p.fail(n, path, "a mapping (key: value) is expected here")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content) && p.err == nil; i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := strings.TrimPrefix(path+"."+key.Value, ".")
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!merge":
			p.fail(key, path, "keys are plain texts; anchors and merges are not allowed")
		case seen[key.Value]:
			p.fail(key, at, "is there twice")
		default:
			seen[key.Value] = true
			do(key.Value, value, at)
		}
	}
}

func (p *ruleParser) scalar(n *yaml.Node, path string) string {
	if n.Kind != yaml.ScalarNode {
		p.fail(n, path, "a single value is expected here")
		return ""
	}
	return n.Value
}

func (p *ruleParser) list(n *yaml.Node, path string) []string {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		p.fail(n, path, "a list is expected here")
		return nil
	}
	var out []string
	for i, item := range n.Content {
		out = append(out, p.scalar(item, fmt.Sprintf("%s[%d]", path, i)))
	}
	return out
}

// set is a list whose order means nothing.
func (p *ruleParser) set(n *yaml.Node, path string) []string {
	list := p.list(n, path)
	slices.Sort(list)
	return slices.Compact(list)
}

func (p *ruleParser) number(n *yaml.Node, path string, least int) int {
	v, err := strconv.Atoi(p.scalar(n, path))
	if err != nil || v < least || v > maxNumber {
		p.fail(n, path, "%q is not allowed; a whole number from %d to %d is", n.Value, least, maxNumber)
	}
	return v
}

func (p *ruleParser) keys(n *yaml.Node, path string) []string {
	keys := p.set(n, path)
	for _, key := range keys {
		if typ, value, ok := strings.Cut(key, ":"); !ok || typ == "" || value == "" {
			p.fail(n, path, "%q is not allowed; an identifier is written type:value", key)
		}
	}
	return keys
}

func (p *ruleParser) rank(n *yaml.Node, path string) []string {
	list := p.list(n, path)
	for i, typ := range list {
		if slices.Contains(list[:i], typ) {
			p.fail(n, path, "%s is there twice", typ)
		}
	}
	if !slices.Contains(list, anyType) {
		p.fail(n, path, `"*", the place of all other types, is missing`)
	}
	return list
}

func (p *ruleParser) types(n *yaml.Node, path string, t *ruleText) {
	if t.Types == nil {
		t.Types = map[string]typeText{}
	}
	// "*" first: the others may start from it, wherever it stands.
	p.entries(n, path, func(name string, n *yaml.Node, path string) {
		if name == anyType {
			p.typ(n, path, name, t)
		}
	})
	p.entries(n, path, func(name string, n *yaml.Node, path string) {
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
	p.mapping(n, path, map[string]func(*yaml.Node, string){
		"class": func(n *yaml.Node, path string) { v.Class = p.class(n, path) },
		"limit": func(n *yaml.Node, path string) { v.Limit, limited = p.number(n, path, 0), true },
		"first": func(n *yaml.Node, path string) { v.First = p.number(n, path, 0) },
		"share": func(n *yaml.Node, path string) { v.Share = p.share(n, path, v.Share) },
	})
	if v.Class == Exclusive {
		if limited && v.Limit != 1 {
			p.fail(n, path+".limit", "an exclusive type has 1 per customer, and that need not be said")
		}
		if v.First > 0 {
			p.fail(n, path+".first", "an exclusive type is never SHARED; first is for the others")
		}
		v.Limit = 1
	}
	t.Types[name] = v
}

func (p *ruleParser) class(n *yaml.Node, path string) Class {
	i := slices.Index(classNames[:], p.scalar(n, path))
	if i < 0 {
		p.fail(n, path, "%q is not allowed; one of %s is", n.Value, strings.Join(classNames[:], ", "))
	}
	return Class(max(i, 0))
}

func (p *ruleParser) share(n *yaml.Node, path string, into map[string]int) map[string]int {
	if into == nil {
		into = map[string]int{}
	}
	p.entries(n, path, func(typ string, n *yaml.Node, path string) { into[typ] = p.number(n, path, 0) })
	return into
}

func (p *ruleParser) blocked(n *yaml.Node, path string, b *blockedText) {
	add := func(to *[]string) func(*yaml.Node, string) {
		return func(n *yaml.Node, path string) {
			*to = append(*to, p.set(n, path)...)
			slices.Sort(*to)
			*to = slices.Compact(*to)
		}
	}
	p.mapping(n, path, map[string]func(*yaml.Node, string){
		"values": add(&b.Values),
		"patterns": func(n *yaml.Node, path string) {
			for i, pattern := range p.list(n, path) {
				if _, err := regexp.Compile("(?i)" + pattern); err != nil {
					p.fail(n.Content[i], path, "%q is not a regular expression (RE2)", pattern)
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
	p.entries(n, path, func(trait string, n *yaml.Node, path string) {
		typ := p.scalar(n, path)
		if typ == "" || strings.ContainsAny(typ, ": \t\n") || typ == anyType || typ == exclusiveType {
			p.fail(n, path, "%q is not allowed; a type is a name without colon or space", typ)
		}
		t.Traits[trait] = typ
	})
}

func (p *ruleParser) country(n *yaml.Node, path string) string {
	country := p.scalar(n, path)
	if country != "" && (len(country) != 2 || strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		p.fail(n, path, "%q is not allowed; two upper-case letters (ISO 3166) are", country)
	}
	return country
}

// sources takes a list, whose order is the rank, or a mapping from source to rank.
func (p *ruleParser) sources(n *yaml.Node, path string) map[string]int {
	ranks := map[string]int{}
	if n.Kind == yaml.MappingNode {
		return p.share(n, path, ranks)
	}
	for i, source := range p.list(n, path) {
		if _, twice := ranks[source]; twice {
			p.fail(n, path, "%s is there twice", source)
		}
		ranks[source] = i
	}
	return ranks
}
