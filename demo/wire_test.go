package demo

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Every request keeps to the limits of the wire format, except for the calls that are declared to be broken, and
// those are broken as declared.
func TestRequestsKeepToTheWireFormat(t *testing.T) {
	t.Parallel()
	requests := tenMinutes()
	var declared, found []string
	for _, r := range requests {
		declared = append(declared, r.Faults...)
		body := plain(t, r)
		limit := 500 << 10
		if !isBatch(r) {
			limit = 32 << 10
		}
		if len(body) > limit {
			t.Errorf("%s %s: %d bytes", r.Source, r.Route, len(body))
		}
		if n := len(bodies(t, r)); n != r.Calls || n > 2500 {
			t.Errorf("%s %s: %d calls, declared %d", r.Source, r.Route, n, r.Calls)
		}
		if strings.Contains(r.Route, "key-of-") {
			t.Errorf("the route for logs has the write key: %s", r.Route)
		}
	}
	for _, c := range tenMinuteCalls(t) {
		if c.fault != "" {
			found = append(found, c.fault)
		}
	}
	if !slices.Equal(found, declared) {
		t.Errorf("declared faults and those found differ: %d and %d", len(declared), len(found))
	}
	for _, code := range []string{
		faultNoIDs, faultNoEvent, faultNoGroup, faultNoPrevious, faultType, faultTooLarge, faultTooDeep, faultLongID, faultConflict,
	} {
		if !slices.Contains(declared, code) {
			t.Errorf("no call is broken as %s", code)
		}
	}
}

func isBatch(r Request) bool { return r.Route == "/v1/batch" || r.Route == "/v1/b" }

func TestShareOfFaults(t *testing.T) {
	t.Parallel()
	for _, share := range []float64{-1, 0.01, 0.2} {
		calls, faults := 0, 0
		for _, r := range newWorld(t, func(c *Config) { c.FaultShare = share }).Next(morning) {
			calls += r.Calls
			faults += len(r.Faults)
		}
		want := max(share, 0)
		if got := float64(faults) / float64(calls); got < 0.6*want || got > 1.4*want {
			t.Errorf("%.4f of the calls are broken, want about %v", got, want)
		}
	}
}

// The write key comes the way each SDK sends it: as Basic user name, in the body, or in the query.
func TestEverySourceSendsItsOwnKey(t *testing.T) {
	t.Parallel()
	ways := map[string]map[string]bool{}
	for _, r := range tenMinutes() {
		want, got := "key-of-"+r.Source, map[string]string{}
		if basic, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Basic "); ok {
			raw, err := base64.StdEncoding.DecodeString(basic)
			if err != nil {
				t.Fatal(err)
			}
			got["basic"] = strings.TrimSuffix(string(raw), ":")
			if got["basic"] == string(raw) {
				got["bare"] = string(raw)
			}
		}
		if strings.Contains(string(plain(t, r)), `"writeKey":"`+want+`"`) {
			got["body"] = want
		}
		u, err := url.Parse(r.Path)
		if err != nil {
			t.Fatal(err)
		}
		if key := u.Query().Get("writeKey"); key != "" {
			got["query"] = key
		}
		if strings.HasPrefix(u.Path, "/v1/projects/"+want) {
			got["path"] = want
		}
		if len(got) == 0 {
			t.Errorf("%s %s has no key", r.Source, r.Route)
		}
		for way, key := range got {
			if key != want {
				t.Errorf("%s %s sends %q as %s key", r.Source, r.Route, key, way)
			}
			if ways[r.Source] == nil {
				ways[r.Source] = map[string]bool{}
			}
			ways[r.Source][way] = true
		}
	}
	for source, way := range map[string]string{
		SourceWeb: "body", SourceApp: "basic", SourceBackend: "body", SourceEmail: "body", SourceSupport: "basic", SourceStore: "bare", SourceCRM: "query",
	} {
		if !ways[source][way] {
			t.Errorf("the %s source never sends its key by %s", source, way)
		}
	}
}

// What the SDKs are known to do differently is all there.
func TestManners(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range tenMinutes() {
		body := string(plain(t, r))
		note := func(what string, is bool) { seen[what] = seen[what] || is }
		note("gzip", r.Header.Get("Content-Encoding") == "gzip")
		note("text/plain", r.Header.Get("Content-Type") == "text/plain")
		note("gzip called a form", r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" && r.Header.Get("Content-Encoding") == "gzip")
		note("one-letter route", r.Route == "/v1/t")
		note("single route", r.Route == "/v1/identify" || r.Route == "/v1/group")
		note("pixel", r.Route == "/v1/pixel/track" && r.Method == http.MethodGet)
		note("settings", strings.HasSuffix(r.Route, "/settings"))
		note("SDK metrics", r.Route == "/v1/m")
		note("retry", r.Header.Get("X-Retry-Count") == "1")
		note("null anonymousId", strings.Contains(body, `"anonymousId":null`))
		note("numeric userId", r.Source == SourceStore && strings.Contains(body, `"userId":1`))
		note("originalTimestamp", strings.Contains(body, `"originalTimestamp"`))
		note("+00:00", strings.Contains(body, "+00:00"))
		note("batch context", r.Source == SourceSupport && strings.Contains(body, `"helpdesk"`))
		note("_metadata", strings.Contains(body, `"_metadata"`))
		note("null trait", strings.Contains(body, `"title":null`))
		note("campaign", strings.Contains(body, `"campaign":{"`))
		note("push token", strings.Contains(body, `"token"`))
		note("consent", strings.Contains(body, `"categoryPreferences"`))
	}
	for _, what := range []string{
		"gzip", "text/plain", "gzip called a form", "one-letter route", "single route", "pixel", "settings", "SDK metrics", "retry",
		"null anonymousId", "numeric userId", "originalTimestamp", "+00:00", "batch context", "_metadata", "null trait", "campaign",
		"push token", "consent",
	} {
		if !seen[what] {
			t.Errorf("never seen: %s", what)
		}
	}
}
