package resolvers

import (
	"bytes"
	"encoding/json"
	"strings"
)

// masked stands in for every personal value, whatever the value: so it tells nothing, not even whether two are equal.
const masked = "•••"

var maskedJSON = json.RawMessage(`"` + masked + `"`)

// personalWords are what the names of personal values contain, in lower case and without separators. A name counts as
// personal when one of them is in it: workEmail, customer_phone and billing-address are.
var personalWords = []string{
	"email", "mail", "phone", "mobile", "msisdn", "fax", "firstname", "lastname", "middlename", "surname", "fullname", "givenname",
	"familyname", "displayname", "username", "nickname", "maidenname", "recipient", "address", "street", "postal", "postcode", "zipcode",
	"birth", "nationalid", "license", "passport", "taxid", "medicalrecord", "socialsecurity", "iban", "creditcard", "cardnumber", "employer",
	"latitude", "longitude", "geolocation", "password", "token",
	"userid", "anonymousid", "deviceid", "advertisingid", "previousid", "externalid",
}

// personalNames are names that are personal as they stand but ordinary as part of another.
var personalNames = map[string]bool{
	"ip": true, "zip": true, "ssn": true, "dob": true, "lat": true, "lng": true, "lon": true, "uid": true, "useragent": true, "alternates": true,
	"namesuffix": true,
}

// personalTraits are names that are personal when they are those of a person's trait: the name of a person is, the name
// of a product is not.
var personalTraits = map[string]bool{
	"name": true, "id": true, "age": true, "gender": true, "avatar": true, "website": true, "description": true, "city": true,
}

// plain is a name in lower case without separators.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// personal says whether values of that name are, wherever they stand.
func (v viewer) personal(name string) bool {
	if v.identifiers[name] != "" {
		return true
	}
	p := plain(name)
	if personalNames[p] {
		return true
	}
	for _, w := range personalWords {
		if strings.Contains(p, w) {
			return true
		}
	}
	return false
}

// personalTrait says whether a trait of a person is.
func (v viewer) personalTrait(name string) bool {
	return personalTraits[plain(name)] || v.personal(name)
}

// text is s, masked when the viewer may not see it. Nothing stays nothing.
func (v viewer) text(s string) string {
	if v.pii || s == "" {
		return s
	}
	return masked
}

// traits is the JSON object of a person's traits, personal ones masked.
func (v viewer) traits(object string) json.RawMessage { return v.object(object, v.personalTrait) }

// facts is a JSON object that is not a person's traits, such as a call's properties or an account's traits.
func (v viewer) facts(object string) json.RawMessage { return v.object(object, v.personal) }

// trait is the value of one trait of a person.
func (v viewer) trait(name string, value json.RawMessage) json.RawMessage {
	if v.pii {
		return value
	}
	var decoded any
	if !decode(value, &decoded) {
		return maskedJSON
	}
	if v.personalTrait(name) {
		return encode(hideAll(decoded))
	}
	return encode(v.hide(decoded))
}

// context is the context of a call. Its traits are a person's, its device and network name a person, too.
func (v viewer) context(object string) json.RawMessage {
	if v.pii || object == "" {
		return orEmpty(object)
	}
	fields := map[string]any{}
	if !decode([]byte(object), &fields) {
		return maskedJSON
	}
	for name, value := range fields {
		switch plain(name) {
		case "traits":
			if traits, ok := value.(map[string]any); ok {
				v.hideFields(traits, v.personalTrait)
			}
		case "device", "externalids", "network", "location":
			fields[name] = hideAll(value)
		}
	}
	return encode(v.hide(fields))
}

func (v viewer) object(object string, personal func(string) bool) json.RawMessage {
	if v.pii || object == "" {
		return orEmpty(object)
	}
	fields := map[string]any{}
	if !decode([]byte(object), &fields) {
		return maskedJSON
	}
	v.hideFields(fields, personal)
	return encode(fields)
}

func orEmpty(object string) json.RawMessage {
	if object == "" {
		return json.RawMessage("{}")
	}
	return json.RawMessage(object)
}

// hideFields masks what personal names in an object stand for, and below the others what is personal anywhere.
func (v viewer) hideFields(fields map[string]any, personal func(string) bool) {
	for name, value := range fields {
		switch {
		case givesAway(name):
			delete(fields, name)
			fields[masked] = masked
		case personal(name):
			fields[name] = hideAll(value)
		default:
			fields[name] = v.hide(value)
		}
	}
}

// hide masks, at any depth, the values of personal names and texts that give an address away whatever they are called.
func (v viewer) hide(value any) any {
	switch x := value.(type) {
	case map[string]any:
		v.hideFields(x, v.personal)
	case []any:
		for i, inner := range x {
			x[i] = v.hide(inner)
		}
	case string:
		if givesAway(x) {
			return masked
		}
	}
	return value
}

// givesAway reports whether a text may hold an e-mail address, also one in a link.
func givesAway(text string) bool {
	return strings.ContainsRune(text, '@') || strings.Contains(text, "%40")
}

// hideAll masks every value but null and keeps the form, so that a masked address still looks like one.
func hideAll(value any) any {
	switch x := value.(type) {
	case nil:
		return nil
	case map[string]any:
		for name, inner := range x {
			x[name] = hideAll(inner)
		}
		return x
	case []any:
		for i, inner := range x {
			x[i] = hideAll(inner)
		}
		return x
	}
	return masked
}

func decode(text []byte, into any) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into) == nil
}

func encode(value any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(value) != nil {
		return maskedJSON
	}
	return bytes.TrimSpace(b.Bytes())
}
