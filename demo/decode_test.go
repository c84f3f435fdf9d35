package demo

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// plain is the request's JSON as a server sees it after gzip and base64; nil when it carries none.
func plain(t *testing.T, r Request) []byte {
	t.Helper()
	body := r.Body
	if strings.HasPrefix(r.Route, "/v1/pixel/") {
		u, err := url.Parse(r.Path)
		if err != nil {
			t.Fatal(err)
		}
		if body, err = base64.StdEncoding.DecodeString(u.Query().Get("data")); err != nil {
			t.Fatalf("%s: %v", r.Route, err)
		}
	}
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if body, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	return body
}

// routeTypes are the call types of single routes.
var routeTypes = map[string]string{
	"i": "identify", "t": "track", "p": "page", "s": "screen", "g": "group", "a": "alias",
	"identify": "identify", "track": "track", "page": "page", "screen": "screen", "group": "group", "alias": "alias",
}

// bodies are the calls in the request, decoded, each with its type.
func bodies(t *testing.T, r Request) []object {
	t.Helper()
	raw := plain(t, r)
	if raw == nil {
		return nil
	}
	var b object
	if err := json.Unmarshal(raw, &b); err != nil {
		t.Fatalf("%s %s: %v", r.Source, r.Route, err)
	}
	if batch, ok := b["batch"].([]any); ok {
		calls := make([]object, len(batch))
		for i, c := range batch {
			calls[i] = c.(object)
		}
		return calls
	}
	kind, ok := routeTypes[r.Route[strings.LastIndex(r.Route, "/")+1:]]
	if !ok {
		return nil // SDK metrics
	}
	b["type"] = kind
	return []object{b}
}

// when is the client's time of a call.
func when(t *testing.T, b object) time.Time {
	t.Helper()
	for _, key := range []string{"timestamp", "originalTimestamp"} {
		if s, ok := b[key].(string); ok {
			at, err := time.Parse(time.RFC3339Nano, s)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
	}
	t.Fatalf("a %v call has no time", b["type"])
	return time.Time{}
}

// sent is one call as a server gets it, with its time corrected for the client's clock.
type sent struct {
	request Request
	body    object
	at      time.Time
	fault   string
}

// unpack is every call of the requests, faults recognised by looking.
func unpack(t *testing.T, requests []Request) []sent {
	t.Helper()
	var all []sent
	seen := map[string]string{}
	for _, r := range requests {
		var top struct {
			SentAt time.Time `json:"sentAt"`
		}
		raw := plain(t, r)
		if raw == nil || r.Route == "/v1/m" {
			continue
		}
		if err := json.Unmarshal(raw, &top); err != nil {
			t.Fatal(err)
		}
		for _, b := range bodies(t, r) {
			s := sent{request: r, body: b, at: r.At.Add(when(t, b).Sub(top.SentAt))}
			if r.History {
				s.at = when(t, b)
			}
			s.fault = wrongWith(r.Source, b, seen)
			all = append(all, s)
		}
	}
	return all
}

// wrongWith is the reason a server has to refuse the call, by sections 3 and 5 of the wire format, or empty. It
// remembers contents by message id in seen.
func wrongWith(source string, b object, seen map[string]string) string {
	has := func(key string) bool { v, ok := b[key]; return ok && v != nil && v != "" }
	content := maps.Clone(b)
	delete(content, "sentAt")
	raw := encode(content)
	id, _ := b["messageId"].(string)
	kind := b["type"].(string)
	switch {
	case len(raw) > 32<<10:
		return faultTooLarge
	case depth(b) > 64:
		return faultTooDeep
	case !slices.Contains([]string{"identify", "track", "page", "screen", "group", "alias"}, kind):
		return faultType
	case len(id) > 100:
		return faultLongID
	case !has("userId") && !has("anonymousId"):
		return faultNoIDs
	case kind == "track" && !has("event"):
		return faultNoEvent
	case kind == "group" && !has("groupId"):
		return faultNoGroup
	case kind == "alias" && !has("previousId"):
		return faultNoPrevious
	}
	key := source + "/" + id
	if before, ok := seen[key]; ok && before != string(raw) {
		return faultConflict
	}
	seen[key] = string(raw)
	return ""
}

func depth(v any) int {
	deepest := 0
	switch v := v.(type) {
	case object:
		for _, in := range v {
			deepest = max(deepest, depth(in))
		}
	case []any:
		for _, in := range v {
			deepest = max(deepest, depth(in))
		}
	default:
		return 0
	}
	return deepest + 1
}
