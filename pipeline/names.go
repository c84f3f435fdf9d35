package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"kith/customer"
	"kith/event"
	"kith/identity"
	"kith/store"
)

// The catalogue of names says which events, properties of events and traits there are, so that whoever makes a segment
// can choose. It is a function of the facts: of events it keeps unions, to which the same event adds nothing twice, and
// of traits how many identifiers have them. A batch writes what it changes about that, which soon is nothing.

// How many names of each kind are kept; of more, those with the smallest hashes, so that it does not matter which came
// first.
const (
	maxEventNames    = 1_000
	maxPropertyNames = 5_000
	maxTraitNames    = 1_000
	maxNameBytes     = 200
)

// registers of a sketch: an estimate of 64 is off by 13 % on average.
const registers = 64

// named is one name.
type named struct {
	kind  store.NameKind
	event string // of a property
	name  string
	id    string
	hash  uint64

	// Of events and properties: the first and last day, and about how many events there were.
	first, last event.Millis
	types       map[event.ValueType]bool
	sketch      [registers]uint8
	// Of traits: how many identifiers have a value, by the month it was stated in and its type.
	held map[string]int64
}

// names is the catalogue, as it is stored when no batch is under way.
type names struct {
	events, properties, traits nameSet
	changed                    map[*named]bool // since it was stored
	gone                       []string        // ids
}

// nameSet is the names of one kind, up to a limit.
type nameSet struct {
	limit   int
	byKey   map[string]*named
	ceiling uint64 // of a full one: the largest hash
}

func newNames() *names {
	set := func(limit int) nameSet { return nameSet{limit: limit, byKey: map[string]*named{}} }
	return &names{events: set(maxEventNames), properties: set(maxPropertyNames), traits: set(maxTraitNames), changed: map[*named]bool{}}
}

func (s *nameSet) put(key string, n *named) {
	s.byKey[key] = n
	if len(s.byKey) >= s.limit {
		s.ceiling = 0
		for _, x := range s.byKey {
			s.ceiling = max(s.ceiling, x.hash)
		}
	}
}

// add makes a new name; nil when there are enough with smaller hashes.
func (c *names) add(s *nameSet, kind store.NameKind, of, name string) *named {
	if len(name) == 0 || len(of)+len(name) > maxNameBytes {
		return nil
	}
	sum := sha256.Sum256([]byte(string(kind) + "\n" + of + "\n" + name))
	n := &named{
		kind: kind, event: strings.Clone(of), name: strings.Clone(name), id: "nam_" + hex.EncodeToString(sum[:16]), hash: binary.BigEndian.Uint64(sum[16:]),
		first: math.MaxInt64, last: math.MinInt64, types: map[event.ValueType]bool{}, held: map[string]int64{},
	}
	if len(s.byKey) >= s.limit {
		if n.hash >= s.ceiling {
			return nil
		}
		for key, x := range s.byKey {
			if x.hash == s.ceiling {
				c.drop(s, key, x)
				break
			}
		}
	}
	s.put(n.key(), n)
	return n
}

func (n *named) key() string {
	if n.kind == store.NameOfProperty {
		return n.event + "\n" + n.name
	}
	return n.name
}

func (c *names) drop(s *nameSet, key string, n *named) {
	delete(s.byKey, key)
	delete(c.changed, n)
	c.gone = append(c.gone, n.id)
}

// saw takes in that an event has a name.
func (c *names) saw(n *named, day event.Millis, fact uint64, t event.ValueType) {
	at, rank := fact%registers, uint8(bits.LeadingZeros64(fact|registers-1)+1)
	if n.sketch[at] >= rank && n.first <= day && n.last >= day && (t == "" || n.types[t]) {
		return
	}
	n.sketch[at], n.first, n.last = max(n.sketch[at], rank), min(n.first, day), max(n.last, day)
	if t != "" {
		n.types[t] = true
	}
	c.changed[n] = true
}

