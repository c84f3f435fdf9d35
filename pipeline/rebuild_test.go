package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"kith/customer"
	"kith/fault"
	"kith/identity"
	"kith/journal"
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
			call = fmt.Sprintf(`{"type":"identify",%s,"userId":%q,"traits":{"email":"%s@Example.org","name":"N%d","badge":%d}}`, head, user, user, r.IntN(3), r.IntN(4))
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
	w.settle()
	w.decide(identity.Decision{ID: "dec_1", Kind: "JOIN", A: keys("loyalty_card:L1", "user_id:u4"), By: "s", At: 1})
	w.decide(identity.Decision{ID: "dec_2", Kind: "JOIN", A: keys("card:L2", "user_id:u5"), By: "s", At: 2})
	w.decide(identity.Decision{ID: "dec_3", Kind: "PART", A: keys("user_id:u6"), B: keys("anonymous_id:a5", "phone:+43301234567"), By: "s", At: 3})
	w.decide(identity.Decision{ID: "dec_4", Kind: "JOIN", A: keys("badge:B1", "user_id:u6"), By: "s", At: 4})
	w.decide(identity.Decision{ID: "dec_5", Revokes: "dec_4", By: "s", At: 5})
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

// Promise 3: everything derived is a function of the facts and the rules, whatever the rules were before.
func TestNewRulesReadEveryCallAgain(t *testing.T) {
	a := dumpUnder(t, rulesA)
	b := dumpUnder(t, rulesB)
	other, class := dumpUnder(t, rulesOtherSources), dumpUnder(t, rulesOtherClass)
	if slices.Equal(a, b) || slices.Equal(a, other) || slices.Equal(a, class) {
		t.Fatal("the rules make no difference: the test shows nothing")
	}
	for _, batch := range []int{0, 7} {
		t.Run(fmt.Sprintf("pages of %d", batch), func(t *testing.T) {
			w := under(t, rulesA, batch)
			w.same(a, "under A")
			w.propose(rulesB)
			w.same(b, "from A to B")
			w.propose(rulesB)
			w.same(b, "B again")
			w.propose(rulesA)
			w.same(a, "and back to A")
			w.propose(rulesOtherClass)
			w.same(class, "browsers make a customer known")
			w.propose(rulesA)
			w.same(a, "and back to A again")
			w.propose(rulesOtherSources)
			w.same(other, "sources in another order")
			w.propose(rulesB)
			w.same(b, "and to B again")
		})
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

// Promise 3, for rules and facts at random.
func TestRulesAtRandom(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 9))
			list := []string{randomRules(r), randomRules(r), randomRules(r)}
			calls := till(120, 10+seed)
			fill := func(w *world) {
				w.start()
				w.send("web", calls...)
				w.send("crm", calls[40:100]...) // says the same again, as another source
				w.settle()
			}
			want := make([][]string, len(list))
			for i, text := range list {
				w := newWorld(t)
				w.rules = rules(t, text)
				fill(w)
				want[i] = w.dump()
				w.stop()
			}
			w := newWorld(t)
			w.rules, w.batch = rules(t, list[0]), 5+r.IntN(60)
			fill(w)
			for range 3 {
				i := r.IntN(len(list))
				w.propose(list[i])
				w.same(want[i], "under\n"+list[i])
			}
		})
	}
}

// A Kith that makes something else of the same rules than the one before reads everything again.
func TestOtherMeaningOfTheSameRules(t *testing.T) {
	b := dumpUnder(t, rulesB)
	w := under(t, rulesA, 0)
	w.stop()
	stored := rules(t, rulesB).Store([]byte(rulesB))
	w.behindItsBack(func(at *store.Write) {
		at.Rules = "olderolder"
		at.RulesText = []store.Row{{"version": at.Rules, "p": store.Row{"yaml": stored.YAML, "text": string(stored.Text), "at": int64(1)}}}
	})
	w.start()
	w.inOffice()
	w.same(b, "read again")
	if view, ok, err := w.graph.RulesInForce(context.Background()); err != nil || !ok || view.Version != rules(t, rulesB).Version() {
		t.Errorf("in force is %+v (%v)", view, err)
	}
}

