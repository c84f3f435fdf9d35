package importer

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"kith/event"
)

// guessed is what becomes of the columns of a text, in short.
func guessed(t *testing.T, text string) string {
	t.Helper()
	g, err := guessMapping([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := g.mapping.check(); err != nil {
		t.Errorf("the guess is no mapping: %v", err)
	}
	out := []string{fmt.Sprintf("%q", g.mapping.Delimiter)}
	if !g.mapping.Header {
		out = append(out, "no header")
	}
	if g.mapping.ID != "" {
		out = append(out, "id of "+g.mapping.ID)
	}
	for _, c := range g.mapping.Columns {
		out = append(out, c.To)
	}
	return strings.Join(out, " | ")
}

func TestGuess(t *testing.T) {
	for text, want := range map[string]string{
		"Customer ID,First Name,Last Name,Email,Phone,Mobile,DOB,Zip Code\n1,a,b,a@x.org,1,2,1990-01-01,1":            `"," | id | firstName | lastName | email | phone | alternates.1.phone | birthday | address.postalCode`,
		"Kunden-Nr.;Vorname;Nachname;Straße;Hausnummer;PLZ;Ort;E-Mail 1;E-Mail 2\n1;a;b;c;4;5;d;a@x.org;b@x.org":      `";" | id | firstName | lastName | address.street | address.street | address.postalCode | address.city | email | alternates.1.email`,
		"numéro client\tPrénom\tNom\tCourriel\n1\ta\tb\ta@x.org":                                                      `"\t" | id | firstName | lastName | email`,
		"rec_id, given_name, surname, street_number, address_1, suburb, postcode, state, date_of_birth, soc_sec_id\n": `"," | id | firstName | lastName | address.street | address.street | address.city | address.postalCode | address.state | birthday | nationalId`,
		"Lead Source,key,Loyalty Card,updated_at,is_deleted\nweb,k1,7,2026-01-01,no\nweb,k2,8,2026-01-01,no":          `"," | leadSource | id | identifier:loyalty_card | at | deleted`,
		"user_id,email\nu1,a@x.org\nu2,b@x.org":                                                                       `"," | id, identifier:user_id | email`,
		"name,email\nAda,a@x.org\nAda,a@x.org":                                                                        `"," | id of content | name | email`,
		"1,Ada,ada@x.org,+442079460958\n2,Bob,bob@x.org,":                                                             `"," | no header | id | column2 | email | phone`,
		"Ada;London\nBob;Paris": `";" | no header | id | column2`,
		"id,e-mail,contact\n1,yes,a@x.org\n2,no,b@x.org\n3,no,c@x.org": `"," | id | eMail | email`,
		"id,name,address\n1,Ada,\"12 St James Sq, London\"":            `"," | id | name | address.full`,
		"id,id,ID,at,AT,deleted,alternates,\n1,1,1,1,1,no,x,y":         `"," | id | id2 | idValue | at | atValue | deleted | alternatesValue | column8`,
		"email\na@x.org\nb@x.org":                                      `"," | id of content | email`,
	} {
		if got := guessed(t, text); got != want {
			t.Errorf("%.60q:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestMappingFile(t *testing.T) {
	text := write(t, "crm.csv", "Kunden-Nr;E-Mail;\"yes\";12;\"a: b\"\n1;a@x.org;1;2;3\n2;b@x.org;1;2;3\n")
	made, err := Guess(text)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ReadMapping(write(t, "crm.yaml", string(made)))
	if err != nil {
		t.Fatalf("%v\n%s", err, made)
	}
	if again, err := m.encode(); err != nil || string(again) != string(made) {
		t.Errorf("%v: written and read:\n%s\nwritten:\n%s", err, again, made)
	}
	if !strings.HasPrefix(string(made), "# How the columns") || !strings.Contains(string(made), "E-Mail: email") {
		t.Errorf("%s", made)
	}
	k := startKith(t)
	cfg := config(t, k)
	cfg.Confirm = func(string) (bool, error) { t.Error("a mapping that was given is not asked about"); return false, nil }
	if cfg.Mapping, err = ReadMapping(write(t, "crm.json", `{"columns":{"Kunden-Nr":"id","E-Mail":"identifier:newsletter","yes":"-","12":"alternates.2.phone","a: b":"alternates.1.address.city, at"}}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := Import(within(t), cfg, []string{text}); err != nil {
		t.Fatal(err)
	}
	if got, want := k.contents()["2"], `{"identifiers":[{"type":"newsletter","value":"b@x.org"}],"traits":{"alternates":[{"address":{"city":"3"}},{"phone":"2"}]}}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for file, want := range map[string]string{
		"id,email\n1,a@x.org\n":              `does not say what becomes of the column "id"`,
		"Kunden-Nr;E-Mail;yes;12\n1;2;3;4\n": `has no column "a: b"`,
	} {
		if _, err := Import(within(t), cfg, []string{write(t, "other.csv", file)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", file, err)
		}
	}
	for _, wrong := range []struct{ text, want string }{
		{"columns: {a: email}", "no column goes to id"},
		{"columns: {a: id}\nid: content", "says that there are none"},
		{"columns: {a: id}\nid: hash", `"hash" is not "content"`},
		{"columns: {a: id, b: 'identifier:record'}", "not a type of identifier"},
		{"columns: {a: id, b: a.b.c}", "not a place for a value"},
		{"columns: {a: id, b: alternates.21.phone}", "numbered 1 to 20"},
		{"columns: {a: id, b: alternates.x}", "not a place for a value"},
		{"columns: {a: id, b: [x]}", "goes to one place"},
		{"columns: {a: id}\ncolumn: x", `"column" is none of`},
		{"columns: {a: id}\ndelimiter: ';;'", "not one character"},
		{"columns: []", "name what becomes"},
		{"id: [", "yaml"},
	} {
		if _, err := ReadMapping(write(t, "m.yaml", wrong.text)); err == nil || !strings.Contains(err.Error(), wrong.want) {
			t.Errorf("%s: %v, want something about %q", wrong.text, err, wrong.want)
		}
	}
	if _, err := Guess(write(t, "x.ndjson", `{"id":1,"deleted":true}`)); err == nil {
		t.Error("a mapping was made of NDJSON")
	}
}

func TestRecordOfRow(t *testing.T) {
	for _, tc := range []struct{ to, cells, want string }{
		{"id|id|name|name", "a|b|Ada|King", `{"id":"a-b","traits":{"name":"Ada King"}}`},
		{"id|company.name|company", "1|X|Y", "company is a value and has fields at once."},
		{"id|company|company.name", "1|Y|X", "company is a value and has fields at once."},
		{"id|email|phone", ` 1 | a@x.org |\N`, `{"id":"1","traits":{"email":"a@x.org"}}`},
		{"id|at|deleted|email", `1|2026-01-02|Y|a@x.org`, `{"id":"1","at":"2026-01-02","deleted":true}`},
		{"id|identifier:c|identifier:c", `1|7|8`, `{"id":"1","identifiers":[{"type":"c","value":"7"},{"type":"c","value":"8"}]}`},
	} {
		m := &Mapping{Delimiter: "|"}
		var targets [][]target
		for _, to := range strings.Split(tc.to, "|") {
			list, err := parseTargets(to)
			if err != nil {
				t.Fatal(err)
			}
			targets = append(targets, list)
		}
		record, why := m.record(targets, strings.Split(tc.cells, "|"))
		if got := string(record) + why; got != tc.want {
			t.Errorf("%s of %s: %s, want %s", tc.to, tc.cells, got, tc.want)
		}
	}
	a, b := contentID([]string{"a", "b"}), contentID([]string{"a", "c"})
	if a == b || len(a) != 24 || a != contentID([]string{" a ", "b"}) {
		t.Error(a, b)
	}
}

// Whatever a file holds, what is guessed is a mapping, and what is made of its rows are records that Kith reads.
func FuzzGuess(f *testing.F) {
	f.Add("id,First Name,E-Mail\n1,Ada,ada@x.org\n2,\"Bo\nb\",\n")
	f.Add("a;a;;1\n\xe4;\"\"\"\";x;y\n")
	f.Add("1\tx\n2\ty\n")
	f.Fuzz(func(t *testing.T, text string) {
		g, err := guessMapping([]byte(text))
		if err != nil {
			return
		}
		if err := g.mapping.check(); err != nil {
			t.Fatalf("%+v: %v", g.mapping, err)
		}
		if _, err := g.mapping.encode(); err != nil {
			t.Fatal(err)
		}
		rows, err := newCSVRows(strings.NewReader(text), g.mapping)
		if err != nil {
			return
		}
		for {
			r, err := rows.next()
			if err != nil {
				return
			}
			if !json.Valid(r.record) {
				t.Fatalf("%q", r.record)
			}
			if r.why == "" {
				if _, err := event.ParseRecords(append(r.record, '\n'), "application/x-ndjson", event.Limits{}); err != nil {
					t.Fatalf("%q: %v", r.record, err)
				}
			}
		}
	})
}
