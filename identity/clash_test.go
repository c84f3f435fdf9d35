package identity

import (
	"slices"
	"testing"
)

func TestClashes(t *testing.T) {
	r, err := ParseRules([]byte("types:\n  email: {class: strong, limit: 2}\nunique_records: [crm]\n"))
	if err != nil {
		t.Fatal(err)
	}
	a := []Key{"user_id:a", "email:a@x.org", "email:b@x.org", "record:crm/1", "record:shop/1", "anonymous_id:1"}
	b := []Key{"user_id:b", "email:c@x.org", "record:crm/2", "record:shop/2", "anonymous_id:2"}
	want := []Clash{{"record:crm", 1, true}, {"user_id", 1, true}, {"email", 2, false}}
	if got := r.Clashes(a, b); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := r.Clashes(a, []Key{"anonymous_id:2"}); len(got) != 0 {
		t.Errorf("%v, want none", got)
	}
	if got := r.ExclusiveTypes(); !slices.Contains(got, "user_id") || !slices.Contains(got, "record:crm") {
		t.Errorf("exclusive are %v", got)
	}
}
