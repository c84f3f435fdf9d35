package event

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// decodeBatch takes a batch through both stages and the journal.
func decodeBatch(t testing.TB, body string, policy Policy) []Call {
	t.Helper()
	p, refused := parse(t, []byte(body), "").Accept("web", received, zeros{})
	if len(refused) > 0 {
		t.Fatalf("refused: %+v", refused)
	}
	calls, refused := DecodeCalls(throughJournal(t, p), policy)
	if len(refused) > 0 {
		t.Fatalf("refused after being accepted: %+v", refused)
	}
	for _, c := range calls {
		again, err := Recode(Stored{c.Source, c.MessageID, c.Type, c.ReceivedAt, c.Properties, c.Context, c.Extra}, policy)
		again.Index = c.Index
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("decoded again: %v\n%+v\nfirst:\n%+v", err, again, c)
		}
	}
	return calls
}

func decodeOne(t testing.TB, item string) Call {
	t.Helper()
	return decodeBatch(t, `{"batch":[`+item+`]}`, Policy{})[0]
}

func codes(c Call) (out []string) {
	for _, w := range c.Warnings {
		out = append(out, w.Code+" "+w.Field)
	}
	return out
}

func keys(c Call) (out []string) {
	for _, id := range c.Identifiers {
		out = append(out, id.Key())
	}
	return out
}

func TestClock(t *testing.T) {
	const second = 1000
	at := func(s string) string { return s }
	for _, tc := range []struct {
		name, timestamp, original, sentAt string
		want                              Millis
		warnings                          []string
	}{
		{name: "neither", want: received},
		{name: "time alone", timestamp: at(`"2026-01-02T03:00:00Z"`), want: received - 246050},
		{name: "clock an hour slow", timestamp: `"2026-01-02T02:04:01Z"`, sentAt: `"2026-01-02T02:04:05Z"`, want: received - 4*second},
		{name: "clock a year fast", timestamp: `"2027-01-02T03:04:01Z"`, sentAt: `"2027-01-02T03:04:05Z"`, want: received - 4*second},
		{name: "original", original: `"2026-01-02T03:04:01Z"`, sentAt: `"2026-01-02T03:04:05.5Z"`, want: received - 4500},
		{name: "timestamp before original", timestamp: `"2026-01-02T03:04:01Z"`, original: `"2020-01-01T00:00:00Z"`, want: received - 5050},
		{name: "sent alone", sentAt: `"2026-01-02T03:04:01Z"`, want: received},
		{name: "import of history", timestamp: `"1999-12-31T23:59:59Z"`, sentAt: `"2026-01-02T03:04:06.050Z"`, want: MillisOf(time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC))},
		{name: "unreadable", timestamp: `"soon"`, want: received, warnings: []string{"invalid_timestamp timestamp"}},
		{name: "unreadable, but original", timestamp: `{}`, original: `"2026-01-02T03:04:06Z"`, want: received - 50, warnings: []string{"invalid_timestamp timestamp"}},
		{name: "unreadable sentAt", timestamp: `"2026-01-02T03:04:06Z"`, sentAt: `true`, want: received - 50, warnings: []string{"invalid_timestamp sentAt"}},
		{name: "zero time", timestamp: `"0001-01-01T00:00:00Z"`, want: received, warnings: []string{"invalid_timestamp timestamp"}},
		{name: "a day ahead", timestamp: `"2026-01-03T03:04:06.050Z"`, want: received + 86400*second},
		{name: "more than a day ahead", timestamp: `"2026-01-03T03:04:06.051Z"`, want: received, warnings: []string{"timestamp_ahead timestamp"}},
		{name: "sent before it happened", timestamp: `"2026-01-02T03:04:07Z"`, sentAt: `"2026-01-02T03:04:05Z"`, want: received + 2*second},
		{name: "null and empty", timestamp: `null`, original: `""`, sentAt: `null`, want: received},
	} {
		item := `{"type":"page","userId":"u","messageId":"m"`
		for _, f := range [][2]string{{"timestamp", tc.timestamp}, {"originalTimestamp", tc.original}, {"sentAt", tc.sentAt}} {
			if f[1] != "" {
				item += `,"` + f[0] + `":` + f[1]
			}
		}
		c := decodeOne(t, item+"}")
		if c.At != tc.want || !slices.Equal(codes(c), tc.warnings) {
			t.Errorf("%s: %s %v, want %s %v", tc.name, c.At, codes(c), tc.want, tc.warnings)
		}
	}
	c := decodeBatch(t, `{"sentAt":"2026-01-02T02:00:00Z","batch":[
		{"type":"page","userId":"u","messageId":"1","timestamp":"2026-01-02T01:59:00Z"},
		{"type":"page","userId":"u","messageId":"2","timestamp":"2026-01-02T01:59:00Z","sentAt":"2026-01-02T01:59:30Z"}]}`, Policy{})
	if c[0].At != received-60*second || c[1].At != received-30*second {
		t.Errorf("the batch's sentAt is for items without one: %s %s", c[0].At, c[1].At)
	}
}

