package store

import (
	"context"
	"slices"

	"kith/event"
	"kith/fault"
)

// CustomersQuery asks for a page of all customers. Of First and Last exactly one is set.
type CustomersQuery struct {
	Known   *bool
	Segment string // members of it; empty for all
	Shared  bool   // the stand-ins of SHARED identifiers, instead of the others
	Search  string // words of name, e-mail or phone; blank for all customers

	ByFirstSeen bool // else by last seen
	Ascending   bool // else latest first
	Ranked      bool // of a search: who meets more words in full comes first, and the order above decides among equals

	First, Last   int
	After, Before *Mark
}

// List names the list and its order, for cursors.
func (q CustomersQuery) List() string {
	name := "customers"
	if q.ByFirstSeen {
		name += "-first"
	}
	if q.Ascending {
		name += "-up"
	}
	if q.Search != "" {
		name += "-search"
	}
	if q.Search != "" && q.Ranked {
		name += "-ranked"
	}
	return name
}

// CustomersPage reads a page of customers. A search that is too long is INVALID.
func (g *Graph) CustomersPage(ctx context.Context, q CustomersQuery, w Want) (*Page[*Profile], error) {
	if (q.First > 0) == (q.Last > 0) {
		return nil, fault.New("store.CustomersPage", fault.Invalid, "Ask for entries from one end: first or last.")
	}
	size, backward := q.First+q.Last, q.Last > 0
	params := map[string]any{"shared": q.Shared, "known": nil, "segment": nil, "n": size + 1}
	if q.Segment != "" {
		params["segment"] = q.Segment
	}
	if q.Known != nil {
		params["known"] = *q.Known
	}
	head := "last"
	switch {
	case q.Search != "":
		s, err := parseSearch(q.Search)
		if err != nil {
			return nil, err
		}
		head = "search"
		params["query"], params["words"], params["candidates"] = s.query, anys(s.words), searchCandidates
		params["ranked"], params["byFirst"], params["sign"] = q.Ranked, q.ByFirstSeen, q.sign()
	case q.ByFirstSeen:
		head = "first"
	}
	q.bounds(params)
	if q.down() == backward {
		head += " up"
	} else {
		head += " down"
	}

	page := &Page[*Profile]{}
	var low, high bool
	err := g.profiles(ctx, "store.CustomersPage", head, params, w, func(f found) {
		low, high = f.before, f.behind
		if f.profile != nil {
			page.Entries = append(page.Entries, Entry[*Profile]{q.mark(f), f.profile})
		}
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(page.Entries, func(a, b Entry[*Profile]) int { return q.compare(a.Mark, b.Mark) })
	page.HasPrevious, page.HasNext = low, high
	if q.down() {
		page.HasPrevious, page.HasNext = high, low
	}
	switch over := len(page.Entries) > size; {
	case over && backward:
		page.Entries, page.HasPrevious = page.Entries[1:], true
	case over:
		page.Entries, page.HasNext = page.Entries[:size], true
	}
	return page, nil
}

// A statement orders by rank, time and id, all one way, down or up. A list runs up for ascending times. A search always
// runs down, so that better matches come first; ascending, its times count negative.

func (q CustomersQuery) down() bool { return !q.Ascending || q.Search != "" }

func (q CustomersQuery) sign() int64 {
	if q.Search != "" && q.Ascending {
		return -1
	}
	return 1
}

// key is what the statement orders the entry at m by.
func (q CustomersQuery) key(m Mark) Mark {
	m.At *= event.Millis(q.sign())
	return m
}

// mark is the place of a found customer.
func (q CustomersQuery) mark(f found) Mark {
	m := Mark{Rank: f.rank, At: f.profile.LastSeen, ID: string(f.profile.ID)}
	if q.ByFirstSeen {
		m.At = f.profile.FirstSeen
	}
	return m
}

// compare is the order of the list.
func (q CustomersQuery) compare(a, b Mark) int {
	c := compareMarks(q.key(a), q.key(b))
	if q.down() {
		return -c
	}
	return c
}

// bounds are between which keys the page lies, both excluded.
func (q CustomersQuery) bounds(p map[string]any) {
	low, high := Mark{Rank: -1, At: firstAt, ID: firstID}, Mark{Rank: 1 << 31, At: lastAt, ID: lastID}
	below, above := q.Before, q.After
	if !q.down() {
		below, above = above, below
	}
	if below != nil {
		low = q.key(*below)
	}
	if above != nil {
		high = q.key(*above)
	}
	p["lowRank"], p["lowAt"], p["lowID"] = low.Rank, int64(low.At), low.ID
	p["highRank"], p["highAt"], p["highID"] = high.Rank, int64(high.At), high.ID
}
