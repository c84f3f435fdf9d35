package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"kith/event"
	"kith/identity"
	"kith/store"
	"kith/trace"
)

// apply brings one batch into the graph. A call that breaks it becomes a dead letter and the rest is applied; any
// other trouble is returned and the batch will come again.
func (a *applier) apply(ctx context.Context, b batch) (err error) {
	started := a.cfg.Now()
	ctx, span := b.span(ctx)
	defer func() {
		span.Fail(err)
		span.End()
	}()
	if b.other != nil {
		return a.applyOther(ctx, b)
	}
	if len(b.refused) > 0 {
		if err := a.cfg.Journal.Quarantine(ctx, b.refused); err != nil {
			return err
		}
	}
	if len(b.letters) > 0 {
		if err := a.deadLetter(ctx, b.letters); err != nil {
			return err
		}
	}
	if len(b.records) > 0 {
		return a.applyRecordBatch(ctx, b)
	}
	err = a.applyCalls(ctx, b.calls, b.last, b.oldest)
	if broken(err) {
		a.cfg.Logger.Error("a batch cannot be applied; looking for the call at fault", "position", b.last, "error", err)
		err = a.isolate(ctx, b.calls, b.oldest)
		if err == nil {
			err = a.applyCalls(ctx, nil, b.last, 0)
		}
	}
	if err != nil {
		return err
	}
	a.stats.ApplySeconds.Observe(a.cfg.Now().Sub(started).Seconds())
	return nil
}

// span begins the span of a batch, in the trace of what it is of.
func (b *batch) span(ctx context.Context) (context.Context, trace.Span) {
	if len(b.traces) == 0 || !trace.On() {
		return ctx, trace.Span{}
	}
	return trace.Resume(ctx, trace.Consumed, "apply", b.traces,
		trace.Text("messaging.system", "nats"), trace.Number("kith.journal.position", int(b.last)), trace.Number("kith.calls", len(b.calls)), trace.Number("kith.records", len(b.records)))
}

// isolate applies halves, and halves of halves, until the calls at fault stand alone. The position stays where it is:
// a crash in between brings the batch again, and what was applied counts once.
func (a *applier) isolate(ctx context.Context, calls []call, oldest event.Millis) error {
	err := a.applyCalls(ctx, calls, a.applied, oldest)
	if !broken(err) {
		return err
	}
	if len(calls) == 1 {
		c := calls[0]
		return a.deadLetter(ctx, []DeadLetter{{Seq: c.seq, Kind: KindEvents, Source: c.Source, MessageID: c.MessageID, Reason: reasonOf(err), Raw: c.alone()}})
	}
	half := len(calls) / 2
	if err := a.isolate(ctx, calls[:half], oldest); err != nil {
		return err
	}
	return a.isolate(ctx, calls[half:], oldest)
}

func (a *applier) deadLetter(ctx context.Context, letters []DeadLetter) error {
	a.stats.DeadLetters.Add(int64(len(letters)))
	for _, l := range letters {
		a.cfg.Logger.Error("an event cannot be applied; it is kept among the dead letters", "position", l.Seq, "source", l.Source, "reason", l.Reason)
	}
	return a.cfg.Journal.DeadLetter(ctx, letters)
}

// errBroken is a fault of this program that a call brought to light.
type errBroken struct{ what any }

func (e errBroken) Error() string { return fmt.Sprintf("applying failed inside: %v", e.what) }

// broken says that the same calls will fail again.
func broken(err error) bool {
	var b errBroken
	return errors.As(err, &b) || store.Fatal(err)
}

// reasonOf is err without what a call said: database errors may quote values.
func reasonOf(err error) string {
	var b errBroken
	if errors.As(err, &b) {
		return "Applying it failed inside Kith; the log has the details."
	}
	return "The graph refuses it: " + store.Title(err)
}

