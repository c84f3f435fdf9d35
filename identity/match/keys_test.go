package match

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Two records of one person share a key, whatever went wrong with one of them.
func TestKeysMeet(t *testing.T) {
	m := Default()
	whole := `{"firstName":"Catherine","middleName":"Jane","lastName":"Schmidt","birthday":"1980-03-24","email":"cat.schmidt@x.org","phone":"+12065550187","nationalId":"400-10-3088","address":{"street":"12 Main St","city":"Springfield","postalCode":"62704"}}`
	for name, other := range map[string]string{
		"spelling":       `{"firstName":"Katherine","lastName":"Schmitt"}`,
		"swapped":        `{"firstName":"Schmidt","lastName":"Catherine"}`,
		"one string":     `{"name":"Schmidt, Catherine J."}`,
		"other birthday": `{"firstName":"Catherine","lastName":"Schmidt","birthday":"1977-01-02"}`,
		"day, month":     `{"firstName":"Catherine","birthday":"24/03/1980"}`,
		"married":        `{"firstName":"Catherine","lastName":"Vogel","birthday":"1980-03-24"}`,
		"nickname":       `{"firstName":"Trina","lastName":"Schmidt","birthday":"1980-03-24"}`,
		"only house":     `{"lastName":"Schmidt","address":{"full":"12 Main Street, Springfield, IL 62704"}}`,
		"house, first":   `{"firstName":"Catherine","address":{"street":"12 Main Street"}}`,
		"postal":         `{"lastName":"Schmidt","address":{"postalCode":"62704"}}`,
		"e-mail":         `{"email":"Cat.Schmidt@X.org"}`,
		"local part":     `{"email":"catschmidt@y.net"}`,
		"phone":          `{"phone":"(206) 555-0187"}`,
		"id":             `{"taxId":"400103088"}`,
	} {
		a, b := m.Keys(rec(whole)), m.Keys(rec(other))
		if !slices.ContainsFunc(a, func(k Key) bool { return slices.Contains(b, k) }) {
			t.Errorf("%s: no key in common\n%v\n%v", name, a, b)
		}
	}
}

func TestKeysDistinct(t *testing.T) {
	m := Default()
	rapid.Check(t, func(t *rapid.T) {
		keys := m.Keys(m.Prepare(person(t)))
		if len(keys) > maxKeys {
			t.Fatalf("%d keys", len(keys))
		}
		for i, k := range keys {
			if k.Value == "" || m.Cap(k.Family) == 0 || k.Family.String() == "" || slices.Contains(keys[:i], k) {
				t.Fatalf("key %v of %v", k, keys)
			}
		}
	})
}

func TestFamilyOff(t *testing.T) {
	m, err := Parse([]byte("keys: {phone: 0}"))
	if err != nil {
		t.Fatal(err)
	}
	if keys := m.Keys(m.PrepareJSON([]byte(`{"phone":"+12065550187"}`))); len(keys) != 0 {
		t.Errorf("%v", keys)
	}
}
