package match

import "encoding/json"

// Bounds of what counts of one record.
const (
	maxValues     = 4 // values of a trait, the first ones
	maxAlternates = 8 // alternates that are looked at
	maxJSON       = 1 << 20
)

// Record is a record prepared for comparison by one model. It does not change and may be used concurrently.
type Record struct {
	first, middle, last []name
	suffix              string
	births              []birth
	gender              byte
	emails              []email
	phones              []phone
	ids                 [idKinds][]string
	addresses           []address
	places, employers   []string
	extra               [][]string // by the model's added fields
	print               uint64     // of all content, to put two records into an order
}

// Empty says that there is nothing in the record that could be compared.
func (r *Record) Empty() bool {
	n := len(r.first) + len(r.middle) + len(r.last) + len(r.births) + len(r.emails) + len(r.phones)
	n += len(r.addresses) + len(r.places) + len(r.employers)
	for _, ids := range r.ids {
		n += len(ids)
	}
	for _, values := range r.extra {
		n += len(values)
	}
	return n == 0
}

// PrepareJSON is Prepare of a JSON object. What is no object, or longer than 1 MiB, is a record without traits.
func (m *Model) PrepareJSON(raw []byte) *Record {
	var traits map[string]any
	if len(raw) <= maxJSON {
		_ = json.Unmarshal(raw, &traits) // what cannot be read is not there
	}
	return m.Prepare(traits)
}

// Prepare brings traits, as a decoded JSON object, into the form that is compared. Nothing it is given makes it fail:
// what it cannot read it leaves out, and it looks at no more than the first values of each trait.
func (m *Model) Prepare(traits map[string]any) *Record {
	p := preparer{m: m, r: &Record{extra: make([][]string, len(m.extra))}}
	p.country = p.countryOf(traits)
	p.add(traits)
	list, _ := traits["alternates"].([]any)
	for _, item := range list[:min(len(list), maxAlternates)] {
		if more, ok := item.(map[string]any); ok {
			p.add(more)
		}
	}
	p.finish()
	return p.r
}
