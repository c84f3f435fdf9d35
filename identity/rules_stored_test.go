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
}
