package pipeline_test

import (
	"context"
	"testing"

	"kith/pipeline"
	"kith/store"
	"kith/wire"
)

// Case 11: once what kept a call out is mended, it is replayed and the graph is one that applied it at first (promise 3),
// whether it is replayed once or more often.
func TestAReplayedCallCountsAsIfAppliedAtFirst(t *testing.T) {
	calls := shop(40, 9)
	poison := `{"type":"identify","messageId":"poison","userId":"u1","anonymousId":"a1","traits":{"email":"u1@example.org","plan":"poison"},"timestamp":"2026-01-10T00:00:00Z"}`
	all := append(append(calls[:20:20], poison), calls[20:]...)
	w := newWorld(t)
	w.wrap = func(g *store.Graph) pipeline.Graph { return &poisoned{Graph: g} }
	w.send("web", all...)
	w.start()
	w.settle()
	w.stop()
	w.wrap = nil
	w.start()
	ctx := context.Background()
	letters := wire.DeadLetters{Journal: w.journal}
	page, err := w.journal.DeadLetters().List(ctx, 10, "")
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("dead letters %+v (%v)", page.Items, err)
	}
	if _, err := w.journal.Append(ctx, page.Items[0].Kind, page.Items[0].Raw); err != nil { // a replay that died before it took the letter away
		t.Fatal(err)
	}
	if _, err := letters.Replay(ctx, page.Items[0].ID); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if n, err := letters.Count(ctx); err != nil || n != 0 {
		t.Errorf("%d dead letters are left (%v)", n, err)
	}
	got := w.dump()
	w.stop()

	fresh := newWorld(t)
	fresh.start()
	fresh.send("web", all...)
	fresh.settle()
	fresh.same(got, "the same calls, none of them refused")
}
