package identity

import (
	"cmp"
	"maps"
	"slices"

	"kith/event"
)

// Clash is a type of which two customers together have more than one customer may.
type Clash struct {
	Type      string // for records unique per person with the source: "record:crm"
	Limit     int
	Exclusive bool
}

// Clashes says which rules on numbers keep the identifiers of two customers from being one, exclusive types first, then
// by name. Each identifier counts, also where a steward joined several of a type.
func (r *Rules) Clashes(a, b []Key) []Clash {
	count := func(keys []Key) map[string]int {
		n := map[string]int{}
		for _, k := range keys {
			if p := r.policy(k); p.limit > 0 {
				n[p.name]++
			}
		}
		return n
	}
	inA, inB := count(a), count(b)
	policies := map[string]policy{}
	for _, k := range a {
		p := r.policy(k)
		policies[p.name] = p
	}
	var out []Clash
	for name := range maps.Keys(inA) {
		if p := policies[name]; inB[name] > 0 && inA[name]+inB[name] > p.limit {
			out = append(out, Clash{Type: name, Limit: p.limit, Exclusive: p.class == Exclusive})
		}
	}
	slices.SortFunc(out, func(x, y Clash) int {
		if x.Exclusive != y.Exclusive {
			return map[bool]int{true: -1, false: 1}[x.Exclusive]
		}
		return cmp.Compare(x.Type, y.Type)
	})
	return out
}

// ExclusiveTypes are the types of which a customer has one at most, sorted, as reasons name them.
func (r *Rules) ExclusiveTypes() []string {
	var out []string
	for typ, t := range r.text.Types {
		if t.Class == Exclusive {
			out = append(out, typ)
		}
	}
	for source := range r.unique {
		out = append(out, event.Record+":"+source)
	}
	slices.Sort(out)
	return out
}
