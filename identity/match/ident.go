package match

import (
	"strings"

	"kith/event"
)

// email is an address in the parts that are compared.
type email struct {
	text   string // normalised
	local  string // without dots and what follows a plus
	domain string
	role   bool // an office reads it, not a person
	named  bool // the local part is made of the person's name
}

var roles = set("info sales office contact admin administrator support service kontakt mail email post webmaster billing accounts " +
	"accounting help hello team marketing hr jobs press noreply buchhaltung vertrieb verwaltung bestellung order orders shop store " +
	"reception secretary sekretariat enquiries inquiries contacto ventas administracion accueil bonjour commercial secretariat|" +
	"no reply|customer service|kundenservice|do not reply|donotreply")

func newEmail(s string) (email, bool) {
	id, ok := event.NormalizeIdentifier(event.Email, s, event.Policy{})
	if !ok {
		return email{}, false
	}
	at := strings.LastIndexByte(id.Value, '@')
	local, _, _ := strings.Cut(id.Value[:at], "+")
	local = strings.ReplaceAll(local, ".", "")
	e := email{text: id.Value, local: local, domain: id.Value[at+1:]}
	if local == "" || local == "test" || local == "no" || local == "none" || local == "noreply" || local == "na" || nothing[local] ||
		e.domain == "test.com" || e.domain == "none.com" {
		return email{}, false
	}
	e.role = roles[local]
	return e, true
}

// madeOf says that the local part shows the name: both names, or the last one with no more than initials and digits.
func (e *email) madeOf(first, last string) bool {
	first, last = umlauts.Replace(joined(first)), umlauts.Replace(joined(last))
	local := umlauts.Replace(joined(fold(e.local)))
	has := func(n string) bool { return len(n) >= 3 && strings.Contains(local, n) }
	return has(first) || has(last)
}

// compareEmail is the level of two addresses.
func compareEmail(a, b *email) Level {
	sameLocal, sameDomain := a.local == b.local, a.domain == b.domain
	switch {
	case sameLocal && sameDomain && a.role:
		return emailRole
	case sameLocal && sameDomain:
		return emailExact
	case a.role || b.role:
		return none
	case sameLocal && len(a.local) >= 4 && providers[a.domain] != providers[b.domain] && alike(a.domain, b.domain):
		return emailTypo // of two providers neither is a slip for the other
	case sameDomain && min(len(a.local), len(b.local)) >= 5 && edits(a.local, b.local, 1) <= 1 && !lastDigits(a.local, b.local):
		return emailTypo
	case sameLocal && (a.named || b.named):
		return emailNamed
	case sameLocal && len(a.local) >= 6:
		return emailLocal
	}
	return emailDiffers
}

// lastDigits says that the two differ in the number at their end only: anna1 and anna2 are two people.
func lastDigits(a, b string) bool {
	x, y := strings.TrimRight(a, "0123456789"), strings.TrimRight(b, "0123456789")
	return x == y
}

// providers are where anybody can have an address: two of them are not slips for each other.
var providers = set("gmail.com googlemail.com yahoo.com hotmail.com outlook.com aol.com icloud.com me.com mac.com live.com msn.com " +
	"gmx.de gmx.net " +
	"gmx.at gmx.ch web.de t-online.de mail.com mail.ru yandex.ru orange.fr wanadoo.fr free.fr laposte.net hotmail.fr yahoo.fr " +
	"hotmail.co.uk yahoo.co.uk btinternet.com libero.it proton.me protonmail.com comcast.net verizon.net att.net qq.com 163.com " +
	"hotmail.de yahoo.de outlook.de hotmail.es yahoo.es hotmail.it example.com example.org example.net")

// phone is a number by its digits.
type phone struct {
	text string // E.164 where it is known, else the digits
	tail string // the last nine digits
}

// newPhone reads a number; country is that of numbers that do not say.
func newPhone(s, country string) (phone, bool) {
	var p phone
	if id, ok := event.NormalizeIdentifier(event.Phone, s, event.Policy{DefaultCountry: country}); ok {
		p.text = id.Value
	} else {
		if i := strings.IndexAny(s, "xX;"); i > 6 { // an extension
			s = s[:i]
		}
		p.text = digitsOf(s)
	}
	d := strings.TrimLeft(digitsOf(p.text), "0")
	if len(d) < 7 || len(d) > 15 || uniform(d[len(d)-7:]) || strings.HasSuffix(d, "1234567") {
		return phone{}, false
	}
	p.tail = d[max(len(d)-9, 0):]
	return p, true
}

func comparePhone(a, b *phone) Level {
	switch {
	case a.tail == b.tail:
		return phoneExact
	case len(a.tail) != len(b.tail) && (strings.HasSuffix(a.tail, b.tail) || strings.HasSuffix(b.tail, a.tail)):
		return phoneTail
	case len(a.tail) == len(b.tail) && !nextTo(a.tail, b.tail) && edits(a.tail, b.tail, 1) <= 1:
		return phoneTypo
	}
	return phoneDiffers
}

// counted is what is typed where a number has to be given.
const counted = "01234567890 09876543210"

// nextTo says that two numbers differ in the last digit only: relatives, colleagues and neighbours in a file have such.
func nextTo(a, b string) bool { return len(a) == len(b) && a[:len(a)-1] == b[:len(b)-1] }

// newID is an id in capitals without marks; empty for what stands where none is known.
func newID(s string) string {
	id := strings.ToUpper(joined(fold(s)))
	d := digitsOf(id)
	switch {
	case len(id) < 4 || len(id) > 40 || uniform(id), nothing[strings.ToLower(id)]:
		return ""
	case d == id && strings.Contains(counted, id):
		return ""
	case len(d) == len(id) && strings.Trim(id, "0") == "" || len(d) > 4 && uniform(d):
		return ""
	}
	return codes(id)
}

func compareID(a, b string) Level {
	if a == b {
		return idExact
	}
	n := min(len(a), len(b))
	switch d := edits(a, b, 2); {
	case d <= 1 && n >= 7 && nextTo(a, b):
		return idNext
	case d <= 1 && n >= 7:
		return idTypo
	case d == 2 && n >= 8:
		return idNear
	case n >= 4 && n < len(a)+len(b)-n && (strings.HasSuffix(a, b) || strings.HasSuffix(b, a)): // the last digits only
		return idNear
	}
	return idDiffers
}

// compareText is the level of two texts without a form of their own.
func compareText(a, b string) Level {
	switch {
	case a == b:
		return textExact
	case alike(a, b):
		return textAlike
	}
	return textDiffers
}
