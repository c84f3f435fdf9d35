package match

import "slices"

// Comparison is a pair as compared, field by field.
type Comparison struct {
	Weight  int32  // hundredths of a bit; the least of the sums against each alternative
	Against string // the alternative it is against: strangers, household or colleagues
	Steps   []Step // what both records have, in the order of fields
}

// Step is one field of a comparison.
type Step struct {
	Field  string
	Level  string // as in model files
	A, B   string // the values compared: those that agree best
	Weight int32  // hundredths of a bit, against Comparison.Against
}

var againstNames = [againsts]string{"strangers", "household", "colleagues", "namesakes"}

// priorStep is the step that says how much rarer pairs of a household or of colleagues are than those of strangers.
const priorStep = "relation"

// Compare is Weight with its reasons. The weights of the steps add up to the weight; of (b, a) they are the same with
// A and B exchanged.
func (m *Model) Compare(a, b *Record) Comparison {
	var p pair
	weight, against := m.least(p.run(m, a, b))
	c := Comparison{Weight: weight, Against: againstNames[against]}
	mirrored := p.a != a
	for f := range Field(int(builtIn) + len(m.extra)) {
		o := p.at[f]
		if o.level == none {
			continue
		}
		s := Step{Field: m.FieldName(f), Level: o.level.String(), Weight: o.w[against]}
		s.A, s.B = p.a.value(f, int(o.i)), p.b.value(f, int(o.j))
		switch {
		case o.cross && f == NationalID:
			s.A, s.B = p.shared(), p.shared()
		case o.cross:
			s.B = p.b.value(FirstName+LastName-f, int(o.j))
		}
		if mirrored {
			s.A, s.B = s.B, s.A
		}
		c.Steps = append(c.Steps, s)
	}
	if against != strangers {
		c.Steps = append(c.Steps, Step{Field: priorStep, Level: c.Against, Weight: m.relation[against]})
	}
	return c
}

// shared is the national id of one record that is the tax id of the other.
func (p *pair) shared() string {
	national, tax := append(slices.Clone(p.a.ids[0]), p.b.ids[0]...), append(slices.Clone(p.a.ids[TaxID-firstID]), p.b.ids[TaxID-firstID]...)
	for _, n := range national {
		if slices.Contains(tax, n) {
			return n
		}
	}
	return ""
}

// value is what a record has under a field, as it was compared.
func (r *Record) value(f Field, i int) string {
	switch {
	case f == FirstName:
		return nameAt(r.first, i)
	case f == MiddleName:
		return nameAt(r.middle, i)
	case f == LastName:
		return nameAt(r.last, i)
	case f == NameSuffix:
		return r.suffix
	case f == Birthday && i < len(r.births):
		return r.births[i].text()
	case f == Gender && r.gender != 0:
		return string(r.gender)
	case f == Email && i < len(r.emails):
		return r.emails[i].text
	case f == Phone && i < len(r.phones):
		return r.phones[i].text
	case f >= firstID && f < firstID+Field(idKinds) && i < len(r.ids[f-firstID]):
		return r.ids[f-firstID][i]
	case f == Address && i < len(r.addresses):
		return r.addresses[i].text
	case f == BirthPlace:
		return at(r.places, i)
	case f == Employer:
		return at(r.employers, i)
	case f >= builtIn:
		return at(r.extra[f-builtIn], i)
	}
	return ""
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

func nameAt(names []name, i int) string {
	if i < len(names) {
		return names[i].text
	}
	return ""
}
