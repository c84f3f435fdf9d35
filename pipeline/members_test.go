package pipeline_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kith/customer"
	"kith/event"
	"kith/feed"
	"kith/identity"
	"kith/wire"
)

// audience is who watches the members of segments, over the change stream of a world.
type audience struct {
	w   *world
	hub *feed.Hub
}

func (w *world) audience() *audience {
	w.t.Helper()
	hub, err := feed.New(feed.Config{Source: wire.Changes{Journal: w.journal}, Queue: 64 << 20, Recent: 4 << 10}) // much comes from the stream
	if err == nil {
		err = hub.Start(context.Background())
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return &audience{w, hub}
}

func (a *audience) stop() {
	if err := a.hub.Stop(context.Background()); err != nil {
		a.w.t.Error(err)
	}
}

// watcher is one of them: everything it got, with the cursor behind each.
type watcher struct {
	segment string
	sub     *feed.Subscription
	began   string // cursor
	got     []string
	cursors []string
}

// come subscribes behind a cursor as the API does.
func (a *audience) come(segment, cursor string) *watcher {
	t := a.w.t
	t.Helper()
	ctx := context.Background()
	if cursor == "" {
		var err error
		if cursor, err = a.hub.Head(ctx); err != nil {
			t.Fatal(err)
		}
	}
	members, last, err := a.w.graph.MemberIDs(ctx, segment, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.hub.Members(ctx, feed.Members{Segment: segment, IDs: members, Tx: last.Tx, Part: last.Part}, cursor)
	if err != nil {
		t.Fatal(err)
	}
	return &watcher{segment: segment, sub: s, began: cursor}
}

func (x *watcher) listen(t *testing.T) {
	t.Helper()
	for {
		e, ok, err := x.sub.Next()
		if err != nil || e.Resync != "" {
			t.Fatalf("who watches %s: %v %s", x.segment, err, e.Resync)
		}
		if !ok {
			return
		}
		x.got = append(x.got, e.Cursor+" "+brief(e.Change))
		x.cursors = append(x.cursors, e.Cursor)
	}
}

// until listens until as many events came as there are to come.
func (x *watcher) until(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if x.listen(t); len(x.got) >= n || time.Now().After(deadline) {
			return
		}
	}
}

func brief(c customer.Change) string {
	switch {
	case c.Changed != nil:
		return fmt.Sprint("changed ", c.Changed.Customer, c.Changed.Reasons)
	case c.Merged != nil:
		return fmt.Sprint("merged ", c.Merged.Customer, c.Merged.Absorbed)
	case c.Split != nil:
		return fmt.Sprint("split ", c.Split.Customer, len(c.Split.Created))
	}
	return "?"
}

// shown is what a reader is shown who is there from the beginning, when nobody is in: worked out change by change of
// what was published. It also says who is in at the end.
func (w *world) shownOf(segment string) (shown []string, in []identity.CustomerID) {
	members := map[identity.CustomerID]bool{}
	for _, b := range w.changes() {
		for _, c := range b.Changes {
			of := []identity.CustomerID{}
			switch {
			case c.Changed != nil:
				of = append(of, c.Changed.Customer)
			case c.Split != nil:
				of = append(of, c.Split.Customer)
			case c.Merged != nil:
				of = append(of, c.Merged.Customer)
				of = append(of, c.Merged.Absorbed...)
			case c.Membership != nil && c.Membership.Segment == segment:
				members[c.Membership.Customer] = c.Membership.Entered
			}
			if slices.ContainsFunc(of, func(id identity.CustomerID) bool { return members[id] }) {
				shown = append(shown, brief(c))
				if c.Merged != nil {
					for _, id := range c.Merged.Absorbed {
						delete(members, id)
					}
					members[c.Merged.Customer] = true
				}
			}
		}
	}
	for id, is := range members {
		if is {
			in = append(in, id)
		}
	}
	slices.Sort(in)
	return shown, in
}

// Promise 7: who comes back to the members of a segment behind a cursor sees what one sees who stayed, whoever entered,
// left, merged and parted in between, also across restarts and while the pipeline is at work.
func TestWhoComesBackSeesWhatWhoStayedSees(t *testing.T) {
	w := newWorld(t)
	clock := w.stopped("2026-02-01T12:00:00Z")
	w.start()
	segments := []string{"seg_pro", "seg_few", "seg_seen"}
	w.segment("seg_pro", `{"trait":{"key":"plan","op":"EQ","value":"pro"}}`)
	w.segment("seg_few", `{"event":{"name":"Order Completed","atLeast":1,"atMost":3}}`)
	w.segment("seg_seen", `{"event":{"name":"Page Viewed","within":"P24D"}}`)
	w.quiet()
	a := w.audience()
	defer func() { a.stop() }()
	stayed, late := map[string]*watcher{}, []*watcher{}
	for _, s := range segments {
		stayed[s] = a.come(s, "")
	}
	rnd := rand.New(rand.NewPCG(5, 5))
	calls := shop(360, 11)
	again := func() { // somebody comes back while things happen
		x := stayed[segments[rnd.IntN(len(segments))]]
		cursor := x.began
		if n := len(x.cursors); n > 0 {
			cursor = x.cursors[rnd.IntN(n)]
		}
		late = append(late, a.come(x.segment, cursor))
	}
	for round := range 24 {
		w.send("web", calls[round*15:(round+1)*15]...)
		switch round % 6 {
		case 1:
			w.decide(identity.Decision{ID: fmt.Sprint("dec_", round), Kind: "JOIN", A: keys(identity.Key(fmt.Sprint("user_id:u", round%5)), "user_id:u5"), By: "s", At: event.Millis(round)})
		case 3:
			w.decide(identity.Decision{ID: fmt.Sprint("dec_", round), Revokes: fmt.Sprint("dec_", round-2), By: "s", At: event.Millis(round)})
		case 4:
			clock.Add(int64(36 * time.Hour / time.Millisecond))
		}
		again()
		w.settle()
		for _, s := range segments {
			stayed[s].listen(t)
		}
		again()
		if round == 11 { // everything ends, and begins anew
			w.quiet()
			for _, s := range segments {
				shown, _ := w.shownOf(s)
				stayed[s].until(t, len(shown))
			}
			for _, x := range late {
				x.sub.Close()
			}
			late = nil
			a.stop()
			w.close()
			w.open()
			w.start()
			a = w.audience()
			for _, s := range segments {
				x := stayed[s]
				back := a.come(s, x.cursors[len(x.cursors)-1])
				x.sub = back.sub
			}
		}
	}
	w.quiet()
	for _, s := range segments {
		x := stayed[s]
		want, in := w.shownOf(s)
		x.until(t, len(want))
		got := make([]string, len(x.got))
		for n, line := range x.got {
			_, got[n], _ = strings.Cut(line, " ")
		}
		if !slices.Equal(got, want) {
			t.Errorf("who stayed with %s saw\n%q\nwant\n%q", s, got, want)
		}
		members, _, err := w.graph.MemberIDs(t.Context(), s, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Sort(members); !slices.Equal(members, in) || len(want) < 15 {
			t.Errorf("in %s are %v, and told was %v, by %d changes", s, members, in, len(want))
		}
		for n := 0; n < len(x.cursors); n += 5 {
			late = append(late, a.come(s, x.cursors[n]))
		}
	}
	for _, x := range late {
		all := stayed[x.segment]
		at := 0 // of the first event behind the cursor
		if x.began != all.began {
			at = slices.Index(all.cursors, x.began) + 1
		}
		x.until(t, len(all.got)-at)
		if !slices.Equal(x.got, all.got[at:]) {
			t.Errorf("who came back to %s behind %s got\n%q\nwant\n%q", x.segment, x.began, x.got, all.got[at:])
		}
		x.sub.Close()
	}
}
