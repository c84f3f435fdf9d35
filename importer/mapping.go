package importer

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Mapping says how the columns of a CSV file become records. Its file is YAML, or JSON, which is YAML too.
type Mapping struct {
	Delimiter string // between fields; empty to find out
	Header    bool
	ID        string // "content": rows have no id, the hash of what they say takes its place
	Columns   []Column
}

// Column is one column and what becomes of it.
type Column struct {
	Name string
	To   string
}

// idOfContent is the Mapping.ID of files without ids.
const idOfContent = "content"

const mappingHelp = `# How the columns of a CSV file become records of Kith. Each column goes to one of
#   id                       what the source calls the record; sent again under its id, a record is replaced
#   firstName, email, …      a trait; any name will do, the page docs/records.md lists those with a meaning
#   address.city             a field of a trait
#   alternates.1.phone       a further value of a trait: a second phone, a former name
#   identifier:loyalty_card  an identifier of this type
#   at                       when the record was so
#   deleted                  true where the record is no more
#   "-"                      nowhere
# Columns that go to the same place are put together: with a dash for the id, else with a space. A column may go to
# several places, with commas between.
`

// UnmarshalYAML reads the columns as they stand: name: target.
func (m *Mapping) UnmarshalYAML(node *yaml.Node) error {
	var in struct {
		Delimiter string    `yaml:"delimiter"`
		Header    *bool     `yaml:"header"`
		ID        string    `yaml:"id"`
		Columns   yaml.Node `yaml:"columns"`
	}
	known := []string{"delimiter", "header", "id", "columns"}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if name := node.Content[i].Value; !slices.Contains(known, name) {
			return fmt.Errorf("line %d: %q is none of %s", node.Content[i].Line, name, strings.Join(known, ", "))
		}
	}
	if err := node.Decode(&in); err != nil {
		return err
	}
	*m = Mapping{Delimiter: in.Delimiter, Header: in.Header == nil || *in.Header, ID: in.ID}
	if in.Columns.Kind != yaml.MappingNode || len(in.Columns.Content) == 0 {
		return errors.New("columns: name what becomes of each column, like `E-mail: email`")
	}
	for i := 0; i+1 < len(in.Columns.Content); i += 2 {
		name, to := in.Columns.Content[i], in.Columns.Content[i+1]
		if to.Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d: %q goes to one place, like email or address.city", to.Line, name.Value)
		}
		m.Columns = append(m.Columns, Column{name.Value, to.Value})
	}
	return nil
}

// MarshalYAML writes what UnmarshalYAML reads, in the order of the file's columns.
func (m Mapping) MarshalYAML() (any, error) {
	scalar := func(text string) *yaml.Node {
		n := &yaml.Node{}
		n.SetString(text)
		return n
	}
	columns := &yaml.Node{Kind: yaml.MappingNode}
	for _, c := range m.Columns {
		columns.Content = append(columns.Content, scalar(c.Name), scalar(c.To))
	}
	header := &yaml.Node{}
	if err := header.Encode(m.Header); err != nil {
		return nil, err
	}
	out := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{scalar("delimiter"), scalar(m.Delimiter), scalar("header"), header}}
	if m.ID != "" {
		out.Content = append(out.Content, scalar("id"), scalar(m.ID))
	}
	out.Content = append(out.Content, scalar("columns"), columns)
	return out, nil
}

