package identity

import (
	"encoding/json"

	"kith/fault"
	"kith/identity/match"
)

// StoredRules is a version of the rules as it travels through the journal and lies in the graph: what the file said,
// for people, and what it came to, so that the meaning does not change with the defaults of a later Kith.
type StoredRules struct {
	YAML  string          `json:"yaml"`
	Text  json.RawMessage `json:"text"`
	Model string          `json:"model,omitempty"` // of matching; what was stored before there was one has the built-in one
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
	return StoredRules{YAML: string(file), Text: text, Model: string(r.model.YAML())}
}

// Rules is what was stored. Its version differs from the one stored when this Kith makes something else of the same
// rules.
func (s StoredRules) Rules() (*Rules, error) {
	var t ruleText
	if err := json.Unmarshal(s.Text, &t); err != nil {
		return nil, fault.Wrap("identity.StoredRules", fault.Invalid, err, "the stored identity rules are not readable")
	}
	model := match.Default()
	if s.Model != "" {
		var err error
		if model, err = match.Parse([]byte(s.Model)); err != nil {
			return nil, err
		}
	}
	return newRules(t, model), nil
}

// SameExtraction says that calls have the same identifiers, the same actor and the same cleansed values under both rules.
// Where they differ, what was read out of stored calls has to be read again.
func (r *Rules) SameExtraction(o *Rules) bool {
	part := func(t ruleText) []any { return []any{t.Traits, t.PhoneCountry, t.Blocked, t.Shared} }
	return same(part(r.text), part(o.text))
}

// SameSources says that of several values of a trait the same wins under both rules.
func (r *Rules) SameSources(o *Rules) bool { return same(r.text.Sources, o.text.Sources) }

// SameViews says that a customer of the same identifiers and traits shows the same under both rules.
func (r *Rules) SameViews(o *Rules) bool {
	classes := func(t ruleText) map[string]Class {
		out := make(map[string]Class, len(t.Types))
		for name, typ := range t.Types {
			out[name] = typ.Class
		}
		return out
	}
	return r.SameSources(o) && same(classes(r.text), classes(o.text))
}

func same(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	if err != nil || err2 != nil {
		panic("identity: rules are plain strings and numbers")
	}
	return string(x) == string(y)
}
