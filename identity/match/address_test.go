package match

import "testing"

func TestReadAddress(t *testing.T) {
	for _, c := range []struct {
		street, full               string
		number, name, unit, postal string
		city, state                string
	}{
		{street: "12 Main St Apt 4", number: "12", name: "main", unit: "4"},
		{street: "12 main street #4", number: "12", name: "main", unit: "4"},
		{street: "Hauptstraße 12b", number: "12b", name: "haupt"},
		{street: "Hauptstr. 12 b", number: "12b", name: "haupt"},
		{street: "5/12 High Road", number: "12", name: "high", unit: "5"},
		{street: "12 rue de la Paix", number: "12", name: "paix"},
		{street: "Calle Mayor 3", number: "3", name: "mayor"},
		{street: "1602 se 158th st", number: "1602", name: "158th"},
		{street: "370 Eighth Ave", number: "370", name: "8th"},
		{street: "Park Avenue", name: "park"},
		{street: "PO Box 117", number: "117", name: "pobox"},
		{street: "unknown"},
		{full: "12 Main St, Springfield, IL 62704", number: "12", name: "main", postal: "62704", city: "springfield", state: "il"},
		{full: "12 main st springfield il 62704", number: "12", name: "main", postal: "62704", city: "springfield", state: "il"},
		{full: "Hauptstr. 12, 50667 Köln", number: "12", name: "haupt", postal: "50667", city: "koln"},
		{full: "Flat 3, 12 High Street, London, SW1Y 4LE", number: "12", name: "high", unit: "3", postal: "SW1Y4LE", city: "london"},
	} {
		a, _ := newAddress(c.street, "", "", "", "", "", c.full)
		if a.number != c.number || a.street != c.name || a.unit != c.unit || a.postal != c.postal || a.city != c.city || a.state != c.state {
			t.Errorf("%q: number %q street %q unit %q postal %q city %q state %q", c.street+c.full, a.number, a.street, a.unit, a.postal, a.city, a.state)
		}
	}
}

func TestCompareAddress(t *testing.T) {
	at := func(street, city, postal string) string {
		return `{"address":{"street":"` + street + `","city":"` + city + `","postalCode":"` + postal + `"}}`
	}
	home := at("12 Main St Apt 4", "Springfield", "62704")
	for _, c := range []struct{ a, b, want string }{
		{home, at("12 Main Street #4", "Springfield", "62704"), "unit"},
		{home, at("12 Main St", "Springfield", "62704"), "house"},
		{home, `{"address":{"full":"12 main street, springfield il 62704"}}`, "house"},
		{home, at("12 Mian St", "Springfield", "62740"), "house"},
		{home, at("12 Main St Apt 5", "Springfield", "62704"), "otherUnit"},
		{home, at("Main St", "Springfield", "62704"), "nearHouse"},
		{home, at("12 Main St", "Denver", "80014"), "otherPlace"},
		{home, at("77 Main St", "Springfield", "62704"), "street"},
		{home, at("12 Oak St", "Springfield", "62704"), "numberAndPostal"},
		{home, at("9 Oak St", "Springfield", "62704"), "postal"},
		{home, at("9 Oak St", "Springfield", "90210"), "city"},
		{home, at("9 Oak St", "Denver", "80014"), "differs"},
		{at("12 Main St", "", ""), at("12 Main St", "", ""), "house"},
		{at("", "Anytown", "00000"), at("", "Anytown", "00000"), ""},
		{`{"address":{"state":"WA"}}`, `{"address":{"state":"Washington"}}`, "state"},
		{at("15 hawkesbury crescent tathra east", "Bega", "2550"), at("15 tathra est hawkesbury crescent", "Bega", "2550"), "house"},
	} {
		if got := levelOf(t, "address", c.a, c.b); got != c.want {
			t.Errorf("%s and %s: %q, want %q", c.a, c.b, got, c.want)
		}
	}
}

func TestHousehold(t *testing.T) {
	key := func(json string) string { k, _ := Household([]byte(json)); return k }
	a := key(`{"firstName":"Ada","lastName":"Müller","address":{"street":"Hauptstr. 12","city":"Köln","postalCode":"50667"}}`)
	if b := key(`{"firstName":"Otto","lastName":"Mueller","address":{"full":"Hauptstraße 12, 50667 Köln"}}`); a != b || a == "" {
		t.Errorf("%q and %q are one household", a, b)
	}
	if b := key(`{"lastName":"Schmidt","address":{"full":"Hauptstraße 12, 50667 Köln"}}`); a == b {
		t.Error("another surname is another household")
	}
	if b := key(`{"name":"Otto Müller","address":["Hauptstr. 12, 50667 Köln","elsewhere"]}`); a != b {
		t.Errorf("%q and %q are one household", a, b)
	}
	for _, json := range []string{`{}`, `[]`, `{"address":`, `{"lastName":"Müller"}`, `{"lastName":"Müller","address":{"city":"Köln"}}`, `{"address":{"full":"Hauptstraße 12, 50667 Köln"}}`} {
		if k, ok := Household([]byte(json)); ok {
			t.Errorf("%s has household %q", json, k)
		}
	}
}
