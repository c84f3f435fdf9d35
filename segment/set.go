package segment

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"kith/fault"
)

// Segment is a named condition.
type Segment struct {
	ID        string    `json:"id"`
	Key       string    `json:"key"`
	Name      string    `json:"name"`
	Condition Condition `json:"condition"`
}

// Set is all segments and computed traits of a workspace, made ready: what each depends on, and in which order they are
// evaluated. It does not change; a change of the definitions makes a new one.
type Set struct {
	Segments []Segment
	Computed []Computed

	rules    []*rule // each behind those it refers to
	byID     map[string]int
	computed map[string]*computedTrait
	order    []*computedTrait // those made of others last
	features map[FeatureID]*Feature
	named    map[string][]*Feature // by the events they are about
	any      []*Feature

	ofFeature map[FeatureID]*dependents
	ofTrait   map[string][]int // by every beginning of the key that ends at a dot
	ofSegment map[string][]int
	ofMet     []int // rules on connected customers, and those that refer to such a rule
	ofSeen    []int // rules on when a customer was last seen
	timed     []int // rules whose verdict may change by itself
	born      []int // met by somebody of whom nothing is known; rising
}

type dependents struct {
	rules    []int
	computed []*computedTrait
}

// rule is a segment, or what somebody connected has to meet.
type rule struct {
	id     string
	hidden bool
	node   node
}

type computedTrait struct {
	*Computed
	feature *Feature // nil when it is made of others, or of when the customer was last seen
	of      []*computedTrait
	rules   []int // that look at it, also by way of others
}

// NewSet makes definitions ready. It fails with INVALID when segments refer to each other in a circle, and with
// NOT_FOUND when one refers to a segment that is not there.
func NewSet(segments []Segment, computed []Computed) (*Set, error) {
	s := &Set{
		Segments: segments, Computed: computed, byID: map[string]int{}, computed: map[string]*computedTrait{}, features: map[FeatureID]*Feature{},
		named: map[string][]*Feature{}, ofFeature: map[FeatureID]*dependents{}, ofTrait: map[string][]int{}, ofSegment: map[string][]int{},
	}
	for i := range computed {
		c := &computedTrait{Computed: &computed[i]}
		if !c.derived() && !c.seen() {
			c.feature = s.add(c.Computed.feature())
			d := s.dependents(c.feature)
			d.computed = append(d.computed, c)
		}
		s.computed[c.Key] = c
	}
	if err := s.orderComputed(); err != nil {
		return nil, err
	}
	byID := make(map[string]*Segment, len(segments))
	for i := range segments {
		byID[segments[i].ID] = &segments[i]
	}
	open := map[string]bool{}
	var place func(id string, hidden bool, c *Condition) error
	place = func(id string, hidden bool, c *Condition) error {
		if _, done := s.byID[id]; done {
			return nil
		}
		if open[id] {
			return fault.New("segment.NewSet", fault.Invalid, "The segments refer to each other in a circle.")
		}
		open[id] = true
		var err error
		c.walk(func(x *Condition) {
			switch {
			case err != nil:
			case x.Segment != "":
				to := byID[x.Segment]
				if to == nil {
					err = fault.New("segment.NewSet", fault.NotFound, "A segment that is referred to is not there.")
				} else {
					err = place(to.ID, false, &to.Condition)
				}
			case x.Connected != nil:
				err = place(hiddenID(x.Connected), true, &x.Connected.Where)
			}
		})
		if err != nil {
			return err
		}
		s.put(id, hidden, c)
		return nil
	}
	for i := range segments {
		if err := place(segments[i].ID, false, &segments[i].Condition); err != nil {
			return nil, err
		}
	}
	s.findBorn()
	return s, nil
}

// hiddenID names what connected customers have to meet: the same for the same.
func hiddenID(c *Connected) string {
	sum := sha256.Sum256(c.Where.Encode())
	return "met_" + hex.EncodeToString(sum[:8])
}

// ConnectedRule is the id of the rule that connected customers have to meet (see Standing.Nearby).
func ConnectedRule(c *Connected) string { return hiddenID(c) }

