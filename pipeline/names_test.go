package pipeline

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"kith/customer"
	"kith/event"
	"kith/store"
)

func tracked(n int, name, properties string) *touchpoint {
	return &touchpoint{id: fmt.Sprint("tp_", n), call: &event.Call{Type: event.Track, Name: name, At: event.Millis(n) * 3_600_000, Properties: []byte(properties)}}
}

func rowsOf(c *names) map[any]any {
	out := map[any]any{}
	for _, set := range []nameSet{c.events, c.properties, c.traits} {
		for _, n := range set.byKey {
			row := n.row()
			out[row["id"]] = row
		}
	}
	return out
}

// Promises 2 and 3: whatever comes twice and in whatever order, also beyond the limits, the catalogue is the same; and
// what was written of it at the end is all of it.
func TestNamesAreAFunctionOfTheFacts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	var facts []*touchpoint
	for n := range 4000 {
		facts = append(facts, tracked(n, fmt.Sprint("event ", r.IntN(1+n%1500)), fmt.Sprintf(`{"p%d":%d,"o":{"x":"2026-01-02"},"s":"a"}`, r.IntN(9), n)))
	}
	want := map[any]any(nil)
	for round := range 3 {
		c := newNames()
		stored := map[any]any{}
		commit := func() {
			var w store.Write
			c.write(&w)
			for _, id := range w.GoneNames {
				delete(stored, id)
			}
			for _, row := range w.Names {
				stored[row["id"]] = row["p"]
			}
		}
		for n, f := range facts {
			c.event(f)
			c.event(facts[r.IntN(n+1)])
			if n%37 == 0 {
				commit()
			}
		}
		commit()
		got := rowsOf(c)
		if len(c.events.byKey) != maxEventNames || len(c.properties.byKey) != maxPropertyNames {
			t.Fatalf("%d events, %d properties: the limits are not reached", len(c.events.byKey), len(c.properties.byKey))
		}
		if want == nil {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("round %d: another catalogue", round)
		}
		if !reflect.DeepEqual(stored, want) {
			t.Errorf("round %d: what is stored is not what there is", round)
		}
		r.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
	}
}

func TestNamesAreEstimated(t *testing.T) {
	c := newNames()
	for n := range 100_000 {
		c.event(tracked(n, "A", `{}`))
		if have := n + 1; have == 1 || have == 10 || have == 100 || have == 1000 || have == 100_000 {
			if about := c.events.byKey["A"].about(); float64(about) < float64(have)*0.7 || float64(about) > float64(have)*1.3 {
				t.Errorf("%d events are about %d", have, about)
			}
		}
	}
	var w store.Write
	c.write(&w)
	for n := range 1000 {
		c.event(tracked(n, "A", `{}`))
	}
	if c.write(&w); len(w.Names) != 1 {
		t.Errorf("written %d times, though nothing is new", len(w.Names))
	}
}

// Of traits it is counted who has them: what is taken back leaves no trace.
func TestNamesOfTraitsAreCounted(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	c := newNames()
	held := map[int]customer.Traits{}
	draw := func() customer.Traits {
		var traits customer.Traits
		for range r.IntN(6) {
			value := []string{`"x"`, `1`, `null`, `{"city":"London","n":null}`, `[1]`, `"2026-01-02"`}[r.IntN(6)]
			traits.Add(fmt.Sprint("t", r.IntN(9)), customer.Version{Value: []byte(value), Source: "web", At: event.Millis(r.IntN(4)) * 40 * dayMillis, MessageID: "m"})
		}
		return traits
	}
	for range 2000 {
		who := r.IntN(40)
		after := draw()
		c.reshape(shape(held[who]), shape(after))
		held[who] = after
		var w store.Write
		c.write(&w)
	}
	anew := newNames()
	for _, traits := range held {
		anew.reshape(nil, shape(traits))
	}
	if got, want := rowsOf(c), rowsOf(anew); !reflect.DeepEqual(got, want) || len(want) < 9 {
		t.Errorf("%v\nwant\n%v", got, want)
	}
	for _, traits := range held {
		c.reshape(shape(traits), nil)
	}
	var w store.Write
	if c.write(&w); len(c.traits.byKey) != 0 || len(w.GoneNames) < 9 {
		t.Errorf("left: %v", rowsOf(c))
	}
}

func BenchmarkNames(b *testing.B) {
	c := newNames()
	list := make([]*touchpoint, 1000)
	for n := range list {
		list[n] = tracked(n, "Product Viewed", `{"product_id":"p-4711","name":"Lamp","category":"Light","price":12.5,"currency":"EUR","cart":{"items":3,"total":99.9}}`)
	}
	b.ReportAllocs()
	for n := range b.N {
		c.event(list[n%len(list)])
	}
}
