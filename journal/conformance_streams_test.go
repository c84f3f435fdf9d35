package journal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"kith/fault"
)

func conformChanges(t *testing.T, open func(*testing.T, Config) *Journal) {
	j, ctx := open(t, Config{}), within(t)
	if _, _, ok, err := j.LastChange(ctx); ok || err != nil {
		t.Fatalf("an empty change stream has a last change: %v, %v", ok, err)
	}
	if head, err := j.ChangeHead(ctx); err != nil || head != (ChangeCursor{Epoch: j.ChangeEpoch(), Seq: 1}) {
		t.Fatalf("head of an empty change stream: %v, %v", head, err)
	}
	publish := func(tx int64, part int, want uint64) {
		t.Helper()
		if seq, err := j.PublishChanges(ctx, tx, part, fmt.Appendf(nil, "%d/%d", tx, part)); err != nil || seq != want {
			t.Fatalf("tx %d part %d is message %d, %v; want %d", tx, part, seq, err, want)
		}
	}
	publish(7, 0, 1)
	publish(7, 1, 2)
	publish(7, 1, 2) // again: it is the newest
	publish(7, 0, 0) // again: it is there
	publish(9, 0, 3)
	publish(8, 5, 0)
	if tx, part, ok, err := j.LastChange(ctx); tx != 9 || part != 0 || !ok || err != nil {
		t.Fatalf("last change %d/%d %v %v", tx, part, ok, err)
	}
	// Another publisher, as after a takeover, and then the first one again, which does not know of it.
	j.published.mu.Lock()
	stale := published{known: true, seq: j.published.seq, tx: j.published.tx, part: j.published.part, any: true}
	j.published.mu.Unlock()
	publish(10, 0, 4)
	publish(11, 0, 5)
	j.published.mu.Lock()
	j.published.seq, j.published.tx, j.published.part = stale.seq, stale.tx, stale.part
	j.published.mu.Unlock()
	publish(10, 0, 0)
	publish(11, 0, 5)
	publish(12, 0, 6)

	var all sync.WaitGroup
	for tx := int64(13); tx < 20; tx++ {
		for range 3 {
			all.Go(func() {
				if _, err := j.PublishChanges(ctx, 20, int(tx), []byte("raced")); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	head, err := j.ChangeHead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r, got := j.Changes(0), []string{}
	for r.After()+1 < head.Seq {
		m, err := r.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(m.Data))
	}
	if want := "7/0 7/1 9/0 10/0 11/0 12/0"; !strings.HasPrefix(strings.Join(got, " "), want) || len(got) < 7 || len(got) > 13 {
		t.Errorf("the change stream holds %q", got)
	}
	if _, err := j.PublishChanges(ctx, 99, 0, make([]byte, j.MaxMessageBytes()+1)); fault.CodeOf(err) != fault.TooLarge {
		t.Errorf("changes above the limit give %v", err)
	}
}

func conformChangesTrimmed(t *testing.T, open func(*testing.T, Config) *Journal) {
	j, ctx := open(t, Config{ChangesKeep: time.Millisecond}), within(t)
	for tx := range int64(10) {
		if _, err := j.PublishChanges(ctx, tx, 0, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all changes but the newest are trimmed", func() bool {
		if err := j.trimChanges(ctx); err != nil {
			t.Fatal(err)
		}
		state, err := j.changes.state(ctx)
		return err == nil && state.FirstSeq == 10 && state.Msgs == 1
	})
	var gap *Gap
	if _, err := j.Changes(3).Fetch(ctx, 1, 1); !errors.As(err, &gap) || !gap.Trimmed || gap.First != 4 || gap.Last != 9 {
		t.Fatalf("a cursor too old gives %v", err)
	}
	if tx, _, ok, err := j.LastChange(ctx); tx != 9 || !ok || err != nil {
		t.Fatalf("after trimming the last change is %d, %v, %v", tx, ok, err)
	}
}

func conformQuarantine(t *testing.T, open func(*testing.T, Config) *Journal) {
	j, ctx := open(t, Config{}), within(t)
	q := j.Quarantine()
	if page, err := q.List(ctx, 10, ""); err != nil || len(page.Items) != 0 || page.Next != "" {
		t.Fatalf("an empty quarantine lists %+v, %v", page, err)
	}
	const n = 1234
	var items []Quarantined
	for i := range n {
		items = append(items, Quarantined{Source: "web", MessageID: fmt.Sprint(i), Code: "no_user_anon_id",
			Message: "Neither userId nor anonymousId.", ReceivedAt: 1000, Raw: bytes.Repeat([]byte{0, 255, byte(i)}, 100)})
	}
	for range 2 { // the second time, as when a client repeats its batch, adds nothing
		if err := q.Add(ctx, items); err != nil {
			t.Fatal(err)
		}
		if c, err := q.Count(ctx); err != nil || c.Items != n || c.Bytes < n*300 {
			t.Fatalf("count %+v, %v", c, err)
		}
	}
	ids := map[string]string{}
	walk := func(limit int) (order []string) {
		after := ""
		for {
			page, err := q.List(ctx, limit, after)
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Items) > limit || page.Next != "" && len(page.Items) < limit {
				t.Fatalf("a page of %d has %d items, next %q", limit, len(page.Items), page.Next)
			}
			for _, item := range page.Items {
				order = append(order, item.MessageID)
				ids[item.MessageID] = item.ID
			}
			if after = page.Next; after == "" {
				return order
			}
		}
	}
	if order := walk(100); len(order) != n || order[0] != fmt.Sprint(n-1) || order[n-1] != "0" {
		t.Fatalf("%d items, from %s to %s", len(order), order[0], order[len(order)-1])
	}
	item, err := q.Get(ctx, ids["77"])
	if err != nil || item.MessageID != "77" || item.At == 0 || !bytes.Equal(item.Raw, items[77].Raw) {
		t.Fatalf("item 77 is %+v, %v", item, err)
	}
	for i := range n {
		if i%10 != 3 {
			if err := q.Remove(ctx, ids[fmt.Sprint(i)]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if order := walk(7); len(order) != 124 || order[0] != "1233" || order[123] != "3" {
		t.Fatalf("after removing, %d items, from %s to %s", len(order), order[0], order[len(order)-1])
	}
	oldest, err := q.Oldest(ctx, 3, func(item Quarantined) bool { return item.MessageID != "13" })
	if err != nil || len(oldest) != 3 || oldest[0].MessageID != "3" || oldest[1].MessageID != "23" || oldest[2].MessageID != "33" {
		t.Errorf("the oldest are %+v, %v", oldest, err)
	}
	if last, err := q.Oldest(ctx, 3, func(item Quarantined) bool { return item.MessageID == "1233" }); err != nil || len(last) != 1 {
		t.Errorf("of all that are wanted the oldest are %+v, %v", last, err)
	}
	for _, id := range []string{ids["77"], "no", "", "a.b", "*", ">"} {
		if _, err := q.Get(ctx, id); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("Get(%q) gives %v", id, err)
		}
		if err := q.Remove(ctx, id); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("Remove(%q) gives %v", id, err)
		}
	}
	if _, err := q.List(ctx, 1, "nonsense"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a wrong cursor gives %v", err)
	}
	if err := q.Add(ctx, []Quarantined{{ID: "a.b"}}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a wrong id gives %v", err)
	}

	letter := DeadLetter{Position: Position{Epoch: j.Epoch(), Seq: 5}, Source: "web", MessageID: "m", Reason: "breaks apply", Raw: []byte("{}")}
	for range 3 {
		if err := j.DeadLetters().Add(ctx, []DeadLetter{letter}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := j.DeadLetters().List(ctx, 10, "")
	if err != nil || len(page.Items) != 1 || page.Items[0].Position != letter.Position || page.Items[0].Reason != letter.Reason {
		t.Fatalf("dead letters %+v, %v", page, err)
	}
}
