package pipeline

import (
	"context"
	"encoding/json"

	"kith/event"
	"kith/fault"
	"kith/identity"
	"kith/store"
)

// applyOther applies a message that is not of events. One that cannot be read becomes a dead letter.
func (a *applier) applyOther(ctx context.Context, b batch) error {
	defer a.memory.clear()
	var err error
	switch b.other.Kind {
	case KindDecision:
		err = a.applyDecision(ctx, b.other)
	case KindRules:
		err = a.applyRules(ctx, b.other)
	case KindSegments:
		err = a.applyDefinition(ctx, b.other)
	default:
		err = fault.New("pipeline.apply", fault.Invalid, "messages of kind %q are not known to this version of Kith", b.other.Kind)
	}
	if code := fault.CodeOf(err); code == fault.Invalid || code == fault.NotFound || broken(err) {
		reason := "It cannot be applied."
		if code != fault.Internal {
			reason = fault.MessageOf(err)
		}
		if err := a.deadLetter(ctx, []DeadLetter{{Seq: b.last, Kind: b.other.Kind, Reason: reason, Raw: b.other.Data}}); err != nil {
			return err
		}
		return a.applyCalls(ctx, nil, b.last, 0)
	}
	return err
}

// alone is a call as the journal has it, in a message of its own.
func (c call) alone() []byte {
	p := *c.part
	p.Calls = p.Calls[c.Index : c.Index+1]
	return event.AppendPart(nil, &p)
}

// applyDecision applies a steward's decision, or its revocation. Applying it twice changes nothing.
func (a *applier) applyDecision(ctx context.Context, m *Message) error {
	const op = "pipeline.decision"
	var d identity.Decision
	if err := json.Unmarshal(m.Data, &d); err != nil {
		return fault.Wrap(op, fault.Invalid, err, "the decision is not readable")
	}
	w := a.write()
	w.Applied = int64(m.Seq)
	var delta identity.Delta
	known, err := a.cfg.Graph.DecisionsByID(ctx, []string{d.ID, d.Revokes})
	if err != nil {
		return err
	}
	if d.Revokes == "" {
		if _, applied := known[d.ID]; applied {
			return a.applyCalls(ctx, nil, m.Seq, 0)
		}
		delta.Rulings, err = d.Rulings()
		delta.Markings = d.Markings()
		if err != nil || len(delta.Rulings)+len(delta.Markings) == 0 {
			return fault.Wrap(op, fault.Invalid, orInvalid(err), "the decision names too few identifiers")
		}
	} else {
		old, ok := known[d.Revokes]
		if !ok {
			return fault.New(op, fault.NotFound, "the decision to revoke is not there")
		}
		if old.RevokedAt == 0 {
			before := identity.Decision{ID: old.ID, Kind: old.Kind, A: old.A, B: old.B, At: old.At}
			if delta.Revoked, err = before.Rulings(); err != nil {
				return err
			}
			delta.Unmarked = before.Markings()
			w.Decisions = []store.Row{{"id": old.ID, "p": store.Row{"revokedAt": int64(d.At), "revokedBy": d.By}}}
			w.GoneDecided = []any{old.ID}
		}
	}
	found, err := a.named(ctx, &delta)
	if err != nil {
		return err
	}
	diff, err := a.resolve(ctx, delta)
	if err != nil {
		return err
	}
	f := newFold()
	p := &plan{applier: a, fold: f, found: found, diff: diff, cause: cause{causedByDecision, d.ID}}
	if d.Revokes != "" {
		p.cause = cause{causedByRevocation, d.Revokes}
	}
	if err := p.prepare(ctx); err != nil {
		return err
	}
	if d.Revokes == "" {
		w.Decisions = []store.Row{{"id": d.ID, "p": store.Row{"kind": d.Kind, "reason": d.Reason, "by": d.By, "at": int64(d.At), "a": plain(d.A), "b": plain(d.B)}}}
		for _, r := range delta.Rulings {
			w.NewDecided = append(w.NewDecided, store.Row{"a": string(r.A), "b": string(r.B), "p": store.Row{
				"id": id("", d.ID, string(r.A), string(r.B)), "decision": d.ID, "kind": d.Kind, "at": int64(d.At), "conducts": true}})
		}
		for _, x := range delta.Markings { // an edge to itself: see store
			w.NewDecided = append(w.NewDecided, store.Row{"a": string(x.Key), "b": string(x.Key), "p": store.Row{
				"id": id("", d.ID, string(x.Key), string(x.Key)), "decision": d.ID, "kind": d.Kind, "at": int64(d.At), "conducts": false}})
		}
	}
	p.rows(&w)
	p.unseen(&w)
	if err := a.commitChanges(ctx, w, p.changes(), event.MillisOf(m.At)); err != nil {
		return err
	}
	p.standby()
	return nil
}

// named looks up the identifiers of a decision. Those that no call has named yet come into being by it: a decision is
// a fact like others and may arrive before them.
func (a *applier) named(ctx context.Context, delta *identity.Delta) (store.Found, error) {
	set := map[identity.Key]identity.Key{}
	for _, r := range append(delta.Rulings, delta.Revoked...) {
		set[r.A], set[r.B] = r.A, r.B
	}
	for _, x := range append(delta.Markings, delta.Unmarked...) {
		set[x.Key] = x.Key
	}
	return a.cfg.Graph.Lookup(ctx, store.Asked{Identifiers: sorted(set)})
}

// unseen writes identifiers that only decisions name, and removes those that nothing names any more.
func (p *plan) unseen(w *store.Write) {
	for _, i := range p.diff.Identifiers {
		if _, stored := p.found.Identifiers[i.Key]; stored || i.First != identity.Unseen {
			continue
		}
		w.Unseen = append(w.Unseen, store.Row{"key": string(i.Key), "p": store.Row{
			"type": i.Key.Type(), "value": i.Key.Value(), "raw": i.Key.Value(), "status": i.Status.String(), "level": int64(i.Level),
			"cid": string(identity.CustomerIDOf(p.cfg.Graph.WorkspaceKey(), i.Key)), "traits": ""}})
	}
	for _, k := range p.diff.Gone {
		w.GoneIdentifiers = append(w.GoneIdentifiers, string(k))
	}
}

func plain[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

func orInvalid(err error) error {
	if err == nil {
		return fault.New("pipeline.decision", fault.Invalid, "too few identifiers")
	}
	return err
}
