package resolvers

import (
	"encoding/json"
	"testing"
)

func TestFigures(t *testing.T) {
	w := newWorld(t)
	const query = `{ figures { at customers sharedIdentifiers identifiers links touchpoints candidates quarantined deadLetters } }`
	ask := func() (f struct {
		Figures struct {
			At                                                                                                  string
			Customers, SharedIdentifiers, Identifiers, Links, Touchpoints, Candidates, Quarantined, DeadLetters int64
		}
	}) {
		t.Helper()
		a := w.ask("viewer", query, nil)
		if len(a.Errors) > 0 {
			t.Fatal(a.Errors)
		}
		if a.trips != 1 {
			t.Errorf("%d round trips, want 1", a.trips)
		}
		if err := json.Unmarshal(a.Data, &f); err != nil {
			t.Fatal(err)
		}
		return f
	}
	empty := ask().Figures
	empty.At = ""
	if zero := ask(); zero.Figures.At == "" || empty.Customers != 0 || empty.Touchpoints != 0 || empty.Quarantined != 0 {
		t.Errorf("of nothing: %+v", empty)
	}
	w.run(`CREATE (a:Identifier {key: 'user_id:1', cid: 'cus_a'}), (b:Identifier {key: 'email:a@x.de', cid: 'cus_b'}), (k:Identifier {key: 'anonymous_id:kiosk', cid: 'cus_k'}),
	  (c:Customer {id: 'cus_a', shared: false, lastSeenAt: 5}), (s:Customer {id: 'cus_k', shared: true, lastSeenAt: 0}),
	  (a)-[:LINKED {id: 'l1', reason: ''}]->(b), (a)-[:LINKED {id: 'l2', reason: 'candidate', weight: 3}]->(k),
	  (:Touchpoint {id: 'tp_1'}), (:Touchpoint {id: 'tp_2'})`, nil)
	w.quarantine.calls = []QuarantinedCall{{ID: "qua_1"}, {ID: "qua_2"}, {ID: "qua_3"}}
	f := ask().Figures
	if f.Customers != 1 || f.SharedIdentifiers != 1 || f.Identifiers != 3 || f.Links != 2 || f.Touchpoints != 2 || f.Candidates != 1 || f.Quarantined != 3 || f.DeadLetters != 3 { // the fake has three
		t.Errorf("figures: %+v", f)
	}
}
