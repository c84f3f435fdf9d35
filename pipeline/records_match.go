package pipeline

import (
	"context"
	"encoding/json"
	"math"
	"strings"

	"kith/identity"
	"kith/identity/match"
	"kith/store"
)

// matchingSource is the source of links that matching makes.
const matchingSource = "matching"

// matching works out the links between the records that changed and those like them.
func (a *applier) matching(ctx context.Context, changes []recordChange) (identity.MatchDiff, error) {
	list := make([]identity.RecordChange, 0, len(changes))
	for i := range changes {
		c := &changes[i]
		x := identity.RecordChange{Key: c.key}
		if c.old != nil {
			x.Old = identity.Recorded{Says: a.says(c.stored.Content), At: c.stored.At, Crowded: c.stored.Crowded}
		}
		if !c.new.Deleted {
			x.New = identity.Recorded{Says: a.says(string(c.new.Content)), At: c.new.At}
		}
		list = append(list, x)
	}
	m := identity.NewMatching(a.rules.Model(), list)
	for need := m.Need(); !need.Empty(); need = m.Need() {
		got, err := a.cfg.Graph.Matching(ctx, need)
		if err != nil {
			return identity.MatchDiff{}, err
		}
		loaded := identity.MatchLoaded{Holders: got.Holders, Matched: got.Matched, Records: make(map[identity.Key]identity.Recorded, len(got.Records))}
		for k, r := range got.Records {
			loaded.Records[k] = identity.Recorded{Says: a.says(r.Content), At: r.At, Crowded: r.Crowded}
		}
		m.Add(loaded)
	}
	return m.Finish(), nil
}

// says is what a record's content says, prepared for comparison. Prepared ones are remembered.
func (a *applier) says(content string) *match.Record {
	if r, known := a.memory.says.get(content); known {
		return r
	}
	r := saysOf(a.rules.Model(), content)
	a.memory.says.put(content, r, 2*len(content)+1024)
	return r
}

// saysOf prepares the traits of a stored record.
func saysOf(model *match.Model, content string) *match.Record {
	var parts struct {
		Traits json.RawMessage `json:"traits"`
	}
	if json.Unmarshal([]byte(content), &parts) != nil {
		return model.PrepareJSON(nil)
	}
	return model.PrepareJSON(parts.Traits)
}

// heard puts to loaded members what of their records counts.
func (a *applier) heard(answer *identity.Answer) {
	for i := range answer.Members {
		if m := &answer.Members[i]; m.Content != "" {
			m.Record = identity.Heard(a.rules.Model(), a.says(m.Content), crowdedOf(m.Crowded))
		}
	}
}

// crowdedOf reads identity.Stored.Crowded.
func crowdedOf(lines string) []string {
	if lines == "" {
		return nil
	}
	return strings.Split(lines, "\n")
}

// matchRows writes what matching changes.
func (p *plan) matchRows(w *store.Write, m identity.MatchDiff) {
	for _, id := range m.Gone {
		w.GoneLinks = append(w.GoneLinks, linkID(id.A, id.B, id.Kind.String(), matchingSource))
	}
	for _, k := range sortedOf(m.Crowded) {
		w.Identifiers = append(w.Identifiers, store.Row{"key": string(k), "p": store.Row{"crowded": m.Crowded[k]}})
	}
	for _, c := range m.Keys {
		row := store.Row{"record": string(c.Record), "key": c.Key}
		if c.Held {
			w.Keyed = append(w.Keyed, row)
		} else {
			w.Unkeyed = append(w.Unkeyed, row)
		}
	}
	verdicts := make(map[identity.LinkID]identity.Judged, len(p.diff.Links))
	for _, j := range p.diff.Links {
		verdicts[j.ID()] = j
	}
	for _, l := range m.Links {
		row := store.Row{
			"id": linkID(l.A, l.B, l.Kind.String(), matchingSource), "kind": l.Kind.String(), "source": matchingSource, "count": int64(1),
			"firstSeenAt": int64(l.First), "lastSeenAt": int64(l.First), "weight": int64(l.Weight), "evidence": []string{},
			"confidence": confidence(p.rules.Model(), l.Weight),
		}
		verdictRow(row, verdicts[l.ID()])
		w.NewLinks = append(w.NewLinks, store.Row{"a": string(l.A), "b": string(l.B), "p": row})
	}
}

// confidence puts a weight between 0 and 1: as a probability, where one at the threshold of joining is 0.95.
func confidence(model *match.Model, weight int32) float64 {
	const atJoin = 4.25 // bits
	return 1 / (1 + math.Exp2(-(float64(weight-model.Join())/100 + atJoin)))
}
