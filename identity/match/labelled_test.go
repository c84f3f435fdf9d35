package match

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"testing"
)

// labelled reads testdata/febrl1: records and whose each is.
func labelled(t testing.TB, m *Model) (items []Item, truth []string) {
	t.Helper()
	owners := map[string]string{}
	text, err := os.ReadFile("testdata/febrl1/truth.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		owners[row[1]] = row[2]
	}
	if text, err = os.ReadFile("testdata/febrl1/febrl1.ndjson"); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var r struct {
			ID     string
			Traits json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		items, truth = append(items, Item{ID: r.ID, Record: m.PrepareJSON(r.Traits)}), append(truth, owners[r.ID])
	}
	if len(items) != len(owners) {
		t.Fatalf("%d records, %d labels", len(items), len(owners))
	}
	return items, truth
}

// pairwise is the share of found pairs that are right, and of true pairs that are found.
func pairwise(c Clusters, truth []string) (precision, recall, f1 float64) {
	var found, right, there float64
	for i := range truth {
		for j := range i {
			together, same := c.Cells[i] == c.Cells[j], truth[i] == truth[j]
			if together {
				found++
			}
			if same {
				there++
			}
			if together && same {
				right++
			}
		}
	}
	precision, recall = right/found, right/there
	return precision, recall, 2 * precision * recall / (precision + recall)
}

// The two persons missed are each told apart by first name or last name, birthday or id at once: nothing but an address,
// and in one case a birthday, says that they are not two people of one household.
func TestFebrl(t *testing.T) {
	items, truth := labelled(t, Default())
	precision, recall, f1 := pairwise(Default().Cluster(items), truth)
	if precision != 1 || math.Round(f1*10000) < 9980 {
		t.Errorf("precision %.4f, recall %.4f, F1 %.4f; it has to be 1 and 0.998", precision, recall, f1)
	}
}

func TestTrain(t *testing.T) {
	m := Default()
	items, _ := labelled(t, m)
	records := make([]*Record, len(items))
	for i := range items {
		records[i] = items[i].Record
	}
	learnt, report := Train(records, m)
	again, _ := Train(records, m)
	if learnt.Version() != again.Version() {
		t.Error("training twice gives two models")
	}
	if learnt.Version() == m.Version() || len(report.Changes) == 0 || report.Names == 0 {
		t.Errorf("nothing was learnt: %+v", report)
	}
	if report.Matches < 480 || report.Matches > 520 {
		t.Errorf("%.0f matches; there are 500", report.Matches)
	}
	if parsed, err := Parse(learnt.YAML()); err != nil || parsed.Version() != learnt.Version() {
		t.Errorf("the learnt model does not read back: %v", err)
	}
	items, truth := labelled(t, learnt)
	if precision, recall, _ := pairwise(learnt.Cluster(items), truth); precision != 1 || recall < 0.99 {
		t.Errorf("with the learnt model precision is %.4f and recall %.4f", precision, recall)
	}
	for _, n := range []int{0, 1, 2} {
		if few, _ := Train(records[:n], m); few == nil {
			t.Errorf("no model from %d records", n)
		}
	}
}

func TestPrepareIsBounded(t *testing.T) {
	long := bytes.Repeat([]byte("é"), 100_000)
	many := `{"alternates":[` + string(bytes.Repeat([]byte(`{"email":"a@x.org","phone":"+12065550187","firstName":"Ada","lastName":"B"},`), 500)) + `{}]}`
	for _, text := range []string{`{"firstName":"` + string(long) + `","address":{"full":"` + string(long) + `"}}`, many} {
		r := rec(text)
		if len(r.first) > maxValues || len(r.emails) > maxValues || len(r.phones) > maxValues || len(Default().Keys(r)) > maxKeys {
			t.Error("more values than are looked at")
		}
		for _, n := range r.first {
			if len(n.text) > maxText {
				t.Errorf("a name of %d bytes", len(n.text))
			}
		}
	}
	if !rec(`{"firstName":"` + string(bytes.Repeat([]byte("a"), maxJSON)) + `"}`).Empty() {
		t.Error("an endless record was read")
	}
}