// Events that come after the change meet a graph in which everything fits.
func TestEventsAfterNewRules(t *testing.T) {
	more := append(till(60, 4), shop(40, 5)...)
	want := under(t, rulesB, 0)
	want.send("web", more...)
	want.settle()
	b := want.dump()
	want.stop()
	w := under(t, rulesA, 0)
	w.propose(rulesB)
	w.send("web", more...)
	w.settle()
	w.same(b, "events under the new rules")
	w.rules = rules(t, rulesB)
	w.isWhole("after the events")
}

// Promises 1 and 2: wherever a change of the rules is broken off, it is ended as if nothing had happened.
func TestDyingWhileRulesChange(t *testing.T) {
	b := dumpUnder(t, rulesB)
	for _, step := range []string{
		"rebuild touchpoints", "rebuild identifiers", "rebuild links", "rebuild traits", "rebuild customers", "rebuild views", "rebuild accounts",
		"rebuild done", "before commit", "after commit", "after publish",
	} {
		t.Run(step, func(t *testing.T) {
			var armed, passed, deaths atomic.Int64
			w := newWorld(t)
			w.rules, w.batch = rules(t, rulesA), 12
			w.faults = func(at string) error {
				if armed.Load() == 0 || at != step {
					return nil
				}
				if n := passed.Add(1); n == 1 || n == 2 || n == 5 || n == 11 {
					deaths.Add(1)
					return fault.New("test", fault.Unavailable, "dies %s", step)
				}
				return nil
			}
			w.start()
			w.fill()
			armed.Store(1)
			w.propose(rulesB)
			armed.Store(0)
			w.same(b, "died at "+step)
			if deaths.Load() == 0 {
				t.Error("nothing died: the test shows nothing")
			}
			if _, pending, err := w.graph.PendingRules(context.Background()); err != nil || pending {
				t.Errorf("the change is still marked as under way (%v)", err)
			}
		})
	}
}

