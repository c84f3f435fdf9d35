package pipeline_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync/atomic"
	"testing"

	"kith/fault"
	"kith/identity"
	"kith/identity/match"
	"kith/pipeline"
)

// strict joins fewer of the pairs that the built-in model looks at; narrow looks at fewer.
const (
	strict = `thresholds: {join: 32, mean: 29}`
	narrow = `
thresholds: {candidate: 11}
keys: {id: 0, birthdayName: 0, birthdayHouse: 1, nameYear: 0, nameMonthDay: 0, house: 2}
`
)

func model(t testing.TB, text string) *identity.Rules {
	t.Helper()
	m, err := match.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return identity.DefaultRules().WithModel(m)
}

// adopt puts rules into the journal and waits until they are in force.
func (w *world) adopt(r *identity.Rules) {
	w.t.Helper()
	data, err := json.Marshal(r.Store(nil))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.journal.Append(context.Background(), pipeline.KindRules, data); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	w.inOffice()
}

// fillMatched sends labelled records, calls, and a decision that ties some of them together.
func (w *world) fillMatched() {
	w.t.Helper()
	w.start()
	list := febrl(w.t)[:300]
	for page := range slices.Chunk(list, 100) {
		w.records("febrl1", page...)
	}
	w.send("web", shop(20, 1)...)
	w.settle()
	var head struct{ ID string }
	if err := json.Unmarshal([]byte(list[0]), &head); err != nil {
		w.t.Fatal(err)
	}
	w.decide(identity.Decision{ID: "dec_1", Kind: "JOIN", A: keys(identity.NewKey("record", "febrl1/"+head.ID), "user_id:u1"), By: "s", At: 1})
}

// matched is a world that has been under these rules from the beginning.
func matched(t *testing.T, r *identity.Rules) *world {
	t.Helper()
	w := newWorld(t)
	w.rules = r
	w.fillMatched()
	return w
}

// Promise 3, for the model: whatever it was before, the graph is the one that this model makes.
func TestANewModelMatchesEverythingAgain(t *testing.T) {
	list := []*identity.Rules{identity.DefaultRules(), model(t, strict), model(t, narrow)}
	want := make([][]string, len(list))
	for i, r := range list {
		w := matched(t, r)
		want[i] = timeless(w.dump())
		w.stop()
	}
	if slices.Equal(want[0], want[1]) || slices.Equal(want[0], want[2]) {
		t.Fatal("the models make no difference: the test shows nothing")
	}
	var armed, passed, deaths atomic.Int64
	w := newWorld(t)
	w.faults = func(step string) error {
		if armed.Load() == 0 || step != "rebuild records" && step != "rebuild customers" {
			return nil
		}
		if n := passed.Add(1); n == 1 || n == 3 || n == 8 || n == 40 || n == 60 {
			deaths.Add(1)
			return fault.New("test", fault.Unavailable, "dies %s", step)
		}
		return nil
	}
	w.rules, w.batch = list[0], 40
	w.fillMatched()
	for _, i := range []int{1, 0, 2, 1, 0} {
		forecast, err := pipeline.Reresolve(t.Context(), w.graph, list[i])
		if err != nil {
			t.Fatal(err)
		}
		_, was, err := w.graph.Everything(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		armed.Store(1)
		w.adopt(list[i])
		armed.Store(0)
		compare(t, timeless(w.dump()), want[i])
		_, is, err := w.graph.Everything(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if before, after := customers(was), customers(is); forecast.CustomersWas != before || forecast.Customers != after || before == after {
			t.Errorf("%d customers were forecast to be %d; there were %d, and are %d", forecast.CustomersWas, forecast.Customers, before, after)
		}
		samples := forecast.Samples(5)
		if n := min(5, len(forecast.Merges)) + min(5, len(forecast.Splits)); len(samples) != n || n == 0 {
			t.Errorf("%d samples of %d merges and %d splits", len(samples), len(forecast.Merges), len(forecast.Splits))
		}
		for _, s := range samples {
			if s.Link.A == "" || s.Compared == nil {
				t.Errorf("%+v tells no cause", s)
			}
			if follows := s.Is != nil && s.Is.Followed; follows != (s.Merge != nil) {
				t.Errorf("a merge comes of a link that is followed, a split of one that is not: %+v", s)
			}
		}
	}
	if deaths.Load() < 3 {
		t.Error("nothing died: the test shows less than it says")
	}
}

func customers(a identity.Answer) int {
	ids := map[identity.CustomerID]bool{}
	for _, m := range a.Members {
		ids[m.Customer] = true
	}
	delete(ids, "")
	return len(ids)
}
