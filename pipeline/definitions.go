package pipeline

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"kith/customer"
	"kith/event"
	"kith/fault"
	"kith/segment"
	"kith/store"
)

// gatheredNode is the number of the node that says which features are gathered.
const gatheredNode = 0

// namesGathered stands there for the names of traits.
const namesGathered = "names/1"

// define reads the definitions, when a pipeline takes office. What this Kith gathers and the graph does not have yet, of
// built-in computed traits that are new, is gathered now.
func (a *applier) define(ctx context.Context) error {
	d, err := a.cfg.Graph.Definitions(ctx)
	if err != nil {
		return err
	}
	l := &live{stored: map[string]store.StoredSegment{}, own: d.Computed, filled: map[string]segment.Reach{}, counts: counts{}, due: 0}
	for _, s := range d.Segments {
		l.stored[s.ID] = s
	}
	for _, f := range d.Fills {
		if f.ID == gatheredNode {
			if json.Unmarshal([]byte(f.Job), &l.filled) != nil {
				clear(l.filled) // written by an earlier version: everything is gathered anew
			}
			continue
		}
		j := &job{}
		if err := json.Unmarshal([]byte(f.Job), j); err != nil {
			return err
		}
		l.jobs = append(l.jobs, j)
	}
	if l.set, err = l.make(l.stored, l.own); err != nil {
		return err
	}
	a.live = l
	if err := a.loadNames(ctx); err != nil {
		return err
	}
	missing := slices.DeleteFunc(l.set.Features(), l.keeps)
	_, named := l.filled[namesGathered]
	if len(missing) == 0 && named {
		return nil
	}
	w := a.write()
	customers, identifiers, err := a.cfg.Graph.Counts(ctx)
	if err != nil {
		return err
	}
	if identifiers > 0 && !named {
		if err := a.recount(ctx, &w); err != nil {
			return err
		}
	}
	if customers+identifiers > 0 && len(missing) > 0 {
		j := &job{ID: a.nextJob(), Stage: gathering, Features: featureNames(missing), Total: identifiers}
		for _, c := range l.set.Computed {
			j.Computed = append(j.Computed, c.Key)
			j.Rules = append(j.Rules, l.set.RulesReading(c.Key)...)
		}
		j.inPasses(l.set, j.Rules)
		l.queue(&w, j)
	}
	w.Fills = append(w.Fills, l.gatheredRow())
	return a.commit(ctx, w)
}

// make puts definitions together to a set.
func (l *live) make(stored map[string]store.StoredSegment, own []segment.Computed) (*segment.Set, error) {
	var segments []segment.Segment
	for _, id := range slices.Sorted(maps.Keys(stored)) {
		if !stored[id].Removed {
			segments = append(segments, stored[id].Segment)
		}
	}
	return segment.NewSet(segments, slices.Concat(segment.BuiltIn(), own))
}

// gatheredRow writes which features are gathered, or will be when the jobs are done. Those that nothing stands on any more are not:
// what identifiers keep of them goes with their next event.
func (l *live) gatheredRow() store.Row {
	l.filled = map[string]segment.Reach{namesGathered: {}}
	for _, f := range l.set.Features() {
		l.filled[f.ID.String()] = f.Reach()
	}
	text, err := json.Marshal(l.filled)
	if err != nil {
		panic("pipeline: names are JSON: " + err.Error())
	}
	return store.Row{"id": int64(gatheredNode), "p": store.Row{"job": string(text)}}
}

// keeps says that every identifier keeps, or will, as much of a feature as it asks for.
func (l *live) keeps(f *segment.Feature) bool {
	reach, known := l.filled[f.ID.String()]
	return known && reach.Covers(f.Reach())
}

// queue puts a job on the list.
func (l *live) queue(w *store.Write, j *job) {
	l.jobs = append(slices.Clone(l.jobs), j)
	w.Fills = append(w.Fills, j.row())
}

func (a *applier) nextJob() int64 {
	next := a.tx + 1
	for _, j := range a.live.jobs {
		next = max(next, j.ID+1)
	}
	return next
}

