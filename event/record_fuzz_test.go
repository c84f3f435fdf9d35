package event

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever the first stage accepts, the second decodes, through the journal and again from what is stored; and
// whatever it does not accept is refused with a reason.
func FuzzRecords(f *testing.F) {
	for _, path := range []string{"testdata/records/crm.json", "testdata/records/till.ndjson"} {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, strings.HasSuffix(path, "ndjson"))
	}
	f.Add([]byte(`{"records":[{"id":1e3,"identifiers":[{"type":"email","value":"\ud800@b.cd"}],"traits":{"alternates":[[],{"phone":{}}],"alternates":[{"a":{"a":1,"a":2}}]}},7,{"id":"\u0000"}]}`), false)
	f.Add([]byte("{\"id\":\"a\",\"deleted\":true}\n{\n{\"id\":\"a\",\"traits\":{\"address\":\"x\",\"a\":\"A\"}}"), true)
	f.Fuzz(func(t *testing.T, body []byte, lines bool) {
		kind := "application/json"
		if lines {
			kind = "application/x-ndjson"
		}
		r, err := ParseRecords(body, kind, Limits{})
		if err != nil {
			return
		}
		parts, refused := r.Accept("s", received)
		policy := Policy{DefaultCountry: "GB", TraitIdentifiers: map[string]string{"a": "card", "name": Email}}
		accepted := 0
		for i := range parts {
			back, err := DecodeRecordsParts(AppendRecordsPart(nil, &parts[i]))
			if err != nil || len(back) != 1 || !reflect.DeepEqual(back[0], parts[i]) {
				t.Fatalf("%v\n%+v\n%+v", err, back, parts[i])
			}
			records, bad := DecodeRecords(&back[0], policy)
			if len(bad) > 0 || len(records) != len(parts[i].Records) {
				t.Fatalf("accepted and then refused: %+v", bad)
			}
			accepted += len(records)
			for _, r := range records {
				checkRecordVersion(t, r, policy)
			}
		}
		if accepted+len(refused) > r.Len() || accepted == 0 && len(refused) != r.Len() {
			t.Fatalf("%d records, %d accepted, %d refused", r.Len(), accepted, len(refused))
		}
		for _, no := range refused {
			if no.Code == "" || no.Message == "" || len(no.MessageID) > maxIdentifier {
				t.Fatalf("refused without reason: %+v", no)
			}
			if _, again := ResendRecord(no, nil, Limits{}); again == nil {
				t.Fatalf("refused, and accepted as it was: %+v", no)
			}
		}
	})
}

func checkRecordVersion(t *testing.T, r RecordVersion, policy Policy) {
	if r.ID == "" || len(r.Hash) != 32 || r.Hash > deletedHash || r.Deleted != (r.Hash == deletedHash) || r.Newer(r.At, r.Hash) {
		t.Fatalf("%+v", r)
	}
	if !json.Valid(r.Content) || !utf8.Valid(r.Content) || !bytes.Equal(appendCanonical(nil, r.Content), r.Content) {
		t.Fatalf("not canonical: %q", r.Content)
	}
	if len(r.Identifiers) == 0 || len(r.Identifiers) > maxIdentifiers || r.Identifiers[0].Key() != r.Key() {
		t.Fatalf("%+v", r.Identifiers)
	}
	keys := map[string]bool{}
	for _, id := range r.Identifiers {
		if id.Value == "" || len(id.Value) > maxIdentifier || strings.Contains(id.Key(), "\x00") || !utf8.ValidString(id.Key()) || keys[id.Key()] {
			t.Fatalf("%+v", r.Identifiers)
		}
		keys[id.Key()] = true
	}
	last := ""
	for _, tr := range r.Traits {
		if tr.Key <= last || !json.Valid(tr.Value) || isAbsent(tr.Value) || tr.Raw != nil && !json.Valid(tr.Raw) {
			t.Fatalf("%q: %q %q", tr.Key, tr.Value, tr.Raw)
		}
		last = tr.Key
	}
	checkRecode(t, r, policy)
}
