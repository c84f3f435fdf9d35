package match

import "slices"

// Mute is the record without the ids, e-mail addresses and phone numbers whose key too many records hold: what is said
// to be too common to propose a pair is also too common to speak for one. It is r itself where that takes nothing away.
// crowded says that a key has more holders than its family's cap.
func (m *Model) Mute(r *Record, crowded func(Key) bool) *Record {
	muted := *r
	for i, ids := range r.ids {
		muted.ids[i] = without(ids, func(id string) bool { return crowded(idKey(id)) })
	}
	muted.emails = without(r.emails, func(e email) bool { return !e.role && crowded(emailKey(&e)) })
	muted.phones = without(r.phones, func(p phone) bool { return crowded(phoneKey(&p)) })
	same := len(muted.emails) == len(r.emails) && len(muted.phones) == len(r.phones)
	for i := range r.ids {
		same = same && len(muted.ids[i]) == len(r.ids[i])
	}
	if same {
		return r
	}
	return &muted
}

// without is the list less what is taken out, and the list itself where nothing is.
func without[T any](list []T, out func(T) bool) []T {
	if !slices.ContainsFunc(list, out) {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), out)
}

func idKey(id string) Key   { return Key{ByID, id} }
func emailKey(e *email) Key { return Key{ByEmail, e.local + "|" + e.domain} }
func phoneKey(p *phone) Key { return Key{ByPhone, p.tail} }
