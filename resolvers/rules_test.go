package resolvers

import (
	"testing"

	"kith/identity"
	"kith/identity/match"
)

// Rules and models come into force through the journal, perhaps from another instance: answers follow them.
func TestAnswersGoByTheRulesInForce(t *testing.T) {
	w := newWorld(t)
	w.ada()
	ask := `{ c: customer(by: {identifier: {type: "phone", value: "030 1234567"}}) { id } }`
	if data := w.must("agent", ask, nil); at(data, "c") != nil {
		t.Fatalf("a phone number without a country was found: %v", data)
	}
	model, err := match.Parse([]byte("thresholds: {join: 29, mean: 29}"))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := identity.ParseRules([]byte("phone_country: DE\ntraits: {shoeSize: shoe}"))
	if err != nil {
		t.Fatal(err)
	}
	w.inForce(rules.WithModel(model))
	if err := w.root.AgreeOnRules(t.Context()); err != nil {
		t.Fatal(err)
	}
	if data := w.must("agent", ask, nil); at(data, "c.id") == nil {
		t.Errorf("phone numbers are read under the rules before: %v", data)
	}
	if got := w.root.rules().Model().Version(); got != model.Version() {
		t.Errorf("records are compared under model %s, not %s", got, model.Version())
	}
	if v := w.root.viewer(t.Context()); v.identifiers["shoeSize"] != "shoe" {
		t.Errorf("a trait that identifies is not masked: %v", v.identifiers)
	}
	held := w.root.rules()
	if err := w.root.AgreeOnRules(t.Context()); err != nil || w.root.rules() != held {
		t.Errorf("the same rules were read again, %v", err)
	}
}
