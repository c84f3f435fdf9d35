package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kith/fault"
	"kith/identity"
	"kith/pipeline"
	"kith/segment"
)

// rare is a world in which everything happens at once: customers act, come together and apart, are marked and grow older,
// definitions and identity rules come, change and go while jobs run, and the pipeline dies in between.
type rare struct {
	*world
	r     *rand.Rand
	clock *atomic.Int64
	id    int
	live  map[string]segment.Condition // segments, by id
	joins []string                     // decisions in force
	rule  bool                         // which of two sets of identity rules is in force
}

func (w *rare) one(list ...string) string { return list[w.r.IntN(len(list))] }

// condition draws one that may refer to the segments that are there.
func (w *rare) condition(depth int) string {
	if depth > 0 {
		switch w.r.IntN(7) {
		case 0:
			return `{"all":[` + w.condition(depth-1) + `,` + w.condition(depth-1) + `]}`
		case 1:
			return `{"any":[` + w.condition(depth-1) + `,` + w.condition(depth-1) + `]}`
		case 2:
			return `{"not":` + w.condition(depth-1) + `}`
		case 3, 4:
			return `{"connected":{"through":"` + w.one("ACCOUNT", "HOUSEHOLD") + `","where":` + w.condition(depth-1) + `}}`
		}
	}
	ids := slices.Sorted(maps.Keys(w.live))
	if len(ids) > 0 && w.r.IntN(4) == 0 {
		return `{"segment":"` + w.one(ids...) + `"}`
	}
	name := w.one("Seen", "Signed")
	switch w.r.IntN(7) {
	case 0:
		return `{"event":{"name":"` + name + `","atLeast":2,"within":"` + w.one("P1D", "P3D", "P1M") + `"}}`
	case 1:
		return `{"event":{"name":"` + name + `","atMost":1}}`
	case 2:
		return `{"event":{"name":"Order Completed","sum":{"property":"revenue","op":"GTE","value":12}}}`
	case 3:
		return `{"sequence":{"steps":[{"name":"Seen"},{"name":"Signed"}],"within":"P2D"` + w.one("", `,"lookback":"P3D"`) + `}}`
	case 4:
		return `{"trait":{"key":"plan","op":"` + w.one("EQ", "NE") + `","value":"pro"}}`
	case 5:
		return `{"trait":{"key":"bought","op":"GTE","value":` + w.one("1", "2") + `}}`
	}
	return `{"event":{"name":"` + name + `","within":"` + w.one("P1D", "P4D") + `"}}`
}

func (w *rare) call() string {
	w.id++
	who := fmt.Sprintf(`"userId":"u%d"`, w.r.IntN(8))
	if w.r.IntN(3) == 0 {
		who = fmt.Sprintf(`"anonymousId":"a%d"`, w.r.IntN(7))
	}
	at := time.UnixMilli(w.clock.Load()).UTC().Add(-time.Duration(w.r.IntN(80)-8) * time.Hour).Format(time.RFC3339)
	head := fmt.Sprintf(`"messageId":"m%d",%s,"timestamp":%q`, w.id, who, at)
	switch w.r.IntN(10) {
	case 0:
		return `{"type":"group",` + head + fmt.Sprintf(`,"groupId":"g%d"}`, w.r.IntN(2))
	case 1:
		return `{"type":"identify",` + head + fmt.Sprintf(`,"traits":{"firstName":"A","lastName":"Byron","address":{"street":"%d Baker Street","city":"London","postalCode":"NW1 6XE"}}}`, 1+w.r.IntN(2))
	case 2:
		return fmt.Sprintf(`{"type":"identify","messageId":"m%d","userId":"u%d","anonymousId":"a%d","timestamp":%q}`, w.id, w.r.IntN(8), w.r.IntN(7), at)
	case 3:
		return `{"type":"identify",` + head + fmt.Sprintf(`,"traits":{"plan":"%s","loyaltyNumber":"L%d"}}`, w.one("pro", "free"), w.r.IntN(6))
	case 4, 5:
		return `{"type":"track",` + head + `,"event":"Order Completed","properties":{"revenue":5}}`
	case 6, 7:
		return `{"type":"track",` + head + `,"event":"Signed"}`
	}
	return `{"type":"track",` + head + `,"event":"Seen"}`
}

