package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"kith/customer"
	"kith/identity"
	"kith/pipeline"
	"kith/store"
)

// Two versions of the rules under which the same calls say something else in every way there is: values that are
// blocked under one alone, traits that are identifiers, how a phone number reads, an identifier that is SHARED by mark,
// which source is believed.
const (
	rulesA = `
traits: {loyaltyNumber: loyalty_card, badge: badge}
phone_country: DE
blocked: {keys: ["user_id:u0"]}
shared: ["anonymous_id:a0"]
sources: [web, crm]
types: {loyalty_card: {class: strong, limit: 3}}
`
	rulesB = `
traits: {loyaltyNumber: card, voucher: voucher}
phone_country: AT
blocked: {keys: ["user_id:u1", "anonymous_id:a1"], patterns: ['^u2@']}
shared: ["anonymous_id:a2", "user_id:u3"]
sources: [crm, web]
`
	rulesOtherClass = `
traits: {loyaltyNumber: loyalty_card, badge: badge}
phone_country: DE
blocked: {keys: ["user_id:u0"]}
shared: ["anonymous_id:a0"]
sources: [web, crm]
types: {loyalty_card: {class: strong, limit: 3}, anonymous_id: {class: custom}}
`
	rulesOtherSources = `
traits: {loyaltyNumber: loyalty_card, badge: badge}
phone_country: DE
blocked: {keys: ["user_id:u0"]}
shared: ["anonymous_id:a0"]
sources: [crm, web]
types: {loyalty_card: {class: strong, limit: 3}}
`
)