// applyDefinition applies a change of the definitions. Applying it twice changes nothing but the order of two jobs.
func (a *applier) applyDefinition(ctx context.Context, m *Message) error {
	const op = "pipeline.definition"
	var d segment.Definition
	if err := json.Unmarshal(m.Data, &d); err != nil {
		return fault.Wrap(op, fault.Invalid, err, "the definition is not readable")
	}
	l := a.live
	stored, own := maps.Clone(l.stored), slices.Clone(l.own)
	w := a.write()
	w.Applied = int64(m.Seq)
	j := &job{ID: a.nextJob(), Stage: gathering}
	var changes []customer.Change
	var err error
	switch {
	case d.Segment != nil:
		err = l.putSegment(d, stored, &w, j)
	case d.Remove != "":
		err = l.removeSegment(d.Remove, stored, &w, j)
		changes = []customer.Change{{Deleted: &customer.Deleted{Segment: d.Remove}}}
	case d.Computed != nil:
		if err = l.putComputed(*d.Computed, &own, &w, j); err != nil {
			return err
		}
	case d.RemoveTrait != "":
		own = slices.DeleteFunc(own, func(c segment.Computed) bool { return c.Key == d.RemoveTrait })
		w.GoneComputed = []any{d.RemoveTrait}
		j.Computed, j.Whole = []string{d.RemoveTrait}, true
	}
	if err != nil {
		return err
	}
	set, err := l.make(stored, own)
	if err != nil {
		return err
	}
	if j.Stage != removing {
		for _, f := range set.FeaturesFor(j.Segments, j.Computed) {
			if !l.keeps(f) {
				j.Features = append(j.Features, f.ID.String())
			}
		}
		slices.Sort(j.Features)
		for _, rule := range set.RulesOf(j.Segments) {
			if !l.set.Knows(rule) || slices.Contains(j.Segments, rule) {
				j.Rules = append(j.Rules, rule)
			}
		}
		for _, key := range j.Computed {
			j.Rules = append(j.Rules, set.RulesReading(key)...)
		}
	}
	customers, identifiers, err := a.cfg.Graph.Counts(ctx)
	if err != nil {
		return err
	}
	j.inPasses(set, j.Rules)
	j.Total = identifiers
	if len(j.Features) == 0 && j.Stage == gathering {
		j.Stage, j.Total = evaluating, j.lookedAt(customers)
	}
	l.set, l.stored, l.own = set, stored, own
	if len(j.Rules)+len(j.Computed)+len(j.Segments) > 0 && (customers+identifiers > 0 || j.Stage == removing) { // an empty graph has nothing to gather
		l.queue(&w, j)
	}
	w.Fills = append(w.Fills, l.gatheredRow())
	l.standby.clear()
	return a.commitChanges(ctx, w, changes, event.MillisOf(m.At))
}

func (l *live) putSegment(d segment.Definition, stored map[string]store.StoredSegment, w *store.Write, j *job) error {
	const op = "pipeline.definition"
	s := *d.Segment
	old, known := stored[s.ID]
	if known && old.Removed {
		return fault.New(op, fault.NotFound, "the segment was deleted meanwhile")
	}
	count := 0
	for id, other := range stored {
		if other.Removed {
			continue
		}
		if count++; id != s.ID && other.Key == s.Key {
			return fault.New(op, fault.Invalid, "another segment has this key")
		}
	}
	if !known && count >= segment.MaxSegments {
		return fault.New(op, fault.Invalid, "there are %d segments, which is the most there can be", count)
	}
	if wrong := s.Condition.Check(func(id string) bool { x, ok := stored[id]; return ok && !x.Removed }); len(wrong) > 0 {
		return fault.New(op, fault.Invalid, "the condition cannot be: %s", wrong[0].Message)
	}
	text := s.Condition.Encode()
	row := store.Row{"key": s.Key, "name": s.Name, "condition": string(text), "changedAt": int64(d.At), "by": d.By}
	if !known {
		row["createdAt"] = int64(d.At)
		old = store.StoredSegment{CreatedAt: d.At}
	}
	if !known || string(old.Condition.Encode()) != string(text) {
		j.Segments = []string{s.ID}
	}
	old.Segment, old.Changed, old.By = s, d.At, d.By
	stored[s.ID] = old
	w.Segments = []store.Row{{"id": s.ID, "p": row}}
	return nil
}

func (l *live) removeSegment(id string, stored map[string]store.StoredSegment, w *store.Write, j *job) error {
	const op = "pipeline.definition"
	s, known := stored[id]
	if !known || s.Removed {
		return fault.New(op, fault.NotFound, "there is no such segment")
	}
	if uses := segment.Uses(id, l.set.Segments); len(uses) > 0 {
		return fault.New(op, fault.Invalid, "other segments refer to it")
	}
	s.Removed = true
	stored[id] = s
	w.Segments = []store.Row{{"id": id, "p": store.Row{"removed": true, "key": nil}}}
	j.Stage, j.Segments = removing, []string{id}
	return nil
}

func (l *live) putComputed(c segment.Computed, own *[]segment.Computed, w *store.Write, j *job) error {
	const op = "pipeline.definition"
	c.BuiltIn = false
	if wrong := c.Check(); len(wrong) > 0 {
		return fault.New(op, fault.Invalid, "the computed trait cannot be: %s", wrong[0].Message)
	}
	if slices.ContainsFunc(segment.BuiltIn(), func(b segment.Computed) bool { return b.Key == c.Key }) {
		return fault.New(op, fault.Invalid, "a built-in computed trait has this key")
	}
	if at := slices.IndexFunc(*own, func(o segment.Computed) bool { return o.Key == c.Key }); at >= 0 {
		(*own)[at] = c
	} else {
		if len(*own) >= segment.MaxComputed {
			return fault.New(op, fault.Invalid, "there are %d computed traits, which is the most there can be", len(*own))
		}
		*own = append(*own, c)
	}
	text, err := json.Marshal(c)
	if err != nil {
		return fault.Wrap(op, fault.Invalid, err, "the computed trait is not readable")
	}
	w.Computed = []store.Row{{"key": c.Key, "p": store.Row{"definition": string(text)}}}
	j.Computed = []string{c.Key}
	return nil
}
