package graph

import (
	"encoding/json"
	"testing"
)

// FuzzMessage: whatever a client sends over a socket or as a body is read or refused, never more.
func FuzzMessage(f *testing.F) {
	for _, text := range []string{
		`{"type":"connection_init","payload":{"Authorization":"Bearer x"}}`,
		`{"id":"1","type":"subscribe","payload":{"query":"{__typename}","variables":{"a":[1.5e300]},"operationName":null,"extensions":{}}}`,
		`{"id":1}`, `[]`, `{"query":1}`, `{"type":"ping","payload":null}`, `{"payload":"\ud800"}`,
	} {
		f.Add([]byte(text))
	}
	p := newPreparer(Limits{}.withDefaults(), nil, nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		var m message
		if json.Unmarshal(data, &m) == nil {
			tokenIn(m.Payload)
			if asked, err := readBody(m.Payload); err == nil {
				_, _ = p.prepare(t.Context(), asked, true)
			}
		}
		if asked, err := readBody(data); err == nil {
			_, _ = p.prepare(t.Context(), asked, false)
		}
	})
}

// FuzzDocument: no document makes preparing panic.
func FuzzDocument(f *testing.F) {
	for _, c := range overLimits() {
		if asked, err := readBody([]byte(c.body)); err == nil && len(asked.Query) < 1000 {
			variables, _ := json.Marshal(asked.Variables)
			f.Add(asked.Query, string(variables))
		}
	}
	p := newPreparer(Limits{}.withDefaults(), nil, nil)
	f.Fuzz(func(t *testing.T, document, variables string) {
		asked := request{Query: document}
		if json.Unmarshal([]byte(variables), &asked.Variables) == nil {
			_, _ = p.prepare(t.Context(), asked, len(document)%2 == 0)
		}
	})
}
