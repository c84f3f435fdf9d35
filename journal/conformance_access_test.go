package journal

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// Who follows the revocations gets those that are there, is told when it has them, and then gets what comes.
func conformRevocations(t *testing.T, open func(*testing.T, Config) *Journal) {
	j, ctx := open(t, Config{}), within(t)
	revoke := func(subject string) {
		t.Helper()
		if err := j.Revocations().Add(ctx, []Revocation{{Subject: subject, Reason: "left", By: "admin"}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, subject := range []string{"a", "b", "a"} { // a second one takes the place of the first
		revoke(subject)
	}
	following, stop := context.WithCancel(ctx)
	defer stop()
	var mu sync.Mutex
	var got []string
	heard := make(chan struct{}, 100)
	note := func(text string) {
		mu.Lock()
		got = append(got, text)
		mu.Unlock()
		heard <- struct{}{}
	}
	var follower sync.WaitGroup
	defer follower.Wait()
	defer stop()
	follower.Go(func() {
		if err := j.Revocations().Follow(following, func(r Revocation) { note(r.Subject) }, func() { note("caught") }); following.Err() == nil {
			t.Error(err)
		}
	})
	expect := func(want ...string) {
		t.Helper()
		for range want {
			select {
			case <-heard:
			case <-ctx.Done():
				t.Fatal("nothing is heard")
			}
		}
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(got, want) {
			t.Fatalf("heard %q, want %q", got, want)
		}
		got = nil
	}
	expect("b", "a", "caught")
	revoke("c")
	expect("c")
	revoke("b")
	revoke("d")
	expect("b", "d")
	one, err := j.Revocations().List(ctx, 1, "")
	if err != nil || len(one.Items) != 1 || one.Items[0].Subject != "d" || one.Items[0].By != "admin" || one.Items[0].At == 0 {
		t.Errorf("the newest is %+v (%v)", one.Items, err)
	}
}

// The trail is read backwards in blocks, each once.
func conformTrail(t *testing.T, open func(*testing.T, Config) *Journal) {
	j, ctx := open(t, Config{AuditKeep: time.Hour}), within(t)
	trail := j.AuditTrail()
	if blocks, err := trail.Before(ctx, 0); err != nil || len(blocks) != 0 {
		t.Fatalf("an empty trail: %v %v", blocks, err)
	}
	const all = 3*trailWindow + 7
	for n := range all {
		if n == 5 { // again, as after an answer that got lost
			if err := trail.Append(ctx, []byte("block 4")); err != nil {
				t.Fatal(err)
			}
		}
		if err := trail.Append(ctx, fmt.Appendf(nil, "block %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	for before := uint64(0); ; {
		blocks, err := trail.Before(ctx, before)
		if err != nil {
			t.Fatal(err)
		}
		if len(blocks) == 0 {
			break
		}
		for _, b := range blocks {
			seen++
			if want := fmt.Sprintf("block %d", all-seen); string(b.Data) != want || b.Seq != uint64(all-seen+1) {
				t.Fatalf("got %q at %d, want %q", b.Data, b.Seq, want)
			}
			before = b.Seq
		}
	}
	if seen != all {
		t.Errorf("%d blocks, want %d", seen, all)
	}
	if err := trail.Append(ctx, make([]byte, j.MaxMessageBytes()+1)); err == nil {
		t.Error("a block over the limit is taken")
	}
}
