package event

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"kith/fault"
)

// zeros is randomness that can be expected.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func nested(depth int) string {
	return strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth)
}

func TestRefused(t *testing.T) {
	pad := func(n int) string { // a track call of n bytes
		head, tail := `{"type":"track","userId":"u","event":"e","properties":{"x":"`, `"}}`
		return head + strings.Repeat("x", n-len(head)-len(tail)) + tail
	}
	for _, tc := range []struct{ item, code, field string }{
		{`{"type":"track","userId":"u","event":"e"}`, "", ""},
		{`{"type":"track","anonymousId":"a","event":"e"}`, "", ""},
		{`{"type":"track","userId":7,"event":"e"}`, "", ""},
		{`{"type":"track","userId":0,"event":"e"}`, "", ""},
		{`{"type":"track","event":"e"}`, CodeNoUserAnonID, "userId"},
		{`{"type":"track","userId":null,"anonymousId":null,"event":"e"}`, CodeNoUserAnonID, "userId"},
		{`{"type":"track","userId":" \t ","anonymousId":"","event":"e"}`, CodeNoUserAnonID, "userId"},
		{`{"type":"track","userId":{},"anonymousId":true,"event":"e"}`, CodeNoUserAnonID, "userId"},
		{`{"type":"track","userId":"\u0000","event":"e"}`, CodeNoUserAnonID, "userId"},
		{`{"type":"track","userId":"` + strings.Repeat("u", maxIdentifier+1) + `","event":"e"}`, CodeNoUserAnonID, "userId"},
		{`{"type":"track","userId":"u","userId":null,"event":"e"}`, CodeNoUserAnonID, "userId"},
		{`{"type":"track","user\u0049d":"u","event":"e"}`, "", ""},
		{`{"type":"track","userId":"u"}`, CodeMissingEvent, "event"},
		{`{"type":"track","userId":"u","event":" "}`, CodeMissingEvent, "event"},
		{`{"type":"track","userId":"u","event":["e"]}`, CodeMissingEvent, "event"},
		{`{"type":"page","anonymousId":"a"}`, "", ""},
		{`{"type":"screen","anonymousId":"a"}`, "", ""},
		{`{"type":"identify","userId":"u"}`, "", ""},
		{`{"type":"group","userId":"u","groupId":9}`, "", ""},
		{`{"type":"group","userId":"u"}`, CodeMissingGroupID, "groupId"},
		{`{"type":"alias","userId":"u","previousId":"a"}`, "", ""},
		{`{"type":"alias","userId":"u","previousId":""}`, CodeMissingPreviousID, "previousId"},
		{`{"userId":"u","event":"e"}`, CodeUnknownType, "type"},
		{`{"type":"Track","userId":"u","event":"e"}`, CodeUnknownType, "type"},
		{`{"type":7,"userId":"u","event":"e"}`, CodeUnknownType, "type"},
		{`{"type":"tr\u0061ck","userId":"u","event":"e"}`, "", ""},
		{`"track"`, CodeUnknownType, ""},
		{`null`, CodeUnknownType, ""},
		{pad(32 << 10), "", ""},
		{pad(32<<10 + 1), CodeTooLarge, ""},
		{`{"type":"page","userId":"u","properties":` + nested(63) + `}`, "", ""},
		{`{"type":"page","userId":"u","properties":` + nested(64) + `}`, CodeTooDeep, ""},
		{`{"type":"page","userId":"u","properties":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`, CodeTooDeep, ""},
		{`{"type":"page","userId":"u","messageId":"` + strings.Repeat("ü", 100) + `"}`, "", ""},
		{`{"type":"page","userId":"u","messageId":"` + strings.Repeat("m", 101) + `"}`, CodeMessageIDTooLong, "messageId"},
		{`{"type":"page","userId":"u","messageId":" ` + strings.Repeat("m", 100) + ` "}`, "", ""},
		{`{"type":"page","userId":"u","timestamp":"yesterday"}`, "", ""},
	} {
		name := tc.item[:min(len(tc.item), 60)]
		r := parse(t, []byte(`{"context":{"a":1},"sentAt":"2026-01-02T03:04:05Z","batch":[{"type":"page","userId":"before"}, `+tc.item+`]}`), "")
		p, refused := r.Accept("web", received, zeros{})
		if tc.code == "" {
			if len(p.Calls) != 2 || len(refused) != 0 {
				t.Errorf("%s: %d calls, refused %+v", name, len(p.Calls), refused)
			}
			continue
		}
		if len(p.Calls) != 1 || len(refused) != 1 {
			t.Errorf("%s: %d calls, refused %+v", name, len(p.Calls), refused)
			continue
		}
		if no := refused[0]; no.Code != tc.code || no.Field != tc.field || no.Index != 1 || no.Message == "" ||
			string(no.Raw) != tc.item || no.Source != "web" || no.ReceivedAt != received ||
			string(no.Context) != `{"a":1}` || string(no.SentAt) != `"2026-01-02T03:04:05Z"` {
			t.Errorf("%s: %+v", name, no)
		}
	}
}

