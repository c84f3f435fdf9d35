package identity

import (
	"flag"
	"fmt"
	"testing"
)

var sequences = flag.Int("identity.sequences", 1200, "random sequences of batches to resolve incrementally and as a whole")

// small rules have thresholds that a world of twenty identifiers reaches on both sides.
func smallRules(t testing.TB, size int, first bool) *Rules {
	text := fmt.Sprintf(`
size: %d
unique_records: [crm]
share: {record: 2, email: 2, phone: 2, anonymous_id: 3, device_id: 2, advertising_id: 2, "*": 2}
types:
  email: {limit: 3, share: {exclusive: 2}}
  phone: {limit: 2, share: {exclusive: 2}}
  loyalty_card: {limit: 1}
`, size)
	if first {
		text += "  anonymous_id: {first: 2}\n"
	}
	r, err := ParseRules([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// After every batch, what is stored equals the partition of all facts: promises 3 and 4.
func TestIncrementalEqualsGlobal(t *testing.T) {
	var rules []*Rules
	for _, size := range []int{3, 5, 8, 30} {
		rules = append(rules, smallRules(t, size, false), smallRules(t, size, true))
	}
	rules = append(rules, DefaultRules())
	for seed := range *sequences {
		sequence(t, rules[seed%len(rules)], uint64(seed))
		if t.Failed() {
			return
		}
	}
}

func sequence(t *testing.T, rules *Rules, seed uint64) {
	w, m := newWorld(seed), newMemory(rules, seed)
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("sequence %d: panic: %v", seed, p)
			panic(p)
		}
	}()
	for batch := range 4 + w.rand.IntN(12) {
		for range 1 + w.rand.IntN(6) {
			w.happen()
		}
		facts := w.facts()
		before := m.snapshot()
		diff := m.update(t, w.delta(m, facts))
		checkHistory(t, diff, before, m.snapshot())
		if difference := m.differs(Resolve(rules, facts)); difference != "" {
			t.Errorf("sequence %d, batch %d: %s", seed, batch, difference)
			return
		}
	}
}