func TestTimes(t *testing.T) {
	const want = "2026-01-02T03:04:05.000Z"
	for _, raw := range []string{
		`"2026-01-02T03:04:05Z"`, `"2026-01-02T03:04:05.000999Z"`, `"2026-01-02T04:04:05+01:00"`, `"2026-01-02T04:04:05+0100"`,
		`"2026-01-02T03:04:05"`, `"2026-01-02 03:04:05"`, `"2026-01-02 03:04:05+00:00"`, `"2026-01-02 03:04:05 +0000 UTC"`,
		`" 2026-01-02T03:04:05Z "`, `1767323045`, `1767323045000`, `"1767323045000"`, `1.767323045e9`, `1767323045.0001`, `"Fri, 02 Jan 2026 03:04:05 GMT"`,
	} {
		if m, state := parseTime([]byte(raw)); state != timeRead || m.String() != want {
			t.Errorf("%s: %s %v", raw, m, state)
		}
	}
	for _, raw := range []string{
		`"x"`, `true`, `[]`, `{}`, `5`, `20260102`, `"20260102030405"`, `"2026-13-01"`, `"01/02/2026"`, `1e300`, `-1`, `"NaN"`, `"0x7fffffff"`,
		`"Fri, 02 Jan 2026 03:04:05 CET"`, `"0000-00-00"`, `"0001-01-01T00:00:00Z"`, `" "`,
	} {
		if m, state := parseTime([]byte(raw)); state != timeInvalid {
			t.Errorf("%s: %s %v", raw, m, state)
		}
	}
	for _, raw := range []string{``, `null`, `""`} {
		if _, state := parseTime([]byte(raw)); state != timeAbsent {
			t.Errorf("%s: %v", raw, state)
		}
	}
}

func TestFields(t *testing.T) {
	c := decodeBatch(t, `{"context":{"app":{"name":"shop","build":"1"},"locale":"de-DE","active":true},"integrations":{"All":true,"X":{"a":1}},"unknown":1,"batch":[
		{"type":"track","event":" Order\u0000 Completed ","userId":" 7 ","anonymousId":12.0,"messageId":" m1 ","receivedAt":"2001-01-01T00:00:00Z","writeKey":"k","_metadata":{"x":1},
		 "context":{"app":{"build":"2"},"active":false,"channel":"mobile"},"integrations":{"X":{"b":2},"All":false},"properties":{"b":1,"a":"\u0000"},"traits":{"email":"no@identifier.example"},"custom":{"y":1},"nothing":null}]}`, Policy{})[0]
	for _, f := range []struct{ name, got, want string }{
		{"name", c.Name, "Order Completed"},
		{"message id", c.MessageID, "m1"},
		{"identifiers", strings.Join(keys(c), " "), "user_id:7 anonymous_id:12"},
		{"raw", c.Identifiers[0].Raw + "," + c.Identifiers[1].Raw, " 7 ,12.0"},
		{"properties", string(c.Properties), `{"a":"\u0000","b":1}`},
		{"context", string(c.Context), `{"active":false,"app":{"build":"2","name":"shop"},"channel":"mobile","locale":"de-DE"}`},
		{"extra", string(c.Extra), `{"anonymousId":12.0,"custom":{"y":1},"event":" Order\u0000 Completed ","integrations":{"All":false,"X":{"a":1,"b":2}},"traits":{"email":"no@identifier.example"},"userId":" 7 "}`},
		{"channel", c.Channel, "mobile"},
		{"passive", fmt.Sprint(c.Passive), "true"},
		{"at", c.At.String(), received.String()},
		{"traits", fmt.Sprint(len(c.Traits)), "0"},
	} {
		if f.got != f.want {
			t.Errorf("%s: %s\nwant %s", f.name, f.got, f.want)
		}
	}
}