func (w *rare) append(kind string, what any) {
	data, err := json.Marshal(what)
	if err == nil {
		_, err = w.journal.Append(context.Background(), kind, data)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *rare) put(id, text string) {
	c, err := segment.Parse([]byte(text))
	if err != nil {
		w.t.Fatal(err)
	}
	w.live[id] = c
	w.append(pipeline.KindSegments, segment.Definition{Segment: &segment.Segment{ID: id, Key: id, Name: id, Condition: c}})
}

// change makes, changes or deletes something, and does not wait.
func (w *rare) change() {
	ids := slices.Sorted(maps.Keys(w.live))
	id := ids[w.r.IntN(len(ids))]
	plain := func() (list []segment.Segment) {
		for id, c := range w.live {
			list = append(list, segment.Segment{ID: id, Key: id, Condition: c})
		}
		return list
	}
	switch w.r.IntN(6) {
	case 0:
		if len(segment.Uses(id, plain())) == 0 && len(w.live) > 4 {
			delete(w.live, id)
			w.append(pipeline.KindSegments, segment.Definition{Remove: id})
		}
	case 1:
		bought := segment.Computed{Key: "bought", Name: "Bought", Function: segment.Count, Events: []string{w.one("Order Completed", "Signed")}}
		if w.r.IntN(2) == 0 {
			d, err := segment.ParseDuration(w.one("P1D", "P3D"))
			if err != nil {
				w.t.Fatal(err)
			}
			bought.Within = &d
		}
		w.append(pipeline.KindSegments, segment.Definition{Computed: &bought})
	default:
		if len(w.live) < 7 && w.r.IntN(2) == 0 { // an id is never given out again
			w.id++
			id = fmt.Sprintf("seg_%d", w.id)
		}
		text := w.condition(2)
		c, err := segment.Parse([]byte(text))
		if err != nil {
			w.t.Fatal(err)
		}
		if segment.Cycle(id, id, &c, plain()) == nil {
			w.put(id, text)
		}
	}
}

// happen is what else happens between batches.
func (w *rare) happen() {
	key := func() identity.Key {
		return identity.Key(w.one("user_id:u", "anonymous_id:a") + strconv.Itoa(w.r.IntN(7)))
	}
	w.id++
	name := fmt.Sprint("dec_", w.id)
	d := identity.Decision{ID: name, By: "s", At: 24 * 3600_000}
	switch w.r.IntN(12) {
	case 0, 1:
		d.Kind, d.A = "JOIN", keys(key(), key())
		if d.A[0] == d.A[1] {
			return
		}
	case 2:
		d.Kind, d.A = w.one("SHARED", "BLOCKED", "PERSONAL"), keys(key())
	case 3, 4:
		if len(w.joins) == 0 {
			return
		}
		d.Revokes, w.joins = w.joins[0], w.joins[1:]
	case 5, 6, 7:
		w.clock.Add(int64(time.Duration(w.r.IntN(40)) * time.Hour / time.Millisecond))
		return
	case 8:
		w.rule = !w.rule
		text := "size: 1999"
		if w.rule {
			text = "traits: {loyaltyNumber: loyalty_card}"
		}
		w.append(pipeline.KindRules, rules(w.t, text).Store([]byte(text)))
		return
	case 9:
		w.stop()
		w.start()
		return
	default:
		w.change()
		return
	}
	if d.Revokes == "" {
		w.joins = append(w.joins, name)
	}
	w.append(pipeline.KindDecision, d)
}

// twin is a condition that says the same and shares nothing that is kept: every event is filtered by a property that none
// has.
func twin(text, mark string) string {
	unknown := `"where":[{"key":"` + mark + `","op":"NOT_EXISTS"}],`
	text = strings.ReplaceAll(text, `"event":{`, `"event":{`+unknown)
	text = strings.ReplaceAll(text, `"steps":[{`, `"steps":[{`+unknown)
	text = strings.ReplaceAll(text, `"segment":"`, `"segment":"`+mark)
	return text
}

// TestSegmentsInRareOrders compares, whenever things have calmed down, every segment with one of the same condition that is
// filled from nothing, and with what was told of it. More seeds: KITH_TEST_SEEDS=20.
func TestSegmentsInRareOrders(t *testing.T) {
	seeds := 1
	if n, err := strconv.Atoi(os.Getenv("KITH_TEST_SEEDS")); err == nil {
		seeds = n
	}
	first := 1
	if n, err := strconv.Atoi(os.Getenv("KITH_TEST_SEED")); err == nil {
		first = n
	}
	for seed := first; seed < first+seeds; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := &rare{world: newWorld(t), r: rand.New(rand.NewPCG(uint64(seed), 77)), live: map[string]segment.Condition{}}
			w.clock = w.stopped("2026-03-01T12:00:00Z")
			var breaks atomic.Int64
			w.faults = func(step string) error {
				if breaks.Add(-1) == 0 {
					return fault.New("test", fault.Unavailable, "dies: %s", step)
				}
				return nil
			}
			w.start()
			w.append(pipeline.KindSegments, segment.Definition{Computed: &segment.Computed{Key: "bought", Name: "Bought", Function: segment.Count, Events: []string{"Order Completed"}}})
			for n := range 6 {
				w.id = n
				w.put(fmt.Sprintf("seg_%d", n), w.condition(2))
			}
			for round := range 5 {
				for range 12 {
					var calls []string
					for range 1 + w.r.IntN(6) {
						calls = append(calls, w.call())
					}
					w.send("web", calls...)
					if w.r.IntN(3) == 0 {
						breaks.Store(1 + w.r.Int64N(12))
					}
					if w.r.IntN(3) > 0 {
						w.happen()
					}
					if w.r.IntN(4) == 0 {
						w.settle()
					}
				}
				breaks.Store(0)
				w.compare(round)
				if t.Failed() {
					return
				}
			}
		})
	}
}

func (w *rare) compare(round int) {
	w.quiet()
	d, err := w.graph.Definitions(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	mark := fmt.Sprintf("twin%d_", round)
	left := map[string]string{}
	for _, s := range d.Segments {
		if !strings.HasPrefix(s.ID, "twin") {
			left[s.ID] = string(s.Condition.Encode())
		}
	}
	if len(left) != len(w.live) {
		w.t.Errorf("there are %d segments, want %d", len(left), len(w.live))
	}
	var order []string
	for len(order) < len(left) { // those that others refer to first
		for id, text := range left {
			if slices.Contains(order, id) {
				continue
			}
			open := false
			for other := range left {
				open = open || strings.Contains(text, `"`+other+`"`) && !slices.Contains(order, other)
			}
			if !open {
				order = append(order, id)
			}
		}
	}
	for _, id := range order {
		w.segment(mark+id, twin(left[id], mark))
	}
	w.quiet()
	for _, id := range order {
		if live, anew := w.members(id), w.members(mark+id); !slices.Equal(live, anew) {
			w.t.Errorf("round %d: in %s are %v, and filled from nothing %v\n%s", round, id, live, anew, left[id])
		}
		w.told(id)
		w.told(mark + id)
	}
	slices.Reverse(order)
	for _, id := range order {
		w.append(pipeline.KindSegments, segment.Definition{Remove: mark + id})
	}
	w.settle()
}