// applyCalls folds calls, decides what they change, and writes that with the position reached in one transaction.
func (a *applier) applyCalls(ctx context.Context, calls []call, reached uint64, oldest event.Millis) (err error) {
	defer func() {
		if what := recover(); what != nil {
			a.cfg.Logger.Error("applying failed inside", "panic", fmt.Sprint(what), "stack", string(debug.Stack()))
			err = errBroken{what}
		}
	}()
	calls, conflicts := once(calls)
	f := a.fold(calls)
	var found store.Found
	if len(calls) > 0 {
		if found, err = a.lookup(ctx, f); err != nil {
			return err
		}
	}
	if len(found.Touchpoints) > 0 {
		var more []call
		calls, more = fresh(calls, found.Touchpoints)
		a.stats.Duplicates.Add(int64(len(found.Touchpoints) - len(more)))
		conflicts = append(conflicts, more...)
		f = a.fold(calls)
	}
	if err := a.quarantine(ctx, conflicts); err != nil {
		return err
	}
	diff, err := a.resolve(ctx, f.delta(found))
	if err != nil {
		return err
	}
	p := &plan{applier: a, fold: f, found: found, diff: diff}
	if err := p.prepare(ctx); err != nil {
		return err
	}
	w := a.write()
	w.Applied = int64(reached)
	p.rows(&w)
	a.making.events = len(calls)
	if err := a.commitChanges(ctx, w, p.changes(), oldest); err != nil {
		return err
	}
	p.remember()
	p.standby()
	return nil
}

func (a *applier) fold(calls []call) *fold {
	f := newFold()
	for _, c := range calls {
		f.add(a.rules, c.id, c.Call)
	}
	return f
}

// once keeps the first of calls with the same id; later ones with other content are conflicts.
func once(calls []call) (kept, conflicts []call) {
	hashes := make(map[string]string, len(calls))
	for _, c := range calls {
		hash, known := hashes[c.id]
		switch {
		case !known:
			hashes[c.id] = c.Hash
			kept = append(kept, c)
		case hash != c.Hash:
			conflicts = append(conflicts, c)
		}
	}
	return kept, conflicts
}

// fresh leaves out calls whose touchpoint is stored; those stored with other content are conflicts.
func fresh(calls []call, stored map[string]string) (kept, conflicts []call) {
	for _, c := range calls {
		hash, known := stored[c.id]
		switch {
		case !known:
			kept = append(kept, c)
		case hash != c.Hash:
			conflicts = append(conflicts, c)
		}
	}
	return kept, conflicts
}

// quarantine keeps calls whose message id is known with other content, where people can look at them.
func (a *applier) quarantine(ctx context.Context, conflicts []call) error {
	if len(conflicts) == 0 {
		return nil
	}
	a.stats.Conflicts.Add(int64(len(conflicts)))
	list := make([]event.Refused, len(conflicts))
	for i, c := range conflicts {
		list[i] = c.part.Refuse(*c.Call, event.CodeMessageIDConflict, "messageId", "An event with this messageId and other content is known; give each event a messageId of its own.")
	}
	return a.cfg.Journal.Quarantine(ctx, list)
}

// resolve lets package identity say what delta changes, loading what it asks for.
func (a *applier) resolve(ctx context.Context, delta identity.Delta) (*identity.Diff, error) {
	if len(delta.New)+len(delta.Identifiers)+len(delta.Links)+len(delta.Rulings)+len(delta.Revoked)+len(delta.Records)+len(delta.Gone)+len(delta.GoneLinks)+len(delta.Reset)+len(delta.ResetLinks)+len(delta.Markings)+len(delta.Unmarked) == 0 {
		return &identity.Diff{}, nil
	}
	u := identity.NewUpdate(a.rules, a.cfg.Graph.WorkspaceKey(), delta)
	for need := u.Need(); !need.Empty(); need = u.Need() {
		loaded, err := a.cfg.Graph.Neighbourhood(ctx, need)
		if err != nil {
			return nil, err
		}
		for _, answer := range []*identity.Answer{&loaded.Components, &loaded.Around, &loaded.Wide} {
			a.heard(answer)
		}
		u.Add(loaded)
	}
	return u.Finish()
}

// delta is what the fold adds to what resolution knows: identifiers and links that are new or older than thought.
func (f *fold) delta(found store.Found) identity.Delta {
	var d identity.Delta
	for _, i := range sorted(f.identifiers) {
		known, stored := found.Identifiers[i.key]
		switch {
		case !stored:
			d.New = append(d.New, identity.Identifier{Key: i.key, First: i.first})
		case i.first < known.FirstSeen:
			d.Identifiers = append(d.Identifiers, identity.Identifier{Key: i.key, First: i.first})
		}
	}
	for _, l := range sorted(f.links) {
		if known, stored := found.Links[l.id]; !stored || l.span.first < known.FirstSeen {
			d.Links = append(d.Links, identity.NewLink(l.a, l.b, l.kind, l.span.first))
		}
	}
	return d
}
