package main

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"kith/identity"
	"kith/store"
)

// spy stands between the pipeline and the graph: it takes the time of each call, and keeps what is written while it
// records.
type spy struct {
	*store.Graph

	mu        sync.Mutex
	spent     map[string]time.Duration
	recording bool
	writes    []store.Write

	counting atomic.Bool
	reads    atomic.Int64 // round trips of queries, while counting
}

func (s *spy) took(step string, since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spent == nil {
		s.spent = map[string]time.Duration{}
	}
	s.spent[step] += time.Since(since)
}

// reset forgets what was spent and written; record says whether to keep what is written from now on.
func (s *spy) reset(record bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spent, s.writes, s.recording = nil, nil, record
}

func (s *spy) result() (map[string]time.Duration, []store.Write) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spent, s.writes
}

func (s *spy) Lookup(ctx context.Context, a store.Asked) (store.Found, error) {
	defer s.took("lookup", time.Now())
	return s.Graph.Lookup(ctx, a)
}

func (s *spy) Neighbourhood(ctx context.Context, need identity.Need) (identity.Loaded, error) {
	defer s.took("neighbourhood", time.Now())
	return s.Graph.Neighbourhood(ctx, need)
}

func (s *spy) Customers(ctx context.Context, ids []identity.CustomerID) (map[identity.CustomerID]store.StoredCustomer, error) {
	defer s.took("customers", time.Now())
	return s.Graph.Customers(ctx, ids)
}

func (s *spy) Members(ctx context.Context, keys []identity.Key) (map[identity.Key]store.StoredMember, error) {
	defer s.took("members", time.Now())
	return s.Graph.Members(ctx, keys)
}

func (s *spy) Apply(ctx context.Context, w store.Write) error {
	defer s.took("write", time.Now())
	err := s.Graph.Apply(ctx, w)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && s.recording {
		s.writes = append(s.writes, w)
	}
	return err
}

// countReads counts the round trips of queries while s.counting.
func (s *spy) countReads(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.counting.Load() {
			r = r.WithContext(store.CountReads(r.Context(), &s.reads))
		}
		h.ServeHTTP(w, r)
	})
}
