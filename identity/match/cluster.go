package match

import (
	"cmp"
	"slices"
)

// Item is a record under its name, which settles ties.
type Item struct {
	ID     string
	Record *Record
}

// Status is what became of a pair.
type Status uint8

const (
	Rejected  Status = iota // too little speaks for it
	Candidate               // for a steward to say
	Refused                 // strong enough, but the rest of the two cells speaks against it
	Joined
)

// Link is a compared pair, A before B.
type Link struct {
	A, B   int // places in the items
	Weight int32
	Status Status
}

// Clusters is who is who among some records.
type Clusters struct {
	Cells    []int  // for each item the place of the first of its cell, in the order of ids
	Links    []Link // at or over the candidate threshold, strongest first
	Compared int    // pairs proposed by keys
}

// Mean is whether two cells are one person by the weights of all pairs across, and the mean that says so. The sum is
// over integers, so the order of weights does not matter.
func (m *Model) Mean(cross []int32) (mean int32, ok bool) {
	var sum, n int64
	for _, w := range cross {
		if w != Neutral {
			sum, n = sum+int64(min(max(w, m.floor), m.ceiling)), n+1
		}
	}
	if n == 0 {
		return 0, false
	}
	return int32(sum / n), sum >= int64(m.mean)*n
}

// Cluster is the definition of matching over a whole set of records: a function of the set, whatever its order.
//
// Pairs that share a key held by no more records than its cap are compared, without the values that are over it (Mute).
// Those that reach the join threshold are
// taken strongest first, ties by the ids; each unites the cells of its ends if Mean of all pairs across agrees.
func (m *Model) Cluster(items []Item) Clusters {
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(items[a].ID, items[b].ID) })
	rank := make([]int, len(items))
	for i, at := range order {
		rank[at] = i
	}
	pairs, crowded := m.propose(items, order)
	records := make([]*Record, len(items))
	for i := range items {
		records[i] = m.Mute(items[i].Record, func(k Key) bool { return crowded[k] })
	}
	c := Clusters{Compared: len(pairs), Cells: make([]int, len(items))}
	for _, p := range pairs {
		if w := m.Weight(records[p[0]], records[p[1]]); w >= m.candidate {
			c.Links = append(c.Links, Link{A: p[0], B: p[1], Weight: w, Status: Candidate})
		}
	}
	slices.SortFunc(c.Links, func(x, y Link) int {
		return cmp.Or(cmp.Compare(y.Weight, x.Weight), cmp.Compare(rank[x.A], rank[y.A]), cmp.Compare(rank[x.B], rank[y.B]))
	})
	cells := make([][]int, len(items))
	of := make([]int, len(items))
	for i := range items {
		cells[i], of[i] = []int{i}, i
	}
	var cross []int32
	for i := range c.Links {
		l := &c.Links[i]
		if l.Weight < m.join {
			break
		}
		x, y := of[l.A], of[l.B]
		l.Status = Joined
		if x == y {
			continue
		}
		cross = cross[:0]
		for _, a := range cells[x] {
			for _, b := range cells[y] {
				cross = append(cross, m.Cross(records[a], records[b]))
			}
		}
		if _, ok := m.Mean(cross); !ok {
			l.Status = Refused
			continue
		}
		if len(cells[x]) < len(cells[y]) {
			x, y = y, x
		}
		for _, b := range cells[y] {
			of[b] = x
		}
		cells[x], cells[y] = append(cells[x], cells[y]...), nil
	}
	for _, cell := range cells {
		if len(cell) == 0 {
			continue
		}
		first := slices.MinFunc(cell, func(a, b int) int { return cmp.Compare(rank[a], rank[b]) })
		for _, i := range cell {
			c.Cells[i] = first
		}
	}
	return c
}

// propose is the pairs that share a key within its cap, each once, in order, the record with the smaller id first; and
// the keys that are over it.
func (m *Model) propose(items []Item, order []int) (pairs [][2]int, crowded map[Key]bool) {
	holders := map[Key][]int32{}
	for _, at := range order {
		for _, k := range m.Keys(items[at].Record) {
			holders[k] = append(holders[k], int32(at))
		}
	}
	crowded = map[Key]bool{}
	var ids []uint64
	for k, list := range holders {
		if len(list) > m.caps[k.Family] {
			crowded[k] = true
			continue
		}
		for i, a := range list {
			for _, b := range list[i+1:] {
				ids = append(ids, uint64(a)<<32|uint64(b))
			}
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	pairs = make([][2]int, len(ids))
	for i, id := range ids {
		pairs[i] = [2]int{int(id >> 32), int(uint32(id))}
	}
	return pairs, crowded
}
