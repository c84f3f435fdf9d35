package resolvers

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kith/customer"
	"kith/fault"
	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/store"
)

// readOrder notes in which order the feed and the graph are asked.
type readOrder struct {
	Graph
	said *[]string
}

func (g readOrder) IdentifiersByID(ctx context.Context, ids []identity.CustomerID) (map[identity.CustomerID]store.IdentifierView, error) {
	*g.said = append(*g.said, "state")
	return g.Graph.IdentifiersByID(ctx, ids)
}

func TestCustomerChanged(t *testing.T) {
	w := newWorld(t)
	w.ada()
	var order []string
	w.serve(readOrder{w.graph, &order})
	w.feed.onHead = func() { order = append(order, "cursor") }
	ada, a1 := identity.CustomerID(cid("user_id:ada")), identity.CustomerID(cid("anonymous_id:a1"))
	w.feed.changes = &fakeChanges{list: []Change{
		{Cursor: "c2", Key: "k2", At: t0, Received: t0 - 5, Change: customer.Change{Changed: &customer.Changed{Customer: ada, Reasons: []customer.Reason{customer.ReasonTraits, customer.ReasonTouchpoint}, Traits: []string{"plan"}}}},
		{Cursor: "c3", At: t0, Change: customer.Change{Merged: &customer.Merged{Customer: ada, Absorbed: []identity.CustomerID{a1}}}},
		{Cursor: "c4", At: t0, Change: customer.Change{Split: &customer.Split{Customer: ada, Created: []customer.Part{{Customer: a1, IDs: []identity.CustomerID{a1}}}}}},
		{Cursor: "c5", At: t0, Change: customer.Change{Touchpoint: &customer.TouchpointRecorded{ID: "tp_1"}}},
		{Resync: "too old"},
	}}
	id := string(a1)
	s, err := w.root.Live().CustomerChanged(as(t.Context(), "viewer"), &model.CustomerBy{ID: &id}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(order, []string{"cursor", "state"}) {
		t.Errorf("asked in the order %v: what changes between would be lost", order)
	}
	if want := "customer " + string(a1) + " " + string(ada) + " c1"; !slices.Equal(w.feed.opened, []string{want}) {
		t.Errorf("opened %v, want %s", w.feed.opened, want)
	}
	notified := false
	s.Notify(func() { notified = true })
	if !notified {
		t.Error("nobody said that the snapshot is there")
	}
	want := []any{
		&model.CustomerChanged{Cursor: "c1", At: 1_800_000_000_000, Reasons: []model.ChangeReason{"SNAPSHOT"}, ChangedTraits: []string{}, CustomerID: string(ada)},
		&model.CustomerChanged{Cursor: "c2", At: t0, Reasons: []model.ChangeReason{"TRAITS", "TOUCHPOINT"}, ChangedTraits: []string{"plan"}, CustomerID: string(ada)},
		&model.CustomerMerged{Cursor: "c3", At: t0, Absorbed: []string{string(a1)}, CustomerID: string(ada)},
		&model.CustomerSplit{Cursor: "c4", At: t0, CustomerID: string(ada), CreatedIDs: []string{string(a1)}},
		&model.ResyncRequired{Reason: "too old"},
	}
	for n, value := range want {
		e, ok, err := s.Next()
		if err != nil || !ok || !reflect.DeepEqual(e.Value, value) {
			t.Fatalf("event %d: %+v %v %v, want %+v", n, e.Value, ok, err, value)
		}
		if n == 1 && (!e.Ordered || e.Key != "k2" || e.Received.UnixMilli() != t0-5) {
			t.Errorf("event %+v", e)
		}
	}
	if _, ok, err := s.Next(); ok || !errors.Is(err, graph.ErrComplete) {
		t.Errorf("behind the end: %v %v", ok, err)
	}
	s.Close()
	if !w.feed.changes.closed {
		t.Error("the feed's subscription is still open")
	}

	after := "c9"
	w.feed.changes = &fakeChanges{}
	s, err = w.root.Live().CustomerChanged(as(t.Context(), "agent"), &model.CustomerBy{Identifier: &model.IdentifierInput{Type: "email", Value: "ADA@x.org"}}, nil, &after)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Next(); ok || err != nil {
		t.Errorf("resumed, but begins with something: %v", err)
	}
	if got := w.feed.opened[1]; got != "customer "+cid("email:ada@x.org")+" "+string(ada)+" c9" {
		t.Errorf("opened %s", got)
	}
}

func TestSubscriptionsRefused(t *testing.T) {
	w := newWorld(t)
	w.ada()
	nobody, blocked, seg := "cus_nobody", cid("email:null"), "seg_1"
	live := w.root.Live()
	viewer := as(t.Context(), "viewer")
	byEmail := &model.CustomerBy{Identifier: &model.IdentifierInput{Type: "email", Value: "ada@x.org"}}
	for name, c := range map[string]struct {
		open func() (graph.Stream, error)
		code fault.Code
	}{
		"unknown id": {func() (graph.Stream, error) {
			return live.CustomerChanged(viewer, &model.CustomerBy{ID: &nobody}, nil, nil)
		}, fault.NotFound},
		"blocked": {func() (graph.Stream, error) {
			return live.CustomerChanged(viewer, &model.CustomerBy{ID: &blocked}, nil, nil)
		}, fault.NotFound},
		"by value":           {func() (graph.Stream, error) { return live.CustomerChanged(viewer, byEmail, nil, nil) }, fault.Forbidden},
		"neither":            {func() (graph.Stream, error) { return live.CustomerChanged(viewer, nil, nil, nil) }, fault.Invalid},
		"both":               {func() (graph.Stream, error) { return live.CustomerChanged(viewer, byEmail, &seg, nil) }, fault.Invalid},
		"segment":            {func() (graph.Stream, error) { return live.CustomerChanged(viewer, nil, &seg, nil) }, fault.NotFound},
		"segment membership": {func() (graph.Stream, error) { return live.SegmentMembershipChanged(viewer, seg, nil) }, fault.NotFound},
	} {
		if s, err := c.open(); s != nil || fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if len(w.feed.opened) != 0 {
		t.Errorf("opened all the same: %v", w.feed.opened)
	}
}

func TestTouchpointRecorded(t *testing.T) {
	w := newWorld(t)
	w.ada()
	w.feed.changes = &fakeChanges{list: []Change{
		{Cursor: "c2", Key: "k2", At: t0, Change: customer.Change{Touchpoint: &customer.TouchpointRecorded{ID: "tp_1"}}},
	}}
	s, err := w.root.Live().TouchpointRecorded(as(t.Context(), "viewer"), &model.TouchpointFilter{Names: []string{"Order Completed"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, ok, err := s.Next()
	if err != nil || !ok || e.Ordered || e.Key != "k2" || !reflect.DeepEqual(e.Value, &model.TouchpointRecorded{Cursor: "c2", At: t0, TouchpointID: "tp_1"}) {
		t.Errorf("%+v %v %v", e, ok, err)
	}
	if !slices.Equal(w.feed.opened, []string{"touchpoints [Order Completed] c1"}) {
		t.Errorf("opened %v", w.feed.opened)
	}
}

// What an event is about is read, with all that is asked of it, in one round trip when it is sent.
func TestEventsAreExecuted(t *testing.T) {
	w := newWorld(t)
	w.ada()
	for _, c := range []struct {
		query string
		event any
		trips int64
		want  string
	}{
		{`subscription { customerChanged(by: {id: "x"}) { ... on CustomerChanged { reasons customer { displayName touchpoints(first: 2) { nodes { name } } identifiers { nodes { value } } } } } }`,
			model.CustomerEvent(&model.CustomerChanged{CustomerID: cid("anonymous_id:a1"), Reasons: []model.ChangeReason{"TRAITS"}}), 1, "Ada Byron"},
		{`subscription { customerChanged(by: {id: "x"}) { ... on CustomerMerged { absorbed customer { displayName } } } }`,
			model.CustomerEvent(&model.CustomerMerged{CustomerID: cid("user_id:charles"), Absorbed: []string{"cus_1"}}), 1, "Charles"},
		{`subscription { customerChanged(by: {id: "x"}) { ... on CustomerSplit { customer { displayName } created { displayName accounts { nodes { groupId } } } } } }`,
			model.CustomerEvent(&model.CustomerSplit{CustomerID: cid("user_id:ada"), CreatedIDs: []string{cid("user_id:charles"), "cus_gone"}}), 2, "Charles"},
		{`subscription { touchpointRecorded { ... on TouchpointRecorded { touchpoint { name identifier { value } customer { displayName } } } } }`,
			model.TouchpointEvent(&model.TouchpointRecorded{TouchpointID: touchpointID("anonymous_id:a1", 1)}), 2, "Ada Byron"},
		{`subscription { touchpointRecorded { ... on TouchpointRecorded { touchpoint { name properties identifier { value } } } } }`,
			model.TouchpointEvent(&model.TouchpointRecorded{TouchpointID: touchpointID("anonymous_id:a1", 1)}), 1, "Lamp"},
	} {
		a := w.askIn(context.WithValue(as(t.Context(), "agent"), eventKey{}, c.event), c.query, nil)
		if len(a.Errors) > 0 || a.trips > c.trips || !strings.Contains(string(a.Data), c.want) {
			t.Errorf("%s: %d trips, %v, %s", c.query, a.trips, a.Errors, a.Data)
		}
	}
	gone := w.askIn(context.WithValue(as(t.Context(), "agent"), eventKey{}, model.CustomerEvent(&model.CustomerChanged{CustomerID: "cus_gone"})),
		`subscription { customerChanged(by: {id: "x"}) { ... on CustomerChanged { customer { id } } } }`, nil)
	if len(gone.Errors) != 1 || gone.Errors[0].Extensions["code"] != "NOT_FOUND" {
		t.Errorf("a customer that is gone: %v", gone.Errors)
	}
}

// While one read is under way, all who come wait for the next, which is one; the first waits for nobody.
func TestGather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reads atomic.Int64
		g := newGather(func(_ context.Context, keys []int) (map[int]int, error) {
			reads.Add(1)
			time.Sleep(time.Second) // of the bubble's clock
			out := map[int]int{}
			for _, k := range keys {
				if k >= 0 {
					out[k] = k * 10
				}
			}
			return out, nil
		})
		ask := func(k int, want bool) {
			if v, ok, err := g.Load(t.Context(), k); err != nil || ok != want || want && v != k*10 {
				t.Errorf("%d: %d %v %v", k, v, ok, err)
			}
		}
		var all sync.WaitGroup
		all.Go(func() { ask(1, true) })
		synctest.Wait()
		for n := range 100 {
			all.Go(func() { ask(n%50, true) })
		}
		all.Go(func() { ask(-1, false) })
		all.Wait()
		if reads.Load() != 2 {
			t.Errorf("%d reads, want 2", reads.Load())
		}
		ask(7, true)
		if reads.Load() != 3 {
			t.Errorf("%d reads, want 3", reads.Load())
		}
	})
}

func TestGatherSurvivesItsReader(t *testing.T) {
	first := true
	g := newGather(func(context.Context, []int) (map[int]int, error) {
		if first {
			first = false
			panic("read")
		}
		return map[int]int{1: 1}, nil
	})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the reader did not see its own panic")
			}
		}()
		_, _, _ = g.Load(t.Context(), 1)
	}()
	if v, ok, err := g.Load(t.Context(), 1); v != 1 || !ok || err != nil {
		t.Errorf("after a read that broke off: %d %v %v", v, ok, err)
	}
}
