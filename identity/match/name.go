package match

import (
	"slices"
	"strings"
)

// name is one value of a first, middle or last name.
type name struct {
	text    string   // folded
	code    string   // one byte a letter, without spaces
	plain   string   // code without the ways in which umlauts are written
	sound   string   // see sound
	parts   []string // codes of the names it is made of, where there are several
	partBit []int32  // rarity of each
	nick    []uint16 // formal names it may stand for
	bits    int32    // rarity: −log2 of its frequency, hundredths
	sex     byte     // 'm' or 'f' where the name tells
	known   bool     // stands in the model's table
	initial bool     // one letter
}

// particles belong to the last name that follows, and say nothing by themselves.
var particles = set("van von der den de del della di da do dos das du la le las los ten ter zu zum zur vom af av bin ibn al el " +
	"el ul y e san saint st mac mc o d l abu ben")

var honorifics = set("mr mrs ms miss dr doctor prof professor sir madam mx herr frau dipl ing mag monsieur madame mme mlle senor " +
	"senora sr sra srta don dona dott sig rev fr lord lady captain capt col major hon")

// suffixes of names to the one form each has. Of degrees there is none: they are titles.
var suffixes = map[string]string{
	"jr": "2", "junior": "2", "jun": "2", "jnr": "2", "sr": "1", "senior": "1", "sen": "1", "snr": "1", "i": "1", "1st": "1",
	"ii": "2", "2nd": "2", "iii": "3", "3rd": "3", "iv": "4", "4th": "4", "v": "5", "5th": "5",
	"filho": "2", "neto": "3", "hijo": "2",
}

var degrees = set("phd md dds esq cpa rn mba msc bsc ma ba jd llm dvm")

// newName prepares a folded name. t says how common names of its kind are.
func newName(text string, t *nameTable, nicks map[string][]uint16) name {
	n := name{text: text, code: codes(joined(text))}
	n.plain = n.code
	if strings.Contains(n.code, "e") {
		n.plain = umlauts.Replace(n.code)
	}
	n.sound = sound(n.plain)
	n.initial = len(text) == 1
	n.bits, n.known = t.rarity(joined(text))
	n.nick, n.sex = nicks[joined(text)], t.sex[joined(text)]
	if strings.Contains(text, " ") {
		for _, word := range strings.Fields(text) {
			if len(word) < 2 || particles[word] {
				continue
			}
			bits, _ := t.rarity(word)
			n.parts, n.partBit = append(n.parts, codes(word)), append(n.partBit, bits)
		}
		if len(n.parts) > 0 && n.nick == nil {
			n.nick, n.sex = nicks[n.parts[0]], t.sex[n.parts[0]]
		}
		if len(n.parts) > 1 && !n.known { // compounds are at least as rare as their rarest part
			n.bits = max(n.bits, slices.Max(n.partBit))
		}
	}
	return n
}

// fullName is a name in one text, taken apart.
type fullName struct{ first, middle, last, suffix string }

// splitName takes a full name apart: "Dr. Ana María de la Cruz, Jr." or "de la Cruz, Ana María". All parts are folded.
func splitName(s string) fullName {
	var n fullName
	head, tail, comma := strings.Cut(s, ",")
	if comma {
		if rest := strings.Fields(fold(tail)); len(rest) > 0 && (suffixes[rest[0]] != "" && len(rest) == 1 || degrees[rest[0]]) {
			comma = false
			n.suffix = suffixes[rest[0]]
			s = head
		}
	}
	if comma {
		words := foldWords(tail)
		words, n.suffix = trimName(words)
		last, suffix := trimName(foldWords(head))
		if n.suffix == "" {
			n.suffix = suffix
		}
		n.last = strings.Join(last, " ")
		if len(words) > 0 {
			n.first, n.middle = words[0], strings.Join(words[1:], " ")
		}
		return n
	}
	words, suffix := trimName(foldWords(s))
	if n.suffix == "" {
		n.suffix = suffix
	}
	switch len(words) {
	case 0:
		return n
	case 1:
		n.last = words[0]
		return n
	}
	at := len(words) - 1
	for at > 1 && particles[words[at-1]] && len(words[at-1]) > 1 {
		at--
	}
	n.first, n.middle, n.last = words[0], strings.Join(words[1:at], " "), strings.Join(words[at:], " ")
	return n
}

