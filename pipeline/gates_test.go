package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"kith/customer"
	"kith/event"
	"kith/identity"
)

// told is labelled records by the source that tells of them, newer by so many seconds than at first.
func told(t testing.TB, seconds int) map[string][]string {
	out := map[string][]string{}
	for i, r := range febrl(t)[:400] {
		source := []string{"crm", "till", "web", "desk"}[i%4]
		out[source] = append(out[source], strings.Replace(r, "03:04:05Z", fmt.Sprintf("03:04:%02dZ", 5+seconds), 1))
	}
	return out
}

// sendAtOnce sends records of a source with eight senders, each its share, in pages.
func (w *world) sendAtOnce(source string, list []string) {
	var senders sync.WaitGroup
	for n := range 8 {
		senders.Go(func() {
			for page := range slices.Chunk(list[n*len(list)/8:(n+1)*len(list)/8], 9) {
				p := event.RecordsPart{Source: source, ReceivedAt: w.at}
				for _, r := range page {
					p.Records = append(p.Records, json.RawMessage(r))
				}
				if _, err := w.journal.AppendRecords(context.Background(), event.AppendRecordsPart(nil, &p)); err != nil {
					w.t.Error(err)
				}
			}
		})
	}
	senders.Wait()
}

// Promise 3, for records of several sources: source by source, in reverse, by eight senders at once.
func TestSourcesInAnyOrder(t *testing.T) {
	var want []string
	for _, way := range []struct {
		name string
		send func(*world, map[string][]string)
	}{
		{"source by source", func(w *world, all map[string][]string) {
			for _, source := range slices.Sorted(maps.Keys(all)) {
				w.records(source, all[source]...)
			}
		}},
		{"reversed", func(w *world, all map[string][]string) {
			for _, source := range slices.Backward(slices.Sorted(maps.Keys(all))) {
				slices.Reverse(all[source])
				for page := range slices.Chunk(all[source], 30) {
					w.records(source, page...)
				}
			}
		}},
		{"eight at once", func(w *world, all map[string][]string) {
			for source, list := range all {
				w.sendAtOnce(source, list)
			}
		}},
	} {
		w := newWorld(t)
		w.start()
		way.send(w, told(t, 0))
		w.settle()
		got := timeless(w.dump())
		if want == nil {
			want = got
		}
		t.Log(way.name)
		compare(t, got, want)
		w.explained()
		w.followed(0)
		w.stop()
	}
}

// explained holds that what is followed ties together exactly what is one customer (promise 8).
func (w *world) explained() {
	w.t.Helper()
	_, now, err := w.graph.Everything(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	parent := map[identity.Key]identity.Key{}
	root := func(k identity.Key) identity.Key {
		for parent[k] != "" {
			k = parent[k]
		}
		return k
	}
	unite := func(a, b identity.Key) {
		if a, b = root(a), root(b); a != b {
			parent[a] = b
		}
	}
	for _, l := range now.Links {
		if l.Followed {
			unite(l.A, l.B)
		}
	}
	for _, r := range now.Rulings {
		if r.Kind == identity.Join {
			unite(r.A, r.B)
		}
	}
	of := map[identity.Key]identity.CustomerID{}
	at := map[identity.CustomerID]identity.Key{}
	for _, m := range now.Members {
		r := root(m.Key)
		if c, known := of[r]; known && c != m.Customer {
			w.t.Errorf("%s hangs together with members of %s and is of %s", m.Key, c, m.Customer)
		}
		if other, known := at[m.Customer]; known && other != r && m.Customer != "" {
			w.t.Errorf("%s is of %s, and nothing that is followed says why", m.Key, m.Customer)
		}
		of[r], at[m.Customer] = m.Customer, r
	}
}

// followed reads the changes behind a sequence and holds that whoever only listens knows with whom every id answers that
// was ever given out (promises 6 and 7).
func (w *world) followed(seq uint64) {
	w.t.Helper()
	ctx := context.Background()
	head, err := w.journal.ChangeHead(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	holder := map[identity.CustomerID]identity.CustomerID{}
	see := func(id identity.CustomerID) {
		if holder[id] == "" {
			holder[id] = id
		}
	}
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
				see(c.Changed.Customer)
			case c.Merged != nil:
				for _, id := range c.Merged.Absorbed {
					see(id)
					for other, of := range holder {
						if of == id {
							holder[other] = c.Merged.Customer
						}
					}
				}
			case c.Split != nil:
				for _, p := range c.Split.Created {
					for _, id := range p.IDs {
						holder[id] = p.Customer
					}
				}
			case c.Moved != nil:
				for _, id := range c.Moved.IDs {
					holder[id] = c.Moved.To
				}
			}
		}
	}
	_, now, err := w.graph.Everything(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, m := range now.Members {
		id := identity.CustomerIDOf(w.graph.WorkspaceKey(), m.Key)
		if at, told := holder[id]; told {
			n++
			if at != m.Customer {
				w.t.Errorf("by the changes %s answers with %s; it is %s", id, at, m.Customer)
			}
		}
	}
	if n < 10 {
		w.t.Errorf("only %d ids were told of: the test shows nothing", n)
	}
}

