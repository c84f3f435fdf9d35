package match

import (
	"testing"

	"pgregory.net/rapid"
)

func TestCompareMirrors(t *testing.T) {
	m := Default()
	rapid.Check(t, func(t *rapid.T) {
		a, b := m.Prepare(person(t)), m.Prepare(person(t))
		x, y := m.Compare(a, b), m.Compare(b, a)
		if x.Weight != y.Weight || x.Against != y.Against || len(x.Steps) != len(y.Steps) {
			t.Fatalf("%+v\n%+v", x, y)
		}
		if w, v := m.Weight(a, b), m.Weight(b, a); w != x.Weight || v != x.Weight || m.Cross(a, b) != m.Cross(b, a) {
			t.Fatalf("Weight says %d and %d, Compare %d", w, v, x.Weight)
		}
		var sum int32
		for i, s := range x.Steps {
			sum += s.Weight
			if r := y.Steps[i]; r.A != s.B || r.B != s.A || r.Field != s.Field || r.Level != s.Level || r.Weight != s.Weight {
				t.Fatalf("step %+v is mirrored as %+v", s, r)
			}
			if s.Field != priorStep && s.Field != "nameOrder" && (s.A == "" || s.B == "") {
				t.Fatalf("%+v compares nothing", s)
			}
		}
		if sum != x.Weight {
			t.Fatalf("the steps add up to %d, the weight is %d", sum, x.Weight)
		}
	})
}

func TestNothingWeighsNothing(t *testing.T) {
	m := Default()
	full := rec(`{"firstName":"Ada","lastName":"Byron","birthday":"1815-12-10","email":"ada@x.org"}`)
	for _, json := range []string{`{}`, ``, `[]`, `null`, `{"firstName":null,"email":7,"address":[[]]}`, `{"lastName":"unknown","firstName":"n/a","address":{"postalCode":"00000"}}`} {
		r := rec(json)
		if !r.Empty() {
			t.Errorf("%s says something", json)
		}
		if w := m.Weight(full, r); w != 0 {
			t.Errorf("%s weighs %d", json, w)
		}
		if m.Cross(full, r) != Neutral {
			t.Errorf("%s is not neutral", json)
		}
		if keys := m.Keys(r); len(keys) != 0 {
			t.Errorf("%s has keys %v", json, keys)
		}
	}
}

func TestBestPairOfAlternates(t *testing.T) {
	c := Default().Compare(rec(`{"email":"new@x.org","alternates":[{"email":"ada@x.org"}]}`), rec(`{"email":"other@x.org","alternates":[{"email":"third@x.org"},{"email":"ada@x.org"}]}`))
	if len(c.Steps) == 0 || c.Steps[0].A != "ada@x.org" || c.Steps[0].B != "ada@x.org" {
		t.Errorf("%+v", c)
	}
}

func TestExtraFields(t *testing.T) {
	m, err := Parse([]byte(`
extra:
  loyaltyCard: {compare: id, exact: {m: 0.9, u: 0.00001}, oneDigit: {m: 0.05, u: 0.0001}, lastDigit: {m: 0.01, u: 0.0001}, twoDigits: {m: 0.01, u: 0.001}, differs: {m: 0.03, u: 0.99}}
  species: {compare: text, exact: {m: 0.98, u: 0.2}, similar: {m: 0.01, u: 0.01}, differs: {m: 0.01, u: 0.79}}
`))
	if err != nil {
		t.Fatal(err)
	}
	a := m.PrepareJSON([]byte(`{"loyaltyCard":"778-12-99","species":"cat"}`))
	c := m.Compare(a, m.PrepareJSON([]byte(`{"loyaltyCard":7781299,"species":"Cat"}`)))
	if len(c.Steps) != 2 || c.Steps[0].Field != "loyaltyCard" || c.Steps[0].Level != "exact" || c.Steps[1].Level != "exact" {
		t.Errorf("%+v", c)
	}
	if keys := m.Keys(a); len(keys) != 1 || keys[0].Family != ByID {
		t.Errorf("keys %v", keys)
	}
}

func TestMute(t *testing.T) {
	m := Default()
	r := rec(`{"email":"a.b@x.org","phone":"+12065550187","nationalId":"400-10-3088","alternates":[{"email":"c.d@x.org"}]}`)
	if m.Mute(r, func(Key) bool { return false }) != r {
		t.Error("nothing is crowded, and yet the record changed")
	}
	muted := m.Mute(r, func(k Key) bool { return k.Family == ByPhone || k.Family == ByEmail && k.Value == "ab|x.org" })
	if len(muted.emails) != 1 || len(muted.phones) != 0 || len(muted.ids[0]) != 1 || len(r.emails) != 2 || len(r.phones) != 1 {
		t.Errorf("%+v", muted)
	}
}
