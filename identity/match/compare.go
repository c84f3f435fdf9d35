package match

import (
	"math"
	"slices"
)

// against is what a pair that is not one person may be instead. A weight is kept against each of them.
const (
	strangers  = iota
	household  // one family or one address: surname, address and phone say little, and twins share a birthday
	colleagues // of one company: they share its phone, its mailbox and its address
	namesakes  // people of one name: tables of frequencies know only so much
	againsts
)

// vec is weights against each alternative, in hundredths of a bit.
type vec [againsts]int32

func (v vec) plus(w vec) vec {
	for i := range v {
		v[i] += w[i]
	}
	return v
}

// less orders by the weight against strangers, then by the others.
func (v vec) less(w vec) bool {
	for i := range v {
		if v[i] != w[i] {
			return v[i] < w[i]
		}
	}
	return false
}

// least is the pair's weight: against the likeliest of the alternatives.
func (m *Model) least(v vec) (weight int32, against int) {
	weight = v[strangers]
	for i := household; i < againsts; i++ {
		if w := v[i] + m.relation[i]; w < weight {
			weight, against = w, i
		}
	}
	return weight, against
}

// outcome is one field of a pair as compared: the level, the values it is of, and its weights.
type outcome struct {
	level Level
	w     vec
	i, j  uint8
	cross bool // a value of this field was compared with one of another: swapped names, a national id and a tax id
}

// pair is two records under comparison.
type pair struct {
	m    *Model
	a, b *Record
	at   [maxFields]outcome
}

const maxFields = int(builtIn) + maxExtra

// Weight is how much speaks for the two records being one person, in hundredths of a bit: the logarithm of how much
// likelier what they say is for one person than for two. It is symmetric.
func (m *Model) Weight(a, b *Record) int32 {
	var p pair
	w, _ := m.least(p.run(m, a, b))
	return w
}

// Neutral is the Cross of two records that say too little about each other to count.
const Neutral int32 = math.MinInt32

// Cross is what two records of different cells say on whether the cells are one person, for Mean: their weight, or
// Neutral where it is below the mean that is asked for only because they have little in common, and nothing that one
// says contradicts the other. It is symmetric.
func (m *Model) Cross(a, b *Record) int32 {
	var p pair
	w, _ := m.least(p.run(m, a, b))
	if w < m.mean && !p.contradicts() {
		return Neutral
	}
	return w
}

// contradicts says that a field speaks against one person by more than that people have several of it.
func (p *pair) contradicts() bool {
	for f := range int(builtIn) + len(p.m.extra) {
		if p.at[f].w[strangers] <= p.m.against {
			return true
		}
	}
	return false
}

// run compares all fields. The records are put into an order first, so that there is one outcome for both orders.
func (p *pair) run(m *Model, a, b *Record) vec {
	if a.print > b.print {
		a, b = b, a
	}
	p.m, p.a, p.b = m, a, b
	p.names()
	sum := p.at[FirstName].w.plus(p.at[MiddleName].w).plus(p.at[LastName].w).plus(p.at[NameOrder].w)
	if a.suffix != "" && b.suffix != "" {
		l := suffixDiffers
		if a.suffix == b.suffix {
			l = suffixSame
		}
		sum = sum.plus(p.put(NameSuffix, l))
	}
	sum = sum.plus(p.births()).plus(p.gender()).plus(p.emails()).plus(p.phones()).plus(p.ids()).plus(p.addresses())
	sum = sum.plus(p.texts(BirthPlace, a.places, b.places)).plus(p.texts(Employer, a.employers, b.employers))
	for i := range m.extra {
		f := builtIn + Field(i)
		if m.extra[i].id {
			sum = sum.plus(p.idField(f, a.extra[i], b.extra[i]))
		} else {
			sum = sum.plus(p.texts(f, a.extra[i], b.extra[i]))
		}
	}
	return sum
}

