package match

import (
	"encoding/json"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"
)

type preparer struct {
	m       *Model
	r       *Record
	country string
	b       []byte
}

// text is a trait as text: strings, and numbers as they read.
func text(v any) string {
	switch v := v.(type) {
	case string:
		if len(v) > 4*maxText {
			v = v[:4*maxText]
		}
		return v
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return strconv.FormatInt(int64(v), 10)
		}
	case json.Number:
		return v.String()
	}
	return ""
}

// texts are the values of a trait that may be a list.
func texts(v any) []string {
	if list, ok := v.([]any); ok {
		var out []string
		for _, item := range list[:min(len(list), maxValues)] {
			out = append(out, text(item))
		}
		return out
	}
	if s := text(v); s != "" {
		return []string{s}
	}
	return nil
}

func (p *preparer) countryOf(traits map[string]any) string {
	address, _ := traits["address"].(map[string]any)
	country := strings.ToUpper(strings.TrimSpace(text(address["country"])))
	if len(country) == 2 || len(country) == 3 {
		return country
	}
	if code, ok := countries[fold(country)]; ok {
		return code
	}
	return p.m.phoneCountry
}

var countries = map[string]string{
	"united states": "US", "united states of america": "US", "germany": "DE", "deutschland": "DE", "france": "FR", "italy": "IT",
	"italia": "IT", "spain": "ES", "espana": "ES", "united kingdom": "GB", "england": "GB", "great britain": "GB", "scotland": "GB",
	"austria": "AT", "osterreich": "AT", "switzerland": "CH", "schweiz": "CH", "suisse": "CH", "netherlands": "NL", "nederland": "NL",
	"belgium": "BE", "poland": "PL", "polska": "PL", "portugal": "PT", "brazil": "BR", "brasil": "BR", "mexico": "MX", "canada": "CA",
	"australia": "AU", "new zealand": "NZ", "india": "IN", "japan": "JP", "china": "CN", "sweden": "SE", "sverige": "SE",
	"norway": "NO", "norge": "NO", "denmark": "DK", "danmark": "DK", "finland": "FI", "ireland": "IE", "turkey": "TR", "turkiye": "TR",
	"russia": "RU", "argentina": "AR", "colombia": "CO", "chile": "CL", "south africa": "ZA",
}

// add takes up the values of one object: the traits themselves, or one of the alternates.
func (p *preparer) add(t map[string]any) {
	p.names(t)
	for _, s := range texts(t["birthday"]) {
		if b, ok := parseBirth(s); ok && !slices.Contains(p.r.births, b) && len(p.r.births) < maxValues {
			p.r.births = append(p.r.births, b)
		}
	}
	if p.r.gender == 0 {
		p.r.gender = genderOf(fold(text(t["gender"])))
	}
	for _, s := range texts(t["email"]) {
		if e, ok := newEmail(s); ok && len(p.r.emails) < maxValues {
			p.r.emails = append(p.r.emails, e)
		}
	}
	for _, s := range texts(t["phone"]) {
		if n, ok := newPhone(s, p.country); ok && !slices.Contains(p.r.phones, n) && len(p.r.phones) < maxValues {
			p.r.phones = append(p.r.phones, n)
		}
	}
	for i := range idKinds {
		for _, s := range texts(t[fieldNames[int(firstID)+i]]) {
			addText(&p.r.ids[i], newID(s))
		}
	}
	p.address(t["address"])
	addText(&p.r.places, plainText(text(t["birthPlace"])))
	addText(&p.r.employers, plainText(text(t["employer"])))
	for i, f := range p.m.extra {
		for _, s := range texts(t[f.name]) {
			if f.id {
				addText(&p.r.extra[i], newID(s))
			} else {
				addText(&p.r.extra[i], plainText(s))
			}
		}
	}
}

func plainText(s string) string {
	s = fold(s)
	if nothing[s] {
		return ""
	}
	return codes(s)
}

