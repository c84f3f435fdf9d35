package main

import (
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"kith/identity/match"
)

func TestScore(t *testing.T) {
	// Found {0 1 2} {3}, true {0 1} {2 3}: one pair of three is right, one of two is found.
	s := scoreOf([]int{0, 0, 0, 3}, []int{1, 1, 2, 2})
	for name, v := range map[string][2]float64{
		"pair precision": {s.pairPrecision, 1. / 3}, "pair recall": {s.pairRecall, 1. / 2},
		"B-cubed precision": {s.cubedPrecision, (4./3 + 1./3 + 1) / 4}, "B-cubed recall": {s.cubedRecall, (2 + 0.5 + 0.5) / 4},
	} {
		if math.Abs(v[0]-v[1]) > 1e-12 {
			t.Errorf("%s %f, want %f", name, v[0], v[1])
		}
	}
	if s.mixed != 1 {
		t.Errorf("%d mixed groups", s.mixed)
	}
}

func TestLoad(t *testing.T) {
	files := fstest.MapFS{
		"s/truth.csv":  {Data: []byte("source,record_id,entity_id\ncrm,1,x\ncrm,2,x\n")},
		"s/crm.ndjson": {Data: []byte("{\"id\":\"1\",\"traits\":{\"firstName\":\"Ada\"}}\n\n{\"id\":\"2\",\"traits\":{}}\n")},
	}
	s, err := load(files, "s")
	if err != nil || len(s.ids) != 2 || s.persons[0] != s.persons[1] || s.name != "s" {
		t.Errorf("%+v, %v", s, err)
	}
	files["s/crm.ndjson"].Data = []byte(`{"id":"3"}`)
	if _, err := load(files, "s"); err == nil || !strings.Contains(err.Error(), "crm/3 is not in truth.csv") {
		t.Errorf("a record without label: %v", err)
	}
	files["s/crm.ndjson"].Data = nil
	if _, err := load(files, "s"); err == nil || !strings.Contains(err.Error(), "0 records, but truth.csv has 2") {
		t.Errorf("missing records: %v", err)
	}
}

// The shipped set stays well above what other linkers reach on it (Splink 5: 0.888).
func TestPseudopeople(t *testing.T) {
	var out strings.Builder
	sets, err := find("")
	if err != nil || len(sets) != 1 || len(sets[0].ids) != 36771 {
		t.Fatalf("%d sets, %v", len(sets), err)
	}
	if testing.Short() {
		return
	}
	r := resolve(match.Default(), sets[0], false)
	if s := r.score; s.pairPrecision < 0.99 || f1(s.pairPrecision, s.pairRecall) < 0.98 {
		t.Errorf("precision %.4f, recall %.4f", s.pairPrecision, s.pairRecall)
	}
	r.mistakes(&out, 1)
	if !strings.Contains(out.String(), "wrongly joined") {
		t.Error("mistakes are not shown")
	}
}
