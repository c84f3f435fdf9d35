package customer_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"kith/customer"
	"kith/event"
	"kith/identity"
)

func version(value, source string, at int64, message string) customer.Version {
	return customer.Version{Value: json.RawMessage(value), Source: source, At: event.Millis(at), MessageID: message}
}

func resolved(of map[identity.Key]customer.Traits, rank customer.Priority) string {
	text, _ := json.Marshal(customer.Resolve(of, rank))
	return string(text)
}

func TestWhichValueWins(t *testing.T) {
	crm := func(source string) int {
		if source == "crm" {
			return 0
		}
		return 1
	}
	for _, c := range []struct {
		name     string
		versions []customer.Version
		rank     customer.Priority
		want     string
	}{
		{"the later", []customer.Version{version(`"a"`, "web", 1, "1"), version(`"b"`, "web", 2, "2")}, nil, `{"k":"b"}`},
		{"a late event never overwrites a newer value", []customer.Version{version(`"b"`, "web", 2, "2"), version(`"a"`, "web", 1, "1")}, nil, `{"k":"b"}`},
		{"null removes", []customer.Version{version(`"a"`, "web", 1, "1"), version(`null`, "web", 2, "2")}, nil, `{}`},
		{"a late null removes nothing", []customer.Version{version(`"a"`, "web", 2, "2"), version(`null`, "web", 1, "1")}, nil, `{"k":"a"}`},
		{"a better source, though older", []customer.Version{version(`"a"`, "crm", 1, "1"), version(`"b"`, "web", 9, "2")}, crm, `{"k":"a"}`},
		{"a better source's null", []customer.Version{version(`null`, "crm", 1, "1"), version(`"b"`, "web", 9, "2")}, crm, `{}`},
		{"of equal times the greater source", []customer.Version{version(`"a"`, "app", 1, "1"), version(`"b"`, "web", 1, "0")}, nil, `{"k":"b"}`},
		{"of equal sources the greater message", []customer.Version{version(`"a"`, "web", 1, "2"), version(`"b"`, "web", 1, "1")}, nil, `{"k":"a"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var one customer.Traits
			split := map[identity.Key]customer.Traits{}
			for i, v := range c.versions {
				one.Add("k", v)
				var alone customer.Traits
				alone.Add("k", v)
				split[identity.Key(fmt.Sprint("user_id:", i))] = alone
			}
			if got := resolved(map[identity.Key]customer.Traits{"user_id:u": one}, c.rank); got != c.want {
				t.Errorf("on one identifier: %s, want %s", got, c.want)
			}
			if got := resolved(split, c.rank); got != c.want {
				t.Errorf("on several identifiers: %s, want %s", got, c.want)
			}
		})
	}
}

// Promise 3: what is kept is a function of the set of versions.
func TestAddingInAnyOrderAnyNumberOfTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type fact struct {
			key string
			v   customer.Version
		}
		n := rapid.IntRange(1, 60).Draw(t, "facts")
		var facts []fact
		for i := range n {
			v := version(fmt.Sprint(i), fmt.Sprint("s", rapid.IntRange(0, 3).Draw(t, "source")), int64(rapid.IntRange(0, 9).Draw(t, "at")), fmt.Sprint(i))
			facts = append(facts, fact{fmt.Sprint("k", rapid.IntRange(0, 2).Draw(t, "key")), v})
		}
		var want customer.Traits
		for _, f := range facts {
			want.Add(f.key, f.v)
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		mixed := append(append([]fact{}, facts...), facts[:n/2]...)
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		var got customer.Traits
		for i, f := range mixed {
			got.Add(f.key, f.v)
			if i%7 == 0 { // as if stored and read in between
				again, err := customer.ParseTraits(got.Encode())
				if err != nil {
					t.Fatal(err)
				}
				got = again
			}
		}
		if got.Encode() != want.Encode() {
			t.Fatalf("got  %s\nwant %s", got.Encode(), want.Encode())
		}
		for _, rank := range []customer.Priority{nil, func(s string) int { return int(s[1]) }} {
			all := map[string]customer.Version{}
			for _, f := range facts {
				list := []customer.Version{f.v}
				if old, ok := all[f.key]; ok {
					list = append(list, old)
				}
				all[f.key] = list[customer.Winner(list, rank)]
			}
			for key, v := range all {
				kept := want[key]
				if w := kept[customer.Winner(kept, rank)]; !reflect.DeepEqual(w, v) {
					t.Fatalf("the winner of %s is %+v among those kept, %+v among all", key, w, v)
				}
			}
		}
	})
}

func TestTraitsAreBounded(t *testing.T) {
	var a, b customer.Traits
	r := rand.New(rand.NewPCG(1, 1))
	order := r.Perm(3 * customer.MaxTraits)
	for _, i := range order {
		a.Add(fmt.Sprintf("t%05d", i), version("1", "web", 1, "m"))
	}
	for i := range 3 * customer.MaxTraits {
		b.Add(fmt.Sprintf("t%05d", i), version("1", "web", 1, "m"))
	}
	if len(a) != customer.MaxTraits || a.Encode() != b.Encode() {
		t.Errorf("%d and %d traits are kept, want the same %d", len(a), len(b), customer.MaxTraits)
	}
	var many customer.Traits
	for i := range 1000 {
		many.Add("k", version("1", "web", int64(i), "m"))
	}
	if n := len(many["k"]); n != customer.KeepVersions {
		t.Errorf("%d versions are kept, want %d", n, customer.KeepVersions)
	}
}

func FuzzParseTraits(f *testing.F) {
	f.Add(`{"plan":[{"v":"pro","s":"web","t":1,"m":"1"}]}`)
	f.Add(`{"plan":[{"v":null,"r":"x","s":"","t":-1,"m":""}]}`)
	f.Add(``)
	f.Fuzz(func(t *testing.T, text string) {
		traits, err := customer.ParseTraits(text)
		if err != nil {
			return
		}
		again, err := customer.ParseTraits(traits.Encode())
		if err != nil || again.Encode() != traits.Encode() {
			t.Fatalf("%q is read as %q and then as %q (%v)", text, traits.Encode(), again.Encode(), err)
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	var t customer.Traits
	for i := 0; b.Loop(); i++ {
		t.Add("plan", version(`"pro"`, "web", int64(i%1000), "m"))
	}
}
