package identity

import (
	"fmt"
	"slices"
	"testing"

	"kith/event"
)

// star is a hub and its neighbours, all new.
func star(hub Key, typ string, from, to int) Delta {
	d := Delta{New: []Identifier{{hub, 0}}}
	d.add(hub, typ, from, to)
	return d
}

// more is more neighbours of a hub that is there.
func more(hub Key, typ string, from, to int) Delta {
	var d Delta
	d.add(hub, typ, from, to)
	return d
}

// add links the hub to more new identifiers.
func (d *Delta) add(hub Key, typ string, from, to int) {
	for i := from; i < to; i++ {
		k := NewKey(typ, fmt.Sprint("n", i))
		d.New = append(d.New, Identifier{k, event.Millis(i)})
		d.Links = append(d.Links, NewLink(hub, k, Observed, event.Millis(i)))
	}
}

func chain(typ string, n int) Delta {
	var d Delta
	for i := range n {
		d.New = append(d.New, Identifier{NewKey(typ, fmt.Sprint("c", i)), event.Millis(i)})
		if i > 0 {
			d.Links = append(d.Links, NewLink(d.New[i-1].Key, d.New[i].Key, Observed, event.Millis(i)))
		}
	}
	return d
}

// costs runs one update and fails when it loads more identifiers than the bound.
func (m *memory) costs(t *testing.T, what string, bound int, d Delta) *Diff {
	t.Helper()
	m.rounds, m.edges = 0, 0
	clear(m.loaded)
	diff := m.update(t, d)
	t.Logf("%s: %d rounds, %d identifiers, %d links", what, m.rounds, len(m.loaded), m.edges)
	if len(m.loaded) > bound {
		t.Errorf("%s loaded %d identifiers, the bound is %d", what, len(m.loaded), bound)
	}
	return diff
}

func (m *memory) isRight(t *testing.T, f Facts) {
	t.Helper()
	if difference := m.differs(Resolve(m.rules, f)); difference != "" {
		t.Error(difference)
	}
}

// grown collects the facts of deltas that only add.
func (f *Facts) grown(d Delta) Delta {
	f.Identifiers = append(append(f.Identifiers, d.New...), d.Identifiers...)
	f.Links = append(f.Links, d.Links...)
	f.Rulings = append(f.Rulings, d.Rulings...)
	f.Markings = append(f.Markings, d.Markings...)
	return d
}

const degree = 3000

func TestNewIdentifiersLoadNothing(t *testing.T) {
	m := newMemory(DefaultRules(), 1)
	m.costs(t, "a new hub", 0, star("anonymous_id:kiosk", "user_id", 0, degree))
	m.costs(t, "a new chain", 0, chain("email", 2000))
	if m.rounds != 0 {
		t.Errorf("%d rounds for what is all new", m.rounds)
	}
}

func TestHubIsNotExpanded(t *testing.T) {
	m := newMemory(DefaultRules(), 1)
	var f Facts
	const kiosk = Key("anonymous_id:kiosk")
	m.update(t, f.grown(star(kiosk, "user_id", 0, degree)))

	m.costs(t, "one more user", 3, f.grown(more(kiosk, "user_id", degree, degree+1)))
	m.costs(t, "one it has seen", 6, f.grown(Delta{
		New:   []Identifier{{"email:a@x", 0}},
		Links: []Link{NewLink("user_id:n1", "email:a@x", Observed, 5)},
	}))
	// The join concerns everybody who is linked to both, and the kiosk is; some of its users are enough to tell.
	m.costs(t, "two of its users joined", 80, f.grown(Delta{Rulings: Joining("dec_1", 9, []Key{"user_id:n1", "user_id:n2"})}))
	m.costs(t, "the kiosk joined", 80, f.grown(Delta{Rulings: Joining("dec_2", 9, []Key{"user_id:n3", kiosk})}))
	m.isRight(t, f)

	gone := NewLink(kiosk, "user_id:n7", Observed, 7).ID()
	m.costs(t, "a link less", 80, Delta{GoneLinks: []LinkID{gone}})
	if n := m.nodes[kiosk]; n.Status != Shared {
		t.Errorf("the kiosk is %s", n.Status)
	}
}