func addText(list *[]string, s string) {
	if s != "" && len(*list) < maxValues && !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

func (p *preparer) names(t map[string]any) {
	first, middle, last := fold(text(t["firstName"])), fold(text(t["middleName"])), fold(text(t["lastName"]))
	suffix := suffixes[fold(text(t["nameSuffix"]))]
	if first == "" || last == "" {
		if full := text(t["name"]); full != "" {
			n := splitName(full)
			if n.first == "" && first == "" && last == "" && p.m.isGiven(n.last) {
				n.first, n.last = n.last, ""
			}
			switch {
			case first == "" && last == "":
				first, last = n.first, n.last
			case first == "" && n.last == last:
				first = n.first
			case last == "" && n.first == first:
				last = n.last
			}
			if middle == "" {
				middle = n.middle
			}
			if suffix == "" {
				suffix = n.suffix
			}
		}
	}
	if words := strings.Fields(last); len(words) > 1 { // Smith Jr
		rest, s := words[:len(words)-1], suffixes[words[len(words)-1]]
		if s != "" && len(words[len(words)-1]) > 1 {
			last = strings.Join(rest, " ")
			if suffix == "" {
				suffix = s
			}
		}
	}
	if second := fold(text(t["secondLastName"])); second != "" && second != last {
		last = strings.TrimSpace(last + " " + second)
	}
	// "Mary A." in one field, with none of its own for the middle name
	if words := strings.Fields(first); len(words) == 2 && middle == "" && len(words[1]) == 1 {
		first, middle = words[0], words[1]
	}
	for len(first) > 0 { // titles before a first name
		head, rest, more := strings.Cut(first, " ")
		if !more || !honorifics[head] {
			break
		}
		first = rest
	}
	if p.r.suffix == "" {
		p.r.suffix = suffix
	}
	m := p.m
	addName(&p.r.first, first, &m.given, m.nicknames)
	addName(&p.r.middle, middle, &m.given, m.nicknames)
	addName(&p.r.last, last, &m.family, nil)
}

// isGiven says that a name is commoner as a first name than as a last one.
func (m *Model) isGiven(s string) bool {
	given, known := m.given.rarity(joined(s))
	family, alsoLast := m.family.rarity(joined(s))
	return known && (!alsoLast || given < family)
}

func addName(list *[]name, text string, t *nameTable, nicks map[string][]uint16) {
	if text == "" || nothing[text] || nobody[text] || strings.Trim(text, "0123456789 ") == "" || len(*list) >= maxValues {
		return
	}
	if slices.ContainsFunc(*list, func(n name) bool { return n.text == text }) {
		return
	}
	*list = append(*list, newName(text, t, nicks))
}

func genderOf(s string) byte {
	switch s {
	case "m", "male", "man", "boy", "masculine", "mannlich", "maennlich", "mann", "herr", "mr", "masculino", "homme", "uomo",
		"hombre", "maschio", "masculin":
		return 'm'
	case "f", "female", "woman", "girl", "w", "weiblich", "frau", "mrs", "ms", "femme", "feminin", "femenino", "feminino",
		"femmina", "mujer", "donna", "feminine", "mulher":
		return 'f'
	}
	return 0
}

func (p *preparer) address(v any) {
	if len(p.r.addresses) >= maxValues {
		return
	}
	var a address
	var ok bool
	switch v := v.(type) {
	case string:
		a, ok = newAddress("", "", "", "", "", "", text(v))
	case map[string]any:
		a, ok = newAddress(text(v["street"]), text(v["city"]), text(v["state"]), text(v["postalCode"]), text(v["country"]),
			text(v["county"]), text(v["full"]))
	case []any:
		for _, item := range v[:min(len(v), maxValues)] {
			if _, list := item.([]any); !list {
				p.address(item)
			}
		}
	}
	if ok && !slices.Contains(p.r.addresses, a) {
		p.r.addresses = append(p.r.addresses, a)
	}
}

// finish fills in what depends on several traits, and the print.
func (p *preparer) finish() {
	r := p.r
	for i := range r.emails {
		for _, f := range r.first {
			r.emails[i].named = r.emails[i].named || r.emails[i].madeOf(f.text, "")
		}
		for _, l := range r.last {
			r.emails[i].named = r.emails[i].named || r.emails[i].madeOf("", l.text)
		}
	}
	h := fnv.New64a()
	put := func(parts ...string) {
		for _, s := range parts {
			p.b = append(append(p.b[:0], s...), 0)
			_, _ = h.Write(p.b)
		}
	}
	for i, names := range [...][]name{r.first, r.middle, r.last} {
		put(strconv.Itoa(i))
		for j := range names {
			put(names[j].text)
		}
	}
	put(r.suffix, string(r.gender))
	for i := range r.births {
		put(string(r.births[i].day[:]), string(r.births[i].other[:]))
	}
	for i := range r.emails {
		put(r.emails[i].text)
	}
	for i := range r.phones {
		put(r.phones[i].text, r.phones[i].tail)
	}
	for i := range r.ids {
		put(strconv.Itoa(i))
		put(r.ids[i]...)
	}
	for i := range r.addresses {
		a := &r.addresses[i]
		put(a.number, a.street, a.unit, a.postal, a.city, a.state, a.country, a.text)
	}
	put("places")
	put(r.places...)
	put("employers")
	put(r.employers...)
	for i := range r.extra {
		put(strconv.Itoa(i))
		put(r.extra[i]...)
	}
	r.print = h.Sum64()
}
