package segment

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"kith/event"
)

// State is what one identifier's events come to: a slot for each feature that any of them touched.
type State map[FeatureID]*Slot

// Add takes in an event that was not taken in before, for one feature. It reports whether the feature keeps anything
// of it.
func (s *State) Add(f *Feature, x *Fact, now event.Millis) bool {
	e, ok := f.Take(x)
	if ok {
		s.Put(f, e, now)
	}
	return ok
}

// Put takes in what a feature takes of an event.
func (s *State) Put(f *Feature, e Entry, now event.Millis) {
	if *s == nil {
		*s = State{}
	}
	slot := (*s)[f.ID]
	if slot == nil {
		slot = &Slot{}
		(*s)[f.ID] = slot
	}
	slot.add(f, e, now)
}

// Clone is a copy that can be added to without changing s.
func (s State) Clone() State {
	out := make(State, len(s))
	for id, slot := range s {
		c := *slot
		c.Entries = slices.Clone(slot.Entries)
		c.Values = maps.Clone(slot.Values)
		out[id] = &c
	}
	return out
}

// format is the first byte of an encoded state.
const format = 1

// Encode is s in bytes, without slots that keep says are of no use any more, and without events no window cuts any more.
// Equal states give equal bytes; none gives nil.
func (s State) Encode(keep func(FeatureID) *Feature, now event.Millis) []byte {
	ids := slices.SortedFunc(maps.Keys(s), func(a, b FeatureID) int { return slices.Compare(a[:], b[:]) })
	var b []byte
	for _, id := range ids {
		f := keep(id)
		if f == nil {
			continue
		}
		s[id].prune(f, now)
		body := s[id].encode(nil)
		if len(body) == 0 {
			continue
		}
		if b == nil {
			b = []byte{format}
		}
		b = append(b, id[:]...)
		b = binary.AppendUvarint(b, uint64(len(body)))
		b = append(b, body...)
	}
	return b
}

const (
	hasTotals = 1 << iota
	hasNumbers
	hasEdges
	hasValues
	hasEntries
	entryTies
	entryNumbers
	entryValues
)

func (s *Slot) encode(b []byte) []byte {
	var flags byte
	if s.Count != 0 {
		flags |= hasTotals
		if s.Sum != (Amount{}) || s.Min != (Amount{}) || s.Max != (Amount{}) {
			flags |= hasNumbers
		}
		if s.Last != nil {
			flags |= hasEdges
		}
		if len(s.Values) > 0 {
			flags |= hasValues
		}
	}
	for _, e := range s.Entries {
		flags |= hasEntries
		if e.Tie != "" {
			flags |= entryTies
		}
		if e.N != (Amount{}) {
			flags |= entryNumbers
		}
		if e.V != "" {
			flags |= entryValues
		}
	}
	if flags == 0 {
		return b
	}
	b = append(b, flags)
	if flags&hasTotals != 0 {
		b = binary.AppendVarint(b, s.Count)
	}
	if flags&hasNumbers != 0 {
		b = appendAmount(appendAmount(appendAmount(b, s.Sum), s.Min), s.Max)
	}
	if flags&hasEdges != 0 {
		first := s.First
		if first == nil { // only the last one is kept
			first = &Entry{At: -1}
		}
		for _, e := range []*Entry{first, s.Last} {
			b = binary.AppendVarint(b, int64(e.At))
			b = appendText(appendText(b, e.Tie), e.V)
		}
	}
	if flags&hasValues != 0 {
		b = binary.AppendUvarint(b, uint64(len(s.Values)))
		for _, v := range slices.Sorted(maps.Keys(s.Values)) {
			b = binary.AppendVarint(appendText(b, v), s.Values[v])
		}
	}
	if flags&hasEntries != 0 {
		b = binary.AppendUvarint(b, uint64(len(s.Entries)))
		last := event.Millis(0)
		for _, e := range s.Entries {
			b = binary.AppendVarint(b, int64(e.At-last))
			last = e.At
			if flags&entryTies != 0 {
				b = appendText(b, e.Tie)
			}
			if flags&entryNumbers != 0 {
				b = appendAmount(b, e.N)
			}
			if flags&entryValues != 0 {
				b = appendText(b, e.V)
			}
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendAmount(b []byte, a Amount) []byte {
	return binary.AppendUvarint(binary.AppendVarint(b, a.Units), uint64(a.Nanos))
}

var errState = errors.New("segment: the state of an identifier is damaged")

// ParseState reads what Encode wrote; nothing is no state.
func ParseState(b []byte) (State, error) {
	if len(b) == 0 {
		return nil, nil
	}
	if b[0] != format {
		return nil, errState
	}
	s := State{}
	for r := (reader{b: b[1:]}); len(r.b) > 0; {
		var id FeatureID
		copy(id[:], r.take(len(id)))
		slot := &Slot{}
		body := reader{b: r.take(int(min(r.uvarint(), 1<<30)))}
		slot.decode(&body)
		if r.bad || body.bad || len(body.b) > 0 {
			return nil, errState
		}
		s[id] = slot
	}
	return s, nil
}

// reader takes bytes apart; bad says that there were too few.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) text() string { return string(r.take(int(min(r.uvarint(), 1<<30)))) }

func (r *reader) amount() Amount {
	a := Amount{Units: r.varint()}
	nanos := r.uvarint()
	r.bad = r.bad || nanos >= billion
	a.Nanos = int32(nanos % billion)
	return a
}

func (s *Slot) decode(r *reader) {
	head := r.take(1)
	if len(head) == 0 {
		return
	}
	flags := head[0]
	if flags&hasTotals != 0 {
		s.Count = r.varint()
	}
	if flags&hasNumbers != 0 {
		s.Sum, s.Min, s.Max = r.amount(), r.amount(), r.amount()
	}
	if flags&hasEdges != 0 {
		edge := func() *Entry { return &Entry{At: event.Millis(r.varint()), Tie: r.text(), V: r.text()} }
		s.First, s.Last = edge(), edge()
		if s.First.At == -1 && s.First.Tie == "" && s.First.V == "" {
			s.First = nil
		}
	}
	if flags&hasValues != 0 {
		n := r.uvarint()
		s.Values = map[string]int64{}
		for i := uint64(0); i < n && !r.bad; i++ {
			v := r.text()
			s.Values[v] = r.varint()
		}
	}
	if flags&hasEntries != 0 {
		n := r.uvarint()
		s.Entries = make([]Entry, 0, min(n, MaxEntries))
		last := event.Millis(0)
		for i := uint64(0); i < n && !r.bad; i++ {
			e := Entry{At: last + event.Millis(r.varint())}
			last = e.At
			if flags&entryTies != 0 {
				e.Tie = r.text()
			}
			if flags&entryNumbers != 0 {
				e.N = r.amount()
			}
			if flags&entryValues != 0 {
				e.V = r.text()
			}
			s.Entries = append(s.Entries, e)
		}
	}
}

// Bytes is about how much memory s takes.
func (s State) Bytes() int {
	n := 0
	for _, slot := range s {
		n += 200 + 64*len(slot.Entries) + 80*len(slot.Values)
	}
	return n
}
