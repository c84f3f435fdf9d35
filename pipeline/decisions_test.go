package pipeline_test

import (
	"context"
	"encoding/json"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kith/customer"
	"kith/fault"
	"kith/identity"
	"kith/pipeline"
	"kith/store"
	"kith/store/neo4jtest"
)

func (w *world) decide(d identity.Decision) {
	w.t.Helper()
	data, err := json.Marshal(d)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.journal.Append(context.Background(), pipeline.KindDecision, data); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

// facts is the dump without the decisions themselves, which stay as a record when they are revoked.
func facts(lines []string) []string {
	var out []string
	for _, l := range lines {
		if !strings.HasPrefix(l, `["Decision"`) {
			out = append(out, l)
		}
	}
	return out
}

func keys(list ...identity.Key) []identity.Key { return list }

// Promise 4: a revoked decision is as if it had never been.
func TestDecisionsHoldAndCanBeTakenBack(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.send("web",
		`{"type":"identify","messageId":"1","userId":"ada","traits":{"email":"ada@example.org","name":"Ada"},"timestamp":"2026-01-01T00:00:00Z"}`,
		`{"type":"identify","messageId":"2","userId":"bob","anonymousId":"b","traits":{"plan":"pro"},"timestamp":"2026-01-01T00:00:00Z"}`,
		`{"type":"page","messageId":"3","anonymousId":"b2","timestamp":"2026-01-01T00:00:00Z"}`)
	w.settle()
	want := facts(w.dump())

	w.decide(identity.Decision{ID: "dec_join", Kind: "JOIN", A: keys("user_id:ada", "user_id:bob"), By: "steward", At: 1})
	if a, b := w.profile("user_id:ada"), w.profile("anonymous_id:b"); a.ID != b.ID {
		t.Errorf("after the join ada is %s and bob's browser %s", a.ID, b.ID)
	}
	w.decide(identity.Decision{ID: "dec_part", Kind: "PART", A: keys("user_id:bob"), B: keys("anonymous_id:b", "anonymous_id:b2"), By: "steward", At: 2})
	if a, b := w.profile("user_id:bob"), w.profile("anonymous_id:b"); a.ID == b.ID {
		t.Errorf("after the part bob and his browser are both %s", a.ID)
	}
	// A later call that names both does not undo what the steward said.
	w.send("web", `{"type":"page","messageId":"4","userId":"bob","anonymousId":"b","timestamp":"2026-01-02T00:00:00Z"}`)
	w.settle()
	if a, b := w.profile("user_id:bob"), w.profile("anonymous_id:b"); a.ID == b.ID {
		t.Error("a later call undid the part")
	}
	w.decide(identity.Decision{ID: "dec_r1", Revokes: "dec_part", By: "steward", At: 3})
	w.decide(identity.Decision{ID: "dec_r2", Revokes: "dec_join", By: "steward", At: 4})
	w.decide(identity.Decision{ID: "dec_r3", Revokes: "dec_join", By: "steward", At: 5}) // twice does no harm

	fresh := newWorld(t)
	fresh.start()
	fresh.send("web",
		`{"type":"identify","messageId":"1","userId":"ada","traits":{"email":"ada@example.org","name":"Ada"},"timestamp":"2026-01-01T00:00:00Z"}`,
		`{"type":"identify","messageId":"2","userId":"bob","anonymousId":"b","traits":{"plan":"pro"},"timestamp":"2026-01-01T00:00:00Z"}`,
		`{"type":"page","messageId":"3","anonymousId":"b2","timestamp":"2026-01-01T00:00:00Z"}`)
	fresh.settle()
	fresh.same(want, "the same calls in a new graph") // the worlds are comparable at all
}

func TestRevokedDecisionsLeaveNoTrace(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.send("web", shop(80, 3)...)
	w.settle()
	want := facts(w.dump())
	w.decide(identity.Decision{ID: "dec_1", Kind: "JOIN", A: keys("user_id:u1", "user_id:u2", "user_id:nobody-yet"), By: "s", At: 1})
	w.decide(identity.Decision{ID: "dec_2", Kind: "PART", A: keys("user_id:u3"), B: keys("email:u3@example.org"), By: "s", At: 2})
	if changed := facts(w.dump()); strings.Join(changed, "\n") == strings.Join(want, "\n") {
		t.Fatal("the decisions changed nothing: the test shows nothing")
	}
	w.decide(identity.Decision{ID: "dec_3", Revokes: "dec_1", By: "s", At: 3})
	w.decide(identity.Decision{ID: "dec_4", Revokes: "dec_2", By: "s", At: 4})
	got := w.dump()
	lines := facts(got)
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		w.same(want, "after revoking (decision lines aside)")
	}
}

