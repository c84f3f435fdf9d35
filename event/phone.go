package event

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"
)

// cleanPhone is a phone number in E.164, read with the country's dialling habits where it has no country code of its
// own. It is ok only when the number cannot be taken for another one: an international number has to be possible in
// its country, a national one valid there; numbers with an extension stand for a switchboard and not for a person.
func cleanPhone(s, country string) (phone string, ok bool) {
	s = trimText(s)
	if len(s) < 4 || len(s) > 64 {
		return "", false
	}
	international := strings.HasPrefix(s, "+") || strings.HasPrefix(s, "tel:+") || strings.HasPrefix(s, "＋")
	if !international && country == "" {
		return "", false
	}
	number, err := phonenumbers.Parse(s, country)
	if err != nil || number.GetExtension() != "" {
		return "", false
	}
	phone = phonenumbers.Format(number, phonenumbers.E164)
	switch {
	case len(phone) > len("+")+15: // ITU-T E.164
		return "", false
	case phonenumbers.IsValidNumber(number):
		return phone, true
	case !international || phonenumbers.IsPossibleNumberWithReason(number) != phonenumbers.IS_POSSIBLE:
		return "", false
	}
	// Of a number outside the country's plan a leading zero may have been taken off: only what reads as itself counts.
	again, err := phonenumbers.Parse(phone, "")
	return phone, err == nil && phonenumbers.Format(again, phonenumbers.E164) == phone
}

// countryOf is the ISO 3166-1 alpha-2 code of a country given by any of its ISO codes; empty when it is none.
func countryOf(s string) string {
	s = trimText(s)
	if len(s) < 2 || len(s) > 3 {
		return ""
	}
	region, err := language.ParseRegion(s)
	if err != nil {
		return ""
	}
	code := region.Canonicalize().String()
	if phonenumbers.GetCountryCodeForRegion(code) == 0 {
		return ""
	}
	return code
}

// countryOfLocale is the country a locale such as en-GB or de_AT names; empty when it names none.
func countryOfLocale(locale string) string {
	subtags := strings.FieldsFunc(trimText(locale), func(r rune) bool { return r == '-' || r == '_' || r == '.' || r == '@' })
	for i, subtag := range subtags {
		if i > 0 && len(subtag) == 2 {
			return countryOf(subtag)
		}
	}
	return ""
}
