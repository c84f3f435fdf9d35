package feed

import (
	"slices"

	"kith/customer"
	"kith/event"
	"kith/identity"
)

// item is a change that waits for its subscriber.
type item struct {
	at       place // right behind it
	holder   identity.CustomerID
	time     event.Millis
	received event.Millis
	trace    string
	cursor   string // at, with what is watched; empty: not made yet
	change   customer.Change
	united   bool // of several
}

// queue is the changes that wait for one subscriber, bounded by their bytes.
type queue struct {
	items []item
	long  bool // there were several, whose memory is given back when they are gone
	bytes int
	limit int
}

// size is about what an item costs: its own memory, and what of its change is not shared.
func (i item) size() int {
	n := 128
	if i.united {
		for _, name := range i.change.Changed.Traits {
			n += 16 + len(name)
		}
		n += 16 * len(i.change.Changed.Reasons)
	}
	return n
}

// push adds an item. Over the limit it unites the changes that can be; when that is not enough it is false, and the queue
// is of no use any more.
func (q *queue) push(i item) bool {
	q.items = append(q.items, i)
	q.long = q.long || len(q.items) > 4
	q.bytes += i.size()
	if q.bytes > q.limit {
		q.unite()
	}
	return q.bytes <= q.limit
}

// full says that there is better no more pushed by somebody who can wait.
func (q *queue) full() bool { return q.bytes > q.limit/2 }

func (q *queue) pop() (item, bool) {
	if len(q.items) == 0 {
		return item{}, false
	}
	i := q.items[0]
	q.items[0] = item{}
	q.bytes -= i.size()
	switch {
	case len(q.items) > 1:
		q.items = q.items[1:]
	case q.long:
		q.items, q.long = nil, false
	default: // as it mostly is: the next one has its place
		q.items = q.items[:0]
	}
	return i, true
}

// unite makes one of all Changed of the same customer, at the place of the last of them, with the reasons and traits of
// all. What shows of a customer is read when it is sent, so only the news that there was something in between is lost.
// Merges, splits and touchpoints stay as they are.
func (q *queue) unite() {
	last := map[identity.CustomerID]int{}
	kept := len(q.items)
	for n := len(q.items) - 1; n >= 0; n-- {
		i := q.items[n]
		if c := i.change.Changed; c != nil {
			if at, ok := last[c.Customer]; ok {
				q.items[at] = both(i, q.items[at])
				continue
			}
			last[c.Customer] = kept - 1
		}
		kept--
		q.items[kept] = i
	}
	q.items = slices.Clone(q.items[kept:])
	q.bytes = 0
	for _, i := range q.items {
		q.bytes += i.size()
	}
}

// both is two changes of one customer as one.
func both(earlier, later item) item {
	a, b := earlier.change.Changed, later.change.Changed
	later.change = customer.Change{Changed: &customer.Changed{
		Customer: b.Customer,
		Reasons:  union(a.Reasons, b.Reasons),
		Traits:   union(a.Traits, b.Traits),
	}}
	later.united = true
	if earlier.received != 0 && (later.received == 0 || earlier.received < later.received) {
		later.received = earlier.received
	}
	return later
}

// union is the elements of both, sorted, each once.
func union[S ~[]E, E ~string](a, b S) S {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
