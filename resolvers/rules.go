package resolvers

import (
	"context"
	"encoding/json"

	"kith/event"
	"kith/identity"
	"kith/store"
)

// ruling is identity rules with what reading identifiers under them takes.
type ruling struct {
	rules  *identity.Rules
	policy event.Policy
}

// goBy makes answers follow rules from now on.
func (r *Root) goBy(rules *identity.Rules) {
	r.ruling.Store(&ruling{rules, event.Policy{DefaultCountry: rules.PhoneCountry(), TraitIdentifiers: rules.Traits()}})
}

// rules are those that answers follow: for normalising what is looked up, for what is personal, for what is said of links.
func (r *Root) rules() *identity.Rules { return r.ruling.Load().rules }

// AgreeOnRules reads the identity rules in force, which come through the journal and may be others than this instance
// started with, and has answers follow them. It does little when they are the same as before.
func (r *Root) AgreeOnRules(ctx context.Context) error {
	rules, err := r.rulesInForce(ctx)
	if err == nil && rules != r.rules() {
		r.goBy(rules)
	}
	return err
}

// rulesInForce are those the graph was resolved with; before any event was applied, those this instance has.
func (r *Root) rulesInForce(ctx context.Context) (*identity.Rules, error) {
	held := r.rules()
	view, ok, err := r.graph.RulesInForce(ctx)
	if err != nil || !ok || view.Version == held.Version() {
		return held, err
	}
	return readRules(view)
}

func readRules(v store.RulesView) (*identity.Rules, error) {
	return identity.StoredRules{YAML: v.YAML, Text: json.RawMessage(v.Text), Model: v.Model}.Rules()
}
