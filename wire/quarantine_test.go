package wire

import (
	"strings"
	"testing"

	"kith/event"
	"kith/fault"
	"kith/journal"
	"kith/pipeline"
)

func refusedRecords(t *testing.T, body string) []event.Refused {
	t.Helper()
	r, err := event.ParseRecords([]byte(body), "application/x-ndjson", event.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, refused := r.Accept("crm", 1000)
	return refused
}

// A refused record is read, mended and sent again like a call, and goes on as a record.
func TestRecordsInQuarantine(t *testing.T) {
	j, ctx := openJournal(t, journal.Config{}), t.Context()
	q := Quarantine{j}
	refused := refusedRecords(t, `{"id":"a"}`+"\n"+`{"id":"b",`+"\n"+`{"id":"c","traits":{"x":"`+strings.Repeat("x", j.MaxMessageBytes()/2)+`"}}`)
	for range 2 { // a request sent again
		if err := q.Add(ctx, refused); err != nil {
			t.Fatal(err)
		}
	}
	listed, more, err := q.List(ctx, "crm", 10, "")
	if err != nil || more || len(listed) != 3 {
		t.Fatalf("%+v %v %v", listed, more, err)
	}
	byCode := map[string]string{}
	for _, c := range listed {
		byCode[c.Code] = c.ID
		if want := map[string]string{event.CodeMissingTraits: `{"id":"a"}`, event.CodeInvalidJSON: `"{\"id\":\"b\","`, event.CodeTooLarge: `"It is too large to be kept."`}[c.Code]; string(c.Raw) != want {
			t.Errorf("%s: %s, want %s", c.Code, c.Raw, want)
		}
	}
	id := byCode[event.CodeMissingTraits]
	if _, again, err := q.Resend(ctx, id, nil); err != nil || again == nil || again.Code != event.CodeMissingTraits {
		t.Errorf("as it was: %+v %v", again, err)
	}
	mended := `{"id":"a","traits":{"email":"a@x.org"}}`
	position, again, err := q.Resend(ctx, id, []byte(mended))
	if err != nil || again != nil || position == "" {
		t.Fatalf("mended: %s %+v %v", position, again, err)
	}
	if _, _, err := q.Resend(ctx, id, nil); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("once more: %v", err)
	}
	m, err := j.Read(0).Next(ctx)
	if err != nil || m.Kind != pipeline.KindRecords {
		t.Fatalf("%+v %v", m, err)
	}
	parts, err := event.DecodeRecordsParts(m.Data)
	if err != nil || len(parts) != 1 || parts[0].Source != "crm" || parts[0].ReceivedAt != 1000 || string(parts[0].Records[0]) != mended {
		t.Errorf("%+v %v", parts, err)
	}
}
