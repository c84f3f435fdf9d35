package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"kith/customer"
	"kith/event"
	"kith/feed"
	"kith/identity"
	"kith/wire"
)

// isWhole checks that what is stored is what resolving everything stored would come to.
func (w *world) isWhole(when string) {
	w.t.Helper()
	all, stored, err := w.graph.Everything(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	d := identity.Resolve(w.rules, all).Against(w.graph.WorkspaceKey(), stored)
	if len(d.Identifiers)+len(d.Gone)+len(d.Links)+len(d.Moves)+len(d.Customers)+len(d.Retired) > 0 {
		w.t.Fatalf("%s: resolved as a whole it differs: identifiers %v, gone %v, links %v, moves %v, customers %v", when, d.Identifiers, d.Gone, d.Links, d.Moves, d.Customers)
	}
}

// moves is every Moved of the change stream, as the ids that moved and where to.
func (w *world) moves() (out []customer.Moved) {
	w.t.Helper()
	ctx := context.Background()
	head, err := w.journal.ChangeHead(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	for reader := w.journal.Changes(0); reader.After() < head.Seq-1; {
		m, err := reader.Next(ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		var b customer.Batch
		if err := json.Unmarshal(m.Data, &b); err != nil {
			w.t.Fatal(err)
		}
		for _, c := range b.Changes {
			if c.Moved != nil {
				out = append(out, *c.Moved)
			}
		}
	}
	return out
}

func (w *world) mark(id string, mark identity.Mark, k identity.Key, at int) {
	w.t.Helper()
	w.decide(identity.Decision{ID: id, Kind: mark.String(), A: keys(k), By: "steward", At: event.Millis(at)})
}

func TestMarksHoldAndCanBeTakenBack(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.send("web",
		`{"type":"identify","messageId":"1","userId":"ada","anonymousId":"a","traits":{"email":"ada@example.org","name":"Ada"},"timestamp":"2026-01-01T00:00:00Z"}`,
		`{"type":"identify","messageId":"2","userId":"bob","anonymousId":"tablet","traits":{"email":"bob@example.org"},"timestamp":"2026-01-01T00:00:00Z"}`,
		`{"type":"page","messageId":"3","userId":"eve","anonymousId":"tablet","timestamp":"2026-01-01T00:00:00Z"}`)
	w.settle()
	want := facts(w.dump())
	ada, bob := w.profile("user_id:ada").ID, w.profile("user_id:bob").ID
	if shared := w.profile("anonymous_id:tablet"); shared.ID == bob || !shared.Shared {
		t.Fatalf("a tablet of two people is %+v", shared)
	}

	w.mark("dec_1", identity.MarkBlocked, "email:ada@example.org", 1)
	if p := w.profile("email:ada@example.org"); p != nil {
		t.Errorf("a BLOCKED e-mail is of %s", p.ID)
	}
	w.mark("dec_2", identity.MarkPersonal, "anonymous_id:tablet", 2)
	if p := w.profile("anonymous_id:tablet"); p.ID != bob && p.ID != w.profile("user_id:eve").ID {
		t.Errorf("a PERSONAL tablet is of %s", p.ID)
	}
	w.mark("dec_3", identity.MarkShared, "email:bob@example.org", 3)
	if p := w.profile("email:bob@example.org"); p.ID == bob || !p.Shared {
		t.Errorf("a SHARED e-mail is of %s", p.ID)
	}
	// Later calls do not undo what the steward said.
	w.send("web", `{"type":"page","messageId":"4","userId":"ada","traits":{"email":"ada@example.org"},"timestamp":"2026-01-02T00:00:00Z"}`)
	w.settle()
	if p := w.profile("email:ada@example.org"); p != nil {
		t.Errorf("a later call gave the BLOCKED e-mail to %s", p.ID)
	}
	w.isWhole("after three marks")

	// The newest mark counts; when it is taken back, the one before does.
	w.mark("dec_4", identity.MarkPersonal, "email:ada@example.org", 4)
	if p := w.profile("email:ada@example.org"); p == nil || p.ID != ada {
		t.Errorf("the newer mark does not count: %+v", p)
	}
	w.mark("dec_0", identity.MarkShared, "email:ada@example.org", 0) // older than both, whenever it comes
	w.decide(identity.Decision{ID: "dec_5", Revokes: "dec_4", By: "steward", At: 5})
	if p := w.profile("email:ada@example.org"); p != nil {
		t.Errorf("the mark before does not count again: the e-mail is of %s", p.ID)
	}

	// Whoever watched the e-mail is told that it is nobody's, and nobody else is told anything of the kind.
	nobody := 0
	for _, m := range w.moves() {
		if m.To == "" {
			nobody++
			if own := identity.CustomerIDOf(w.graph.WorkspaceKey(), "email:ada@example.org"); m.From != ada || len(m.IDs) != 1 || m.IDs[0] != own {
				t.Errorf("%+v stand for nobody, want %s of %s", m, own, ada)
			}
		}
	}
	if nobody != 2 {
		t.Errorf("%d times something was said to stand for nobody, want 2", nobody)
	}

	// The same decision again, as after a restored backup or a replay, is nothing new.
	w.mark("dec_3", identity.MarkShared, "email:bob@example.org", 3)
	for i, id := range []string{"dec_0", "dec_1", "dec_2", "dec_3"} {
		w.decide(identity.Decision{ID: fmt.Sprint("dec_9", i), Revokes: id, By: "steward", At: 9})
	}
	w.mark("dec_3", identity.MarkShared, "email:bob@example.org", 3) // nor does it come back
	if n, err := w.journal.DeadLetters().Count(context.Background()); err != nil || n.Items > 0 {
		t.Errorf("%d dead letters (%v)", n.Items, err)
	}
	got := facts(w.dump())
	w.stop()
	fresh := newWorld(t)
	fresh.start()
	fresh.send("web",
		`{"type":"identify","messageId":"1","userId":"ada","anonymousId":"a","traits":{"email":"ada@example.org","name":"Ada"},"timestamp":"2026-01-01T00:00:00Z"}`,
		`{"type":"identify","messageId":"2","userId":"bob","anonymousId":"tablet","traits":{"email":"bob@example.org"},"timestamp":"2026-01-01T00:00:00Z"}`,
		`{"type":"page","messageId":"3","userId":"eve","anonymousId":"tablet","timestamp":"2026-01-01T00:00:00Z"}`)
	fresh.settle()
	fresh.same(want, "the same calls in a new graph")
	fresh.send("web", `{"type":"page","messageId":"4","userId":"ada","traits":{"email":"ada@example.org"},"timestamp":"2026-01-02T00:00:00Z"}`)
	fresh.settle()
	fresh.same(got, "the same calls without any mark")
}

// watchers are subscribers of persons, one for each identifier, who know no more than what they are sent.
type watchers struct {
	w    *world
	hub  *feed.Hub
	subs map[identity.Key]*feed.Subscription
	at   map[identity.Key]identity.CustomerID // the customer each was shown last; empty: told that there is none
}

func (w *world) watchers() *watchers {
	w.t.Helper()
	hub, err := feed.New(feed.Config{Source: wire.Changes{Journal: w.journal}, Queue: 8 << 20})
	if err == nil {
		err = hub.Start(context.Background())
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return &watchers{w, hub, map[identity.Key]*feed.Subscription{}, map[identity.Key]identity.CustomerID{}}
}

// know checks that each watcher comes to know the customer its identifier is of now. Identifiers that are new, or
// stand for somebody again, are watched from now on.
func (x *watchers) know(when string, list []identity.Key) {
	t := x.w.t
	t.Helper()
	found, err := x.w.graph.IdentifiersByKey(context.Background(), list)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list {
		now := found[k].Customer
		for deadline := time.Now().Add(time.Minute); x.subs[k] != nil && x.at[k] != now; runtime.Gosched() {
			x.listen(k)
			if time.Now().After(deadline) {
				t.Fatalf("%s: who watches %s was shown %q last, and it is of %q now", when, k, x.at[k], now)
			}
		}
		if x.at[k] == now {
			continue
		}
		cursor, err := x.hub.Head(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if x.subs[k], err = x.hub.Customer(context.Background(), found[k].ID, now, cursor); err != nil {
			t.Fatal(err)
		}
		x.at[k] = now
	}
}

// listen takes in one event, if there is one.
func (x *watchers) listen(k identity.Key) {
	e, ok, _ := x.subs[k].Next()
	switch c := e.Change; {
	case !ok:
	case e.Resync != "":
		x.subs[k].Close()
		x.at[k] = ""
		delete(x.subs, k)
	case c.Changed != nil:
		x.at[k] = c.Changed.Customer
	case c.Merged != nil:
		x.at[k] = c.Merged.Customer
	}
}

// Calls, marks, joins, parts and revocations in random order: after each step what is stored is what all facts together
// come to, who watches a person by whatever identifier knows who that is (promise 7), and with everything taken back the
// graph is one that never saw a decision (promises 3 and 4).
func TestDecisionsAtRandom(t *testing.T) {
	const rounds = 20
	rnd := rand.New(rand.NewPCG(7, 7))
	calls := shop(rounds*4, 21)
	w := newWorld(t)
	w.start()
	people := keys("user_id:u1", "user_id:u2", "email:u1@example.org", "email:u2@example.org", "user_id:u3", "email:u3@example.org", "phone:+49301234567")
	marks := []string{"BLOCKED", "SHARED", "PERSONAL"}
	seen := w.watchers()
	defer func() {
		if err := seen.hub.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	watched := people
	for i := range 12 {
		watched = append(watched, identity.Key(fmt.Sprint("anonymous_id:a", i)))
	}
	var open []string
	revoke := func(at int) {
		n := rnd.IntN(len(open))
		w.decide(identity.Decision{ID: fmt.Sprint("dec_r", at), Revokes: open[n], By: "s", At: event.Millis(at)})
		open = append(open[:n], open[n+1:]...)
	}
	for i := range rounds {
		w.send("web", calls[i*4:i*4+4]...)
		d := identity.Decision{ID: fmt.Sprint("dec_", i), Kind: marks[rnd.IntN(3)], A: keys(people[rnd.IntN(len(people))]), By: "s", At: event.Millis(rnd.IntN(rounds))}
		if kind := rnd.IntN(4); kind == 0 {
			d.Kind, d.A = "JOIN", keys(people[rnd.IntN(3)], people[3+rnd.IntN(4)])
		} else if kind == 1 {
			d.Kind, d.B = "PART", keys(people[rnd.IntN(len(people))])
			if d.A[0] == d.B[0] {
				d.Kind, d.B = marks[0], nil
			}
		}
		w.decide(d)
		open = append(open, d.ID)
		if rnd.IntN(3) == 0 {
			revoke(1000 + i)
		}
		w.isWhole(fmt.Sprintf("round %d, %+v", i, d))
		seen.know(fmt.Sprintf("round %d, %+v", i, d), watched)
	}
	for i := 0; len(open) > 0; i++ {
		revoke(2000 + i)
		w.isWhole("revoking")
		seen.know("revoking", watched)
	}
	got := facts(w.dump())
	w.stop()
	fresh := newWorld(t)
	fresh.start()
	fresh.at = 1_760_000_000_000
	for i := range rounds {
		fresh.send("web", calls[i*4:i*4+4]...)
	}
	fresh.settle()
	fresh.same(got, "the same calls without any decision")
}
