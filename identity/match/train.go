package match

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// How much training looks at, and how much it takes to move it from the model it starts with.
const (
	maxTrainPairs = 300_000
	maxRounds     = 25
	settled       = 1e-3 // the change of any m in a round at which EM is done
	hold          = 20   // sightings of a level that its old odds count for: rare levels are moved by many pairs only
	farM          = 2    // the factor by which training may change m at most
	farU          = 8    // and u
	minBearers    = 3    // of a name, to learn its frequency
)

// maxLearntNames is of how many names the frequency is learnt, the most frequent ones: the model travels in one message.
const maxLearntNames = 5000

// Report is what training learnt.
type Report struct {
	Pairs   int     // candidates looked at
	Random  int     // random pairs looked at
	Matches float64 // how many of the candidates are of one person, by the learnt model
	Rounds  int
	Names   int // names whose frequency was learnt
	Changes []Change
}

// Change is a level whose odds training moved.
type Change struct {
	Field, Level string
	M, OldM      float64
	U, OldU      float64 // 0 where the level goes by frequency
}

// Train learns m, u and the frequencies of names from records without labels, starting from a model and never far from
// it where the records say little. u and frequencies are counted over all records; m is learnt by expectation
// maximisation (Dempster, Laird & Rubin 1977; Winkler 1988) over the pairs that blocking proposes, with even odds at
// the model's join threshold. What people of a household, colleagues and namesakes share is kept: without labels it
// cannot be told from what one person's records share. The outcome depends on the records and their order alone.
func Train(records []*Record, m *Model) (*Model, Report) {
	t := &trainer{m: m, text: m.text.clone(), records: records}
	t.countRandom()
	t.observe()
	t.maximise()
	t.frequencies()
	t.changes()
	return newModel(t.text), t.report
}

type trainer struct {
	m       *Model
	text    modelText
	records []*Record
	pairs   []observation
	report  Report
}

// observation is a pair by its levels, and what of its weight does not come from them.
type observation struct {
	levels []seen
	fixed  int32 // weight under the model it was compared with, less that of its levels
}

type seen struct {
	field Field
	level Level
	old   int32
}

// stratum is the levels that exclude each other given what both records have: an initial and a full name can agree in
// other ways than two full names.
func stratum(f Field, l Level) int {
	switch l {
	case givenInitial, givenInitialDiffers, middleInitial, middleInitialDiffers, lastInitial, lastInitialDiffers:
		return 1
	case birthPartMonth, birthPartYear, birthPartNear, birthPartDiffers, genderNamed, genderOdd, emailRole:
		return 1
	case birthMonthDay:
		return 2
	}
	return 0
}

// Moved is how far the weight of the level moved, in hundredths of a bit, whichever way.
func (c Change) Moved() int {
	bits := math.Log2(c.M / c.OldM)
	if c.U != 0 && c.OldU != 0 {
		bits -= math.Log2(c.U / c.OldU)
	}
	return int(math.Abs(100 * bits))
}

func (t *trainer) levelsOf(p *pair) []seen {
	var out []seen
	for f := range Field(int(builtIn) + len(t.m.extra)) {
		if l := p.at[f].level; l != none {
			out = append(out, seen{field: f, level: l, old: t.m.weights[f][l][strangers]})
		}
	}
	return out
}

// counts is how often each level was seen.
type counts [maxFields][levels]float64

// total of the stratum that a level is in.
func (c *counts) total(f Field, l Level) float64 {
	sum := 0.0
	for other := range levels {
		if stratum(f, other) == stratum(f, l) {
			sum += c[f][other]
		}
	}
	return sum
}

// countRandom learns u from pairs drawn at random, nearly all of which are strangers.
func (t *trainer) countRandom() {
	n := len(t.records)
	if n < 2 {
		return
	}
	rng := rand.New(rand.NewPCG(uint64(n), 0x6b697468))
	var c counts
	for range min(maxTrainPairs, n*(n-1)/2) {
		a, b := rng.IntN(n), rng.IntN(n-1)
		if b >= a {
			b++
		}
		var p pair
		if w, _ := t.m.least(p.run(t.m, t.records[a], t.records[b])); w >= t.m.candidate {
			continue // more likely one person
		}
		t.report.Random++
		for _, s := range t.levelsOf(&p) {
			c[s.field][s.level]++
		}
	}
	t.each(func(f Field, l Level, o odds) odds {
		if n := c.total(f, l); o.U > 0 && n > 0 {
			o.U = clampShare(near((c[f][l]+hold)/(n+hold/o.U), o.U, farU))
		}
		return o
	})
}

// near is p, within a factor of old.
func near(p, old, factor float64) float64 { return min(max(p, old/factor), old*factor) }

func clampShare(p float64) float64 { return math.Round(min(max(p, 1e-8), 1)*1e9) / 1e9 }

