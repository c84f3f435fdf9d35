// Package customer is the unified view of one person: traits with their provenance and history, which value wins,
// and the record of a change. It is pure.
package customer

import (
	"bytes"
	"encoding/json"
	"slices"

	"kith/event"
	"kith/identity"
)

// Version is one value of a trait and where it came from. A Value of JSON null says the trait was removed then.
type Version struct {
	Value     json.RawMessage `json:"v"`
	Raw       json.RawMessage `json:"r,omitempty"` // as it came, when cleansing changed it
	Source    string          `json:"s"`
	At        event.Millis    `json:"t"`
	MessageID string          `json:"m"`
	// Identifier the value hangs on. Not stored: set when the traits of several identifiers are put together.
	Identifier identity.Key `json:"-"`
}

// Removed reports whether the version says that the trait is gone.
func (v Version) Removed() bool { return len(v.Value) == 0 || bytes.Equal(v.Value, null) }

var null = []byte("null")

const (
	// KeepVersions is how many of the newest versions of a trait an identifier keeps. Beside them it keeps the newest
	// of each source, so that any change of source priorities finds its winner.
	KeepVersions = 10
	// MaxTraits is how many traits an identifier (or an account) keeps; of more, the first in the order of their names.
	MaxTraits = 500
)

// Traits are the versions of each trait stated about one identifier (or one account), newest first. They are a
// function of the set of facts: adding is associative, commutative and idempotent, because what is kept of two sets
// is what is kept of their union.
type Traits map[string][]Version

// ParseTraits reads what Encode wrote; empty text is no traits.
func ParseTraits(text string) (Traits, error) {
	if text == "" {
		return nil, nil
	}
	var t Traits
	err := json.Unmarshal([]byte(text), &t)
	return t, err
}

// Encode is t as JSON with sorted names: equal traits give equal text. No traits give the empty text.
func (t Traits) Encode() string {
	if len(t) == 0 {
		return ""
	}
	b, err := json.Marshal(t)
	if err != nil {
		panic("customer: trait values are JSON already: " + err.Error())
	}
	return string(b)
}

// newer is the order of versions by time: effective time, then source, then message id. Greater wins.
func newer(a, b Version) int {
	switch {
	case a.At != b.At:
		return int(sign(int64(a.At - b.At)))
	case a.Source != b.Source:
		return bytes.Compare([]byte(a.Source), []byte(b.Source))
	case a.MessageID != b.MessageID:
		return bytes.Compare([]byte(a.MessageID), []byte(b.MessageID))
	case a.Identifier != b.Identifier:
		return bytes.Compare([]byte(a.Identifier), []byte(b.Identifier))
	}
	return 0
}

func sign(d int64) int64 {
	switch {
	case d > 0:
		return 1
	case d < 0:
		return -1
	}
	return 0
}

// Add puts one version among the others of its trait and reports whether that changed what is kept.
func (t *Traits) Add(key string, v Version) bool {
	if *t == nil {
		*t = Traits{}
	}
	old, had := (*t)[key]
	at, found := slices.BinarySearchFunc(old, v, func(o, v Version) int { return -newer(o, v) })
	if found {
		return false
	}
	if !had && len(*t) >= MaxTraits {
		last := ""
		for k := range *t {
			last = max(last, k)
		}
		if key > last {
			return false
		}
		delete(*t, last)
	}
	versions := keep(slices.Insert(slices.Clone(old), at, v))
	if slices.EqualFunc(versions, old, func(a, b Version) bool { return newer(a, b) == 0 }) {
		return false
	}
	(*t)[key] = versions
	return true
}

// keep cuts versions, newest first, to the newest KeepVersions and the newest of each source.
func keep(versions []Version) []Version {
	if len(versions) <= KeepVersions {
		return versions
	}
	kept := versions[:KeepVersions:KeepVersions]
	seen := map[string]bool{}
	for _, v := range kept {
		seen[v.Source] = true
	}
	for _, v := range versions[KeepVersions:] {
		if !seen[v.Source] {
			seen[v.Source] = true
			kept = append(kept, v)
		}
	}
	return kept
}

// Priority ranks sources: of two values, that of the source with the lower rank wins, whatever their times. Nil
// ranks all alike.
type Priority func(source string) int

// Winner is the index of the version that counts among those given: by source priority, then effective time, then
// source, then message id. -1 when there are none.
func Winner(versions []Version, rank Priority) int {
	best := -1
	for i, v := range versions {
		if best < 0 || wins(v, versions[best], rank) {
			best = i
		}
	}
	return best
}

func wins(a, b Version, rank Priority) bool {
	if rank != nil {
		if ra, rb := rank(a.Source), rank(b.Source); ra != rb {
			return ra < rb
		}
	}
	return newer(a, b) > 0
}

// History is every kept version of one trait over all identifiers of a customer, newest first.
func History(key string, of map[identity.Key]Traits) []Version {
	var all []Version
	for id, traits := range of {
		for _, v := range traits[key] {
			v.Identifier = id
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b Version) int { return -newer(a, b) })
	return all
}

// Resolve is the value that counts of every trait that is not removed.
func Resolve(of map[identity.Key]Traits, rank Priority) map[string]json.RawMessage {
	best := map[string]Version{}
	for id, traits := range of {
		for key, versions := range traits {
			for _, v := range versions {
				v.Identifier = id
				if b, ok := best[key]; !ok || wins(v, b, rank) {
					best[key] = v
				}
			}
		}
	}
	out := make(map[string]json.RawMessage, len(best))
	for key, v := range best {
		if !v.Removed() {
			out[key] = v.Value
		}
	}
	return out
}
