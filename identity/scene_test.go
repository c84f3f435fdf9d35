package identity

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kith/event"
	"kith/identity/match"
)

// A scene is facts in a few words, one a line:
//
//	u:ada e:ada a:1 @5           a call at 5 that names three identifiers
//	alias a:2 u:ada @6           an alias call
//	matched r:crm/1 r:pos/2 @7   records that look alike
//	join d1 u:ada u:ada2 @8      a decision
//	part d2 u:ada e:x | u:bob @9 another
//	mark d3 PERSONAL e:ada @9    a mark
//
// Without a time it is the number of the line. Types are one letter, see shortTypes.
type scene string

var shortTypes = map[string]string{
	"u": event.UserID, "e": event.Email, "p": event.Phone, "a": event.AnonymousID, "d": event.DeviceID,
	"r": event.Record, "c": "loyalty_card",
}

func long(name string) Key {
	typ, value, _ := strings.Cut(name, ":")
	return NewKey(shortTypes[typ], value)
}

func short(k Key) string {
	for letter, typ := range shortTypes {
		if typ == k.Type() {
			return letter + ":" + k.Value()
		}
	}
	return string(k)
}

func (s scene) facts(t testing.TB) Facts {
	t.Helper()
	var f Facts
	n := 0
	for line := range strings.Lines(string(s)) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		n++
		at := event.Millis(n)
		if last := words[len(words)-1]; last[0] == '@' {
			v, err := strconv.Atoi(last[1:])
			if err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			at, words = event.Millis(v), words[:len(words)-1]
		}
		switch words[0] {
		case "join":
			f.Rulings = append(f.Rulings, Joining(words[1], at, longs(words[2:]))...)
		case "part":
			bar := slices.Index(words, "|")
			f.Rulings = append(f.Rulings, Parting(words[1], at, longs(words[2:bar]), longs(words[bar+1:]))...)
		case "mark":
			i := slices.Index(markNames[:], words[2])
			f.Markings = append(f.Markings, Marking{words[1], long(words[3]), Mark(i), at})
		case "alias":
			f.Add(call{longs(words[1:]), AliasLink, at})
		case "matched":
			f.Add(call{longs(words[1:]), Matched, at})
			f.Links[len(f.Links)-1].Weight = match.Default().Join()
		default:
			f.Add(call{longs(words), Observed, at})
		}
	}
	return f
}

func longs(names []string) []Key {
	var out []Key
	for _, name := range names {
		out = append(out, long(name))
	}
	return out
}

// customers is one line for each customer, its anchor first, and the others by name.
func (p *Partition) customers() []string {
	var out []string
	for anchor, members := range p.Cells() {
		names := []string{short(anchor)}
		for _, k := range members {
			if k != anchor {
				names = append(names, short(k))
			}
		}
		slices.Sort(names[1:])
		out = append(out, strings.Join(names, " "))
	}
	slices.Sort(out)
	return out
}

// exceptions is one line for each link and join that is not followed, with the reason.
func (p *Partition) exceptions() []string {
	var out []string
	for _, l := range p.Links {
		if !l.Followed {
			out = append(out, fmt.Sprintf("%s %s %s", short(l.A), short(l.B), l.Text()))
		}
	}
	for _, x := range p.Rulings {
		if !x.Followed {
			out = append(out, fmt.Sprintf("%s: %s %s %s", x.Decision, short(x.A), short(x.B), x.Text()))
		}
	}
	slices.Sort(out)
	return out
}

// lines is the sorted non-empty lines of a text.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}
