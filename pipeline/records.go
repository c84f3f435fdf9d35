package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"kith/event"
	"kith/identity"
	"kith/store"
)

// Records are facts that change: sending one again replaces what it said, deleting it takes that away. So each brings
// edges of its own, and what it no longer says is worked out from what else is there.

// recordChange is a record whose counting version changes.
type recordChange struct {
	key      identity.Key
	stored   store.Record
	known    bool // stored is there, deleted or not
	old, new *event.RecordVersion
}

// applyRecordBatch applies a batch of records. Those that break it become dead letters, and the rest is applied.
func (a *applier) applyRecordBatch(ctx context.Context, b batch) error {
	started := a.cfg.Now()
	err := a.applyRecords(ctx, b.records, b.last, b.oldest)
	if broken(err) {
		a.cfg.Logger.Error("a batch of records cannot be applied; looking for the record at fault", "position", b.last, "error", err)
		if err = a.isolateRecords(ctx, b.records, b.oldest); err == nil {
			err = a.applyCalls(ctx, nil, b.last, 0)
		}
	}
	if err == nil {
		a.stats.ApplySeconds.Observe(a.cfg.Now().Sub(started).Seconds())
	}
	return err
}

// isolateRecords applies halves, and halves of halves, until the records at fault stand alone.
func (a *applier) isolateRecords(ctx context.Context, list []event.RecordVersion, oldest event.Millis) error {
	err := a.applyRecords(ctx, list, a.applied, oldest)
	if !broken(err) {
		return err
	}
	if len(list) > 1 {
		half := len(list) / 2
		if err := a.isolateRecords(ctx, list[:half], oldest); err != nil {
			return err
		}
		return a.isolateRecords(ctx, list[half:], oldest)
	}
	raw, marshalErr := alone(&list[0])
	if marshalErr != nil {
		return marshalErr
	}
	v := &list[0]
	return a.deadLetter(ctx, []DeadLetter{{Seq: a.applied + 1, Kind: KindRecords, Source: v.Source, MessageID: v.ID, Reason: reasonOf(err), Raw: raw}})
}

// alone is a record as the journal has it, in a message of its own.
func alone(v *event.RecordVersion) ([]byte, error) {
	item := map[string]any{}
	if !v.Deleted {
		if err := json.Unmarshal(v.Content, &item); err != nil {
			return nil, err
		}
	} else {
		item["deleted"] = true
	}
	item["id"], item["at"] = v.ID, v.At.Time().Format(time.RFC3339Nano)
	raw, err := json.Marshal(item)
	return event.AppendRecordsPart(nil, &event.RecordsPart{Source: v.Source, ReceivedAt: v.ReceivedAt, Records: []json.RawMessage{raw}}), err
}

// applyRecords brings versions of records into the graph, in one transaction.
func (a *applier) applyRecords(ctx context.Context, versions []event.RecordVersion, reached uint64, oldest event.Millis) (err error) {
	defer func() {
		if what := recover(); what != nil {
			a.cfg.Logger.Error("applying records failed inside", "panic", fmt.Sprint(what), "stack", string(debug.Stack()))
			err = errBroken{what}
		}
	}()
	changes, err := a.recordChanges(ctx, versions)
	if err != nil {
		return err
	}
	if len(changes) == 0 {
		return a.applyCalls(ctx, nil, reached, 0)
	}
	f := newFold()
	for i := range changes {
		if v := changes[i].new; !v.Deleted {
			f.record(v)
		}
	}
	l, err := a.left(ctx, changes)
	if err != nil {
		return err
	}
	found, err := a.cfg.Graph.Lookup(ctx, l.asked(f))
	if err != nil {
		return err
	}
	matched, err := a.matching(ctx, changes)
	if err != nil {
		return err
	}
	diff, err := a.resolve(ctx, l.delta(f, found, matched))
	if err != nil {
		return err
	}
	l.forget(found)
	p := &plan{applier: a, fold: f, found: found, diff: diff, left: l, cause: cause{kind: causedByRecords}}
	if err := p.prepare(ctx); err != nil {
		return err
	}
	w := a.write()
	w.Applied = int64(reached)
	p.rows(&w)
	p.recordRows(&w, changes)
	p.matchRows(&w, matched)
	a.making.records = len(changes)
	if err := a.commitChanges(ctx, w, p.changes(), oldest); err != nil {
		return err
	}
	p.standby()
	a.memory.identifiers.clear()
	a.memory.links.clear()
	return nil
}

