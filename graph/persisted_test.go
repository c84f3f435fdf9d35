package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// hashed is the body of a request that names a document by its hash, with or without its text.
func hashed(hash, text string) string {
	body := map[string]any{"extensions": map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}}
	if text != "" {
		body["query"] = text
	}
	out, _ := json.Marshal(body)
	return string(out)
}

// Case 29, without a list: a document is sent once with its hash, then the hash alone does.
func TestAutomaticPersistedQueries(t *testing.T) {
	b := start(t, func(c *ServerConfig) { c.Limits.Persisted = 1000 })
	const doc = `{me{subject}}`
	const data = `{"data":{"me":{"subject":"viewer"}}}`
	hash := hashOf(doc)
	unknown := func(a answer) bool {
		return a.status == 200 && strings.Contains(a.body, `"PersistedQueryNotFound"`) && codes(t, a.body)[0] == "NOT_FOUND"
	}
	if got := b.post("viewer", hashed(hash, "")); !unknown(got) {
		t.Errorf("before it was sent: %+v", got)
	}
	if got := b.post("viewer", hashed(hash, "{journal{lag}}")); codes(t, got.body)[0] != "INVALID" {
		t.Errorf("with another document: %+v", got)
	}
	if got := b.post("viewer", hashed(hashOf("{nope}"), "{nope}")); codes(t, got.body)[0] != "INVALID" {
		t.Errorf("a document that is not valid: %+v", got)
	}
	if got := b.post("viewer", hashed(hashOf("{nope}"), "")); !unknown(got) {
		t.Errorf("it should not be kept: %+v", got)
	}
	for name, body := range map[string]string{"with its text": hashed(hash, doc), "the hash alone": hashed(hash, ""), "as documentId": `{"documentId":"sha256:` + hash + `"}`} {
		if name == "the hash alone" {
			b.post("viewer", hashed(hash, doc)) // maps have no order
		}
		if name == "as documentId" {
			b.post("viewer", hashed(hash, doc))
		}
		if got := b.post("viewer", body); got.body != data {
			t.Errorf("%s: %+v", name, got)
		}
	}
	r, _ := http.NewRequest(http.MethodGet, b.url+"?extensions="+url.QueryEscape(`{"persistedQuery":{"version":1,"sha256Hash":"`+hash+`"}}`), nil)
	r.Header.Set("Authorization", "Bearer viewer")
	if got := b.do(r); got.body != data {
		t.Errorf("by GET: %+v", got)
	}
	s := b.connect("viewer")
	s.send(`{"id":"1","type":"subscribe","payload":` + hashed(hash, "") + `}`)
	s.expect(`{"id":"1","type":"next","payload":` + data + `}`)
	for _, wrong := range []string{`{"version":2,"sha256Hash":"x"}`, `{"version":1}`, `7`, `null`} {
		if got := b.post("viewer", `{"extensions":{"persistedQuery":`+wrong+`}}`); codes(t, got.body)[0] != "INVALID" {
			t.Errorf("%s: %+v", wrong, got)
		}
	}
	for n := range 100 { // what is kept is bounded
		text := fmt.Sprintf("{a%d:__typename}", n)
		b.post("viewer", hashed(hashOf(text), text))
	}
	if got := b.post("viewer", hashed(hash, "")); !unknown(got) {
		t.Errorf("pushed out by others: %+v", got)
	}
}

// Case 29, with a list: nothing else is executed, over HTTP or a socket.
func TestPersistedOnly(t *testing.T) {
	const doc = `{me{subject}}`
	docs, err := ParseDocuments([]byte(`{"any": "` + doc + `"}`))
	if err != nil {
		t.Fatal(err)
	}
	b := start(t, func(c *ServerConfig) { c.Documents = docs })
	for name, c := range map[string]struct{ body, want string }{
		"by hash":                           {hashed(hashOf(doc), ""), `{"data":{"me":{"subject":"admin"}}}`},
		"by text":                           {query(doc), `{"data":{"me":{"subject":"admin"}}}`},
		"unknown hash":                      {hashed(hashOf("{journal{lag}}"), ""), `{"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"NOT_FOUND"}}]}`},
		"another text":                      {query("{journal{lag}}"), `{"errors":[{"message":"only listed documents are executed here, and this is none of them","extensions":{"code":"FORBIDDEN"}}]}`},
		"another text with the hash of one": {hashed(hashOf(doc), "{journal{lag}}"), `{"errors":[{"message":"only listed documents are executed here, and this is none of them","extensions":{"code":"FORBIDDEN"}}]}`},
	} {
		if got := b.post("admin", c.body); got.body != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		s := b.connect("admin")
		s.send(`{"id":"1","type":"subscribe","payload":` + c.body + `}`)
		if m := s.next(); (m.Type == "next") != strings.HasPrefix(c.want, `{"data"`) {
			t.Errorf("%s over a socket: %+v", name, m)
		}
	}
}

func TestParseDocuments(t *testing.T) {
	for name, text := range map[string]string{
		"relay":  `{"b1946ac92492d2347c6235b4d2611184": "{a}", "x": "{b}"}`,
		"apollo": `{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"1","name":"A","type":"query","body":"{a}"},{"id":"2","body":"{b}"}]}`,
		"list":   `["{a}","{b}"]`,
	} {
		docs, err := ParseDocuments([]byte(text))
		if err != nil || len(docs) != 2 || docs[hashOf("{a}")] != "{a}" || docs[hashOf("{b}")] != "{b}" {
			t.Errorf("%s: %v %v", name, docs, err)
		}
	}
	for _, text := range []string{``, `7`, `{}`, `[]`, `{"operations":[]}`, `{"a":""}`, `[" "]`} {
		if docs, err := ParseDocuments([]byte(text)); err == nil {
			t.Errorf("%q gives %v", text, docs)
		}
	}
}
