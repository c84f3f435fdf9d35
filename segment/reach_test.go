package segment

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/event"
)

func drawReach(t *rapid.T, label string) Reach {
	r := Reach{Ever: rapid.Bool().Draw(t, label+" ever"), All: rapid.IntRange(0, 3).Draw(t, label+" all") == 0}
	if rapid.Bool().Draw(t, label+" window") {
		r.Window = &Duration{Millis: rapid.SampledFrom([]event.Millis{hour, day, 3 * day}).Draw(t, label)}
		r.Newest = rapid.IntRange(0, 2).Draw(t, label+" newest")
	}
	return r
}

// What serves both serves each, whoever is asked first; and it comes back from where it is written as it was.
func TestReach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawReach(t, "a"), drawReach(t, "b"), drawReach(t, "c")
		both := a.with(b)
		if !both.Covers(a) || !both.Covers(b) || !both.Covers(b.with(a)) || !b.with(a).Covers(both) || !both.with(c).Covers(both) || !a.Covers(a) {
			t.Fatalf("%+v and %+v come to %+v", a, b, both)
		}
		if a.Covers(b) && b.Covers(c) && !a.Covers(c) {
			t.Fatalf("%+v covers %+v covers %+v", a, b, c)
		}
		text, err := json.Marshal(both)
		var again Reach
		if err == nil {
			err = json.Unmarshal(text, &again)
		}
		if err != nil || !again.Covers(both) || !both.Covers(again) {
			t.Fatalf("%s: %+v, %v", text, again, err)
		}
	})
}

// Conditions over the same events share a feature, whatever their windows; months are apart.
func TestFeaturesAreShared(t *testing.T) {
	var list []Segment
	for _, text := range []string{
		`{"event":{"name":"A","within":"P1D"}}`, `{"event":{"name":"A","within":"P30D","atLeast":3}}`, `{"event":{"name":"A"}}`, `{"event":{"name":"A","within":"P1M"}}`, `{"event":{"name":"B"}}`,
		`{"sequence":{"steps":[{"name":"A"},{"name":"B"}],"within":"P1D","lookback":"P7D"}}`, `{"sequence":{"steps":[{"name":"A"},{"name":"B"}],"within":"P1D"}}`,
	} {
		c, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, Segment{ID: text, Condition: c})
	}
	set, err := NewSet(list, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range set.Features() {
		text, err := json.Marshal(f.spec)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(text))
	}
	slices.Sort(got)
	want := []string{
		`{"n":["A"],"k":0,"d":"P1M","m":1}`, `{"n":["A"],"k":0,"e":true,"d":"P30D","m":3}`, `{"n":["A"],"k":4,"d":"P7D","a":true}`,
		`{"n":["B"],"k":0,"e":true}`, `{"n":["B"],"k":4,"d":"P7D","a":true}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}
