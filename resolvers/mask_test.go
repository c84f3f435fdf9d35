package resolvers

import (
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	v := viewer{identifiers: map[string]string{"loyaltyCard": "loyalty_card"}}
	traits := v.traits
	facts := v.facts
	for _, c := range []struct {
		name     string
		mask     func(string) string
		in, want string
	}{
		{"nothing", text(traits), "", `{}`},
		{"ordinary traits", text(traits), `{"plan":"pro","logins":3,"vip":true,"createdAt":"2026-01-01","tags":["a"],"company":{"name":"Engines","plan":"x"}}`,
			`{"company":{"name":"Engines","plan":"x"},"createdAt":"2026-01-01","logins":3,"plan":"pro","tags":["a"],"vip":true}`},
		{"personal traits", text(traits), `{"name":"A","firstName":"A","Last_Name":"B","birthday":"1815-12-10","age":20,"loyaltyCard":7,"customer-email":"x","mobilePhone":1,"passportNumber":"P","id":"7"}`,
			`{"Last_Name":"•••","age":"•••","birthday":"•••","customer-email":"•••","firstName":"•••","id":"•••","loyaltyCard":"•••","mobilePhone":"•••","name":"•••","passportNumber":"•••"}`},
		{"forms stay", text(traits), `{"address":{"city":"L","geo":[1,2],"note":null}}`, `{"address":{"city":"•••","geo":["•••","•••"],"note":null}}`},
		{"null stays", text(traits), `{"email":null}`, `{"email":null}`},
		{"addresses under any name", text(facts), `{"note":"ask ada@x.org","link":"https://x.org/?e=ada%40x.org","list":["a@b",{"deep":"c@d"}],"a@b":1}`,
			`{"link":"•••","list":["•••",{"deep":"•••"}],"note":"•••","•••":"•••"}`},
		{"a product has a name", text(facts), `{"name":"Lamp","products":[{"name":"Shade","price":1.50,"id":"p1"}],"shipping":{"address":{"street":"x"},"name":"DHL"}}`,
			`{"name":"Lamp","products":[{"id":"p1","name":"Shade","price":1.50}],"shipping":{"address":{"street":"•••"},"name":"DHL"}}`},
		{"numbers stay as they are", text(facts), `{"n":12345678901234567890.10}`, `{"n":12345678901234567890.10}`},
		{"not an object", text(facts), `[1]`, `"•••"`},
		{"context", func(s string) string { return string(v.context(s)) },
			`{"ip":"1.2.3.4","traits":{"name":"A","plan":"pro"},"device":{"id":"d","type":"ios"},"page":{"path":"/x","url":"https://x/?m=a%40b"},"userAgent":"UA","locale":"de","externalIds":[{"id":"7"}],"campaign":{"name":"spring"}}`,
			`{"campaign":{"name":"spring"},"device":{"id":"•••","type":"•••"},"externalIds":[{"id":"•••"}],"ip":"•••","locale":"de","page":{"path":"/x","url":"•••"},"traits":{"name":"•••","plan":"pro"},"userAgent":"•••"}`},
		{"a trait alone", func(s string) string { return string(v.trait("plan", []byte(s))) }, `"a <b>"`, `"a <b>"`},
		{"a personal trait alone", func(s string) string { return string(v.trait("phone", []byte(s))) }, `["1","2"]`, `["•••","•••"]`},
		{"a trait that gives an address away", func(s string) string { return string(v.trait("login", []byte(s))) }, `"ada@x.org"`, `"•••"`},
	} {
		if got := c.mask(c.in); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	open := viewer{pii: true}
	if got := string(open.traits(`{"email" : "a@b"}`)); got != `{"email" : "a@b"}` {
		t.Errorf("who may see it gets it as it is stored: %s", got)
	}
}

func text[T ~[]byte](f func(string) T) func(string) string {
	return func(s string) string { return string(f(s)) }
}

// Whatever JSON comes, what is masked holds no address.
func FuzzMask(f *testing.F) {
	f.Add(`{"a":{"b":["x@y"]}}`)
	f.Add(`{"@":"@"}`)
	f.Fuzz(func(t *testing.T, object string) {
		v := viewer{}
		for _, masked := range []string{string(v.traits(object)), string(v.facts(object)), string(v.context(object))} {
			if strings.Contains(masked, "@") && !strings.Contains(masked, `\u`) {
				t.Fatalf("%q is shown as %q", object, masked)
			}
		}
	})
}
