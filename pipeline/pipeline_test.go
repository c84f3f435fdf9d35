package pipeline_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"kith/identity"
	"kith/store"
)

// dump is the graph as sorted lines.
func (w *world) dump() []string {
	w.t.Helper()
	var lines []string
	if err := w.graph.Dump(context.Background(), func(l string) { lines = append(lines, l) }); err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

func (w *world) same(want []string, what string) {
	w.t.Helper()
	got := w.dump()
	if slices.Equal(got, want) {
		return
	}
	var extra, missing []string
	for _, l := range got {
		if !slices.Contains(want, l) {
			extra = append(extra, l)
		}
	}
	for _, l := range want {
		if !slices.Contains(got, l) {
			missing = append(missing, l)
		}
	}
	cut := func(list []string) string { return strings.Join(list[:min(len(list), 8)], "\n  ") }
	w.t.Fatalf("%s: the graph differs\n%d lines only here:\n  %s\n%d lines missing:\n  %s", what, len(extra), cut(extra), len(missing), cut(missing))
}

func (w *world) profile(key string) *store.Profile {
	w.t.Helper()
	k := identity.Key(key)
	found, err := w.graph.ProfilesByKey(context.Background(), []identity.Key{k}, store.Want{})
	if err != nil {
		w.t.Fatal(err)
	}
	return found[k]
}

func TestAnonymousHistoryJoinsThePersonOnLogin(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.send("web",
		`{"type":"page","messageId":"1","anonymousId":"a1","name":"Home","timestamp":"2026-01-01T10:00:00Z"}`,
		`{"type":"page","messageId":"2","anonymousId":"a2","name":"Home","timestamp":"2026-01-01T11:00:00Z"}`)
	w.settle()
	visitor := w.profile("anonymous_id:a1")
	if visitor == nil || visitor.Known {
		t.Fatalf("the visitor is %+v; want an unknown customer", visitor)
	}
	w.send("web", `{"type":"identify","messageId":"3","anonymousId":"a1","userId":"ada","traits":{"email":"Ada@Example.org","name":"Ada Byron"},"timestamp":"2026-01-01T12:00:00Z"}`)
	w.send("app", `{"type":"track","messageId":"4","anonymousId":"a2","userId":"ada","event":"Signed In","timestamp":"2026-01-01T13:00:00Z"}`)
	w.settle()
	ada := w.profile("user_id:ada")
	if ada == nil || !ada.Known || ada.DisplayName != "Ada Byron" {
		t.Fatalf("ada is %+v", ada)
	}
	for _, key := range []string{"anonymous_id:a1", "anonymous_id:a2", "email:ada@example.org"} {
		if p := w.profile(key); p == nil || p.ID != ada.ID {
			t.Errorf("%s belongs to %+v, want %s", key, p, ada.ID)
		}
	}
	if n := w.pipe.Stats().Merges.Load(); n == 0 {
		t.Error("no merge was counted")
	}
}

func TestAnEventCountsOnce(t *testing.T) {
	w := newWorld(t)
	w.start()
	calls := shop(60, 7)
	w.send("web", calls...)
	w.settle()
	want := w.dump()
	for range 3 {
		w.send("web", calls...)
	}
	w.settle()
	w.same(want, "sent four times")
	w.stop()
	w.start()
	w.send("web", calls[:20]...)
	w.settle()
	w.same(want, "and again after a restart")
	if n := w.pipe.Stats().Duplicates.Load(); n != 20 {
		t.Errorf("%d duplicates were counted, want 20", n)
	}
}

func TestOtherContentUnderAKnownMessageIDGoesToQuarantine(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.send("web", `{"type":"track","messageId":"1","userId":"u","event":"A"}`, `{"type":"track","messageId":"1","userId":"u","event":"B"}`)
	w.settle()
	w.send("web", `{"type":"track","messageId":"1","userId":"u","event":"C"}`)
	w.send("app", `{"type":"track","messageId":"1","userId":"u","event":"D"}`) // another source: another fact
	w.settle()
	page, err := w.journal.Quarantine().List(context.Background(), 10, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 2 || page.Items[0].Code != "message_id_conflict" {
		t.Errorf("quarantine holds %+v, want the two conflicts", page.Items)
	}
	if n := w.pipe.Stats().Events.Load(); n != 2 {
		t.Errorf("%d events were applied, want 2", n)
	}
}

// shop is a day of a small shop: visits, logins, shared devices, junk ids, late and corrected traits.
func shop(n int, seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	var calls []string
	at := func() string { return fmt.Sprintf("2026-01-%02dT%02d:%02d:00Z", 1+r.IntN(28), r.IntN(24), r.IntN(60)) }
	for i := range n {
		id := fmt.Sprintf("e%d", i)
		anon, user := fmt.Sprintf("a%d", r.IntN(12)), fmt.Sprintf("u%d", r.IntN(6))
		switch r.IntN(8) {
		case 0, 1, 2:
			calls = append(calls, fmt.Sprintf(`{"type":"page","messageId":%q,"anonymousId":%q,"timestamp":%q,"context":{"active":%t}}`, id, anon, at(), r.IntN(3) > 0))
		case 3:
			calls = append(calls, fmt.Sprintf(`{"type":"identify","messageId":%q,"anonymousId":%q,"userId":%q,"timestamp":%q,"traits":{"email":"%s@example.org","plan":%q}}`, id, anon, user, at(), user, []string{"free", "pro", "max"}[r.IntN(3)]))
		case 4:
			calls = append(calls, fmt.Sprintf(`{"type":"track","messageId":%q,"userId":%q,"event":"Order Completed","timestamp":%q,"context":{"traits":{"phone":"+4930123456%d"}}}`, id, user, at(), r.IntN(4)))
		case 5:
			calls = append(calls, fmt.Sprintf(`{"type":"group","messageId":%q,"userId":%q,"groupId":"g%d","timestamp":%q,"traits":{"name":"Group %d"}}`, id, user, r.IntN(2), at(), r.IntN(3)))
		case 6:
			calls = append(calls, fmt.Sprintf(`{"type":"alias","messageId":%q,"previousId":%q,"userId":%q,"timestamp":%q}`, id, anon, user, at()))
		case 7:
			calls = append(calls, fmt.Sprintf(`{"type":"identify","messageId":%q,"userId":"null","anonymousId":%q,"timestamp":%q,"traits":{"plan":null}}`, id, anon, at()))
		}
	}
	return calls
}

// Promise 3: the graph is a function of the set of facts.
func TestOrderDoesNotMatter(t *testing.T) {
	calls := shop(150, 42)
	w := newWorld(t)
	w.start()
	w.send("web", calls...)
	w.settle()
	want := w.dump()
	if len(want) < 200 {
		t.Fatalf("only %d lines: the scenario is too small to show anything", len(want))
	}
	for round := range 4 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			w := newWorld(t)
			w.start()
			r := rand.New(rand.NewPCG(uint64(round), 2))
			mixed := slices.Concat(calls, calls[:50]) // some twice
			r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
			for len(mixed) > 0 {
				n := min(len(mixed), 1+r.IntN(20))
				w.at = 1_760_000_000_000 // the facts carry the time they were received at
				w.send("web", mixed[:n]...)
				mixed = mixed[n:]
				if r.IntN(3) == 0 {
					w.settle()
				}
			}
			w.settle()
			w.same(want, "shuffled")
		})
	}
}
