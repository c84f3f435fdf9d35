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
// this instance's. A change of the rules that was broken off is gone on with. Where this Kith makes something else of
// the same rules, everything is read and resolved again.
func (a *applier) agreeOnRules(ctx context.Context) error {
	now := event.MillisOf(a.cfg.Now())
	if a.lease.Rules == "" {
		a.rules = a.cfg.Rules
		w := a.write()
		w.Rules, w.RulesText = a.rules.Version(), []store.Row{rulesRow(a.rules.Version(), a.rules, a.rules.Store(a.cfg.RulesFile), now, false)}
		return a.commit(ctx, w)
	}
	if view, pending, err := a.cfg.Graph.PendingRules(ctx); err != nil {
		return err
	} else if pending {
		a.cfg.Logger.Warn("a change of the identity rules was broken off; going on with it")
		return a.takeUp(ctx, view)
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
	if a.rules, err = storedRules(view).Rules(); err != nil {
		return err
	}
	if a.rules.Version() != a.lease.Rules {
		return a.takeUp(ctx, view)
	}
	return nil
}

func storedRules(v store.RulesView) identity.StoredRules {
	return identity.StoredRules{YAML: v.YAML, Text: json.RawMessage(v.Text), Model: v.Model}
}

// takeUp puts stored rules in force, whatever was made of them before.
func (a *applier) takeUp(ctx context.Context, view store.RulesView) error {
	rules, err := storedRules(view).Rules()
	if err != nil {
		return err
	}
	if rules.Version() != view.Version {
		// The mark stays on the version it was set on, and goes with the last step like any other.
		a.cfg.Logger.Info("this Kith makes something else of the identity rules than the one before", "was", view.Version, "is", rules.Version())
	}
	return a.putInForce(ctx, rules, storedRules(view), view.Version, a.applied, view.At, change{extraction: true, matching: true, thresholds: true, views: true})
}

func rulesRow(version string, rules *identity.Rules, s identity.StoredRules, at event.Millis, pending bool) store.Row {
	p := store.Row{"yaml": s.YAML, "text": string(s.Text), "model": s.Model, "modelVersion": rules.Model().Version(), "at": int64(at), "pending": nil}
	if pending {
		p["pending"] = true
	}
	return store.Row{"version": version, "p": p}
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
	what := change{
		extraction: !rules.SameExtraction(a.rules), views: !rules.SameViews(a.rules),
		matching: rules.Model().Version() != a.rules.Model().Version(), thresholds: rules.Model().Join() != a.rules.Model().Join(),
	}
	return a.putInForce(ctx, rules, stored, rules.Version(), m.Seq, event.MillisOf(m.At), what)
}

// putInForce makes the graph one of rules, which are known under the name marked until they are in force. The first
// transaction says what is under way, the last that it is done: with it the rules are in force and the position is
// reached.
func (a *applier) putInForce(ctx context.Context, rules *identity.Rules, stored identity.StoredRules, marked string, reached uint64, at event.Millis, what change) error {
	a.cfg.Logger.Info("new identity rules; resolving everything again", "from", a.lease.Rules, "to", rules.Version(), "reading_calls_again", what.extraction, "matching_again", what.matching)
	w := a.write()
	w.RulesText = []store.Row{rulesRow(marked, rules, stored, at, true)}
	if err := a.commitChanges(ctx, w, nil, 0); err != nil {
		return err
	}
	whole, err := a.planWhole(ctx, what.extraction)
	if err != nil {
		return err
	}
	diff, err := a.rebuild(ctx, rules, what)
	if code := fault.CodeOf(err); broken(err) || code == fault.Invalid || code == fault.NotFound {
		// Half a change is no place to go on from, as it would be for a message that can be set aside.
		return fault.New("pipeline.rules", fault.Internal, "the new identity rules cannot be put in force; %s", reasonOf(err))
	}
	if err != nil {
		return err
	}
	if err := a.runWhole(ctx, whole); err != nil {
		return err
	}
	if err := a.cfg.Faults("rebuild done"); err != nil {
		return err
	}
	w = a.write()
	w.Applied, w.Rules = int64(reached), rules.Version()
	w.RulesText = []store.Row{rulesRow(marked, rules, stored, at, false), rulesRow(rules.Version(), rules, stored, at, false)}
	if err := a.commitChanges(ctx, w, nil, 0); err != nil {
		return err
	}
	a.rules = rules
	a.cfg.Logger.Info("new identity rules are in force", "version", rules.Version(), "merges", len(diff.Merges), "splits", len(diff.Splits),
		"moved", len(diff.Moves))
	return nil
}
