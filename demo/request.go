package demo

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// Request is one HTTP request to Kith's ingest endpoints, ready to be sent.
type Request struct {
	At      time.Time // when it leaves, by a right clock
	Source  string
	Method  string
	Path    string // with the query; may carry the write key, so it is not for logs
	Route   string // the path without keys and query, for logs
	Header  http.Header
	Body    []byte   // as it goes over the wire
	Calls   int      // calls in it
	Faults  []string // codes of the calls the server should refuse, in their order
	History bool     // part of the past that is told first
	Beats   []Beat
}

// batchLimit keeps batches below the 500 KB the wire format allows, with room for what is around the calls.
const batchLimit = 400_000

// message is the request of one call on its own route.
func (w *World) message(source string, it item, at time.Time, skew time.Duration) Request {
	k := sdks[source]
	b := maps.Clone(it.body)
	delete(b, "type")
	b["sentAt"] = k.time(at.Add(skew))
	if k.inBody {
		b["writeKey"] = w.cfg.Sources[source]
	}
	return w.post(source, it.kind, b, []item{it}, at)
}

// batch is the request of several calls.
func (w *World) batch(source string, items []item, at time.Time, skew time.Duration) Request {
	k := sdks[source]
	bodies := make([]json.RawMessage, len(items))
	for i, it := range items {
		bodies[i] = it.raw
	}
	b := object{"batch": bodies, "sentAt": k.time(at.Add(skew))}
	if k.inBody {
		b["writeKey"] = w.cfg.Sources[source]
	}
	if k.shared {
		b["messageId"] = uuid(w.cfg.Seed, "batch", at.UnixNano(), items[0].body["messageId"])
		b["context"] = object{"library": k.library, "app": object{"name": "helpdesk", "version": "12.1"}}
	}
	return w.post(source, "", b, items, at)
}

func (w *World) post(source, kind string, body object, items []item, at time.Time) Request {
	k := sdks[source]
	r := Request{
		At: at, Source: source, Method: http.MethodPost, Route: k.route(kind), Header: http.Header{},
		Body: encode(body), Calls: len(items),
	}
	r.Path = r.Route
	r.Header.Set("Content-Type", k.mime)
	if !k.noBasic {
		r.Header.Set("Authorization", k.authorization(w.cfg.Sources[source]))
	}
	if k.inQuery {
		r.Path += "?" + url.Values{"writeKey": {w.cfg.Sources[source]}}.Encode()
	}
	if k.gzip {
		r.Header.Set("Content-Encoding", "gzip")
		r.Body = w.squeeze(r.Body)
	}
	r.carry(items)
	return r
}

// pixel is the request a mail program makes for the picture in a letter.
func (w *World) pixel(it item, at time.Time) Request {
	b := maps.Clone(it.body)
	delete(b, "type")
	b["sentAt"] = sdks[SourceEmail].time(at)
	b["writeKey"] = w.cfg.Sources[SourceEmail]
	r := Request{
		At: at, Source: SourceEmail, Method: http.MethodGet, Route: "/v1/pixel/" + it.kind, Header: http.Header{}, Calls: 1,
	}
	r.Path = r.Route + "?" + url.Values{"data": {base64.StdEncoding.EncodeToString(encode(b))}}.Encode()
	r.carry([]item{it})
	return r
}

// settings is what the web SDK asks for before anything else.
func (w *World) settings(at time.Time) Request {
	return Request{
		At: at, Source: SourceWeb, Method: http.MethodGet, Route: "/v1/projects/{writeKey}/settings",
		Path: "/v1/projects/" + url.PathEscape(w.cfg.Sources[SourceWeb]) + "/settings", Header: http.Header{},
	}
}

// metrics is what the web SDK tells of itself now and then.
func (w *World) metrics(at time.Time) Request {
	series := []object{{
		"type": "Counter", "metric": "analytics_js.invoke", "value": 1,
		"tags": object{"library": "analytics.js", "library_version": "npm:next-1.81.0"},
	}}
	return w.post(SourceWeb, "m", object{"series": series, "writeKey": w.cfg.Sources[SourceWeb]}, nil, at)
}

// carry notes on the request what its items want known about them.
func (r *Request) carry(items []item) {
	for _, it := range items {
		if it.fault != "" {
			r.Faults = append(r.Faults, it.fault)
		}
		if it.beat.Text != "" {
			r.Beats = append(r.Beats, it.beat)
		}
	}
}

// encode is b as JSON. What this package puts into an object can always be encoded.
func encode(b any) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(b); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// squeeze is b gzipped. The compressor is kept: a new one costs more than a small batch.
func (w *World) squeeze(b []byte) []byte {
	var buf bytes.Buffer
	w.gzip.Reset(&buf)
	_, _ = w.gzip.Write(b) // a bytes.Buffer takes everything
	_ = w.gzip.Close()
	return buf.Bytes()
}
