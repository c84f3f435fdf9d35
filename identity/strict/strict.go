// Package strict reads YAML files that people write. What it does not know it refuses, with the line and the path: a
// misspelt key must not be a rule that silently does not hold.
package strict

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

// Read takes the value of a key. path leads to it from the top of the file, like blocked.values[2].
type Read func(n *yaml.Node, path string)

// Parser walks the nodes of a file and keeps the first error. Its zero value is ready.
type Parser struct {
	Aliases bool // *name stands for what &name marks; else it is refused

	err  error
	path string
}

// OK says that nothing was wrong so far.
func (p *Parser) OK() bool { return p.err == nil }

// Err is the first error, an INVALID one with its path as the field; nil when there is none.
func (p *Parser) Err(op string) error {
	if p.err == nil {
		return nil
	}
	return &fault.Error{Op: op, Code: fault.Invalid, Message: p.err.Error(), Field: p.path}
}

// Fail notes what is wrong, unless something was before. n may be nil where there is no line to name.
func (p *Parser) Fail(n *yaml.Node, path, format string, args ...any) {
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

// File reads a file of one document that is a mapping. An empty one has no keys.
func (p *Parser) File(text []byte, fields map[string]Read) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return
	} else if err != nil {
		p.Fail(nil, "", "%s", strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		p.Fail(&more, "", "one document is allowed, and this file goes on")
		return
	}
	p.Mapping(doc.Content[0], "", fields)
}

// Mapping calls the function of every key of n.
func (p *Parser) Mapping(n *yaml.Node, path string, fields map[string]Read) {
	p.Entries(n, path, func(key string, value *yaml.Node, at string) {
		field, ok := fields[key]
		if !ok {
			p.Fail(value, at, "unknown key; allowed here are %s", strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
			return
		}
		field(value, at)
	})
}

// Entries calls do for every entry of a mapping. A mapping that is empty or null has none.
func (p *Parser) Entries(n *yaml.Node, path string, do func(key string, value *yaml.Node, at string)) {
	n = p.meant(n)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		p.Fail(n, path, "a mapping (key: value) is expected here")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content) && p.err == nil; i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := strings.TrimPrefix(path+"."+key.Value, ".")
		switch {
		case key.Kind != yaml.ScalarNode || key.Tag == "!!merge":
			p.Fail(key, path, "keys are plain texts; anchors and merges are not allowed")
		case seen[key.Value]:
			p.Fail(key, at, "is there twice")
		default:
			seen[key.Value] = true
			do(key.Value, p.meant(value), at)
		}
	}
}

// Scalar is a single value, as it is written.
func (p *Parser) Scalar(n *yaml.Node, path string) string {
	if n.Kind != yaml.ScalarNode {
		p.Fail(n, path, "a single value is expected here")
		return ""
	}
	return n.Value
}

// List is a list of single values. One that is empty or null has none.
func (p *Parser) List(n *yaml.Node, path string) []string {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		p.Fail(n, path, "a list is expected here")
		return nil
	}
	var out []string
	for i, item := range n.Content {
		out = append(out, p.Scalar(item, fmt.Sprintf("%s[%d]", path, i)))
	}
	return out
}

// Set is a list whose order means nothing: sorted, each once.
func (p *Parser) Set(n *yaml.Node, path string) []string {
	list := p.List(n, path)
	slices.Sort(list)
	return slices.Compact(list)
}

// Country is a country's code (ISO 3166-1 alpha-2), or nothing.
func (p *Parser) Country(n *yaml.Node, path string) string {
	country := p.Scalar(n, path)
	if country != "" && (len(country) != 2 || strings.Trim(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		p.Fail(n, path, "%q is not allowed; two upper-case letters (ISO 3166) are", country)
	}
	return country
}

// meant is the node that an alias stands for.
func (p *Parser) meant(n *yaml.Node) *yaml.Node {
	if p.Aliases && n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}
