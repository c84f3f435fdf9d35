package identity

import (
	"math"
	"strings"
	"testing"

	"kith/fault"
)

func parsed(t testing.TB, text string) *Rules {
	t.Helper()
	r, err := ParseRules([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBlockedByDefault(t *testing.T) {
	r := DefaultRules()
	for _, value := range []string{
		"null", "NULL", " undefined ", "none", "NaN", "true", "False", "0", "-1", "", "000", "0-0", "---", "anonymous", "anonymousId",
		"guest", "unknown", "not_authenticated", "id", "distinct_id", "email", "invalid", "[object Object]",
		"test@example.org", "Test@x", "no@x.org", "noreply@shop.org",
	} {
		if !r.Blocked("user_id", value) {
			t.Errorf("%q is not blocked", value)
		}
	}
	for _, value := range []string{"ada", "10", "-2", "nobody@x.org", "contest@x.org", "attest@x.org", "guests", "ada@test.org", "+44 20 0000"} {
		if r.Blocked("email", value) {
			t.Errorf("%q is blocked", value)
		}
	}
}

func TestRulesOnTopOfTheDefaults(t *testing.T) {
	r := parsed(t, `
size: 500
types:
  loyalty_card: {first: 3}
  "*": {limit: 7}
  email: {limit: 9}
share: {email: 8}
blocked: {values: [staff], patterns: ['@mailinator\.'], keys: ['phone:+100']}
traits: {loyaltyNumber: loyalty_card}
phone_country: DE
sources: [crm, shop]
`)
	if r.Size() != 500 || r.PhoneCountry() != "DE" || r.Traits()["loyaltyNumber"] != "loyalty_card" {
		t.Errorf("size %d, country %q, traits %v", r.Size(), r.PhoneCountry(), r.Traits())
	}
	card, mail, user, browser := r.policy("loyalty_card:1"), r.policy("email:x"), r.policy("user_id:1"), r.policy("anonymous_id:1")
	if card.class != Custom || card.limit != 7 || mail.limit != 9 || mail.class != Strong || user.limit != 1 {
		t.Errorf("policies %+v %+v %+v", card, mail, user)
	}
	for _, x := range []struct {
		of, other *policy
		want      int
	}{
		{&card, &user, 3}, {&browser, &user, 1}, {&mail, &user, 5}, {&mail, &mail, 8}, {&browser, &mail, 8},
		{&browser, &browser, 20}, {&browser, &card, 5},
	} {
		if got := r.shareOf(x.of, x.other); got != x.want {
			t.Errorf("%s may share %d of %s, want %d", x.of.name, got, x.other.name, x.want)
		}
	}
	if !r.Blocked("user_id", "staff") || !r.Blocked("user_id", "null") || !r.Blocked("email", "a@mailinator.com") || !r.Blocked("phone", "+100") || r.Blocked("user_id", "+100") {
		t.Error("blocked values are not those of the file and the defaults")
	}
	if r.SourceRank("crm") >= r.SourceRank("shop") || r.SourceRank("shop") >= r.SourceRank("web") || r.SourceRank("web") != math.MaxInt {
		t.Error("sources do not rank as listed")
	}
	if r.TypeRank("user_id") >= r.TypeRank("email") || r.TypeRank("email") >= r.TypeRank("loyalty_card") || r.TypeRank("loyalty_card") >= r.TypeRank("anonymous_id") {
		t.Error("types do not rank by strength")
	}
	if !r.Anonymous("anonymous_id") || !r.Anonymous("device_id") || r.Anonymous("email") || r.Anonymous("loyalty_card") {
		t.Error("anonymous are the wrong types")
	}
	if got := parsed(t, "sources: {crm: 1, pos: 1, web: 2}"); got.SourceRank("crm") != got.SourceRank("pos") || got.SourceRank("pos") >= got.SourceRank("web") {
		t.Error("sources do not rank by number")
	}
}

func TestMark(t *testing.T) {
	r := parsed(t, "personal: ['email:a@x']\nshared: ['email:info@x']\nblocked: {keys: ['email:junk@x']}")
	for k, want := range map[Key]Mark{
		"email:a@x": MarkPersonal, "email:info@x": MarkShared, "email:junk@x": MarkBlocked, "email:null": MarkBlocked, "email:b@x": MarkNone,
	} {
		if got := r.Mark(k); got != want {
			t.Errorf("%s is marked %s, want %s", k, got, want)
		}
	}
}

func TestVersion(t *testing.T) {
	base := DefaultRules().Version()
	if len(base) != 12 {
		t.Errorf("version %q", base)
	}
	for _, same := range []string{"", "# nothing\n", "size: 2000", "types:\n  email:\n    limit: 5\n", "blocked: {values: [\"null\"]}", string(DefaultYAML()), "share:\ntraits:\n"} {
		if got := parsed(t, same).Version(); got != base {
			t.Errorf("%q makes another version", same)
		}
	}
	seen := map[string]string{base: "the defaults"}
	for _, other := range []string{
		"size: 1999", "types: {email: {limit: 6}}", "types: {anonymous_id: {first: 2}}", "share: {email: 6}", "unique_records: [crm]",
		"personal: ['email:x']", "shared: ['email:x']", "blocked: {values: [x]}", "blocked: {patterns: [x]}", "traits: {x: y}", "phone_country: GB",
		"sources: [x]", `rank: [email, "*"]`,
	} {
		v := parsed(t, other).Version()
		if before, ok := seen[v]; ok {
			t.Errorf("%q has the version of %q", other, before)
		}
		seen[v] = other
	}
	if parsed(t, "personal: ['a:1', 'b:2']").Version() != parsed(t, "personal: ['b:2', 'a:1', 'a:1']").Version() {
		t.Error("the order of a set makes another version")
	}
}

// An error names the line, the key and what is allowed.
func TestRulesErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"sise: 5", "line 1: sise: unknown key; allowed here are blocked, personal, phone_country, rank, share, shared, size, sources, traits, types, unique_records"},
		{"size: 2\ntypes:\n  email:\n    limti: 3", "line 4: types.email.limti: unknown key; allowed here are class, first, limit, share"},
		{"size: many", `line 1: size: "many" is not allowed; a whole number from 1 to 1000000 is`},
		{"size: 0", "whole number from 1"},
		{"size: [1]", "line 1: size: a single value is expected here"},
		{"- a", "line 1: a mapping (key: value) is expected here"},
		{"rank: [email]", `line 1: rank: "*", the place of all other types, is missing`},
		{`rank: [email, email, "*"]`, "rank: email is there twice"},
		{"types: {email: {class: mighty}}", `types.email.class: "mighty" is not allowed; one of exclusive, strong, custom, device, anonymous is`},
		{"types: {user_id: {limit: 2}}", "types.user_id.limit: an exclusive type has 1 per customer"},
		{"types: {user_id: {first: 2}}", "types.user_id.first: an exclusive type is never SHARED"},
		{"share: {email: -1}", "share.email"},
		{"size: 1\nsize: 2", "size"},
		{"personal: [ada]", `line 1: personal: "ada" is not allowed; an identifier is written type:value`},
		{"personal: ['a:1']\nshared: ['a:1']", "personal: a:1 is also under shared"},
		{"blocked: {patterns: ['(']}", `line 1: blocked.patterns: "(" is not a regular expression`},
		{"blocked: {value: [x]}", "blocked.value: unknown key; allowed here are keys, patterns, values"},
		{"traits: {card: 'a:b'}", "line 1: traits.card"},
		{"phone_country: Germany", "two upper-case letters"},
		{"sources: [a, a]", "sources: a is there twice"},
		{"sources: 3", "sources: a list is expected here"},
		{"a: &x 1\nb: *x", "line 1: a: unknown key"},
		{"size: 1\n---\nsize: 2", "one document is allowed"},
		{"size: [", "line 1"},
	} {
		_, err := ParseRules([]byte(c.text))
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.MessageOf(err), c.want) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
	if _, err := ParseRules(make([]byte, maxRulesText+1)); fault.CodeOf(err) != fault.TooLarge {
		t.Errorf("rules without end: %v", err)
	}
}

// Whatever a file says, it is refused with a message or gives rules that work.
func FuzzParseRules(f *testing.F) {
	f.Add(defaultYAML)
	for _, text := range []string{
		"size: 5", "types: {email: {limit: 3, share: {exclusive: 2}}}", "sources: {a: 1}", "a: &a [*a]", "? [x]\n: y", "<<: {size: 3}",
		"blocked: {patterns: ['^x$']}", "types: {\"*\": {class: exclusive}}", "personal:\n- 'a:b'", "\x00", "--- ---",
	} {
		f.Add([]byte(text))
	}
	facts := scene("a:1 u:ada e:1\n a:1 u:bob\n r:crm/1 c:7 p:1\n join d1 u:ada u:bob").facts(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ParseRules(text)
		if err != nil {
			if fault.CodeOf(err) == fault.Internal || fault.MessageOf(err) == "" {
				t.Errorf("error without a message: %v", err)
			}
			return
		}
		if again, err := ParseRules(text); err != nil || again.Version() != r.Version() {
			t.Errorf("read again it is version %v, %v", again, err)
		}
		Resolve(r, facts)
	})
}
