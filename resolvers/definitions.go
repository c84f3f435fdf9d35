package resolvers

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"kith/event"
	"kith/graph/model"
	"kith/segment"
	"kith/store"
)

// definitions are the segments and computed traits of the workspace, made ready.
type definitions struct {
	set      *segment.Set
	segments []store.StoredSegment // by key
	byID     map[string]*store.StoredSegment
	computed []segment.Computed // built-in ones first
	jobs     []store.Progress
	filled   bool // nothing is being gathered
}

// known are the definitions read last: customers are shown with their computed traits, and reading the definitions for
// each would cost more than the customer does.
type known struct {
	sync.Mutex
	at  time.Time
	now *definitions
}

// definitionsAge is how old definitions may be where customers are shown. What is shown of segments is read anew.
const definitionsAge = time.Second

// definitions are those of a moment ago.
func (r *Root) definitions(ctx context.Context) (*definitions, error) {
	r.held.Lock()
	d, fresh := r.held.now, r.now().Sub(r.held.at) < definitionsAge
	r.held.Unlock()
	if d != nil && fresh {
		return d, nil
	}
	return r.definitionsNow(ctx)
}

// definitionsNow reads them.
func (r *Root) definitionsNow(ctx context.Context) (*definitions, error) {
	at := r.now()
	stored, err := r.graph.Definitions(ctx)
	if err != nil {
		return nil, err
	}
	d := &definitions{byID: map[string]*store.StoredSegment{}, computed: slices.Concat(segment.BuiltIn(), stored.Computed), filled: true}
	var plain []segment.Segment
	for _, s := range stored.Segments {
		if !s.Removed {
			d.segments = append(d.segments, s)
			plain = append(plain, s.Segment)
		}
	}
	slices.SortFunc(d.segments, func(a, b store.StoredSegment) int {
		if a.Key < b.Key {
			return -1
		}
		return 1
	})
	for i := range d.segments {
		d.byID[d.segments[i].ID] = &d.segments[i]
	}
	for _, f := range stored.Fills {
		if p, ok := f.Progress(); ok {
			d.jobs = append(d.jobs, p)
			d.filled = d.filled && p.Stage != "GATHERING"
		}
	}
	if d.set, err = segment.NewSet(plain, d.computed); err != nil {
		return nil, err
	}
	r.held.Lock()
	r.held.at, r.held.now = at, d
	r.held.Unlock()
	return d, nil
}

// name is the name of a segment by its id.
func (d *definitions) name(id string) string {
	if s := d.byID[id]; s != nil {
		return s.Name
	}
	return ""
}

// progress is how far the job is that a segment, or a computed trait, waits for.
func (d *definitions) progress(of func(store.Progress) []string, name string) (model.SegmentStatus, float64) {
	for n, p := range d.jobs {
		if !slices.Contains(of(p), name) {
			continue
		}
		part := 0.0
		more := slices.ContainsFunc(d.jobs[n+1:], func(p store.Progress) bool { return slices.Contains(of(p), name) })
		if p.Total > 0 && (!more || p.Stage != "EVALUATING") { // of several passes over all customers the last is shown
			part = min(float64(p.Done)/float64(p.Total), 1)
		}
		// Gathering reads touchpoints, evaluating what they come to: the first is the longer half.
		if p.Stage == "GATHERING" {
			return model.SegmentStatusGathering, 60 * part
		}
		return model.SegmentStatusEvaluating, 60 + 40*part
	}
	return model.SegmentStatusLive, 100
}

// segment is a segment as the viewer may see it.
func (d *definitions) segment(v viewer, s *store.StoredSegment) *model.Segment {
	c := s.Condition
	if !v.pii {
		c = c.Masked(v.personalPath(v.personalTrait), v.personalPath(v.personal), maskedJSON)
	}
	m := &model.Segment{
		ID: s.ID, Key: s.Key, Name: s.Name, Condition: c.Encode(), Description: c.Sentence(d.name), Size: int(s.Size),
		CreatedAt: s.CreatedAt, ChangedAt: s.Changed, ChangedBy: s.By,
	}
	m.Status, m.Percent = d.progress(func(p store.Progress) []string { return p.Segments }, s.ID)
	return m
}

// withComputed puts what is computed of a customer among its traits. Of personal properties it is masked already.
func (d *definitions) withComputed(v viewer, p *store.Profile, now event.Millis) string {
	shown := d.set.Made(store.Computed(p.Computed), p.LastSeen, now)
	if len(shown) == 0 {
		return p.Values
	}
	values := p.Values
	for i := range d.computed {
		c := &d.computed[i]
		value := shown[c.Key]
		if value == nil {
			continue
		}
		if !v.pii && v.personal(c.Property) {
			value = v.trait(c.Property, value)
		}
		values = withField(values, c.Key, value)
	}
	return values
}

// withField is a JSON object with a field more, or another value of one that it has. Nearly always it does not have it,
// and need not be read for that.
func withField(object, name string, value json.RawMessage) string {
	key := string(encode(name))
	if !strings.Contains(object, key) {
		body := strings.TrimSuffix(strings.TrimSpace(object), "}")
		if strings.TrimSpace(body) != "{" {
			body += ","
		}
		return body + key + ":" + string(value) + "}"
	}
	all := map[string]json.RawMessage{}
	if json.Unmarshal([]byte(object), &all) != nil {
		return object
	}
	all[name] = value
	return string(encode(all))
}

// computedValues are all computed traits of a customer, in the order of their definitions.
func (d *definitions) computedValues(v viewer, p *store.Profile, now event.Millis) []*model.ComputedValue {
	shown := d.set.Shown(store.Computed(p.Computed), p.LastSeen, now)
	out := []*model.ComputedValue{}
	for i := range d.computed {
		c := &d.computed[i]
		if value := shown[c.Key]; value != nil {
			out = append(out, &model.ComputedValue{Key: c.Key, Name: c.Name, Value: v.computedValue(c, value)})
		}
	}
	return out
}

// computedValue is a value of a computed trait, masked when its name or that of its property is personal.
func (v viewer) computedValue(c *segment.Computed, value json.RawMessage) json.RawMessage {
	if v.personal(c.Property) {
		value = v.trait(c.Property, value)
	}
	return v.trait(c.Key, value)
}
