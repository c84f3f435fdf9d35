package match

import "strings"

// Household is the key that people of one address and one surname share: they are connected by it, never merged. ok is
// false for a record without a surname, or without house number and street and either postal code or city. The first
// address and the first surname count.
func (m *Model) Household(r *Record) (key string, ok bool) {
	if len(r.last) == 0 || len(r.addresses) == 0 || r.last[0].initial {
		return "", false
	}
	a := &r.addresses[0]
	place := a.postal
	if place == "" {
		place = a.city
	}
	if a.number == "" || a.street == "" || place == "" {
		return "", false
	}
	return strings.Join([]string{place, a.street, a.number, a.unit, r.last[0].plain}, "|"), true
}
