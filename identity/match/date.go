package match

import (
	"strconv"
	"strings"
)

// day is a date by its eight digits, yyyymmdd. A digit that is not known is '?'. Days that no calendar has are kept:
// they are slips of typing of real ones.
type day [8]byte

// birth is a birthday with the one or two ways to read it.
type birth struct {
	day   day
	other day  // the other reading; equal to day where there is one only
	year  bool // all four digits are known
	month bool
	dayOf bool // the day of the month is known
	plain bool // January 1st, where registers put those of whom they know the year only
}

var months = map[string]string{}

func init() {
	for i, names := range [12]string{
		"jan january januar janvier enero gennaio januari janeiro", "feb february februar fevrier febrero febbraio februari fevereiro",
		"mar march marz maerz mars marzo maart marco", "apr april avril abril aprile", "may mai mayo maggio mei maio",
		"jun june juni juin junio giugno junho", "jul july juli juillet julio luglio julho", "aug august aout agosto augustus",
		"sep sept september septembre septiembre settembre setembro", "oct october oktober okt octobre octubre ottobre outubro",
		"nov november novembre noviembre novembro", "dec december dezember dez diciembre dicembre desember dezembro",
	} {
		for _, name := range strings.Fields(names) {
			months[name] = strconv.Itoa(101 + i)[1:]
		}
	}
}

// parseBirth reads a birthday in the notations of people and of files. What is read in two ways keeps both (03/04/1990).
// ok is false where less than a year, or a month and day, can be made out.
func parseBirth(s string) (birth, bool) {
	s = strings.TrimSpace(s)
	if len(s) > 40 {
		return birth{}, false
	}
	if i := strings.IndexAny(s, "T"); i >= 8 && i <= 10 && s[i-1] >= '0' && s[i-1] <= '9' {
		s = s[:i]
	}
	parts := dateParts(s)
	var d, other string
	switch len(parts) {
	case 1:
		d, other = readRun(parts[0])
	case 2:
		d = readTwo(parts[0], parts[1])
	case 3:
		d, other = readThree(parts[0], parts[1], parts[2], strings.Contains(s, "."))
	case 4, 5, 6: // with a time of day
		d, other = readThree(parts[0], parts[1], parts[2], strings.Contains(s, "."))
	}
	if other == "" {
		other = d
	}
	return newBirth(d, other)
}

func newBirth(d, other string) (birth, bool) {
	if len(d) != len(day{}) || len(other) != len(day{}) || unsaid[d] {
		return birth{}, false
	}
	b := birth{day: readDay(d), other: readDay(other)}
	b.year = !strings.Contains(string(b.day[:4]), "?")
	b.month, b.dayOf = d[4:6] != "??", d[6:] != "??"
	b.plain = d[4:] == "0101"
	return b, b.year || b.month && b.dayOf
}

// unsaid is what systems write where no birthday was given.
var unsaid = set("19000101 19700101 00010101 00000000 18991231 18000101 11111111 99991231 99999999")

func readDay(s string) day {
	d := day([]byte(s))
	for i, c := range d {
		if !digit(c) {
			d[i] = '?'
		}
	}
	return d
}

// dateParts is the runs of digits and words of a date; marks that stand for a digit that cannot be read become '?'.
func dateParts(s string) []string {
	fields := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return r == '/' || r == '-' || r == '.' || r == ' ' || r == ',' || r == ':' || r == '_'
	})
	out := make([]string, 0, 3)
	for _, f := range fields {
		if m, ok := months[fold(f)]; ok && !digit(f[0]) {
			out = append(out, "m"+m)
			continue
		}
		f = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(f, "st"), "nd"), "rd"), "th")
		known := 0
		b := []byte(f)
		for i, c := range b {
			switch {
			case digit(c):
				known++
			case c == 'o':
				b[i] = '0'
			case c == 'l' || c == 'i':
				b[i] = '1'
			case c == 's':
				b[i] = '5'
			default:
				b[i] = '?'
			}
		}
		if known > 0 {
			out = append(out, string(b))
		}
	}
	return out
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// readRun reads digits without marks between them.
func readRun(s string) (d, other string) {
	switch len(s) {
	case 4:
		return s + "????", ""
	case 6: // year and month; a day of a short year could be meant as well, which says little
		if y := s[:2]; (y == "19" || y == "20") && monthLike(s[4:]) {
			return s + "??", ""
		}
		return "", ""
	case 7, 9: // a digit was lost or put in; the year is at one of the ends
		if s[:2] == "19" || s[:2] == "20" {
			return (s + "?")[:8], ""
		}
		return "", ""
	case 8:
	default:
		return "", ""
	}
	yearFirst := yearLike(s[:4]) && monthLike(s[4:6]) && dayLike(s[6:])
	if yearFirst {
		return s, ""
	}
	d, other = readThree(s[:2], s[2:4], s[4:], false)
	if yearLike(s[4:]) && (monthLike(s[:2]) && dayLike(s[2:4]) || dayLike(s[:2]) && monthLike(s[2:4])) {
		return d, other
	}
	if yearLike(s[:4]) || !yearLike(s[4:]) {
		return s, "" // a slip in month or day
	}
	return d, other
}

func readTwo(a, b string) string {
	a, b = strings.TrimPrefix(a, "m"), strings.TrimPrefix(b, "m")
	switch {
	case len(a) == 4 && len(b) <= 2:
		return a + two(b) + "??"
	case len(b) == 4 && len(a) <= 2:
		return b + two(a) + "??"
	}
	return ""
}

func readThree(a, b, c string, dots bool) (d, other string) {
	switch {
	case a[0] == 'm' && len(b) <= 2: // March 4, 1990
		return years(c) + a[1:] + two(b), ""
	case b[0] == 'm' && len(a) <= 2: // 4 March 1990
		return years(c) + b[1:] + two(a), ""
	case b[0] == 'm' && len(a) == 4: // 1990-Mar-04
		return a + b[1:] + two(c), ""
	case len(a) == 4 || len(a) == 3 && len(c) <= 2:
		return years(a) + two(b) + two(c), ""
	}
	dayFirst, monthFirst := years(c)+two(b)+two(a), years(c)+two(a)+two(b)
	switch {
	case a == b:
		return dayFirst, ""
	case dots || !monthLike(two(a)) && monthLike(two(b)):
		return dayFirst, ""
	case monthLike(two(a)) && !monthLike(two(b)):
		return monthFirst, ""
	}
	return monthFirst, dayFirst
}

func years(s string) string {
	switch len(s) {
	case 4:
		return s
	case 2:
		return "??" + s
	case 3:
		return s + "?"
	}
	return "????"
}

func two(s string) string {
	s = strings.TrimPrefix(s, "m")
	switch len(s) {
	case 0:
		return "??"
	case 1:
		return "0" + s
	}
	return s[:2]
}

func yearLike(s string) bool  { return len(s) == 4 && s >= "1850" && s < "2100" }
func monthLike(s string) bool { return s >= "01" && s <= "12" || strings.Contains(s, "?") }
func dayLike(s string) bool   { return s >= "01" && s <= "31" || strings.Contains(s, "?") }

func (b *birth) text() string {
	y, m, d := string(b.day[:4]), string(b.day[4:6]), string(b.day[6:])
	switch {
	case b.dayOf && b.month:
		return y + "-" + m + "-" + d
	case b.month:
		return y + "-" + m
	}
	return y
}
