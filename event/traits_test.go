package event

import (
	"strings"
	"testing"
)

func TestTraits(t *testing.T) {
	for _, tc := range []struct {
		traits string // of an identify call
		want   string // key=value, then <raw when it changed
		warn   string
	}{
		{`"firstName":"  Ada ","lastName":"King  Noel"`, `firstName="Ada"<"  Ada " lastName="King Noel"<"King  Noel" name="Ada King Noel"`, ""},
		{`"firstName":"Ada","lastName":"Byron","name":"Countess"`, `firstName="Ada" lastName="Byron" name="Countess"`, ""},
		{`"firstName":"Ada","lastName":"Byron","name":null`, `firstName="Ada" lastName="Byron" name=null`, ""},
		{`"firstName":"Ada"`, `firstName="Ada"`, ""},
		{`"firstName":"Ada","lastName":null,"zip":1`, `firstName="Ada" lastName=null zip=1`, ""},
		{`"lastName":"A\u030angstro\u0308m"`, "lastName=\"\u00c5ngstr\u00f6m\"<\"A\u030angstro\u0308m\"", ""},
		{`"lastName":"McDONALD\u0000"`, `lastName="McDONALD"<"McDONALD\u0000"`, ""},
		{`"email":" ADA@X.org","phone":"+1 415-555-0123"`, `email="ada@x.org"<" ADA@X.org" phone="+14155550123"<"+1 415-555-0123"`, ""},
		{`"email":"x","phone":"call me"`, `email="x" phone="call me"`, "invalid_email traits.email, invalid_phone traits.phone"},
		{`"email":"","phone":" "`, `email="" phone=""<" "`, ""},
		{`"birthday":"Dec 10, 1815"`, `birthday="1815-12-10"<"Dec 10, 1815"`, ""},
		{`"birthday":"03/04/1990"`, `birthday="03/04/1990"`, "invalid_trait traits.birthday"},
		{`"birthday":641865600`, `birthday=641865600`, "invalid_trait traits.birthday"},
		{`"createdAt":1767323045`, `createdAt="2026-01-02T03:04:05.000Z"<1767323045`, ""},
		{`"createdAt":"2026-01-02"`, `createdAt="2026-01-02"`, ""},
		{`"createdAt":"2026-01-02T03:04:05+01:00"`, `createdAt="2026-01-02T02:04:05.000Z"<"2026-01-02T03:04:05+01:00"`, ""},
		{`"createdAt":"2026-01-02T00:00:00Z"`, `createdAt="2026-01-02T00:00:00.000Z"<"2026-01-02T00:00:00Z"`, ""},
		{`"createdAt":true`, `createdAt=true`, "invalid_trait traits.createdAt"},
		{`"age":"42"`, `age=42<"42"`, ""},
		{`"age":42.0`, `age=42<42.0`, ""},
		{`"age":-1`, `age=-1`, "invalid_trait traits.age"},
		{`"age":"old"`, `age="old"`, "invalid_trait traits.age"},
		{`"id":7`, `id="7"<7`, ""},
		{`"address":{"street":" 12  St James Sq","postalCode":1010,"city":null}`, `address={"city":null,"postalCode":"1010","street":"12 St James Sq"}<{"city":null,"postalCode":1010,"street":" 12  St James Sq"}`, ""},
		{`"address":"12 St  James Sq"`, `address="12 St James Sq"<"12 St  James Sq"`, ""},
		{`"address":[1]`, `address=[1]`, "invalid_trait traits.address"},
		{`"address":{"postalCode":{}}`, `address={"postalCode":{}}`, "invalid_trait traits.address"},
		{`"company":{"id":5,"name":"ACME ","employee_count":"328","plan":true}`, `company={"employee_count":328,"id":"5","name":"ACME","plan":true}<{"employee_count":"328","id":5,"name":"ACME ","plan":true}`, ""},
		{`"company":{"employee_count":"50-100"}`, `company={"employee_count":"50-100"}`, ""},
		{`"name":7,"anything":{"b":1,"a":[" x "]},"":1`, `anything={"a":[" x "],"b":1} name=7`, ""},
		{`"description":" two  words "`, `description="two  words"<" two  words "`, ""},
	} {
		c := decodeOne(t, `{"type":"identify","userId":"u","messageId":"m","traits":{`+tc.traits+`}}`)
		var got []string
		for _, tr := range c.Traits {
			s := tr.Key + "=" + string(tr.Value)
			if tr.Raw != nil {
				s += "<" + string(tr.Raw)
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != tc.want {
			t.Errorf("%s:\n%s\nwant\n%s", tc.traits, s, tc.want)
		}
		if s := strings.Join(codes(c), ", "); s != tc.warn {
			t.Errorf("%s: warnings %q, want %q", tc.traits, s, tc.warn)
		}
	}
}

func TestTraitsMeet(t *testing.T) {
	c := decodeOne(t, `{"type":"identify","userId":"u","messageId":"m","traits":{"plan":"pro","gone":null},"context":{"traits":{"plan":"free","gone":1,"lang":"de","birthday":"?"}}}`)
	got := ""
	for _, tr := range c.Traits {
		got += tr.Key + "=" + string(tr.Value) + " "
	}
	if got != `birthday="?" gone=null lang="de" plan="pro" ` || codes(c)[0] != "invalid_trait context.traits.birthday" {
		t.Error(got, codes(c))
	}
	c = decodeOne(t, `{"type":"group","userId":"u","groupId":" g ","messageId":"m","traits":{"name":" ACME ","createdAt":1767323045},"context":{"traits":{"name":"Ada"}}}`)
	if c.GroupID != "g" || len(c.Group) != 2 || string(c.Group[1].Value) != `"ACME"` || len(c.Traits) != 1 || string(c.Traits[0].Value) != `"Ada"` {
		t.Errorf("%+v", c)
	}
}

func TestCountry(t *testing.T) {
	const national = "030 901820" // a number in Berlin
	for _, tc := range []struct{ traits, context, want string }{
		{`"address":{"country":"DE"}`, ``, "+4930901820"},
		{`"address":{"country":"deu"}`, `"locale":"en-US"`, "+4930901820"},
		{`"address":{"country":"Germany"}`, `"locale":"de_DE.UTF-8"`, "+4930901820"},
		{``, `"locale":"de-DE"`, "+4930901820"},
		{``, `"locale":"zh-Hans-DE"`, "+4930901820"},
		{``, `"traits":{"address":{"country":"DE"}}`, "+4930901820"},
		{``, `"locale":"en-US"`, ""},
		{``, `"locale":"de"`, ""},
		{``, ``, ""},
	} {
		c := decodeOne(t, `{"type":"identify","userId":"u","messageId":"m","traits":{"phone":"`+national+`"`+comma(tc.traits)+`},"context":{`+tc.context+`}}`)
		got := ""
		for _, id := range c.Identifiers {
			if id.Type == Phone {
				got = id.Value
			}
		}
		if got != tc.want {
			t.Errorf("%s %s: %q, want %q", tc.traits, tc.context, got, tc.want)
		}
	}
}

func comma(s string) string {
	if s != "" {
		return "," + s
	}
	return ""
}