func TestNewRulesResolveEverythingAgain(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.send("web", shop(120, 5)...)
	w.settle()
	want := w.dump()
	propose := func(text string) {
		t.Helper()
		rules, err := identity.ParseRules([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		data, _ := json.Marshal(rules.Store([]byte(text)))
		if _, err := w.journal.Append(context.Background(), pipeline.KindRules, data); err != nil {
			t.Fatal(err)
		}
		w.settle()
	}
	propose("share: {exclusive: 100}\ntypes: {email: {limit: 1}}\n")
	other := w.dump()
	if strings.Join(other, "\n") == strings.Join(want, "\n") {
		t.Fatal("the other rules changed nothing: the test shows nothing")
	}
	w.send("web", `{"type":"page","messageId":"after","userId":"u1","timestamp":"2026-01-01T00:00:00Z"}`) // goes on under the new rules
	w.settle()
	w.stop()
	w.start() // and after a restart of an instance that was started with the old ones
	w.send("web", `{"type":"page","messageId":"later","userId":"u1","timestamp":"2026-01-01T00:00:00Z"}`)
	w.settle()
	if view, _, err := w.graph.RulesInForce(context.Background()); err != nil || !strings.Contains(view.YAML, "limit: 1") {
		t.Errorf("in force is %q (%v)", view.YAML, err)
	}
	propose("{}")
	var lines []string
	for _, l := range w.dump() {
		if !strings.Contains(l, "after") && !strings.Contains(l, "later") {
			lines = append(lines, l)
		}
	}
	missing := 0
	for _, l := range want {
		if strings.HasPrefix(l, `["Customer"`) && !strings.Contains(strings.Join(lines, "\n"), l[:60]) {
			missing++
		}
	}
	if missing > 0 {
		t.Errorf("%d customers did not come back with the old rules", missing)
	}
}

// poisoned is a real graph in which one call cannot be written.
type poisoned struct {
	*store.Graph
	tries atomic.Int64
}

func (p *poisoned) Apply(ctx context.Context, w store.Write) error {
	for _, r := range w.Touchpoints {
		if r["p"].(store.Row)["messageId"] == "poison" {
			p.tries.Add(1)
			panic("poison")
		}
	}
	return p.Graph.Apply(ctx, w)
}

func TestACallThatCannotBeAppliedBecomesADeadLetter(t *testing.T) {
	w := newWorld(t)
	p := &poisoned{}
	w.wrap = func(g *store.Graph) pipeline.Graph { p.Graph = g; return p }
	calls := shop(40, 9)
	poison := `{"type":"track","messageId":"poison","userId":"u1","event":"Poison"}`
	w.send("web", append(append(calls[:20:20], poison), calls[20:]...)...)
	w.start()
	w.settle()
	page, err := w.journal.DeadLetters().List(context.Background(), 10, "")
	if err != nil || len(page.Items) != 1 || page.Items[0].MessageID != "poison" || !strings.Contains(string(page.Items[0].Raw), "Poison") {
		t.Fatalf("dead letters %+v (%v)", page.Items, err)
	}
	if n := w.pipe.Stats().Events.Load(); n != 40 {
		t.Errorf("%d events were applied, want the other 40", n)
	}
	if tries := p.tries.Load(); tries > 12 {
		t.Errorf("the poison was tried %d times; halving 41 calls takes at most 7", tries)
	}
}

// Promise 2, across crashes: whatever step the pipeline dies at, nothing is lost and nothing counts twice.
func TestDyingAtAnyStepChangesNothing(t *testing.T) {
	calls := shop(90, 11)
	w := newWorld(t)
	w.start()
	w.send("web", calls...)
	w.settle()
	want := w.dump()
	w.stop() // or it takes the lease when another world dies
	for _, step := range []string{"before commit", "after commit", "after publish"} {
		t.Run(step, func(t *testing.T) {
			w := newWorld(t)
			var deaths atomic.Int64
			w.faults = func(at string) error {
				if at == step && deaths.Add(1) <= 3 {
					return fault.New("test", fault.Unavailable, "dies %s", step)
				}
				return nil
			}
			w.start()
			for i := 0; i < len(calls); i += 15 {
				w.at = 1_760_000_000_000
				w.send("web", calls[i:i+15]...)
				w.settle()
			}
			w.inOffice()
			w.same(want, "died "+step)
			if deaths.Load() < 3 {
				t.Errorf("died %d times only", deaths.Load())
			}
			w.changesAreWhole(len(calls))
		})
	}
}

// inOffice waits until the pipeline holds the lease again, and so has published what it left.
func (w *world) inOffice() {
	w.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !w.pipe.Stats().Active.Load(); runtime.Gosched() {
		if time.Now().After(deadline) {
			w.t.Fatal("the pipeline did not come back")
		}
	}
}

// changesAreWhole checks that the change stream has each touchpoint once.
func (w *world) changesAreWhole(calls int) {
	w.t.Helper()
	seen := w.announcements()
	for id, n := range seen {
		if n != 1 {
			w.t.Errorf("touchpoint %s was announced %d times", id, n)
		}
	}
	if len(seen) != calls {
		w.t.Errorf("%d touchpoints were announced, want %d", len(seen), calls)
	}
}

// announced is how many touchpoints the change stream has.
func (w *world) announced() int {
	sum := 0
	for _, n := range w.announcements() {
		sum += n
	}
	return sum
}

// announcements is how often the change stream has each touchpoint.
func (w *world) announcements() map[string]int {
	w.t.Helper()
	ctx := context.Background()
	head, err := w.journal.ChangeHead(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	seen := map[string]int{}
	reader := w.journal.Changes(0)
	for reader.After() < head.Seq-1 {
		m, err := reader.Next(ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		var b customer.Batch
		if err := json.Unmarshal(m.Data, &b); err != nil {
			w.t.Fatal(err)
		}
		for _, c := range b.Changes {
			if c.Touchpoint != nil {
				seen[c.Touchpoint.ID]++
			}
		}
	}
	return seen
}

// A graph that was restored, or emptied, is fed from the journal again, and subscribers are told of it.
func TestAnEmptiedGraphIsBuiltAgainAndAnnounced(t *testing.T) {
	calls := shop(40, 13)
	w := newWorld(t)
	w.start()
	for i := 0; i < len(calls); i += 10 {
		w.send("web", calls[i:i+10]...)
		w.settle()
	}
	want := w.dump()
	before := w.announced()
	w.stop()
	if err := w.graph.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	neo4jtest.Wipe(t)
	w.openGraph()
	w.start()
	w.settle()
	w.inOffice()
	w.same(want, "built again")
	if after := w.announced(); after != 2*before {
		t.Errorf("%d touchpoints were announced before, and %d in all after", before, after)
	}
}
