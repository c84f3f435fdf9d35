package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"kith/customer"
	"kith/event"
	"kith/identity"
	"kith/segment"
	"kith/store"
)

// Segments is what keeping segments and computed traits live reads of the graph.
type Segments interface {
	Definitions(ctx context.Context) (store.Definitions, error)
	AllNames(ctx context.Context) ([]store.StoredName, error)
	TraitsAfter(ctx context.Context, after identity.Key, limit int) ([]store.StoredTraits, error)
	Standings(ctx context.Context, ids []identity.CustomerID) ([]store.StoredStanding, error)
	StandingsAfter(ctx context.Context, after identity.CustomerID, limit int) ([]store.StoredStanding, error)
	Tallies(ctx context.Context, keys []identity.Key) (map[identity.Key][]byte, error)
	TalliesAfter(ctx context.Context, after identity.Key, limit int, what store.Gathering) ([]store.StoredTallies, error)
	FactsAfter(ctx context.Context, of identity.Key, at event.Millis, id string, what store.Gathering) (facts []segment.Fact, last string, err error)
	Nearby(ctx context.Context, ids []identity.CustomerID) (map[identity.CustomerID]store.Nearby, error)
	Due(ctx context.Context, now event.Millis, limit int) ([]store.StoredStanding, error)
	NextDue(ctx context.Context) (event.Millis, error)
	MembersOf(ctx context.Context, segment string) (int64, error)
	Counts(ctx context.Context) (customers, identifiers int64, err error)
}

// live is what the pipeline knows of segments and computed traits while it holds the lease. Nobody else writes what is
// remembered here.
type live struct {
	set      *segment.Set
	stored   map[string]store.StoredSegment // by id, also those that are being removed
	own      []segment.Computed             // that are not built in
	jobs     []*job                         // gathering facts for new definitions, one after the other
	filled   map[string]segment.Reach       // features, and how much of them every identifier keeps, or will when the jobs are done
	standby  generations[identity.CustomerID, *known]
	due      event.Millis // nobody has to be looked at before
	counts   counts
	counting *sizes // of the write that is being made
	names    *names
	ahead    bool // names have what may not be stored
}

// known is what a customer is evaluated from, as it is stored.
type known struct {
	shared bool
	traits string
	basis  map[string]json.RawMessage
	due    event.Millis
	in     map[string]bool // rules: segments, and what connected customers ask about
	seen   event.Millis
	states map[identity.Key]segment.State
	size   int
}

func knownOf(s store.StoredStanding) (*known, error) {
	k := &known{
		shared: s.Shared, traits: s.Traits, basis: s.Basis, due: s.Due, seen: s.Seen,
		in: make(map[string]bool, len(s.In)+len(s.Meets)), states: make(map[identity.Key]segment.State, len(s.Tallies)), size: 512 + len(s.Traits),
	}
	for _, id := range slices.Concat(s.In, s.Meets) {
		k.in[id] = true
		k.size += 64
	}
	for key, b := range s.Tallies {
		state, err := segment.ParseState(b)
		if err != nil {
			return nil, err
		}
		k.states[key] = state
		k.size += len(key) + 64 + 4*len(b)
	}
	return k, nil
}

// standing is k as package segment takes it.
func (k *known) standing(now event.Millis) *segment.Standing {
	s := &segment.Standing{Now: now, Seen: k.seen, Shared: k.shared, Traits: []byte(k.traits), Basis: k.basis, In: k.in, Due: k.due}
	for _, state := range k.states {
		if len(state) > 0 {
			s.States = append(s.States, state)
		}
	}
	return s
}

// after is k when a verdict has been carried out.
func (k *known) after(o segment.Outcome) *known {
	out := *k
	out.basis, out.due = o.Basis, o.Due
	if len(o.Entered)+len(o.Left)+len(o.Met)+len(o.Unmet) > 0 {
		if out.in = maps.Clone(k.in); out.in == nil {
			out.in = map[string]bool{}
		}
		for _, id := range slices.Concat(o.Entered, o.Met) {
			out.in[id] = true
		}
		for _, id := range slices.Concat(o.Left, o.Unmet) {
			delete(out.in, id)
		}
	}
	return &out
}

