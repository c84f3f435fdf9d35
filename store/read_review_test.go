package store

import (
	"regexp"
	"testing"
)

// The queue and the history are read in the order of their indexes, so that what a page costs does not grow with what
// lies behind it: nothing is sorted before it is cut.
func TestReviewReadsInIndexOrder(t *testing.T) {
	f := newFixture(t)
	params := Row{"reason": "candidate", "weight": 900, "below": 2000, "id": "x", "n": 10, "large": 100, "asked": "cus_x", "at": 1}
	for name, c := range map[string]struct{ text, sorts string }{
		"strongest first": {reviewDown + reviewReturn, `\+(Sort|Top|PartialSort|PartialTop|\w*Scan)\b`},
		"weakest first":   {reviewUp + reviewReturn, `\+(Sort|Top|PartialSort|PartialTop|\w*Scan)\b`},
		"largest first":   {largeText, `\+(Sort|Top|PartialSort|PartialTop|\w*Scan)\b`},
		"history":         {historyText, `\+\w*Scan\b`},
	} {
		plan := f.explain(c.text, params)
		for _, found := range regexp.MustCompile(c.sorts).FindAllString(plan, -1) {
			t.Errorf("%s: %s in the plan\n%s", name, found, plan)
		}
	}
}
