package identity

import (
	"cmp"
	"maps"
	"slices"

	"kith/event"
	"kith/identity/match"
)

// Matching works out which links between records come and go when records do, having seen only what it asked for. What
// it finds is a function of the set of records and the model: two records are linked when they share a key that no more
// records hold than its cap, and enough speaks for one person.
//
//	m := identity.NewMatching(model, changes)
//	for need := m.Need(); !need.Empty(); need = m.Need() {
//		m.Add(load(need))
//	}
//	diff := m.Finish()
//
// A batch of new records takes two rounds. It does no input and output and is not safe for concurrent use.
type Matching struct {
	model   *match.Model
	changes map[Key]RecordChange
	records map[Key]Recorded // stored, of those asked for
	asked   map[Key]bool     // records asked for
	holders map[string]Holders
	matched map[Key][]Link   // stored, of those asked for
	linked  map[Key]bool     // asked for
	keys    map[Key][]string // after the changes
	old     map[Key][]string // before, of those that change
}

// Recorded is what a record says. Its zero value is a record that is not there.
type Recorded struct {
	Says    *match.Record // as sent, prepared by the model; nil when it is not there
	At      event.Millis  // effective time of this version
	Crowded []string      // its keys that are over their cap, sorted
}

// RecordChange is one record before and after; each record at most once.
type RecordChange struct {
	Key      Key
	Old, New Recorded
}

// MatchNeed is what a Matching must see before it can go on. Lists are sorted.
type MatchNeed struct {
	Holders []HoldersOf // how many records hold a key, and which, as stored
	Records []Key       // what they say, as stored
	Matched []Key       // all their links of kind Matched, as stored
}

// HoldersOf asks for the holders of a blocking key. Which they are is of no interest when there are more than Limit.
type HoldersOf struct {
	Key   string
	Limit int
}

// Empty says that nothing is needed any more.
func (n MatchNeed) Empty() bool { return len(n.Holders)+len(n.Records)+len(n.Matched) == 0 }

// Holders is the records that hold a blocking key, as stored.
type Holders struct {
	Count   int
	Records []Key // all of them, unless there are more than the limit
}

// MatchLoaded is the answer to a MatchNeed. What is not stored is left out.
type MatchLoaded struct {
	Holders map[string]Holders
	Records map[Key]Recorded
	Matched []Link
}

// MatchDiff is what changes, each list sorted.
type MatchDiff struct {
	Keys    []KeyChange
	Crowded map[Key][]string      // of records that are there afterwards, where it may differ from what is stored
	Says    map[Key]*match.Record // of the same: what is to be compared, without what is too common to say anything
	Links   []Link                // new, or with another weight
	Gone    []LinkID              // those that are no more, and those that are there again in Links
}

// KeyChange says that a record holds a blocking key from now on, or no longer.
type KeyChange struct {
	Record Key
	Key    string
	Held   bool
}

// NewMatching begins.
func NewMatching(model *match.Model, changes []RecordChange) *Matching {
	m := &Matching{
		model: model, changes: make(map[Key]RecordChange, len(changes)), records: map[Key]Recorded{}, asked: map[Key]bool{},
		holders: map[string]Holders{}, matched: map[Key][]Link{}, linked: map[Key]bool{}, keys: map[Key][]string{}, old: map[Key][]string{},
	}
	for _, c := range changes {
		m.changes[c.Key] = c
		m.old[c.Key] = m.keysOf(c.Old.Says)
	}
	return m
}

// Add takes the answer to the last need.
func (m *Matching) Add(l MatchLoaded) {
	maps.Copy(m.holders, l.Holders)
	maps.Copy(m.records, l.Records)
	for _, link := range l.Matched {
		for _, k := range []Key{link.A, link.B} {
			if !slices.Contains(m.matched[k], link) {
				m.matched[k] = append(m.matched[k], link)
			}
		}
	}
}

// now is what a record says after the changes.
func (m *Matching) now(k Key) Recorded {
	if c, changed := m.changes[k]; changed {
		return c.New
	}
	return m.records[k]
}

// keysOf is the blocking keys of what a record says, as texts.
func (m *Matching) keysOf(r *match.Record) []string {
	if r == nil {
		return nil
	}
	var out []string
	for _, k := range m.model.Keys(r) {
		out = append(out, k.Family.String()+":"+k.Value)
	}
	return out
}