// outcome writes down what became of a customer; row is where its properties go, nil when it has no row yet.
func (l *live) outcome(w *store.Write, id identity.CustomerID, before *known, o segment.Outcome, row store.Row, sizes *sizes) {
	changed := store.Row{}
	if o.Due != before.due {
		changed["due"] = nil
		if o.Due != segment.Never {
			changed["due"] = int64(o.Due)
		}
		l.due = min(l.due, o.Due)
	}
	if len(o.Changed) > 0 || len(o.Basis) != len(before.basis) {
		changed["computed"] = nil
		if len(o.Basis) > 0 {
			text, err := json.Marshal(o.Basis)
			if err != nil {
				panic("pipeline: what is computed is JSON already: " + err.Error())
			}
			changed["computed"] = string(text)
		}
	}
	if len(o.Met)+len(o.Unmet) > 0 {
		meets := []string{}
		for rule := range before.after(o).in {
			if _, segment := l.stored[rule]; !segment {
				meets = append(meets, rule)
			}
		}
		slices.Sort(meets)
		changed["meets"] = meets
		for _, rule := range slices.Concat(o.Met, o.Unmet) {
			w.Turned = append(w.Turned, store.Row{"c": string(id), "m": rule})
		}
		l.due = 0
	}
	switch {
	case len(changed) == 0:
	case row != nil:
		maps.Copy(row, changed)
	default:
		w.Standing = append(w.Standing, store.Row{"id": string(id), "p": changed})
	}
	if len(o.Entered) > 0 {
		w.Entered = append(w.Entered, store.Entering{Customer: string(id), Segments: o.Entered, Since: int64(sizes.now)})
	}
	if len(o.Left) > 0 {
		w.Left = append(w.Left, store.Row{"c": string(id), "s": o.Left})
	}
	for _, s := range o.Entered {
		sizes.entered[s]++
	}
	for _, s := range o.Left {
		sizes.left[s]++
	}
}

// sizes counts who enters and leaves segments at one moment.
type sizes struct {
	now           event.Millis
	entered, left map[string]int64
}

func newSizes(now event.Millis) *sizes {
	return &sizes{now: now, entered: map[string]int64{}, left: map[string]int64{}}
}

const dayMillis = 24 * 3600 * 1000

// countEvery is how long what was counted may wait to be written. How many members a segment has can be told at any time;
// how many entered and left on a day is for people to look at, and writing it with each batch, however small, would be
// most of what a batch of few events costs. Of what a process counted that is killed, a second is not counted.
const countEvery = time.Second

// counts is what was committed and not written down yet, by segment and day.
type counts map[countOf]*counted

type countOf struct {
	segment string
	day     event.Millis
}

type counted struct{ entered, left int64 }

// add takes in what a committed transaction counted.
func (c counts) add(s *sizes) {
	if s == nil {
		return
	}
	of := func(id string) *counted {
		key := countOf{id, s.now - s.now%dayMillis}
		if c[key] == nil {
			c[key] = &counted{}
		}
		return c[key]
	}
	for id, n := range s.entered {
		of(id).entered += n
	}
	for id, n := range s.left {
		of(id).left += n
	}
}

func (c counts) rows(w *store.Write) {
	keys := slices.SortedFunc(maps.Keys(c), func(a, b countOf) int {
		return cmp.Or(strings.Compare(a.segment, b.segment), cmp.Compare(a.day, b.day))
	})
	for _, k := range keys {
		w.Sizes = append(w.Sizes, store.Row{"id": k.segment, "entered": c[k].entered, "left": c[k].left, "day": k.segment + " " + k.day.Time().Format("2006-01-02"), "at": int64(k.day)})
	}
}

// count has a write written with what was counted long enough ago, or at all.
func (a *applier) count(w *store.Write, all bool) {
	if a.live != nil && len(a.live.counts) > 0 && (all || time.Since(a.counted) >= countEvery) {
		a.live.counts.rows(w)
	}
}

// countDown writes what was counted when nothing else is written.
func (a *applier) countDown(ctx context.Context, all bool) error {
	w := a.write()
	if a.count(&w, all); len(w.Sizes) == 0 {
		return nil
	}
	return a.commit(ctx, w)
}

// told adds to the changes that subscribers are told what became of customers: who entered and left, and that they show
// something else.
func told(out []customer.Change, outcomes map[identity.CustomerID]segment.Outcome) []customer.Change {
	shown := map[identity.CustomerID]*customer.Changed{}
	for _, c := range out {
		if c.Changed != nil {
			shown[c.Changed.Customer] = c.Changed
		}
	}
	var memberships, more []customer.Change
	for _, id := range sortedKeys(outcomes) {
		o := outcomes[id]
		moved := len(o.Entered)+len(o.Left) > 0
		if !moved && len(o.Changed) == 0 {
			continue
		}
		c := shown[id]
		if c == nil {
			c = &customer.Changed{Customer: id}
			more = append(more, customer.Change{Changed: c})
		}
		if moved {
			c.Reasons = append(c.Reasons, customer.ReasonSegments)
		}
		if len(o.Changed) > 0 {
			c.Reasons = append(c.Reasons, customer.ReasonComputed)
			c.Traits = slices.Concat(c.Traits, o.Changed)
			slices.Sort(c.Traits)
			c.Traits = slices.Compact(c.Traits)
		}
		for _, s := range o.Left {
			memberships = append(memberships, customer.Change{Membership: &customer.Membership{Customer: id, Segment: s}})
		}
		for _, s := range o.Entered {
			memberships = append(memberships, customer.Change{Membership: &customer.Membership{Customer: id, Segment: s, Entered: true}})
		}
	}
	return slices.Concat(out, more, memberships)
}
