package identity

import (
	"maps"
	"reflect"
	"slices"
	"testing"
)

// snapshot is who is of which customer.
type snapshot struct {
	of     map[Key]CustomerID
	status map[Key]Status
}

func (m *memory) snapshot() snapshot {
	s := snapshot{map[Key]CustomerID{}, map[Key]Status{}}
	for k, n := range m.nodes {
		s.of[k], s.status[k] = n.Customer, n.Status
	}
	return s
}

func (s snapshot) members(id CustomerID) []Key {
	var out []Key
	for k, of := range s.of {
		if of == id {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

func (s snapshot) ids() []CustomerID {
	set := map[CustomerID]bool{}
	for _, id := range s.of {
		if id != "" {
			set[id] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func (s snapshot) shared(id CustomerID) bool {
	return !slices.ContainsFunc(s.members(id), func(k Key) bool { return s.status[k] != Shared })
}

// history is what a diff must say of customers, worked out from two pictures of everything.
func history(before, after snapshot) Diff {
	var d Diff
	keys := maps.Clone(before.of)
	maps.Copy(keys, after.of)
	owner := map[CustomerID]Key{}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		owner[CustomerIDOf(workspace, k)] = k
		if before.of[k] != after.of[k] {
			d.Moves = append(d.Moves, Move{k, before.of[k], after.of[k]})
		}
	}
	for _, id := range after.ids() {
		members := after.members(id)
		if !slices.Equal(members, before.members(id)) || before.shared(id) != after.shared(id) {
			d.Customers = append(d.Customers, Customer{id, owner[id], members, after.shared(id)})
		}
	}
	merges := map[CustomerID][]CustomerID{}
	for _, id := range before.ids() {
		if !slices.Contains(after.ids(), id) {
			d.Retired = append(d.Retired, id)
		}
		heirs := map[CustomerID]bool{}
		for _, k := range before.members(id) {
			if after.of[k] != "" {
				heirs[after.of[k]] = true
			}
		}
		now := after.of[owner[id]]
		if now == "" {
			d.Ended = append(d.Ended, Ended{id, slices.Sorted(maps.Keys(heirs))})
			continue
		}
		if now != id {
			merges[now] = append(merges[now], id)
		}
		var created []CustomerID
		for _, heir := range slices.Sorted(maps.Keys(heirs)) {
			if heir != now && !slices.Contains(before.ids(), heir) {
				created = append(created, heir)
			}
		}
		if len(created) > 0 {
			d.Splits = append(d.Splits, Split{id, now, created})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(merges)) {
		d.Merges = append(d.Merges, Merge{id, merges[id]})
	}
	return d
}

func checkHistory(t testing.TB, diff *Diff, before, after snapshot) {
	t.Helper()
	want := history(before, after)
	got := Diff{Moves: diff.Moves, Customers: diff.Customers, Retired: diff.Retired, Merges: diff.Merges, Splits: diff.Splits, Ended: diff.Ended}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the diff says %+v\nwant %+v", got, want)
	}
}
