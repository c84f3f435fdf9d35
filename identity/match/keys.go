package match

import (
	"slices"
	"strconv"
	"strings"
)

// Family is a kind of blocking key.
type Family uint8

// The families, from narrow to broad.
const (
	ByID            Family = iota // an id, of whatever kind
	ByEmail                       // an e-mail address
	ByPhone                       // a phone number
	ByLocal                       // the local part of an e-mail address
	ByBirthdayName                // birthday and how one of the names begins
	ByBirthdayHouse               // birthday and house number
	ByNameYear                    // the sounds of both names and the year of birth
	ByNameMonthDay                // the sounds of both names, month and day of birth
	ByHouse                       // house number, street and the sound of the last name
	ByHouseFirst                  // house number, street and the sound of the first name
	ByNameMiddle                  // the sounds of both names and the middle initial
	ByName                        // both names
	BySounds                      // the sounds of both names
	ByPostalName                  // postal code and the sound of the last name

	families = iota
)

var familyNames = [families]string{
	"id", "email", "phone", "local", "birthdayName", "birthdayHouse",
	"nameYear", "nameMonthDay", "house", "houseFirst", "nameMiddle", "name", "sounds", "postalName",
}

func (f Family) String() string { return familyNames[f] }

// Key is a blocking key: records that share one are compared, unless more share it than its family's cap.
type Key struct {
	Family Family
	Value  string
}

// Cap is how many records may hold a key of the family before it proposes nothing at all.
func (m *Model) Cap(f Family) int { return m.caps[f] }

// CapOf is Cap of a key written as its family, a colon and its value; 0 for one of no family that there is.
func (m *Model) CapOf(key string) int {
	family, _, _ := strings.Cut(key, ":")
	if f := slices.Index(familyNames[:], family); f >= 0 {
		return m.caps[f]
	}
	return 0
}

// Keys are the blocking keys of a record, each once, in order.
func (m *Model) Keys(r *Record) []Key {
	k := keyer{m: m, keys: make([]Key, 0, 16)}
	for i := range r.ids {
		for _, id := range r.ids[i] {
			k.put(idKey(id))
		}
	}
	for i, f := range m.extra {
		for _, id := range r.extra[i] {
			if f.id {
				k.add(ByID, f.name, id)
			}
		}
	}
	for i := range r.emails {
		e := &r.emails[i]
		if e.role {
			continue
		}
		k.put(emailKey(e))
		if len(e.local) >= 5 {
			k.add(ByLocal, e.local)
		}
	}
	for i := range r.phones {
		k.put(phoneKey(&r.phones[i]))
	}
	k.names(r)
	slices.SortFunc(k.keys, func(a, b Key) int {
		if a.Family != b.Family {
			return int(a.Family) - int(b.Family)
		}
		return strings.Compare(a.Value, b.Value)
	})
	return slices.Compact(k.keys)
}

type keyer struct {
	m    *Model
	keys []Key
}

// maxKeys bounds the keys of one record; alternates multiply them.
const maxKeys = 64

func (k *keyer) add(f Family, parts ...string) { k.put(Key{f, strings.Join(parts, "|")}) }

func (k *keyer) put(key Key) {
	if k.m.caps[key.Family] > 0 && len(k.keys) < maxKeys {
		k.keys = append(k.keys, key)
	}
}

func (k *keyer) names(r *Record) {
	firsts, lasts := sounded(r.first), sounded(r.last)
	for i := range r.births {
		k.birthday(r, &r.births[i], append(firsts[:len(firsts):len(firsts)], lasts...))
	}
	for i := range r.addresses {
		k.address(&r.addresses[i], firsts, lasts)
	}
	for i := range r.first {
		for j := range r.last {
			f, l := r.first[i].plain, r.last[j].plain
			k.add(ByName, min(f, l), max(f, l))
		}
	}
	for _, l := range lasts {
		for _, f := range firsts {
			x, y := min(f, l), max(f, l)
			k.add(BySounds, x, y)
			for i := range r.births {
				if b := &r.births[i]; b.month && b.dayOf {
					k.add(ByNameMonthDay, x, y, unordered(b))
				}
			}
			k.both(r, x, y)
		}
		for _, f := range formal(r.first) {
			k.both(r, f, l)
		}
	}
}

// both adds the keys of both names with something else.
func (k *keyer) both(r *Record, x, y string) {
	for i := range r.middle {
		k.add(ByNameMiddle, x, y, r.middle[i].code[:1])
	}
	for i := range r.births {
		if r.births[i].year {
			k.add(ByNameYear, x, y, string(r.births[i].day[:4]))
		}
	}
}

func (k *keyer) birthday(r *Record, b *birth, names []string) {
	if !b.year || !b.month || !b.dayOf {
		return
	}
	date := string(b.day[:4]) + unordered(b)
	for _, s := range names {
		k.add(ByBirthdayName, date, s[:1])
	}
	for i := range r.addresses {
		if n := digitsOf(r.addresses[i].number); n != "" {
			k.add(ByBirthdayHouse, date, n)
		}
	}
}

func (k *keyer) address(a *address, firsts, lasts []string) {
	if street := a.street[:min(len(a.street), 6)]; a.number != "" && street != "" {
		for _, s := range lasts {
			k.add(ByHouse, digitsOf(a.number), street, s[:min(len(s), 3)])
		}
		for _, s := range firsts {
			k.add(ByHouseFirst, digitsOf(a.number), street, s[:min(len(s), 3)])
		}
	}
	if a.postal != "" {
		for _, s := range lasts {
			k.add(ByPostalName, a.postal, s)
		}
	}
}

// formal is the formal names that first names may stand for, by number.
func formal(names []name) []string {
	var out []string
	for i := range names {
		for _, n := range names[i].nick[:min(len(names[i].nick), 2)] {
			if len(out) < 3 {
				out = append(out, strconv.Itoa(int(n)))
			}
		}
	}
	return out
}

// unordered is day and month, the smaller first: the same for both readings and for those who swapped them.
func unordered(b *birth) string {
	month, day := string(b.day[4:6]), string(b.day[6:])
	return min(month, day) + max(month, day)
}

// sounded is the sounds of names; of compounds also that of the first of them.
func sounded(names []name) []string {
	out := make([]string, 0, 2)
	put := func(s string) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for i := range names {
		n := &names[i]
		if n.initial {
			continue
		}
		put(n.sound)
		for _, part := range n.parts[:min(len(n.parts), 3)] {
			put(sound(part))
		}
	}
	return out
}
