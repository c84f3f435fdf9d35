package feed

import (
	"fmt"
	"slices"

	"kith/customer"
	"kith/event"
)

// Filter says which touchpoints a subscriber wants; all of its fields must hold. A nil field always holds, an empty list
// never.
type Filter struct {
	Types          []event.Type
	Names, Sources []string
	From, To       *event.Millis // at From or later, before To; effective times
}

type filter struct {
	Filter
	key string // equal for equal filters
}

func newFilter(f Filter) *filter {
	f.Types, f.Names, f.Sources = canonical(f.Types), canonical(f.Names), canonical(f.Sources)
	return &filter{f, fmt.Sprintf("%#v %#v %#v %s %s", f.Types, f.Names, f.Sources, moment(f.From), moment(f.To))}
}

// canonical is a list sorted, each element once, and nil when it was nil.
func canonical[E ~string](list []E) []E {
	if list == nil {
		return nil
	}
	sorted := append([]E{}, list...)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

func moment(m *event.Millis) string {
	if m == nil {
		return "-"
	}
	return m.String()
}

func (f *filter) match(t *customer.TouchpointRecorded) bool {
	return (f.Types == nil || slices.Contains(f.Types, t.Type)) &&
		(f.Names == nil || slices.Contains(f.Names, t.Name)) &&
		(f.Sources == nil || slices.Contains(f.Sources, t.Source)) &&
		(f.From == nil || t.At >= *f.From) &&
		(f.To == nil || t.At < *f.To)
}
