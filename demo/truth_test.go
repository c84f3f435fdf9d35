package demo

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// found are the identifiers of a call as a server finds them, by section 6 of the wire format and with the public
// telephone library: independent of how the ledger gets at them.
func found(t *testing.T, b object) []string {
	t.Helper()
	var keys []string
	add := func(kind string, v any) {
		switch v := v.(type) {
		case string:
			keys = append(keys, kind+":"+strings.TrimSpace(v))
		case float64:
			keys = append(keys, kind+":"+string(encode(v)))
		}
	}
	add("user_id", b["userId"])
	add("anonymous_id", b["anonymousId"])
	if b["type"] == "alias" {
		add("anonymous_id", b["previousId"])
	}
	context, _ := b["context"].(object)
	country := ""
	if locale := text(context, "locale"); len(locale) == 5 {
		country = locale[3:]
	}
	people := []object{}
	if inner, ok := context["traits"].(object); ok {
		people = append(people, inner)
	}
	if b["type"] == "identify" {
		people = append(people, traits(b))
	}
	for _, p := range people {
		if m := text(p, "email"); m != "" {
			add("email", strings.ToLower(m))
		}
		if n := text(p, "phone"); n != "" {
			parsed, err := phonenumbers.Parse(n, country)
			if err != nil || !phonenumbers.IsValidNumber(parsed) {
				t.Errorf("%q is no telephone number in %s", n, country)
			}
			add("phone", phonenumbers.Format(parsed, phonenumbers.E164))
		}
	}
	if d, ok := context["device"].(object); ok {
		add("device_id", d["id"])
		if d["adTrackingEnabled"] == true {
			add("advertising_id", d["advertisingId"])
		}
	}
	if ids, ok := context["externalIds"].([]any); ok {
		for _, id := range ids {
			id := id.(object)
			add(text(id, "type"), id["id"])
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// The truth covers exactly the identifiers of the calls a server accepts.
func TestTruthIsWhatWentOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	requests := lived(w, 5*time.Minute)
	requests = append(requests, w.Flush()...)
	if again := w.Flush(); again != nil {
		t.Errorf("%d requests left twice", len(again))
	}
	out := map[string]bool{}
	for _, c := range good(t, requests) {
		for _, k := range found(t, c.body) {
			out[k] = true
		}
	}
	truth := w.Truth()
	for _, k := range slices.Sorted(maps.Keys(truth)) {
		if !out[k] {
			t.Errorf("the truth knows %s, which never went out", k)
		}
	}
	for k := range out {
		if _, ok := truth[k]; !ok {
			t.Errorf("%s went out, and the truth does not know it", k)
		}
	}
}

// Where calls tie identifiers together, they are one person's, and what several use is used by members enough to
// show it.
func TestTruthHoldsTogether(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed <= 3; seed++ {
		w := newWorld(t, func(c *Config) { c.Seed = seed })
		w.Next(morning) // the history alone
		truth := w.Truth()
		owners := map[string]string{}
		shared := 0
		for k, o := range truth {
			switch {
			case isJunk(k):
				if len(o.Personas) != 0 || o.Cell != "" {
					t.Errorf("seed %d: junk %s belongs to %v", seed, k, o.Personas)
				}
			case len(o.Personas) > 1:
				shared++
				if o.Cell != "" {
					t.Errorf("seed %d: %s of %d personas is in the cell %s", seed, k, len(o.Personas), o.Cell)
				}
				if strings.HasPrefix(k, "anonymous_id:") && o.Users < 2 {
					t.Errorf("seed %d: %s of %d personas was seen with %d users; a server has to take it for one person's", seed, k, len(o.Personas), o.Users)
				}
			default:
				if before, ok := owners[o.Cell]; ok && before != o.Personas[0] {
					t.Errorf("seed %d: the cell %s is of %s and of %s", seed, o.Cell, before, o.Personas[0])
				}
				owners[o.Cell] = o.Personas[0]
			}
		}
		if shared < 6 {
			t.Errorf("seed %d: only %d shared identifiers", seed, shared)
		}
		if n := len(truth["phone:"+w.things.switchboard.e164].Personas); n < 6 {
			t.Errorf("seed %d: %d people called from the switchboard; its number still looks like somebody's", seed, n)
		}
		if n := truth["anonymous_id:"+w.things.tablet.anonymousID].Users; n != 2 {
			t.Errorf("seed %d: %d users on the family's tablet", seed, n)
		}
		if n := truth["anonymous_id:"+w.things.kiosk.anonymousID].Users; n < 5 {
			t.Errorf("seed %d: %d users at the kiosk", seed, n)
		}
		mira := w.People()[star]
		if a, b := truth["email:"+StarCustomer].Cell, truth["user_id:"+mira.UserID].Cell; a == "" || a != b {
			t.Errorf("seed %d: the star's e-mail address is in cell %q, her user id in %q", seed, a, b)
		}
	}
}

// Nobody's own address or number is seen with so many others that it had to count as shared, however long the play.
func TestOwnIdentifiersStayOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	lived(w, 15*time.Minute)
	truth := w.Truth()
	neighbours := map[string]map[string]int{}
	count := func(k, other string) {
		if isJunk(other) {
			return // blocked values count nowhere
		}
		kind, _, _ := strings.Cut(other, ":")
		if neighbours[k] == nil {
			neighbours[k] = map[string]int{}
		}
		neighbours[k][kind]++
	}
	for pair := range w.ledger.pairs {
		count(pair[0], pair[1])
		count(pair[1], pair[0])
	}
	for k, n := range neighbours {
		kind, _, _ := strings.Cut(k, ":")
		if len(truth[k].Personas) != 1 || kind == "user_id" {
			continue
		}
		users := 1
		if kind == "email" || kind == "phone" {
			users = 5
		}
		if n["user_id"] > users || n["email"] > 5 || n["phone"] > 5 || n["anonymous_id"] > 20 || n["device_id"] > 20 {
			t.Errorf("%s is one person's and seen with %v", k, n)
		}
	}
}

// Every address is at a domain kept for examples, every telephone number is valid where its owner lives.
func TestPersonas(t *testing.T) {
	t.Parallel()
	reserved := regexp.MustCompile(`^[a-z]+\.[a-z]+[0-9]*@([a-z]+\.)?(example\.(com|org|net)|example|[a-z]+\.test)$`)
	r := newRegistry(3)
	mails, numbers, countriesSeen := map[string]bool{}, map[string]bool{}, map[string]bool{}
	silent := 0
	for i := range 3000 {
		p := r.persona(i)
		for _, m := range []string{p.mail, p.newMail} {
			if !reserved.MatchString(m) || mails[m] {
				t.Errorf("%s: bad or second address %q", p.id, m)
			}
			mails[m] = true
		}
		for _, n := range p.phones {
			if n.e164 == "" {
				silent++
				continue
			}
			parsed, err := phonenumbers.Parse(n.national, p.country.code)
			if err != nil || !phonenumbers.IsValidNumber(parsed) || phonenumbers.Format(parsed, phonenumbers.E164) != n.e164 || numbers[n.e164] {
				t.Errorf("%s: bad or second number %q in %s for %s", p.id, n.national, p.country.code, n.e164)
			}
			numbers[n.e164] = true
		}
		if len(p.devices) == 0 {
			t.Errorf("%s has no device", p.id)
		}
		countriesSeen[p.country.code] = true
	}
	if len(countriesSeen) != len(countries) {
		t.Errorf("people in %d countries only", len(countriesSeen))
	}
	if silent > 1500 {
		t.Errorf("%d of 6000 numbers are missing", silent)
	}
	// The same place in the cast is the same person in every run.
	if a, b := newRegistry(3).persona(0), newRegistry(3).persona(0); a.mail != b.mail || a.phones != b.phones || a.devices[0].anonymousID != b.devices[0].anonymousID {
		t.Error("a persona does not follow from the seed")
	}
}
