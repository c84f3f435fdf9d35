package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"kith/fault"
	"kith/identity"
	"kith/journal"
	"kith/pipeline"
	"kith/store"
)

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
