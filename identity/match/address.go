package match

import (
	"strings"
)

// address is a postal address in its parts.
type address struct {
	number  string // of the house, with its letter
	street  string // code, without the words for its kind and direction, without spaces
	grams   string // the pairs of letters of the street
	unit    string
	postal  string // without spaces
	city    string // code
	state   string
	country string
	text    string // for explanations
}

// streetKinds are words for kinds of streets, with their abbreviations. They are left out: half of all writers do.
var streetKinds = set("street st str road rd avenue ave av aven avn drive dr drv driv lane ln court ct crt place pl " +
	"boulevard blvd bvd boul circle " +
	"cir circ terrace ter terr trail trl way wy crescent cres cr crs close cl square sq parkway pkwy pky plaza plz alley aly loop " +
	"row walk path pike run cove cv esplanade parade pde grove gr strasse straat gata gatan gade vej vei vagen ulica ul ulitsa prospekt " +
	"rue calle via viale corso rua avenida avda paseo piazza platz gasse allee chemin impasse cours quai carrer plaça largo travessa " +
	"camino carrera cra cll calzada vicolo strada saint sainte")

var directions = set("n s e w ne nw se sw north south east west northeast northwest southeast southwest nord sud est ouest norte sur " +
	"este oeste")

// smallWords join the others in streets of the Romance languages.
var smallWords = set("de des du la le les del della delle di da do dos das el los las of the a au aux")

var unitWords = set("apt apartment unit suite ste flat fl floor room rm lot trlr trailer bldg building space spc wohnung whg top stiege " +
	"piso puerta pta interior int apto appt app appartement bte escalera esc bloque bajo door dept departamento kv kvartira byt lgh")

// ordinals and what else is written in two ways.
var streetWords = map[string]string{
	"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th", "seventh": "7th", "eighth": "8th",
	"ninth": "9th", "tenth": "10th", "eleventh": "11th", "twelfth": "12th", "hwy": "highway", "mt": "mount", "mtn": "mountain",
	"ft": "fort", "hts": "heights", "vw": "view", "vly": "valley", "hl": "hill", "hls": "hills", "lk": "lake", "lks": "lakes",
	"pt": "point", "rdg": "ridge", "spg": "spring", "spgs": "springs", "xing": "crossing", "crk": "creek", "frst": "forest",
	"gln": "glen", "grn": "green", "hbr": "harbor", "mdw": "meadow", "mdws": "meadows", "vlg": "village", "vis": "vista", "riv": "river",
	"jct": "junction", "expy": "expressway", "fwy": "freeway", "tpke": "turnpike", "knl": "knoll", "br": "branch", "brg": "bridge",
	"est": "estate", "ests": "estates", "gdns": "gardens", "gdn": "garden", "is": "island", "ml": "mill", "mls": "mills", "orch": "orchard",
	"pk": "park", "prk": "park", "pne": "pine", "pnes": "pines", "shr": "shore", "shrs": "shores", "sta": "station", "smt": "summit",
	"trce": "trace", "un": "union", "fld": "field", "flds": "fields", "clb": "club", "ctr": "center", "centre": "center", "bch": "beach",
}

// newAddress prepares the parts of an address as they were given.
func newAddress(street, city, state, postal, country, county, full string) (address, bool) {
	a := address{
		city: codes(joined(placeName(fold(city)))), state: stateCode(fold(state)), postal: postalCode(postal), country: fold(country),
	}
	if street == "" && full != "" {
		a.readFull(full)
	} else {
		a.readStreet(street)
	}
	if a.city == "" && county != "" {
		a.city = codes(joined(placeName(fold(county))))
	}
	a.text = strings.Join(strings.Fields(strings.Join([]string{street, full, city, state, postal}, " ")), " ")
	return a, a.number+a.street+a.city+a.state+a.postal != ""
}

// placeName is a city without what it is not: words that stand for a missing one.
func placeName(s string) string {
	if nothing[s] || s == "anycity" || s == "city" || s == "unknown city" {
		return ""
	}
	if rest, ok := strings.CutPrefix(s, "st "); ok {
		return "saint " + rest
	}
	return s
}

// postalCode is a code in capitals without spaces; US codes have five digits. Zeros alone stand for none.
func postalCode(s string) string {
	code := strings.ToUpper(joined(fold(s)))
	if len(code) < 3 || len(code) > 10 || strings.Trim(code, "0") == "" || strings.Trim(code, "9") == "" || nothing[strings.ToLower(code)] {
		return ""
	}
	if len(code) == 9 && digitsOf(code) == code {
		return code[:5]
	}
	return code
}

// readStreet takes a line with house number, street and unit apart.
func (a *address) readStreet(s string) {
	s = strings.ReplaceAll(s, "#", " unit ")
	if flat, rest, ok := strings.Cut(s, "/"); ok && allDigits(flat) && rest != "" && digit(rest[0]) && len(flat) <= 6 {
		a.unit, s = flat, rest // 5/12 High Street
	}
	words := strings.Fields(fold(s))
	if len(words) == 0 || nothing[strings.Join(words, " ")] {
		return
	}
	words = a.takeUnit(words)
	words = a.takeNumber(words)
	a.street = streetCode(words)
	a.grams = gramsOf(a.street)
}

