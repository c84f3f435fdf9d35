package pipeline

import "testing"

func TestMemoryForgetsTheOldestHalf(t *testing.T) {
	var g generations[int, int]
	const size = memoryBudget / 100
	for i := range 1000 {
		g.put(i, i, size)
		if v, ok := g.get(i); !ok || v != i {
			t.Fatalf("%d was put and is not there", i)
		}
		if n := len(g.young) + len(g.old); n > 205 {
			t.Fatalf("%d entries are kept, over twice the budget", n)
		}
	}
	if _, ok := g.get(0); ok {
		t.Error("the first entry is still there")
	}
	g.drop(999)
	if _, ok := g.get(999); ok {
		t.Error("a dropped entry is still there")
	}
}
