package identity

import "testing"

func TestStoredRulesMeanTheSame(t *testing.T) {
	file := []byte("size: 500\nblocked: {keys: ['user_id:kiosk']}\n")
	r, err := ParseRules(file)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Store(file)
	again, err := s.Rules()
	if err != nil || again.Version() != r.Version() || again.Size() != 500 || !again.Blocked("user_id", "kiosk") || s.YAML != string(file) {
		t.Errorf("read back: %v, version %s, want %s", err, again.Version(), r.Version())
	}
	if DefaultRules().Store(nil).YAML != string(DefaultYAML()) {
		t.Error("the built-in rules are not stored with their documentation")
	}
	if _, err := (StoredRules{Text: []byte("{")}).Rules(); err == nil {
		t.Error("rubbish was read as rules")
	}
	other, _ := ParseRules([]byte("size: 7\n"))
	if !other.SameExtraction(DefaultRules()) || r.SameExtraction(DefaultRules()) {
		t.Error("a size changes what is found in calls, or a blocked value does not")
	}
	for _, text := range []string{"traits: {card: card}\n", "phone_country: FR\n", "shared: ['phone:+4930123']\n", "blocked: {patterns: ['^x']}\n"} {
		if other, _ := ParseRules([]byte(text)); other.SameExtraction(DefaultRules()) || !other.SameSources(DefaultRules()) {
			t.Errorf("%q changes nothing about calls, or sources", text)
		}
	}
	if sources, _ := ParseRules([]byte("sources: [crm]\n")); !sources.SameExtraction(DefaultRules()) || sources.SameSources(DefaultRules()) || sources.SameViews(DefaultRules()) {
		t.Error("the order of sources changes calls, or does not change sources")
	}
	if known, _ := ParseRules([]byte("types: {device_id: {class: custom}}\n")); !known.SameSources(DefaultRules()) || known.SameViews(DefaultRules()) || !other.SameViews(DefaultRules()) {
		t.Error("what a type is worth does not change who is known, or a size does")
	}
}
