package match

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzPrepare(f *testing.F) {
	for _, seed := range []string{
		`{"firstName":"Ada","lastName":"Byron","birthday":"1815-12-10","email":"ada@x.org","phone":"+12065550187","address":{"full":"12 St James Sq, London SW1Y 4LE"}}`,
		`{"name":"de la Cruz, Ana María Jr.","birthday":"03/04/90","address":"5/12 High Rd #3","alternates":[{"phone":["1",2,null]},3]}`,
		`{"firstName":"山田","lastName":"Иванов","nationalId":123456789,"gender":1,"address":[[],{"street":"# # #"}]}`,
		`{"birthday":"mar-mar-mar","address":{"full":",,,"},"phone":"+","email":"@"}`, `{"birthday":"/1/1"}`, `[`, ``,
	} {
		f.Add(seed, seed)
	}
	m := Default()
	f.Fuzz(func(t *testing.T, x, y string) {
		a, b := m.PrepareJSON([]byte(x)), m.PrepareJSON([]byte(y))
		c := m.Compare(a, b)
		if w := m.Weight(b, a); w != c.Weight {
			t.Fatalf("%d one way, %d the other", c.Weight, w)
		}
		if self := m.Weight(a, a); self < -2000 {
			t.Fatalf("a record speaks against itself: %d", self)
		}
		for _, k := range m.Keys(a) {
			if len(k.Value) > 4*maxText || !utf8.ValidString(strings.ToValidUTF8(k.Value, "")) {
				t.Fatalf("key %q", k.Value)
			}
		}
		Household([]byte(x))
	})
}

func FuzzParse(f *testing.F) {
	f.Add(string(DefaultYAML()))
	f.Add("thresholds: {join: 20}")
	f.Add("fields: {email: &a {exact: {m: 0.5, u: 0.1}}, phone: *a}")
	f.Add(`{"frequencies":{"firstName":{"values":{"ada":3}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Parse([]byte(text))
		if err != nil {
			return
		}
		again, err := Parse(m.YAML())
		if err != nil || again.Version() != m.Version() {
			t.Fatalf("what was written does not read back: %v", err)
		}
	})
}