func TestBodies(t *testing.T) {
	item := `{"type":"page","userId":"u"}`
	batch := func(n int) string { return `{"batch":[` + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + `]}` }
	for _, tc := range []struct {
		name, body, where string
		code              BodyCode
		kind              fault.Code
	}{
		{"good", batch(1), "", "", ""},
		{"white space", " \r\n{ \"batch\" : [ " + item + " , " + item + " ] , \"x\" : { } }\n", "", "", ""},
		{"most events", batch(2500), "", "", ""},
		{"too many events", batch(2501), "batch", BodyTooManyEvents, fault.TooLarge},
		{"largest", `{"batch":[` + item + `],"x":"` + strings.Repeat("x", 500<<10-len(`{"batch":[],"x":""}`)-len(item)) + `"}`, "", "", ""},
		{"too large", `{"batch":[` + item + `],"x":"` + strings.Repeat("x", 500<<10-len(`{"batch":[],"x":""}`)-len(item)+1) + `"}`, "body", BodyTooLarge, fault.TooLarge},
		{"empty", ``, "byte 0", BodyInvalidJSON, fault.Invalid},
		{"white space alone", `  `, "byte 0", BodyInvalidJSON, fault.Invalid},
		{"cut off", batch(1)[:20], "byte 20", BodyInvalidJSON, fault.Invalid},
		{"two values", `{} {}`, "byte 2", BodyInvalidJSON, fault.Invalid},
		{"bare NUL", "{\"batch\":\"\x00\"}", "byte 10", BodyInvalidJSON, fault.Invalid},
		{"far too deep", `{"batch":[` + nested(10001) + `]}`, "", BodyInvalidJSON, fault.Invalid},
		{"array", `[` + item + `]`, "byte 0", BodyInvalidJSON, fault.Invalid},
		{"no batch", `{}`, "batch", BodyEmptyBatch, fault.Invalid},
		{"empty batch", `{"batch":[]}`, "batch", BodyEmptyBatch, fault.Invalid},
		{"no array", `{"batch":{"0":` + item + `}}`, "batch", BodyEmptyBatch, fault.Invalid},
		{"last batch counts", `{"batch":[` + item + `],"batch":null}`, "batch", BodyEmptyBatch, fault.Invalid},
		{"large context", `{"batch":[` + item + `],"context":{"x":"` + strings.Repeat("x", 32<<10) + `"}}`, "context", BodyTooLarge, fault.TooLarge},
		{"deep context", `{"batch":[` + item + `],"context":` + nested(64) + `}`, "context", BodyTooDeep, fault.Invalid},
		{"deep integrations", `{"batch":[` + item + `],"integrations":` + nested(64) + `}`, "integrations", BodyTooDeep, fault.Invalid},
		{"odd context", `{"batch":[` + item + `],"context":7,"integrations":"x","sentAt":null,"writeKey":5}`, "", "", ""},
	} {
		r, err := ParseBatch([]byte(tc.body), Limits{})
		if tc.code == "" {
			if err != nil || r.Len() == 0 {
				t.Errorf("%s: %v", tc.name, err)
			}
			continue
		}
		var f *fault.Error
		if !errors.As(err, &f) || !errors.Is(err, tc.code) || f.Code != tc.kind || tc.where != "" && f.Field != tc.where {
			t.Errorf("%s: %#v, want %s at %s", tc.name, err, tc.code, tc.where)
		}
	}
	if _, err := ParseCall([]byte(`{"userId":"`+strings.Repeat("u", 32<<10)+`"}`), Page, Limits{}); !errors.Is(err, BodyTooLarge) {
		t.Errorf("large call: %v", err)
	}
	if _, err := ParseCall([]byte(`[]`), Page, Limits{}); !errors.Is(err, BodyInvalidJSON) {
		t.Errorf("call that is no object: %v", err)
	}
}

