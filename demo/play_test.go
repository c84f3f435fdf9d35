package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kith/fault"
)

var silence = slog.New(slog.DiscardHandler)

// page is where a story is written, by one goroutine and read by another.
type page struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.Write(b)
}

func (p *page) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.String()
}

// until waits for the condition, a minute at most. Tests that go by the real clock do not run beside others.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestPlay(t *testing.T) {
	var requests, refusals, retried atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		n := requests.Add(1)
		if n%20 == 3 {
			refusals.Add(1)
			rw.Header().Set("Retry-After", "1")
			rw.WriteHeader(http.StatusTooManyRequests)
			return
		}
		if r.Header.Get("X-Retry-Count") != "" {
			retried.Add(1)
		}
		rw.Header().Set("Kith-Position", "7-99")
		_, _ = io.WriteString(rw, `{"success":true}`)
	}))
	defer server.Close()

	w, err := New(Config{Sources: testKeys()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	story := &page{}
	type result struct {
		tally Tally
		err   error
	}
	ended := make(chan result, 1)
	go func() {
		tally, err := Play(ctx, server.URL, w, story, silence)
		ended <- result{tally, err}
	}()
	until(t, "the end of the past", func() bool { return strings.Contains(story.String(), "From here on it is live.") })
	cancel()
	asked := time.Now()
	r := <-ended
	if took := time.Since(asked); took > time.Second {
		t.Errorf("Play ended %v after it was asked to", took)
	}
	if r.err != nil {
		t.Errorf("Play: %v", r.err)
	}
	if r.tally.Accepted < 4500 || r.tally.Retries == 0 || r.tally.Position != "7-99" || r.tally.Dropped != 0 {
		t.Errorf("tally %+v", r.tally)
	}
	if refusals.Load() == 0 || retried.Load() == 0 {
		t.Errorf("%d refusals, %d requests that came again", refusals.Load(), retried.Load())
	}
	if !strings.Contains(story.String(), "The last 30 days of Fernhill Outfitters first:") {
		t.Errorf("story: %s", story)
	}
}

func TestPlayEndsWhenAKeyIsRefused(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		rw.WriteHeader(http.StatusUnauthorized)
	}))
	defer server.Close()
	_, err := Play(context.Background(), server.URL, newWorld(t, nil), io.Discard, silence)
	if fault.CodeOf(err) != fault.Unauthenticated || strings.Contains(err.Error(), "key-of-") {
		t.Errorf("%v, want UNAUTHENTICATED without the key", err)
	}
}

func TestPlayEndsWhileTold(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		asked.Add(1)
		rw.Header().Set("Retry-After", "300")
		rw.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := Play(ctx, server.URL, newWorld(t, nil), io.Discard, silence)
		ended <- err
	}()
	until(t, "a refusal of every source", func() bool { return asked.Load() >= int64(len(SourceNames())) })
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Second):
		t.Error("Play still waits for Retry-After a second after it was asked to end")
	}
	if n := asked.Load(); n > int64(len(SourceNames())) {
		t.Errorf("%d requests to a server that wants to be left alone", n)
	}
}

// answers is a server without a network: it answers with one status after the other and notes when it was asked.
type answers struct {
	script []string // "429 3" is a status and a Retry-After; "" is a broken connection
	asked  []time.Time
	counts []string
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	line := a.script[min(len(a.asked), len(a.script)-1)]
	a.asked = append(a.asked, time.Now())
	a.counts = append(a.counts, r.Header.Get("X-Retry-Count"))
	if line == "" {
		return nil, errors.New("connection refused")
	}
	var status int
	var after string
	_, _ = fmt.Sscan(line, &status, &after)
	h := http.Header{}
	if after != "" {
		h.Set("Retry-After", after)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(`{"rejected":[{"code":"missing_event"}]}`)), Request: r}, nil
}

func TestBackOff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script []string
		waits  []time.Duration
		tally  Tally
	}{
		"accepted at once":        {[]string{"200"}, nil, Tally{Requests: 1, Accepted: 2, Refused: 1}},
		"Retry-After is honoured": {[]string{"429 3", "503 7", "200"}, []time.Duration{3 * time.Second, 7 * time.Second}, Tally{Requests: 1, Accepted: 2, Refused: 1, Retries: 2}},
		"Retry-After has a limit": {[]string{"429 9000", "200"}, []time.Duration{300 * time.Second}, Tally{Requests: 1, Accepted: 2, Refused: 1, Retries: 1}},
		"pauses grow": {
			[]string{"", "500", "502", "", "", "", "", "408", "200"},
			[]time.Duration{200e6, 400e6, 800e6, 1600e6, 3200e6, 5e9, 5e9, 5e9},
			Tally{Requests: 1, Accepted: 2, Refused: 1, Retries: 8},
		},
		"refused for good": {[]string{"400"}, nil, Tally{Dropped: 3}},
		"never repeated":   {[]string{"501"}, nil, Tally{Dropped: 3}},
		"no redirects":     {[]string{"307"}, nil, Tally{Dropped: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &answers{script: c.script}
				s := newSender("http://kith.test/", silence)
				s.client.Transport = a
				r := Request{Source: SourceWeb, Method: "POST", Route: "/v1/t", Path: "/v1/t", Header: http.Header{}, Calls: 3, Faults: []string{faultNoEvent}}
				if err := s.send(t.Context(), r); err != nil {
					t.Fatal(err)
				}
				if got := s.result(); got != c.tally {
					t.Errorf("tally %+v, want %+v", got, c.tally)
				}
				if len(a.asked) != len(c.waits)+1 {
					t.Fatalf("%d attempts, want %d", len(a.asked), len(c.waits)+1)
				}
				for i, want := range c.waits {
					if got := a.asked[i+1].Sub(a.asked[i]); got != want {
						t.Errorf("waited %v before attempt %d, want %v", got, i+1, want)
					}
					if a.counts[i+1] != fmt.Sprint(i+1) {
						t.Errorf("X-Retry-Count %q at attempt %d", a.counts[i+1], i+1)
					}
				}
				if r.Header.Get("X-Retry-Count") != "" {
					t.Error("the caller's request was changed")
				}
			})
		})
	}
}

func TestSend(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		calls++
		rw.Header().Set("Kith-Position", fmt.Sprint(calls))
	}))
	defer server.Close()
	requests := newWorld(t, nil).Next(morning)
	tally, err := Send(t.Context(), server.URL, requests, silence)
	if err != nil || tally.Requests != len(requests) || tally.Position != fmt.Sprint(len(requests)) {
		t.Errorf("%+v, %v", tally, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Send(ctx, server.URL, requests, silence); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's error", err)
	}
}

func TestNarrator(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	n := &narrator{out: &out}
	at := morning
	for range 600 { // a minute, a beat of every weight each tenth of a second
		n.hear([]Beat{{Text: "a page", Kind: "visit", Weight: 1}, {Text: "an order", Kind: "order", Weight: 4}, {Text: "a robot", Kind: "robot", Weight: 5}})
		n.speak(at)
		at = at.Add(tick)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) < 29 || len(lines) > 31 {
		t.Errorf("%d lines in a minute, want 30", len(lines))
	}
	if !strings.HasPrefix(lines[0], "09:00:00  a robot") {
		t.Errorf("first line %q", lines[0])
	}
	for _, what := range []string{"a page", "an order", "a robot"} {
		if !strings.Contains(out.String(), what) {
			t.Errorf("%s is never told", what)
		}
	}
	n.speak(at)
	before := out.Len()
	n.speak(at.Add(time.Hour))
	if out.Len() != before {
		t.Error("a line about nothing")
	}
}
