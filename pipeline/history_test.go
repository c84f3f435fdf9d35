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
