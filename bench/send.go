package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// sender posts events as an SDK does, over connections that are kept.
type sender struct {
	url    string
	client *http.Client
}

func newSender(url string) *sender {
	return &sender{url, &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}}}
}

func (s *sender) close() { s.client.CloseIdleConnections() }

// post sends one body to /v1/batch. It fails unless the answer is 200 with nothing refused.
func (s *sender) post(ctx context.Context, body []byte) error {
	_, err := s.postTo(ctx, "/v1/batch", body)
	return err
}

// postTo does so to any route, and gives the position in the journal.
func (s *sender) postTo(ctx context.Context, route string, body []byte) (position string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+route, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.SetBasicAuth(writeKey, "")
	req.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK || bytes.Contains(text, []byte("rejected")) {
		return "", fmt.Errorf("ingest answers %s %s", res.Status, text)
	}
	return res.Header.Get("Kith-Position"), nil
}

// query asks GraphQL and gives the data; an error in the answer is an error.
func (s *sender) query(ctx context.Context, token, document string, variables map[string]any) (json.RawMessage, error) {
	return s.queryAfter(ctx, "", token, document, variables)
}

// queryAfter waits until a position is applied, and then asks; an empty one is not waited for.
func (s *sender) queryAfter(ctx context.Context, position, token, document string, variables map[string]any) (json.RawMessage, error) {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	if position != "" {
		req.Header.Set("Kith-After", position)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data   json.RawMessage
		Errors []json.RawMessage
	}
	if err := json.Unmarshal(text, &answer); err != nil || len(answer.Errors) > 0 {
		return nil, fmt.Errorf("GraphQL answers %s %.300s", res.Status, text)
	}
	return answer.Data, nil
}

// all calls do for 0 to n-1 from a number of clients and returns the first error.
func all(ctx context.Context, clients, n int, do func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan int)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := range work {
				if err := do(i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		work <- i
	}
	close(work)
	wg.Wait()
	return context.Cause(ctx)
}

// steady calls do at an even pace until ctx ends or limit is over, whatever do takes: a slow answer does not make the
// next request late, up to the number of clients. It returns how many calls were begun and the first error.
func steady(ctx context.Context, perSecond float64, limit time.Duration, clients int, do func(i int) error) (int, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan int, clients)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := range work {
				if err := do(i); err != nil {
					cancel(err)
				}
			}
		})
	}
	begun := 0
	start, interval := time.Now(), time.Duration(float64(time.Second)/perSecond)
	timer := time.NewTimer(0)
	defer timer.Stop()
pace:
	for {
		select {
		case <-ctx.Done():
			break pace
		case <-timer.C:
		}
		due := int(time.Since(start)/interval) + 1
		for ; begun < due && ctx.Err() == nil; begun++ {
			work <- begun
		}
		next := time.Duration(begun) * interval
		if next >= limit {
			break
		}
		timer.Reset(time.Until(start.Add(next)))
	}
	close(work)
	wg.Wait()
	return begun, context.Cause(ctx)
}
