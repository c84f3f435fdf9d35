package feed

import (
	"slices"

	"kith/customer"
	"kith/identity"
)

// watch is what a subscription watches: a person, by the id that one identifier gives, or touchpoints.
type watch struct {
	id      identity.CustomerID // empty: touchpoints
	holder  identity.CustomerID // who holds the identifier now
	filter  *filter             // of touchpoints
	segment string              // whose entering and leaving is watched
	crowd   *crowd              // whose members' changes are watched; while the subscription has joined, all who watch them share it
	lost    string              // why there is nothing left to watch, when there is not
}

// resume is the watch of id at a cursor, where now says who holds it now or did so at some moment after the cursor.
func resume(id, now identity.CustomerID, at cursor) watch {
	w := watch{id: id, holder: now}
	switch id {
	case at.watched:
		w.holder = at.holder // the cursor knows who held it there
	case at.holder:
		w.holder = id // a customer holds the identifier that gives its id
	}
	return w
}

// step is whether a change is shown to who watches, and moves w along with its identifier. Splits and moves say of every id
// where it went, merges only of customers; so a watch that is told an outdated holder to begin with is set right by the first of these that names
// its id, or when its holder is absorbed.
func (w *watch) step(c customer.Change) bool {
	switch {
	case c.Touchpoint != nil:
		return w.filter != nil && w.filter.match(c.Touchpoint)
	case c.Deleted != nil:
		if c.Deleted.Segment == w.segment || w.crowd != nil && c.Deleted.Segment == w.crowd.segment {
			w.lost = ended
		}
		return false
	case w.segment != "":
		return c.Membership != nil && c.Membership.Segment == w.segment
	case w.crowd != nil:
		return w.crowd.step(c)
	case w.id == "":
		return false
	case c.Changed != nil:
		return c.Changed.Customer == w.holder
	case c.Merged != nil:
		m := c.Merged
		if slices.Contains(m.Absorbed, w.holder) || slices.Contains(m.Absorbed, w.id) {
			w.holder = m.Customer
			return true
		}
		return m.Customer == w.holder
	case c.Split != nil:
		concerns := c.Split.Customer == w.holder
		for _, part := range c.Split.Created {
			if slices.Contains(part.IDs, w.id) {
				w.holder = part.Customer
				return true
			}
		}
		return concerns
	case c.Moved != nil: // not shown: where there is somebody to go to, a Changed of that customer follows
		if slices.Contains(c.Moved.IDs, w.id) {
			if c.Moved.To == "" {
				w.lost = lost
			} else {
				w.holder = c.Moved.To
			}
		}
	}
	return false
}
