package event

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func seeds(f *testing.F) [][]byte {
	files, err := filepath.Glob("testdata/sdk/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	out := [][]byte{
		[]byte(`{"batch":[{"type":"alias","userId":1e3,"previousId":"\ud800"},7,{"type":"group","anonymousId":"a","groupId":"g","traits":[]}],"context":{"traits":{"email":"a@b.cd"}}}`),
		[]byte(`{"batch":[{"type":"page","anonymousId":"a","messageId":{},"sentAt":"","context":5,"properties":{"a":{"a":[]},"a":1}}],"sentAt":5,"integrations":{"x":{}}}`),
		[]byte(`{"type":"screen","user\u0049d":"u\u0000","name":"n","category":"c","properties":{"name":null}}`),
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// Whatever the first stage accepts, the second decodes, through the journal and again from what is stored; and
// whatever it does not accept is refused with a reason.
func FuzzStages(f *testing.F) {
	for i, seed := range seeds(f) {
		f.Add(seed, byte(i))
	}
	f.Fuzz(func(t *testing.T, body []byte, route byte) {
		var r *Request
		var err error
		if int(route) < len(types) {
			r, err = ParseCall(body, types[route], Limits{})
		} else {
			r, err = ParseBatch(body, Limits{})
		}
		if err != nil {
			return
		}
		p, refused := r.Accept("s", received, zeros{})
		if len(p.Calls)+len(refused) != r.Len() {
			t.Fatalf("%d events, %d accepted, %d refused", r.Len(), len(p.Calls), len(refused))
		}
		for i := range refused {
			if refused[i].Code == "" || refused[i].Message == "" {
				t.Fatalf("refused without reason: %+v", refused[i])
			}
			if _, err := json.Marshal(refused[i]); err != nil {
				t.Fatalf("cannot be stored: %v", err)
			}
			Resend(refused[i], nil, Limits{})
		}
		journalled := throughJournal(t, p)
		policy := Policy{DefaultCountry: "GB", TraitIdentifiers: map[string]string{"a": "card", "name": Email}}
		calls, bad := DecodeCalls(journalled, policy)
		if len(bad) > 0 || len(calls) != len(p.Calls) {
			t.Fatalf("accepted and then refused: %+v", bad)
		}
		for _, c := range calls {
			checkCall(t, c, policy)
		}
	})
}

func checkCall(t *testing.T, c Call, policy Policy) {
	if c.MessageID == "" || utf8.RuneCountInString(c.MessageID) > maxMessageID || c.Name == "" || len(c.Hash) != 32 {
		t.Fatalf("%+v", c)
	}
	for _, raw := range [][]byte{c.Properties, c.Context, c.Extra} {
		if !isObject(raw) || !json.Valid(raw) || !utf8.Valid(raw) || !bytes.Equal(appendCanonical(nil, raw), raw) {
			t.Fatalf("not canonical: %q", raw)
		}
	}
	if len(c.Identifiers) > maxIdentifiers {
		t.Fatalf("%d identifiers", len(c.Identifiers))
	}
	last := -1
	for _, id := range c.Identifiers {
		if id.Value == "" || len(id.Value) > maxIdentifier || strings.Contains(id.Key(), "\x00") || !utf8.ValidString(id.Key()) || precedence(id.Type) < last {
			t.Fatalf("%+v", c.Identifiers)
		}
		last = precedence(id.Type)
	}
	for _, tr := range append(c.Traits, c.Group...) {
		if tr.Key == "" || !json.Valid(tr.Value) || tr.Raw != nil && !json.Valid(tr.Raw) {
			t.Fatalf("%q: %q %q", tr.Key, tr.Value, tr.Raw)
		}
	}
	again, err := Recode(Stored{c.Source, c.MessageID, c.Type, c.ReceivedAt, c.Properties, c.Context, c.Extra}, policy)
	again.Index = c.Index
	if err != nil || !reflect.DeepEqual(again, c) {
		t.Fatalf("decoded again: %v\n%+v\nfirst:\n%+v", err, again, c)
	}
}

func FuzzDecodeParts(f *testing.F) {
	one, two := samplePart("web", 3), samplePart("app", 1)
	f.Add(AppendPart(AppendPart(nil, &one), &two), false)
	f.Add(AppendPart(nil, &one)[frameBytes:], true)
	f.Fuzz(func(t *testing.T, b []byte, payload bool) {
		if payload { // behind the checksum
			b = frameOf(b)
		}
		parts, err := DecodeParts(b)
		var again []byte
		for i := range parts {
			again = AppendPart(again, &parts[i])
			DecodeCalls(&parts[i], Policy{})
		}
		if back, e := DecodeParts(again); err == nil && (e != nil || !reflect.DeepEqual(back, parts)) {
			t.Fatalf("%v\n%+v\n%+v", e, back, parts)
		}
	})
}

func frameOf(payload []byte) []byte {
	frame := slices.Concat(AppendPart(nil, &Part{})[:frameBytes], payload)
	frame[1], frame[2], frame[3], frame[4] = byte(len(payload)), byte(len(payload)>>8), byte(len(payload)>>16), byte(len(payload)>>24)
	sum := frameSum(frame)
	frame[5], frame[6], frame[7], frame[8] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
	return frame
}

// Canonical form says what encoding/json reads, and is its own canonical form.
func FuzzCanonical(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Add([]byte(`{"a":{"b":1,"b":{"c":"\ud83d"}},"a":[{}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if !valid(b) {
			return
		}
		raw := b[space(b, 0):]
		got := appendCanonical(nil, raw)
		var want, have any
		err := decodeNumbers(raw, &want)
		if e := decodeNumbers(got, &have); e != nil && err == nil || !reflect.DeepEqual(want, have) {
			t.Fatalf("%q: %q (%v, %v)", b, got, err, e)
		}
		if again := appendCanonical(nil, got); !bytes.Equal(again, got) {
			t.Fatalf("%q, again %q", got, again)
		}
		if merged := appendMerged(nil, got, got); isObject(got) && !bytes.Equal(merged, got) {
			t.Fatalf("%q merged with itself: %q", got, merged)
		}
	})
}

func decodeNumbers(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(v)
}

// Cleansing cleansed values changes nothing, and never makes a value it would refuse.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"Ada@X.org", "+44 (0)20 7946 0958", "020 7946 0958", "Dec 10, 1815", "25/12/1990", "1767323045", "2026-01-02 03:04:05+01", "  Ada  King ", "K@\u212a.org"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if email, ok := cleanEmail(s); ok {
			if again, ok := cleanEmail(email); !ok || again != email {
				t.Fatalf("e-mail %q: %q, again %q %v", s, email, again, ok)
			}
		}
		for _, country := range []string{"", "DE", "US"} {
			if phone, ok := cleanPhone(s, country); ok {
				if again, ok := cleanPhone(phone, ""); !ok || again != phone {
					t.Fatalf("phone %q: %q, again %q %v", s, phone, again, ok)
				}
			}
		}
		if day, ok := cleanDate(s); ok {
			if again, ok := cleanDate(day); !ok || again != day {
				t.Fatalf("date %q: %q, again %q %v", s, day, again, ok)
			}
		}
		if m, state := parseTime(quote(s)); state == timeRead {
			if again, state := parseTime(quote(m.String())); state != timeRead || again != m {
				t.Fatalf("time %q: %s, again %s", s, m, again)
			}
		}
		if one := tidy(s); tidy(one) != one {
			t.Fatalf("name %q: %q, again %q", s, one, tidy(one))
		}
		countryOf(s)
		countryOfLocale(s)
		agentKind(s)
		if id, ok := NormalizeIdentifier(s, s, Policy{}); ok && strings.Count(id.Type, ":") > 0 {
			t.Fatalf("type %q", s)
		}
	})
}
