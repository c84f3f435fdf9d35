package trace

import (
	"context"
	"crypto/rand"
	"net/http"
)

// requestHeader carries the id of a request: the caller's own when it sends one, else a new one.
const requestHeader = "X-Request-Id"

type requestKey struct{}

// WithRequestID is ctx of a request.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestID is the id of the request that ctx belongs to; empty when there is none.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// NewRequestID is the id of what begins here.
func NewRequestID() string { return rand.Text() }

// Serve begins a request to a route, which is a template and holds nothing of the request. Its id is that already in the
// answer's header, the caller's if it is short and plain, or a new one, and goes into that header. Its span goes on in the
// caller's trace; it needs [Span.Answered].
func Serve(w http.ResponseWriter, r *http.Request, route string) (*http.Request, Span) {
	id := w.Header().Get(requestHeader)
	if id == "" {
		if id = r.Header.Get(requestHeader); !plain(id) {
			id = NewRequestID()
		}
		w.Header().Set(requestHeader, id)
	}
	ctx := WithRequestID(r.Context(), id)
	if !On() {
		return r.WithContext(ctx), Span{}
	}
	method := r.Method
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodOptions, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodPatch:
	default:
		method = "_OTHER"
	}
	ctx, span := Resume(ctx, Served, method+" "+route, []string{r.Header.Get(Header)},
		Text("http.request.method", method), Text("http.route", route), Text("kith.request_id", id))
	return r.WithContext(ctx), span
}

// Answered ends the span of a request.
func (s Span) Answered(status int) {
	if s.span == nil {
		return
	}
	s.Set(Number("http.response.status_code", status))
	if status >= http.StatusInternalServerError {
		s.FailAs(http.StatusText(status))
	}
	s.End()
}

// plain reports whether a caller's id can go into logs and headers as it is.
func plain(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		ok := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_' || c == '.'
		if !ok {
			return false
		}
	}
	return true
}
