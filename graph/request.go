package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"kith/fault"
)

// readRequest reads what a client asks over HTTP. On an error it says which status goes with it.
func readRequest(r *http.Request, limit int) (asked request, status int, err error) {
	if r.Method == http.MethodGet {
		if len(r.URL.RawQuery) > limit {
			return asked, http.StatusRequestURITooLong, fault.New("graph.readRequest", fault.TooLarge, "the query is over the limit of %d bytes", limit)
		}
		asked, err = readURL(r.URL.RawQuery)
		return asked, http.StatusBadRequest, err
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || media != mediaJSON || charset != "" && !strings.EqualFold(charset, "utf-8") || r.Header.Get("Content-Encoding") != "" {
		// What a form of another site can send without asking first is refused here, too.
		return asked, http.StatusUnsupportedMediaType, fault.New("graph.readRequest", fault.Invalid, "send the request as Content-Type: %s, in UTF-8 and not compressed", mediaJSON)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	switch {
	case err != nil:
		return asked, http.StatusBadRequest, fault.New("graph.readRequest", fault.Invalid, "the body ended early")
	case len(body) > limit:
		return asked, http.StatusRequestEntityTooLarge, fault.New("graph.readRequest", fault.TooLarge, "the body is over the limit of %d bytes", limit)
	}
	asked, err = readBody(body)
	return asked, http.StatusBadRequest, err
}

// wire is a request as JSON.
type wire struct {
	Query         *string        `json:"query"`
	DocumentID    *string        `json:"documentId"`
	OperationName *string        `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    map[string]any `json:"extensions"`
}

// readBody reads a request from JSON. Numbers keep their digits.
func readBody(body []byte) (request, error) {
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		return request{}, fault.New("graph.readBody", fault.Invalid, "batches are not served: send one request at a time")
	}
	var asked wire
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	err := dec.Decode(&asked)
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return request{}, fault.New("graph.readBody", fault.Invalid, "%s has the wrong type; query, documentId and operationName are strings, variables and extensions objects", wrongType.Field)
	case err != nil:
		return request{}, fault.New("graph.readBody", fault.Invalid, "the body is not a JSON object")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return request{}, fault.New("graph.readBody", fault.Invalid, "something follows the JSON object in the body")
	}
	return asked.request()
}

// readURL reads a request from a URL's query.
func readURL(query string) (request, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return request{}, fault.New("graph.readURL", fault.Invalid, "the URL's query cannot be read")
	}
	var asked wire
	if values.Has("query") {
		text := values.Get("query")
		asked.Query = &text
	}
	for name, into := range map[string]**string{"operationName": &asked.OperationName, "documentId": &asked.DocumentID} {
		if text := values.Get(name); text != "" {
			*into = &text
		}
	}
	for name, into := range map[string]*map[string]any{"variables": &asked.Variables, "extensions": &asked.Extensions} {
		if text := values.Get(name); text != "" {
			dec := json.NewDecoder(strings.NewReader(text))
			dec.UseNumber()
			if err := dec.Decode(into); err != nil {
				return request{}, fault.New("graph.readURL", fault.Invalid, "%s is not a JSON object", name)
			}
		}
	}
	return asked.request()
}

func (w wire) request() (request, error) {
	asked := request{
		Query: textOr(w.Query), DocumentID: textOr(w.DocumentID), OperationName: textOr(w.OperationName), Variables: w.Variables, Extensions: w.Extensions,
	}
	if _, hashed := w.Extensions["persistedQuery"]; asked.Query == "" && asked.DocumentID == "" && !hashed {
		return request{}, fault.New("graph.request", fault.Invalid, "query is missing: it is the GraphQL document, a string")
	}
	return asked, nil
}

func textOr(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
