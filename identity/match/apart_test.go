package match

import (
	"fmt"
	"testing"
	"time"
)

// One thing that two people can share never joins them.
func TestSharedAlone(t *testing.T) {
	m := Default()
	for name, shared := range map[string]string{
		"phone":              `{"phone":"+12065550187"}`,
		"address":            `{"address":{"street":"12 Main St Apt 4","city":"Springfield","state":"IL","postalCode":"62704"}}`,
		"birthday":           `{"birthday":"1980-12-30"}`,
		"name":               `{"firstName":"Quirin","lastName":"Brathwaite"}`,
		"surname, address":   `{"lastName":"Brathwaite","address":{"street":"12 Main St","postalCode":"62704"}}`,
		"phone, address":     `{"phone":"+12065550187","address":{"street":"12 Main St","postalCode":"62704"}}`,
		"employer, phone":    `{"employer":"Acme","phone":"+12065550187","address":{"street":"12 Main St","postalCode":"62704"}}`,
		"office mail, phone": `{"email":"info@acme.org","phone":"+12065550187","employer":"Acme"}`,
	} {
		if w := m.Weight(rec(shared), rec(shared)); w >= m.Join() {
			t.Errorf("%s alone weighs %d, the join threshold is %d", name, w, m.Join())
		}
	}
}

