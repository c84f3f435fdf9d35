package graph

import (
	"net/http"
	"net/url"
	"strings"
)

// origins are the web origins whose pages may use the API.
type origins map[string]bool

func newOrigins(allowed []string) origins {
	o := make(origins, len(allowed))
	for _, a := range allowed {
		o[strings.ToLower(strings.TrimSuffix(a, "/"))] = true
	}
	return o
}

// allow reports whether the page a request comes from may use the API: it comes from no page, from the server's own
// origin, or from one of the list.
func (o origins) allow(r *http.Request) bool {
	origin := strings.ToLower(r.Header.Get("Origin"))
	return origin == "" || o[origin] || sameHost(origin, r.Host)
}

func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

// admit writes the headers of cross-origin resource sharing and refuses pages that may not use the API.
func (o origins) admit(h http.Header, r *http.Request) bool {
	h.Add("Vary", "Origin")
	h.Add("Vary", "Accept, Accept-Encoding, Authorization")
	if !o.allow(r) {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "X-Request-Id, Retry-After, Etag")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-None-Match, Kith-After, Last-Event-Id, Traceparent, X-Request-Id")
		h.Set("Access-Control-Max-Age", "600")
	}
	return true
}
