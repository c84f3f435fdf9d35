package pipeline_test

import (
	"fmt"
	"slices"
	"testing"

	"kith/identity"
)

func group(id, user, account string) string {
	return fmt.Sprintf(`{"type":"group","messageId":%q,"userId":%q,"groupId":%q,"timestamp":"2026-02-01T10:00:00Z"}`, id, user, account)
}

func did(id, user, name string) string {
	return fmt.Sprintf(`{"type":"track","messageId":%q,"userId":%q,"event":%q,"timestamp":"2026-02-01T10:00:00Z"}`, id, user, name)
}

// TestOwnEventsLeaveConnectionsAsTheyAre: what somebody does, and whom it is merged with, changes nothing about what its
// colleagues meet.
func TestOwnEventsLeaveConnectionsAsTheyAre(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.segment("seg_both", `{"all":[{"event":{"name":"Seen"}},{"connected":{"through":"ACCOUNT","where":{"event":{"name":"Signed"}}}}]}`)
	w.segment("seg_alone", `{"all":[{"event":{"name":"Seen"}},{"not":{"connected":{"through":"ACCOUNT","where":{"event":{"name":"Signed"}}}}}]}`)
	w.send("web", group("1", "ada", "acme"), group("2", "bob", "acme"), did("3", "ada", "Signed"))
	w.quiet()
	w.send("web", did("4", "bob", "Seen"))
	w.quiet()
	w.in("seg_both", "user_id:bob")
	w.send("web", did("5", "bob", "Seen"))
	w.quiet()
	w.in("seg_both", "user_id:bob")
	w.send("web", `{"type":"identify","messageId":"6","anonymousId":"a1","userId":"bob","timestamp":"2026-02-02T10:00:00Z"}`)
	w.quiet()
	w.in("seg_both", "user_id:bob")
	w.in("seg_alone")
	bob := string(w.profile("user_id:bob").ID)
	if got := w.memberships("seg_both"); !slices.Equal(got, []string{"+" + bob}) {
		t.Errorf("told of seg_both: %v, bob is %s", got, bob)
	}
	if got := w.memberships("seg_alone"); len(got) != 0 {
		t.Errorf("told of seg_alone: %v", got)
	}
}

// TestConnectionsOfANewCustomerAreSeenAtOnce: nobody enters, not even for a moment, on the strength of connections that are
// not looked at yet, and nobody leaves with an id that another takes over.
func TestConnectionsOfANewCustomerAreSeenAtOnce(t *testing.T) {
	w := newWorld(t)
	w.start()
	const signed = `{"connected":{"through":"ACCOUNT","where":{"event":{"name":"Signed"}}}}`
	w.segment("seg_near", signed)
	w.segment("seg_far", `{"not":`+signed+`}`)
	w.segment("seg_refers", `{"all":[{"not":{"segment":"seg_near"}},{"event":{"name":"Seen"}}]}`)
	w.send("web", group("1", "ada", "acme"), did("2", "ada", "Signed"))
	w.quiet()
	// A visitor and a user at the account, and somebody who is not.
	w.send("web", group("3", "bob", "acme"), did("4", "bob", "Seen"), did("5", "cleo", "Seen"),
		`{"type":"group","messageId":"6","anonymousId":"a1","groupId":"acme","timestamp":"2026-02-01T10:00:00Z"}`)
	w.quiet()
	w.in("seg_near", "anonymous_id:a1", "user_id:bob")
	w.in("seg_far", "user_id:ada", "user_id:cleo")
	w.in("seg_refers", "user_id:cleo")
	visitor := string(w.profile("anonymous_id:a1").ID)
	bob, cleo := string(w.profile("user_id:bob").ID), string(w.profile("user_id:cleo").ID)
	if got := w.memberships("seg_far"); slices.Contains(got, "+"+bob) || slices.Contains(got, "+"+visitor) {
		t.Errorf("told of seg_far: %v; bob is %s, the visitor %s", got, bob, visitor)
	}
	if got := w.memberships("seg_refers"); !slices.Equal(got, []string{"+" + cleo}) {
		t.Errorf("told of seg_refers: %v", got)
	}
	told := len(w.memberships("seg_near"))
	// The visitor is cleo: it is hers that it was in, and she leaves where it was not.
	w.send("web", `{"type":"identify","messageId":"7","anonymousId":"a1","userId":"cleo","timestamp":"2026-02-02T10:00:00Z"}`)
	w.quiet()
	w.in("seg_near", "user_id:bob", "user_id:cleo")
	w.in("seg_refers")
	if got := w.memberships("seg_near"); len(got) != told {
		t.Errorf("told of seg_near: %v, after the first %d nothing was to be told", got, told)
	}
	if got := w.memberships("seg_refers"); !slices.Equal(got, []string{"+" + cleo, "-" + cleo}) {
		t.Errorf("told of seg_refers: %v", got)
	}
	// And is not, after all: a second user makes the visitor SHARED, in no segment, and nobody's colleague.
	w.send("web", `{"type":"identify","messageId":"8","anonymousId":"a1","userId":"dora","timestamp":"2026-02-03T10:00:00Z"}`)
	w.quiet()
	w.in("seg_near", "user_id:bob")
	w.in("seg_refers", "user_id:cleo")
}

