package event

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// cleanEmail is an e-mail address in the form that two spellings of one address share: trimmed, lower case, composed
// (NFC). The part before the @ is lower-cased too, although RFC 5321 lets a server tell cases apart: none that
// people use does. ok is false for what cannot be an address on the open internet; nothing is guessed or repaired.
func cleanEmail(s string) (email string, ok bool) {
	s = trimText(s)
	if len(s) > len("mailto:") && strings.EqualFold(s[:len("mailto:")], "mailto:") {
		s = s[len("mailto:"):]
	}
	s = norm.NFC.String(strings.ToLower(norm.NFC.String(s)))
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 64 || len(s) > 254 {
		return "", false
	}
	return s, saneLocal(s[:at]) && saneDomain(s[at+1:])
}

func saneLocal(local string) bool {
	for _, r := range local {
		if unicode.IsSpace(r) || unicode.IsControl(r) || isPadding(r) || strings.ContainsRune(`@"(),:;<>[\]`, r) {
			return false
		}
	}
	return local[0] != '.' && local[len(local)-1] != '.' && !strings.Contains(local, "..")
}

// saneDomain wants at least two labels of letters, digits and inner hyphens, the last not a number.
func saneDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	if len(labels) < 2 || len(domain) > 253 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	return len(last) > 1 && strings.Trim(last, "0123456789") != ""
}