// event takes in an event.
func (c *names) event(t *touchpoint) {
	switch t.call.Type {
	case event.Track, event.Page, event.Screen:
	default:
		return
	}
	hash := sha256.Sum256([]byte(t.id))
	sum := binary.BigEndian.Uint64(hash[:])
	day := t.call.At - mod(t.call.At, dayMillis)
	n := c.events.byKey[t.call.Name]
	if n == nil {
		n = c.add(&c.events, store.NameOfEvent, "", t.call.Name)
	}
	if n != nil {
		c.saw(n, day, sum, "")
	}
	key := make([]byte, 0, 128)
	event.EachField(t.call.Properties, func(name, value []byte) {
		key = append(append(append(key[:0], t.call.Name...), '\n'), name...)
		p := c.properties.byKey[string(key)]
		if p == nil {
			if p = c.add(&c.properties, store.NameOfProperty, t.call.Name, string(name)); p == nil {
				return
			}
		}
		c.saw(p, day, sum, event.ValueTypeOf(value))
	})
}

func mod(at event.Millis, n event.Millis) event.Millis { return (at%n + n) % n }

// about is how many different facts were seen, estimated from the sketch (HyperLogLog, and linear counting of few).
func (n *named) about() int64 {
	sum, empty := 0.0, 0
	for _, rank := range n.sketch {
		sum += math.Pow(2, -float64(rank))
		if rank == 0 {
			empty++
		}
	}
	const m = float64(registers)
	estimate := 0.709 * m * m / sum
	if estimate <= 2.5*m && empty > 0 {
		estimate = m * math.Log(m/float64(empty))
	}
	return int64(math.Round(estimate))
}

// shape is which traits an identifier has: of each the month its newest value was stated in, and its type.
func shape(traits customer.Traits) map[string]string {
	out := make(map[string]string, len(traits))
	for key, versions := range traits {
		if len(versions) == 0 || versions[0].Removed() {
			continue
		}
		v := versions[0]
		year, n, _ := v.At.Time().Date()
		month := strconv.Itoa(year*100+int(n)) + " "
		out[key] = month + string(event.ValueTypeOf(v.Value))
		if event.ValueTypeOf(v.Value) == event.ValueObject {
			event.EachField(v.Value, func(name, value []byte) {
				if !strings.Contains(string(name), ".") {
					out[key+"."+string(name)] = month + string(event.ValueTypeOf(value))
				}
			})
		}
	}
	return out
}

// hold takes in that so many identifiers more have a trait in that way; a negative number, that they have it no longer.
func (c *names) hold(name, way string, more int64) {
	n := c.traits.byKey[name]
	if n == nil {
		if n = c.add(&c.traits, store.NameOfTrait, "", name); n == nil {
			return
		}
	}
	n.held[way] += more
	if n.held[way] <= 0 {
		delete(n.held, way)
	}
	c.changed[n] = true
}

// reshape takes in that an identifier's traits were of one shape and are of another.
func (c *names) reshape(before, after map[string]string) {
	for name, way := range before {
		if after[name] != way {
			c.hold(name, way, -1)
		}
	}
	for name, way := range after {
		if before[name] != way {
			c.hold(name, way, 1)
		}
	}
}

// write writes what has changed.
func (c *names) write(w *store.Write) {
	for n := range c.changed {
		if n.kind == store.NameOfTrait && len(n.held) == 0 {
			c.drop(&c.traits, n.key(), n)
		}
	}
	list := slices.SortedFunc(maps.Keys(c.changed), func(a, b *named) int { return strings.Compare(a.id, b.id) })
	for _, n := range list {
		w.Names = append(w.Names, store.Row{"id": n.id, "p": n.row()})
	}
	slices.Sort(c.gone)
	for _, id := range slices.Compact(c.gone) {
		w.GoneNames = append(w.GoneNames, id)
	}
	c.changed, c.gone = map[*named]bool{}, nil
}