func TestNames(t *testing.T) {
	for item, want := range map[string]string{
		`"type":"track","event":"Signed Up"`:                                "Signed Up {}",
		`"type":"track","event":404`:                                        "404 {}",
		`"type":"page"`:                                                     "Page Viewed {}",
		`"type":"page","name":"Home","category":"C"`:                        `Page Viewed {"category":"C","name":"Home"}`,
		`"type":"page","name":"Home","properties":{"name":"Own","url":"/"}`: `Page Viewed {"name":"Own","url":"/"}`,
		`"type":"page","name":"","category":7`:                              "Page Viewed {}",
		`"type":"screen","name":"Main"`:                                     `Screen Viewed {"name":"Main"}`,
		`"type":"identify","name":"x","traits":{"a":1}`:                     `identify {"a":1}`,
		`"type":"group","groupId":"g"`:                                      "group {}",
		`"type":"alias","previousId":"p"`:                                   "alias {}",
		`"type":"track","event":"e","properties":"x"`:                       "e {}",
	} {
		c := decodeOne(t, `{"userId":"u","messageId":"m",`+item+`}`)
		if got := c.Name + " " + string(c.Properties); got != want {
			t.Errorf("%s: %s, want %s", item, got, want)
		}
	}
}

func TestOddTypes(t *testing.T) {
	c := decodeBatch(t, `{"context":{"locale":"de-DE"},"batch":[{"type":"track","userId":{"id":1},"anonymousId":"a","event":"e","messageId":[1],
		"properties":"p","context":"c","integrations":"i","timestamp":{}}]}`, Policy{})[0]
	want := []string{"invalid_type messageId", "invalid_type properties", "invalid_type context", "invalid_timestamp timestamp", "invalid_type userId"}
	if !slices.Equal(codes(c), want) {
		t.Errorf("warnings %v", codes(c))
	}
	if string(c.Properties) != `{}` || string(c.Context) != `{"locale":"de-DE"}` {
		t.Errorf("%s %s", c.Properties, c.Context)
	}
	if want := `{"anonymousId":"a","context":"c","event":"e","integrations":"i","messageId":[1],"properties":"p","timestamp":{},"userId":{"id":1}}`; string(c.Extra) != want {
		t.Errorf("%s", c.Extra)
	}
	c = decodeOne(t, `{"type":"identify","userId":"u","messageId":"m","traits":[1],"context":{"traits":7,"device":"x","externalIds":{},"userAgent":5,"locale":[]}}`)
	if want := []string{"invalid_type traits", "invalid_type context.traits"}; !slices.Equal(codes(c), want) {
		t.Errorf("warnings %v", codes(c))
	}
}

