package pipeline_test

import (
	"slices"
	"testing"

	"kith/identity"
)

// told follows what was published of a segment: nobody enters who is in, nobody leaves who is not, and who is in at the end
// is who is in. Of customers that merge the survivor is in when any of them was.
func (w *world) told(id string) {
	w.t.Helper()
	in := map[identity.CustomerID]bool{}
	for _, b := range w.changes() {
		for _, c := range b.Changes {
			switch {
			case c.Merged != nil:
				for _, absorbed := range c.Merged.Absorbed {
					if in[absorbed] {
						delete(in, absorbed)
						in[c.Merged.Customer] = true
					}
				}
			case c.Membership == nil || c.Membership.Segment != id:
			case c.Membership.Entered == in[c.Membership.Customer]:
				w.t.Errorf("%s: told that %s entered: %v, as it was", id, c.Membership.Customer, c.Membership.Entered)
			case c.Membership.Entered:
				in[c.Membership.Customer] = true
			default:
				delete(in, c.Membership.Customer)
			}
		}
	}
	members, _, err := w.graph.MemberIDs(w.t.Context(), id, 100_000)
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(members)
	if list := sortedIDs(in); !slices.Equal(list, members) {
		w.t.Errorf("%s: told was that %v are in; in are %v", id, list, members)
	}
}

func sortedIDs(in map[identity.CustomerID]bool) []identity.CustomerID {
	var out []identity.CustomerID
	for id := range in {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// TestNewRulesTellNothingThatIsNotSo: when identity rules change, who stays in a segment by another id neither leaves nor
// enters, who is gone left, and nobody enters on the strength of what is not known of others yet.
func TestNewRulesTellNothingThatIsNotSo(t *testing.T) {
	w := newWorld(t)
	w.start()
	const signed = `{"connected":{"through":"ACCOUNT","where":{"event":{"name":"Signed"}}}}`
	segments := []string{"seg_signed", "seg_near", "seg_far", "seg_few", "seg_seen"}
	w.segment("seg_signed", `{"event":{"name":"Signed"}}`)
	w.segment("seg_near", signed)
	w.segment("seg_far", `{"not":`+signed+`}`)
	w.segment("seg_few", `{"event":{"name":"Seen","atLeast":1,"atMost":1}}`)
	w.segment("seg_seen", `{"event":{"name":"Seen"}}`)
	card := func(id, field, who, number string) string {
		return `{"type":"identify","messageId":"` + id + `","` + field + `":"` + who + `","timestamp":"2026-02-01T10:00:00Z","traits":{"loyaltyNumber":"` + number + `"}}`
	}
	visitor := func(id, what, rest string) string {
		return `{"type":"` + what + `","messageId":"` + id + `","anonymousId":"a1","timestamp":"2026-02-01T10:00:00Z",` + rest + `}`
	}
	w.send("web", visitor("1", "group", `"groupId":"acme"`), visitor("2", "track", `"event":"Signed"`), visitor("3", "track", `"event":"Seen"`), card("4", "anonymousId", "a1", "L1"),
		group("5", "bob", "acme"), card("6", "userId", "dora", "L1"), did("7", "dora", "Seen"),
		group("8", "eve", "acme"), card("9", "userId", "eve", "L2"), did("10", "eve", "Seen"), did("11", "eve", "Seen"), card("12", "anonymousId", "a2", "L2"))
	w.quiet()
	was := map[string]int{}
	for _, id := range segments {
		w.told(id)
		was[id] = len(w.memberships(id))
	}
	w.in("seg_near", "user_id:bob", "user_id:eve")
	w.in("seg_few", "anonymous_id:a1", "user_id:dora")
	w.propose("traits: {loyaltyNumber: loyalty_card}") // the visitor is dora, the other one eve
	w.quiet()
	w.in("seg_near", "user_id:bob", "user_id:eve")
	w.in("seg_far", "user_id:dora")
	w.in("seg_signed", "user_id:dora")
	w.in("seg_few")
	for _, id := range segments {
		w.told(id)
	}
	more := map[string]int{"seg_few": 1, "seg_far": 1} // dora leaves, whoever of the two it was, and eve, where only the visitor was
	for _, id := range segments {
		if got := w.memberships(id); len(got) != was[id]+more[id] {
			t.Errorf("told of %s: %v; before it were %d", id, got, was[id])
		}
		was[id] = len(w.memberships(id))
	}
	w.propose("size: 1999") // and are not, after all
	w.quiet()
	w.in("seg_near", "user_id:bob", "user_id:eve")
	w.in("seg_signed", "anonymous_id:a1")
	w.in("seg_few", "anonymous_id:a1", "user_id:dora")
	bob := "+" + string(w.profile("user_id:bob").ID)
	if got := w.memberships("seg_far"); slices.Contains(got, bob) {
		t.Errorf("told of seg_far: %v, and bob is %s", got, bob)
	}
	for _, id := range segments {
		w.told(id)
	}
}
