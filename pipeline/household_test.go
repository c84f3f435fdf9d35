package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"kith/identity"
	"kith/store"
)

// household is who else lives with the customer of an identifier, by the record that tells of them.
func (w *world) household(key identity.Key, others ...identity.Key) []identity.Key {
	w.t.Helper()
	me := w.profile(string(key))
	if me == nil {
		w.t.Fatalf("%s is nobody's", key)
	}
	pages, err := w.graph.HouseholdsOf(w.t.Context(), []identity.CustomerID{me.ID}, store.Slice{First: 50}, store.Want{})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []identity.Key
	for _, e := range pages[me.ID].Entries {
		for _, k := range others {
			if p := w.profile(string(k)); p != nil && p.ID == e.Node.ID {
				out = append(out, k)
			}
		}
	}
	slices.Sort(out)
	return out
}

func person(first, last, birthday, street string) string {
	return fmt.Sprintf(`"traits":{"firstName":%q,"lastName":%q,"birthday":%q,"address":{"street":%q,"postalCode":"50667","city":"Köln"}}`, first, last, birthday, street)
}

func TestPeopleOfOneSurnameAtOneAddressAreConnected(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.records("crm", crm("ada", 1, person("Ada", "Müller", "1980-03-04", "Hauptstr. 12")), crm("otto", 1, person("Otto", "Mueller", "1978-11-30", "Hauptstraße 12")),
		crm("eva", 1, person("Eva", "Schmidt", "1990-01-02", "Hauptstr. 12")))
	w.send("web", `{"type":"identify","userId":"max","traits":{"name":"Max Müller","address":{"street":"Hauptstr. 12","postalCode":"50667"}}}`)
	w.settle()
	const ada, otto, eva, max = "record:crm/ada", "record:crm/otto", "record:crm/eva", "user_id:max"
	if got := w.household(ada, otto, eva, max); !slices.Equal(got, keys(otto, max)) {
		t.Errorf("with Ada live %v", got)
	}
	if got := w.household(max, ada, otto, eva); !slices.Equal(got, keys(ada, otto)) {
		t.Errorf("with Max live %v", got)
	}
	if got := w.household(eva, ada, otto, max); len(got) > 0 {
		t.Errorf("with Eva live %v", got)
	}
	if a, o := w.profile(ada), w.profile(otto); a.ID == o.ID {
		t.Error("Ada and Otto are one customer")
	}
	// Otto moves out; later nobody is left.
	w.records("crm", crm("otto", 2, person("Otto", "Mueller", "1978-11-30", "Ringstr. 5")))
	w.settle()
	if got := w.household(ada, otto, eva, max); !slices.Equal(got, keys(max)) {
		t.Errorf("after Otto has left, with Ada live %v", got)
	}
	w.records("crm", deleted("ada", 9), deleted("otto", 9), deleted("eva", 9))
	w.send("web", `{"type":"identify","userId":"max","timestamp":"2030-01-01T00:00:00Z","traits":{"address":null}}`)
	w.settle()
	for _, line := range w.dump() {
		if strings.Contains(line, `"Household"`) || strings.Contains(line, "LIVES_IN") {
			t.Errorf("left behind: %s", line)
		}
	}
}

// Promises 3 and 4: whatever came first, was sent twice, changed or went away, the same people live together.
func TestHouseholdsAreAFunctionOfTheFacts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var sent []string
	for i := range 60 {
		id := fmt.Sprint(r.IntN(16))
		if r.IntN(8) == 0 {
			sent = append(sent, deleted(id, i%50))
			continue
		}
		sent = append(sent, crm(id, i%50, person(pick("Ada", "Otto", "Eva"), pick("Müller", "Schmidt"), pick("1980-03-04", "1978-11-30", "1990-01-02"), pick("Hauptstr. 12", "Ringstr. 5", "ohne"))))
	}
	var want []string
	for n := range 3 {
		w := newWorld(t)
		w.start()
		order := r.Perm(len(sent))
		if n == 0 {
			slices.Sort(order)
		}
		for page := range slices.Chunk(order, 7) {
			var list []string
			for _, i := range page {
				list = append(list, sent[i])
			}
			w.records("crm", list...)
			if r.IntN(3) == 0 {
				w.settle()
				w.records("crm", list...)
			}
		}
		w.settle()
		got := timeless(w.dump())
		if n > 0 {
			compare(t, got, want)
			continue
		}
		want = got
		ties := map[string]int{}
		for _, l := range got {
			if strings.Contains(l, `"LIVES_IN"`) {
				ties[strings.Split(l, ",")[2]]++
			}
		}
		if len(ties) != 4 {
			t.Errorf("the records are of %d households, meant are 4: %v", len(ties), ties)
		}
	}
}
