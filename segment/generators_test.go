package segment

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestGeneratorsReachEverything holds that the comparison with the oracle proves something about every kind of condition,
// operator, window, connection and function: each was asked about, and the answer was yes and no.
func TestGeneratorsReachEverything(t *testing.T) {
	reached := map[string]int{}
	for seed := range 500 { // the same ones each time
		for what, times := range rapid.Custom(history).Example(seed) {
			reached[what] += times
		}
	}
	both := func(what string) {
		for _, met := range []bool{true, false} {
			if key := fmt.Sprint(what, " ", met); reached[key] < 3 {
				t.Errorf("%q only %d times", key, reached[key])
			}
		}
	}
	for _, what := range []string{"all", "any", "not", "segment", "connected ACCOUNT", "connected HOUSEHOLD", "connected to connected", "connected to a member", "event at most",
		"event ever", "sequence of 2", "sequence of 3", "sequence back ever"} {
		both(what)
	}
	for _, d := range lengths {
		length, err := ParseDuration(d)
		if err != nil {
			t.Fatal(err)
		}
		both("event " + length.String())
		both("sequence within " + length.String())
		both("sequence back " + length.String())
	}
	for _, op := range []Operator{EQ, NE, GT, GTE, LT, LTE, In, NotIn, Contains, StartsWith, EndsWith, Exists, NotExists, Before, After, WithinLast, NotWithinLast} {
		both("trait " + string(op))
		if op != WithinLast && op != NotWithinLast {
			both("where " + string(op))
		}
	}
	for _, op := range []Operator{EQ, NE, GT, GTE, LT, LTE} {
		both("event sum " + string(op))
	}
	for _, f := range []Function{Count, Total, Average, Least, Most, FirstValue, LastValue, MostFrequent, UniqueList, UniqueCount, DaysSince, Score, Join} {
		both("trait computed as " + string(f))
	}
}
