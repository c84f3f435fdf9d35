package collect

import (
	"net/http"

	"kith/event"
	"kith/trace"
)

// calls are the routes of single calls: the server SDKs' name, and the one letter of analytics.js.
var calls = []struct {
	typ          event.Type
	name, letter string
}{
	{event.Identify, "identify", "i"},
	{event.Track, "track", "t"},
	{event.Page, "page", "p"},
	{event.Screen, "screen", "s"},
	{event.Group, "group", "g"},
	{event.Alias, "alias", "a"},
}

// handler answers a request whose body is bounded.
type handler func(r *http.Request) answer

func (c *Collector) routes() *http.ServeMux {
	mux := http.NewServeMux()
	methods := map[string]string{} // by path, for 405
	route := func(method, path string, limit int, h handler) {
		methods[path] = method
		mux.HandleFunc(method+" "+path, c.serve(path, limit, h))
	}
	for _, call := range calls {
		h := c.call(call.typ)
		route("POST", "/v1/"+call.name, c.cfg.Limits.EventBytes, h)
		route("POST", "/v1/"+call.letter, c.cfg.Limits.EventBytes, h)
	}
	route("POST", "/v1/batch", c.cfg.Limits.BatchBytes, c.batch)
	route("POST", "/v1/b", c.cfg.Limits.BatchBytes, c.batch)
	if c.cfg.Records != nil {
		route("POST", "/v1/records", c.cfg.Limits.RecordsBytes, c.records)
	}
	route("POST", "/v1/m", c.cfg.Limits.BatchBytes, sdkMetrics)
	route("GET", "/v1/projects/{writeKey}/settings", 0, c.settings)
	route("GET", "/v1/pixel/{call}", 0, c.pixel)
	mux.HandleFunc("OPTIONS /v1/", c.serve("/v1/", 0, preflight))
	mux.HandleFunc("/v1/", c.serve("/v1/", 0, func(r *http.Request) answer {
		if method, known := methods[r.URL.Path]; known {
			return refuse(http.StatusMethodNotAllowed, codeNotThisMethod, "", "This route takes "+method+".")
		}
		return refuse(http.StatusNotFound, codeNotFound, "", "There is no such route.")
	}))
	return mux
}

// serve wraps a handler of a route, named by its template.
func (c *Collector) serve(route string, limit int, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		start := c.cfg.Now()
		r, span := trace.Serve(w, r, route)
		var a answer
		if c.enter() {
			defer c.leave()
			r.Body = http.MaxBytesReader(w, r.Body, int64(limit+slack))
			a = h(r)
		} else {
			w.Header().Set("Connection", "close")
			a = retryLater(http.StatusServiceUnavailable, codeStopping, "This server is shutting down. Send it again.", 0)
		}
		if r.Method == http.MethodOptions {
			allow(w.Header())
		}
		a.write(w)
		span.Answered(a.status)
		c.metrics.answered(route, &a, c.cfg.Now().Sub(start))
	}
}

// preflight answers a browser that asks whether it may send.
func preflight(*http.Request) answer { return answer{status: http.StatusOK} }

// allow lets pages of any origin send what SDKs send. Keys, not origins, say who may.
func allow(h http.Header) {
	h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding, X-Retry-Count, X-Strict-Mode")
	h.Set("Access-Control-Max-Age", "86400")
}

// sdkMetrics takes what analytics.js measures about itself, and drops it.
func sdkMetrics(*http.Request) answer { return answer{status: http.StatusOK, body: successBody} }
