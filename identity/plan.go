package identity

import (
	"maps"
	"slices"
)

// plan is what an Update makes of what it has seen so far. It is made anew after every load, from the beginning: each
// step either has all it needs or asks, and the next one waits for the answer.
type plan struct {
	d        *decided
	circle   map[*node]bool // decision components that the delta touches
	seeds    []*node        // whose status is counted anew
	affected []*node        // whose component or cell may change
	shrunk   int            // highest stored level around anything that stopped holding identifiers together; -1: nothing did
	settled  [][]*node      // components, whole, of everything affected
}

func (u *Update) think() Need {
	u.plan = plan{shrunk: -1}
	for _, step := range []func(*Need){u.apply, u.group, u.count, u.turn, u.stir, u.relevel} {
		var need Need
		step(&need)
		if need.sort(); !need.Empty() {
			return need
		}
	}
	return Need{}
}

// apply puts the facts of the delta on those stored.
func (u *Update) apply(*Need) {
	set := map[Key][]Marking{}
	for _, m := range u.markings {
		if (m.stored || m.added) && !m.revoked {
			set[m.Key] = append(set[m.Key], m.Marking)
		}
	}
	named := map[Key]bool{}
	for _, x := range u.rulings {
		if x.after() {
			named[x.A], named[x.B] = true, true
		}
	}
	for k, n := range u.nodes {
		n.First = n.seen
		switch {
		case n.gone:
		case n.reset != Unseen:
			n.First = min(n.First, n.reset)
		case n.stored:
			n.First = min(n.First, n.was.First)
		}
		n.exists = n.First != Unseen || named[k] || len(set[k]) > 0
		n.mark, n.status, n.level, n.anchor = MarkNone, n.was.Status, n.was.Level, nil
		if n.member {
			n.mark = markOf(n.own, set[k])
			switch {
			case n.mark == MarkBlocked:
				n.status = Blocked
			case n.status == Blocked:
				n.status = Active
			}
		}
		n.taken, n.seed, n.stirred, n.component = 0, false, false, nil
		switch n.record = n.was.Record; {
		case n.rewritten:
			n.record = n.says
		case n.gone:
			n.record = nil
		}
	}
	for _, l := range u.links {
		l.First, l.Weight = l.seen, l.weight
		if l.seen == Unseen {
			l.Weight = l.was.Weight
		}
		switch {
		case l.gone || l.a.gone || l.b.gone:
		case l.reset != Unseen:
			l.First = min(l.First, l.reset)
		case l.stored:
			l.First = min(l.First, l.was.First)
		}
		l.present = l.First != Unseen && l.a.First != Unseen && l.b.First != Unseen
		if l.existed() && !l.present {
			l.a.taken++
			l.b.taken++
		}
	}
}

func (x *heldRuling) after() bool { return (x.stored || x.added) && !x.revoked }

// group forms the groups, and finds whose neighbours must be counted anew because of them.
func (u *Update) group(need *Need) {
	u.d = decide(u.rulingsOf((*heldRuling).after), func(k Key) bool { return u.nodes[k].status == Blocked })
	u.circle = map[*node]bool{}
	touched := maps.Clone(u.decision)
	for k := range u.revised {
		if n := u.nodes[k]; (n.was.Status == Blocked) != (n.status == Blocked) {
			touched[k] = true
			if n.stored && n.around != everyone {
				need.Around = append(need.Around, Around{Key: k, Shared: true})
			}
		}
	}
	if len(touched) == 0 {
		return
	}
	u.circle = u.circleOf(touched)
	before := decide(u.rulingsOf(func(x *heldRuling) bool { return x.stored }), func(k Key) bool { return u.nodes[k].was.Status == Blocked })
	for _, list := range u.regrouped(before) {
		if !u.common[listName(list)] {
			need.Common = append(need.Common, list)
		}
	}
}

// circleOf is everything that rulings connect with the given, before or after.
func (u *Update) circleOf(keys map[Key]bool) map[*node]bool {
	next := map[Key][]Key{}
	for _, x := range u.rulings {
		next[x.A] = append(next[x.A], x.B)
		next[x.B] = append(next[x.B], x.A)
	}
	circle := map[*node]bool{}
	queue := slices.Collect(maps.Keys(keys))
	for len(queue) > 0 {
		k := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if n := u.nodes[k]; !circle[n] {
			circle[n] = true
			queue = append(queue, next[k]...)
		}
	}
	return circle
}

// regrouped is the lists of identifiers of one type that are one group before or after but not both. Only who is
// linked to two of a list is counted otherwise than before, so the neighbours of a hub are not looked at one by one.
func (u *Update) regrouped(before *decided) [][]Key {
	mates := func(d *decided, n *node) []Key {
		var out []Key
		for _, k := range d.members(n.Key) {
			if u.nodes[k].policy == n.policy {
				out = append(out, k)
			}
		}
		slices.Sort(out)
		return out
	}
	lists := map[string][]Key{}
	for n := range u.circle {
		was, is := mates(before, n), mates(u.d, n)
		if slices.Equal(was, is) {
			continue
		}
		for _, list := range [][]Key{was, is} {
			list = slices.DeleteFunc(list, func(k Key) bool { return !u.nodes[k].stored })
			if len(list) > 1 {
				lists[listName(list)] = list
			}
		}
	}
	return slices.SortedFunc(maps.Values(lists), slices.Compare)
}