// Who lives together, is related, or has the name of a parent, stays apart; all records of each come together.
func TestStayApart(t *testing.T) {
	home := `"address":{"street":"12 Main St","city":"Springfield","state":"IL","postalCode":"62704"}`
	for name, c := range map[string]struct {
		want    string
		records []string
	}{
		"couple": {"a+b c+d", []string{
			`{"firstName":"Anna","lastName":"Keller","phone":"+12065550187",` + home + `,"birthday":"1980-12-30","gender":"f"}`,
			`{"firstName":"Ana","lastName":"Keller","phone":"+12065550187",` + home + `}`,
			`{"firstName":"Otto","lastName":"Keller","phone":"+12065550187",` + home + `,"birthday":"1979-02-11","gender":"m"}`,
			`{"firstName":"Otto","lastName":"Keller",` + home + `,"gender":"m"}`}},
		"twins": {"a b", []string{
			`{"firstName":"Lena","lastName":"Keller","birthday":"2001-12-30","gender":"f","phone":"+12065550187",` + home + `}`,
			`{"firstName":"Sarah","lastName":"Keller","birthday":"2001-12-30","gender":"f","phone":"+12065550187",` + home + `}`}},
		"twins of one initial": {"a b", []string{
			`{"firstName":"Ethan","middleName":"J","lastName":"Keller","birthday":"2001-12-30","gender":"m",` + home + `}`,
			`{"firstName":"Logan","middleName":"J","lastName":"Keller","birthday":"2001-12-30","gender":"m",` + home + `}`}},
		"twins with names alike": {"a b", []string{
			`{"firstName":"Hayden","lastName":"Keller","birthday":"2001-12-30","gender":"m",` + home + `}`,
			`{"firstName":"Jayden","lastName":"Keller","birthday":"2001-12-30","gender":"m",` + home + `}`}},
		"twins with ids in a row": {"a b", []string{
			`{"firstName":"Ethan","lastName":"Keller","birthday":"2001-12-30","nationalId":"400-10-3088",` + home + `}`,
			`{"firstName":"Sarah","lastName":"Keller","birthday":"2001-12-30","nationalId":"400-10-3089",` + home + `}`}},
		"father and son by suffix": {"a b", []string{
			`{"firstName":"John","lastName":"Keller","nameSuffix":"Sr",` + home + `}`,
			`{"firstName":"John","lastName":"Keller","nameSuffix":"Jr",` + home + `}`}},
		"mother and daughter by birthday": {"a b", []string{
			`{"firstName":"Anna","lastName":"Keller","birthday":"1961-05-17",` + home + `}`,
			`{"firstName":"Anna","lastName":"Keller","birthday":"1989-11-02",` + home + `}`}},
		"father and son by year": {"a b", []string{
			`{"firstName":"John","lastName":"Keller","birthday":"1961","phone":"+12065550187",` + home + `}`,
			`{"firstName":"John","lastName":"Keller","birthday":"1989","phone":"+12065550187",` + home + `}`}},
		"one mailbox, two people": {"a b", []string{
			`{"firstName":"Anna","lastName":"Keller","email":"keller@x.org","birthday":"1961-05-17"}`,
			`{"firstName":"Otto","lastName":"Keller","email":"keller@x.org","birthday":"1959-11-02"}`}},
		"one e-mail, nothing against": {"a+b", []string{`{"email":"ada.byron@x.org"}`, `{"firstName":"Ada","lastName":"Byron","email":"ada.byron@x.org"}`}},
		"married": {"a+b", []string{
			`{"firstName":"Anna","lastName":"Keller","birthday":"1961-05-17","email":"annak61@x.org"}`,
			`{"firstName":"Anna","lastName":"Vogel","birthday":"1961-05-17","email":"annak61@x.org"}`}},
		"moved": {"a+b", []string{
			`{"firstName":"Anna","lastName":"Keller","birthday":"1961-05-17",` + home + `}`,
			`{"firstName":"Anna","lastName":"Keller","birthday":"1961-05-17","address":{"street":"9 Oak St","city":"Denver","postalCode":"80014"}}`}},
		"one id with a slip": {"a+b", []string{
			`{"firstName":"Emmerson","lastName":"Braithwaite","nationalId":"400-10-3088"}`, `{"firstName":"Emerson","lastName":"Braithwaite","nationalId":"400-01-3088"}`}},
		"made up in a row": {"a b c", []string{
			`{"firstName":"First1","lastName":"Last1","email":"user1@x.org","phone":"+12065550101","nationalId":"ID-000001","birthday":"1980-02-11"}`,
			`{"firstName":"First2","lastName":"Last2","email":"user2@x.org","phone":"+12065550102","nationalId":"ID-000002","birthday":"1980-02-12"}`,
			`{"name":"Person 3","email":"user3@x.org","phone":"+12065550103","nationalId":"ID-000003"}`}},
		"a stranger's slip joins nobody": {"a+b c+d", []string{
			`{"firstName":"Anna","lastName":"Keller","birthday":"1961-05-17","nationalId":"400-10-3088"}`,
			`{"firstName":"Anna","lastName":"Keller","birthday":"1961-05-17","nationalId":"400-10-3088",` + home + `}`,
			`{"firstName":"Otto","lastName":"Vogel","birthday":"1970-11-02","nationalId":"786-77-6454",` + home + `}`,
			`{"firstName":"Otto","lastName":"Vogel","birthday":"1970-11-02","nationalId":"400-10-3088",` + home + `}`}},
	} {
		if got := joins(t, c.records...); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A thousand people with one phone, or one office's mailbox, stay a thousand; also those who were joined before the
// sharing began stay as they were.
func TestThousandOnOnePhone(t *testing.T) {
	first := []string{"Anna", "Otto", "Mary", "James", "Lena", "Ethan", "Priya", "Wei", "Fatima", "Carlos", "Olga", "Yuki", "Paul", "Ines", "Omar", "Zoe", "Nina", "Igor", "Jane", "Axel", "Rosa", "Hugo", "Mila", "Ravi", "Sven"}
	last := []string{"Keller", "Vogel", "Smith", "Brown", "Nguyen", "Garcia", "Patel", "Kim", "Ivanov", "Rossi", "Silva", "Dubois", "Jansen", "Novak", "Larsen", "Yilmaz", "Haddad", "Sato", "Okafor", "Mensah", "Cohen", "Fischer", "Murphy", "Lopez", "Costa", "Weber", "Moreau", "Bianchi", "Santos", "Petrov", "Lindberg", "Kowalski", "Horvat", "Papadopoulos", "Andersson", "Meyer", "Singh", "Ali", "Chen", "Tanaka"}
	for name, shared := range map[string]string{"phone": `"phone":"+12065550187"`, "mailbox": `"email":"info@acme.org"`, "person's e-mail": `"email":"jo.doe@acme.org"`} {
		var items []Item
		for i := range 1000 {
			birthday := time.Date(1940, 1, 1+i*23, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) // no two on one day
			full := fmt.Sprintf(`"firstName":%q,"lastName":%q,"birthday":%q`, first[i%25], last[i/25], birthday)
			items = append(items, Item{ID: fmt.Sprintf("p%d", i), Record: rec("{" + full + "," + shared + "}")})
			if i%10 == 0 {
				items = append(items, Item{ID: fmt.Sprintf("p%d-again", i), Record: rec("{" + full + "}")})
			}
		}
		c := Default().Cluster(items)
		sizes := map[int]int{}
		for _, cell := range c.Cells {
			sizes[cell]++
		}
		if len(sizes) != 1000 {
			t.Errorf("one %s: %d customers of 1000 people", name, len(sizes))
		}
	}
}
