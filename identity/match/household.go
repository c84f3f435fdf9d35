package match

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Household is the key that people of one address and one surname share: they are connected by it, never merged. It is
// read off a customer's traits, as a JSON object, and does not depend on a model's weights. ok is false without a
// surname, or without house number and street and either postal code or city. The first address and the first surname
// count.
func Household(traits []byte) (key string, ok bool) {
	if !bytes.Contains(traits, []byte(`"address":`)) { // most have none, and this is asked of every customer that changes
		return "", false
	}
	var t map[string]any
	if json.Unmarshal(traits, &t) != nil {
		return "", false
	}
	p := preparer{m: Default(), r: &Record{}}
	p.names(t)
	p.address(t["address"])
	r := p.r
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