// count gives every identifier whose links, mark or neighbours changed its status.
func (u *Update) count(need *Need) {
	for k, n := range u.nodes {
		if n.touched || n.isNew || n.member && !n.stored || u.revised[k] || u.recount[k] || n.taken > 0 {
			n.seed = true
		}
		// What is taken away with an identifier, or a mark that makes or unmakes it BLOCKED, concerns its neighbours.
		if n.gone && n.stored && n.was.Status != Blocked && n.around != everyone {
			need.Around = append(need.Around, Around{Key: k, Shared: true})
		}
		if (n.was.Status == Blocked) != (n.status == Blocked) && u.revised[k] {
			for _, l := range n.links {
				l.other(n).seed = true
			}
		}
	}
	if !need.Empty() {
		return
	}
	for _, n := range u.nodes {
		if !n.seed {
			continue
		}
		if !n.member {
			need.Components = append(need.Components, n.Key)
			continue
		}
		u.seeds = append(u.seeds, n)
		if !n.exists {
			continue
		}
		if status, known := u.statusOf(n, need); known {
			n.status = status
		}
	}
}

// statusOf is the status of a seed; false when it must see more first.
func (u *Update) statusOf(n *node, need *Need) (Status, bool) {
	switch {
	case n.mark == MarkBlocked:
		return Blocked, true
	case n.mark == MarkShared:
		return Shared, true
	case n.mark == MarkPersonal || n.policy.class == Exclusive:
		return Active, true
	case n.was.Status == Shared && n.taken == 0 && !u.revised[n.Key] && !u.recount[n.Key]:
		// Its neighbours only became more, none of them BLOCKED, no two of them one group: it stays SHARED.
		if !u.lostNeighbour(n) {
			return Shared, true
		}
	}
	if n.around == nothing {
		need.Around = append(need.Around, Around{Key: n.Key, Limit: u.enough(n), Shared: n.was.Status != Active})
		return 0, false
	}
	if n.around == everyone && len(n.links) <= n.policy.least {
		return Active, true
	}
	return u.tally(n, need)
}

// lostNeighbour says that a neighbour became BLOCKED.
func (u *Update) lostNeighbour(n *node) bool {
	for _, l := range n.links {
		if other := l.other(n); l.stored && other.status == Blocked && other.was.Status != Blocked {
			return true
		}
	}
	return false
}

// tally counts the groups around n per type. Groups of neighbours whose decisions were not loaded are unknown, and
// asked for only when they matter.
func (u *Update) tally(n *node, need *Need) (Status, bool) {
	type groups struct {
		names   map[Key]bool
		unknown []Key
	}
	of := map[*policy]*groups{}
	unmet := u.walk()
	for _, l := range n.links {
		other := l.other(n)
		if !l.present || l.Kind == Matched || other.status == Blocked || !unmet(other) {
			continue
		}
		g := of[other.policy]
		if g == nil {
			g = &groups{names: map[Key]bool{}}
			of[other.policy] = g
		}
		if !other.member && other.was.Decided {
			g.unknown = append(g.unknown, other.Key)
		} else {
			g.names[u.d.name(other.Key)] = true
		}
	}
	var unknown []Key
	for p, g := range of {
		share := u.rules.shareOf(n.policy, p)
		if len(g.names) > share {
			return Shared, true
		}
		if len(g.names)+len(g.unknown) > share {
			unknown = append(unknown, g.unknown...)
		}
	}
	if len(unknown) > 0 {
		need.Components = append(need.Components, unknown...)
		return 0, false
	}
	if _, others := u.sampled(n); n.around == sample && others >= n.limit {
		need.Around = append(need.Around, Around{Key: n.Key, Shared: true})
		return 0, false
	}
	return Active, true
}

// turn asks for all links of what changes its status: each of them may conduct otherwise now.
func (u *Update) turn(need *Need) {
	for _, n := range u.seeds {
		if n.stored && n.turned() && n.around != everyone {
			need.Around = append(need.Around, Around{Key: n.Key, Shared: true})
		}
	}
}

func (n *node) turned() bool { return n.exists && n.status != n.was.Status }

// stir finds what may change its component or cell: everything in the stored component of an end of a link that
// conducts otherwise or is taken in another order, of what comes, goes or turns, and of the circle.
func (u *Update) stir(need *Need) {
	for _, l := range u.links {
		was, is := l.wasOK(), l.isOK()
		if was && !is {
			u.shrunk = max(u.shrunk, int(l.a.was.Level), int(l.b.was.Level))
		}
		if was != is || is && (l.First != l.was.First || l.Weight != l.was.Weight) {
			l.a.stirred, l.b.stirred = true, true
		}
	}
	for _, n := range u.nodes {
		n.stirred = n.stirred || n.rewritten
	}
	for n := range u.circle {
		n.stirred = true
		u.shrunk = max(u.shrunk, int(n.was.Level))
	}
	var list []*node
	for _, n := range u.nodes {
		came, went := n.exists && !n.stored, n.stored && !n.exists
		if !n.stirred && !came && !went && (!n.stored || !n.turned() && n.First == n.was.First) {
			continue
		}
		if n.stored && !n.member {
			need.Components = append(need.Components, n.Key)
		}
		list = append(list, n)
	}
	u.affected = u.wasReached(list)
}
