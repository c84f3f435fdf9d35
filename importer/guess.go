package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kith/event"
)

// guess is a mapping made by looking at the beginning of a file, and what it was made from.
type guess struct {
	mapping *Mapping
	rows    [][]string // of the sample, without the header
}

// sampleRows is how many rows are looked at to guess.
const sampleRows = 500

// guessMapping looks at names first and at values where the names say nothing. Nothing it says is certain: people see
// it before anything is sent.
func guessMapping(sample []byte) (*guess, error) {
	delimiter, rows := guessDelimiter(sample)
	if len(rows) == 0 {
		return nil, errors.New("it has no rows that could be read")
	}
	m := &Mapping{Delimiter: string(delimiter), Header: hasHeader(rows)}
	names := columnNames(rows[0], m.Header)
	if m.Header {
		rows = rows[1:]
	}
	rows = slices.DeleteFunc(rows, func(r []string) bool { return len(r) != len(names) })
	taken := map[string]int{}
	columns := make([]column, len(names))
	for i, name := range names {
		c := &columns[i]
		for _, r := range rows {
			if cell := strings.TrimSpace(r[i]); cell != "" {
				c.values = append(c.values, cell)
			}
		}
		c.to = c.guess(name, m.Header)
		n := taken[c.to]
		taken[c.to]++
		switch {
		case n == 0 || together[c.to]:
		case c.to == "id" || c.to == "at" || c.to == "deleted" || strings.HasPrefix(c.to, "identifier:") || n > maxAlternates:
			c.to = traitName(name)
		default:
			c.to = fmt.Sprintf("alternates.%d.%s", n, c.to)
		}
	}
	if taken["address.street"] == 1 && taken["address.city"] == 0 && taken["address.postalCode"] == 0 {
		columns[slices.IndexFunc(columns, func(c column) bool { return c.to == "address.street" })].to = "address.full"
	}
	for i, name := range names {
		m.Columns = append(m.Columns, Column{name, columns[i].to})
	}
	if taken["id"] == 0 {
		m.pickID(columns, len(rows))
	}
	return &guess{m, rows}, nil
}

// column is a column being guessed at: what the sample has of it.
type column struct {
	to     string
	values []string // not empty
	free   bool     // nothing is known about it, so that it may be that of the ids
}

// guess is where a column goes: by its name unless its values contradict, else by its values, else to a trait of its
// name.
func (c *column) guess(name string, named bool) string {
	if named {
		if to := knownName(name); to != "" && c.fits(to) {
			return to
		}
	}
	if to := c.byValues(); to != "" {
		return to
	}
	c.free = true
	return traitName(name)
}

// pickID takes the first column without another meaning, else that of the user ids, whose values are all there and all
// different; without one the content has to do.
func (m *Mapping) pickID(columns []column, rows int) {
	for _, wanted := range []func(i int) bool{
		func(i int) bool { return columns[i].free },
		func(i int) bool { return columns[i].to == "identifier:user_id" },
	} {
		for i, c := range columns {
			distinct := map[string]bool{}
			for _, v := range c.values {
				distinct[v] = true
			}
			if rows < 2 || len(distinct) != rows || !wanted(i) {
				continue
			}
			if m.Columns[i].To = "id"; c.to == "identifier:user_id" {
				m.Columns[i].To = "id, " + c.to
			}
			return
		}
	}
	m.ID = idOfContent
}

// share is the part of the values that are ok.
func (c *column) share(ok func(string) bool) float64 {
	n := 0
	for _, v := range c.values {
		if ok(v) {
			n++
		}
	}
	return float64(n) / float64(max(len(c.values), 1))
}

// fits reports whether the values can be what the name says: a column "E-mail" may hold who wants newsletters.
func (c *column) fits(to string) bool {
	if len(c.values) == 0 {
		return true
	}
	switch to {
	case "email":
		return c.share(isEmail) >= 0.3
	case "phone", "birthday", "at", "createdAt", "age":
		return c.share(func(v string) bool { return strings.ContainsAny(v, "0123456789") }) >= 0.5
	case "deleted":
		return c.share(func(v string) bool { _, ok := yesOrNo(v); return ok }) >= 0.5
	case "firstName", "lastName", "name":
		return c.share(func(v string) bool { return strings.ContainsFunc(v, unicode.IsLetter) }) >= 0.5
	}
	return true
}

