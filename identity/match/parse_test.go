package match

import (
	"strings"
	"testing"

	"kith/fault"
)

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"tresholds: {}":                                 "line 1: tresholds: unknown key; allowed here are extra, fields",
		"thresholds: {join: high}":                      "line 1: thresholds.join: a number from",
		"thresholds: {join: .nan}":                      "a number from",
		"thresholds: {join: 5, candidate: 9}":           "candidate is 9 and join 5",
		"thresholds: {floor: 50}":                       "floor is 50",
		"thresholds: {mean: 500}":                       "mean is 500",
		"thresholds: [1]":                               "a mapping (key: value) is expected",
		"thresholds: {join: 20, join: 21}":              "is there twice",
		"fields: {shoeSize: {}}":                        "line 1: fields.shoeSize: unknown field",
		"fields: {email: {excat: {m: 1}}}":              "unknown level; there are exact, role",
		"fields: {email: {exact: {m: 2}}}":              "fields.email.exact.m: a number from",
		"fields: {email: {exact: {u: frequency}}}":      "does not go by frequency",
		"fields: {email: {exact: {n: 1}}}":              "unknown key; allowed here are colleagues, household, m, namesakes, u",
		"keys: {shoe: 1}":                               "unknown family of keys; there are id, email",
		"keys: {id: -1}":                                "a number from 0",
		"extra: {email: {}}":                            "is a built-in field",
		"extra: {x: {compare: sound}}":                  "text or id",
		"extra: {x: {compare: text}}":                   "extra.x: level exact is missing",
		"extra: {x: {compare: text, exact: {m: 0.5}}}":  "m and u are needed",
		"phoneCountry: usa":                             "two upper-case letters",
		"frequencies: {firstName: {values: {ada: -1}}}": "a number from 0",
		"a: [":        "line",
		"{}\n---\n{}": "one document is allowed",
		"frequencies: {lastName: {unlisted: 1, vlaues: {}}}": "unknown key; allowed here are most, unlisted, values",
	} {
		_, err := Parse([]byte(text))
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := Parse(make([]byte, maxModelText+1)); fault.CodeOf(err) != fault.TooLarge {
		t.Errorf("a huge file: %v", err)
	}
}

func TestVersion(t *testing.T) {
	m := Default()
	for _, same := range []string{"", "{}", "thresholds: {join: 17}", `{"thresholds":{"join":17.0}}`, string(DefaultYAML()), string(m.YAML())} {
		p, err := Parse([]byte(same))
		if err != nil {
			t.Fatal(err)
		}
		if p.Version() != m.Version() || len(p.Version()) != 12 {
			t.Errorf("version %s of what says the same as %s", p.Version(), m.Version())
		}
	}
	for _, other := range []string{"thresholds: {join: 17.5}", "fields: {email: {exact: {m: 0.7}}}", "frequencies: {lastName: {values: {kowalski: 5}}}", "keys: {id: 0}"} {
		p, err := Parse([]byte(other))
		if err != nil {
			t.Fatal(err)
		}
		if p.Version() == m.Version() {
			t.Errorf("%s: the version is the same", other)
		}
		again, err := Parse(p.YAML())
		if err != nil || again.Version() != p.Version() {
			t.Errorf("%s: written and read it is another model (%v)", other, err)
		}
	}
}

func TestOwnFrequencies(t *testing.T) {
	m, err := Parse([]byte("frequencies: {lastName: {values: {Brathwaite: 3.5}}}"))
	if err != nil {
		t.Fatal(err)
	}
	json := []byte(`{"lastName":"Brathwaite"}`)
	if own, general := m.PrepareJSON(json), Default().PrepareJSON(json); m.Weight(own, own) >= Default().Weight(general, general) {
		t.Error("a name that is common here weighs as much as elsewhere")
	}
}
