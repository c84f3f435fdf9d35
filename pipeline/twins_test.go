package pipeline_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"kith/identity"
)

// TestLiveIsWhatABackfillSays has customers act, change, come together, come apart and grow older at random, and compares
// segments that were there from the beginning with new ones of the same conditions, which are filled from nothing.
func TestLiveIsWhatABackfillSays(t *testing.T) {
	w := newWorld(t)
	clock := w.stopped("2026-03-01T12:00:00Z")
	w.start()
	r := rand.New(rand.NewPCG(6, 2026))
	const signed = `{"event":{"name":"Signed","within":"P2D"}}`
	conditions := []string{
		`{"event":{"name":"Seen","atLeast":2,"within":"P3D"}}`,
		`{"sequence":{"steps":[{"name":"Seen"},{"name":"Signed"}],"within":"P1D","lookback":"P4D"}}`,
		`{"all":[{"event":{"name":"Seen"}},{"connected":{"through":"ACCOUNT","where":` + signed + `}}]}`,
		`{"all":[{"event":{"name":"Seen"}},{"not":{"connected":{"through":"HOUSEHOLD","where":` + signed + `}}}]}`,
		`{"connected":{"through":"HOUSEHOLD","where":{"not":{"connected":{"through":"ACCOUNT","where":` + signed + `}}}}}`,
		`{"all":[{"not":{"segment":"seg_2"}},{"trait":{"key":"order_count","op":"GTE","value":1}}]}`,
		`{"any":[{"segment":"seg_5"},{"trait":{"key":"days_since_last_seen","op":"GTE","value":2}}]}`,
		`{"connected":{"through":"ACCOUNT","where":{"segment":"seg_1"}}}`,
	}
	for n, c := range conditions {
		w.segment(fmt.Sprintf("seg_%d", n), c)
	}
	some := map[string]bool{}
	id := 0
	act := func() string {
		id++
		who := fmt.Sprintf(`"userId":"u%d"`, r.IntN(10))
		if r.IntN(3) == 0 {
			who = fmt.Sprintf(`"anonymousId":"a%d"`, r.IntN(8))
		}
		at := time.UnixMilli(clock.Load()).UTC().Add(-time.Duration(r.IntN(72)) * time.Hour).Format(time.RFC3339)
		head := fmt.Sprintf(`"messageId":"m%d",%s,"timestamp":%q`, id, who, at)
		switch r.IntN(8) {
		case 0:
			return `{"type":"group",` + head + fmt.Sprintf(`,"groupId":"g%d"}`, r.IntN(2))
		case 1:
			return `{"type":"identify",` + head + fmt.Sprintf(`,"traits":{"firstName":"A","lastName":"Byron","address":{"street":"%d Baker Street","city":"London","postalCode":"NW1 6XE"}}}`, 1+r.IntN(2))
		case 2:
			return fmt.Sprintf(`{"type":"identify","messageId":"m%d","userId":"u%d","anonymousId":"a%d","timestamp":%q}`, id, r.IntN(10), r.IntN(8), at)
		case 3:
			return `{"type":"track",` + head + `,"event":"Order Completed","properties":{"revenue":5}}`
		case 4, 5:
			return `{"type":"track",` + head + `,"event":"Signed"}`
		}
		return `{"type":"track",` + head + `,"event":"Seen"}`
	}
	for round := range 12 {
		for range 1 + r.IntN(4) {
			var calls []string
			for range 1 + r.IntN(8) {
				calls = append(calls, act())
			}
			w.send("web", calls...)
		}
		switch round % 6 {
		case 0:
			w.mark(fmt.Sprint("dec_", round), identity.MarkBlocked, identity.Key(fmt.Sprintf("user_id:u%d", r.IntN(10))), round+1)
		case 2, 4:
			clock.Add(int64(time.Duration(r.IntN(40)) * time.Hour / time.Millisecond))
		}
		w.quiet()
		if round%3 != 2 {
			continue
		}
		var calls []string // what everybody does last, and what others meet stays as it is
		for n := range 10 {
			id++
			calls = append(calls, fmt.Sprintf(`{"type":"track","messageId":"m%d","userId":"u%d","event":"Seen","timestamp":%q}`, id, n, time.UnixMilli(clock.Load()).UTC().Format(time.RFC3339)))
		}
		w.send("web", calls...)
		w.quiet()
		for n := range conditions {
			w.segment(fmt.Sprintf("seg_twin%d_%d", n, round), conditions[n])
		}
		w.quiet()
		for n := range conditions {
			name := fmt.Sprintf("seg_%d", n)
			live, anew := w.members(name), w.members(fmt.Sprintf("seg_twin%d_%d", n, round))
			some[name] = some[name] || len(live) > 0
			if !slices.Equal(live, anew) {
				t.Errorf("round %d: in %s are %v, and filled from nothing %v\n%s", round, name, live, anew, conditions[n])
			}
		}
	}
	if len(some) < len(conditions) || slices.Contains(slices.Collect(maps.Values(some)), false) {
		t.Errorf("a segment that is always empty proves nothing: %v", some)
	}
}