// recordChanges is which of the versions count: for each record the newest, if it is newer than the stored one.
func (a *applier) recordChanges(ctx context.Context, versions []event.RecordVersion) ([]recordChange, error) {
	newest := map[identity.Key]*event.RecordVersion{}
	for i := range versions {
		v := &versions[i]
		k := identity.Key(v.Key())
		if old := newest[k]; old == nil || v.Newer(old.At, old.Hash) {
			newest[k] = v
		}
	}
	keys := make([]identity.Key, 0, len(newest))
	for k := range newest {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	stored, err := a.cfg.Graph.Records(ctx, keys)
	if err != nil {
		return nil, err
	}
	var out []recordChange
	for _, k := range keys {
		c := recordChange{key: k, new: newest[k]}
		if c.stored, c.known = stored[k]; c.known {
			if !c.new.Newer(c.stored.At, c.stored.Hash) {
				continue
			}
			if !c.stored.Deleted {
				old, err := recoded(a.rules, c.stored)
				if err != nil {
					return nil, err
				}
				c.old = &old
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// recoded is what a stored record says under the rules.
func recoded(rules *identity.Rules, r store.Record) (event.RecordVersion, error) {
	source, name, _ := strings.Cut(r.Key.Value(), "/")
	return event.RecodeRecord(event.StoredRecord{Source: source, ID: name, At: r.At, ReceivedAt: r.ReceivedAt, Content: json.RawMessage(r.Content)}, policyOf(rules))
}

// record adds what a version of a record asserts: its traits, and that its identifiers are one person.
func (f *fold) record(v *event.RecordVersion) {
	c := &event.Call{Source: v.Source, At: v.At, ReceivedAt: v.ReceivedAt, Passive: true, MessageID: v.ID}
	for _, i := range v.Identifiers {
		f.identifier(i, c)
	}
	facts := f.identifiers[identity.Key(v.Key())]
	facts.traits = appendTraits(nil, v.Traits, c)
	for _, pair := range pairsOf(v) {
		name := recordLinkID(pair, v.Key())
		f.links[name] = &linkFacts{
			id: name, a: pair[0], b: pair[1], kind: identity.Observed, source: v.Source, record: v.Key(), count: 1, span: moment(v.At),
			evidence: []string{fmt.Sprintf("%013d %s", v.At, v.ID)},
		}
	}
	if s := f.sources[v.Source]; s != nil {
		s.extend(v.ReceivedAt)
	} else {
		s := moment(v.ReceivedAt)
		f.sources[v.Source] = &s
	}
}

// pairsOf is every two identifiers of a record, the smaller key first.
func pairsOf(v *event.RecordVersion) [][2]identity.Key {
	var out [][2]identity.Key
	for n, x := range v.Identifiers {
		for _, y := range v.Identifiers[n+1:] {
			a, b := identity.Key(x.Key()), identity.Key(y.Key())
			out = append(out, [2]identity.Key{min(a, b), max(a, b)})
		}
	}
	return out
}

// recordRows writes what rows of a fold do not: the records themselves, and what they no longer say.
func (p *plan) recordRows(w *store.Write, changes []recordChange) {
	for _, id := range p.left.goneLinks {
		w.GoneLinks = append(w.GoneLinks, id)
	}
	for _, k := range p.diff.Gone {
		w.GoneIdentifiers = append(w.GoneIdentifiers, string(k))
	}
	for i := range changes {
		c := &changes[i]
		if c.new.Deleted {
			w.Tombstones = append(w.Tombstones, store.Row{"key": string(c.key), "p": store.Row{
				"key": string(c.key), "at": int64(c.new.At), "receivedAt": int64(c.new.ReceivedAt), "hash": c.new.Hash}})
			continue
		}
		if c.known && c.stored.Deleted {
			w.GoneTombstones = append(w.GoneTombstones, string(c.key))
		}
		w.Identifiers = append(w.Identifiers, store.Row{"key": string(c.key), "p": store.Row{
			"content": string(c.new.Content), "recordAt": int64(c.new.At), "recordReceivedAt": int64(c.new.ReceivedAt), "recordHash": c.new.Hash}})
	}
	for _, k := range sortedOf(p.left.reset) {
		first, raw := p.left.identifiers[k].First, p.left.raw[k]
		if i, again := p.fold.identifiers[k]; again && (i.first < first || i.first == first && i.raw < raw) {
			first, raw = i.first, i.raw
		}
		row := store.Row{"firstSeenAt": int64(first), "raw": raw}
		seenRow(row, first, p.found.Identifiers[k].Active)
		w.Identifiers = append(w.Identifiers, store.Row{"key": string(k), "p": row})
	}
}
