package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"kith/identity/match"
)

// mistakes shows some pairs that were put together wrongly and some that were missed, with what was compared.
func (r *result) mistakes(b *strings.Builder, n int) {
	if n == 0 {
		return
	}
	status := map[[2]int]match.Status{}
	for _, l := range r.clusters.Links {
		status[[2]int{l.A, l.B}], status[[2]int{l.B, l.A}] = l.Status, l.Status
	}
	for _, kind := range []struct {
		name        string
		same, other []int
	}{{"wrongly joined", r.clusters.Cells, r.set.persons}, {"missed", r.set.persons, r.clusters.Cells}} {
		wrong := pairsWhere(kind.same, kind.other)
		rng := rand.New(rand.NewPCG(1, 2))
		rng.Shuffle(len(wrong), func(i, j int) { wrong[i], wrong[j] = wrong[j], wrong[i] })
		fmt.Fprintf(b, "\n%s: %s: %d pairs\n", r.set.name, kind.name, len(wrong))
		for _, p := range wrong[:min(n, len(wrong))] {
			c := r.model.Compare(r.items[p[0]].Record, r.items[p[1]].Record)
			fmt.Fprintf(b, "- %s %s\n  %s %s\n  %.1f against %s, %v:", r.items[p[0]].ID, r.set.traits[p[0]], r.items[p[1]].ID, r.set.traits[p[1]],
				float64(c.Weight)/100, c.Against, status[p])
			for _, s := range c.Steps {
				fmt.Fprintf(b, " %s %s %+.1f", s.Field, s.Level, float64(s.Weight)/100)
			}
			b.WriteByte('\n')
		}
	}
}

// pairsWhere is the pairs that are in one group of same and not of other.
func pairsWhere(same, other []int) [][2]int {
	groups := map[int][]int{}
	for i, g := range same {
		groups[g] = append(groups[g], i)
	}
	var out [][2]int
	for g := range len(same) {
		members := groups[g]
		for i, a := range members {
			for _, c := range members[i+1:] {
				if other[a] != other[c] {
					out = append(out, [2]int{a, c})
				}
			}
		}
	}
	return out
}
