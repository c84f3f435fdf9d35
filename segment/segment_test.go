package segment

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"kith/event"
)

func parse(t *testing.T, text string) Condition {
	t.Helper()
	c, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if wrong := c.Check(nil); len(wrong) > 0 {
		t.Fatalf("%s: %v", text, wrong)
	}
	return c
}

func at(text string) event.Millis {
	m, ok := event.Moment(text)
	if !ok {
		panic(text)
	}
	return m
}

// one evaluates a condition for a customer with the given events, all of identifiers of its own.
func one(t *testing.T, condition string, now event.Millis, traits string, facts ...Fact) Verdict {
	t.Helper()
	set, err := NewSet([]Segment{{ID: "seg_1", Key: "k", Condition: parse(t, condition)}}, BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	var states []State
	for n := range facts {
		var s State
		facts[n].MessageID = fmt.Sprint(n)
		for _, f := range set.Features() {
			s.Add(f, &facts[n], now)
		}
		states = append(states, s)
	}
	out := set.Evaluate(&Standing{Now: now, Traits: []byte(traits), States: states, Due: Never}, Change{All: true})
	return Verdict{len(out.Entered) > 0, out.Due}
}

func did(name, when string) Fact { return Fact{Name: name, At: at(when)} }

func TestEdgesOfTime(t *testing.T) {
	const day1 = `{"event":{"name":"A","within":"P1D"}}`
	for _, c := range []struct {
		name, condition, now string
		facts                []Fact
		want                 bool
	}{
		{"at the window's edge", day1, "2026-03-02T12:00:00Z", []Fact{did("A", "2026-03-01T12:00:00Z")}, true},
		{"a millisecond behind it", day1, "2026-03-02T12:00:00.001Z", []Fact{did("A", "2026-03-01T12:00:00Z")}, false},
		{"this very moment", day1, "2026-03-01T12:00:00Z", []Fact{did("A", "2026-03-01T12:00:00Z")}, true},
		{"ahead of the clock", day1, "2026-03-01T12:00:00Z", []Fact{did("A", "2026-03-01T12:00:00.001Z")}, false},
		{"in another zone", day1, "2026-03-02T12:00:00Z", []Fact{did("A", "2026-03-01T14:00:00+02:00")}, true},
		{"in another zone, behind", day1, "2026-03-02T12:00:00Z", []Fact{did("A", "2026-03-01T13:59:59+02:00")}, false},
		{"a day where clocks are changed has 24 hours", day1, "2026-03-29T12:00:00+02:00", []Fact{did("A", "2026-03-28T11:00:00+01:00")}, true},
		{"a month from a leap day", `{"event":{"name":"A","within":"P1M"}}`, "2024-03-29T00:00:00Z", []Fact{did("A", "2024-02-29T00:00:00Z")}, true},
		{"a year from a leap day", `{"event":{"name":"A","within":"P1Y"}}`, "2025-02-28T00:00:00Z", []Fact{did("A", "2024-02-29T00:00:00Z")}, true},
		{"a year and a millisecond from a leap day", `{"event":{"name":"A","within":"P1Y"}}`, "2025-02-28T00:00:00.001Z", []Fact{did("A", "2024-02-29T00:00:00Z")}, false},
		{"a month from the 31st", `{"event":{"name":"A","within":"P1M"}}`, "2026-02-28T08:00:00Z", []Fact{did("A", "2026-01-31T08:00:00Z")}, true},
		{"did not, ever", `{"event":{"name":"A","atMost":0}}`, "2026-03-01T12:00:00Z", nil, true},
		{"did not, in the window", `{"not":{"event":{"name":"A","within":"P1D"}}}`, "2026-03-03T12:00:00Z", []Fact{did("A", "2026-03-01T12:00:00Z")}, true},
		{"equal times in order of message ids", `{"sequence":{"steps":[{"name":"A"},{"name":"B"}],"within":"P1D"}}`, "2026-03-01T12:00:00Z",
			[]Fact{did("A", "2026-03-01T12:00:00Z"), did("B", "2026-03-01T12:00:00Z")}, true},
		{"equal times against the order of message ids", `{"sequence":{"steps":[{"name":"B"},{"name":"A"}],"within":"P1D"}}`, "2026-03-01T12:00:00Z",
			[]Fact{did("A", "2026-03-01T12:00:00Z"), did("B", "2026-03-01T12:00:00Z")}, false},
		{"one event is not two steps", `{"sequence":{"steps":[{"name":"A"},{"name":"A"}],"within":"P1D"}}`, "2026-03-01T12:00:00Z", []Fact{did("A", "2026-03-01T12:00:00Z")}, false},
		{"steps as far apart as they may be", `{"sequence":{"steps":[{"name":"A"},{"name":"B"}],"within":"PT1H"}}`, "2026-03-01T12:00:00Z",
			[]Fact{did("A", "2026-03-01T10:00:00Z"), did("B", "2026-03-01T11:00:00Z")}, true},
		{"steps too far apart", `{"sequence":{"steps":[{"name":"A"},{"name":"B"}],"within":"PT1H"}}`, "2026-03-01T12:00:00Z",
			[]Fact{did("A", "2026-03-01T10:00:00Z"), did("B", "2026-03-01T11:00:00.001Z")}, false},
		{"the first step as old as it may be", `{"sequence":{"steps":[{"name":"A"},{"name":"B"}],"within":"PT1H","lookback":"PT2H"}}`, "2026-03-01T12:00:00Z",
			[]Fact{did("A", "2026-03-01T10:00:00Z"), did("B", "2026-03-01T10:30:00Z")}, true},
		{"the first step too old", `{"sequence":{"steps":[{"name":"A"},{"name":"B"}],"within":"PT1H","lookback":"PT2H"}}`, "2026-03-01T12:00:00.001Z",
			[]Fact{did("A", "2026-03-01T10:00:00Z"), did("B", "2026-03-01T10:30:00Z")}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := one(t, c.condition, at(c.now), "{}", c.facts...); got.Met != c.want {
				t.Errorf("%v, want %v", got.Met, c.want)
			}
		})
	}
}