func (p *pair) put(f Field, l Level) vec {
	p.at[f].level, p.at[f].w = l, p.m.weights[f][l]
	return p.at[f].w
}

// offer keeps the better of two outcomes of a field.
func (o *outcome) offer(l Level, w vec, i, j int) {
	if o.level == none || o.w.less(w) {
		*o = outcome{level: l, w: w, i: uint8(i), j: uint8(j)}
	}
}

func (p *pair) births() vec {
	o := &p.at[Birthday]
	for i := range p.a.births {
		for j := range p.b.births {
			if l := compareBirth(&p.a.births[i], &p.b.births[j]); l != birthNone {
				o.offer(l, p.m.weights[Birthday][l], i, j)
			}
		}
	}
	return o.w
}

// gender says little where the first names agree: they say it already.
func (p *pair) gender() vec {
	if p.a.gender == 0 || p.b.gender == 0 {
		return vec{}
	}
	same, named := p.a.gender == p.b.gender, false
	switch p.at[FirstName].level {
	case givenExact, givenSpelling, givenNickname, givenPart:
		named = true
	case givenDiffers, givenClose:
		if o := &p.at[FirstName]; same && p.a.first[o.i].sex != 0 && p.a.first[o.i].sex == p.b.first[o.j].sex {
			return p.put(Gender, genderNamed)
		}
	}
	switch {
	case same && named:
		return p.put(Gender, genderNamed)
	case same:
		return p.put(Gender, genderSame)
	case named:
		return p.put(Gender, genderOdd)
	}
	return p.put(Gender, genderDiffers)
}

func (p *pair) emails() vec {
	o := &p.at[Email]
	for i := range p.a.emails {
		for j := range p.b.emails {
			if l := compareEmail(&p.a.emails[i], &p.b.emails[j]); l != none {
				o.offer(l, p.m.weights[Email][l], i, j)
			}
		}
	}
	return o.w
}

func (p *pair) phones() vec {
	o := &p.at[Phone]
	for i := range p.a.phones {
		for j := range p.b.phones {
			l := comparePhone(&p.a.phones[i], &p.b.phones[j])
			o.offer(l, p.m.weights[Phone][l], i, j)
		}
	}
	return o.w
}

// ids compares each kind with its own, and where one record has a national id and the other a tax id only, those: in
// many countries they are one number. Only their agreement counts.
func (p *pair) ids() vec {
	var sum vec
	for k := range idKinds {
		f := firstID + Field(k)
		sum = sum.plus(p.idField(f, p.a.ids[k], p.b.ids[k]))
	}
	national, tax := p.a.ids[0], p.b.ids[TaxID-firstID]
	if len(national) == 0 {
		national, tax = p.b.ids[0], p.a.ids[TaxID-firstID]
	}
	if p.at[NationalID].level == none && p.at[TaxID].level == none && len(national) > 0 && len(tax) > 0 {
		for _, n := range national {
			if slices.Contains(tax, n) {
				p.at[NationalID].cross = true
				return sum.plus(p.put(NationalID, idExact))
			}
		}
	}
	return sum
}

func (p *pair) idField(f Field, as, bs []string) vec {
	o := &p.at[f]
	for i := range as {
		for j := range bs {
			l := compareID(as[i], bs[j])
			o.offer(l, p.m.weights[f][l], i, j)
		}
	}
	return o.w
}

func (p *pair) addresses() vec {
	o := &p.at[Address]
	for i := range p.a.addresses {
		for j := range p.b.addresses {
			if l := compareAddress(&p.a.addresses[i], &p.b.addresses[j]); l != none {
				o.offer(l, p.m.weights[Address][l], i, j)
			}
		}
	}
	return o.w
}

func (p *pair) texts(f Field, as, bs []string) vec {
	o := &p.at[f]
	for i := range as {
		for j := range bs {
			l := compareText(as[i], bs[j])
			o.offer(l, p.m.weights[f][l], i, j)
		}
	}
	return o.w
}
