package match

import "strconv"

// compareBirth is the level of two birthdays, over the readings of both.
func compareBirth(a, b *birth) Level {
	best := compareDay(a, b, &a.day, &b.day)
	if a.other != a.day {
		best = min(best, compareDay(a, b, &a.other, &b.day))
	}
	if b.other != b.day {
		best = min(best, compareDay(a, b, &a.day, &b.other))
		if a.other != a.day {
			best = min(best, compareDay(a, b, &a.other, &b.other))
		}
	}
	return best
}

func compareDay(ab, bb *birth, a, b *day) Level {
	if !ab.dayOf || !bb.dayOf || !ab.month || !bb.month {
		return comparePart(ab, bb, a, b)
	}
	var y, m, d int // digits that differ
	for i := range 4 {
		if a[i] != b[i] && a[i] != '?' && b[i] != '?' {
			y++
		}
	}
	for i := range 2 {
		if a[4+i] != b[4+i] && a[4+i] != '?' && b[4+i] != '?' {
			m++
		}
		if a[6+i] != b[6+i] && a[6+i] != '?' && b[6+i] != '?' {
			d++
		}
	}
	switch {
	case y+m+d == 0 && (!ab.year || !bb.year):
		return birthMonthDay
	case y+m+d == 0 && ab.plain:
		return birthPlain
	case y+m+d == 0:
		return birthExact
	case y == 0 && a[4] == b[6] && a[5] == b[7] && a[6] == b[4] && a[7] == b[5]:
		return birthSwapped
	case y+m+d == 1:
		return birthDigit
	case y+m+d == 2 && transposed(a, b):
		return birthDigit
	case y == 0 && m == 0:
		return birthYearMonth
	case m == 0 && d == 0:
		if !ab.plain && nearYears(a, b, 2) {
			return birthYearNear
		}
		return birthDayOnly
	case y == 0 && d == 0:
		return birthYearDay
	case y == 0:
		return birthYear
	}
	return birthDiffers
}

// transposed says that the two days differ in two neighbouring digits that changed places.
func transposed(a, b *day) bool {
	for i := range 7 {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i]
		}
	}
	return false
}

func nearYears(a, b *day, most int) bool {
	ya, err1 := strconv.Atoi(string(a[:4]))
	yb, err2 := strconv.Atoi(string(b[:4]))
	return err1 == nil && err2 == nil && max(ya-yb, yb-ya) <= most
}

// comparePart compares where one of the two lacks day or month.
func comparePart(ab, bb *birth, a, b *day) Level {
	sameYear := [4]byte(a[:4]) == [4]byte(b[:4])
	switch {
	case !ab.year || !bb.year:
		return birthNone
	case !sameYear && (!ab.month || !bb.month) && nearYears(a, b, 1):
		return birthPartNear
	case !sameYear:
		return birthPartDiffers
	case !ab.month || !bb.month:
		return birthPartYear
	case [2]byte(a[4:6]) == [2]byte(b[4:6]):
		return birthPartMonth
	}
	return birthPartDiffers
}