// observe compares what blocking proposes.
func (t *trainer) observe() {
	items := make([]Item, len(t.records))
	order := make([]int, len(t.records))
	for i, r := range t.records {
		items[i].Record, order[i] = r, i
	}
	proposed, _ := t.m.propose(items, order)
	step := 1 + len(proposed)/maxTrainPairs
	for i := 0; i < len(proposed); i += step {
		var p pair
		w, against := t.m.least(p.run(t.m, t.records[proposed[i][0]], t.records[proposed[i][1]]))
		o := observation{levels: t.levelsOf(&p), fixed: w}
		for j := range o.levels {
			s := &o.levels[j]
			s.old = t.m.weights[s.field][s.level][against]
			o.fixed -= s.old
		}
		t.pairs = append(t.pairs, o)
	}
	t.report.Pairs = len(t.pairs)
}

// maximise runs EM until m settles.
func (t *trainer) maximise() {
	start := t.text.clone()
	for t.report.Rounds < maxRounds && len(t.pairs) > 0 {
		t.report.Rounds++
		var c counts
		t.report.Matches = 0
		for i := range t.pairs {
			p := t.chance(&t.pairs[i])
			t.report.Matches += p
			for _, s := range t.pairs[i].levels {
				c[s.field][s.level] += p
			}
		}
		moved := 0.0
		t.each(func(f Field, l Level, o odds) odds {
			old := start.odds(t.m, f, l)
			n := c.total(f, l)
			if n == 0 {
				return o
			}
			next := clampShare(near((c[f][l]+hold)/(n+hold/old.M), old.M, farM))
			moved = max(moved, math.Abs(next-o.M))
			o.M = next
			return o
		})
		if moved < settled {
			return
		}
	}
}

// chance that a pair is one person, by the odds learnt so far.
func (t *trainer) chance(o *observation) float64 {
	w := float64(o.fixed)
	for _, s := range o.levels {
		before, now := t.m.text.odds(t.m, s.field, s.level), t.text.odds(t.m, s.field, s.level)
		w += float64(s.old) + 100*math.Log2(now.M/before.M)
	}
	return 1 / (1 + math.Exp2((float64(t.m.join)-w)/100))
}

// each changes the odds of all levels.
func (t *trainer) each(change func(f Field, l Level, o odds) odds) {
	for f := range Field(int(builtIn) + len(t.m.extra)) {
		c, byName := t.m.comparator(f), t.text.levels(t.m, f)
		next := make(map[string]odds, len(byName))
		for l := c.first; l <= c.last; l++ {
			next[levelNames[l]] = change(f, l, byName[levelNames[l]])
		}
		for name, o := range next {
			byName[name] = o
		}
	}
}

func (m *Model) comparator(f Field) comparator {
	if f < builtIn {
		return comparatorOf(f)
	}
	return extraComparator(m.text.Extra[m.extra[f-builtIn].name].Compare)
}

func (t *modelText) levels(m *Model, f Field) map[string]odds {
	if f < builtIn {
		return t.Fields[fieldNames[f]]
	}
	return t.Extra[m.extra[f-builtIn].name].Levels
}

func (t *modelText) odds(m *Model, f Field, l Level) odds { return t.levels(m, f)[levelNames[l]] }

// frequencies learns how rare names are among these records.
func (t *trainer) frequencies() {
	learn := func(into *nameText, of func(*Record) []name) {
		bearers, all := map[string]int{}, 0
		for _, r := range t.records {
			for _, n := range of(r) {
				if !n.initial {
					bearers[joined(n.text)]++
					all++
				}
			}
		}
		if all < 100 {
			return
		}
		maps.DeleteFunc(bearers, func(_ string, n int) bool { return n < minBearers })
		names := slices.SortedFunc(maps.Keys(bearers), func(x, y string) int {
			return cmp.Or(cmp.Compare(bearers[y], bearers[x]), cmp.Compare(x, y))
		})
		names = names[:min(len(names), maxLearntNames)]
		if into.Values == nil {
			into.Values = map[string]float64{}
		}
		for _, text := range names {
			into.Values[text] = math.Round(100*-math.Log2(float64(bearers[text])/float64(all))) / 100
		}
		t.report.Names += len(names)
	}
	learn(&t.text.FirstName, func(r *Record) []name { return r.first })
	learn(&t.text.LastName, func(r *Record) []name { return r.last })
}

func (t *trainer) changes() {
	t.each(func(f Field, l Level, o odds) odds {
		old := t.m.text.odds(t.m, f, l)
		if math.Abs(o.M-old.M) > settled || math.Abs(math.Log2((o.U+1e-12)/(old.U+1e-12))) > 0.1 {
			t.report.Changes = append(t.report.Changes, Change{t.m.FieldName(f), l.String(), o.M, old.M, o.U, old.U})
		}
		return o
	})
}
