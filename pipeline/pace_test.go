package pipeline

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	var p pace
	step := func(calls int, d time.Duration, want int) {
		t.Helper()
		if p.took(calls, d); p.now(5000) != want {
			t.Errorf("after %d calls in %v: %d, want %d", calls, d, p.now(5000), want)
		}
	}
	if got := p.now(5000); got != paceStart {
		t.Fatalf("the first takes %d, want %d", got, paceStart)
	}
	if got := p.now(200); got != 200 {
		t.Errorf("where 200 are allowed it takes %d", got)
	}
	step(500, 3*time.Second, 250) // a cold server
	step(250, 2*time.Second, 125)
	step(125, 2*time.Second, 100)
	step(100, 2*time.Second, 100) // no fewer
	step(1, 2*time.Second, 100)   // one call alone is not made less by fewer
	step(100, 700*time.Millisecond, 100)
	step(100, 100*time.Millisecond, 200)
	step(10, 5*time.Millisecond, 200) // with nothing to do says nothing
	for range 20 {
		p.took(p.now(5000), 200*time.Millisecond)
	}
	step(5000, 300*time.Millisecond, 5000)
	step(5000, 2*time.Second, 2500) // what slows down slows down at once, whatever it could have grown to
}
