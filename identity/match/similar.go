package match

import (
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// The comparators work on codes (see codes), of which the first 64 count.
const maxCodes = 64

// jaroWinkler is the similarity of two texts in thousandths: 1000 for equal ones, 0 for those without anything in
// common. Jaro (1989) counts letters in common that are not far from each other and their transpositions; Winkler
// (1990) raises it for a common beginning of up to four letters.
func jaroWinkler(a, b string) int {
	if a == b {
		return 1000
	}
	a, b = a[:min(len(a), maxCodes)], b[:min(len(b), maxCodes)]
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	reach := max(len(b)/2-1, 0)
	var inA, inB uint64
	common := 0
	for i := range len(a) {
		lo, hi := max(i-reach, 0), min(i+reach+1, len(b))
		for j := lo; j < hi; j++ {
			if inB&(1<<j) == 0 && a[i] == b[j] {
				inA |= 1 << i
				inB |= 1 << j
				common++
				break
			}
		}
	}
	if common == 0 {
		return 0
	}
	transposed := 0
	for x, y := inA, inB; x != 0; x, y = x&(x-1), y&(y-1) {
		if a[bits.TrailingZeros64(x)] != b[bits.TrailingZeros64(y)] {
			transposed++
		}
	}
	jaro := (1000*common/len(a) + 1000*common/len(b) + 1000*(2*common-transposed)/(2*common)) / 3
	prefix := 0
	for prefix < min(4, len(a)) && a[prefix] == b[prefix] {
		prefix++
	}
	return jaro + prefix*(1000-jaro)/10
}

// edits is how many letters have to be put in, taken out, changed or swapped with their neighbour to make b of a
// (optimal string alignment), or most+1 when it is more than most.
func edits(a, b string, most int) int {
	a, b = a[:min(len(a), maxCodes)], b[:min(len(b), maxCodes)]
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	switch {
	case len(b)-len(a) > most:
		return most + 1
	case len(a) == 0:
		return len(b)
	case len(a) == 1 && len(b) == 1:
		return 1
	case most == 1:
		// Beginning and end are gone: one edit is left only where both are the same two letters, swapped.
		if len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0] {
			return 1
		}
		return 2
	}
	var rows [3][maxCodes + 1]int8
	two, one, now := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		one[j] = int8(j)
	}
	for i := 1; i <= len(a); i++ {
		now[0] = int8(i)
		least := now[0]
		for j := 1; j <= len(b); j++ {
			cost := int8(1)
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(one[j]+1, now[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, two[j-2]+1)
			}
			now[j] = d
			least = min(least, d)
		}
		if int(least) > most {
			return most + 1
		}
		two, one, now = one, now, two
	}
	return min(int(one[len(b)]), most+1)
}

// alike says that two texts of some length differ by no more than slips of typing or hearing. In scripts that write a
// syllable or a word with one character, short texts are never alike.
func alike(a, b string) bool {
	short := min(len(a), len(b))
	switch {
	case short < 3 || short < 5 && (a[0] >= utf8.RuneSelf || b[0] >= utf8.RuneSelf):
		return false
	case numbered(a, b):
		return false
	case short < 5:
		return edits(a, b, 1) <= 1
	case short < 8:
		return edits(a, b, 1) <= 1 || jaroWinkler(a, b) >= 930
	}
	return jaroWinkler(a, b) >= 915 || edits(a, b, 2) <= 2
}

// numbered says that two texts begin or end with numbers, and not with the same: 158th and 159th Street, Store 12 and
// Store 13 are no slips for each other.
func numbered(a, b string) bool {
	x, y := a[:len(a)-len(strings.TrimLeft(a, digits))], b[:len(b)-len(strings.TrimLeft(b, digits))]
	if x != "" && y != "" && x != y {
		return true
	}
	x, y = a[len(strings.TrimRight(a, digits)):], b[len(strings.TrimRight(b, digits)):]
	return x != "" && y != "" && x != y
}

const digits = "0123456789"

// gramsOf is the pairs of neighbouring letters of a text, in ascending order, two bytes each.
func gramsOf(s string) string {
	s = s[:min(len(s), maxCodes)]
	if len(s) < 2 {
		return ""
	}
	pairs := make([]uint16, len(s)-1)
	for i := range pairs {
		pairs[i] = uint16(s[i])<<8 | uint16(s[i+1])
	}
	slices.Sort(pairs)
	b := make([]byte, 0, 2*len(pairs))
	for _, p := range pairs {
		b = append(b, byte(p>>8), byte(p))
	}
	return string(b)
}

// dice is how many pairs of letters two texts share, in thousandths (Dice 1945): it does not mind words in another
// order or run together. It takes what gramsOf gives.
func dice(a, b string) int {
	common := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		x, y := uint16(a[i])<<8|uint16(a[i+1]), uint16(b[j])<<8|uint16(b[j+1])
		switch {
		case x == y:
			common, i, j = common+1, i+2, j+2
		case x < y:
			i += 2
		default:
			j += 2
		}
	}
	if len(a)+len(b) == 0 {
		return 0
	}
	return 4000 * common / (len(a) + len(b))
}