// takeUnit takes the flat, floor or suite out of the words.
func (a *address) takeUnit(words []string) []string {
	for i := 0; i < len(words); i++ {
		if !unitWords[words[i]] {
			continue
		}
		if i+1 < len(words) && len(words[i+1]) <= 5 && (hasDigit(words[i+1]) || len(words[i+1]) == 1) {
			a.unit = words[i+1]
			words = append(words[:i:i], words[i+2:]...)
			i--
		}
	}
	return words
}

// takeNumber takes the house number off the front, or off the end where the street comes first.
func (a *address) takeNumber(words []string) []string {
	if len(words) == 0 {
		return words
	}
	if digit(words[0][0]) && !ordinal(words[0]) {
		a.number, words = words[0], words[1:]
		if len(words) > 1 && len(words[0]) == 1 && !directions[words[0]] && a.number == digitsOf(a.number) { // 12 b Main Street
			a.number, words = a.number+words[0], words[1:]
		}
		return words
	}
	for i := len(words) - 1; i > 0; i-- {
		w := words[i]
		if !digit(w[0]) || ordinal(w) {
			continue
		}
		a.number = w
		if i+1 < len(words) && len(words[i+1]) == 1 { // Hauptstr. 12 b
			a.number += words[i+1]
		}
		return words[:i]
	}
	return words
}

func ordinal(w string) bool {
	n := len(w) - 2
	return n > 0 && allDigits(w[:n]) && (w[n:] == "st" || w[n:] == "nd" || w[n:] == "rd" || w[n:] == "th")
}

func allDigits(s string) bool { return s != "" && digitsOf(s) == s }

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// streetCode is the name of a street without what comes and goes.
func streetCode(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if full, ok := streetWords[w]; ok {
			w = full
		}
		if streetKinds[w] && (i > 0 || len(words) > 1) || directions[w] || smallWords[w] {
			continue
		}
		for _, end := range [...]string{"strasse", "straat", "str", "gatan", "gata"} {
			if len(w) > len(end)+2 && strings.HasSuffix(w, end) {
				w = w[:len(w)-len(end)]
				break
			}
		}
		b.WriteString(w)
	}
	if b.Len() == 0 {
		return codes(strings.Join(words, ""))
	}
	return codes(b.String())
}

// readFull takes an address in one text apart: parts between commas or lines where there are any.
func (a *address) readFull(s string) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '\n' || r == ';' || r == '|' })
	if len(parts) == 1 {
		parts = cutAtKind(parts[0])
	}
	for _, part := range parts {
		words := strings.Fields(fold(part))
		switch {
		case len(words) == 0:
		case a.street == "" && len(words) == 2 && unitWords[words[0]] && hasDigit(words[1]): // Flat 3, 12 High Street
			a.unit = words[1]
		case a.street == "" && (hasDigit(part) || streetKinds[words[len(words)-1]]) && len(words) > 1:
			a.readStreet(part)
		case a.street == "" && a.number == "" && len(parts) > 1 && len(words) == 1 && digit(words[0][0]):
			a.number = words[0] // "12, High Street"
		case a.street == "" && a.number != "":
			a.street = streetCode(words)
			a.grams = gramsOf(a.street)
		case unitWords[words[0]] && len(words) > 1 && a.unit == "":
			a.unit = words[1]
		default:
			a.readPlace(words)
		}
	}
}

// cutAtKind parts a text without commas behind the word for the kind of street: "12 main st springfield il 62704".
func cutAtKind(s string) []string {
	words := strings.Fields(s)
	for i := 2; i < len(words)-1; i++ {
		if w := fold(words[i]); streetKinds[w] && w != "saint" {
			end := i + 1
			if end < len(words) && directions[fold(words[end])] {
				end++
			}
			if end+1 < len(words) && (unitWords[fold(words[end])] || strings.HasPrefix(words[end], "#")) {
				end += 2
			}
			return []string{strings.Join(words[:end], " "), strings.Join(words[end:], " ")}
		}
	}
	return []string{s}
}

// readPlace reads postal code, state and city in whatever order.
func (a *address) readPlace(words []string) {
	var city []string
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case hasDigit(w) && a.postal == "":
			code := w
			if i+1 < len(words) && hasDigit(words[i+1]) && len(w)+len(words[i+1]) <= 9 { // SW1Y 4LE, 114 55
				i++
				code += words[i]
			}
			a.postal = postalCode(code)
		case a.state == "" && (len(w) == 2 || len(w) == 3) && stateCodes[w] && (len(city) > 0 || a.city != ""):
			a.state = w
		default:
			city = append(city, w)
		}
	}
	text := strings.Join(city, " ")
	switch {
	case text == "":
	case stateCode(text) != text && a.state == "":
		a.state = stateCode(text)
	case a.city == "":
		a.city = codes(joined(placeName(text)))
	}
}
