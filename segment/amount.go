package segment

import (
	"cmp"
	"strconv"
	"strings"
)

// Amount is a decimal number with nine places, so that sums are exact and do not depend on the order of what is added:
// units and billionths, the latter from 0 to 999,999,999.
type Amount struct {
	Units int64
	Nanos int32
}

const (
	billion = 1_000_000_000
	// maxDigits before the point; greater numbers compare as equal to the greatest.
	maxDigits = 18
	// maxSummed is the greatest number that counts in sums, so that they do not overflow.
	maxSummed = 1_000_000_000_000_000
)

// ParseAmount reads a JSON number, rounded to nine places, halves away from zero. ok is false when text is none.
func ParseAmount(text string) (a Amount, ok bool) {
	digits, negative := strings.CutPrefix(text, "-")
	mantissa, exponent := digits, 0
	if at := strings.IndexAny(digits, "eE"); at >= 0 {
		e, err := strconv.Atoi(digits[at+1:])
		if err != nil {
			if len(digits[at+1:]) < 5 {
				return Amount{}, false
			}
			e = 10_000 // more than any digits there are
			if digits[at+1] == '-' {
				e = -10_000
			}
		}
		mantissa, exponent = digits[:at], max(-10_000, min(e, 10_000))
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole == "" || !number(whole) || fraction != "" && !number(fraction) {
		return Amount{}, false
	}
	all := whole + fraction
	point := len(whole) + exponent // where it is in all
	if trimmed := strings.TrimLeft(all, "0"); trimmed == "" {
		return Amount{}, true
	} else {
		point -= len(all) - len(trimmed)
		all = trimmed
	}
	switch {
	case point > maxDigits:
		a = Amount{1e18 - 1, billion - 1}
	case point < -9:
	default:
		at := func(i int) int64 {
			if i < 0 || i >= len(all) {
				return 0
			}
			return int64(all[i] - '0')
		}
		for i := range max(point, 0) {
			a.Units = a.Units*10 + at(i)
		}
		for i := range 9 {
			a.Nanos = a.Nanos*10 + int32(at(point+i))
		}
		if at(point+9) >= 5 {
			a = a.Add(Amount{0, 1})
		}
	}
	if negative {
		a = a.negative()
	}
	return a, true
}

func number(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func (a Amount) negative() Amount {
	if a.Nanos == 0 {
		return Amount{-a.Units, 0}
	}
	return Amount{-a.Units - 1, billion - a.Nanos}
}

// Add is a + b.
func (a Amount) Add(b Amount) Amount {
	sum := Amount{a.Units + b.Units, a.Nanos + b.Nanos}
	if sum.Nanos >= billion {
		sum.Units++
		sum.Nanos -= billion
	}
	return sum
}

// Compare is negative, zero or positive as a is less than, equal to or greater than b.
func (a Amount) Compare(b Amount) int {
	return cmp.Or(cmp.Compare(a.Units, b.Units), cmp.Compare(a.Nanos, b.Nanos))
}

// summable says that a counts in sums.
func (a Amount) summable() bool { return a.Units < maxSummed && a.Units >= -maxSummed }

// String is a as a JSON number without needless zeros.
func (a Amount) String() string {
	sign := ""
	if a.Units < 0 {
		sign, a = "-", a.negative()
	}
	s := sign + strconv.FormatInt(a.Units, 10)
	if a.Nanos == 0 {
		return s
	}
	nanos := strconv.Itoa(int(a.Nanos))
	return s + "." + strings.TrimRight(strings.Repeat("0", 9-len(nanos))+nanos, "0")
}

// over is a / n, rounded to nine places.
func (a Amount) over(n int64) Amount {
	if n <= 0 {
		return Amount{}
	}
	negative := a.Units < 0
	if negative {
		a = a.negative()
	}
	out := Amount{Units: a.Units / n}
	rest := a.Units % n
	// The rest is below n, which is below 2^40: ten times it stays far from the end of 64 bits.
	digits := [10]int64{}
	nanos := int64(a.Nanos)
	scale := int64(billion / 10)
	for i := range digits {
		rest *= 10
		if scale > 0 {
			rest += nanos / scale
			nanos %= scale
			scale /= 10
		}
		digits[i] = rest / n
		rest %= n
	}
	for _, d := range digits[:9] {
		out.Nanos = out.Nanos*10 + int32(d)
	}
	if digits[9] >= 5 {
		out = out.Add(Amount{0, 1})
	}
	if negative {
		out = out.negative()
	}
	return out
}
