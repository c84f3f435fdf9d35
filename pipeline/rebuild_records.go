package pipeline

import (
	"context"
	"maps"
	"slices"

	"kith/customer"
	"kith/event"
	"kith/identity"
	"kith/identity/match"
	"kith/store"
)

// rerecord folds what all stored records say under rules about who is who.
func rerecord(ctx context.Context, g Whole, rules *identity.Rules, page int, f *fold) error {
	return eachRecord(ctx, g, page, func(r store.StoredRecord) error {
		v, err := recoded(rules, r.Record)
		if err != nil {
			return err
		}
		v.Traits = nil
		f.record(&v)
		return nil
	})
}

func eachRecord(ctx context.Context, g Whole, page int, each func(store.StoredRecord) error) error {
	for after := identity.Key(""); ; {
		list, err := g.RecordsAfter(ctx, after, page)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, r := range list {
			after = r.Key
			if err := each(r); err != nil {
				return err
			}
		}
	}
}

// heardNow is what of stored records counts, as it stands.
func heardNow(model *match.Model, members []identity.Stored) map[identity.Key]*match.Record {
	out := map[identity.Key]*match.Record{}
	for _, m := range members {
		if m.Content != "" {
			out[m.Key] = identity.Heard(model, saysOf(model, m.Content), crowdedOf(m.Crowded))
		}
	}
	return out
}

// PreparedRecords is all stored records as a model compares them, in the order of their keys. Its memory grows with them,
// by about 2 kB each.
func PreparedRecords(ctx context.Context, g Whole, model *match.Model) ([]*match.Record, error) {
	var out []*match.Record
	err := eachRecord(ctx, g, Config{}.withDefaults().Batch, func(r store.StoredRecord) error {
		out = append(out, saysOf(model, r.Content))
		return nil
	})
	return out, err
}

// matchAgain matches all stored records by the model of rules. Its memory grows with the records, by about 2 kB each.
func matchAgain(ctx context.Context, g Whole, rules *identity.Rules, page int, each func(store.StoredRecord) error) (identity.MatchDiff, error) {
	all := map[identity.Key]identity.Recorded{}
	err := eachRecord(ctx, g, page, func(r store.StoredRecord) error {
		all[r.Key] = identity.Recorded{Says: saysOf(rules.Model(), r.Content), At: r.At}
		return each(r)
	})
	return identity.MatchAll(rules.Model(), all), err
}

// records brings the traits of records and how they match up to date.
func (r *rebuild) records(ctx context.Context) error {
	r.begin("records")
	rules := r.judge.rules
	held, crowded := map[identity.Key][]string{}, map[identity.Key][]string{}
	var rows pager
	m, err := matchAgain(ctx, r.cfg.Graph, rules, r.cfg.Batch, func(s store.StoredRecord) error {
		held[s.Key], crowded[s.Key] = s.Keys, s.Crowded
		v, err := recoded(rules, s.Record)
		if err != nil {
			return err
		}
		var traits customer.Traits
		for _, t := range appendTraits(nil, v.Traits, &event.Call{Source: v.Source, At: v.At, MessageID: v.ID}) {
			traits.Add(t.key, t.version)
		}
		if text := traits.Encode(); text != s.Traits {
			rows.add(func(w *store.Write) {
				w.Identifiers = append(w.Identifiers, store.Row{"key": string(s.Key), "p": store.Row{"traits": text}})
			})
		}
		return nil
	})
	if err != nil {
		return err
	}
	wanted := map[identity.KeyChange]bool{}
	for _, c := range m.Keys {
		wanted[c] = true
	}
	p := &plan{applier: r.judge, diff: &identity.Diff{}}
	for k, keys := range held {
		for _, key := range keys {
			c := identity.KeyChange{Record: k, Key: key, Held: true}
			if !wanted[c] {
				c.Held = false
				rows.add(func(w *store.Write) { p.matchRows(w, identity.MatchDiff{Keys: []identity.KeyChange{c}}) })
			}
			delete(wanted, c)
		}
	}
	for c := range wanted {
		rows.add(func(w *store.Write) { p.matchRows(w, identity.MatchDiff{Keys: []identity.KeyChange{c}}) })
	}
	for k, list := range m.Crowded {
		if !slices.Equal(list, crowded[k]) {
			rows.add(func(w *store.Write) { p.matchRows(w, identity.MatchDiff{Crowded: map[identity.Key][]string{k: list}}) })
		}
	}
	if err := r.rematch(ctx, p, slices.Sorted(maps.Keys(held)), m.Links, &rows); err != nil {
		return err
	}
	for w := range rows.pages(r, r.cfg.Batch) {
		if err := r.step(ctx, w, nil); err != nil {
			return err
		}
		if err := r.breathe(ctx, 0); err != nil {
			return err
		}
	}
	return nil
}

// rematch puts the links that matching finds against those stored.
func (r *rebuild) rematch(ctx context.Context, p *plan, keys []identity.Key, links []identity.Link, rows *pager) error {
	want := make(map[identity.LinkID]identity.Link, len(links))
	for _, l := range links {
		want[l.ID()] = l
	}
	met := map[identity.LinkID]bool{}
	for page := range slices.Chunk(keys, r.cfg.Batch) {
		got, err := r.cfg.Graph.Matching(ctx, identity.MatchNeed{Matched: page})
		if err != nil {
			return err
		}
		for _, l := range got.Matched {
			id := l.ID()
			if met[id] {
				continue
			}
			met[id] = true
			if want[id] == l && !r.what.thresholds {
				delete(want, id)
				continue
			}
			rows.add(func(w *store.Write) { p.matchRows(w, identity.MatchDiff{Gone: []identity.LinkID{id}}) })
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(want), func(x, y identity.LinkID) int {
		return slices.Compare([]identity.Key{x.A, x.B}, []identity.Key{y.A, y.B})
	}) {
		l := want[id]
		rows.add(func(w *store.Write) { p.matchRows(w, identity.MatchDiff{Links: []identity.Link{l}}) })
	}
	return nil
}

// pager is rows of which many make a transaction.
type pager struct{ list []func(*store.Write) }

func (p *pager) add(row func(*store.Write)) { p.list = append(p.list, row) }

func (p *pager) pages(r *rebuild, size int) func(func(store.Write) bool) {
	return func(yield func(store.Write) bool) {
		for page := range slices.Chunk(p.list, max(size, 1)) {
			w := r.write()
			for _, row := range page {
				row(&w)
			}
			if !yield(w) {
				return
			}
		}
	}
}