// What stewards said holds when everything is sent again, and everything is corrected and corrected back (promise 4).
func TestDecisionsSurviveSendingEverythingAgain(t *testing.T) {
	w := newWorld(t)
	w.start()
	send := func(seconds int) {
		for source, list := range told(t, seconds) {
			rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			for page := range slices.Chunk(list, 40) {
				w.records(source, page...)
			}
		}
		w.settle()
	}
	send(0)
	_, now, err := w.graph.Everything(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	of := map[identity.CustomerID][]identity.Key{}
	for _, m := range now.Members {
		if m.Key.Type() == event.Record {
			of[m.Customer] = append(of[m.Customer], m.Key)
		}
	}
	var pair, single []identity.Key
	for _, id := range slices.Sorted(maps.Keys(of)) {
		if len(of[id]) == 2 && pair == nil {
			pair = of[id]
		} else if len(of[id]) == 1 && len(single) < 2 {
			single = append(single, of[id][0])
		}
	}
	w.decide(identity.Decision{ID: "dec_part", Kind: "PART", A: pair[:1], B: pair[1:], By: "s", At: 1})
	w.decide(identity.Decision{ID: "dec_join", Kind: "JOIN", A: single, By: "s", At: 2})
	hold := func(when string) {
		t.Helper()
		if a, b := w.profile(string(pair[0])), w.profile(string(pair[1])); a.ID == b.ID {
			t.Errorf("%s: the two that were parted are one", when)
		}
		if a, b := w.profile(string(single[0])), w.profile(string(single[1])); a.ID != b.ID {
			t.Errorf("%s: the two that were joined are two", when)
		}
		w.explained()
		w.followed(0)
	}
	hold("after deciding")
	want := timeless(w.dump())
	send(0)
	compare(t, timeless(w.dump()), want)
	hold("after sending everything again")
	send(1) // a newer version of each
	hold("after replacing everything")
}

// Some of one person have merged on a phone number; then a thousand others turn out to give it, too.
func TestSharingThatBeginsLate(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.records("till",
		crm("a", 1, `"traits":{"firstName":"Ada","lastName":"Byron","phone":"+442079460001","email":"info@x.org"}`),
		crm("b", 1, `"traits":{"firstName":"Ada","lastName":"Byron","phone":"+442079460001","birthday":"1815-12-10"}`))
	w.settle()
	if a, b := w.profile("record:till/a"), w.profile("record:till/b"); a.ID != b.ID {
		t.Fatal("a name and a phone number do not make one person: the test shows nothing")
	}
	var list []string
	for i := range 1000 {
		list = append(list, crm(fmt.Sprint(i), 1, fmt.Sprintf(`"traits":{"firstName":"%c%c%c","lastName":"%c%c%c","birthday":"19%02d-%02d-%02d","phone":"+442079460001","email":"info@x.org"}`,
			'A'+i%26, 'a'+i/26%26, 'a'+i%7, 'A'+i*7%26, 'a'+i*3%26, 'a'+i*11%26, i*17%100, 1+i%12, 1+i*5%28)))
	}
	for page := range slices.Chunk(list, 50) {
		w.records("crm", page...)
		w.settle()
	}
	customers := map[identity.CustomerID]int{}
	for i := range list {
		customers[w.profile(fmt.Sprint("record:crm/", i)).ID]++
	}
	if len(customers) < 990 {
		t.Errorf("1,000 people who share a phone number are %d customers", len(customers))
	}
	if p := w.profile("record:till/a"); customers[p.ID] > 0 {
		t.Errorf("with Ada are %d of them", customers[p.ID])
	}
	w.explained()
	w.followed(0)
}