// TestConnectionsOfANewSegmentAreKnownFirst: a segment over what connected customers meet is filled when that is known of
// all of them, and nobody enters on the strength of what is not known yet.
func TestConnectionsOfANewSegmentAreKnownFirst(t *testing.T) {
	w := newWorld(t)
	w.start()
	var calls []string
	var signed []string
	for n := range 20 {
		account := fmt.Sprintf("g%02d", n)
		calls = append(calls, group(fmt.Sprintf("a%d", n), "a"+account, account), group(fmt.Sprintf("b%d", n), "b"+account, account))
		if n%2 == 0 {
			calls = append(calls, did(fmt.Sprintf("s%d", n), "a"+account, "Signed"))
			signed = append(signed, "b"+account)
		}
	}
	w.send("web", calls...)
	w.settle()
	const colleague = `{"connected":{"through":"ACCOUNT","where":{"event":{"name":"Signed"}}}}`
	w.segment("seg_far", `{"not":`+colleague+`}`)
	// Whose colleague has one who signed: oneself, then.
	w.segment("seg_twice", `{"not":{"connected":{"through":"ACCOUNT","where":{"not":`+colleague+`}}}}`)
	w.quiet()
	if got := len(w.members("seg_far")); got != 40-len(signed) {
		t.Errorf("%d are in seg_far, want %d", got, 40-len(signed))
	}
	if got := len(w.memberships("seg_far")); got != 40-len(signed) {
		t.Errorf("%d entered or left seg_far, want %d", got, 40-len(signed))
	}
	if got := len(w.members("seg_twice")); got != len(signed) {
		t.Errorf("%d are in seg_twice, want %d", got, len(signed))
	}
	if got := len(w.memberships("seg_twice")); got != len(signed) {
		t.Errorf("%d entered or left seg_twice, want %d", got, len(signed))
	}
}

// TestWhoIsBlockedIsNobodysColleague: an identifier that turns out to be junk connects nobody, whether its customer goes
// with it or stays.
func TestWhoIsBlockedIsNobodysColleague(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.segment("seg_colleague", `{"connected":{"through":"ACCOUNT","where":{"event":{"name":"Signed"}}}}`)
	w.send("web", group("1", "ada", "acme"), group("2", "bob", "acme"), did("3", "ada", "Signed"),
		group("4", "cleo", "initech"), group("5", "dora", "initech"),
		`{"type":"track","messageId":"6","anonymousId":"a1","event":"Signed","timestamp":"2026-02-01T10:00:00Z"}`,
		`{"type":"identify","messageId":"7","anonymousId":"a1","userId":"cleo","timestamp":"2026-02-02T10:00:00Z"}`)
	w.quiet()
	w.in("seg_colleague", "user_id:bob", "user_id:dora")
	w.mark("dec_1", identity.MarkBlocked, "user_id:ada", 1)
	w.quiet()
	w.in("seg_colleague", "user_id:dora")
	w.mark("dec_2", identity.MarkBlocked, "user_id:cleo", 2) // the visitor stays, and signed
	w.quiet()
	w.in("seg_colleague")
}

