package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kith/fault"
)

var recordPolicy = Policy{DefaultCountry: "US", TraitIdentifiers: map[string]string{"customerNo": "customer_no"}}

// acceptRecords takes records the whole way to the pipeline.
func acceptRecords(t testing.TB, body, contentType string) ([]RecordVersion, []Refused) {
	t.Helper()
	r, err := ParseRecords([]byte(body), contentType, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	parts, refused := r.Accept("crm", received)
	var message []byte
	for i := range parts {
		message = AppendRecordsPart(message, &parts[i])
	}
	back, err := DecodeRecordsParts(message)
	if err != nil || !reflect.DeepEqual(back, parts) {
		t.Fatalf("%v\n%+v\n%+v", err, back, parts)
	}
	var out []RecordVersion
	for i := range back {
		records, bad := DecodeRecords(&back[i], recordPolicy)
		if len(bad) > 0 {
			t.Fatalf("accepted and then refused: %+v", bad)
		}
		out = append(out, records...)
	}
	clear(message) // nothing decoded may lean on it
	return out, refused
}

// oneRecord is a record that is accepted alone.
func oneRecord(t testing.TB, record string) RecordVersion {
	t.Helper()
	records, refused := acceptRecords(t, record, "application/x-ndjson")
	if len(records) != 1 || len(refused) != 0 {
		t.Fatalf("%s: %+v, refused %+v", record, records, refused)
	}
	return records[0]
}

func TestRecordsGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/records/*json")
	if err != nil || len(files) == 0 {
		t.Fatal("no requests", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			records, refused := acceptRecords(t, string(body), "")
			if len(refused) > 0 {
				t.Fatalf("%+v", refused)
			}
			for _, r := range records {
				checkRecode(t, r, recordPolicy)
			}
			golden(t, strings.TrimSuffix(strings.TrimSuffix(path, ".ndjson"), ".json")+".golden", records)
		})
	}
}

// checkRecode decodes r again from what the graph keeps.
func checkRecode(t testing.TB, r RecordVersion, policy Policy) {
	t.Helper()
	again, err := RecodeRecord(StoredRecord{r.Source, r.ID, r.At, r.ReceivedAt, r.Deleted, r.Content}, policy)
	again.Index = r.Index
	r.Warnings = slices.DeleteFunc(slices.Clone(r.Warnings), func(w Warning) bool { return w.Field == "at" })
	if len(r.Warnings) == 0 {
		r.Warnings = nil
	}
	if err != nil || !reflect.DeepEqual(again, r) {
		t.Errorf("decoded again: %v\n%+v\nfirst:\n%+v", err, again, r)
	}
}

func TestRecordsRefused(t *testing.T) {
	long := strings.Repeat("x", maxIdentifier)
	many := func(n int, element string) string { return strings.Repeat(element+",", n-1) + element }
	for _, tc := range []struct{ record, code, field, id string }{
		{`{"traits":{}}`, CodeMissingRecordID, "id", ""},
		{`{"id":" ","traits":{}}`, CodeMissingRecordID, "id", ""},
		{`{"id":["a"],"traits":{}}`, CodeMissingRecordID, "id", ""},
		{`{"id":"` + long + `","traits":{}}`, CodeRecordIDTooLong, "id", ""},
		{`{"id":"a"}`, CodeMissingTraits, "traits", "a"},
		{`{"id":"a","email":"ada@x.org"}`, CodeMissingTraits, "traits", "a"},
		{`{"id":"a","deleted":false}`, CodeMissingTraits, "traits", "a"},
		{`{"id":"a","deleted":"true"}`, CodeInvalidRecord, "deleted", "a"},
		{`{"id":"a","deleted":1}`, CodeInvalidRecord, "deleted", "a"},
		{`{"id":"a","traits":["x"]}`, CodeInvalidRecord, "traits", "a"},
		{`{"id":"a","identifiers":{}}`, CodeInvalidRecord, "identifiers", "a"},
		{`{"id":"a","identifiers":["x"]}`, CodeInvalidRecord, "identifiers", "a"},
		{`{"id":"a","identifiers":[{"type":"card","value":{}}]}`, CodeInvalidRecord, "identifiers", "a"},
		{`{"id":"a","identifiers":[{"type":"a:b","value":"c"}]}`, CodeInvalidRecord, "identifiers.type", "a"},
		{`{"id":"a","identifiers":[{"type":"record","value":"shop/1"}]}`, CodeInvalidRecord, "identifiers.type", "a"},
		{`{"id":"a","identifiers":[` + many(21, `{"type":"c","value":"1"}`) + `]}`, CodeTooManyIdentifiers, "identifiers", "a"},
		{`{"id":"a","traits":{"alternates":[` + many(21, `{}`) + `]}}`, CodeTooManyAlternates, "traits.alternates", "a"},
		{`{"id":"a","traits":{"x":"` + strings.Repeat("x", 32<<10) + `"}}`, CodeTooLarge, "", "a"},
		{`{"id":"` + strings.Repeat("x", 32<<10) + `"}`, CodeTooLarge, "", ""},
		{`{"id":"a","traits":{"x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}}`, CodeTooDeep, "", "a"},
		{`"a"`, CodeInvalidRecord, "", ""},
		{`{"id":"a",`, CodeInvalidJSON, "", ""},
	} {
		t.Run(tc.record[:min(len(tc.record), 60)], func(t *testing.T) {
			sound := `{"id":"sound","traits":{}}`
			records, refused := acceptRecords(t, tc.record+"\r\n"+sound, "application/x-ndjson; charset=utf-8")
			if len(records) != 1 || records[0].ID != "sound" || len(refused) != 1 {
				t.Fatalf("%+v\n%+v", records, refused)
			}
			r := refused[0]
			if r.Code != tc.code || r.Field != tc.field || r.MessageID != tc.id || r.Message == "" || r.Index != 0 ||
				r.Source != "crm" || r.ReceivedAt != received || r.Type != TypeRecord || string(r.Raw) != tc.record {
				t.Fatalf("%+v", r)
			}
			if _, again := ResendRecord(r, nil, Limits{}); again == nil || again.Code != tc.code {
				t.Errorf("as it was: %+v", again)
			}
			p, again := ResendRecord(r, json.RawMessage(` {"id":"mended","traits":{}} `), Limits{})
			if again != nil || p.Source != "crm" || p.ReceivedAt != received || len(p.Records) != 1 || string(p.Records[0]) != `{"id":"mended","traits":{}}` {
				t.Errorf("mended: %+v %+v", p, again)
			}
		})
	}
}

func TestRecordBodies(t *testing.T) {
	record := `{"id":"a","traits":{}}`
	for _, tc := range []struct {
		body, contentType string
		n                 int
		code              BodyCode
		where             string
	}{
		{`{"records":[` + record + `,` + record + `],"writeKey":"k"}`, "application/json", 2, "", ""},
		{`{"records":[` + record + `]}`, "text/plain", 1, "", ""},
		{"\n" + record + "\n\r\n  " + record, "application/x-ndjson", 2, "", ""},
		{"\ufeff" + record, "application/jsonl", 1, "", ""},
		{record + "\n" + record, "application/x-www-form-urlencoded", 2, "", ""},
		{record, "", 1, "", ""},
		{record, "application/json", 0, BodyEmptyBatch, "records"},
		{`{"records":[` + record + `],"records":7}`, "", 0, BodyEmptyBatch, "records"},
		{`{"records":[]}`, "", 0, BodyEmptyBatch, "records"},
		{"", "application/x-ndjson", 0, BodyEmptyBatch, "records"},
		{"\n\n", "application/x-ndjson", 0, BodyEmptyBatch, "records"},
		{"", "", 0, BodyInvalidJSON, "byte 0"},
		{`[` + record + `]`, "", 0, BodyInvalidJSON, "byte 0"},
		{`{"records":[}`, "", 0, BodyInvalidJSON, "byte 12"},
		{"id,email\n1,a@x.org\n", "application/x-ndjson", 0, BodyInvalidJSON, "line 1"},
		{strings.Repeat(" ", 5<<20+1), "", 0, BodyTooLarge, "body"},
		{strings.Repeat("7\n", 100_001), "application/x-ndjson", 0, BodyTooManyEvents, "records"},
		{`{"records":[` + strings.Repeat("7,", 100_000) + `7]}`, "", 0, BodyTooManyEvents, "records"},
	} {
		r, err := ParseRecords([]byte(tc.body), tc.contentType, Limits{})
		if tc.code == "" {
			if err != nil || r.Len() != tc.n {
				t.Errorf("%.60q: %v", tc.body, err)
			}
			continue
		}
		var f *fault.Error
		var code BodyCode
		if !errors.As(err, &f) || !errors.As(err, &code) || code != tc.code || f.Field != tc.where {
			t.Errorf("%.60q: %v, want %s at %s", tc.body, err, tc.code, tc.where)
		}
	}
}

// Parts are bounded by number and by bytes, in the order sent.
func TestRecordParts(t *testing.T) {
	var body strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&body, `{"id":%d,"traits":{}}`+"\n", i)
	}
	big := strings.Repeat("x", 30<<10)
	for i := range 40 {
		fmt.Fprintf(&body, `{"id":"b%d","traits":{"x":%q}}`+"\n", i, big)
	}
	r, err := ParseRecords([]byte(body.String()), "", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	parts, refused := r.Accept("crm", received)
	n := 0
	for _, p := range parts {
		size := 0
		for _, raw := range p.Records {
			if want := fmt.Sprintf(`{"id":%d,`, n); n < 2500 && !strings.HasPrefix(string(raw), want) {
				t.Fatalf("%s is not the next", raw)
			}
			size, n = size+len(raw), n+1
		}
		if len(p.Records) == 0 || len(p.Records) > partRecords || size > partBytes {
			t.Errorf("a part of %d records and %d bytes", len(p.Records), size)
		}
	}
	if n != 2540 || len(refused) != 0 || len(parts) != 5 {
		t.Errorf("%d records in %d parts, %d refused", n, len(parts), len(refused))
	}
}

func TestRecordTime(t *testing.T) {
	for _, tc := range []struct {
		at, warn string
		want     Millis
	}{
		{`"2026-01-02T03:04:05Z"`, "", received - 1050},
		{`1767323045`, "", received - 1050},
		{`"2026-01-02T05:04:05+02:00"`, "", received - 1050},
		{`null`, "", received},
		{`""`, "", received},
		{`"2026-01-03T03:04:06Z"`, "", received + aheadLimit - 50},
		{`"2026-01-03T03:04:07Z"`, WarnAhead, received},
		{`"last week"`, WarnTimestamp, received},
		{`{}`, WarnTimestamp, received},
	} {
		r := oneRecord(t, `{"id":"a","traits":{},"at":`+tc.at+`}`)
		warn := ""
		if len(r.Warnings) > 0 {
			warn = r.Warnings[0].Code
		}
		if r.At != tc.want || warn != tc.warn || r.ReceivedAt != received {
			t.Errorf("%s: %s %+v", tc.at, r.At, r.Warnings)
		}
	}
}

// Whichever of the versions come, and in whatever order, one is newer than all the others.
func TestRecordOrder(t *testing.T) {
	old := oneRecord(t, `{"id":"a","traits":{"x":1},"at":"2026-01-01"}`)
	one := oneRecord(t, `{"id":"a","traits":{"x":1},"at":"2026-01-02"}`)
	two := oneRecord(t, `{"id":"a","traits":{"x":2},"at":"2026-01-02"}`)
	gone := oneRecord(t, `{"id":"a","deleted":true,"at":"2026-01-02"}`)
	back := oneRecord(t, `{"id":"a","traits":{},"at":"2026-01-02T00:00:00.001Z"}`)
	newer := func(a, b RecordVersion) bool { return a.Newer(b.At, b.Hash) }
	if old.Hash != one.Hash || one.Hash == two.Hash {
		t.Error("the hash is of the content and not of the time")
	}
	for _, pair := range [][2]RecordVersion{{one, old}, {two, old}, {gone, one}, {gone, two}, {back, gone}} {
		if !newer(pair[0], pair[1]) || newer(pair[1], pair[0]) {
			t.Errorf("%+v is not newer than %+v", pair[0], pair[1])
		}
	}
	if newer(one, two) == newer(two, one) {
		t.Error("versions of one time have no order")
	}
	if newer(one, one) {
		t.Error("a version takes its own place")
	}
	same := oneRecord(t, `{ "traits" : {"x":1}, "at":"2026-01-02T00:00:00Z","id":"a"}`)
	if newer(same, one) || newer(one, same) {
		t.Error("the same content in another notation is another version")
	}
}

// Of versions without a time in one request the last counts; those with a time go by it.
func TestRecordTwiceInOneRequest(t *testing.T) {
	records, refused := acceptRecords(t, strings.Join([]string{
		`{"id":"a","traits":{"n":1}}`,
		`{"id":"b","traits":{"n":1}}`,
		`{"id":"a","deleted":true}`,
		`{"id":"a","traits":{"n":2},"at":"2026-01-01"}`,
		`{"id":" a ","traits":{"n":3},"at":"never"}`,
		`{"id":"a"}`,
	}, "\n"), "application/x-ndjson")
	var got []string
	for _, r := range records {
		got = append(got, r.ID+string(r.Content))
	}
	if want := `[b{"traits":{"n":1}} a{"traits":{"n":2}} a{"traits":{"n":3}}]`; fmt.Sprint(got) != want || len(refused) != 1 {
		t.Errorf("%v, refused %+v", got, refused)
	}
}

func TestRecordIdentifiers(t *testing.T) {
	var many []string
	for i := range 20 {
		many = append(many, fmt.Sprintf(`{"type":"t%d","value":"v"}`, i))
	}
	r := oneRecord(t, `{"id":"a","identifiers":[`+strings.Join(many, ",")+`],"traits":{"email":"a@x.org"}}`)
	if len(r.Identifiers) != maxIdentifiers || r.Identifiers[0].Key() != "record:crm/a" || r.Key() != "record:crm/a" || r.Identifiers[1].Type != Email ||
		!slices.Contains(r.Warnings, Warning{Code: WarnIdentifiers}) {
		t.Errorf("%+v\n%+v", r.Identifiers, r.Warnings)
	}
	for i := range many[:19] {
		if typ := fmt.Sprintf("t%d", i); i < 18 && r.Identifiers[2+i].Type != typ {
			t.Errorf("%d is %+v", i, r.Identifiers[2+i])
		}
	}
}

func TestRecodeRecordRefuses(t *testing.T) {
	for _, content := range []string{``, `[]`, `{`, `{"identifiers":[7]}`} {
		if _, err := RecodeRecord(StoredRecord{Source: "s", ID: "a", Content: []byte(content)}, Policy{}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestRecordsPartDamage(t *testing.T) {
	one := RecordsPart{Source: "crm", ReceivedAt: received, Records: []json.RawMessage{[]byte(`{"id":"a"}`)}}
	two := RecordsPart{Source: "till", ReceivedAt: -1, Records: []json.RawMessage{}}
	message := AppendRecordsPart(AppendRecordsPart(nil, &one), &two)
	if parts, err := DecodeRecordsParts(message); err != nil || !reflect.DeepEqual(parts, []RecordsPart{one, two}) {
		t.Fatalf("%+v %v", parts, err)
	}
	for i := range message {
		damaged := bytes.Clone(message)
		damaged[i] ^= 0x80
		if _, err := DecodeRecordsParts(damaged); fault.CodeOf(err) != fault.Internal {
			t.Fatalf("byte %d: not noticed", i)
		}
	}
	calls := samplePart("web", 2)
	if _, err := DecodeRecordsParts(AppendPart(nil, &calls)); err == nil {
		t.Error("calls were read as records")
	}
	if _, err := DecodeParts(message); err == nil {
		t.Error("records were read as calls")
	}
	bad := RecordsPart{Source: "crm", Records: []json.RawMessage{[]byte(`{`), []byte(`7`), []byte(`{"id":"a"}`), nil}}
	if records, refused := DecodeRecords(&bad, Policy{}); len(records) != 0 || len(refused) != 4 {
		t.Errorf("%+v %+v", records, refused)
	}
	good := oneRecord(t, `{"id":"a","traits":{}}`)
	if r := one.Refuse(good, "code", "field", "why"); r.Code != "code" || r.MessageID != "a" || string(r.Raw) != `{"id":"a"}` || r.Type != TypeRecord {
		t.Errorf("%+v", r)
	}
}
