package graph

import (
	"context"
	"crypto/rand"
	"net/http"
)

// requestHeader carries the id under which a request is logged: the caller's own when it sends one, else a new one.
const requestHeader = "X-Request-Id"

type requestKey struct{}

func withRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// identifyRequest is the request's id: that already in the answer's header, the caller's if it is short and plain, or
// a new one. It is put into the answer's header.
func identifyRequest(w http.ResponseWriter, r *http.Request) string {
	id := w.Header().Get(requestHeader)
	if id == "" {
		if id = r.Header.Get(requestHeader); !plain(id) {
			id = rand.Text()
		}
		w.Header().Set(requestHeader, id)
	}
	return id
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
