package event

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestIdentifiers(t *testing.T) {
	policy := Policy{DefaultCountry: "US", TraitIdentifiers: map[string]string{"card": "loyalty_card", "workEmail": Email}}
	long := strings.Repeat("x", maxIdentifier+1)
	for _, tc := range []struct {
		name, item string
		want       string
		warnings   string
	}{
		{"precedence", `"type":"identify","anonymousId":"a","userId":"u","traits":{"email":"E@X.example","phone":"+44 20 7946 0958","card":"c"},
			"context":{"device":{"id":"d","advertisingId":"AD","adTrackingEnabled":true},"externalIds":[{"id":"g","type":"ga","collection":"users"}]}`,
			"user_id:u anonymous_id:a device_id:d advertising_id:ad email:e@x.example phone:+442079460958 loyalty_card:c ga:g", ""},
		{"both e-mails", `"type":"identify","userId":"u","traits":{"email":"a@x.example"},"context":{"traits":{"email":"b@x.example"}}`,
			"user_id:u email:a@x.example email:b@x.example", ""},
		{"one e-mail twice", `"type":"identify","userId":"u","traits":{"email":"a@x.example"},"context":{"traits":{"email":"A@X.example"}}`,
			"user_id:u email:a@x.example", ""},
		{"context traits of a track call", `"type":"track","event":"e","userId":"u","context":{"traits":{"email":"b@x.example","phone":"(415) 555-0123"}}`,
			"user_id:u email:b@x.example phone:+14155550123", ""},
		{"group traits are the account's", `"type":"group","groupId":"g","userId":"u","traits":{"email":"info@acme.example","phone":"+14155550123","card":"c"}`, "user_id:u", ""},
		{"no tracking", `"type":"page","anonymousId":"a","context":{"device":{"id":"d","advertisingId":"ad","adTrackingEnabled":false,"token":"t"}}`, "anonymous_id:a device_id:d", ""},
		{"tracking not mentioned", `"type":"page","anonymousId":"a","context":{"device":{"advertisingId":"ad"}}`, "anonymous_id:a", ""},
		{"junk is for the rules to block", `"type":"page","anonymousId":"null","userId":"0"`, "user_id:0 anonymous_id:null", ""},
		{"bad e-mail", `"type":"identify","userId":"u","traits":{"email":"none","workEmail":"w@x.example"}`, "user_id:u email:w@x.example", "invalid_email traits.email"},
		{"bad phone", `"type":"identify","userId":"u","traits":{"phone":"12345"}`, "user_id:u", "invalid_phone traits.phone"},
		{"empty values", `"type":"identify","userId":"u","traits":{"phone":"","email":" ","card":null}`, "user_id:u", ""},
		{"wrong types", `"type":"identify","userId":"u","traits":{"card":{"a":1}}`, "user_id:u", "invalid_type traits.card"},
		{"too long", `"type":"identify","userId":"u","traits":{"card":"` + long + `"}`, "user_id:u", "identifier_too_long traits.card"},
		{"numbers", `"type":"identify","userId":1e3,"traits":{"card":12345678901234567890}`, "user_id:1000 loyalty_card:12345678901234567890", ""},
		{"external ids", `"type":"page","anonymousId":"a","context":{"externalIds":[{"id":5,"type":"crm.id","collection":"users"},{"id":"x","type":"y"},{"id":"x","type":"y","collection":"accounts"},7,null,
			{"id":"X@Y.example","type":"email","collection":"users"},{"id":"r","type":"record","collection":"users"},{"id":"r","type":"a:b","collection":"users"},{"type":"z","collection":"users"}]}`,
			"anonymous_id:a email:x@y.example crm.id:5", "invalid_identifier_type context.externalIds"},
	} {
		c := decodeBatch(t, `{"batch":[{"messageId":"m",`+tc.item+`}]}`, policy)[0]
		if got := strings.Join(keys(c), " "); got != tc.want {
			t.Errorf("%s: %s\nwant %s", tc.name, got, tc.want)
		}
		if got := strings.Join(codes(c), ", "); got != tc.warnings {
			t.Errorf("%s: warnings %s, want %s", tc.name, got, tc.warnings)
		}
	}
}

func TestTooManyIdentifiers(t *testing.T) {
	var ids []string
	for i := range 25 {
		ids = append(ids, fmt.Sprintf(`{"id":"%d","type":"t","collection":"users"}`, i))
	}
	c := decodeOne(t, `{"type":"identify","messageId":"m","userId":"u","traits":{"email":"a@x.example"},"context":{"externalIds":[`+strings.Join(ids, ",")+`]}}`)
	if len(c.Identifiers) != 20 || c.Identifiers[1].Type != Email || c.Identifiers[19].Value != "17" || !slices.Equal(codes(c), []string{"too_many_identifiers "}) {
		t.Errorf("%v %v", keys(c), codes(c))
	}
}

func TestAlias(t *testing.T) {
	c := decodeOne(t, `{"type":"alias","messageId":"m","userId":"u","previousId":" a "}`)
	if c.PreviousID == nil || *c.PreviousID != (Identifier{AnonymousID, "a", " a "}) || !slices.Equal(keys(c), []string{"user_id:u"}) {
		t.Errorf("%+v", c)
	}
	c = decodeOne(t, `{"type":"alias","messageId":"m","anonymousId":"b","previousId":"a"}`)
	if c.PreviousID != nil || !slices.Equal(codes(c), []string{"alias_without_user_id userId"}) {
		t.Errorf("%+v", c)
	}
}

func TestNormalizeIdentifier(t *testing.T) {
	policy := Policy{DefaultCountry: "GB"}
	for _, tc := range []struct {
		typ, value, want string
		ok               bool
	}{
		{Email, " Ada@X.org ", "email:ada@x.org", true},
		{Email, "ada", "", false},
		{Phone, "020 7946 0958", "phone:+442079460958", true},
		{Phone, "1", "", false},
		{UserID, " u ", "user_id:u", true},
		{UserID, " ", "", false},
		{UserID, strings.Repeat("x", maxIdentifier+1), "", false},
		{"loyalty_card", "Ab", "loyalty_card:Ab", true},
		{"a:b", "c", "", false},
		{"", "c", "", false},
		{strings.Repeat("t", 65), "c", "", false},
	} {
		id, ok := NormalizeIdentifier(tc.typ, tc.value, policy)
		if ok != tc.ok || ok && (id.Key() != tc.want || id.Raw != tc.value) {
			t.Errorf("%s %q: %+v %v", tc.typ, tc.value, id, ok)
		}
	}
}