func TestHash(t *testing.T) {
	hash := func(batch, item string) string {
		return decodeBatch(t, `{`+batch+`"batch":[{"messageId":"m","type":"track","event":"e","userId":"u"`+item+`}]}`, Policy{})[0].Hash
	}
	first := hash(``, `,"properties":{"a":1,"b":2},"timestamp":"2026-01-02T03:04:05Z"`)
	for batch, item := range map[string]string{
		`"sentAt":"2026-01-02T03:04:09Z",`: `,"properties":{"b":2, "a":1},"timestamp":"2026-01-02T03:04:05Z"`,
		`"writeKey":"k",`:                  `,"properties":{"a":1,"b":2},"timestamp":"2026-01-02T03:04:05Z","sentAt":"2026-01-02T03:05:05Z","_metadata":{"retryCount":3}`,
		`"context":{},`:                    `,"properties":{"a":1,"b":2},"timestamp":"2026-01-02T03:04:05Z","receivedAt":"2026-01-02T03:04:05Z","writeKey":"k","anonymousId":null`,
	} {
		if got := hash(batch, item); got != first {
			t.Errorf("%s %s: another hash", batch, item)
		}
	}
	seen := map[string]string{first: "first"}
	for batch, item := range map[string]string{
		``:                        `,"properties":{"a":1},"timestamp":"2026-01-02T03:04:05Z"`,
		`"sentAt":null,`:          `,"properties":{"a":1,"b":2},"timestamp":"2026-01-02T03:04:06Z"`,
		`"context":{"ip":"x"},`:   `,"properties":{"a":1,"b":2},"timestamp":"2026-01-02T03:04:05Z"`,
		`"integrations":{"A":1},`: `,"properties":{"a":1,"b":2},"timestamp":"2026-01-02T03:04:05Z"`,
		`"x":1,`:                  `,"properties":{"a":1,"b":2},"timestamp":"2026-01-02T03:04:05Z","x":1`,
		`"x":2,`:                  `,"properties":{"a":1,"b":2},"timestamp":"2026-01-02T03:04:05Z","anonymousId":"a"`,
	} {
		got := hash(batch, item)
		if seen[got] != "" {
			t.Errorf("%s %s: the hash of %s", batch, item, seen[got])
		}
		seen[got] = batch + item
	}
}

func TestRecodePolicy(t *testing.T) {
	body := `{"batch":[{"type":"identify","userId":"u","messageId":"m","traits":{"phone":"030 901820","card":778,"email":"a@x.example"}}]}`
	before := decodeBatch(t, body, Policy{})[0]
	policy := Policy{DefaultCountry: "DE", TraitIdentifiers: map[string]string{"card": "loyalty_card", "gone": "gone"}}
	want := decodeBatch(t, body, policy)[0]
	after, err := Recode(Stored{before.Source, before.MessageID, before.Type, before.ReceivedAt, before.Properties, before.Context, before.Extra}, policy)
	if err != nil || !reflect.DeepEqual(after, want) {
		t.Errorf("%v\n%+v\nwant\n%+v", err, after, want)
	}
	if got := strings.Join(keys(after), " "); got != "user_id:u email:a@x.example phone:+4930901820 loyalty_card:778" {
		t.Error(got)
	}
	if got := strings.Join(keys(before), " "); got != "user_id:u email:a@x.example" || codes(before)[0] != "invalid_phone traits.phone" {
		t.Error(got, codes(before))
	}
	for _, s := range []Stored{
		{},
		{Type: Page, Properties: json.RawMessage(`{}`), Context: json.RawMessage(`{}`), Extra: json.RawMessage(`{}`)},
		{Type: Page, Properties: json.RawMessage(`{`), Context: json.RawMessage(`{}`), Extra: json.RawMessage(`{"userId":"u"}`)},
		{Properties: json.RawMessage(`{}`), Context: json.RawMessage(`{}`), Extra: json.RawMessage(`{"userId":"u"}`)},
	} {
		if c, err := Recode(s, policy); err == nil {
			t.Errorf("%+v decoded as %+v", s, c)
		}
	}
}

// Parts that Accept did not make are refused call by call, or read as far as they make sense.
func TestForeignParts(t *testing.T) {
	p := Part{Source: "s", ReceivedAt: received, SentAt: json.RawMessage(`{`), Context: json.RawMessage(` []`), Integrations: json.RawMessage(`x`), Calls: []RawCall{
		{Type: Page, Raw: json.RawMessage(` {"userId":"u"}`)}, {Type: Page, Raw: json.RawMessage(`{`)}, {Type: Page},
		{Type: Page, Raw: json.RawMessage(`1`)}, {Type: "x", Raw: json.RawMessage(`{"userId":"u"}`)}, {Type: Track, Raw: json.RawMessage(`{"userId":"u"}`)},
	}}
	calls, refused := DecodeCalls(&p, Policy{})
	if len(calls) != 1 || !strings.HasPrefix(calls[0].MessageID, madeID) || string(calls[0].Context) != "{}" {
		t.Errorf("%+v", calls)
	}
	got := ""
	for _, r := range refused {
		got += fmt.Sprintf("%d %s ", r.Index, r.Code)
	}
	if want := "1 invalid_json 2 invalid_json 3 unknown_type 4 unknown_type 5 missing_event "; got != want {
		t.Error(got)
	}
}