// nowKeys is the keys a record holds after the changes.
func (m *Matching) nowKeys(k Key) []string {
	keys, known := m.keys[k]
	if !known {
		keys = m.keysOf(m.now(k).Says)
		m.keys[k] = keys
	}
	return keys
}

// round is what is worked out anew after every load.
type round struct {
	gained, lost map[string][]Key // by blocking key: who holds it from now on, and no longer
	scope        []Key            // records whose links may change; sorted
	need         MatchNeed
	wanted       map[string]bool // holders asked for in this round
}

// Need is what must be loaded next.
func (m *Matching) Need() MatchNeed {
	r := m.work()
	slices.SortFunc(r.need.Holders, func(a, b HoldersOf) int { return cmp.Compare(a.Key, b.Key) })
	slices.Sort(r.need.Records)
	slices.Sort(r.need.Matched)
	return r.need
}

// work goes as far as what is loaded allows: who holds which key, whose links that may change, and with whom.
func (m *Matching) work() *round {
	r := &round{gained: map[string][]Key{}, lost: map[string][]Key{}, wanted: map[string]bool{}}
	for _, step := range []func(*round){m.hold, m.reach, m.weigh} {
		if step(r); !r.need.Empty() {
			break
		}
	}
	return r
}

func (m *Matching) hold(r *round) {
	order := slices.Sorted(maps.Keys(m.changes))
	for _, k := range order {
		before, after := m.old[k], m.nowKeys(k)
		for _, key := range before {
			if !slices.Contains(after, key) {
				r.lost[key] = append(r.lost[key], k)
			}
		}
		for _, key := range after {
			if !slices.Contains(before, key) {
				r.gained[key] = append(r.gained[key], k)
			}
		}
		if m.changes[k].Old.Says != nil {
			m.askLinks(r, k)
		}
	}
	for _, k := range order {
		for _, keys := range [][]string{m.old[k], m.nowKeys(k)} {
			for _, key := range keys {
				m.ask(r, key)
			}
		}
	}
}

// reach finds the scope: what changed, and everybody who holds a key that became or ceased to be too common.
func (m *Matching) reach(r *round) {
	scope := map[Key]bool{}
	for k, c := range m.changes {
		if c.New.Says != nil {
			scope[k] = true
		}
	}
	for _, touched := range []map[string][]Key{r.gained, r.lost} {
		for key := range touched {
			if m.holders[key].Count > m.model.CapOf(key) == m.crowded(r, key) {
				continue
			}
			for _, k := range m.holdersNow(r, key) {
				scope[k] = true
			}
		}
	}
	r.scope = slices.Sorted(maps.Keys(scope))
	for _, k := range r.scope {
		if _, changed := m.changes[k]; !changed {
			m.askRecord(r, k)
			m.askLinks(r, k)
		}
	}
}

// weigh asks for what the scope is to be compared with.
func (m *Matching) weigh(r *round) {
	for _, k := range r.scope {
		for _, key := range m.nowKeys(k) {
			m.ask(r, key)
		}
	}
	if !r.need.Empty() {
		return
	}
	for _, k := range r.scope {
		for _, other := range m.proposed(r, k) {
			if _, changed := m.changes[other]; !changed {
				m.askRecord(r, other)
			}
		}
	}
}

func (m *Matching) ask(r *round, key string) {
	if _, known := m.holders[key]; !known && !r.wanted[key] {
		r.wanted[key] = true
		r.need.Holders = append(r.need.Holders, HoldersOf{key, m.model.CapOf(key) + len(r.lost[key])}) // with more it is crowded all the same
	}
}

func (m *Matching) askRecord(r *round, k Key) {
	if _, known := m.records[k]; !known && !m.asked[k] {
		m.asked[k] = true
		r.need.Records = append(r.need.Records, k)
	}
}

func (m *Matching) askLinks(r *round, k Key) {
	if !m.linked[k] {
		m.linked[k] = true
		r.need.Matched = append(r.need.Matched, k)
	}
}

// crowded says that more records hold a key after the changes than its cap.
func (m *Matching) crowded(r *round, key string) bool {
	return m.holders[key].Count+len(r.gained[key])-len(r.lost[key]) > m.model.CapOf(key)
}