// byValues is what the values look like; empty when that says nothing.
func (c *column) byValues() string {
	const sure = 0.8
	switch {
	case len(c.values) == 0:
		return ""
	case c.share(isEmail) >= sure:
		return "email"
	case c.share(isPhone) >= sure:
		return "phone"
	}
	return ""
}

func isEmail(v string) bool {
	_, ok := event.NormalizeIdentifier(event.Email, v, event.Policy{})
	return ok
}

func isPhone(v string) bool {
	_, ok := event.NormalizeIdentifier(event.Phone, v, event.Policy{})
	return ok
}

// guessDelimiter is the delimiter under which most rows have the same number of fields, and more than one; of several
// the one with the most. A file of one column has none, and is read with commas.
func guessDelimiter(sample []byte) (rune, [][]string) {
	best, bestRows, bestScore := ',', readSample(sample, ','), 0.0
	for _, d := range []rune{',', ';', '\t', '|'} {
		rows := readSample(sample, d)
		counts := map[int]int{}
		for _, r := range rows {
			counts[len(r)]++
		}
		for fields, n := range counts {
			even := float64(n) / float64(len(rows))
			if score := even*even*float64(fields) + 100*even; fields > 1 && score > bestScore {
				best, bestRows, bestScore = d, rows, score
			}
		}
	}
	return best, bestRows
}

func readSample(sample []byte, delimiter rune) (rows [][]string) {
	r, _ := newCSV(strings.NewReader(string(sample)), delimiter)
	r.ReuseRecord = false
	for len(rows) < sampleRows+1 {
		cells, err := r.Read()
		var wrong *csv.ParseError
		if err == io.EOF || err != nil && !errors.As(err, &wrong) {
			break
		}
		if err == nil {
			rows = append(rows, cells)
		}
	}
	return rows
}

// hasHeader reports whether the first row names the columns: it has a name that is known, or its cells are all there,
// different, without digits at their beginning and no values.
func hasHeader(rows [][]string) bool {
	seen := map[string]bool{}
	looksNamed := true
	for _, cell := range rows[0] {
		name := plainName(cell)
		if byName[name] != "" {
			return true
		}
		first, _ := firstRune(strings.TrimSpace(cell))
		if name == "" || seen[name] || !unicode.IsLetter(first) || isEmail(cell) || len(cell) > 64 {
			looksNamed = false
		}
		seen[name] = true
	}
	if !looksNamed || len(rows) == 1 {
		return looksNamed
	}
	// Words above words could as well be a row: names are if a column has digits below its first cell.
	for i, cell := range rows[0] {
		if strings.ContainsAny(cell, "0123456789") {
			continue
		}
		for _, r := range rows[1:] {
			if i < len(r) && strings.ContainsAny(r[i], "0123456789@") {
				return true
			}
		}
	}
	return false
}

func firstRune(s string) (rune, bool) {
	for _, r := range s {
		return r, true
	}
	return 0, false
}

// plainName is a name without case, accents, spaces and signs.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFD.String(name))
}

// traitName is the name of a trait made of a column's: Lead Source becomes leadSource.
func traitName(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return "-"
	}
	for i, w := range words {
		if w == strings.ToUpper(w) {
			w = strings.ToLower(w)
		}
		first, _ := firstRune(w)
		head, rest := string(first), w[len(string(first)):]
		if i == 0 {
			words[i] = strings.ToLower(head) + rest
		} else {
			words[i] = strings.ToUpper(head) + rest
		}
	}
	trait := strings.Join(words, "")
	switch trait {
	case "id", "at", "deleted", "alternates": // have a meaning as targets
		return trait + "Value"
	}
	return trait
}
