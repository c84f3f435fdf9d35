package importer

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// sender sends records until they are acknowledged.
type sender struct {
	cfg      Config
	url      string
	bar      *progress
	answered bool // something there has answered: from then on trouble is taken for passing
	packed   bytes.Buffer
	gzip     *gzip.Writer
}

func newSender(cfg Config, bar *progress) *sender {
	s := &sender{cfg: cfg, url: cfg.URL + "/v1/records", bar: bar}
	s.gzip, _ = gzip.NewWriterLevel(&s.packed, gzip.BestSpeed) // the level is one
	return s
}

// answer is what a Kith says to a request that was taken.
type answer struct {
	Rejected []rejected `json:"rejected"`
	position string
}

// rejected is why one record of a request was refused.
type rejected struct {
	Index   int    `json:"index"`
	Code    string `json:"code"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// errTooLarge says that a request has to be sent in pieces.
var errTooLarge = errors.New("the request is too large")

// maxAnswer bounds an answer: about every record of a request.
const maxAnswer = 8 << 20

// send sends rows until they are taken, for good refused, or patience or ctx ends.
func (s *sender) send(ctx context.Context, rows []row) (answer, error) {
	body, err := s.pack(rows)
	if err != nil {
		return answer{}, err
	}
	giveUp := s.cfg.Now().Add(s.cfg.Patience)
	for pause := time.Second / 2; ; pause = min(2*pause, 30*time.Second) {
		a, again, err := s.once(ctx, body)
		switch {
		case err == nil:
			s.answered = true
			return a, nil
		case ctx.Err() != nil:
			return answer{}, ctx.Err()
		case again == nil:
			return answer{}, err
		case s.cfg.Now().After(giveUp):
			return answer{}, fmt.Errorf("nothing was taken for %s: %w", s.cfg.Patience, err)
		}
		wait := max(again.after, pause)
		if again.after > 0 {
			wait = again.after
		}
		s.bar.note(fmt.Sprintf("%v; trying again in %s", err, wait))
		if err := sleep(ctx, wait); err != nil {
			return answer{}, err
		}
	}
}

func (s *sender) pack(rows []row) ([]byte, error) {
	s.packed.Reset()
	s.gzip.Reset(&s.packed)
	for _, r := range rows {
		for _, piece := range [][]byte{r.record, {'\n'}} {
			if _, err := s.gzip.Write(piece); err != nil {
				return nil, err
			}
		}
	}
	err := s.gzip.Close() // before the bytes are all there
	return s.packed.Bytes(), err
}

// retry says that a request may succeed later, and when, if the other side said so.
type retry struct{ after time.Duration }

func (s *sender) once(ctx context.Context, body []byte) (answer, *retry, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return answer{}, nil, err
	}
	r.SetBasicAuth(s.cfg.Key, "")
	r.Header.Set("Content-Type", "application/x-ndjson")
	r.Header.Set("Content-Encoding", "gzip")
	response, err := s.cfg.Client.Do(r)
	if err != nil {
		if !s.answered {
			return answer{}, nil, fmt.Errorf("there is no answer at %s. Start Kith there, or name another with --url: %w", s.cfg.URL, err)
		}
		return answer{}, &retry{}, fmt.Errorf("there is no answer at %s: %w", s.cfg.URL, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, &retry{}, fmt.Errorf("the answer broke off: %w", err)
	}
	s.answered = true
	return s.read(response, text)
}

func (s *sender) read(response *http.Response, text []byte) (answer, *retry, error) {
	var a struct {
		Success *bool `json:"success"`
		answer
		Message string `json:"message"`
	}
	parsed := json.Unmarshal(text, &a) == nil && a.Success != nil
	if a.Message == "" {
		a.Message = response.Status
	}
	switch status := response.StatusCode; {
	case status == http.StatusOK && parsed && *a.Success:
		a.position = response.Header.Get("Kith-Position")
		return a.answer, nil, nil
	case status == http.StatusOK:
		return answer{}, nil, fmt.Errorf("%s answers, but not like a Kith; name the right one with --url", s.cfg.URL)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return answer{}, nil, fmt.Errorf("%s does not take the write key of %s: %s", s.cfg.URL, s.cfg.Source, a.Message)
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return answer{}, nil, fmt.Errorf("%s takes no records (%s)", s.cfg.URL, response.Status)
	case status == http.StatusRequestEntityTooLarge:
		return answer{}, nil, errTooLarge
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500:
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		return answer{}, &retry{time.Duration(min(max(seconds, 0), 300)) * time.Second}, fmt.Errorf("%d: %s", status, a.Message)
	default:
		return answer{}, nil, fmt.Errorf("%s refuses the import: %d: %s", s.cfg.URL, status, a.Message)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
