package event

import (
	"bytes"
	"slices"
	"strings"
)

// maxIdentifiers is how many identifiers of one call count.
const maxIdentifiers = 20

// maxTypeName bounds the name of an identifier's type, in bytes.
const maxTypeName = 64

// Policy is what the identity rules say about finding identifiers. Which values are blocked is not among it: that is
// decided when identifiers meet, not when they are found.
type Policy struct {
	DefaultCountry   string            // ISO 3166-1 alpha-2, for phone numbers that come without any; empty for none
	TraitIdentifiers map[string]string // trait key → type of the identifier it holds
}

// precedence is the order in which identifiers of a call are asked to be its actor; other types come last.
func precedence(typ string) int {
	switch typ {
	case UserID:
		return 0
	case Record:
		return 1
	case AnonymousID:
		return 2
	case DeviceID:
		return 3
	case AdvertisingID:
		return 4
	case Email:
		return 5
	case Phone:
		return 6
	}
	return 7
}

// NormalizeIdentifier is an identifier as calls would state it, for looking it up. ok is false when there is no such
// type or the value cannot be one of it.
func NormalizeIdentifier(typ, value string, policy Policy) (id Identifier, ok bool) {
	if !isTypeName(typ) {
		return Identifier{}, false
	}
	d := decoder{policy: policy}
	id, warn := d.identifier(typ, trimText(value))
	id.Raw = value
	return id, warn == "" && id.Value != ""
}

// isTypeName reports whether s can be the type of an identifier. A colon cannot be in it, so that a key says where
// the type ends.
func isTypeName(s string) bool {
	if s == "" || len(s) > maxTypeName {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if (c < '0' || c > '9') && c != '_' && c != '.' && c != '-' {
				return false
			}
		}
	}
	return true
}

// identifier normalises a trimmed text. warn says why there is no identifier.
func (d *decoder) identifier(typ, text string) (id Identifier, warn string) {
	id = Identifier{Type: typ, Value: text}
	ok := true
	switch typ {
	case Email:
		id.Value, ok = cleanEmail(text)
		warn = WarnEmail
	case Phone:
		id.Value, ok = d.phone(text)
		warn = WarnPhone
	case AdvertisingID: // a UUID, which some platforms print in upper case
		id.Value = strings.ToLower(text)
	}
	switch {
	case !ok:
		return Identifier{}, warn
	case len(id.Value) > maxIdentifier:
		return Identifier{}, WarnIdentifierLong
	}
	return id, ""
}

// find adds the identifier that raw holds, if it holds one.
func (d *decoder) find(typ string, raw []byte, path string) {
	text, warn := idText(raw)
	if warn != "" {
		d.warn(warn, path)
		return
	}
	if len(text) == 0 {
		return
	}
	id, warn := d.identifier(typ, string(text))
	if warn != "" {
		d.warn(warn, path)
		return
	}
	id.Raw = rawText(raw)
	d.ids = append(d.ids, id)
}

// rawText is a value as it came, as text: the text of a string, the digits of a number.
func rawText(raw []byte) string {
	if isString(raw) {
		return string(unquote(raw))
	}
	return string(raw)
}

// identifiers finds those of section 6 of the wire format.
func (d *decoder) identifiers(h *header) []Identifier {
	c := &d.context
	d.ids = d.ids[:0]
	d.find(UserID, h.userID, "userId")
	d.find(AnonymousID, h.anonymousID, "anonymousId")
	d.find(DeviceID, get(c.device, "id"), "context.device.id")
	if string(get(c.device, "adTrackingEnabled")) == "true" {
		d.find(AdvertisingID, get(c.device, "advertisingId"), "context.device.advertisingId")
	}
	d.findInTraits(d.traits, "traits.")
	d.findInTraits(c.traits, "context.traits.")
	d.externalIDs(c.externalIDs)
	return d.found(make([]Identifier, 0, min(len(d.ids), maxIdentifiers)))
}

// findInTraits adds the identifiers that an object of traits holds.
func (d *decoder) findInTraits(traits []byte, path string) {
	if !isObject(traits) {
		return
	}
	d.find(Email, get(traits, "email"), path+"email")
	d.find(Phone, get(traits, "phone"), path+"phone")
	for _, key := range d.traitKeys {
		d.find(d.policy.TraitIdentifiers[key], get(traits, key), path+key)
	}
}

// found appends what was found, by precedence and each key once, up to the limit.
func (d *decoder) found(found []Identifier) []Identifier {
	slices.SortStableFunc(d.ids, func(a, b Identifier) int { return precedence(a.Type) - precedence(b.Type) })
	for _, id := range d.ids {
		if slices.ContainsFunc(found, func(o Identifier) bool { return o.Type == id.Type && o.Value == id.Value }) {
			continue
		}
		if len(found) == maxIdentifiers {
			d.warn(WarnIdentifiers, "")
			break
		}
		found = append(found, id)
	}
	return found
}

// externalIDs finds the identifiers an SDK was told of: context.externalIds, those of users.
func (d *decoder) externalIDs(raw []byte) {
	const path = "context.externalIds"
	if len(raw) == 0 || raw[0] != '[' {
		return
	}
	for w := walk(raw); w.more(); {
		ext, _ := w.value()
		if collection, _ := plainText(get(ext, "collection")); !bytes.Equal(collection, []byte("users")) {
			continue
		}
		typ, _ := plainText(get(ext, "type"))
		if !isTypeName(string(typ)) || string(typ) == Record { // a record is its source's word, never a client's
			d.warn(WarnIdentifierType, path)
			continue
		}
		d.find(string(typ), get(ext, "id"), path)
	}
}
