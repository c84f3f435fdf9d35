package pipeline_test

import (
	"context"
	"slices"
	"testing"

	"kith/identity"
	"kith/store"
)

// Every merge and split is kept with its cause, in the transaction that made it.
func TestHistoryIsKept(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.send("web", `{"type":"page","messageId":"1","anonymousId":"a","timestamp":"2026-01-01T00:00:00Z"}`)
	w.settle()
	w.send("web", `{"type":"identify","messageId":"2","userId":"ada","anonymousId":"a","timestamp":"2026-01-02T00:00:00Z"}`)
	w.settle()
	w.decide(identity.Decision{ID: "dec_part", Kind: "PART", A: keys("user_id:ada"), B: keys("anonymous_id:a"), By: "steward", At: 2})
	w.decide(identity.Decision{ID: "dec_back", Revokes: "dec_part", By: "steward", At: 3})
	type entry struct{ kind, cause, ref string }
	var got []entry
	page, err := w.graph.HistoryOf(context.Background(), w.profile("user_id:ada").ID, store.Slice{First: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Entries {
		got = append(got, entry{e.Node.Kind, e.Node.Cause, e.Node.Ref})
		if e.Node.Cause == "CALLS" && (len(e.Node.Evidence) != 1 || len(e.Node.Before) != 1 || len(e.Node.After) != 1) {
			t.Errorf("the first merge is %+v", e.Node)
		}
	}
	want := []entry{{"MERGE", "REVOCATION", "dec_part"}, {"SPLIT", "DECISION", "dec_part"}, {"MERGE", "CALLS", ""}}
	if !slices.Equal(got, want) {
		t.Errorf("the history is %v, want %v", got, want)
	}
}

// Who gives an identifier away and stays has a history, too, and so has who got it.
func TestHistoryOfWhatIsPassedOn(t *testing.T) {
	w := newWorld(t)
	w.start()
	w.send("web",
		`{"type":"identify","messageId":"1","userId":"ada","traits":{"email":"ada@x.org"},"timestamp":"2026-01-01T00:00:00Z"}`,
		`{"type":"identify","messageId":"2","userId":"byron","traits":{"email":"byron@x.org"},"timestamp":"2026-01-02T00:00:00Z"}`)
	w.settle()
	w.decide(identity.Decision{ID: "dec_1", Kind: "JOIN", A: keys("user_id:ada", "email:byron@x.org"), By: "steward", At: 2})
	ada, byron := w.profile("user_id:ada").ID, w.profile("user_id:byron").ID
	if ada == byron || w.profile("email:byron@x.org").ID != ada {
		t.Fatal("the address was not passed on")
	}
	for _, of := range []identity.CustomerID{ada, byron} {
		page, err := w.graph.HistoryOf(context.Background(), of, store.Slice{First: 10})
		if err != nil || len(page.Entries) != 1 {
			t.Fatalf("the history of %s: %+v, %v", of, page, err)
		}
		e := page.Entries[0].Node
		if e.Kind != "SPLIT" || e.Ref != "dec_1" || !slices.Equal(e.Before, []identity.CustomerID{byron}) || !slices.Equal(e.After, []identity.CustomerID{byron, ada}) {
			t.Errorf("the history of %s: %+v", of, e)
		}
	}
}
