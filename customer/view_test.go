package customer_test

import (
	"slices"
	"strings"
	"testing"

	"kith/customer"
	"kith/event"
)

func anonymous(typ string) bool { return typ == event.AnonymousID || typ == event.DeviceID }

func TestView(t *testing.T) {
	var traits customer.Traits
	traits.Add("firstName", version(`"Zoë"`, "web", 5, "1"))
	traits.Add("lastName", version(`"Łuczak-Öz"`, "web", 5, "1"))
	members := []customer.Member{
		{Key: "anonymous_id:a", Type: "anonymous_id", Value: "a", FirstSeen: 10, Active: 30},
		{Key: "user_id:u", Type: "user_id", Value: "u", FirstSeen: 20, Active: customer.Never, Traits: traits},
		{Key: "email:zoe@mail.example.org", Type: "email", Value: "zoe@mail.example.org", FirstSeen: 20, Active: 25},
		{Key: "phone:+4930123456789", Type: "phone", Value: "+4930123456789", FirstSeen: 20, Active: 25},
	}
	v := customer.Assemble(members, nil, anonymous, `{"firstName":"Zoe","plan":"pro"}`)
	if v.DisplayName != "Zoë Łuczak-Öz" || !v.Known || v.FirstSeen != 10 || v.LastSeen != 30 {
		t.Errorf("%+v", v)
	}
	if want := []string{"firstName", "lastName", "plan"}; !slices.Equal(v.Changed, want) {
		t.Errorf("changed %v, want %v", v.Changed, want)
	}
	if !strings.Contains(v.SearchName, "zoe") || !strings.Contains(v.SearchName, "-oz") {
		t.Errorf("the name is found as %q", v.SearchName)
	}
	for _, word := range []string{"zoe@mail.example.org", "zoe", "mail.example.org"} {
		if !slices.Contains(strings.Fields(v.SearchEmail), word) {
			t.Errorf("the address is not found by %q: %q", word, v.SearchEmail)
		}
	}
	for _, word := range []string{"4930123456789", "123456789", "3456789"} {
		if !slices.Contains(strings.Fields(v.SearchPhone), word) {
			t.Errorf("the number is not found by %q: %q", word, v.SearchPhone)
		}
	}
	slices.Reverse(members)
	if again := customer.Assemble(members, nil, anonymous, v.Traits); again.Traits != v.Traits || again.DisplayName != v.DisplayName || again.SearchEmail != v.SearchEmail || again.Changed != nil {
		t.Errorf("in another order: %+v", again)
	}
}

func TestAVisitorIsUnknownUntilNamed(t *testing.T) {
	v := customer.Assemble([]customer.Member{{Key: "anonymous_id:a", Type: "anonymous_id", Value: "a", FirstSeen: -5, Active: customer.Never}}, nil, anonymous, "")
	if v.Known || v.DisplayName != "" || v.FirstSeen != -5 || v.LastSeen != -5 {
		t.Errorf("%+v", v)
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"  Ada   BYRON ": "ada byron", "Ångström, José": "angstrom jose", "İstanbul": "istanbul", "": "", "O'Neil": "o'neil", "田中 さくら": "田中 さくら",
	} {
		if got := customer.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}
