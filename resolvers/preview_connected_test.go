package resolvers

import (
	"encoding/json"
	"fmt"
	"testing"

	"kith/segment"
)

// Where not all whom somebody is connected to are looked at, the answer says that it is not certain; it is where a live
// segment asks the same of them, since it is kept then who meets it.
func TestPreviewSaysWhenNotAllConnectedWereLookedAt(t *testing.T) {
	w := newWorld(t)
	const all = maxConnected + 30
	w.run(`UNWIND range(1, $n) AS n
CREATE (c:Customer {id: 'cus_' + n, traits: '{"plan":"' + CASE n WHEN 1 THEN 'pro' WHEN 2 THEN 'max' ELSE 'free' END + '"}', known: true, firstSeenAt: 1, lastSeenAt: 1})
CREATE (i:Identifier {key: 'user_id:' + n, cid: 'cus_' + n, type: 'user_id', value: '' + n, status: 'ACTIVE'})-[:OF]->(c)
MERGE (a:Account {id: CASE WHEN n <= 3 THEN 'small' ELSE 'large' END}) CREATE (i)-[:WORKS_AT {id: 'w' + n}]->(a)`, map[string]any{"n": all})
	preview := func(condition string) string {
		t.Helper()
		data := w.must("marketer", `query($c: Condition!) { segmentPreview(condition: $c) { size estimated checked } }`, map[string]any{"c": object(t, condition)})
		return fmt.Sprint(at(data, "segmentPreview.size"), " ", at(data, "segmentPreview.estimated"), " ", at(data, "segmentPreview.checked"))
	}
	connected := func(inner string) string { return `{"connected":{"through":"ACCOUNT","where":` + inner + `}}` }
	plan := func(name string) string { return `{"trait":{"key":"plan","op":"EQ","value":"` + name + `"}}` }
	if got, want := preview(connected(plan("free"))), fmt.Sprint(all-1, " false ", all); got != want { // but for cus_3
		t.Errorf("connected to somebody free: %s, want %s", got, want)
	}
	if got, want := preview(connected(plan("pro"))), fmt.Sprint("2 true ", all); got != want {
		t.Errorf("connected to somebody pro: %s, want %s", got, want)
	}
	deep := plan("pro")
	for range 6 {
		deep = connected(deep)
	}
	if got, want := preview(deep), fmt.Sprint("3 true ", all); got != want {
		t.Errorf("connected to somebody connected, and so on: %s, want %s", got, want)
	}
	id := w.make("near-pro", connected(plan("pro")))
	why := `query($id: ID!) { segmentExplanation(segment: $id, customer: "cus_99") { met estimated } }`
	c, err := segment.Parse([]byte(connected(plan("pro"))))
	if err != nil {
		t.Fatal(err)
	}
	w.run(`MATCH (c:Customer {id: 'cus_99'}) SET c.meets = [$rule]`, map[string]any{"rule": segment.ConnectedRule(c.Connected)})
	w.run(`MATCH (c:Customer {id: 'cus_1'}) SET c.meets = [$rule]`, map[string]any{"rule": segment.ConnectedRule(c.Connected)})
	if got, want := preview(connected(plan("pro"))), fmt.Sprint(2+all-4, " false ", all); got != want {
		t.Errorf("as it is kept: %s, want %s", got, want)
	}
	data := w.must("marketer", why, map[string]any{"id": id})
	if at(data, "segmentExplanation.met") != false || at(data, "segmentExplanation.estimated") != false {
		t.Errorf("of a live segment: %v", data)
	}
	job, err := json.Marshal(map[string]any{"stage": "EVALUATING", "segments": []string{id}})
	if err != nil {
		t.Fatal(err)
	}
	w.run(`CREATE (:Fill {id: 5, job: $job})`, map[string]any{"job": string(job)})
	if data := w.must("marketer", why, map[string]any{"id": id}); at(data, "segmentExplanation.estimated") != true {
		t.Errorf("of one that is filled: %v", data)
	}
}
