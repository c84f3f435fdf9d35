package match

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAnyOrder(t *testing.T) {
	m := Default()
	rapid.Check(t, func(t *rapid.T) {
		items := people(t, 30)
		want := cellsOf(items, m.Cluster(items))
		shuffled := slices.Clone(items)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := cellsOf(shuffled, m.Cluster(shuffled)); got != want {
			t.Fatalf("%s\nin another order\n%s", want, got)
		}
	})
}

// What was there and is deleted leaves nothing behind: clustering keeps no state, and no key is counted twice.
func TestDeletedIsAbsent(t *testing.T) {
	m := Default()
	rapid.Check(t, func(t *rapid.T) {
		items := people(t, 20)
		want := cellsOf(items, m.Cluster(items))
		more := append(slices.Clone(items), Item{ID: "zz", Record: m.Prepare(person(t))})
		m.Cluster(more)
		if got := cellsOf(items, m.Cluster(more[:len(items)])); got != want {
			t.Fatalf("%s\nafter a deletion\n%s", want, got)
		}
	})
}

func TestMean(t *testing.T) {
	m := Default()
	if _, ok := m.Mean(nil); ok {
		t.Error("nothing speaks for a union")
	}
	if _, ok := m.Mean([]int32{Neutral}); ok {
		t.Error("neutral pairs alone speak for a union")
	}
	if mean, ok := m.Mean([]int32{m.mean, Neutral, m.mean}); !ok || mean != m.mean {
		t.Errorf("mean %d, %v", mean, ok)
	}
	if _, ok := m.Mean([]int32{m.mean, m.mean - 1}); ok {
		t.Error("less than the mean asked for is enough")
	}
	if mean, _ := m.Mean([]int32{1 << 30, 1 << 30}); mean != m.ceiling {
		t.Errorf("one pair counts %d", mean)
	}
	if mean, _ := m.Mean([]int32{-1 << 30}); mean != m.floor {
		t.Errorf("one pair counts %d", mean)
	}
	rapid.Check(t, func(t *rapid.T) {
		cross := rapid.SliceOfN(rapid.Int32Range(-9000, 9000), 1, 50).Draw(t, "cross")
		a, x := m.Mean(cross)
		slices.Reverse(cross)
		if b, y := m.Mean(cross); a != b || x != y {
			t.Fatal("the order matters")
		}
	})
}

func TestCaps(t *testing.T) {
	m, err := Parse([]byte(`keys: {id: 3}`))
	if err != nil {
		t.Fatal(err)
	}
	var items []Item
	for i := range 4 {
		items = append(items, Item{ID: string(rune('a' + i)), Record: m.PrepareJSON([]byte(`{"nationalId":"400-10-3088"}`))})
	}
	if c := m.Cluster(items[:3]); c.Compared != 3 {
		t.Errorf("%d pairs within the cap", c.Compared)
	}
	if c := m.Cluster(items); c.Compared != 0 {
		t.Errorf("%d pairs over the cap", c.Compared)
	}
}

func TestStatuses(t *testing.T) {
	m := Default()
	items := []Item{
		{"a", rec(`{"firstName":"Emmerson","lastName":"Braithwaite","birthday":"1961-05-17"}`)},
		{"b", rec(`{"firstName":"Emmerson","lastName":"Braithwaite","birthday":"1961-05-17","email":"eb@x.org"}`)},
		{"c", rec(`{"firstName":"Emmerson","lastName":"Braithwaite"}`)},
		{"d", rec(`{"firstName":"Otto","lastName":"Vogel"}`)},
	}
	c := m.Cluster(items)
	got := map[[2]int]Status{}
	for _, l := range c.Links {
		got[[2]int{l.A, l.B}] = l.Status
	}
	if len(got) != 3 || got[[2]int{0, 1}] != Joined || got[[2]int{0, 2}] != Candidate || got[[2]int{1, 2}] != Candidate {
		t.Errorf("%v", got)
	}
}
