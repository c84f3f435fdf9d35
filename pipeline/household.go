package pipeline

import (
	"maps"
	"slices"

	"kith/identity"
	"kith/identity/match"
	"kith/store"
)

// Who lives in which household is a part of a customer's view: a function of the traits it shows. So it is right whenever
// those are, whatever came first, went away or was resolved otherwise.

// householdOf is the household of a customer that was put together anew; empty when it lives in none.
func (p *plan) householdOf(id identity.CustomerID) identity.HouseholdID {
	shared, regrouped := p.shared[id]
	if !regrouped {
		shared = p.customer[id].Shared
	}
	if shared { // nobody
		return ""
	}
	key, ok := match.Household([]byte(p.views[id].Traits))
	if !ok {
		return ""
	}
	return identity.HouseholdIDOf(p.cfg.Graph.WorkspaceKey(), key)
}

// households writes where customers live now, as far as it is elsewhere than before.
func (p *plan) households(w *store.Write) {
	left := map[identity.HouseholdID]bool{}
	for _, id := range sortedKeys(p.views) {
		was, is := p.customer[id].Household, p.householdOf(id)
		if was != is {
			w.Households = append(w.Households, store.Row{"id": string(id), "h": orNil(is)})
			left[was] = true
		}
	}
	for _, id := range p.diff.Retired {
		left[p.customer[id].Household] = true
	}
	delete(left, "")
	for _, id := range slices.Sorted(maps.Keys(left)) {
		w.LeftHouseholds = append(w.LeftHouseholds, string(id))
	}
}
