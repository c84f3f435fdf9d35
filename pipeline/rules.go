package pipeline

import (
	"context"
	"encoding/json"

	"kith/event"
	"kith/fault"
	"kith/identity"
	"kith/store"
)

// agreeOnRules takes the identity rules that the graph was resolved with: they come through the journal, so that the
// graph is a function of it, and not of the file an instance happened to start with. A graph that names none takes
// this instance's. Where this Kith makes something else of the same rules, everything is resolved again.
func (a *applier) agreeOnRules(ctx context.Context) error {
	now := event.MillisOf(a.cfg.Now())
	if a.lease.Rules == "" {
		a.rules = a.cfg.Rules
		w := a.write()
		w.Rules, w.RulesText = a.rules.Version(), rulesRow(a.rules, a.rules.Store(a.cfg.RulesFile), now)
		return a.commit(ctx, w)
	}
	if a.lease.Rules == a.cfg.Rules.Version() {
		a.rules = a.cfg.Rules
		return nil
	}
	view, ok, err := a.cfg.Graph.RulesInForce(ctx)
	if err != nil {
		return err
	}
	if !ok || view.Version != a.lease.Rules {
		return fault.New("pipeline.rules", fault.Internal, "the graph does not have the identity rules %s it was resolved with", a.lease.Rules)
	}
	stored := identity.StoredRules{YAML: view.YAML, Text: json.RawMessage(view.Text)}
	if a.rules, err = stored.Rules(); err != nil {
		return err
	}
	if a.rules.Version() != a.lease.Rules {
		return a.putInForce(ctx, a.rules, stored, a.applied, now)
	}
	return nil
}

func rulesRow(r *identity.Rules, s identity.StoredRules, at event.Millis) []store.Row {
	return []store.Row{{"version": r.Version(), "p": store.Row{"yaml": s.YAML, "text": string(s.Text), "at": int64(at)}}}
}

// applyRules applies a message with a version of the identity rules.
func (a *applier) applyRules(ctx context.Context, m *Message) error {
	var stored identity.StoredRules
	if err := json.Unmarshal(m.Data, &stored); err != nil {
		return fault.Wrap("pipeline.rules", fault.Invalid, err, "the identity rules are not readable")
	}
	rules, err := stored.Rules()
	if err != nil {
		return err
	}
	if rules.Version() == a.lease.Rules {
		return a.applyCalls(ctx, nil, m.Seq, 0)
	}
	return a.putInForce(ctx, rules, stored, m.Seq, event.MillisOf(m.At))
}

// putInForce resolves everything stored under rules and writes what differs, in one transaction.
func (a *applier) putInForce(ctx context.Context, rules *identity.Rules, stored identity.StoredRules, reached uint64, at event.Millis) error {
	a.cfg.Logger.Info("new identity rules; resolving everything again", "from", a.lease.Rules, "to", rules.Version())
	if a.rules != nil && !rules.SameExtraction(a.rules) {
		a.cfg.Logger.Warn("the new rules find other identifiers in calls or believe other sources (traits, phone_country, blocked, shared or sources); stored events keep those found under the old rules, and customers their values until a trait changes")
	}
	diff, err := Reresolve(ctx, a.cfg.Graph, rules)
	if err != nil {
		return err
	}
	judge := *a
	judge.rules = rules
	p := &plan{applier: &judge, fold: newFold(), diff: diff}
	if err := p.prepare(ctx); err != nil {
		return err
	}
	w := a.write()
	w.Applied, w.Rules, w.RulesText = int64(reached), rules.Version(), rulesRow(rules, stored, at)
	p.rows(&w)
	if err := a.commitChanges(ctx, w, p.changes(), 0); err != nil {
		return err
	}
	a.rules = rules
	a.cfg.Logger.Info("new identity rules are in force", "version", rules.Version(), "merges", len(diff.Merges), "splits", len(diff.Splits),
		"moved", len(diff.Moves))
	return nil
}

// Whole is what a re-resolution reads.
type Whole interface {
	Everything(ctx context.Context) (identity.Facts, identity.Answer, error)
	WorkspaceKey() []byte
}

// Reresolve says what other rules would change about everything stored, and changes nothing.
func Reresolve(ctx context.Context, g Whole, rules *identity.Rules) (*identity.Diff, error) {
	facts, stored, err := g.Everything(ctx)
	if err != nil {
		return nil, err
	}
	return identity.Resolve(rules, facts).Against(g.WorkspaceKey(), stored), nil
}
