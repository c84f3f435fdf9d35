package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxText bounds a value, in bytes after folding: what is longer is an accident, and comparing costs its length.
const maxText = 96

// latin spells letters that no decomposition leads back to plain Latin ones, and those of Cyrillic and Greek, so that
// a name reads the same in either script (the usual romanisations, e.g. ISO 9 simplified, ELOT 743).
var latin = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŋ': "n", 'ə': "a",
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ж': "zh", 'з': "z", 'и': "i", 'к': "k", 'л': "l", 'м': "m",
	'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh",
	'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya", 'є': "ye", 'і': "i", 'ґ': "g", 'ј': "j", 'љ': "lj",
	'њ': "nj", 'ћ': "c", 'ђ': "d", 'џ': "dz",
	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l", 'μ': "m",
	'ν': "n", 'ξ': "x", 'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t", 'υ': "y",
	'φ': "f", 'χ': "ch", 'ψ': "ps", 'ω': "o",
}

// fold is s in the form that spellings of one text share: lower case, without diacritics, Latin where the script has
// letters for sounds, words apart by one space. Anything but letters and digits parts words, except apostrophes, which
// are inside of one (o'brien, obrien).
func fold(s string) string {
	if len(s) > 4*maxText {
		s = s[:4*maxText]
	}
	if folded, plain := foldASCII(s); plain {
		return folded
	}
	var b strings.Builder
	var before rune
	gap := false
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "")) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == '‘', r == '`', r == '´', r == 'ʼ':
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
			gap = b.Len() > 0
			continue
		}
		if b.Len() >= maxText-utf8.UTFMax {
			break
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		r = unicode.ToLower(r)
		if spelt, ok := latin[r]; ok {
			if r == 'υ' && before == 'ο' { // one sound
				spelt = "u"
			}
			b.WriteString(spelt)
		} else {
			b.WriteRune(r)
		}
		before = r
	}
	return b.String()
}

func foldASCII(s string) (folded string, plain bool) {
	var b [maxText]byte
	n, gap := 0, false
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			return "", false
		case c == '\'' || c == '`':
			continue
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
		default:
			gap = n > 0
			continue
		}
		if n >= maxText-1 {
			break
		}
		if gap {
			b[n] = ' '
			n++
			gap = false
		}
		b[n] = c
		n++
	}
	return string(b[:n]), true
}

// codes is s with one byte for each letter, for the comparators, which count letters. Letters outside ASCII share 128
// codes; equality is decided on the text itself.
func codes(s string) string {
	plain := true
	for i := range len(s) {
		plain = plain && s[i] < utf8.RuneSelf
	}
	if plain {
		return s
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r < utf8.RuneSelf {
			b = append(b, byte(r))
		} else {
			b = append(b, 0x80|byte((uint32(r)*2654435761)>>25))
		}
	}
	return string(b)
}

// joined is a folded text without its spaces.
func joined(s string) string { return strings.ReplaceAll(s, " ", "") }

// umlauts spells ae, oe and ue as a, o and u, the other way in which ä, ö and ü are written without their dots.
var umlauts = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u")

// nothing are texts that stand where a value is missing.
var nothing = set("na none null nil unknown unk unbekannt inconnu desconocido anonymous test tester testing xxx xx x " +
	"n a|not given|not provided|not available|not applicable|no name|noname|undefined|nan|missing|tbd|tba|anytown|any town|somewhere|" +
	"anywhere|city|street|address|refused|declined|withheld|asdf|qwerty|foo|bar|no reply|noreply|default|guest|user|customer")

// nobody are texts that stand where a person's own first name is missing.
var nobody = set("baby boy girl infant newborn child son daughter male female resident occupant household member person adult " +
	"mother father parent wife husband sister brother student patient inmate spouse relative grandchild grandson " +
	"granddaughter grandmother grandfather aunt uncle cousin nephew niece gentleman gentlemen lady ladies men women roommate " +
	"tenant owner mr mrs ms miss sir madam dear|baby boy|baby girl|man in the|woman in the|lady in the|family|the family|" +
	"household member|person one|person two|john doe|jane doe|minor|kid|friend|head of household|homeowner|current resident")

// set reads words apart by spaces up to the first bar, then phrases apart by bars.
func set(text string) map[string]bool {
	words, phrases, _ := strings.Cut(text, "|")
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	for _, p := range strings.Split(phrases, "|") {
		out[p] = true
	}
	delete(out, "")
	return out
}

// digitsOf is the ASCII digits of s.
func digitsOf(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if c := s[i]; '0' <= c && c <= '9' {
			b = append(b, c)
		}
	}
	return string(b)
}

// uniform says that s is one character over and over.
func uniform(s string) bool { return strings.Trim(s, s[:1]) == "" }