func TestLimitsUpwardOnly(t *testing.T) {
	if l, err := (Limits{BatchBytes: 1 << 20}).Defaulted(); err != nil || l.BatchBytes != 1<<20 || l.Events != 2500 {
		t.Errorf("%+v, %v", l, err)
	}
	for _, l := range []Limits{{Depth: 10}, {EventBytes: 100}, {Events: 1}, {BatchBytes: 1}, {Depth: 5000}} {
		if _, err := l.Defaulted(); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", l, err)
		}
	}
}

func TestWriteKey(t *testing.T) {
	if r := parse(t, []byte(`{"batch":[{}],"writeKey":" k "}`), ""); r.WriteKey != "k" {
		t.Errorf("batch: %q", r.WriteKey)
	}
	if r := parse(t, []byte(`{"userId":"u","writeKey":"k"}`), Page); r.WriteKey != "k" {
		t.Errorf("call: %q", r.WriteKey)
	}
}

func TestRouteDecidesType(t *testing.T) {
	p, refused := parse(t, []byte(`{"type":"page","userId":"u","groupId":"g"}`), Group).Accept("web", received, zeros{})
	if len(refused) != 0 || p.Calls[0].Type != Group {
		t.Errorf("%+v %+v", p, refused)
	}
}

// The id of an event that brings none.
func TestMadeMessageID(t *testing.T) {
	made := func(source, item string) string {
		t.Helper()
		p, refused := parse(t, []byte(`{"batch":[`+item+`]}`), "").Accept(source, received, zeros{})
		if len(refused) > 0 {
			t.Fatalf("%+v", refused)
		}
		return p.Calls[0].MessageID
	}
	const random = madeID + "00000000000000000000000000000000"
	timed := `{"type":"page","userId":"u","timestamp":"2026-01-02T03:04:05Z"}`
	first := made("web", timed)
	if first == random || !strings.HasPrefix(first, madeID) {
		t.Errorf("with a time: %s", first)
	}
	for _, same := range []string{
		`{"userId":"u", "timestamp":"2026-01-02T03:04:05Z","type":"page"}`,
		`{"type":"page","userId":"u","timestamp":"2026-01-02T03:04:05Z","sentAt":"2026-01-02T03:04:09Z","_metadata":{"retryCount":2},"writeKey":"k","messageId":""}`,
	} {
		if got := made("web", same); got != first {
			t.Errorf("%s: %s, want %s", same, got, first)
		}
	}
	for _, other := range []string{made("app", timed), made("web", strings.Replace(timed, `"u"`, `"v"`, 1)), made("web", strings.Replace(timed, "page", "screen", 1))} {
		if other == first {
			t.Error("two events with one id")
		}
	}
	for item, want := range map[string]string{
		`{"type":"page","userId":"u"}`:                                        random,
		`{"type":"page","userId":"u","timestamp":"soon"}`:                     random,
		`{"type":"page","userId":"u","sentAt":"2026-01-02T03:04:09Z"}`:        random,
		`{"type":"page","userId":"u","messageId":{}}`:                         random,
		`{"type":"page","userId":"u","messageId":" m "}`:                      "", // its own
		`{"type":"page","userId":"u","messageId":12}`:                         "",
		`{"type":"page","userId":"u","messageId":"","originalTimestamp":1e9}`: made("web", `{"type":"page","userId":"u","originalTimestamp":1e9}`),
	} {
		if got := made("web", item); got != want {
			t.Errorf("%s: %q, want %q", item, got, want)
		}
	}
}