// foldWords is the words of s, folded; what a hyphen joins stays one.
func foldWords(s string) []string {
	var words []string
	for _, w := range strings.Fields(s) {
		if w = fold(w); w != "" {
			words = append(words, w)
		}
	}
	return words
}

// trimName takes titles and suffixes off the words of a name.
func trimName(words []string) (rest []string, suffix string) {
	for len(words) > 1 && honorifics[words[0]] {
		words = words[1:]
	}
	for len(words) > 1 {
		last := words[len(words)-1]
		switch {
		case degrees[last]:
		case suffixes[last] != "" && len(words) > 2:
			suffix = suffixes[last]
		default:
			return words, suffix
		}
		words = words[:len(words)-1]
	}
	return words, suffix
}

// compareGiven is the level of two first names, and for levels that go by frequency the rarity of what agrees.
func compareGiven(a, b *name) (Level, int32) {
	switch {
	case a.code == b.code && a.text == b.text:
		if a.initial {
			return givenInitial, 0
		}
		return givenExact, a.bits
	case a.initial || b.initial:
		if a.code[0] == b.code[0] {
			return givenInitial, 0
		}
		return givenInitialDiffers, 0
	case a.plain == b.plain:
		return givenSpelling, min(a.bits, b.bits)
	}
	if bits, ok := samePart(a, b); ok {
		return givenPart, bits
	}
	if meet(a.nick, b.nick) {
		return givenNickname, 0
	}
	like := alike(a.code, b.code)
	switch {
	case like && (!a.known || !b.known):
		return givenTypo, min(a.bits, b.bits)
	case a.sex != b.sex && a.sex != 0 && b.sex != 0:
		return givenOtherSex, 0
	case like && a.sound == b.sound && min(len(a.code), len(b.code)) >= 5: // Karen and Karin: nobody calls two children so
		return givenTypo, min(a.bits, b.bits)
	case like:
		return givenClose, 0
	}
	// A name cut short: by hand (Alex) or by a field's length.
	if n := min(len(a.code), len(b.code)); n >= 3 && a.code[:n] == b.code[:n] {
		return givenClose, 0
	}
	return givenDiffers, 0
}

// compareLast is the level of two last names.
func compareLast(a, b *name) (Level, int32) {
	switch {
	case a.code == b.code && a.text == b.text:
		if a.initial {
			return lastInitial, 0
		}
		return lastExact, a.bits
	case a.initial || b.initial:
		if a.code[0] == b.code[0] {
			return lastInitial, 0
		}
		return lastInitialDiffers, 0
	case a.plain == b.plain:
		return lastSpelling, min(a.bits, b.bits)
	}
	if bits, ok := samePart(a, b); ok {
		return lastPart, bits
	}
	if alike(a.code, b.code) {
		if a.known && b.known {
			return lastClose, 0
		}
		return lastTypo, min(a.bits, b.bits)
	}
	return lastDiffers, 0
}

// compareMiddle is the level of two middle names.
func compareMiddle(a, b *name) (Level, int32) {
	switch {
	case a.initial || b.initial:
		if a.code[0] == b.code[0] {
			return middleInitial, 0
		}
		return middleInitialDiffers, 0
	case a.code == b.code && a.text == b.text, a.plain == b.plain:
		return middleExact, min(a.bits, b.bits)
	case meet(a.nick, b.nick), alike(a.code, b.code):
		return middleTypo, 0
	}
	if bits, ok := samePart(a, b); ok {
		return middleExact, bits
	}
	if a.code[0] == b.code[0] {
		return middleSameInitial, 0
	}
	return middleDiffers, 0
}

// samePart is the rarity of the rarest name that two compounds, or a compound and a simple name, share.
func samePart(a, b *name) (bits int32, ok bool) {
	if len(a.parts) == 0 && len(b.parts) == 0 {
		return 0, false
	}
	try := func(x string, xBits int32, n *name) {
		if len(x) < 3 {
			return
		}
		if len(n.parts) == 0 && x == n.code || slices.Contains(n.parts, x) {
			bits, ok = max(bits, xBits), true
		}
	}
	if len(a.parts) == 0 {
		try(a.code, a.bits, b)
	}
	for i, x := range a.parts {
		try(x, a.partBit[i], b)
	}
	return bits, ok
}

// meet says that two ascending lists share a number.
func meet(a, b []uint16) bool {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			return true
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return false
}
