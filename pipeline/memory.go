package pipeline

import (
	"context"

	"kith/identity"
	"kith/identity/match"
	"kith/store"
)

// memory is what the pipeline knows of the graph without asking: the identifiers and links it wrote last. Nobody else
// writes them while it holds the lease, so what is remembered is what is stored. It lives as long as one stay in
// office, and forgets the oldest half when it has grown to twice its budget.
type memory struct {
	identifiers generations[identity.Key, store.Identifier]
	links       generations[string, store.Link]
	says        generations[string, *match.Record] // by content; what a record says depends on nothing else
}

// memoryBudget is the bytes of each of the two generations of each kind.
const memoryBudget = 8 << 20

// generations keeps what was put or got lately: two maps, the older of which is dropped when the younger is full.
type generations[K comparable, V any] struct {
	young, old map[K]V
	bytes      int
}

func (g *generations[K, V]) get(k K) (V, bool) {
	if v, ok := g.young[k]; ok {
		return v, true
	}
	v, ok := g.old[k]
	return v, ok
}

func (g *generations[K, V]) put(k K, v V, size int) {
	if g.young == nil || g.bytes > memoryBudget {
		g.old, g.young, g.bytes = g.young, map[K]V{}, 0
	}
	g.young[k] = v
	g.bytes += size
}

func (g *generations[K, V]) drop(k K) {
	delete(g.young, k)
	delete(g.old, k)
}

func (g *generations[K, V]) clear() { *g = generations[K, V]{} }

func (m *memory) clear() {
	m.identifiers.clear()
	m.links.clear()
}

// lookup is what is stored of everything the fold touches, asking only for what is not remembered.
func (a *applier) lookup(ctx context.Context, f *fold) (store.Found, error) {
	ask := asked(f)
	known := map[identity.Key]store.Identifier{}
	links := map[string]store.Link{}
	ask.Identifiers = unknown(ask.Identifiers, &a.memory.identifiers, known)
	ask.Links = unknown(ask.Links, &a.memory.links, links)
	found, err := a.cfg.Graph.Lookup(ctx, ask)
	if err != nil {
		return found, err
	}
	for k, v := range known {
		found.Identifiers[k] = v
	}
	for k, v := range links {
		found.Links[k] = v
	}
	return found, nil
}

func unknown[K comparable, V any](keys []K, g *generations[K, V], known map[K]V) []K {
	var rest []K
	for _, k := range keys {
		if v, ok := g.get(k); ok {
			known[k] = v
		} else {
			rest = append(rest, k)
		}
	}
	return rest
}

// remember takes in what a committed plan wrote, and forgets what it changed about others.
func (p *plan) remember() {
	m := &p.memory
	for _, i := range p.diff.Identifiers {
		m.identifiers.drop(i.Key)
	}
	for _, x := range p.diff.Moves {
		m.identifiers.drop(x.Key)
	}
	placed := make(map[identity.Key]identity.Placed, len(p.diff.Identifiers))
	for _, i := range p.diff.Identifiers {
		placed[i.Key] = i
	}
	for k, f := range p.fold.identifiers {
		at, stored := p.found.Identifiers[k]
		if !stored {
			at = store.Identifier{Key: k, Raw: f.raw, FirstSeen: f.first, Active: f.active, ID: p.id(k)}
		} else {
			if f.first < at.FirstSeen || f.first == at.FirstSeen && f.raw < at.Raw {
				at.Raw = f.raw
			}
			at.FirstSeen, at.Active = min(at.FirstSeen, f.first), max(at.Active, f.active)
		}
		if i, changed := placed[k]; changed {
			at.Status = i.Status
		}
		if traits, changed := p.merged[k]; changed {
			at.Traits = traits.Encode()
		}
		at.Customer = p.customerOf(k)
		m.identifiers.put(k, at, len(at.Traits)+2*len(k)+256)
	}
	for id, f := range p.fold.links {
		at, stored := p.found.Links[id]
		if !stored {
			at = store.Link{ID: id, Count: f.count, FirstSeen: f.span.first, LastSeen: f.span.last, Evidence: f.evidence}
		} else {
			at.Count += f.count
			at.FirstSeen, at.LastSeen = min(at.FirstSeen, f.span.first), max(at.LastSeen, f.span.last)
			at.Evidence = earliest(append(append([]string{}, at.Evidence...), f.evidence...))
		}
		m.links.put(id, at, 512)
	}
}