func (s *Set) orderComputed() error {
	for i := range s.Computed {
		if c := s.computed[s.Computed[i].Key]; !c.derived() {
			s.order = append(s.order, c)
		}
	}
	for range s.Computed { // each round places those whose parts are placed
		for i := range s.Computed {
			c := s.computed[s.Computed[i].Key]
			if !c.derived() || slices.Contains(s.order, c) {
				continue
			}
			var of []*computedTrait
			for _, key := range c.Of {
				if part := s.computed[key]; part != nil && slices.Contains(s.order, part) {
					of = append(of, part)
				}
			}
			if len(of) == len(c.Of) {
				c.of = of
				s.order = append(s.order, c)
			}
		}
	}
	if len(s.order) < len(s.Computed) {
		return fault.New("segment.NewSet", fault.Invalid, "A computed trait is made of others that are not there.")
	}
	return nil
}

// add gives the feature of the set that is the same as f, and has it reach as far.
func (s *Set) add(f *Feature) *Feature {
	if known := s.features[f.ID]; known != nil {
		known.spec.Reach = known.spec.with(f.spec.Reach)
		return known
	}
	s.features[f.ID] = f
	if len(f.spec.Names) == 0 {
		s.any = append(s.any, f)
	}
	for _, name := range f.spec.Names {
		s.named[name] = append(s.named[name], f)
	}
	return f
}

func (s *Set) dependents(f *Feature) *dependents {
	d := s.ofFeature[f.ID]
	if d == nil {
		d = &dependents{}
		s.ofFeature[f.ID] = d
	}
	return d
}

// put places a rule behind those it refers to, and notes what it depends on.
func (s *Set) put(id string, hidden bool, c *Condition) {
	n := len(s.rules)
	once := func(list []int) []int {
		if len(list) > 0 && list[len(list)-1] == n {
			return list
		}
		return append(list, n)
	}
	timed := false
	r := &rule{id: id, hidden: hidden}
	r.node = compile(c, func(f *Feature) *Feature {
		f = s.add(f)
		d := s.dependents(f)
		d.rules = once(d.rules)
		timed = true
		return f
	}, hiddenID)
	c.walk(func(x *Condition) {
		switch {
		case x.Trait != nil:
			if t := s.computed[x.Trait.Key]; t != nil {
				t.note(n)
				timed = true
				return
			}
			timed = timed || x.Trait.Op == WithinLast || x.Trait.Op == NotWithinLast
			for at, r := range x.Trait.Key + "." {
				if r == '.' {
					root := x.Trait.Key[:at]
					s.ofTrait[root] = once(s.ofTrait[root])
				}
			}
		case x.Segment != "":
			s.ofSegment[x.Segment] = once(s.ofSegment[x.Segment])
			if slices.Contains(s.ofMet, s.byID[x.Segment]) {
				s.ofMet = once(s.ofMet)
			}
		case x.Connected != nil:
			s.ofMet = once(s.ofMet)
		}
	})
	for _, t := range s.order {
		if t.seen() && slices.Contains(t.rules, n) {
			s.ofSeen = once(s.ofSeen)
		}
	}
	if timed {
		s.timed = append(s.timed, n)
	}
	s.rules = append(s.rules, r)
	s.byID[id] = n
}

// note has a rule evaluated when the trait changes.
func (c *computedTrait) note(rule int) {
	if len(c.rules) == 0 || c.rules[len(c.rules)-1] != rule {
		c.rules = append(c.rules, rule)
	}
	for _, part := range c.of {
		part.note(rule)
	}
}

// findBorn looks who is met by a customer of whom nothing is known, which most are not.
func (s *Set) findBorn() {
	met := map[string]bool{}
	for n, r := range s.rules {
		v := r.node.eval(&Subject{
			Traits: func(key string) Reading {
				if c := s.computed[key]; c != nil {
					return s.nothing(c)
				}
				return Reading{Next: never}
			},
			Slot: func(*Feature) *Slot { return nil },
			In:   func(id string) bool { return met[id] },
			Met:  func(Connection, string) bool { return false },
		})
		if met[r.id] = v.Met; v.Met {
			s.born = append(s.born, n)
		}
	}
}

func (s *Set) nothing(c *computedTrait) Reading {
	if !c.derived() {
		return c.read("", never, 0)
	}
	var of []Reading
	for _, part := range c.of {
		of = append(of, s.nothing(part))
	}
	return c.derive(of)
}

// Knows says whether a rule of that id is among the set's.
func (s *Set) Knows(rule string) bool { _, ok := s.byID[rule]; return ok }

// Feature finds a feature; nil when the set has none of that id.
func (s *Set) Feature(id FeatureID) *Feature { return s.features[id] }

// FeaturesOf are the features that an event of that name may touch.
func (s *Set) FeaturesOf(name string) (named, any []*Feature) { return s.named[name], s.any }

// Features are all of the set's.
func (s *Set) Features() []*Feature { return slices.Collect(maps.Values(s.features)) }

