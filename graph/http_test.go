package graph

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestAnswers(t *testing.T) {
	b := start(t, nil)
	const modern = "Accept: application/graphql-response+json"
	for _, c := range []struct {
		name   string
		token  string
		body   string
		header []string
		status int
		want   string // the whole body, or when it ends with … its beginning
		media  string
	}{
		{name: "data", token: "viewer", body: query(`{me{subject}}`), status: 200, want: `{"data":{"me":{"subject":"viewer"}}}`},
		{name: "modern", token: "viewer", body: query(`{__typename}`), header: []string{modern}, status: 200, want: `{"data":{"__typename":"Query"}}`, media: mediaResponse},
		{name: "any form", token: "viewer", body: query(`{__typename}`), header: []string{"Accept: */*"}, status: 200, want: `{"data":{"__typename":"Query"}}`},
		{name: "better rated form", token: "viewer", body: query(`{__typename}`), header: []string{"Accept: application/json;q=0.5, application/graphql-response+json"}, status: 200, want: `{"data":{"__typename":"Query"}}`, media: mediaResponse},
		{name: "no form", token: "viewer", body: query(`{__typename}`), header: []string{"Accept: text/html"}, status: 406, want: `{"errors":[…`},
		{name: "stored JSON untouched", token: "viewer", body: query(`{customer(by:{id:"cus_1"}){traits}}`), status: 200, want: `{"data":{"customer":{"traits":{"b":1,"a":[1.50,"<&>"]}}}}`},
		{name: "time", token: "viewer", body: query(`{customer(by:{id:"cus_1"}){firstSeenAt lastSeenAt}}`), status: 200, want: `{"data":{"customer":{"firstSeenAt":"2026-01-02T03:04:05.678Z","lastSeenAt":null}}}`},
		{name: "parse failure", token: "viewer", body: query(`{`), status: 200, want: `{"errors":[…`},
		{name: "parse failure, modern", token: "viewer", body: query(`{`), header: []string{modern}, status: 400, want: `{"errors":[…`, media: mediaResponse},
		{name: "validation failure, modern", token: "viewer", body: query(`{nope}`), header: []string{modern}, status: 400, want: `{"errors":[{"message":"Cannot query field \"nope\" on type \"Query\".","locations":[{"line":1,"column":2}],"extensions":{"code":"INVALID"}}]}`, media: mediaResponse},
		{name: "variables of the wrong type", token: "viewer", body: `{"query":"query($n: Int){customers(first:$n){nodes{id}}}","variables":{"n":"x"}}`, header: []string{modern}, status: 400, want: `{"errors":[…`, media: mediaResponse},
		{name: "no operation of that name", token: "viewer", body: `{"query":"query A{__typename}","operationName":"B"}`, status: 200, want: `{"errors":[…`},
		{name: "one of several operations", token: "viewer", body: `{"query":"query A{__typename} query B{me{subject}}","operationName":"B"}`, status: 200, want: `{"data":{"me":{"subject":"viewer"}}}`},
		{name: "no token", body: query(`{__typename}`), status: 401, want: `{"errors":[{"message":"no token: send one as Authorization: Bearer …`},
		{name: "bad token", token: "forged", body: query(`{__typename}`), status: 401, want: `{"errors":[{"message":"token not valid","extensions":{"code":"UNAUTHENTICATED"}}]}`},
		{name: "missing scope", token: "viewer", body: query(`{deadLetters{nodes{id}}}`), status: 200, want: `{"errors":[{"message":"your token lacks the scope operations:read","path":["deadLetters"],"locations":[{"line":1,"column":2}],"extensions":{"code":"FORBIDDEN"}}],"data":null}`},
		{name: "query not a string", token: "viewer", body: `{"query":7}`, status: 400, want: `{"errors":[…`},
		{name: "query missing", token: "viewer", body: `{"qeury":"{__typename}"}`, status: 400, want: `{"errors":[…`},
		{name: "variables not an object", token: "viewer", body: `{"query":"{__typename}","variables":[1]}`, status: 400, want: `{"errors":[…`},
		{name: "extensions not an object", token: "viewer", body: `{"query":"{__typename}","extensions":"x"}`, status: 400, want: `{"errors":[…`},
		{name: "not JSON", token: "viewer", body: `{"not JSON`, status: 400, want: `{"errors":[…`},
		{name: "something behind", token: "viewer", body: `{"query":"{__typename}"}{}`, status: 400, want: `{"errors":[…`},
		{name: "empty", token: "viewer", status: 400, want: `{"errors":[…`},
		{name: "batch", token: "viewer", body: "[" + query(`{__typename}`) + "]", status: 400, want: `{"errors":[{"message":"batches are not served…`},
		{name: "subscription", token: "viewer", body: query(`subscription{touchpointRecorded{__typename}}`), status: 400, want: `{"errors":[…`},
		{name: "text/plain", token: "viewer", body: query(`{__typename}`), header: []string{"Content-Type: text/plain"}, status: 415, want: `{"errors":[…`},
		{name: "form", token: "viewer", body: "query=%7B__typename%7D", header: []string{"Content-Type: application/x-www-form-urlencoded"}, status: 415, want: `{"errors":[…`},
		{name: "multipart", token: "viewer", body: "--x--", header: []string{"Content-Type: multipart/form-data; boundary=x"}, status: 415, want: `{"errors":[…`},
		{name: "no content type", token: "viewer", body: query(`{__typename}`), header: []string{"Content-Type: "}, status: 415, want: `{"errors":[…`},
		{name: "compressed", token: "viewer", body: query(`{__typename}`), header: []string{"Content-Encoding: gzip"}, status: 415, want: `{"errors":[…`},
		{name: "other charset", token: "viewer", body: query(`{__typename}`), header: []string{"Content-Type: application/json; charset=latin1"}, status: 415, want: `{"errors":[…`},
		{name: "foreign page", token: "viewer", body: query(`{__typename}`), header: []string{"Origin: https://evil.example"}, status: 403, want: `{"errors":[…`},
		{name: "page of the list", token: "viewer", body: query(`{__typename}`), header: []string{"Origin: https://app.example.com"}, status: 200, want: `{"data":{"__typename":"Query"}}`},
		{name: "after a position that is there", token: "viewer", body: query(`{__typename}`), header: []string{"Kith-After: there"}, status: 200, want: `{"data":{"__typename":"Query"}}`},
		{name: "after no position", token: "viewer", body: query(`{__typename}`), header: []string{"Kith-After: x", modern}, status: 400, want: `{"errors":[{"message":"that is no position","extensions":{"code":"INVALID"}}]}`, media: mediaResponse},
		{name: "user errors", token: "admin", body: query(`mutation{identityDecisionRevoke(id:"x"){decision{id} userErrors{field message code}}}`), status: 200, want: `{"data":{"identityDecisionRevoke":{"decision":null,"userErrors":[{"field":["id"],"message":"no such decision","code":"NOT_FOUND"}]}}}`},
		{name: "mutation without its scope", token: "viewer", body: query(`mutation{identityDecisionRevoke(id:"x"){userErrors{code}}}`), status: 200, want: `{"errors":[{"message":"your token lacks the scope identity:write","path":["identityDecisionRevoke"],"locations":[{"line":1,"column":10}],"extensions":{"code":"FORBIDDEN"}}],"data":null}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.T = t
			got := b.post(c.token, c.body, c.header...)
			start, open := strings.CutSuffix(c.want, "…")
			if got.status != c.status || !open && got.body != c.want || open && !strings.HasPrefix(got.body, start) {
				t.Errorf("got  %d %s\nwant %d %s", got.status, got.body, c.status, c.want)
			}
			media := c.media
			if media == "" {
				media = mediaJSON
			}
			if ct := got.header.Get("Content-Type"); ct != media+"; charset=utf-8" {
				t.Errorf("Content-Type %q", ct)
			}
			if got.header.Get("X-Request-Id") == "" || got.header.Get("Vary") != "Origin" {
				t.Errorf("headers %v", got.header)
			}
		})
	}
}

func TestGet(t *testing.T) {
	b := start(t, nil)
	get := func(token string, values url.Values) answer {
		r, _ := http.NewRequest(http.MethodGet, b.url+"?"+values.Encode(), nil)
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		return b.do(r)
	}
	doc := url.Values{"query": {`query($id: ID!){customer(by:{id:$id}){displayName}}`}, "variables": {`{"id":"cus_1"}`}}
	if got := get("viewer", doc); got.status != 200 || got.body != `{"data":{"customer":{"displayName":"Ada"}}}` {
		t.Errorf("query: %+v", got)
	}
	if got := get("", doc); got.status != 401 || got.header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("without a header no form can send: %+v", got)
	}
	mutation := url.Values{"query": {`mutation{identityDecisionRevoke(id:"x"){userErrors{code}}}`}}
	if got := get("admin", mutation); got.status != 405 || got.header.Get("Allow") != "POST" {
		t.Errorf("mutation: %+v", got)
	}
	if got := get("viewer", url.Values{"query": {`{__typename}`}, "variables": {`[1]`}}); got.status != 400 {
		t.Errorf("bad variables: %+v", got)
	}
	r, _ := http.NewRequest(http.MethodPut, b.url, nil)
	if got := b.do(r); got.status != 405 || got.header.Get("Allow") != methods {
		t.Errorf("PUT: %+v", got)
	}
}

func TestPreflight(t *testing.T) {
	b := start(t, nil)
	preflight := func(origin string) answer {
		r, _ := http.NewRequest(http.MethodOptions, b.url, nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		return b.do(r)
	}
	got := preflight("https://app.example.com")
	if got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != "https://app.example.com" ||
		!strings.Contains(got.header.Get("Access-Control-Allow-Headers"), "Kith-After") || got.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("a page of the list: %+v", got)
	}
	if got := preflight(b.url); got.status != 204 || got.header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("the server's own origin: %+v", got)
	}
	for _, origin := range []string{"https://evil.example", "null", "https://app.example.com.evil.example", "http://app.example.com"} {
		if got := preflight(origin); got.status != 403 || got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %+v", origin, got)
		}
	}
}

func TestLagging(t *testing.T) {
	b := start(t, func(c *ServerConfig) { c.Limits.Wait = 20 * time.Millisecond })
	got := b.post("viewer", query(`{__typename}`), "Kith-After: never")
	if got.status != 200 || codes(t, got.body)[0] != "LAGGING" {
		t.Errorf("got %+v", got)
	}
	got = b.post("viewer", query(`{__typename}`), "Kith-After: never", "Accept: application/graphql-response+json")
	if got.status != 503 || got.header.Get("Retry-After") != "1" {
		t.Errorf("got %+v", got)
	}
}

func TestRequestIDs(t *testing.T) {
	b := start(t, nil)
	for _, c := range []struct {
		sent string
		kept bool
	}{{"trace-1.a_B", true}, {"", false}, {"with space", false}, {strings.Repeat("x", 65), false}} {
		got := b.post("viewer", query(`{__typename}`), "X-Request-Id: "+c.sent).header.Get("X-Request-Id")
		if got == "" || (got == c.sent) != c.kept {
			t.Errorf("sent %q, got %q", c.sent, got)
		}
	}
}

func TestMasking(t *testing.T) {
	b := start(t, func(c *ServerConfig) { c.Limits.Time = 50 * time.Millisecond })
	for id, code := range map[string]string{"panic": "INTERNAL", "foreign": "INTERNAL", "away": "UNAVAILABLE", "slow": "TIMEOUT"} {
		t.Run(id, func(t *testing.T) {
			b.T = t
			got := b.post("viewer", query(`{customer(by:{id:"`+id+`"}){id}}`), "X-Request-Id: req-"+id)
			if got.status != 200 || codes(t, got.body)[0] != code || strings.Contains(got.body, "secret") {
				t.Errorf("got %+v", got)
			}
			if code == "INTERNAL" {
				if !strings.Contains(got.body, `"requestId":"req-`+id+`"`) || !strings.Contains(b.log.String(), "request_id=req-"+id) {
					t.Errorf("the id is missing: %s\n%s", got.body, b.log.String())
				}
			}
			if id == "away" && !strings.Contains(got.body, `"retryAfter":2`) {
				t.Errorf("got %s", got.body)
			}
		})
	}
	if !strings.Contains(b.log.String(), "MATCH (secret)") {
		t.Error("the log should have the cause")
	}
}
