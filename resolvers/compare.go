package resolvers

import (
	"fmt"

	"kith/graph/model"
	"kith/identity"
	"kith/identity/match"
	"kith/store"
)

// weighing compares records for those who ask why: from what they say, under the model in force, as matching does. So
// an explanation never speaks of another model than that which decides, and costs nothing until it is asked for.
type weighing struct {
	viewer
	model    *match.Model
	records  map[identity.CustomerID]store.RecordView // by the id they would give
	prepared map[identity.CustomerID]*match.Record
}

func (r *Root) weighing(v viewer, records map[identity.CustomerID]store.RecordView) *weighing {
	return &weighing{viewer: v, model: r.rules().Model(), records: records, prepared: map[identity.CustomerID]*match.Record{}}
}

// record is a record in the form that is compared: without the values that too many records hold. nil when there is
// none, or nothing in it.
func (w *weighing) record(id identity.CustomerID) *match.Record {
	if r, done := w.prepared[id]; done {
		return r
	}
	var r *match.Record
	if stored, ok := w.records[id]; ok {
		r = identity.Heard(w.model, w.model.PrepareJSON(stored.Traits()), stored.Crowded)
		if r.Empty() {
			r = nil
		}
	}
	w.prepared[id] = r
	return r
}

// compare compares two records; nil unless both have something to compare.
func (w *weighing) compare(a, b identity.CustomerID, from, to *model.Identifier) *model.IdentityComparison {
	x, y := w.record(a), w.record(b)
	if x == nil || y == nil {
		return nil
	}
	c := w.model.Compare(x, y)
	out := &model.IdentityComparison{
		From: from, To: to, Weight: bits(c.Weight), JoinsFrom: bits(w.model.Join()), Confidence: w.model.Probability(c.Weight), Against: c.Against,
		Fields: []*model.IdentityFieldComparison{},
	}
	for _, s := range c.Steps {
		out.Fields = append(out.Fields, &model.IdentityFieldComparison{
			Field: s.Field, Level: s.Level, Weight: bits(s.Weight), From: some(w.text(s.A)), To: some(w.text(s.B)),
		})
	}
	return out
}

// bits is a weight in bits.
func bits(weight int32) float64 { return float64(weight) / 100 }

// explain adds to a MATCHED link what it compares, as it is stored and as it is.
func (w *weighing) explain(m *model.IdentityLink, l store.GraphLink) {
	if m.Comparison = w.compare(l.A, l.B, m.From, m.To); m.Comparison != nil {
		m.Evidence = append(m.Evidence, w.words(m.Comparison)...)
	}
}

// words are a comparison as evidence: the sum, then field after field; the values only for those who may see them.
func (w *weighing) words(c *model.IdentityComparison) []string {
	out := []string{fmt.Sprintf("the records compared, against %s: %+.2f bits; %.2f join", c.Against, c.Weight, c.JoinsFrom)}
	for _, f := range c.Fields {
		if !w.pii || f.From == nil || f.To == nil {
			out = append(out, fmt.Sprintf("%s: %s, %+.2f bits", f.Field, f.Level, f.Weight))
			continue
		}
		out = append(out, fmt.Sprintf("%s: %s (%s, %s), %+.2f bits", f.Field, f.Level, *f.From, *f.To, f.Weight))
	}
	return out
}
