package event

import (
	"strings"
	"time"
)

// dateLayouts are notations of a day that can be read in one way only. The month is first where it is a word; dots
// are written day first wherever they are used; the rest begins with the year.
var dateLayouts = []string{
	"2006-1-2",
	"2006/1/2",
	"2006.1.2",
	"2.1.2006",
	"Jan 2, 2006",
	"Jan 2 2006",
	"January 2, 2006",
	"January 2 2006",
	"2 Jan 2006",
	"2 January 2006",
	"2-Jan-2006",
}

// cleanDate is a day as ISO 8601. ok is false where the notation leaves room: 03/04/1990 (April or March), two-digit
// years, and moments, whose day depends on a zone that is not known (midnight is taken for a day).
func cleanDate(s string) (day string, ok bool) {
	s = strings.TrimSpace(tidy(s))
	if len(s) > 32 {
		return "", false
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return isoDay(t)
		}
	}
	for _, midnight := range []string{"2006-01-02T15:04:05.999999999Z", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(midnight, s); err == nil && t.Equal(t.Truncate(24*time.Hour)) {
			return isoDay(t)
		}
	}
	if len(s) == len("20060102") {
		// Read from the other end the year would lie before 1232, so that this is the only way.
		if t, err := time.Parse("20060102", s); err == nil && t.Year() >= 1900 && t.Year() < 2100 {
			return isoDay(t)
		}
	}
	return slashedDate(s)
}

func isoDay(t time.Time) (string, bool) {
	return t.Format("2006-01-02"), t.Year() >= 1000
}

// slashedDate reads 25/12/1990 and 12/25/1990, where only one of the two can be the month, and 5/5/1990.
func slashedDate(s string) (string, bool) {
	for _, sep := range []string{"/", "-"} {
		dayFirst, err1 := time.Parse(strings.ReplaceAll("2/1/2006", "/", sep), s)
		monthFirst, err2 := time.Parse(strings.ReplaceAll("1/2/2006", "/", sep), s)
		switch {
		case err1 == nil && err2 != nil:
			return isoDay(dayFirst)
		case err2 == nil && (err1 != nil || dayFirst.Equal(monthFirst)):
			return isoDay(monthFirst)
		}
	}
	return "", false
}