// TestWhatManyMeetConnectsOnlyOthers: somebody who alone signed has no colleague who did, and gets one with the second; the
// third and fourth change nothing for anybody, in whatever transaction they come, until only one is left again.
func TestWhatManyMeetConnectsOnlyOthers(t *testing.T) {
	w := newWorld(t)
	clock := w.stopped("2026-03-01T12:00:00Z")
	w.start()
	w.segment("seg_colleague", `{"connected":{"through":"ACCOUNT","where":{"event":{"name":"Signed","within":"P1D"}}}}`)
	signed := func(id, user, at string) string {
		return fmt.Sprintf(`{"type":"track","messageId":%q,"userId":%q,"event":"Signed","timestamp":"2026-03-01T%s:00Z"}`, id, user, at)
	}
	w.send("web", group("1", "ada", "acme"), group("2", "bob", "acme"), group("3", "cleo", "acme"), group("4", "dora", "acme"), group("5", "eve", "acme"))
	w.quiet()
	all := []string{"user_id:ada", "user_id:bob", "user_id:cleo", "user_id:dora", "user_id:eve"}
	w.send("web", signed("6", "ada", "08:00"))
	w.quiet()
	w.in("seg_colleague", all[1:]...)
	w.send("web", signed("7", "bob", "09:00"), signed("8", "cleo", "10:00")) // at once
	w.quiet()
	w.in("seg_colleague", all...)
	told := len(w.memberships("seg_colleague"))
	w.send("web", signed("9", "dora", "10:00"))
	w.quiet()
	w.in("seg_colleague", all...)
	clock.Add(int64(20*3600_000) + 1) // ada's is too old
	w.quiet()
	w.in("seg_colleague", all...)
	if got := w.memberships("seg_colleague"); len(got) != told {
		t.Errorf("told of %v, %d were to be", got, told)
	}
	clock.Add(3600_000) // bob's
	w.quiet()
	w.in("seg_colleague", all...)
	clock.Add(3600_000) // cleo's and dora's, at once
	w.quiet()
	w.in("seg_colleague")
	w.told("seg_colleague")
}

// TestAFullHouseholdConnectsNobody: where more than twenty live it is a home or a placeholder, in segments as in what is
// shown of customers; with those who move in and out that changes for everybody.
func TestAFullHouseholdConnectsNobody(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.segment("seg_home", `{"connected":{"through":"HOUSEHOLD","where":{"event":{"name":"Signed"}}}}`)
	n := 0
	lives := func(user int, street string) string {
		n++
		return fmt.Sprintf(`{"type":"identify","messageId":"l%d","userId":"u%02d","timestamp":"2026-02-01T10:00:%02dZ","traits":{"firstName":"A%d","lastName":"Byron","address":{"street":%q,"city":"London","postalCode":"NW1"}}}`, n, user, n, user, street)
	}
	var calls, most []string
	for user := range 20 {
		calls = append(calls, lives(user, "1 Baker Street"))
		if user > 0 {
			most = append(most, fmt.Sprintf("user_id:u%02d", user))
		}
	}
	w.send("web", append(calls, did("s", "u00", "Signed"))...)
	w.quiet()
	w.in("seg_home", most...)
	w.send("web", lives(20, "1 Baker Street")) // the twenty-first
	w.quiet()
	w.in("seg_home")
	w.send("web", lives(21, "1 Baker Street"), lives(22, "1 Baker Street"), did("s2", "u22", "Signed"))
	w.quiet()
	w.in("seg_home")
	w.send("web", lives(20, "2 Baker Street"), lives(21, "3 Baker Street"), lives(22, "4 Baker Street"))
	w.quiet()
	w.in("seg_home", most...)
	w.send("web", lives(20, "1 Baker Street"), lives(21, "1 Baker Street")) // two at once
	w.quiet()
	w.in("seg_home")
	w.told("seg_home")
}

// TestJoiningALargeAccountIsOnesOwnAffair: who comes to an account and meets nothing that others may ask for is looked at, and
// not everybody there.
func TestJoiningALargeAccountIsOnesOwnAffair(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.segment("seg_colleague", `{"connected":{"through":"ACCOUNT","where":{"event":{"name":"Signed"}}}}`)
	var calls, all []string
	for n := range 150 {
		calls = append(calls, group(fmt.Sprint("g", n), fmt.Sprintf("u%03d", n), "acme"))
		all = append(all, fmt.Sprintf("user_id:u%03d", n))
	}
	w.send("web", calls[:140]...)
	w.quiet()
	before := w.pipe.Stats().Clocked.Load()
	for _, call := range calls[140:] {
		w.send("web", call)
		w.quiet()
	}
	if looked := w.pipe.Stats().Clocked.Load() - before; looked > 40 {
		t.Errorf("%d were looked at for 10 who came to an account", looked)
	}
	w.send("web", did("s1", "u000", "Signed"), did("s2", "u001", "Signed"), did("s3", "u002", "Signed"))
	w.quiet()
	w.in("seg_colleague", all...)
	before = w.pipe.Stats().Clocked.Load()
	for n := 10; n < 20; n++ {
		w.send("web", did(fmt.Sprint("t", n), fmt.Sprintf("u%03d", n), "Signed"))
		w.quiet()
	}
	if looked := w.pipe.Stats().Clocked.Load() - before; looked > 40 {
		t.Errorf("%d were looked at for 10 of whom nobody saw anything new", looked)
	}
	w.in("seg_colleague", all...)
}
