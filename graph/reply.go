package graph

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"kith/fault"
	"kith/trace"
)

// The two forms of an answer. They differ in what the HTTP status says: with the newer one it tells whether the request
// could be executed, with the older one it is 200 for every well-formed request.
const (
	mediaResponse = "application/graphql-response+json"
	mediaJSON     = "application/json"
	mediaEvents   = "text/event-stream"
)

// reply is the answer to one request over HTTP.
type reply struct {
	w       http.ResponseWriter
	request *http.Request
	media   string // empty: the client takes neither form
	events  bool   // it takes an event stream
	status  int    // that was sent, for the span
	span    trace.Span
}

func newReply(w http.ResponseWriter, r *http.Request) *reply {
	accept := r.Header.Values("Accept")
	return &reply{w: w, request: r, media: negotiate(accept), events: takesEvents(accept), status: http.StatusOK}
}

func (a *reply) header() http.Header { return a.w.Header() }

// statuses of requests that are refused, in the newer form.
var statuses = map[fault.Code]int{
	fault.Invalid:         http.StatusBadRequest,
	fault.Limit:           http.StatusBadRequest,
	fault.NotFound:        http.StatusBadRequest, // of a document that is asked for by its hash
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.RateLimited:     http.StatusTooManyRequests,
	fault.Lagging:         http.StatusServiceUnavailable,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Timeout:         http.StatusGatewayTimeout,
	fault.Internal:        http.StatusInternalServerError,
}

// alwaysTold are the codes whose status the older form has too: what proxies and browsers should know.
var alwaysTold = map[fault.Code]bool{
	fault.Limit: true, fault.Unauthenticated: true, fault.TooLarge: true, fault.RateLimited: true, fault.Unavailable: true,
}

func (a *reply) statusOf(code fault.Code) int {
	status, ok := statuses[code]
	if ok && (a.media == mediaResponse || alwaysTold[code]) {
		return status
	}
	return http.StatusOK
}

// send writes the response. An answer to GET that says nothing new is not sent again.
func (a *reply) send(status int, response *graphql.Response) {
	a.status = status
	media := a.media
	if media == "" {
		media = mediaJSON
	}
	body := encode(response)
	h := a.header()
	h.Set("Content-Type", media+"; charset=utf-8")
	if a.request.Method == http.MethodGet && status == http.StatusOK && len(response.Errors) == 0 {
		tag := entityTag(media, body)
		h.Set("Etag", tag)
		h.Set("Cache-Control", "private, no-cache")
		if matches(a.request.Header.Values("If-None-Match"), tag) {
			h.Del("Content-Type")
			a.w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if len(body) >= compressible && takesGzip(a.request.Header) {
		h.Set("Content-Encoding", "gzip")
		a.w.WriteHeader(status)
		compress(a.w, body)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	a.w.WriteHeader(status)
	_, _ = a.w.Write(body) // the client may be gone; nobody is left to tell
}

// encode writes a response as the specification has it: errors first when there are any, and no data at all when
// nothing was executed.
func encode(response *graphql.Response) []byte {
	var out bytes.Buffer
	out.Grow(len(response.Data) + 64)
	out.WriteByte('{')
	if len(response.Errors) > 0 {
		list, err := json.Marshal(response.Errors)
		if err != nil { // they hold strings and numbers alone
			list = []byte(`[{"message":"Internal error.","extensions":{"code":"INTERNAL"}}]`)
		}
		out.WriteString(`"errors":`)
		out.Write(list)
	}
	if response.Data != nil {
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		out.WriteString(`"data":`)
		out.Write(response.Data)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// negotiate is the form of the answer a client takes: the first of the best rated, empty when it takes neither. Without
// Accept it is the older one.
func negotiate(accept []string) string {
	if len(accept) == 0 {
		return mediaJSON
	}
	best, media := 0.0, ""
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		name, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		quality := 1.0
		if q, ok := params["q"]; ok {
			if quality, err = strconv.ParseFloat(q, 64); err != nil {
				continue
			}
		}
		if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
			continue
		}
		switch name {
		case "*/*", "application/*":
			name = mediaJSON
		case mediaJSON, mediaResponse:
		default:
			continue
		}
		if quality > best {
			best, media = quality, name
		}
	}
	return media
}
