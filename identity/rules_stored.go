package identity

import (
	"encoding/json"

	"kith/fault"
)

// StoredRules is a version of the rules as it travels through the journal and lies in the graph: what the file said,
// for people, and what it came to, so that the meaning does not change with the defaults of a later Kith.
type StoredRules struct {
	YAML string          `json:"yaml"`
	Text json.RawMessage `json:"text"`
}

// Store is r with the file it was read from; nil for the built-in rules.
func (r *Rules) Store(file []byte) StoredRules {
	if file == nil {
		file = DefaultYAML()
	}
	text, err := json.Marshal(r.text)
	if err != nil {
		panic(err) // plain strings and numbers
	}
	return StoredRules{YAML: string(file), Text: text}
}

// Rules is what was stored. Its version differs from the one stored when this Kith makes something else of the same
// rules.
func (s StoredRules) Rules() (*Rules, error) {
	var t ruleText
	if err := json.Unmarshal(s.Text, &t); err != nil {
		return nil, fault.Wrap("identity.StoredRules", fault.Invalid, err, "the stored identity rules are not readable")
	}
	return newRules(t), nil
}

// SameExtraction says that calls have the same identifiers and the same actor under both rules, and that the same
// values of traits win. Where they differ, stored calls keep the identifiers they were found to have when they were
// applied, and a customer the value it shows until one of its traits changes.
func (r *Rules) SameExtraction(o *Rules) bool {
	part := func(t ruleText) string {
		text, err := json.Marshal([]any{t.Traits, t.PhoneCountry, t.Blocked, t.Shared, t.Sources})
		if err != nil {
			panic(err) // plain strings and numbers
		}
		return string(text)
	}
	return part(r.text) == part(o.text)
}
