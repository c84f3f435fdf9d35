package main

import (
	"testing"

	"kith/store"
)

// A visitor who becomes known: the customer made first is gone in the end, and the floor never makes it.
func TestCopiesAreWhatIsThereInTheEnd(t *testing.T) {
	writes := []store.Write{
		{
			Customers:      []store.Row{{"id": "cus_a", "p": store.Row{"known": false}}},
			NewIdentifiers: []store.Row{{"p": store.Row{"key": "anonymous_id:a", "cid": "cus_a", "status": "ACTIVE"}, "c": "cus_a"}},
			Touchpoints:    []store.Row{{"actor": "anonymous_id:a", "p": store.Row{"id": "tp_1", "actor": "anonymous_id:a"}}},
		},
		{
			Customers:      []store.Row{{"id": "cus_u", "p": store.Row{"known": true}}},
			NewIdentifiers: []store.Row{{"p": store.Row{"key": "user_id:u", "cid": "cus_u"}, "c": "cus_u"}},
			Identifiers:    []store.Row{{"key": "anonymous_id:a", "p": store.Row{"activeAt": int64(7)}}},
			Moves:          []store.Row{{"key": "anonymous_id:a", "c": "cus_u"}},
			GoneCustomers:  []any{"cus_a"},
			NewLinks:       []store.Row{{"a": "anonymous_id:a", "b": "user_id:u", "p": store.Row{"id": "l1", "count": int64(1)}}},
		},
		{Links: []store.Row{{"id": "l1", "p": store.Row{"count": int64(2)}}}},
	}
	batches, events := copies(writes, "x:")
	if len(batches) != 3 || events != 1 {
		t.Fatalf("%d batches with %d events, want 3 with 1", len(batches), events)
	}
	first, second := batches[0], batches[1]
	if len(first.Customers) != 0 || len(first.Of) != 0 || len(first.Identifiers) != 1 || len(first.Touchpoints) != 1 {
		t.Errorf("the first transaction is %+v", first)
	}
	if p := first.Identifiers[0]["p"].(store.Row); p["key"] != "x:anonymous_id:a" || p["activeAt"] != int64(7) || p["status"] != "ACTIVE" {
		t.Errorf("the visitor's identifier is %v", p)
	}
	if len(second.Customers) != 1 || len(second.Of) != 2 || len(second.Links) != 1 {
		t.Errorf("the second transaction is %+v", second)
	}
	for _, of := range second.Of {
		if of["c"] != "x:cus_u" {
			t.Errorf("an identifier is of %v", of)
		}
	}
	if p := second.Links[0]["p"].(store.Row); p["id"] != "x:l1" || p["count"] != int64(2) {
		t.Errorf("the link is %v", p)
	}
	if id := writes[0].Touchpoints[0]["p"].(store.Row)["id"]; id != "tp_1" {
		t.Errorf("the touchpoint that the pipeline wrote was changed to %v", id)
	}
}
