package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

type traits = map[string]any

// draft is a record in the making.
type draft struct {
	ID          string              `json:"id"`
	At          string              `json:"at,omitempty"`
	Deleted     bool                `json:"deleted,omitempty"`
	Traits      traits              `json:"traits,omitempty"`
	Identifiers []map[string]string `json:"identifiers,omitempty"`

	others map[int]traits // alternates, by their numbers
}

// record makes a record of a row's cells, or says why that cannot be done. Empty cells say nothing.
func (m *Mapping) record(targets [][]target, cells []string) (record []byte, why string) {
	d := draft{Traits: traits{}, others: map[int]traits{}}
	for i, list := range targets {
		cell := strings.TrimSpace(cells[i])
		if cell == "" || cell == `\N` { // which is how databases export nothing
			continue
		}
		for _, t := range list {
			if why := d.put(t, cell); why != "" {
				return nil, why
			}
		}
	}
	if m.ID == idOfContent {
		d.ID = contentID(cells)
	}
	var list []traits
	for n := 1; n <= maxAlternates; n++ {
		if d.others[n] != nil {
			list = append(list, d.others[n])
		}
	}
	if list != nil {
		d.Traits["alternates"] = list
	}
	switch {
	case d.ID == "":
		return nil, "The row has no id."
	case d.Deleted:
		d.Traits, d.Identifiers = nil, nil
	case len(d.Traits) == 0 && len(d.Identifiers) == 0:
		return nil, "The row says nothing but its id."
	}
	record, err := json.Marshal(d)
	if err != nil {
		return nil, "The row cannot be written as JSON."
	}
	return record, ""
}

func (d *draft) put(t target, cell string) (why string) {
	switch t.kind {
	case toID:
		d.ID = joined(d.ID, "-", cell)
	case toTime:
		d.At = joined(d.At, " ", cell)
	case toDeleted:
		gone, ok := yesOrNo(cell)
		if !ok {
			return fmt.Sprintf("%q says neither that the record is deleted nor that it is not.", cell)
		}
		d.Deleted = gone
	case toIdentifier:
		d.Identifiers = append(d.Identifiers, map[string]string{"type": t.name, "value": cell})
	case toTrait:
		in := d.Traits
		if t.other > 0 {
			if d.others[t.other] == nil {
				d.others[t.other] = traits{}
			}
			in = d.others[t.other]
		}
		return put(in, t.path, cell)
	}
	return ""
}

func joined(before, between, cell string) string {
	if before == "" {
		return cell
	}
	return before + between + cell
}

// put sets a trait, or a field of one.
func put(in traits, path []string, cell string) (why string) {
	if len(path) == 2 {
		field, ok := in[path[0]].(traits)
		if !ok && in[path[0]] != nil {
			return fmt.Sprintf("%s is a value and has fields at once.", path[0])
		}
		if field == nil {
			field = traits{}
			in[path[0]] = field
		}
		return put(field, path[1:], cell)
	}
	before, ok := in[path[0]].(string)
	if !ok && in[path[0]] != nil {
		return fmt.Sprintf("%s is a value and has fields at once.", path[0])
	}
	in[path[0]] = joined(before, " ", cell)
	return ""
}

func yesOrNo(cell string) (yes, ok bool) {
	switch strings.ToLower(cell) {
	case "true", "t", "yes", "y", "1", "x", "deleted":
		return true, true
	case "false", "f", "no", "n", "0":
		return false, true
	}
	return false, false
}

// contentID names a row by what it says.
func contentID(cells []string) string {
	trimmed := slices.Clone(cells)
	for i := range trimmed {
		trimmed[i] = strings.TrimSpace(trimmed[i])
	}
	sum := sha256.Sum256([]byte(strings.Join(trimmed, "\x1f")))
	return hex.EncodeToString(sum[:12])
}

// recordID is the id of a record made here.
func recordID(record []byte) string {
	var r struct{ ID string }
	_ = json.Unmarshal(record, &r) // it was made here
	return r.ID
}
