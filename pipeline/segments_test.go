package pipeline_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kith/customer"
	"kith/event"
	"kith/fault"
	"kith/identity"
	"kith/pipeline"
	"kith/segment"
)

// define puts a change of the definitions into the journal and waits until it is applied.
func (w *world) define(d segment.Definition) {
	w.t.Helper()
	data, err := json.Marshal(d)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.journal.Append(context.Background(), pipeline.KindSegments, data); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

func (w *world) segment(id, condition string) {
	w.t.Helper()
	c, err := segment.Parse([]byte(condition))
	if err != nil {
		w.t.Fatal(err)
	}
	w.define(segment.Definition{Segment: &segment.Segment{ID: id, Key: id, Name: id, Condition: c}, By: "ada", At: 1})
}

// quiet waits until no job is left and nobody is due.
func (w *world) quiet() {
	w.t.Helper()
	w.settle()
	deadline := time.Now().Add(time.Minute)
	for {
		d, err := w.graph.Definitions(context.Background())
		if err != nil {
			w.t.Fatal(err)
		}
		next, err := w.graph.NextDue(context.Background())
		if err != nil {
			w.t.Fatal(err)
		}
		if len(d.Fills) <= 1 && next > w.clock() { // one says what is gathered
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("jobs and clock do not come to an end: %+v, next %v", d.Fills, next)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (w *world) clock() event.Millis {
	if w.now != nil {
		return event.MillisOf(w.now())
	}
	return event.MillisOf(time.Now())
}

// members is who is in a segment, by an identifier each.
func (w *world) members(id string) []string {
	w.t.Helper()
	list, err := w.graph.StandingsAfter(context.Background(), "", 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, s := range list {
		if slices.Contains(s.In, id) {
			var keys []string
			for k := range s.Tallies {
				keys = append(keys, string(k))
			}
			slices.Sort(keys)
			out = append(out, keys[len(keys)-1])
		}
	}
	slices.Sort(out)
	d, err := w.graph.Definitions(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range d.Segments {
		if s.ID == id && int(s.Size) != len(out) {
			w.t.Errorf("the size of %s is %d, but %d are in: %v", id, s.Size, len(out), out)
		}
	}
	return out
}

func (w *world) in(id string, want ...string) {
	w.t.Helper()
	if got := w.members(id); !slices.Equal(got, want) {
		w.t.Errorf("in %s are %v, want %v", id, got, want)
	}
}

// memberships are the changes of one segment that were published, as +id and -id.
func (w *world) memberships(id string) []string {
	w.t.Helper()
	var out []string
	for _, b := range w.changes() {
		for _, c := range b.Changes {
			if m := c.Membership; m != nil && m.Segment == id {
				sign := "-"
				if m.Entered {
					sign = "+"
				}
				out = append(out, sign+string(m.Customer))
			}
		}
	}
	return out
}

func (w *world) changes() []customer.Batch {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	head, err := w.journal.ChangeHead(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	reader := w.journal.Changes(0)
	var out []customer.Batch
	for at := uint64(0); at+1 < head.Seq; {
		list, err := reader.Fetch(ctx, 1000, 64<<20)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, m := range list {
			var b customer.Batch
			if err := json.Unmarshal(m.Data, &b); err != nil {
				w.t.Fatal(err)
			}
			out = append(out, b)
			at = m.Seq
		}
	}
	return out
}

// stopped is a clock that tests move.
func (w *world) stopped(at string) *atomic.Int64 {
	m, ok := event.Moment(at)
	if !ok {
		w.t.Fatal(at)
	}
	clock := &atomic.Int64{}
	clock.Store(int64(m))
	w.now = func() time.Time { return event.Millis(clock.Load()).Time() }
	w.at = m - 1000
	return clock
}

func order(id, user, at string, revenue float64) string {
	return fmt.Sprintf(`{"type":"track","messageId":%q,"userId":%q,"event":"Order Completed","timestamp":%q,"properties":{"revenue":%g}}`, id, user, at, revenue)
}

const spenders = `{"trait":{"key":"lifetime_value","op":"GTE","value":100}}`

func TestMembershipFollowsEventsTraitsAndTheClock(t *testing.T) {
	w := newWorld(t)
	clock := w.stopped("2026-03-01T12:00:00Z")
	w.start()
	w.send("web", order("1", "ada", "2026-02-27T10:00:00Z", 60), order("2", "bob", "2026-02-28T10:00:00Z", 10))
	w.segment("seg_recent", `{"event":{"name":"Order Completed","within":"P3D"}}`)
	w.segment("seg_pro", `{"all":[{"trait":{"key":"plan","op":"EQ","value":"pro"}},{"segment":"seg_recent"}]}`)
	w.segment("seg_spenders", spenders)
	w.segment("seg_not", `{"event":{"name":"Order Completed","atMost":0}}`)
	w.quiet()
	w.in("seg_recent", "user_id:ada", "user_id:bob")
	w.in("seg_pro")
	w.in("seg_spenders")
	w.send("web", `{"type":"identify","messageId":"3","userId":"ada","traits":{"plan":"pro"},"timestamp":"2026-03-01T11:00:00Z"}`,
		`{"type":"identify","messageId":"4","userId":"cleo","traits":{"plan":"pro"},"timestamp":"2026-03-01T11:00:00Z"}`)
	w.settle()
	w.in("seg_pro", "user_id:ada")
	w.in("seg_not", "user_id:cleo")
	// A segment over a computed trait over an event, in one push; and late, and twice.
	for range 2 {
		w.send("web", order("5", "ada", "2026-02-01T10:00:00Z", 40))
		w.settle()
		w.in("seg_spenders", "user_id:ada")
	}
	// Nothing happens but time.
	clock.Store(int64(event.MillisOf(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))))
	w.quiet()
	w.in("seg_recent", "user_id:ada", "user_id:bob")
	clock.Add(1)
	w.quiet()
	w.in("seg_recent", "user_id:bob")
	w.in("seg_pro")
	clock.Add(int64(24 * time.Hour / time.Millisecond))
	w.quiet()
	w.in("seg_recent")
	ada, bob := w.profile("user_id:ada").ID, w.profile("user_id:bob").ID
	if got := w.memberships("seg_pro"); !slices.Equal(got, []string{"+" + string(ada), "-" + string(ada)}) {
		t.Errorf("told of seg_pro: %v", got)
	}
	if got := w.memberships("seg_recent"); len(got) != 4 || got[3] != "-"+string(bob) {
		t.Errorf("told of seg_recent: %v", got)
	}
	w.stop() // what was counted last is written then
	days, err := w.graph.SegmentDays(t.Context(), []string{"seg_recent"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	entered, left := int64(0), int64(0)
	for _, d := range days["seg_recent"] {
		entered, left = entered+d.Entered, left+d.Left
	}
	if list := days["seg_recent"]; entered != 2 || left != 2 || len(list) == 0 || list[len(list)-1].Size != 0 {
		t.Errorf("counted of seg_recent: %+v", list)
	}
	reasons := map[customer.Reason]int{}
	for _, b := range w.changes() {
		for _, c := range b.Changes {
			if c.Changed != nil && c.Changed.Customer == ada {
				for _, r := range c.Changed.Reasons {
					reasons[r]++
				}
			}
		}
	}
	if reasons[customer.ReasonSegments] == 0 || reasons[customer.ReasonComputed] == 0 {
		t.Errorf("reasons told of ada: %v", reasons)
	}
}

func TestMembershipFollowsMergesAndSplits(t *testing.T) {
	w := newWorld(t)
	w.stopped("2026-03-01T12:00:00Z")
	w.start()
	w.segment("seg_two", `{"event":{"name":"Seen","atLeast":2}}`)
	w.segment("seg_one", `{"event":{"name":"Seen"}}`)
	w.quiet()
	seen := func(id, field, who string) string {
		return fmt.Sprintf(`{"type":"track","messageId":%q,%q:%q,"event":"Seen","timestamp":"2026-02-01T10:00:00Z"}`, id, field, who)
	}
	w.send("web", seen("1", "anonymousId", "a1"), seen("2", "userId", "ada"))
	w.settle()
	w.in("seg_one", "anonymous_id:a1", "user_id:ada")
	w.in("seg_two")
	w.send("web", `{"type":"identify","messageId":"3","anonymousId":"a1","userId":"ada","timestamp":"2026-02-02T10:00:00Z"}`)
	w.settle()
	w.in("seg_two", "user_id:ada")
	w.in("seg_one", "user_id:ada")
	// A second user on it: the visitor is SHARED, alone, and in no segment.
	w.send("web", `{"type":"identify","messageId":"4","anonymousId":"a1","userId":"bob","timestamp":"2026-02-03T10:00:00Z"}`)
	w.settle()
	w.in("seg_two")
	w.in("seg_one", "user_id:ada")
	ada := string(w.profile("user_id:ada").ID)
	if got := w.memberships("seg_two"); !slices.Equal(got, []string{"+" + ada, "-" + ada}) {
		t.Errorf("told of seg_two: %v", got)
	}
	// The visitor was in seg_one, and ada after: for who asks by either id nothing changed.
	if got := w.memberships("seg_one"); len(got) != 2 {
		t.Errorf("told of seg_one: %v", got)
	}
}

func TestColleaguesAreLookedAtAgain(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.segment("seg_colleague", `{"connected":{"through":"ACCOUNT","where":{"event":{"name":"Signed"}}}}`)
	group := func(id, user string) string {
		return fmt.Sprintf(`{"type":"group","messageId":%q,"userId":%q,"groupId":"acme","timestamp":"2026-02-01T10:00:00Z"}`, id, user)
	}
	w.send("web", group("1", "ada"), group("2", "bob"))
	w.quiet()
	w.in("seg_colleague")
	w.send("web", `{"type":"track","messageId":"3","userId":"ada","event":"Signed","timestamp":"2026-02-01T10:00:00Z"}`)
	w.quiet()
	w.in("seg_colleague", "user_id:bob")
	w.send("web", group("4", "cleo"))
	w.quiet()
	w.in("seg_colleague", "user_id:bob", "user_id:cleo")
}

// TestRulesChangeBeforeFactsAreGathered: new identity rules have everybody evaluated at once, also under a segment whose facts
// an earlier segment's job was still to gather.
func TestRulesChangeBeforeFactsAreGathered(t *testing.T) {
	w := newWorld(t)
	w.stopped("2026-03-01T12:00:00Z")
	w.start()
	var one, two []string
	for first := 0; first < 2000; first += 500 { // several pages of a job
		var calls []string
		for n := first; n < first+500; n++ {
			user := fmt.Sprintf("u%04d", n)
			one = append(one, "user_id:"+user)
			calls = append(calls, order("a"+user, user, "2026-02-28T10:00:00Z", 1))
			if n%10 == 0 {
				two = append(two, "user_id:"+user)
				calls = append(calls, order("b"+user, user, "2026-02-28T11:00:00Z", 1))
			}
		}
		w.send("web", calls...)
	}
	w.settle()
	w.stop()
	definition := func(id, text string) []byte {
		data, err := json.Marshal(segment.Definition{Segment: &segment.Segment{ID: id, Key: id, Name: id, Condition: condition(t, text)}})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	const text = "size: 1999"
	changed, err := json.Marshal(rules(t, text).Store([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct {
		kind string
		data []byte
	}{
		{pipeline.KindSegments, definition("seg_two", `{"event":{"name":"Order Completed","atLeast":2,"within":"P7D"}}`)},
		{pipeline.KindSegments, definition("seg_one", `{"event":{"name":"Order Completed","within":"P7D"}}`)}, // stands on the same facts
		{pipeline.KindRules, changed},
	} {
		if _, err := w.journal.Append(t.Context(), m.kind, m.data); err != nil {
			t.Fatal(err)
		}
	}
	w.start()
	w.settle()
	w.quiet()
	w.in("seg_two", two...)
	w.in("seg_one", one...)
	for id, members := range map[string]int{"seg_two": len(two), "seg_one": len(one)} {
		if told := w.memberships(id); len(told) != members {
			t.Errorf("%d times entering was told of %d members of %s", len(told), members, id)
		}
	}
}

// TestEventsGoOnBesideAJobThatFails: as long as a backfill fails, it is tried again, and keeps no event waiting.
func TestEventsGoOnBesideAJobThatFails(t *testing.T) {
	w := newWorld(t)
	w.stopped("2026-03-01T12:00:00Z")
	var mended atomic.Bool
	var failures atomic.Int64
	w.faults = func(step string) error {
		if strings.HasPrefix(step, "fill ") && !mended.Load() {
			failures.Add(1)
			return fault.New("test", fault.Internal, "broken off")
		}
		return nil
	}
	w.start()
	w.send("web", order("1", "ada", "2026-02-28T10:00:00Z", 5))
	w.settle()
	w.segment("seg_one", `{"event":{"name":"Order Completed","within":"P7D"}}`)
	for n := 0; n < 20 || failures.Load() < 3; n++ {
		w.send("web", order(fmt.Sprint("more", n), fmt.Sprint("user", n%3), "2026-02-28T11:00:00Z", 5))
		w.settle()
	}
	mended.Store(true)
	w.quiet()
	w.in("seg_one", "user_id:ada", "user_id:user0", "user_id:user1", "user_id:user2")
}

func TestDefinitionsChangeWhileEventsFlow(t *testing.T) {
	w := newWorld(t)
	w.stopped("2026-03-01T12:00:00Z")
	var breaks atomic.Int64
	w.faults = func(step string) error {
		if (step == "fill GATHERING" || step == "fill EVALUATING" || step == "after commit") && breaks.Add(-1) == 0 {
			return fault.New("test", fault.Unavailable, "broken off")
		}
		return nil
	}
	w.start()
	r := rand.New(rand.NewPCG(1, 2))
	sent := map[string]int{}
	n := 0
	more := func() {
		var calls []string
		for range 300 {
			n++
			user := fmt.Sprintf("u%03d", r.IntN(700))
			sent["user_id:"+user]++
			calls = append(calls, order(fmt.Sprint(n), user, "2026-02-28T10:00:00Z", 1))
		}
		w.send("web", calls...)
	}
	for range 4 {
		more()
	}
	w.settle()
	data, err := json.Marshal(segment.Definition{Segment: &segment.Segment{ID: "seg_2", Key: "two", Name: "Two", Condition: condition(t, `{"event":{"name":"Order Completed","atLeast":3,"within":"P7D"}}`)}})
	if err != nil {
		t.Fatal(err)
	}
	breaks.Store(3)
	if _, err := w.journal.Append(t.Context(), pipeline.KindSegments, data); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		more()
		breaks.CompareAndSwap(0, 2)
	}
	w.quiet()
	var want []string
	for user, times := range sent {
		if times >= 3 {
			want = append(want, user)
		}
	}
	slices.Sort(want)
	w.in("seg_2", want...)
	told := w.memberships("seg_2")
	if slices.Sort(told); len(slices.Compact(told)) != len(want) || len(w.memberships("seg_2")) != len(want) {
		t.Errorf("%d times entering was told of %d members", len(w.memberships("seg_2")), len(want))
	}
	// Conditions that reach further on the same events: what the first stands on is made anew under it, and nobody leaves.
	for n, text := range []string{`{"event":{"name":"Order Completed","atLeast":4,"within":"P70D"}}`, `{"event":{"name":"Order Completed","atLeast":5}}`} {
		id := fmt.Sprint("seg_far", n)
		data, err := json.Marshal(segment.Definition{Segment: &segment.Segment{ID: id, Key: id, Name: id, Condition: condition(t, text)}})
		if err != nil {
			t.Fatal(err)
		}
		breaks.Store(2)
		if _, err := w.journal.Append(t.Context(), pipeline.KindSegments, data); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			more()
		}
	}
	w.segment("seg_near", `{"event":{"name":"Order Completed","atLeast":2,"within":"P3D"}}`) // is there already
	w.quiet()
	for id, least := range map[string]int{"seg_2": 3, "seg_far0": 4, "seg_far1": 5, "seg_near": 2} {
		want = nil
		for user, times := range sent {
			if times >= least {
				want = append(want, user)
			}
		}
		slices.Sort(want)
		w.in(id, want...)
		if told := w.memberships(id); len(told) != len(want) {
			t.Errorf("%s: %d times entering or leaving was told of %d members", id, len(told), len(want))
		}
	}
	want = w.members("seg_2")
	// Another condition under the same id, then none.
	w.segment("seg_2", `{"event":{"name":"Order Completed","atLeast":6,"within":"P7D"}}`)
	w.quiet()
	want = slices.DeleteFunc(want, func(user string) bool { return sent[user] < 6 })
	w.in("seg_2", want...)
	w.define(segment.Definition{Remove: "seg_2"})
	w.quiet()
	w.in("seg_2")
	if d, err := w.graph.Definitions(t.Context()); err != nil || len(d.Segments) != 3 {
		t.Errorf("definitions left: %+v, %v", d, err)
	}
}

func condition(t *testing.T, text string) segment.Condition {
	t.Helper()
	c, err := segment.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTheGraphIsWhatTheFactsSay sends the same calls in two orders, with segments made before and after, and across
// restarts: the same members, tallies and computed traits.
func TestTheGraphIsWhatTheFactsSay(t *testing.T) {
	calls := shop(150, 3)
	for i := range 60 {
		calls = append(calls, order(fmt.Sprintf("o%d", i), fmt.Sprintf("u%d", i%6), fmt.Sprintf("2026-01-%02dT08:00:00Z", 1+i%28), float64(i)/10))
	}
	segments := func(w *world) {
		w.segment("seg_a", `{"any":[{"event":{"name":"Order Completed","atLeast":12}},{"trait":{"key":"plan","op":"EQ","value":"pro"}}]}`)
		w.segment("seg_b", `{"not":{"segment":"seg_a"}}`)
		w.segment("seg_c", `{"sequence":{"steps":[{"name":"Page Viewed"},{"name":"Order Completed"}],"within":"P10D"}}`)
		w.segment("seg_d", `{"connected":{"through":"ACCOUNT","where":{"trait":{"key":"order_count","op":"GTE","value":11}}}}`)
	}
	w := newWorld(t)
	w.stopped("2026-03-01T12:00:00Z")
	w.start()
	segments(w)
	for _, c := range calls {
		w.at = 1_772_000_000_000 // received at the same time in either order
		w.send("web", c)
	}
	w.quiet()
	want := w.dump()
	got := map[string][]string{}
	for _, id := range []string{"seg_a", "seg_b", "seg_c", "seg_d"} {
		got[id] = w.members(id)
	}
	if len(got["seg_a"]) == 0 || len(got["seg_b"]) == 0 || len(got["seg_c"]) == 0 || len(got["seg_d"]) == 0 {
		t.Fatalf("a segment without members proves nothing: %v", got)
	}
	other := newWorld(t)
	other.stopped("2026-03-01T12:00:00Z")
	other.start()
	r := rand.New(rand.NewPCG(9, 9))
	r.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	other.at = 1_772_000_000_000
	other.send("web", calls[:100]...)
	other.settle()
	segments(other)
	other.stop()
	other.start()
	other.at = 1_772_000_000_000
	other.send("web", calls[50:]...)
	other.quiet()
	other.same(want, "in another order")
}

func TestWrongDefinitionsAreSetAside(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.segment("seg_1", `{"event":{"name":"A"}}`)
	w.segment("seg_2", `{"segment":"seg_1"}`)
	w.segment("seg_1", `{"segment":"seg_2"}`)                                                                                             // a circle
	w.define(segment.Definition{Remove: "seg_1"})                                                                                         // in use
	w.define(segment.Definition{Segment: &segment.Segment{ID: "seg_9", Key: "seg_1", Condition: condition(t, `{"event":{"name":"A"}}`)}}) // a key that is taken
	w.define(segment.Definition{Computed: &segment.Computed{Key: "lifetime_value", Name: "x", Function: segment.Count}})
	w.quiet()
	if n := w.pipe.Stats().DeadLetters.Load(); n != 4 {
		t.Errorf("%d dead letters, want 4", n)
	}
	d, err := w.graph.Definitions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Segments) != 2 || len(d.Computed) != 0 {
		t.Errorf("definitions: %+v", d)
	}
}

func TestComputedTraitsOfOnesOwn(t *testing.T) {
	w := newWorld(t)
	clock := w.stopped("2026-03-01T12:00:00Z")
	w.start()
	w.send("web", order("1", "ada", "2026-02-27T10:00:00Z", 60.1), order("2", "ada", "2026-02-28T10:00:00Z", 10.2))
	within := segment.Duration{Millis: 3 * 24 * 3600 * 1000}
	w.define(segment.Definition{Computed: &segment.Computed{Key: "spent_lately", Name: "Spent", Function: segment.Total, Events: []string{"Order Completed"}, Property: "revenue", Within: &within}})
	w.segment("seg_lately", `{"trait":{"key":"spent_lately","op":"GT","value":50}}`)
	w.quiet()
	w.in("seg_lately", "user_id:ada")
	basis := func() string {
		list, err := w.graph.Standings(t.Context(), []identity.CustomerID{w.profile("user_id:ada").ID})
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return string(list[0].Basis["spent_lately"])
	}
	if got := basis(); got != "70.3" {
		t.Errorf("spent lately: %s", got)
	}
	clock.Store(int64(event.MillisOf(time.Date(2026, 3, 2, 10, 0, 0, 1e6, time.UTC))))
	w.quiet()
	w.in("seg_lately")
	if got := basis(); got != "10.2" {
		t.Errorf("a day later: %s", got)
	}
	w.define(segment.Definition{RemoveTrait: "spent_lately"})
	w.quiet()
	if got := basis(); got != "" {
		t.Errorf("removed: %s", got)
	}
}

func TestThoseOfOneHouseholdAreLookedAtAgain(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.segment("seg_home", `{"connected":{"through":"HOUSEHOLD","where":{"event":{"name":"Signed"}}}}`)
	lives := func(id, user, street string) string {
		return fmt.Sprintf(`{"type":"identify","messageId":%q,"userId":%q,"timestamp":"2026-02-0%sT10:00:00Z","traits":{"firstName":%q,"lastName":"Byron","address":{"street":%q,"city":"London","postalCode":"SW1Y 4LE"}}}`, id, user, id, user, street)
	}
	w.send("web", lives("1", "ada", "12 St James Square"), lives("2", "bob", "12 St James Square"))
	w.send("web", `{"type":"track","messageId":"3","userId":"ada","event":"Signed","timestamp":"2026-02-01T10:00:00Z"}`)
	w.quiet()
	w.in("seg_home", "user_id:bob")
	w.send("web", lives("4", "ada", "1 Baker Street"))
	w.quiet()
	w.in("seg_home")
}

// TestAnIdentifierWithVeryManyEventsIsGathered: what is read of one at once is bounded, and nothing is left out or taken twice,
// also among events of the same moment.
func TestAnIdentifierWithVeryManyEventsIsGathered(t *testing.T) {
	w := newWorld(t)
	w.stopped("2026-03-01T12:00:00Z")
	w.start()
	const all = 1800
	for first := 0; first < all; first += 600 {
		var calls []string
		for n := first; n < first+600; n++ {
			at := "2026-02-28T10:00:00Z" // most at one moment
			if n%3 == 0 {
				at = fmt.Sprintf("2026-02-%02dT10:00:00Z", 1+n%28)
			}
			calls = append(calls, order(fmt.Sprint("m", n), "kiosk", at, 0.5))
		}
		w.send("web", append(calls, order(fmt.Sprint("one", first), "ada", "2026-02-28T10:00:00Z", 900))...)
	}
	w.settle()
	sum := func(id, value string) {
		w.segment(id, `{"event":{"name":"Order Completed","where":[{"key":"revenue","op":"LT","value":1}],"sum":{"property":"revenue","op":"EQ","value":`+value+`}}}`)
	}
	sum("seg_all", fmt.Sprint(all/2))
	sum("seg_none", "0")
	w.segment("seg_count", fmt.Sprintf(`{"event":{"name":"Order Completed","where":[{"key":"revenue","op":"LTE","value":1}],"atLeast":%d}}`, 1000))
	w.quiet()
	w.in("seg_all", "user_id:kiosk")
	w.in("seg_none", "user_id:ada")
	w.in("seg_count", "user_id:kiosk")
}
