package identity

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"kith/identity/match"
)

// crowdedModel has caps that a handful of records reach.
func crowdedModel(t testing.TB) *match.Model {
	m, err := match.Parse([]byte("keys: {id: 2, email: 2, phone: 2, local: 3, birthdayName: 3, birthdayHouse: 2, nameYear: 2, nameMonthDay: 3, house: 2, houseFirst: 3, nameMiddle: 2, name: 2, sounds: 3, postalName: 2}"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// registry is what is stored about records, serving a need as the graph does.
type registry struct {
	model   *match.Model
	rand    *rand.Rand
	records map[Key]Recorded
	holders map[string]map[Key]bool
	links   map[LinkID]Link
}

func newRegistry(model *match.Model, r *rand.Rand) *registry {
	return &registry{model: model, rand: r, records: map[Key]Recorded{}, holders: map[string]map[Key]bool{}, links: map[LinkID]Link{}}
}

func (g *registry) load(need MatchNeed) MatchLoaded {
	l := MatchLoaded{Holders: map[string]Holders{}, Records: map[Key]Recorded{}}
	for _, h := range need.Holders {
		all := slices.Sorted(maps.Keys(g.holders[h.Key]))
		count := len(all)
		if count > h.Limit {
			all = nil
		}
		l.Holders[h.Key] = Holders{count, all}
	}
	for _, k := range need.Records {
		if r, ok := g.records[k]; ok {
			l.Records[k] = r
		}
	}
	for id, link := range g.links {
		if slices.Contains(need.Matched, id.A) || slices.Contains(need.Matched, id.B) {
			l.Matched = append(l.Matched, link)
		}
	}
	return l
}

func (g *registry) apply(t testing.TB, changes []RecordChange) {
	t.Helper()
	m := NewMatching(g.model, changes)
	rounds := 0
	for need := m.Need(); !need.Empty(); need = m.Need() {
		if rounds++; rounds > 10 {
			t.Fatalf("it asks for ever: %+v", need)
		}
		m.Add(g.load(need))
	}
	d := m.Finish()
	for _, c := range changes {
		if c.New.Says == nil {
			delete(g.records, c.Key)
		} else {
			g.records[c.Key] = c.New
		}
	}
	for k, crowded := range d.Crowded {
		r := g.records[k]
		r.Crowded = crowded
		g.records[k] = r
	}
	for _, c := range d.Keys {
		if g.holders[c.Key] == nil {
			g.holders[c.Key] = map[Key]bool{}
		}
		if c.Held {
			g.holders[c.Key][c.Record] = true
		} else {
			delete(g.holders[c.Key], c.Record)
		}
	}
	for _, id := range d.Gone {
		delete(g.links, id)
	}
	for _, l := range d.Links {
		g.links[l.ID()] = l
	}
}

func (g *registry) change(i int) RecordChange {
	c := RecordChange{Key: NewKey("record", fmt.Sprint("crm/", i))}
	c.Old = g.records[c.Key]
	if g.rand.IntN(4) == 0 {
		return c
	}
	pick := func(list ...string) string { return list[g.rand.IntN(len(list))] }
	text := fmt.Sprintf(`{"firstName":%q,"lastName":%q`, pick("Ada", "Adah", "Charles", "Mary"), pick("Byron", "Babbage", "Byrom"))
	if g.rand.IntN(2) == 0 {
		text += fmt.Sprintf(`,"birthday":%q`, pick("1815-12-10", "1791-12-26", "1815-10-12"))
	}
	if g.rand.IntN(2) == 0 {
		text += fmt.Sprintf(`,"email":%q`, pick("ada@x.org", "charles@x.org", "byron@y.org"))
	}
	if g.rand.IntN(2) == 0 {
		text += fmt.Sprintf(`,"phone":%q`, pick("+442079460001", "+442079460002"))
	}
	if g.rand.IntN(3) == 0 {
		text += fmt.Sprintf(`,"address":{"street":%q,"postalCode":"10115"}`, pick("1 High Street", "2 High St"))
	}
	c.New = Recorded{Says: g.model.PrepareJSON([]byte(text + "}")), At: 7}
	return c
}

// After every batch of records that come, change and go, links and what is too common are those of all records taken at
// once; and the links are those that package match finds by its own reckoning.
func TestMatchingEqualsTheWhole(t *testing.T) {
	for seed := range uint64(*sequences / 4) {
		r := rand.New(rand.NewPCG(seed, 7))
		model := match.Default()
		if seed%3 > 0 {
			model = crowdedModel(t)
		}
		g := newRegistry(model, r)
		for range 6 {
			var changes []RecordChange
			for _, i := range r.Perm(14)[:1+r.IntN(6)] {
				changes = append(changes, g.change(i))
			}
			g.apply(t, changes)
			if difference := g.differs(); difference != "" {
				t.Fatalf("world %d: %s", seed, difference)
			}
		}
	}
}

func (g *registry) differs() string {
	plain := maps.Clone(g.records)
	for k, x := range plain {
		x.Crowded = nil
		plain[k] = x
	}
	all := MatchAll(g.model, plain)
	whole := map[LinkID]Link{}
	for _, l := range all.Links {
		whole[l.ID()] = l
	}
	if !maps.Equal(whole, g.links) {
		return fmt.Sprintf("links %v, want %v", g.links, whole)
	}
	for k, x := range g.records {
		if !slices.Equal(x.Crowded, all.Crowded[k]) {
			return fmt.Sprintf("%s has too common %v, want %v", k, x.Crowded, all.Crowded[k])
		}
	}
	var items []match.Item
	for _, k := range slices.Sorted(maps.Keys(plain)) {
		items = append(items, match.Item{ID: string(k), Record: plain[k].Says})
	}
	reckoned, ours := map[LinkID]int32{}, map[LinkID]int32{}
	for _, l := range g.model.Cluster(items).Links {
		reckoned[NewLink(Key(items[l.A].ID), Key(items[l.B].ID), Matched, 0).ID()] = l.Weight
	}
	for id, l := range g.links {
		ours[id] = l.Weight
	}
	if !reflect.DeepEqual(ours, reckoned) {
		return fmt.Sprintf("weights %v, package match says %v", ours, reckoned)
	}
	return ""
}