// A graph in the middle of a change is ended by whoever takes office, whatever rules it was started with and whether
// the journal still has the message or not.
func TestABrokenOffChangeIsEndedWithoutTheJournal(t *testing.T) {
	b := dumpUnder(t, rulesB)
	var broken atomic.Bool
	reached := make(chan struct{})
	w := newWorld(t)
	w.rules, w.batch = rules(t, rulesA), 12
	w.faults = func(at string) error {
		if at == "rebuild traits" && !broken.Swap(true) {
			close(reached)
		}
		if broken.Load() {
			return fault.New("test", fault.Unavailable, "dies")
		}
		return nil
	}
	w.start()
	w.fill()
	data, _ := json.Marshal(rules(t, rulesB).Store([]byte(rulesB)))
	if _, err := w.journal.Append(context.Background(), pipeline.KindRules, data); err != nil {
		t.Fatal(err)
	}
	<-reached
	w.stop()
	if slices.Equal(w.dump(), b) {
		t.Fatal("the change was not broken off: the test shows nothing")
	}
	if err := w.journal.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.journal, err = journal.Open(context.Background(), journal.Config{Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	w.faults, w.rules = nil, identity.DefaultRules()
	w.start()
	w.inOffice()
	w.same(b, "with an empty journal")
	if _, _, inForce, err := w.graph.Applied(context.Background()); err != nil || inForce != rules(t, rulesB).Version() {
		t.Errorf("in force is %s (%v)", inForce, err)
	}
}

// Stopping does not wait for a change of the rules to end.
func TestStoppingWhileRulesChange(t *testing.T) {
	b := dumpUnder(t, rulesB)
	reached, goOn := make(chan struct{}), make(chan struct{})
	var once atomic.Bool
	w := newWorld(t)
	w.rules, w.batch = rules(t, rulesA), 12
	w.faults = func(at string) error {
		if at == "rebuild links" && !once.Swap(true) {
			close(reached)
			<-goOn
		}
		return nil
	}
	w.start()
	w.fill()
	data, _ := json.Marshal(rules(t, rulesB).Store([]byte(rulesB)))
	if _, err := w.journal.Append(context.Background(), pipeline.KindRules, data); err != nil {
		t.Fatal(err)
	}
	<-reached
	stopping, cancel := context.WithCancel(context.Background())
	cancel()
	_ = w.pipe.Stop(stopping) // tells it to stop, and does not wait
	close(goOn)
	w.stop()
	if _, _, inForce, err := w.graph.Applied(context.Background()); err != nil || inForce != w.rules.Version() {
		t.Errorf("in force is %s (%v) though the change was stopped half way", inForce, err)
	}
	w.start()
	w.settle()
	w.inOffice()
	w.same(b, "stopped half way")
}

// Every change reaches the change stream: who follows it knows who is whose, and has been told of every customer that
// shows something else.
func TestNewRulesAreAnnounced(t *testing.T) {
	w := under(t, rulesA, 12)
	before := w.shown()
	head, err := w.journal.ChangeHead(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{rulesB, rulesA, rulesOtherSources} {
		w.propose(text)
		now := w.shown()
		told := w.toldAfter(head.Seq - 1)
		for id, is := range now {
			if was, existed := before[id]; (!existed || was != is) && !told[id] {
				t.Errorf("%s shows something else and nobody was told\nwas %s\nis  %s", id, was, is)
			}
		}
		for id := range before {
			if _, still := now[id]; !still && !told[id] {
				t.Errorf("%s is no more and nobody was told", id)
			}
		}
		before = now
		if head, err = w.journal.ChangeHead(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
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

// The forecast is what happens, and changes nothing.
func TestWhatNewRulesWouldChange(t *testing.T) {
	w := under(t, rulesA, 0)
	ctx := context.Background()
	before := w.dump()
	forecast, err := pipeline.Reresolve(ctx, w.graph, rules(t, rulesB))
	if err != nil {
		t.Fatal(err)
	}
	w.same(before, "after the forecast")
	_, was, err := w.graph.Everything(ctx)
	if err != nil {
		t.Fatal(err)
	}
	merges, splits := w.pipe.Stats().Merges.Load(), w.pipe.Stats().Splits.Load()
	w.propose(rulesB)
	merges, splits = w.pipe.Stats().Merges.Load()-merges, w.pipe.Stats().Splits.Load()-splits
	if int(merges) != len(forecast.Merges) || int(splits) != len(forecast.Splits) || merges+splits == 0 {
		t.Errorf("%d merges and %d splits were forecast, %d and %d made", len(forecast.Merges), len(forecast.Splits), merges, splits)
	}
	_, is, err := w.graph.Everything(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(was.Members) - len(forecast.Gone) + forecast.Found; n != len(is.Members) || forecast.Found == 0 || len(forecast.Gone) == 0 {
		t.Errorf("%d identifiers were forecast (%d found, %d gone), %d are there", n, forecast.Found, len(forecast.Gone), len(is.Members))
	}
	still, err := pipeline.Reresolve(ctx, w.graph, rules(t, rulesB))
	if err != nil || len(still.Moves)+len(still.Identifiers)+len(still.Gone)+still.Found > 0 {
		t.Errorf("the same rules would change %+v (%v)", still, err)
	}
}

// What cannot be decoded again, which no accepted call brings about, keeps its place and holds nothing up.
func TestADamagedTouchpointHoldsNothingUp(t *testing.T) {
	w := under(t, rulesA, 0)
	rows, err := w.graph.TouchpointsAfter(context.Background(), "", 1)
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	w.stop()
	p := maps.Clone(rows[0])
	p["extra"] = "["
	w.behindItsBack(func(at *store.Write) { at.Retold = []store.Row{{"id": p["id"], "p": p}} })
	w.start()
	w.propose(rulesB)
	after, err := w.graph.TouchpointsAfter(context.Background(), "", 1)
	if err != nil || after[0]["extra"] != "[" || after[0]["actor"] != rows[0]["actor"] {
		t.Errorf("the touchpoint is %v (%v)", after, err)
	}
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
