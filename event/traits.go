package event

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// A cleaner brings the value of a reserved trait into its one form. It gets canonical JSON that is not null and
// returns canonical JSON: raw itself where there is nothing to change. What is not what the trait's name says stays
// as it is, with a warning; cleaners repair, they do not guess.
type cleaner func(d *decoder, raw []byte) (value []byte, warn string)

// cleaners of reserved traits, wire format, sections 6 and 7. All other traits are kept as sent.
var cleaners = map[string]cleaner{
	"firstName":           textCleaner(tidy),
	"lastName":            textCleaner(tidy),
	"name":                textCleaner(tidy),
	"middleName":          textCleaner(tidy),
	"nameSuffix":          textCleaner(tidy),
	"secondLastName":      textCleaner(tidy),
	"title":               textCleaner(tidy),
	"gender":              textCleaner(tidy),
	"birthPlace":          textCleaner(tidy),
	"employer":            textCleaner(tidy),
	"description":         textCleaner(compose),
	"username":            textCleaner(compose),
	"avatar":              textCleaner(compose),
	"website":             textCleaner(compose),
	"id":                  cleanID,
	"nationalId":          cleanID,
	"driversLicense":      cleanID,
	"passportNumber":      cleanID,
	"taxId":               cleanID,
	"medicalRecordNumber": cleanID,
	"email":               cleanEmailTrait,
	"phone":               cleanPhoneTrait,
	"birthday":            cleanBirthday,
	"createdAt":           cleanMoment,
	"age":                 cleanAge,
	"address":             objectCleaner(map[string]cleaner{"postalCode": cleanID}, textCleaner(tidy)),
	"company": objectCleaner(map[string]cleaner{
		"id": cleanID, "employee_count": cleanCount, "employees": cleanCount,
	}, textCleaner(tidy)),
}

func compose(s string) string { return norm.NFC.String(trimText(s)) }

// keep is the outcome for a value that is not what it should be.
func keep(raw []byte) ([]byte, string) { return raw, WarnTrait }

// textCleaner cleans strings. Numbers and booleans under such a name are left alone without a word: they do no harm.
func textCleaner(clean func(string) string) cleaner {
	return func(_ *decoder, raw []byte) ([]byte, string) {
		if !isString(raw) {
			return raw, ""
		}
		text := string(unquote(raw))
		if c := clean(text); c != text {
			return quote(c), ""
		}
		return raw, ""
	}
}

// objectCleaner cleans the members of an object, one level deep. A string where the object should be is a way some
// send addresses, and is left alone.
func objectCleaner(named map[string]cleaner, others cleaner) cleaner {
	return func(d *decoder, raw []byte) ([]byte, string) {
		if !isObject(raw) {
			if isString(raw) {
				return others(d, raw)
			}
			return keep(raw)
		}
		out := []byte{'{'}
		var warn string
		for w := walk(raw); ; {
			name, value, ok := w.member()
			if !ok {
				return append(out, '}'), warn
			}
			clean := named[string(name)]
			if clean == nil {
				clean = others
			}
			if !isAbsent(value) {
				var remark string
				if value, remark = clean(d, value); remark != "" {
					warn = remark
				}
			}
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(appendMember(out, name), value...)
		}
	}
}

// cleanID makes numbers strings: ids and postal codes are names, not quantities.
func cleanID(_ *decoder, raw []byte) ([]byte, string) {
	text, wrong := plainText(raw)
	if wrong {
		return keep(raw)
	}
	return appendQuote(nil, text), ""
}

func cleanEmailTrait(_ *decoder, raw []byte) ([]byte, string) {
	text, _ := plainText(raw)
	if isString(raw) && len(text) == 0 {
		return []byte(`""`), ""
	}
	email, ok := cleanEmail(string(text))
	if !ok {
		return raw, WarnEmail
	}
	return quote(email), ""
}

func cleanPhoneTrait(d *decoder, raw []byte) ([]byte, string) {
	text, _ := plainText(raw)
	if isString(raw) && len(text) == 0 {
		return []byte(`""`), ""
	}
	phone, ok := d.phone(string(text))
	if !ok {
		return raw, WarnPhone
	}
	return quote(phone), ""
}

func cleanBirthday(_ *decoder, raw []byte) ([]byte, string) {
	if !isString(raw) {
		return keep(raw)
	}
	day, ok := cleanDate(string(unquote(raw)))
	if !ok {
		return keep(raw)
	}
	return quote(day), ""
}

// cleanMoment makes times RFC 3339 in UTC, and leaves days days.
func cleanMoment(_ *decoder, raw []byte) ([]byte, string) {
	if isString(raw) {
		if day, ok := cleanDate(string(unquote(raw))); ok && !bytes.ContainsAny(raw, ":") {
			return quote(day), ""
		}
	}
	at, state := parseTime(raw)
	if state != timeRead {
		return keep(raw)
	}
	return quote(at.String()), ""
}

func cleanAge(_ *decoder, raw []byte) ([]byte, string) {
	n, ok := wholeNumber(raw)
	if !ok || n > 150 {
		return keep(raw)
	}
	return strconv.AppendUint(nil, n, 10), ""
}

func cleanCount(_ *decoder, raw []byte) ([]byte, string) {
	n, ok := wholeNumber(raw)
	if !ok {
		return raw, "" // "50-100" says something too
	}
	return strconv.AppendUint(nil, n, 10), ""
}

func wholeNumber(raw []byte) (uint64, bool) {
	text, _ := plainText(raw)
	n, err := strconv.ParseUint(string(text), 10, 53)
	return n, err == nil
}

// cleanTraits cleanses the members of the objects own and shared, in canonical form; own wins.
func (d *decoder) cleanTraits(own, shared []byte) []Trait {
	fields := d.room[:0]
	if isObject(shared) {
		fields = appendFields(fields, shared)
	}
	fromShared := len(fields)
	if isObject(own) {
		fields = appendFields(fields, own)
	}
	for i := range fields { // remember where each is from: for the path in warnings
		if i < fromShared {
			fields[i].path = "context.traits."
		} else {
			fields[i].path = "traits."
		}
	}
	fields = sortFields(fields)
	d.room = fields
	if len(fields) == 0 {
		return nil
	}
	traits := make([]Trait, 0, len(fields)+1)
	for _, f := range fields {
		if len(f.name) == 0 {
			continue
		}
		t := Trait{Key: string(f.name), Value: f.value}
		if clean := cleaners[t.Key]; clean != nil && !isAbsent(f.value) {
			value, warn := clean(d, f.value)
			if warn != "" {
				d.warn(warn, f.path+t.Key)
			}
			if !bytes.Equal(value, f.value) {
				t.Value, t.Raw = value, f.value
			}
		}
		traits = append(traits, t)
	}
	return traits
}

// withFullName adds the trait name, made from first and last name, to sorted traits that have both and no name.
func withFullName(traits []Trait) []Trait {
	at := len(traits)
	var first, last string
	for i, t := range traits {
		switch {
		case t.Key == "name":
			return traits
		case t.Key == "firstName" && isString(t.Value):
			first = string(unquote(t.Value))
		case t.Key == "lastName" && isString(t.Value):
			last = string(unquote(t.Value))
		}
		if at == len(traits) && t.Key > "name" {
			at = i
		}
	}
	if first == "" || last == "" {
		return traits
	}
	full := strings.TrimSpace(first + " " + last)
	traits = append(traits, Trait{})
	copy(traits[at+1:], traits[at:])
	traits[at] = Trait{Key: "name", Value: json.RawMessage(quote(full))}
	return traits
}
