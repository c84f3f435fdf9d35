package demo

import (
	"maps"
	"slices"
	"strings"
)

// Owner is what is true of one identifier, whatever Kith makes of it.
type Owner struct {
	// Personas whose it is, sorted: one for a person's own, several for what is shared, none for junk. Robots and
	// testers are personas of their own, "robot" and "qa".
	Personas []string
	// Users is the number of user ids it was seen with in one call.
	Users int
	// Cell names the group of identifiers that calls tie together without the help of shared ones or junk: the
	// first of its keys. Two identifiers of one cell must be one customer; two with different owners must not be.
	// It is empty for what is shared or junk.
	Cell string
}

// Truth tells whose every identifier is that has gone out so far, by its key in Kith: the type, a colon and the
// normalised value. Calls that are broken on purpose do not count.
func (w *World) Truth() map[string]Owner { return w.ledger.truth() }

// ledger notes what goes out. It knows the play, not the rules of identity resolution.
type ledger struct {
	owners map[string]map[string]bool // identifier key → personas; empty for junk
	pairs  map[[2]string]bool         // keys seen in one call
}

func newLedger() *ledger {
	return &ledger{owners: map[string]map[string]bool{}, pairs: map[[2]string]bool{}}
}

// note takes down the identifiers of a good call.
func (l *ledger) note(c *call, r *registry) {
	keys := identifiers(c, r)
	for i, k := range keys {
		if l.owners[k] == nil {
			l.owners[k] = map[string]bool{}
		}
		if !isJunk(k) {
			l.owners[k][c.owner] = true
		}
		for _, other := range keys[:i] {
			l.pairs[[2]string{min(k, other), max(k, other)}] = true
		}
	}
}

// identifiers are the keys of everything in the call that stands for a person.
func identifiers(c *call, r *registry) []string {
	var keys []string
	add := func(kind, value string) {
		if value != "" {
			keys = append(keys, kind+":"+value)
		}
	}
	add("user_id", c.userID)
	add("anonymous_id", c.anonymousID)
	add("anonymous_id", c.previousID)
	traits := []object{c.traits}
	if c.kind == "group" {
		traits = nil // of the account
	}
	if t, ok := c.context["traits"].(object); ok {
		traits = append(traits, t)
	}
	for _, t := range traits {
		if m, ok := t["email"].(string); ok {
			add("email", strings.ToLower(strings.TrimSpace(m)))
		}
		if n, ok := t["phone"].(string); ok {
			if e164, ok := r.spoken[n]; ok {
				n = e164
			}
			add("phone", n)
		}
	}
	if d, ok := c.context["device"].(object); ok {
		add("device_id", d["id"].(string))
		if advertising, ok := d["advertisingId"].(string); ok && d["adTrackingEnabled"] == true {
			add("advertising_id", advertising)
		}
	}
	if ids, ok := c.context["externalIds"].([]object); ok {
		for _, id := range ids {
			add(id["type"].(string), id["id"].(string))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// isJunk says whether the value of a key is nobody's by its looks.
func isJunk(key string) bool {
	kind, value, _ := strings.Cut(key, ":")
	return slices.Contains(junkIDs, value) || kind == "email" && strings.HasPrefix(value, "test@")
}

func (l *ledger) truth() map[string]Owner {
	all := make(map[string]Owner, len(l.owners))
	cell := map[string]string{} // own identifiers only; leads towards the least key of the cell
	for k, personas := range l.owners {
		all[k] = Owner{Personas: slices.Sorted(maps.Keys(personas))}
		if len(personas) == 1 {
			cell[k] = k
		}
	}
	find := func(k string) string {
		for cell[k] != k {
			cell[k] = cell[cell[k]]
			k = cell[k]
		}
		return k
	}
	for pair := range l.pairs {
		for i, k := range pair {
			if other := pair[1-i]; strings.HasPrefix(other, "user_id:") && !isJunk(other) {
				o := all[k]
				o.Users++
				all[k] = o
			}
		}
		if cell[pair[0]] == "" || cell[pair[1]] == "" {
			continue
		}
		a, b := find(pair[0]), find(pair[1])
		cell[max(a, b)] = min(a, b)
	}
	for k := range cell {
		o := all[k]
		o.Cell = find(k)
		all[k] = o
	}
	return all
}
