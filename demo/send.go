package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"kith/fault"
)

// Tally counts what became of requests.
type Tally struct {
	Requests int    // answered with 200
	Accepted int    // calls in them that were not refused
	Refused  int    // calls in them that went to quarantine at the door
	Dropped  int    // calls in requests refused for good
	Retries  int    // attempts after the first
	Position string // the newest Kith-Position seen
}

// Send sends the requests one after another and answers when all are accepted. It retries as an SDK does: what is
// answered with 408, 410, 429, 460 or 5xx, or not at all, comes again after Retry-After or a growing pause, with
// X-Retry-Count. It fails with UNAUTHENTICATED or FORBIDDEN when a write key is refused, and with the context's
// error when that ends; a request refused for good otherwise is counted and left.
func Send(ctx context.Context, baseURL string, requests []Request, log *slog.Logger) (Tally, error) {
	s := newSender(baseURL, log)
	defer s.client.CloseIdleConnections()
	for _, r := range requests {
		if err := s.send(ctx, r); err != nil {
			return s.result(), err
		}
	}
	return s.result(), nil
}

// sender sends requests to one server; its methods may be called concurrently.
type sender struct {
	base   string
	client *http.Client
	log    *slog.Logger

	mu    sync.Mutex // protects tally
	tally Tally
}

func newSender(baseURL string, log *slog.Logger) *sender {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = len(sdks)
	t.Proxy = nil // a server playing into itself needs none
	return &sender{
		base: strings.TrimSuffix(baseURL, "/"),
		client: &http.Client{
			Transport: t, Timeout: 30 * time.Second,
			// Write keys go to the server named and to no other.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		log: log,
	}
}

func (s *sender) result() Tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tally
}

func (s *sender) count(add func(*Tally)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.tally)
}

// verdict is what is to be done after an attempt.
type verdict struct {
	done  bool
	after time.Duration // to wait before the next attempt, when the server said so
	err   error         // ends everything
}

// send tries until the request is accepted or refused for good.
func (s *sender) send(ctx context.Context, r Request) error {
	backoff := 200 * time.Millisecond
	for attempt := 0; ; attempt++ {
		v := s.attempt(ctx, r, attempt)
		if v.done || v.err != nil {
			return v.err
		}
		wait := v.after
		if wait == 0 {
			wait = backoff
			backoff = min(2*backoff, 5*time.Second)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		s.count(func(t *Tally) { t.Retries++ })
	}
}

func (s *sender) attempt(ctx context.Context, r Request, attempt int) verdict {
	const op = "demo.send"
	req, err := http.NewRequestWithContext(ctx, r.Method, s.base+r.Path, bytes.NewReader(r.Body))
	if err != nil {
		return verdict{err: fault.New(op, fault.Invalid, "the demo cannot make a request from its base address")}
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	if attempt > 0 {
		req.Header.Set("X-Retry-Count", strconv.Itoa(attempt))
	}
	resp, err := s.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return verdict{err: ctx.Err()}
		}
		// The client's error has the address in it, and that may have the key.
		s.log.Debug("demo: no answer", "source", r.Source, "route", r.Route, "attempt", attempt)
		return verdict{}
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	_, _ = io.Copy(io.Discard, resp.Body)

	switch status := resp.StatusCode; {
	case status < 300:
		s.accepted(r, resp.Header.Get("Kith-Position"), body)
		return verdict{done: true}
	case status == http.StatusUnauthorized:
		return verdict{err: fault.New(op, fault.Unauthenticated, "the server does not know the demo's write key for its source %q", r.Source)}
	case status == http.StatusForbidden:
		return verdict{err: fault.New(op, fault.Forbidden, "the demo's source %q is disabled", r.Source)}
	case retried(status):
		s.log.Debug("demo: asked to come again", "source", r.Source, "route", r.Route, "status", status)
		return verdict{after: retryAfter(resp.Header)}
	default:
		s.log.Warn("demo: request refused", "source", r.Source, "route", r.Route, "status", status, "calls", r.Calls)
		s.count(func(t *Tally) { t.Dropped += r.Calls })
		return verdict{done: true}
	}
}

// accepted counts a request that was answered with success.
func (s *sender) accepted(r Request, position string, body []byte) {
	var answer struct {
		Rejected []struct {
			Code string `json:"code"`
		} `json:"rejected"`
	}
	_ = json.Unmarshal(body, &answer) // a pixel is no JSON, and says nothing of refusals
	if got, want := len(answer.Rejected), len(r.Faults); got > want {
		s.log.Warn("demo: more calls refused than broken", "source", r.Source, "route", r.Route, "refused", got, "broken", want,
			"code", answer.Rejected[0].Code)
	}
	s.count(func(t *Tally) {
		t.Requests++
		t.Refused += len(answer.Rejected)
		t.Accepted += r.Calls - len(answer.Rejected)
		if position != "" {
			t.Position = position
		}
	})
}

// retried says whether SDKs send a request again after this status.
func retried(status int) bool {
	switch status {
	case 408, 410, 429, 460:
		return true
	case 501, 505, 511:
		return false
	}
	return status >= 500
}

// retryAfter is the pause the server asks for, at most the five minutes of the wire format; zero when it asks for none.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || n <= 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, 300*time.Second)
}