func TestResend(t *testing.T) {
	body := `{"batch":[{"type":"track","userId":"u","messageId":"m1"},{"type":"track","userId":"u"},{"type":"x","userId":"u"}],` +
		`"context":{"ip":"203.0.113.7"},"sentAt":"2026-01-02T03:04:06Z"}`
	_, refused := parse(t, []byte(body), "").Accept("web", received, bytes.NewReader(make([]byte, 32)))
	if len(refused) != 3 {
		t.Fatalf("%+v", refused)
	}
	for i, tc := range []struct {
		mended, id string
		typ        Type
	}{
		{`{"type":"track","userId":"u","messageId":"m1","event":"e"}`, "m1", Track},
		{` {"userId":"u","event":"e"}`, refused[1].MessageID, Track},
		{`{"type":"page","userId":"u","messageId":"m3"}`, "m3", Page},
	} {
		p, no := Resend(refused[i], []byte(tc.mended), Limits{})
		if no != nil {
			t.Errorf("%d: %+v", i, no)
			continue
		}
		calls, _ := DecodeCalls(throughJournal(t, p), Policy{})
		if len(calls) != 1 || calls[0].MessageID != tc.id || calls[0].ReceivedAt != received || calls[0].Type != tc.typ ||
			string(calls[0].Context) != `{"ip":"203.0.113.7"}` || calls[0].Source != "web" {
			t.Errorf("%d: %+v", i, calls)
		}
	}
	for _, tc := range []struct{ mended, code string }{{"", CodeMissingEvent}, {"{", CodeInvalidJSON}, {"[]", CodeUnknownType}} {
		mended := []byte(tc.mended)
		if tc.mended == "" {
			mended = nil
		}
		_, no := Resend(refused[0], mended, Limits{})
		if no == nil || no.Code != tc.code || no.MessageID != "m1" || no.ReceivedAt != received {
			t.Errorf("%q: %+v", tc.mended, no)
		}
	}
}

func TestRefusedKey(t *testing.T) {
	refuse := func(body string) []Refused {
		_, refused := parse(t, []byte(body), "").Accept("web", received+Millis(len(body)), zeros{})
		return refused
	}
	one := refuse(`{"batch":[{"type":"x","messageId":"m"},{"type":"y","messageId":"m"}]}`)
	again := refuse(`{"batch":[{"type":"x","messageId":"m"},{"type":"y","messageId":"m"}],"sentAt":"2026-01-02T03:04:06Z"}`)
	if one[0].Key() != again[0].Key() || one[0].Key() == one[1].Key() {
		t.Error("keys must be equal for a repeated event and differ for another one")
	}
}

func ExampleParseBatch() {
	body := []byte(`{"batch":[{"type":"track","userId":"u1","event":"Signed Up","messageId":"m1"},{"type":"track","userId":"u1"}]}`)
	r, err := ParseBatch(body, Limits{})
	if err != nil {
		fmt.Println(fault.MessageOf(err))
		return
	}
	part, refused := r.Accept("web", received, zeros{})
	calls, _ := DecodeCalls(&part, Policy{})
	fmt.Println(calls[0].Name, calls[0].Identifiers[0].Key(), refused[0].Index, refused[0].Code)
	// Output: Signed Up user_id:u1 1 missing_event
}