// ReadMapping reads a mapping file. Its error says what is wrong, and where.
func ReadMapping(path string) (*Mapping, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var m Mapping
	if err := yaml.Unmarshal(bytes.TrimPrefix(b, byteOrderMark), &m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &m, nil
}

// encode is the text of a mapping file.
func (m *Mapping) encode() ([]byte, error) {
	b, err := yaml.Marshal(m)
	return append([]byte(mappingHelp), b...), err
}

// of is the mapping for a file, whose delimiter is looked for when it is not said.
func (m *Mapping) of(f *file) *Mapping {
	if m.Delimiter != "" {
		return m
	}
	its := *m
	delimiter, _ := guessDelimiter(f.sample)
	its.Delimiter = string(delimiter)
	return &its
}

func (m *Mapping) delimiter() rune {
	r, _ := utf8.DecodeRuneInString(m.Delimiter)
	return r
}

func (m *Mapping) check() error {
	if r, n := utf8.DecodeRuneInString(m.Delimiter); n != len(m.Delimiter) || n > 0 && r == utf8.RuneError || strings.ContainsRune("\"\r\n", r) {
		return fmt.Errorf("delimiter: %q is not one character between fields", m.Delimiter)
	}
	hasID, names := m.ID == idOfContent, map[string]bool{}
	if m.ID != "" && m.ID != idOfContent {
		return fmt.Errorf("id: %q is not %q; the column with the ids goes to id under columns", m.ID, idOfContent)
	}
	for _, c := range m.Columns {
		if names[c.Name] {
			return fmt.Errorf("columns: %q is named twice", c.Name)
		}
		names[c.Name] = true
		targets, err := parseTargets(c.To)
		if err != nil {
			return fmt.Errorf("columns: %s: %w", c.Name, err)
		}
		if slices.ContainsFunc(targets, func(t target) bool { return t.kind == toID }) {
			if m.ID == idOfContent {
				return fmt.Errorf("columns: %s goes to id, but `id: content` says that there are none", c.Name)
			}
			hasID = true
		}
	}
	if !hasID {
		return errors.New("no column goes to id. A record needs one, so that it can be replaced and deleted; if the rows have none, write `id: content`, and the hash of what a row says takes its place")
	}
	return nil
}

// targets are those of a file's columns. A column that the mapping does not name, or one that the file does not have,
// is an error: guessing here would lose data without a word.
func (m *Mapping) targets(columns []string) ([][]target, error) {
	out := make([][]target, len(columns))
	used := 0
	for i, name := range columns {
		at := slices.IndexFunc(m.Columns, func(c Column) bool { return c.Name == name })
		if at < 0 {
			return nil, fmt.Errorf("the mapping does not say what becomes of the column %q; write `%s: \"-\"` to leave it out", name, name)
		}
		used++
		out[i], _ = parseTargets(m.Columns[at].To) // was checked
	}
	if used < len(m.Columns) {
		for _, c := range m.Columns {
			if !slices.Contains(columns, c.Name) {
				return nil, fmt.Errorf("the file has no column %q, which the mapping names; it has %s", c.Name, strings.Join(columns, ", "))
			}
		}
	}
	return out, nil
}

type targetKind int

const (
	toNowhere targetKind = iota
	toID
	toTime
	toDeleted
	toTrait
	toIdentifier
)

// target is where the value of a column goes.
type target struct {
	kind  targetKind
	name  string   // the type of an identifier
	path  []string // of a trait: one or two names
	other int      // number of the alternates the trait is in; 0 for the record's own
}

const maxAlternates = 20

func parseTargets(to string) ([]target, error) {
	var out []target
	for one := range strings.SplitSeq(to, ",") {
		t, err := parseTarget(strings.TrimSpace(one))
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func parseTarget(to string) (target, error) {
	switch to {
	case "-", "":
		return target{}, nil
	case "id":
		return target{kind: toID}, nil
	case "at":
		return target{kind: toTime}, nil
	case "deleted":
		return target{kind: toDeleted}, nil
	}
	if typ, ok := strings.CutPrefix(to, "identifier:"); ok {
		if typ == "" || len(typ) > 64 || typ == "record" || strings.Trim(typ, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != "" {
			return target{}, fmt.Errorf("%q is not a type of identifier: letters, digits, dots, dashes and underscores", typ)
		}
		return target{kind: toIdentifier, name: typ}, nil
	}
	t := target{kind: toTrait, path: strings.Split(to, ".")}
	if t.path[0] == "alternates" && len(t.path) > 2 {
		n, err := strconv.Atoi(t.path[1])
		if err != nil || n < 1 || n > maxAlternates {
			return target{}, fmt.Errorf("%q: alternates are numbered 1 to %d", to, maxAlternates)
		}
		t.other, t.path = n, t.path[2:]
	}
	if len(t.path) > 2 || slices.Contains(t.path, "") || t.path[0] == "alternates" {
		return target{}, fmt.Errorf("%q is not a place for a value; write it like email, address.city or alternates.1.phone", to)
	}
	return t, nil
}
