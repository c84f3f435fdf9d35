package customer

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"kith/event"
	"kith/identity"
)

// Member is one identifier of a customer with all that hangs on it.
type Member struct {
	Key       identity.Key
	Type      string
	Value     string
	FirstSeen event.Millis
	Active    event.Millis // latest effective time that moves last seen; Never when none does
	Traits    Traits
}

// View is what is stored about a customer beside its identifiers: a function of its members and the priorities.
type View struct {
	DisplayName string // empty when nothing better than an anonymous identifier is known
	Known       bool   // has an identifier that is more than a browser or a device
	FirstSeen   event.Millis
	LastSeen    event.Millis
	Traits      string // JSON object of the resolved values, names sorted
	Changed     []string

	SearchName, SearchEmail, SearchPhone string // folded words, separated by spaces
}

// Never is the Active of an identifier that only passive facts name.
const Never event.Millis = -1 << 63

// maxSearchValues bounds how many identifiers of a kind a customer can be found by.
const maxSearchValues = 50

// Assemble makes the view of a customer. before is the Traits of its stored view; Changed names the traits whose
// value differs, sorted. anonymous says which identifier types do not make a customer known.
func Assemble(members []Member, rank Priority, anonymous func(typ string) bool, before string) View {
	v := View{LastSeen: Never}
	of := make(map[identity.Key]Traits, len(members))
	emails, phones := []string{}, []string{}
	users := []string{}
	for n, m := range members {
		if len(m.Traits) > 0 {
			of[m.Key] = m.Traits
		}
		if n == 0 || m.FirstSeen < v.FirstSeen {
			v.FirstSeen = m.FirstSeen
		}
		v.LastSeen = max(v.LastSeen, m.Active)
		v.Known = v.Known || !anonymous(m.Type)
		switch m.Type {
		case event.Email:
			emails = append(emails, m.Value)
		case event.Phone:
			phones = append(phones, m.Value)
		case event.UserID:
			users = append(users, m.Value)
		}
	}
	if v.LastSeen == Never {
		v.LastSeen = v.FirstSeen
	}
	resolved := Resolve(of, rank)
	text, err := json.Marshal(resolved)
	if err != nil {
		panic("customer: trait values are JSON already: " + err.Error())
	}
	v.Traits = string(text)
	v.Changed = changed(before, v.Traits, resolved)

	slices.Sort(emails)
	slices.Sort(phones)
	slices.Sort(users)
	name := personName(resolved)
	v.DisplayName = firstNonEmpty(name, text1(resolved["email"]), first(emails), text1(resolved["phone"]), first(phones), text1(resolved["username"]), first(users))
	v.SearchName = Fold(strings.Join([]string{name, text1(resolved["username"]), companyName(resolved)}, " "))
	v.SearchEmail = searchEmails(appendMissing(emails, strings.ToLower(text1(resolved["email"]))))
	v.SearchPhone = searchPhones(appendMissing(phones, text1(resolved["phone"])))
	return v
}

// Values is the resolved values of one set of traits as a JSON object, names sorted.
func Values(t Traits, rank Priority) string {
	text, err := json.Marshal(Resolve(map[identity.Key]Traits{"": t}, rank))
	if err != nil {
		panic("customer: trait values are JSON already: " + err.Error())
	}
	return string(text)
}

func changed(before, after string, resolved map[string]json.RawMessage) []string {
	if before == after {
		return nil
	}
	old := map[string]json.RawMessage{}
	if before != "" {
		_ = json.Unmarshal([]byte(before), &old) // unreadable means everything changed
	}
	names := []string{}
	for key, value := range resolved {
		if string(old[key]) != string(value) {
			names = append(names, key)
		}
	}
	for key := range old {
		if _, still := resolved[key]; !still {
			names = append(names, key)
		}
	}
	slices.Sort(names)
	return names
}

func personName(traits map[string]json.RawMessage) string {
	if name := text1(traits["name"]); name != "" {
		return name
	}
	return strings.TrimSpace(text1(traits["firstName"]) + " " + text1(traits["lastName"]))
}

func companyName(traits map[string]json.RawMessage) string {
	var company struct{ Name string }
	if json.Unmarshal(traits["company"], &company) != nil {
		return ""
	}
	return company.Name
}

// text1 is a JSON string's text; anything else is empty.
func text1(value json.RawMessage) string {
	var s string
	if len(value) == 0 || value[0] != '"' || json.Unmarshal(value, &s) != nil {
		return ""
	}
	return strings.TrimSpace(s)
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func firstNonEmpty(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func appendMissing(list []string, value string) []string {
	if value == "" || slices.Contains(list, value) {
		return list
	}
	return append(list, value)
}

// Fold is text as it is searched for: lower case, without accents, words separated by single spaces.
func Fold(s string) string {
	t := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	folded, _, err := transform.String(t, s)
	if err != nil {
		folded = s
	}
	return strings.Join(strings.FieldsFunc(strings.ToLower(folded), func(r rune) bool {
		return unicode.IsSpace(r) || r == ',' || r == ';'
	}), " ")
}

// searchEmails makes each address findable by its whole, its local part and its domain.
func searchEmails(list []string) string {
	words := []string{}
	for _, address := range list[:min(len(list), maxSearchValues)] {
		words = append(words, Fold(address))
		if local, domain, ok := strings.Cut(address, "@"); ok {
			words = append(words, Fold(local), Fold(domain))
		}
	}
	return strings.Join(words, " ")
}

// searchPhones makes each number findable by all its digits and by its last nine, eight and seven, which is how
// people say them.
func searchPhones(list []string) string {
	words := []string{}
	for _, number := range list[:min(len(list), maxSearchValues)] {
		digits := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, number)
		words = append(words, digits)
		for n := 9; n >= 7; n-- {
			if len(digits) > n {
				words = append(words, digits[len(digits)-n:])
			}
		}
	}
	return strings.Join(words, " ")
}