func TestKnowsWhenItMayChange(t *testing.T) {
	for _, c := range []struct {
		name, condition, traits string
		facts                   []Fact
		want                    string // empty: never
	}{
		{"leaves with the event that makes it too few", `{"event":{"name":"A","atLeast":2,"within":"P1D"}}`, "{}",
			[]Fact{did("A", "2026-03-01T01:00:00Z"), did("A", "2026-03-01T02:00:00Z"), did("A", "2026-03-01T03:00:00Z")}, "2026-03-02T02:00:00.001Z"},
		{"an event ahead counts from its time on", `{"event":{"name":"A"}}`, "{}", []Fact{did("A", "2026-03-01T13:00:00Z")}, "2026-03-01T13:00:00Z"},
		{"never, where another condition fails for good", `{"all":[{"trait":{"key":"plan","op":"EQ","value":"pro"}},{"event":{"name":"A","within":"P1D"}}]}`, `{"plan":"free"}`,
			[]Fact{did("A", "2026-03-01T01:00:00Z")}, ""},
		{"ever is ever", `{"event":{"name":"A"}}`, "{}", []Fact{did("A", "2026-03-01T01:00:00Z")}, ""},
		{"a time passes by", `{"trait":{"key":"trialEnd","op":"NOT_WITHIN_LAST","value":"P1D"}}`, `{"trialEnd":"2026-03-01T10:00:00Z"}`, nil, "2026-03-02T10:00:00.001Z"},
		{"days go by until the one that matters", `{"trait":{"key":"days_since_last_order","op":"GTE","value":30}}`, "{}",
			[]Fact{did("Order Completed", "2026-03-01T10:00:00Z")}, "2026-03-31T10:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, want := one(t, c.condition, at("2026-03-01T12:00:00Z"), c.traits, c.facts...).Next, Never
			if c.want != "" {
				want = at(c.want)
			}
			if got != want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestTypesAreRespected(t *testing.T) {
	const traits = `{"n":5,"s":"5","t":"Berlin","l":["a",1],"b":true,"o":{"x":{"y":3}},"a.b":1,"d":"2026-02-28T23:30:00-01:00","z":null}`
	for comparison, want := range map[string]bool{
		`{"key":"n","op":"EQ","value":5.0}`:                            true,
		`{"key":"s","op":"EQ","value":5}`:                              false,
		`{"key":"n","op":"EQ","value":"5"}`:                            false,
		`{"key":"n","op":"NE","value":"5"}`:                            true,
		`{"key":"none","op":"NE","value":1}`:                           true,
		`{"key":"n","op":"GT","value":4.999}`:                          true,
		`{"key":"s","op":"GT","value":4}`:                              false,
		`{"key":"t","op":"LT","value":"Bern"}`:                         true,
		`{"key":"t","op":"STARTS_WITH","value":"Ber"}`:                 true,
		`{"key":"t","op":"ENDS_WITH","value":"Ber"}`:                   false,
		`{"key":"t","op":"CONTAINS","value":"erl"}`:                    true,
		`{"key":"l","op":"CONTAINS","value":1.0}`:                      true,
		`{"key":"l","op":"CONTAINS","value":"1"}`:                      false,
		`{"key":"n","op":"IN","value":[1,5]}`:                          true,
		`{"key":"none","op":"NOT_IN","value":[1]}`:                     true,
		`{"key":"z","op":"EXISTS"}`:                                    false,
		`{"key":"b","op":"EQ","value":true}`:                           true,
		`{"key":"o.x.y","op":"GTE","value":3}`:                         true,
		`{"key":"a.b","op":"EQ","value":1}`:                            true,
		`{"key":"d","op":"AFTER","value":"2026-03-01"}`:                true,
		`{"key":"d","op":"BEFORE","value":"2026-03-01T00:30:00.001Z"}`: true,
		`{"key":"t","op":"BEFORE","value":"2026-03-01"}`:               false,
		`{"key":"t","op":"NOT_WITHIN_LAST","value":"P1D"}`:             false,
		`{"key":"n","op":"CONTAINS","value":5}`:                        false,
		`{"key":"n","op":"LT","value":123456789012345678901234567890}`: true,
		`{"key":"n","op":"GT","value":-1e300}`:                         true,
		`{"key":"l","op":"EQ","value":["a",1]}`:                        true,
		`{"key":"o","op":"EQ","value":{"x":{"y":3.0}}}`:                true,
		`{"key":"d","op":"WITHIN_LAST","value":"PT12H"}`:               true,
		`{"key":"d","op":"WITHIN_LAST","value":"PT11H29M59S"}`:         false,
		`{"key":"s","op":"IN","value":["4","5"]}`:                      true,
		`{"key":"none","op":"NOT_EXISTS"}`:                             true,
		`{"key":"lifetime_value","op":"EQ","value":0}`:                 true,
		`{"key":"average_order_value","op":"EXISTS"}`:                  false,
	} {
		if got := one(t, `{"trait":`+comparison+`}`, at("2026-03-01T12:00:00Z"), traits); got.Met != want {
			t.Errorf("%s is %v", comparison, got.Met)
		}
	}
}

func TestCheckSaysWhereAndWhy(t *testing.T) {
	for condition, want := range map[string]string{
		`{}`:                              ": Exactly one",
		`{"all":[]}`:                      "all: At least one",
		`{"any":[{"not":{}}]}`:            "any.0.not: Exactly one",
		`{"trait":{"key":"a","op":"EQ"}}`: "trait.value: EQ needs a value",
		`{"trait":{"key":"a","op":"EXISTS","value":1}}`:                                                                 "trait.value: EXISTS compares with nothing",
		`{"trait":{"key":"a","op":"IN","value":"x"}}`:                                                                   "trait.value: IN needs a list",
		`{"trait":{"key":"a","op":"GT","value":[1]}}`:                                                                   "trait.value: GT compares numbers or texts",
		`{"trait":{"key":"a","op":"BEFORE","value":"soon"}}`:                                                            "trait.value: BEFORE needs a time",
		`{"trait":{"key":"a","op":"WITHIN_LAST","value":"30 days"}}`:                                                    "trait.value: WITHIN_LAST needs a duration",
		`{"trait":{"key":" ","op":"EXISTS"}}`:                                                                           "trait.key: This must not be empty",
		`{"trait":{"key":"a","op":"LIKE","value":1}}`:                                                                   "trait.op: This operator is not known",
		`{"event":{"name":"A","atLeast":3,"atMost":2}}`:                                                                 "event.atMost: At most 2 is less than at least 3",
		`{"event":{"name":"A","atLeast":0}}`:                                                                            "event.atLeast: At least 0 is met by everybody",
		`{"event":{"name":"A","atMost":-1}}`:                                                                            "event.atMost: From 0 to",
		`{"event":{"name":"A","where":[{"key":"x","op":"WITHIN_LAST","value":"P1D"}]}}`:                                 "event.where.0.op: WITHIN_LAST compares with the clock",
		`{"event":{"name":"A","sum":{"property":"x","op":"IN","value":1}}}`:                                             "event.sum.op: A sum is compared",
		`{"sequence":{"steps":[{"name":"A"}],"within":"P1D"}}`:                                                          "sequence.steps: A sequence has 2 to 10 steps",
		`{"segment":"seg_9"}`:                                                                                           "segment: There is no such segment",
		`{"connected":{"through":"STREET","where":{"segment":"seg_1"}}}`:                                                "connected.through: Customers are connected",
		`{"connected":{"through":"ACCOUNT","where":{"trait":{"key":"a","op":"EQ"}}}}`:                                   "connected.where.trait.value: EQ needs a value",
		`{"all":[` + strings.Repeat(`{"segment":"seg_1"},`, 50_000) + `{"segment":"seg_9"}]}`:                           ": At most 200 conditions in one segment; these are more",
		`{"trait":{"key":"a","op":"IN","value":[` + strings.Repeat(`"an.address.of.some@example.org",`, 999) + `"b"]}}`: "",
		`{"trait":{"key":"a","op":"IN","value":[` + strings.Repeat(`1,`, 10_000) + `1]}}`:                               "trait.value: At most 1000 values in a list",
		`{"trait":{"key":"a","op":"EQ","value":"` + strings.Repeat(`x`, 70_000) + `"}}`:                                 "trait.value: At most 65536 bytes as JSON",
		strings.Repeat(`{"not":`, 11) + `{"segment":"seg_1"}` + strings.Repeat(`}`, 11):                                 strings.Repeat("not.", 9) + "not: Conditions may be nested 10 deep",
	} {
		c, err := Parse([]byte(condition))
		if err != nil {
			t.Fatalf("%s: %v", condition, err)
		}
		wrong := c.Check(func(id string) bool { return id == "seg_1" })
		if want == "" && len(wrong) == 0 {
			continue
		}
		if len(wrong) != 1 || !strings.HasPrefix(strings.Join(wrong[0].Path, ".")+": "+wrong[0].Message, want) {
			t.Errorf("%.200s: %.500v, want %s", condition, wrong, want)
		}
	}
}

func TestSentence(t *testing.T) {
	for condition, want := range map[string]string{
		`{"all":[{"trait":{"key":"plan","op":"EQ","value":"pro"}},{"event":{"name":"Order Completed","atLeast":2,"within":"P30D","where":[{"key":"total","op":"GTE","value":50}]}}]}`: "Plan is “pro” and did Order Completed at least 2 times in the last 30 days where total is at least 50.",
		`{"any":[{"segment":"seg_1"},{"all":[{"not":{"segment":"seg_2"}},{"event":{"name":"A","atMost":0}}]}]}`:                                                                       "Is in “Spenders” or (is not in seg_2 and did not do A).",
		`{"sequence":{"steps":[{"name":"A"},{"name":"B"}],"within":"PT1H","lookback":"P7D"}}`:                                                                                         "Did A, then B, all within 1 hour, the first in the last 7 days.",
		`{"connected":{"through":"ACCOUNT","where":{"trait":{"key":"role","op":"IN","value":["admin","owner"]}}}}`:                                                                    "Someone in the same account meets: role is one of “admin”, “owner”.",
		`{"event":{"name":"Order Completed","within":"P1Y2M","sum":{"property":"revenue","op":"GT","value":100}}}`:                                                                    "The sum of revenue over Order Completed in the last 1 year 2 months is more than 100.",
		`{"not":{"event":{"name":"A","within":"P1D"}}}`:                                                                                                                               "Did not do A in the last day.",
		`{"event":{"name":"A","atLeast":1,"atMost":1}}`:                                                                                                                               "Did A exactly once.",
		`{"trait":{"key":"état","op":"EXISTS"}}`:                                                                                                                                      "État has a value.",
		`{"all":[{"event":{"name":"A","where":[{"key":"x","op":"EQ","value":1}]}},{"trait":{"key":"y","op":"EQ","value":2}}]}`:                                                        "(did A where x is 1) and y is 2.",
		`{"all":[{"all":[{"any":[{"segment":"a"},{"segment":"b"}]}]},{"segment":"c"}]}`:                                                                                               "(is in a or is in b) and is in c.",
		`{"any":[{"connected":{"through":"HOUSEHOLD","where":{"segment":"a"}}},{"segment":"b"}]}`:                                                                                     "(someone in the same household meets: is in a) or is in b.",
		`{"any":[{"segment":"b"},{"event":{"name":"A","atLeast":2,"sum":{"property":"n","op":"GT","value":3}}}]}`:                                                                     "Is in b or (did A at least 2 times and the sum of n over A is more than 3).",
		`{"trait":{"key":"seen","op":"NOT_WITHIN_LAST","value":"PT90S"}}`:                                                                                                             "Seen is not within the last 1 minute 30 seconds.",
	} {
		c := parse(t, condition)
		got := c.Sentence(func(id string) string {
			if id == "seg_1" {
				return "Spenders"
			}
			return ""
		})
		if got != want {
			t.Errorf("%s\n%s\nwant\n%s", condition, got, want)
		}
	}
}

func TestCirclesAreRefusedWithTheWay(t *testing.T) {
	to := func(id string) Condition { return Condition{All: []Condition{{Segment: id}}} }
	segments := []Segment{{ID: "seg_a", Key: "a", Condition: to("seg_b")}, {ID: "seg_b", Key: "b", Condition: Condition{Connected: &Connected{Account, to("seg_c")}}},
		{ID: "seg_c", Key: "c", Condition: Condition{Event: &Event{Name: "A"}}}}
	if way := Cycle("seg_c", "c", &segments[2].Condition, segments); way != nil {
		t.Errorf("a circle where there is none: %v", way)
	}
	back := to("seg_a")
	if way := Arrow(Cycle("seg_c", "c", &back, segments)); way != "c → a → b → c" {
		t.Errorf("the way is %q", way)
	}
	if way := Arrow(Cycle("seg_new", "new", &Condition{Segment: "seg_new"}, segments)); way != "new → new" {
		t.Errorf("the way is %q", way)
	}
	segments[2].Condition = back
	if _, err := NewSet(segments, nil); err == nil {
		t.Error("a set with a circle is made")
	}
	if uses := Uses("seg_c", segments); !slices.Equal(uses, []string{"b"}) {
		t.Errorf("used by %v", uses)
	}
}

func TestSharedIsInNoSegment(t *testing.T) {
	set, err := NewSet([]Segment{{ID: "seg_1", Condition: parse(t, `{"event":{"name":"A","atMost":0}}`)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := &Standing{Now: 1, Shared: true, In: map[string]bool{"seg_1": true}, Due: 1}
	if out := set.Evaluate(x, Change{Traits: []string{"x"}}); !slices.Equal(out.Left, []string{"seg_1"}) || len(out.Entered) > 0 || out.Due != Never {
		t.Errorf("%+v", out)
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]string{
		"P30D": "P30D", "P4W": "P28D", "PT90M": "PT1H30M", "P1Y2M3DT4H5M6S": "P1Y2M3DT4H5M6S", "P14M": "P1Y2M", "PT0.5S": "PT0.500S",
		"": "", "P": "", "PT": "", "P1": "", "P0D": "", "-P1D": "", "P1DT": "", "PT1D": "", "P1H": "", "P1.5D": "", "P1D2Y": "", "P101Y": "", "P99999999999D": "", "P1M1M": "", "PTT1S": "",
	} {
		d, err := ParseDuration(text)
		if (err != nil) != (want == "") || err == nil && d.String() != want {
			t.Errorf("%q: %v, %v", text, d, err)
		}
	}
}

func TestAmounts(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "1.50": "1.5", "-1.25": "-1.25", "1e3": "1000", "1.5E-3": "0.0015", "0.1234567894": "0.123456789", "0.9999999995": "1",
		"-0.9999999995": "-1", "1e-400": "0", "123456789012345678": "123456789012345678", "1e99999999": "999999999999999999.999999999", "-0.000000001": "-0.000000001",
		"00012.5": "12.5",
	} {
		a, ok := ParseAmount(text)
		if !ok || a.String() != want {
			t.Errorf("%s: %s, %v", text, a, ok)
		}
		if a.Add(a.negative()) != (Amount{}) {
			t.Errorf("%s and its negative are %s", text, a.Add(a.negative()))
		}
	}
	for _, text := range []string{"", "x", "1.x", ".5", "1e", "--1", "0x10"} {
		if a, ok := ParseAmount(text); ok {
			t.Errorf("%q is %s", text, a)
		}
	}
	sum := Amount{}
	for range 10 {
		a, _ := ParseAmount("0.1")
		sum = sum.Add(a)
	}
	if sum.String() != "1" {
		t.Errorf("ten tenths are %s", sum)
	}
	for _, c := range [][3]string{{"10", "3", "3.333333333"}, {"-10", "3", "-3.333333333"}, {"2", "3", "0.666666667"}, {"100.5", "2", "50.25"}} {
		a, _ := ParseAmount(c[0])
		if got := a.over(int64(c[1][0] - '0')).String(); got != c[2] {
			t.Errorf("%s / %s = %s", c[0], c[1], got)
		}
	}
}

func TestOnlyWhatAChangeCanAffectIsLookedAt(t *testing.T) {
	var segments []Segment
	for n := range 1000 {
		segments = append(segments, Segment{ID: fmt.Sprintf("seg_%d", n), Condition: parse(t, fmt.Sprintf(`{"event":{"name":"Event %d","within":"P1D"}}`, n))})
	}
	segments = append(segments, Segment{ID: "seg_x", Condition: parse(t, `{"all":[{"segment":"seg_7"},{"trait":{"key":"plan","op":"EQ","value":"pro"}}]}`)})
	set, err := NewSet(segments, nil)
	if err != nil {
		t.Fatal(err)
	}
	named, all := set.FeaturesOf("Event 7")
	if len(named) != 1 || len(all) != 0 {
		t.Fatalf("an event touches %d features", len(named)+len(all))
	}
	x := &Standing{Now: 10, Traits: []byte(`{"plan":"pro"}`), Due: Never}
	var s State
	s.Add(named[0], &Fact{Name: "Event 7", At: 5}, 10)
	x.States = []State{s}
	out := set.Evaluate(x, Change{Features: map[FeatureID]bool{named[0].ID: true}})
	if !slices.Equal(out.Entered, []string{"seg_7", "seg_x"}) { // the second by way of the first
		t.Errorf("entered %v", out.Entered)
	}
	if set.Touches(Change{Traits: []string{"name"}}) || set.Touches(Change{New: true}) {
		t.Error("a change that affects nothing is looked at")
	}
}

// TestSomebodyNewIsNotWhoNothingIsKnownOf: who is in no segment that most new customers are in, is in those that ask for this.
func TestSomebodyNewIsNotWhoNothingIsKnownOf(t *testing.T) {
	set, err := NewSet([]Segment{
		{ID: "seg_free", Condition: parse(t, `{"trait":{"key":"plan","op":"NE","value":"pro"}}`)},
		{ID: "seg_paying", Condition: parse(t, `{"not":{"segment":"seg_free"}}`)},
		{ID: "seg_twice", Condition: parse(t, `{"all":[{"segment":"seg_paying"}]}`)},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for traits, want := range map[string][]string{`{"plan":"pro"}`: {"seg_paying", "seg_twice"}, `{"plan":"basic"}`: {"seg_free"}} {
		out := set.Evaluate(&Standing{Now: 10, Traits: []byte(traits), Due: Never}, Change{New: true, Traits: []string{"plan"}})
		if !slices.Equal(out.Entered, want) {
			t.Errorf("somebody new with %s entered %v, want %v", traits, out.Entered, want)
		}
	}
	// While the first is filled nobody enters it, and whoever is not in it is in the second.
	filling := func(id string) bool { return id != "seg_free" }
	out := set.Evaluate(&Standing{Now: 10, Traits: []byte(`{}`), Due: Never, Live: filling}, Change{New: true})
	if !slices.Equal(out.Entered, []string{"seg_paying", "seg_twice"}) {
		t.Errorf("somebody new entered %v", out.Entered)
	}
}

func TestStateIsBounded(t *testing.T) {
	set, err := NewSet(nil, BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	now := at("2026-03-01")
	var s State
	add := func(n int, name, category, campaign, channel string) {
		x := Fact{Name: name, At: now - event.Millis(n)*hour, MessageID: fmt.Sprintf("7f3b6c1e-0000-4000-8000-%012d", n), Source: "web", Channel: channel,
			Properties: json.RawMessage(fmt.Sprintf(`{"revenue":%d.%02d,"category":%q}`, n%300, n%100, category)), Context: json.RawMessage(fmt.Sprintf(`{"campaign":{"name":%q}}`, campaign))}
		named, all := set.FeaturesOf(name)
		for _, f := range slices.Concat(named, all) {
			s.Add(f, &x, now)
		}
	}
	for n := range 5000 { // a busy customer
		add(n, []string{"Order Completed", "Product Viewed", "Page Viewed"}[n%3], fmt.Sprintf("category %d", n%40), fmt.Sprintf("campaign %d", n), "web")
	}
	busy := len(s.Encode(set.Feature, now))
	if busy > 4096 {
		t.Errorf("%d bytes for a busy customer", busy)
	}
	for n := range 5000 { // one that tries
		add(n, "Product Viewed", strings.Repeat("x", 90)+fmt.Sprint(n), strings.Repeat("y", 98), strings.Repeat("z", n%90)+fmt.Sprint(n))
	}
	worst := len(s.Encode(set.Feature, now))
	if worst > 4096 {
		t.Errorf("%d bytes at the worst", worst)
	}
	t.Logf("computed-trait state of the default set: %d bytes for 5,000 events of a busy customer, %d at the worst", busy, worst)
}

func TestShownValues(t *testing.T) {
	set, err := NewSet(nil, BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	now := at("2026-03-11T12:00:00Z")
	var s State
	for n, x := range []Fact{
		{Name: "Order Completed", At: at("2026-02-01"), Properties: []byte(`{"revenue":60.1}`), Channel: "web", Context: []byte(`{"campaign":{"name":"spring"}}`)},
		{Name: "Order Completed", At: at("2026-03-01"), Properties: []byte(`{"revenue":100.2}`), Channel: "mobile"},
		{Name: "Product Viewed", At: at("2026-03-02"), Properties: []byte(`{"category":"Shoes"}`), Channel: "web", Context: []byte(`{"campaign":{"name":"sale"}}`)},
		{Name: "Email Sent", At: at("2026-03-10"), Passive: true, Channel: ""},
	} {
		x.MessageID = fmt.Sprint(n)
		for _, f := range set.Features() {
			s.Add(f, &x, now)
		}
	}
	out := set.Evaluate(&Standing{Now: now, States: []State{s}, Due: Never}, Change{All: true})
	// An order more says of what is made of the count, too, that it changed; where the score stays, it did not.
	x := Fact{Name: "Order Completed", At: now, MessageID: "9", Properties: []byte(`{"revenue":1}`)}
	more, touched := s.Clone(), map[FeatureID]bool{}
	for _, f := range set.Features() {
		touched[f.ID] = more.Add(f, &x, now)
	}
	again := set.Evaluate(&Standing{Now: now, Seen: now, States: []State{more}, Basis: out.Basis, Due: Never}, Change{Features: touched})
	for key, want := range map[string]bool{"order_count": true, "rfm_frequency": true, "rfm": true, "rfm_monetary": false, "rfm_recency": false, "first_campaign": false} {
		if slices.Contains(again.Changed, key) != want {
			t.Errorf("changed are %v; %s: want %v", again.Changed, key, want)
		}
	}
	got, err := json.Marshal(set.Shown(out.Basis, at("2026-03-02"), now))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"average_order_value":80.15,"days_since_last_order":10,"days_since_last_seen":9,"favourite_category":"Shoes","first_campaign":"spring",` +
		`"last_campaign":"sale","lifetime_value":160.3,"order_count":2,"preferred_channel":"web","rfm":523,"rfm_frequency":2,"rfm_monetary":3,"rfm_recency":5}`
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func FuzzCondition(f *testing.F) {
	for _, seed := range []string{
		`{"all":[{"trait":{"key":"plan","op":"EQ","value":"pro"}}]}`, `{"event":{"name":"A","atLeast":2,"within":"P30D","sum":{"property":"x","op":"GT","value":1e3}}}`,
		`{"sequence":{"steps":[{"name":"A"},{"name":"B"}],"within":"PT1H"}}`, `{"connected":{"through":"ACCOUNT","where":{"not":{"segment":"x"}}}}`,
		`{"trait":{"key":"a.b","op":"WITHIN_LAST","value":"P1Y1M1DT1H1M1.5S"}}`,
	} {
		f.Add([]byte(seed), []byte(`{"plan":"pro","a":{"b":"2026-01-01"}}`))
	}
	f.Fuzz(func(t *testing.T, text, values []byte) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		if len(c.Check(func(string) bool { return false })) > 0 {
			return
		}
		again, err := Parse(c.Encode())
		if err != nil {
			t.Fatalf("%s is not read again: %v", c.Encode(), err)
		}
		if string(again.Encode()) != string(c.Encode()) {
			t.Fatalf("%s became %s", c.Encode(), again.Encode())
		}
		if c.Sentence(nil) == "" {
			t.Fatal("no sentence")
		}
		set, err := NewSet([]Segment{{ID: "seg_1", Condition: c}}, BuiltIn())
		if err != nil {
			t.Fatal(err)
		}
		now := event.Millis(1_800_000_000_000)
		var s State
		for _, feature := range set.Features() {
			x := Fact{Name: "A", At: now - 5, Properties: values, Context: values}
			s.Add(feature, &x, now)
		}
		read, err := ParseState(s.Encode(set.Feature, now))
		if err != nil {
			t.Fatal(err)
		}
		out := set.Evaluate(&Standing{Now: now, Traits: values, States: []State{read}, Due: Never}, Change{All: true})
		if out.Due <= now {
			t.Fatalf("due at %v, which is not after now", out.Due)
		}
	})
}

func FuzzState(f *testing.F) {
	set, err := NewSet(nil, BuiltIn())
	if err != nil {
		f.Fatal(err)
	}
	var s State
	for _, feature := range set.Features() {
		x := Fact{Name: "Order Completed", At: 100, Channel: "web", Properties: []byte(`{"revenue":1}`), Context: []byte(`{"campaign":{"name":"x"}}`)}
		s.Add(feature, &x, 50)
	}
	f.Add(s.Encode(set.Feature, 60))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseState(b)
		if err == nil {
			set.Evaluate(&Standing{Now: 100, States: []State{s}, Due: Never}, Change{All: true})
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	var segments []Segment
	for n := range 200 {
		c, err := Parse([]byte(fmt.Sprintf(`{"all":[{"event":{"name":"Event %d","atLeast":2,"within":"P30D"}},{"trait":{"key":"plan","op":"EQ","value":"pro"}}]}`, n%20)))
		if err != nil {
			b.Fatal(err)
		}
		segments = append(segments, Segment{ID: fmt.Sprintf("seg_%d", n), Condition: c})
	}
	set, err := NewSet(segments, BuiltIn())
	if err != nil {
		b.Fatal(err)
	}
	now := at("2026-03-01")
	x := &Standing{Now: now, Traits: []byte(`{"plan":"pro"}`), Due: Never, In: map[string]bool{}}
	x.States = []State{nil}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		fact := Fact{Name: fmt.Sprintf("Event %d", n%20), At: now - event.Millis(n), Channel: "web", Context: []byte(`{}`), Properties: []byte(`{}`)}
		change := Change{Features: map[FeatureID]bool{}}
		named, all := set.FeaturesOf(fact.Name)
		for _, f := range slices.Concat(named, all) {
			if x.States[0].Add(f, &fact, now) {
				change.Features[f.ID] = true
			}
		}
		set.Evaluate(x, change)
	}
}