// ConnectedRules says whether any rule looks at connected customers.
func (s *Set) ConnectedRules() bool { return len(s.ofMet) > 0 }

// OnConnected says whether a rule looks at connected customers, itself or by way of another.
func (s *Set) OnConnected(rule string) bool {
	n, known := s.byID[rule]
	return known && slices.Contains(s.ofMet, n)
}

// SeenMatters says whether any rule looks at when a customer was last seen.
func (s *Set) SeenMatters() bool { return len(s.ofSeen) > 0 }

// RulesOf are the rules that some segments are made of: their own, and what they ask of connected customers.
func (s *Set) RulesOf(segments []string) []string {
	wanted := map[int]bool{}
	for _, id := range segments {
		if n, ok := s.byID[id]; ok {
			s.rulesUnder(n, wanted)
		}
	}
	var out []string
	for n, r := range s.rules {
		if wanted[n] {
			out = append(out, r.id)
		}
	}
	return out
}

func (s *Set) rulesUnder(n int, wanted map[int]bool) {
	wanted[n] = true
	s.rules[n].node.condition.walk(func(x *Condition) {
		if x.Connected != nil {
			s.rulesUnder(s.byID[hiddenID(x.Connected)], wanted)
		}
	})
}

// Passes puts rules in the order in which they can be evaluated for everybody: one on connected customers in a later pass
// than what it asks of them, so that this is known of all of them by then.
func (s *Set) Passes(rules []string) [][]string {
	var out [][]string
	pass := map[string]int{}
	for _, r := range s.rules {
		if !slices.Contains(rules, r.id) {
			continue
		}
		n := 0
		r.node.condition.walk(func(x *Condition) {
			switch {
			case x.Segment != "":
				n = max(n, pass[x.Segment])
			case x.Connected != nil:
				if of, also := pass[hiddenID(x.Connected)]; also {
					n = max(n, of+1)
				}
			}
		})
		if pass[r.id] = n; n == len(out) {
			out = append(out, nil)
		}
		out[n] = append(out[n], r.id)
	}
	return out
}

// RulesReading are the rules that look at a trait, computed or not.
func (s *Set) RulesReading(key string) []string {
	var out []string
	for _, r := range s.rules {
		found := false
		r.node.condition.walk(func(x *Condition) { found = found || x.Trait != nil && x.Trait.Key == key })
		if found {
			out = append(out, r.id)
		}
	}
	return out
}

// FeaturesFor are the features that the rules of some segments, and some computed traits, stand on.
func (s *Set) FeaturesFor(segments, computed []string) []*Feature {
	wanted := map[int]bool{}
	keys := map[string]bool{}
	for _, key := range computed {
		keys[key] = true
	}
	for _, id := range segments {
		if n, ok := s.byID[id]; ok {
			s.rulesUnder(n, wanted)
		}
	}
	var out []*Feature
	for id, d := range s.ofFeature {
		if slices.ContainsFunc(d.rules, func(n int) bool { return wanted[n] }) ||
			slices.ContainsFunc(d.computed, func(c *computedTrait) bool { return keys[c.Key] }) {
			out = append(out, s.features[id])
		}
	}
	return out
}

// Cycle says on which way the condition of the segment id would lead back to itself: keys of segments, the first and the
// last the same. It is nil when it does not.
func Cycle(id, key string, c *Condition, segments []Segment) []string {
	byID := map[string]*Segment{}
	for i := range segments {
		byID[segments[i].ID] = &segments[i]
	}
	seen := map[string]bool{}
	var follow func(c *Condition, way []string) []string
	follow = func(c *Condition, way []string) []string {
		var found []string
		c.Whole(func(x *Condition) {
			to := byID[x.Segment]
			switch {
			case found != nil || x.Segment == "":
			case x.Segment == id:
				found = append(slices.Clone(way), key)
			case to != nil && !seen[x.Segment]:
				seen[x.Segment] = true
				found = follow(&to.Condition, append(slices.Clone(way), to.Key))
			}
		})
		return found
	}
	return follow(c, []string{key})
}

// Uses are the segments that refer to one.
func Uses(id string, segments []Segment) []string {
	var out []string
	for i := range segments {
		found := false
		segments[i].Condition.Whole(func(x *Condition) { found = found || x.Segment == id })
		if found {
			out = append(out, segments[i].Key)
		}
	}
	slices.Sort(out)
	return out
}

// Arrow is how a way through segments is written.
func Arrow(way []string) string { return strings.Join(way, " → ") }