// holdersNow is who holds a key after the changes; of one with too many before and after it is not known.
func (m *Matching) holdersNow(r *round, key string) []Key {
	out := slices.DeleteFunc(slices.Clone(m.holders[key].Records), func(k Key) bool { return slices.Contains(r.lost[key], k) })
	return append(out, r.gained[key]...)
}

// proposed is the records that share a key with k which is not crowded, each once, sorted.
func (m *Matching) proposed(r *round, k Key) []Key {
	met := map[Key]bool{}
	for _, key := range m.nowKeys(k) {
		if m.crowded(r, key) {
			continue
		}
		for _, other := range m.holdersNow(r, key) {
			if other != k {
				met[other] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(met))
}

// Finish gives what changes. Nothing may be needed any more.
func (m *Matching) Finish() MatchDiff {
	r := m.work()
	d := MatchDiff{Crowded: map[Key][]string{}, Says: map[Key]*match.Record{}}
	for held, touched := range map[bool]map[string][]Key{true: r.gained, false: r.lost} {
		for key, list := range touched {
			for _, k := range list {
				d.Keys = append(d.Keys, KeyChange{k, key, held})
			}
		}
	}
	slices.SortFunc(d.Keys, func(x, y KeyChange) int { return cmp.Or(cmp.Compare(x.Record, y.Record), cmp.Compare(x.Key, y.Key)) })
	for _, k := range r.scope {
		var crowded []string
		for _, key := range m.nowKeys(k) {
			if m.crowded(r, key) {
				crowded = append(crowded, key)
			}
		}
		slices.Sort(crowded)
		d.Crowded[k], d.Says[k] = crowded, Heard(m.model, m.now(k).Says, crowded)
	}
	m.link(r, &d)
	return d
}

// link compares the scope with whom keys propose, and puts what comes of it against what is stored.
func (m *Matching) link(r *round, d *MatchDiff) {
	others := map[Key]*match.Record{}
	heard := func(k Key) *match.Record {
		if says, here := d.Says[k]; here {
			return says
		}
		if others[k] == nil {
			others[k] = Heard(m.model, m.now(k).Says, m.now(k).Crowded)
		}
		return others[k]
	}
	want := map[LinkID]Link{}
	for _, k := range r.scope {
		for _, other := range m.proposed(r, k) {
			l := NewLink(k, other, Matched, max(m.now(k).At, m.now(other).At))
			if _, done := want[l.ID()]; done {
				continue
			}
			if l.Weight = m.model.Weight(heard(k), heard(other)); l.Weight >= m.model.Candidate() {
				want[l.ID()] = l
			}
		}
	}
	stored := map[LinkID]Link{}
	for _, k := range append(slices.Sorted(maps.Keys(m.changes)), r.scope...) {
		for _, l := range m.matched[k] {
			stored[l.ID()] = l
		}
	}
	for id, l := range stored {
		if want[id] != l {
			d.Gone = append(d.Gone, id)
		}
	}
	for id, l := range want {
		if stored[id] != l {
			d.Links = append(d.Links, l)
		}
	}
	slices.SortFunc(d.Gone, byID)
	slices.SortFunc(d.Links, func(x, y Link) int { return byID(x.ID(), y.ID()) })
}

// Heard is what of a record counts when keys of it are crowded: a value that is too common to propose is too common to
// say anything. crowded is sorted.
func Heard(model *match.Model, says *match.Record, crowded []string) *match.Record {
	if says == nil || len(crowded) == 0 {
		return says
	}
	return model.Mute(says, func(k match.Key) bool {
		_, found := slices.BinarySearch(crowded, k.Family.String()+":"+k.Value)
		return found
	})
}

// MatchAll is the definition of matching: the links of a whole set of records, and what of each counts.
func MatchAll(model *match.Model, records map[Key]Recorded) MatchDiff {
	changes := make([]RecordChange, 0, len(records))
	for k, r := range records {
		changes = append(changes, RecordChange{Key: k, New: r})
	}
	m := NewMatching(model, changes)
	for need := m.Need(); !need.Empty(); need = m.Need() {
		none := MatchLoaded{Holders: map[string]Holders{}}
		for _, h := range need.Holders {
			none.Holders[h.Key] = Holders{}
		}
		m.Add(none)
	}
	return m.Finish()
}
