package collect

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"kith/event"
	"kith/fault"
)

// answer is what a request is answered with.
type answer struct {
	status     int
	position   string        // of the journal; may be empty
	retryAfter time.Duration // of 429 and 503; zero means a second
	kind       string        // content type; empty means JSON
	cache      string        // Cache-Control; may be empty
	body       []byte
	reason     string // of what is not 200, for metrics: from the closed set of codes
}

// The codes of answers about whole requests that are not the body's (event.BodyCode).
const (
	codeBadEncoding   = "bad_encoding"
	codeIncomplete    = "body_incomplete"
	codeUnauthorized  = "unauthorized"
	codeDisabled      = "source_disabled"
	codeRejected      = "rejected"
	codeRateLimited   = "rate_limited"
	codeUnavailable   = "unavailable"
	codeStopping      = "stopping"
	codeBusy          = "busy"
	codeNotFound      = "not_found"
	codeNotThisMethod = "method_not_allowed"
)

// refusal is the JSON of an answer that is not 200.
type refusal struct {
	Success  bool       `json:"success"`
	Code     string     `json:"code"`
	Message  string     `json:"message"`
	Where    string     `json:"where,omitempty"`
	Rejected []rejected `json:"rejected,omitempty"`
}

type success struct {
	Success  bool       `json:"success"`
	Rejected []rejected `json:"rejected,omitempty"`
}

// rejected is what is said about an event that was refused.
type rejected struct {
	Index     int    `json:"index"`
	MessageID string `json:"messageId"`
	Code      string `json:"code"`
	Field     string `json:"field,omitempty"`
	Message   string `json:"message"`
}

var successBody = []byte(`{"success":true}`)

func refuse(status int, code, where, message string) answer {
	return answer{status: status, reason: code, body: encode(refusal{Code: code, Message: message, Where: where})}
}

func retryLater(status int, code, message string, after time.Duration) answer {
	a := refuse(status, code, "", message)
	a.retryAfter = max(after, time.Second)
	return a
}

func accepted(position string, refused []event.Refused) answer {
	a := answer{status: http.StatusOK, position: position, body: successBody}
	if len(refused) > 0 {
		a.body = encode(success{Success: true, Rejected: list(refused)})
	}
	return a
}

// rejectedWhole is the answer in strict mode.
func rejectedWhole(refused []event.Refused) answer {
	return answer{status: http.StatusBadRequest, reason: codeRejected, body: encode(refusal{
		Code: codeRejected, Message: "Some events were refused, and strict mode keeps nothing then.", Rejected: list(refused),
	})}
}

func list(refused []event.Refused) []rejected {
	out := make([]rejected, len(refused))
	for i, r := range refused {
		out[i] = rejected{r.Index, r.MessageID, r.Code, r.Field, r.Message}
	}
	return out
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("collect: an answer cannot be encoded: " + err.Error()) // strings and numbers only
	}
	return b
}

// bodyAnswer is the answer to a body that event refuses as a whole.
func bodyAnswer(err error) answer {
	var f *fault.Error
	var code event.BodyCode
	if !errors.As(err, &f) || !errors.As(err, &code) {
		return refuse(http.StatusBadRequest, string(event.BodyInvalidJSON), "", fault.MessageOf(err))
	}
	status := http.StatusBadRequest
	if f.Code == fault.TooLarge {
		status = http.StatusRequestEntityTooLarge
	}
	return refuse(status, string(code), f.Field, f.Message)
}

// storeAnswer is the answer to what could not be stored. SDKs throw a batch away on most 4xx, so all that may pass
// is 429 or 503.
func storeAnswer(err error) answer {
	var after time.Duration
	var f *fault.Error
	if errors.As(err, &f) {
		after = f.RetryAfter
	}
	switch fault.CodeOf(err) {
	case fault.RateLimited:
		return retryLater(http.StatusTooManyRequests, codeRateLimited, fault.MessageOf(err), after)
	case fault.TooLarge:
		return refuse(http.StatusRequestEntityTooLarge, string(event.BodyTooLarge), "body", fault.MessageOf(err))
	}
	return retryLater(http.StatusServiceUnavailable, codeUnavailable, "The events cannot be stored right now. Send them again.", after)
}

// write sends the answer.
func (a *answer) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Retry-After, Kith-Position")
	kind := a.kind
	if kind == "" {
		kind = "application/json"
	}
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	if a.position != "" {
		h.Set("Kith-Position", a.position)
	}
	if a.cache != "" {
		h.Set("Cache-Control", a.cache)
	}
	if a.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(min(max(math.Ceil(a.retryAfter.Seconds()), 1), 300))))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that went away will send again
}