func (n *named) row() store.Row {
	row := store.Row{"id": n.id, "kind": string(n.kind), "name": n.name, "event": n.event}
	types := map[event.ValueType]bool{}
	if n.kind != store.NameOfTrait {
		types = n.types
		row["count"], row["first"], row["last"], row["sketch"] = n.about(), int64(n.first), int64(n.last), n.sketch[:]
	} else {
		text, err := json.Marshal(n.held)
		if err != nil {
			panic("pipeline: counts are JSON: " + err.Error())
		}
		count, last := int64(0), ""
		for way, held := range n.held {
			month, t, _ := strings.Cut(way, " ")
			count, last = count+held, max(last, month)
			types[event.ValueType(t)] = true
		}
		at, _ := time.Parse("200601", last)
		row["count"], row["last"], row["held"] = count, int64(event.MillisOf(at)), string(text)
	}
	list := []string{}
	for t := range types {
		list = append(list, string(t))
	}
	slices.Sort(list)
	row["types"] = list
	return row
}

// load reads the catalogue.
func (a *applier) loadNames(ctx context.Context) error {
	stored, err := a.cfg.Graph.AllNames(ctx)
	if err != nil {
		return err
	}
	c := newNames()
	for _, s := range stored {
		set := map[store.NameKind]*nameSet{store.NameOfEvent: &c.events, store.NameOfProperty: &c.properties, store.NameOfTrait: &c.traits}[s.Kind]
		if set == nil {
			continue
		}
		n := c.add(set, s.Kind, s.Event, s.Name)
		if n == nil {
			continue
		}
		n.first, n.last = s.First, s.Last
		copy(n.sketch[:], s.Sketch)
		for _, t := range s.Types {
			n.types[event.ValueType(t)] = true
		}
		if len(s.Held) > 0 {
			if err := json.Unmarshal([]byte(s.Held), &n.held); err != nil {
				return err
			}
		}
	}
	c.changed, c.gone = map[*named]bool{}, nil
	a.live.names, a.live.ahead = c, false
	return nil
}

// recount makes the catalogue of traits anew, of all identifiers: after the rules have changed what calls say.
func (a *applier) recount(ctx context.Context, w *store.Write) error {
	a.live.ahead = true
	c := a.live.names
	for key, n := range c.traits.byKey {
		c.drop(&c.traits, key, n)
	}
	for after, more := identity.Key(""), true; more; {
		page, err := a.cfg.Graph.TraitsAfter(ctx, after, 5_000)
		if err != nil {
			return err
		}
		for _, i := range page {
			traits, err := customer.ParseTraits(i.Traits)
			if err != nil {
				return err
			}
			c.reshape(nil, shape(traits))
			after = i.Key
		}
		if more = len(page) == 5_000; more {
			if err := a.upkeep(ctx); err != nil {
				return err
			}
		}
	}
	c.write(w)
	kept := map[string]bool{}
	for _, n := range c.traits.byKey {
		kept[n.id] = true
	}
	w.GoneNames = slices.DeleteFunc(w.GoneNames, func(id any) bool {
		text, _ := id.(string)
		return kept[text]
	})
	return nil
}

// names takes the batch into the catalogue. What is in memory then is ahead of what is stored until that is committed.
func (p *plan) names(ctx context.Context) error {
	if p.live.ahead {
		if err := p.loadNames(ctx); err != nil {
			return err
		}
	}
	p.live.ahead = true
	c := p.live.names
	for i := range p.fold.touchpoints {
		c.event(&p.fold.touchpoints[i])
	}
	for _, k := range sortedOf(p.merged) {
		c.reshape(p.shapes[k], shape(p.merged[k]))
	}
	for _, k := range p.diff.Gone {
		before, err := p.shapeOf(k)
		if err != nil {
			return err
		}
		c.reshape(before, nil)
	}
	return nil
}

// shapeOf is which traits an identifier had before the batch.
func (p *plan) shapeOf(k identity.Key) (map[string]string, error) {
	text := p.found.Identifiers[k].Traits
	if p.left != nil && p.left.rewritten[k] {
		text = p.left.traits[k]
	}
	traits, err := customer.ParseTraits(text)
	return shape(traits), err
}