func rules(t testing.TB, text string) *identity.Rules {
	t.Helper()
	r, err := identity.ParseRules([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// propose puts a version of the rules into the journal and waits until it is in force.
func (w *world) propose(text string) {
	w.t.Helper()
	data, err := json.Marshal(rules(w.t, text).Store([]byte(text)))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.journal.Append(context.Background(), pipeline.KindRules, data); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	w.inOffice()
}

// till is a chain of shops: loyalty cards and badges as traits, phone numbers as people write them, a CRM and a website
// that contradict each other, companies with switchboards, junk.
func till(n int, seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 3))
	at := func() string { return fmt.Sprintf("2026-01-%02dT%02d:%02d:00Z", 1+r.IntN(28), r.IntN(24), r.IntN(60)) }
	phone := func() string {
		return []string{"030 1234567", "+49 30 1234568", "0664 1234569", "01 5131234"}[r.IntN(4)]
	}
	calls := make([]string, 0, n)
	for i := range n {
		user, anon := fmt.Sprintf("u%d", r.IntN(7)), fmt.Sprintf("a%d", r.IntN(9))
		head := fmt.Sprintf(`"messageId":"t%d-%d","timestamp":%q`, seed, i, at())
		var call string
		switch r.IntN(9) {
		case 0:
			call = fmt.Sprintf(`{"type":"identify",%s,"userId":%q,"anonymousId":%q,"traits":{"loyaltyNumber":"L%d","plan":"p%d","phone":%q}}`, head, user, anon, r.IntN(6), r.IntN(3), phone())
		case 1:
			call = fmt.Sprintf(`{"type":"identify",%s,"userId":%q,"traits":{"email":"%s@Example.org","name":"N%d","lastName":"Long","address":{"street":"%d Lane","postalCode":"12345"},"badge":%d}}`, head, user, user, r.IntN(3), r.IntN(3), r.IntN(4))
		case 2:
			call = fmt.Sprintf(`{"type":"track",%s,"anonymousId":%q,"event":"Paid","context":{"active":%t,"traits":{"loyaltyNumber":%d,"voucher":"V%d"}}}`, head, anon, r.IntN(2) > 0, r.IntN(5), r.IntN(9))
		case 3:
			call = fmt.Sprintf(`{"type":"group",%s,"userId":%q,"anonymousId":%q,"groupId":"g%d","traits":{"name":"G%d","phone":%q}}`, head, user, anon, r.IntN(3), r.IntN(2), phone())
		case 4:
			call = fmt.Sprintf(`{"type":"alias",%s,"userId":%q,"previousId":%q}`, head, user, anon)
		case 5:
			call = fmt.Sprintf(`{"type":"identify",%s,"anonymousId":%q,"userId":"null","traits":{"plan":null,"phone":%q}}`, head, anon, phone())
		case 6:
			call = fmt.Sprintf(`{"type":"track",%s,"userId":%q,"event":"Called","context":{"traits":{"phone":%q,"badge":"B%d","plan":"p9"}}}`, head, user, phone(), r.IntN(4))
		default:
			call = fmt.Sprintf(`{"type":"page",%s,"anonymousId":%q,"userId":%q,"name":"Till","context":{"active":%t}}`, head, anon, user, r.IntN(2) > 0)
		}
		calls = append(calls, call)
	}
	return calls
}

// fill sends the same facts every time: calls of two sources and decisions, some about identifiers that only one of the
// rules finds.
func (w *world) fill() {
	w.t.Helper()
	w.send("web", till(90, 1)...)
	w.send("crm", till(60, 2)...)
	w.records("till",
		crm("a", 1, `"traits":{"firstName":"Ada","lastName":"Byron","birthday":"1815-12-10","email":"u1@x.org","loyaltyNumber":"L1","phone":"0151 2345678"}`),
		crm("b", 2, `"traits":{"firstName":"Ada","lastName":"Byron","birthday":"1815-12-10","loyaltyNumber":"L2","phone":"0151 2345678"}`),
		crm("c", 3, `"traits":{"firstName":"Charles","lastName":"Babbage","email":"u2@x.org","loyaltyNumber":"L1","address":{"street":"1 Lane","postalCode":"12345"}},"identifiers":[{"type":"card","value":"778"}]`),
		crm("d", 3, `"deleted":true`))
	w.settle()
	w.decide(identity.Decision{ID: "dec_1", Kind: "JOIN", A: keys("loyalty_card:L1", "user_id:u4"), By: "s", At: 1})
	w.decide(identity.Decision{ID: "dec_2", Kind: "JOIN", A: keys("card:L2", "user_id:u5"), By: "s", At: 2})
	w.decide(identity.Decision{ID: "dec_3", Kind: "PART", A: keys("user_id:u6"), B: keys("anonymous_id:a5", "phone:+43301234567"), By: "s", At: 3})
	w.decide(identity.Decision{ID: "dec_4", Kind: "JOIN", A: keys("badge:B1", "user_id:u6"), By: "s", At: 4})
	w.decide(identity.Decision{ID: "dec_5", Revokes: "dec_4", By: "s", At: 5})
	w.decide(identity.Decision{ID: "dec_6", Kind: "SHARED", A: keys("card:L3", "anonymous_id:a7"), By: "s", At: 6})
	w.decide(identity.Decision{ID: "dec_7", Kind: "BLOCKED", A: keys("email:u5@example.org", "badge:B2"), By: "s", At: 7})
	w.decide(identity.Decision{ID: "dec_8", Kind: "PERSONAL", A: keys("anonymous_id:a6", "loyalty_card:L4"), By: "s", At: 8})
	w.send("web", till(20, 3)...)
	w.settle()
}

// under is a world that has been under these rules from the beginning.
func under(t *testing.T, text string, batch int) *world {
	w := newWorld(t)
	w.rules, w.batch = rules(t, text), batch
	w.start()
	w.fill()
	return w
}

// dumpUnder is the graph of a world that has been under these rules from the beginning, and is over.
func dumpUnder(t *testing.T, text string) []string {
	w := under(t, text, 0)
	defer w.stop()
	return w.dump()
}

// shown is what every customer shows: its node, its identifiers, and its touchpoints.
func (w *world) shown() map[identity.CustomerID]string {
	w.t.Helper()
	ctx := context.Background()
	out := map[identity.CustomerID]string{}
	views, err := w.graph.CustomersAfter(ctx, "", 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	rows, err := w.graph.TouchpointsAfter(ctx, "", 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	timeline := map[string][]string{}
	for _, r := range rows {
		timeline[r["actor"].(string)] = append(timeline[r["actor"].(string)], r["id"].(string))
	}
	for _, v := range views {
		whole, err := w.graph.Customers(ctx, []identity.CustomerID{v.ID})
		if err != nil {
			w.t.Fatal(err)
		}
		text, _ := json.Marshal(v.View)
		var members, touchpoints []string
		for _, m := range whole[v.ID].Members {
			members = append(members, string(m.Key)+" "+m.Traits)
			touchpoints = append(touchpoints, timeline[string(m.Key)]...)
		}
		slices.Sort(members)
		slices.Sort(touchpoints)
		out[v.ID] = string(text) + "\n" + strings.Join(members, "\n") + "\n" + strings.Join(touchpoints, " ")
	}
	return out
}

// toldAfter is the customers that changes behind a sequence speak of.
func (w *world) toldAfter(seq uint64) map[identity.CustomerID]bool {
	w.t.Helper()
	ctx := context.Background()
	head, err := w.journal.ChangeHead(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	told := map[identity.CustomerID]bool{}
	for reader := w.journal.Changes(seq); reader.After() < head.Seq-1; {
		m, err := reader.Next(ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		var b customer.Batch
		if err := json.Unmarshal(m.Data, &b); err != nil {
			w.t.Fatal(err)
		}
		for _, c := range b.Changes {
			switch {
			case c.Changed != nil:
				told[c.Changed.Customer] = true
			case c.Merged != nil:
				for _, id := range c.Merged.Absorbed {
					told[id] = true
				}
			case c.Split != nil:
				for _, p := range c.Split.Created {
					told[p.Customer] = true
				}
			case c.Moved != nil:
				told[c.Moved.From], told[c.Moved.To] = true, true
			}
		}
	}
	return told
}

// behindItsBack writes to the graph while no pipeline runs.
func (w *world) behindItsBack(change func(*store.Write)) {
	w.t.Helper()
	ctx := context.Background()
	lease, ok, err := w.graph.Acquire(ctx, "behind its back", 1000)
	if err != nil || !ok {
		w.t.Fatal(ok, err)
	}
	at := store.Write{Epoch: lease.Epoch, Was: lease.Applied, Applied: lease.Applied, Tx: lease.Tx + 1, Rules: lease.Rules, Journal: lease.Journal}
	change(&at)
	if err := w.graph.Apply(ctx, at); err != nil {
		w.t.Fatal(err)
	}
	if err := w.graph.Release(ctx, lease); err != nil {
		w.t.Fatal(err)
	}
}

// randomRules is a version of the rules out of everything that changes what calls say or who is who.
func randomRules(r *rand.Rand) string {
	some := func(of ...string) string {
		return "[" + strings.Join(slices.DeleteFunc(of, func(string) bool { return r.IntN(3) > 0 }), ", ") + "]"
	}
	traits := slices.DeleteFunc([]string{"loyaltyNumber: loyalty_card", "badge: badge", "voucher: badge", "plan: plan"}, func(string) bool { return r.IntN(2) > 0 })
	return fmt.Sprintf("size: %d\ntraits: {%s}\nphone_country: %q\nblocked: {keys: %s, values: %s, patterns: %s}\nshared: %s\npersonal: %s\nsources: %s\nshare: {exclusive: %d}\n",
		[]int{6, 40, 2000}[r.IntN(3)], strings.Join(traits, ", "), []string{"", "DE", "AT"}[r.IntN(3)],
		some(`"user_id:u0"`, `"user_id:u1"`, `"anonymous_id:a1"`, `"email:u2@example.org"`), some("L1", "B2", "u6"), some("'^V[0-4]'", "'@example'"),
		some(`"anonymous_id:a3"`, `"user_id:u3"`, `"phone:+49301234568"`), some(`"anonymous_id:a4"`, `"badge:B0"`),
		[]string{"[web, crm]", "[crm]", "[]"}[r.IntN(3)], 1+r.IntN(3))
}
