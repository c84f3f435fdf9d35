package match

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// rec prepares a record by the built-in model.
func rec(json string) *Record { return Default().PrepareJSON([]byte(json)) }

// levelOf is the level at which a field of two records was compared; empty when it was not.
func levelOf(t *testing.T, field, a, b string) string {
	t.Helper()
	for _, s := range Default().Compare(rec(a), rec(b)).Steps {
		if s.Field == field {
			return s.Level
		}
	}
	return ""
}

// person draws traits as they come: few values, so that records meet, with slips, gaps and rubbish.
func person(t *rapid.T) map[string]any {
	pick := func(label string, values ...string) string {
		v := rapid.SampledFrom(values).Draw(t, label)
		if len(v) > 3 && rapid.IntRange(0, 9).Draw(t, label+" slip") == 0 {
			at := rapid.IntRange(1, len(v)-1).Draw(t, label+" at")
			v = v[:at-1] + v[at:]
		}
		return v
	}
	traits := map[string]any{}
	put := func(key string, v any) {
		if rapid.IntRange(0, 3).Draw(t, key+" given") > 0 {
			traits[key] = v
		}
	}
	firsts := []string{"Maria", "Anna", "Bill", "William", "J", "Jörg", "Joerg", "Иван", "Anna-Lena", "Mary Ann", "Smith", "Resident"}
	lasts := []string{"Smith", "Garcia Lopez", "Garcia", "Müller", "Mueller", "de la Cruz", "Kim", "Jones-Hardwick", "Anna", "S"}
	put("firstName", pick("first", firsts...))
	put("lastName", pick("last", lasts...))
	put("middleName", pick("middle", "J", "John", "Jane", "Anna", ""))
	put("nameSuffix", pick("suffix", "Jr", "Sr", "III", ""))
	put("birthday", pick("birthday", "1980-03-04", "04/03/1980", "03.04.1980", "1980", "March 4, 1980", "19800403", "1981-12-31", "x"))
	put("gender", pick("gender", "m", "female", "F", "?"))
	put("email", pick("email", "anna.smith@gmail.com", "anna.smith@gmial.com", "as77@x.org", "info@x.org", "not one"))
	put("phone", pick("phone", "+1 206 555 0187", "206-555-0187", "+49 30 901820", "0000000"))
	put("nationalId", pick("id", "400-10-3088", "400-10-3089", "4001030880", "000-00-0000"))
	put("taxId", pick("tax", "400103088", "77-1"))
	put("address", map[string]any{
		"street": pick("street", "12 Main St Apt 4", "12 Main Street", "Hauptstr. 12b", "5/12 High Rd", "Elm Ct"),
		"city":   pick("city", "Springfield", "Anytown", "Köln"), "postalCode": pick("postal", "62704", "00000", "50667", "SW1Y 4LE"),
	})
	if rapid.IntRange(0, 4).Draw(t, "alternates") == 0 {
		traits["alternates"] = []any{map[string]any{"phone": pick("phone2", "+1 206 555 0188", "5"), "lastName": pick("last2", lasts...)}, "rubbish"}
	}
	return traits
}

// people draws some records with names of their own.
func people(t *rapid.T, most int) []Item {
	n := rapid.IntRange(0, most).Draw(t, "people")
	items := make([]Item, n)
	for i := range items {
		items[i] = Item{ID: fmt.Sprintf("r%02d", i), Record: Default().Prepare(person(t))}
	}
	return items
}

// cellsOf is the cells as sets of ids, in one text.
func cellsOf(items []Item, c Clusters) string {
	cells := map[string][]string{}
	for i, first := range c.Cells {
		cells[items[first].ID] = append(cells[items[first].ID], items[i].ID)
	}
	var out []string
	for _, id := range sortedKeys(cells) {
		members := map[string]bool{}
		for _, m := range cells[id] {
			members[m] = true
		}
		out = append(out, strings.Join(sortedKeys(members), "+"))
	}
	return strings.Join(out, " ")
}

// joins clusters records given as JSON and says which are together.
func joins(t *testing.T, records ...string) string {
	t.Helper()
	items := make([]Item, len(records))
	for i, r := range records {
		items[i] = Item{ID: string(rune('a' + i)), Record: rec(r)}
	}
	return cellsOf(items, Default().Cluster(items))
}
