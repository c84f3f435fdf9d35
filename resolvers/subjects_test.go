package resolvers

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"kith/identity"
	"kith/store"
)

// TestSubjectsAreReadAtOnce: who comes while a read of the same want is under way is read by the next, with all others; of
// another want nobody waits.
func TestSubjectsAreReadAtOnce(t *testing.T) {
	began, goOn := make(chan []identity.CustomerID), make(chan struct{})
	s := &subjects{byWant: map[string]*gathering{}, read: func(_ context.Context, ids []identity.CustomerID, w store.Want) (map[identity.CustomerID]*store.Profile, error) {
		out := map[identity.CustomerID]*store.Profile{}
		for _, id := range ids {
			out[id] = &store.Profile{ID: id, Values: fmt.Sprint(w.Values)}
		}
		delete(out, "cus_nobody")
		if !w.Values {
			began <- ids
			<-goOn
		}
		return out, nil
	}}
	text, err := json.Marshal(store.Want{})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	load := func(id identity.CustomerID, w store.Want, there bool) {
		all.Go(func() {
			p, ok, err := s.load(t.Context(), id, w)
			if err != nil || ok != there || ok && (p.ID != id || p.Values != fmt.Sprint(w.Values)) {
				t.Errorf("%s: %+v %v %v", id, p, ok, err)
			}
		})
	}
	load("cus_first", store.Want{}, true)
	if ids := <-began; len(ids) != 1 {
		t.Fatalf("read %v", ids)
	}
	const more = 7
	for n := range more {
		load(identity.CustomerID(fmt.Sprint("cus_", n)), store.Want{}, true)
	}
	load("cus_nobody", store.Want{}, false)
	load("cus_other", store.Want{Values: true}, true)
	for waiting := 0; waiting < more+1; { // until all of them wait for the second read
		s.mu.Lock()
		g := s.byWant[string(text)]
		s.mu.Unlock()
		g.mu.Lock()
		if waiting = 0; g.next != nil {
			waiting = len(g.next.keys)
		}
		g.mu.Unlock()
	}
	goOn <- struct{}{}
	if ids := <-began; len(ids) != more+1 {
		t.Errorf("the second read is of %v", ids)
	}
	goOn <- struct{}{}
	all.Wait()
	if len(s.byWant) != 0 {
		t.Errorf("%d gatherings are left behind", len(s.byWant))
	}
}
