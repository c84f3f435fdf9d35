package identity

import (
	"slices"
	"strings"

	"kith/fault"
)

// Add takes the answer to the last Need. What is missing in it is not stored.
func (u *Update) Add(l Loaded) {
	for _, answer := range []Answer{l.Components, l.Around, l.Wide} {
		u.take(answer)
	}
	for _, k := range l.Common {
		u.recount[u.node(k).Key] = true
	}
	u.addComponents()
	u.addAround()
	u.addWide(l.Wide)
	for _, list := range u.asked.Common {
		u.common[listName(list)] = true
	}
	u.asked = Need{}
}

func (u *Update) take(a Answer) {
	for _, s := range slices.Concat(a.Members, a.Ends) {
		n := u.node(s.Key)
		if n.isNew {
			u.err = fault.New("identity.Update", fault.Invalid, "an identifier that is said to be new is stored already")
		}
		if s.Record == nil {
			s.Record = n.was.Record // only what is asked for as a component comes with it
		}
		n.stored, n.was = true, s
	}
	for _, j := range a.Links {
		l := u.link(j.ID())
		if l.stored {
			j.First = min(j.First, l.was.First)
		}
		l.stored, l.was = true, j
	}
	for _, x := range a.Rulings {
		u.ruling(x).stored = true
	}
	for _, x := range a.Markings {
		u.marking(x).stored = true
	}
}

func (u *Update) addComponents() {
	var list []*node
	for _, k := range u.asked.Components {
		list = append(list, u.nodes[k])
	}
	for _, n := range u.wasReached(list) {
		n.member = true
		if !n.stored {
			n.around = everyone
		}
	}
}

// wasReached is these and everything that hangs together with one of them as stored, over rulings of either kind too.
func (u *Update) wasReached(from []*node) []*node {
	decided := map[*node][]*node{}
	for _, x := range u.rulings {
		if x.stored {
			a, b := u.nodes[x.A], u.nodes[x.B]
			decided[a], decided[b] = append(decided[a], b), append(decided[b], a)
		}
	}
	unmet := u.walk()
	var out []*node
	visit := func(n *node) {
		if unmet(n) {
			out = append(out, n)
		}
	}
	for _, n := range from {
		visit(n)
	}
	for i := 0; i < len(out); i++ {
		for _, l := range out[i].links {
			if l.stored && l.was.Conducts {
				visit(l.other(out[i]))
			}
		}
		for _, n := range decided[out[i]] {
			visit(n)
		}
	}
	return out
}

func (u *Update) addAround() {
	for _, a := range u.asked.Around {
		n := u.nodes[a.Key]
		switch {
		case !n.stored || a.Limit == 0:
			n.around = everyone
		case a.Shared || n.was.Status == Active:
			n.around, n.limit = sample, a.Limit
			if blocked, others := u.sampled(n); blocked < n.limit && others < n.limit {
				n.around = everyone
			}
		}
	}
}

// sampled is how many stored neighbours are known: BLOCKED ones, and the most of any one type of others. What reaches
// the limit of the sample may have been cut short.
func (u *Update) sampled(n *node) (blocked, others int) {
	unmet := u.walk()
	of := map[string]int{}
	for _, l := range n.links {
		other := l.other(n)
		if !l.stored || !unmet(other) {
			continue
		}
		if other.was.Status == Blocked {
			blocked++
			continue
		}
		typ := other.Key.Type()
		of[typ]++
		others = max(others, of[typ])
	}
	return blocked, others
}

func (u *Update) addWide(a Answer) {
	if len(u.asked.Wide) == 0 {
		return
	}
	rows := map[Key]int{}
	for _, l := range a.Links {
		rows[l.A]++
		rows[l.B]++
	}
	for _, s := range a.Members {
		if rows[s.Key] < u.asked.Wide[0].Limit {
			n := u.nodes[s.Key]
			n.below = max(n.below, u.asked.Wide[0].Below)
		}
	}
}

// listName tells lists of Need.Common apart.
func listName(list []Key) string {
	var b strings.Builder
	for _, k := range list {
		b.WriteString(string(k))
		b.WriteByte(0)
	}
	return b.String()
}
