package identity

import "slices"

// relevel finds the components of everything affected, level by level, as Resolve does; but it follows only what
// starts at something affected, and asks where its knowledge ends.
func (u *Update) relevel(need *Need) {
	var rest []*node
	for _, n := range u.affected {
		if n.exists && n.status != Blocked {
			rest = append(rest, n)
		}
	}
	slices.SortFunc(rest, byKey)
	for level := uint8(0); len(rest) > 0; level++ {
		var over []*node
		settled := len(u.settled)
		for _, n := range rest {
			c := n.componentAt(level)
			if c == nil {
				c = u.explore(n, level, need)
				if c.outcome == whole {
					u.settled = append(u.settled, c.members)
				}
			}
			if c.outcome == tooMany {
				over = append(over, n)
			}
		}
		if !need.Empty() {
			u.widen(need)
			return
		}
		for _, members := range u.settled[settled:] {
			for _, n := range members {
				n.level = level
			}
		}
		rest = over
	}
}

// component is what was found to hang together at a level.
type component struct {
	level   uint8
	members []*node
	outcome outcome
}

type outcome uint8

const (
	whole   outcome = iota // all of it, and not too many
	tooMany                // more than the size allows; members may be some
	partial                // something must be loaded to tell
)

// componentAt is the component that a node was found in at a level.
func (n *node) componentAt(level uint8) *component {
	if n.component == nil || n.component.level != level {
		return nil
	}
	return n.component
}

func (u *Update) explore(n *node, level uint8, need *Need) *component {
	c := &component{level: level}
	var wide []Key
	// Where it meets a partial one, something has been asked for and all of this is done again.
	visit := func(m *node) {
		switch other := m.componentAt(level); {
		case other == nil:
			m.component = c
			c.members = append(c.members, m)
		case other != c && other.outcome == tooMany:
			c.outcome = tooMany
		}
	}
	visit(n)
	var load []Key
	for i := 0; i < len(c.members) && c.outcome != tooMany; i++ {
		if len(c.members) > u.rules.Size() && level < strengths {
			c.outcome = tooMany
			break
		}
		at := c.members[i]
		switch u.sight(at, level) {
		case farBeyond:
			c.outcome = tooMany
		case hidden:
			load = append(load, at.Key)
		case narrow:
			wide = append(wide, at.Key)
		}
		for _, l := range at.links {
			if l.isOK() && survives(l.Strength, level) {
				visit(l.other(at))
			}
		}
		for _, k := range u.d.members(at.Key) {
			visit(u.nodes[k])
		}
	}
	if c.outcome == tooMany || len(load)+len(wide) == 0 {
		return c
	}
	c.outcome = partial
	need.Components = append(need.Components, load...)
	if len(wide) > 0 {
		slices.Sort(wide)
		need.Wide = append(need.Wide, Wide{From: wide, Below: strengths - level})
	}
	return c
}

// widen sets the limit of what is asked beyond the size rule: enough to find too many, and more when something was
// asked for before and had more links than that.
func (u *Update) widen(need *Need) {
	again := false
	for _, w := range need.Wide {
		for _, k := range w.From {
			n := u.nodes[k]
			again = again || n.asked >= w.Below
			n.asked = w.Below
		}
	}
	if again {
		u.wideLimit *= 2
	}
	for i := range need.Wide {
		need.Wide[i].Limit = u.wideLimit
	}
}

type sight uint8

const (
	inSight   sight = iota // all that it hangs together with directly at the level is known
	farBeyond              // it hangs together with too many at the level
	hidden                 // its component must be loaded
	narrow                 // its links beyond the size rule must be loaded
)

func (u *Update) sight(n *node, level uint8) sight {
	switch {
	case !n.stored:
		return inSight
	case n.was.Level > level && u.shrunk <= int(level):
		// Too many did hang together around it, and nothing was taken away from anything of the kind.
		return farBeyond
	case !n.member:
		return hidden
	case n.around == everyone || n.was.Status != Active:
		// What was not ACTIVE and is has had its neighbourhood loaded; what is not conducts nothing.
		return inSight
	case strengths-level <= max(n.below, strengths-n.was.Level):
		return inSight
	}
	return narrow
}