// A sample of the neighbours may show one group of two: then it is no proof, and everybody is looked at. (Too many hang
// together here, or they would all be seen with the component.)
func TestSampleIsNoProof(t *testing.T) {
	for seed := range uint64(10) {
		m := newMemory(parsed(t, "size: 10"), seed)
		var f Facts
		d := star("email:office", "phone", 0, 44)
		for i := range 39 {
			pair := []Key{NewKey("phone", fmt.Sprint("n", i)), NewKey("phone", fmt.Sprint("n", i+1))}
			d.Rulings = append(d.Rulings, Joining(fmt.Sprint("dec_", i), 1, pair)...)
		}
		m.update(t, f.grown(d)) // one group and four alone: five
		m.isRight(t, f)
		at := slices.IndexFunc(f.Rulings, func(x Ruling) bool { return x.Decision == "dec_37" })
		m.update(t, Delta{Revoked: f.Rulings[at : at+1]})
		f.Rulings = slices.Delete(f.Rulings, at, at+1)
		m.isRight(t, f)
		if n := m.nodes["email:office"]; n.Status != Shared {
			t.Errorf("seed %d: with two groups and four alone it is %s", seed, n.Status)
		}
	}
}

func TestTwoHubsJoined(t *testing.T) {
	m := newMemory(DefaultRules(), 1)
	var f Facts
	const one, two = Key("anonymous_id:one"), Key("anonymous_id:two")
	m.update(t, f.grown(star(one, "user_id", 0, degree)))
	m.update(t, f.grown(star(two, "user_id", degree, 2*degree)))
	m.update(t, f.grown(Delta{Links: []Link{NewLink(two, "user_id:n1", Observed, 3), NewLink(two, "user_id:n2", Observed, 3)}}))
	m.costs(t, "two hubs joined", 100, f.grown(Delta{Rulings: Joining("dec_1", 9, []Key{one, two})}))
	m.isRight(t, f)
}

func TestHugeAccountStaysCheap(t *testing.T) {
	m := newMemory(DefaultRules(), 1)
	var f Facts
	const account = Key("user_id:shop-floor")
	d := m.update(t, f.grown(star(account, "anonymous_id", 0, degree)))
	if len(d.Oversized) != degree+1 {
		t.Fatalf("%d identifiers are oversized, want %d", len(d.Oversized), degree+1)
	}
	m.costs(t, "one more browser", 3, f.grown(more(account, "anonymous_id", degree, degree+1)))
	m.isRight(t, f)
	// One browser less, in a component that stays too large: the size must be seen again, and no more than it.
	k := m.rules.Size()
	gone := NewLink(account, "anonymous_id:n7", Observed, 7).ID()
	m.costs(t, "one browser less", k+10, Delta{GoneLinks: []LinkID{gone}})
}

func TestLongChain(t *testing.T) {
	m := newMemory(DefaultRules(), 1)
	k := m.rules.Size()
	var f Facts
	m.update(t, f.grown(chain("email", k-1)))
	end := func(i int) Key { return NewKey("email", fmt.Sprint("c", i)) }
	link := func(a, b int) Delta {
		return Delta{
			New:   []Identifier{{end(b), event.Millis(b)}},
			Links: []Link{NewLink(end(a), end(b), Observed, event.Millis(b))},
		}
	}
	d := m.costs(t, "the chain reaches its size", k, f.grown(link(k-2, k-1)))
	if len(d.Oversized) != 0 {
		t.Errorf("%d identifiers are oversized", len(d.Oversized))
	}
	d = m.costs(t, "the chain is too long", k+1, f.grown(link(k-1, k)))
	if len(d.Oversized) != k+1 {
		t.Errorf("%d identifiers are oversized, want all %d", len(d.Oversized), k+1)
	}
	m.isRight(t, f)
	m.costs(t, "one more on what is too long", 6, f.grown(link(k, k+1)))
	m.isRight(t, f)

	f.Links = f.Links[:len(f.Links)/2]
	f.Links = f.Links[:len(f.Links)-1]
	var cut Delta
	for id := range m.links {
		found := false
		for _, l := range f.Links {
			found = found || l.ID() == id
		}
		if !found {
			cut.GoneLinks = append(cut.GoneLinks, id)
		}
	}
	m.update(t, cut)
	m.isRight(t, f)
}
