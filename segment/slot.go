package segment

import (
	"cmp"
	"hash/fnv"
	"maps"
	"slices"

	"kith/event"
)

// Entry is one event as a feature keeps it.
type Entry struct {
	At  event.Millis
	Tie string // decides among equal times, where that matters
	N   Amount
	V   string // JSON
}

func (e Entry) compare(o Entry) int {
	return cmp.Or(cmp.Compare(e.At, o.At), cmp.Compare(e.Tie, o.Tie), e.N.Compare(o.N), cmp.Compare(e.V, o.V))
}

// Slot is what is kept of one identifier's events for one feature: single events as long as a window may still cut
// them, and totals of all that are older. Adding is commutative and associative; that each event is added once is for
// the caller to see to.
type Slot struct {
	Entries []Entry // oldest first

	Count       int64
	Sum         Amount
	Min, Max    Amount
	First, Last *Entry
	Values      map[string]int64
}

// add puts an event in.
func (s *Slot) add(f *Feature, e Entry, now event.Millis) {
	if !f.keeps(e.At, now) {
		s.fold(f, e)
		return
	}
	at, _ := slices.BinarySearchFunc(s.Entries, e, Entry.compare)
	s.Entries = slices.Insert(s.Entries, at, e)
	s.prune(f, now)
}

// fold counts an event in the totals.
func (s *Slot) fold(f *Feature, e Entry) {
	if !f.spec.Ever {
		return
	}
	one := Slot{Count: 1}
	switch f.spec.Kind {
	case numbers:
		one.Sum, one.Min, one.Max = e.N, e.N, e.N
	case edges:
		one.First, one.Last = &e, &e
	case latest:
		one.Last = &e
	case values:
		one.Values = map[string]int64{e.V: 1}
	}
	s.total(&one)
}

// total adds the totals of o.
func (s *Slot) total(o *Slot) {
	if o.Count == 0 {
		return
	}
	if s.Count == 0 {
		s.Min, s.Max = o.Min, o.Max
	}
	s.Count += o.Count
	s.Sum = s.Sum.Add(o.Sum)
	if o.Min.Compare(s.Min) < 0 {
		s.Min = o.Min
	}
	if o.Max.Compare(s.Max) > 0 {
		s.Max = o.Max
	}
	if o.First != nil && (s.First == nil || o.First.compare(*s.First) < 0) {
		s.First = o.First
	}
	if o.Last != nil && (s.Last == nil || o.Last.compare(*s.Last) > 0) {
		s.Last = o.Last
	}
	if len(o.Values) > 0 {
		if s.Values == nil {
			s.Values = make(map[string]int64, len(o.Values))
		}
		for v, n := range o.Values {
			s.Values[v] += n
		}
		distinct(s.Values)
	}
}

// distinct keeps the values with the smallest hashes, MaxDistinct of them and as many as fit in distinctBytes. A value that
// is kept of all was never thrown out of a part, where no more comes before it, so its count is right.
func distinct[N any](counts map[string]N) {
	size := 0
	for v := range counts {
		size += len(v)
	}
	if len(counts) <= MaxDistinct && size <= distinctBytes {
		return
	}
	all := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(hash(a), hash(b)), cmp.Compare(a, b)) })
	size = 0
	for n, v := range all {
		if size += len(v); n >= MaxDistinct || size > distinctBytes {
			delete(counts, v)
		}
	}
}

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s)) // does not fail
	return h.Sum64()
}

// prune moves to the totals what no window will cut any more.
func (s *Slot) prune(f *Feature, now event.Millis) {
	newest := 0 // that are not ahead
	if f.spec.Newest > 0 && f.spec.Window != nil && f.spec.Window.fixed() {
		newest = f.spec.Newest
	}
	past, _ := slices.BinarySearchFunc(s.Entries, now+1, func(e Entry, t event.Millis) int { return cmp.Compare(e.At, t) })
	cut := max(0, len(s.Entries)-MaxEntries)
	if newest > 0 {
		cut = max(cut, past-newest)
	}
	if !f.spec.All {
		for cut < len(s.Entries) && !f.keeps(s.Entries[cut].At, now) {
			cut++
		}
	}
	if cut == 0 {
		return
	}
	for _, e := range s.Entries[:cut] {
		s.fold(f, e)
	}
	s.Entries = slices.Clone(s.Entries[cut:])
}

// merged is the slot of all the events of several.
func merged(f *Feature, slots []*Slot, now event.Millis) *Slot {
	if len(slots) == 1 {
		return slots[0]
	}
	out := &Slot{}
	n := 0
	for _, s := range slots {
		n += len(s.Entries)
		out.total(s)
	}
	out.Entries = make([]Entry, 0, n)
	for _, s := range slots {
		out.Entries = append(out.Entries, s.Entries...)
	}
	slices.SortFunc(out.Entries, Entry.compare)
	out.prune(f, now)
	return out
}
