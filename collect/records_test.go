package collect

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"kith/event"
	"kith/fault"
)

// recordsRecorder remembers records; after that many parts it answers with err.
type recordsRecorder struct {
	recorder
	records []event.RecordsPart
	after   int
	err     error
}

func (r *recordsRecorder) AppendRecords(_ context.Context, part []byte) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil && len(r.records) == r.after {
		return "", r.err
	}
	parts, err := event.DecodeRecordsParts(bytes.Clone(part))
	if err != nil {
		return "", err
	}
	r.records = append(r.records, parts...)
	r.order = append(r.order, "journal")
	return fmt.Sprintf("e1-%d", len(r.records)), nil
}

// Add keeps lines that are no JSON as texts.
func (r *recordsRecorder) Add(ctx context.Context, refused []event.Refused) error {
	for i := range refused {
		if !json.Valid(refused[i].Raw) {
			refused[i].Raw, _ = json.Marshal(string(refused[i].Raw))
		}
	}
	return r.recorder.Add(ctx, refused)
}

func (r *recordsRecorder) ids(t *testing.T) (ids []string) {
	t.Helper()
	for i := range r.records {
		list, refused := event.DecodeRecords(&r.records[i], event.Policy{})
		if len(refused) > 0 || r.records[i].ReceivedAt != event.MillisOf(testNow) || r.records[i].Source != "web" {
			t.Fatalf("%+v", r.records[i])
		}
		for _, v := range list {
			ids = append(ids, v.ID)
		}
	}
	return ids
}

func recordsCollector(t testing.TB, cfg Config, store *recordsRecorder) *Collector {
	t.Helper()
	cfg.Records = store
	return newTestCollector(t, cfg, store)
}

func TestRecords(t *testing.T) {
	const one, bad = `{"id":"a","traits":{"email":"a@x.org"}}`, `{"id":"bad"}`
	list := func(records ...string) string { return `{"records":[` + strings.Join(records, ",") + `]}` }
	lines := func(records ...string) string { return strings.Join(records, "\n") + "\n" }
	ndjson := []string{"Content-Type", "application/x-ndjson"}
	full := lines(`{"id":"a","traits":{}}`) + strings.Repeat("\n", 5<<20-23)
	for _, tc := range []struct {
		name, body    string
		headers       []string
		status        int
		code, where   string
		kept, refused int
	}{
		{"a list", list(one), []string{"Content-Type", "application/json"}, 200, "", "", 1, 0},
		{"a list, called text", list(one), []string{"Content-Type", "text/plain"}, 200, "", "", 1, 0},
		{"lines", lines(one, `{"id":"b","deleted":true}`), ndjson, 200, "", "", 2, 0},
		{"lines, gzip", zipped(lines(one)), append([]string{"Content-Encoding", "gzip"}, ndjson...), 200, "", "", 1, 0},
		{"some refused", lines(one, bad, "{"), ndjson, 200, "", "", 1, 2},
		{"all refused", list(bad), nil, 200, "", "", 0, 1},
		{"some refused, strict", lines(one, bad), append([]string{"X-Strict-Mode", "1"}, ndjson...), 400, "rejected", "", 0, 0},
		{"none refused, strict", list(one), []string{"X-Strict-Mode", "1"}, 200, "", "", 1, 0},
		{"no list", `{"batch":[]}`, nil, 400, "empty_batch", "records", 0, 0},
		{"invalid JSON", `{"records":[`, nil, 400, "invalid_json", "byte 12", 0, 0},
		{"no gzip", list(one), []string{"Content-Encoding", "gzip"}, 400, "bad_encoding", "body", 0, 0},
		{"5 MB", full, ndjson, 200, "", "", 1, 0},
		{"over 5 MB", full + "\n", ndjson, 413, "body_too_large", "body", 0, 0},
		{"a bomb", zipped(strings.Repeat(" ", 20<<20)), []string{"Content-Encoding", "gzip"}, 413, "body_too_large", "body", 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			store := &recordsRecorder{}
			w := send(t, recordsCollector(t, Config{}, store), post("/v1/records", tc.body, tc.headers...))
			a := decodeReply(t, w)
			if w.Code != tc.status || a.Code != tc.code || a.Where != tc.where || a.Success != (tc.status == 200) {
				t.Fatalf("%d %s, want %d %s %s", w.Code, w.Body.String()[:min(w.Body.Len(), 300)], tc.status, tc.code, tc.where)
			}
			if len(store.ids(t)) != tc.kept || tc.status == 200 && len(a.Rejected) != tc.refused {
				t.Errorf("%v are stored, rejected %+v", store.ids(t), a.Rejected)
			}
			position := ""
			if tc.kept > 0 {
				position = "e1-1"
			}
			if w.Header().Get("Kith-Position") != position {
				t.Errorf("Kith-Position %q, want %q", w.Header().Get("Kith-Position"), position)
			}
		})
	}
}

func TestRecordsRejected(t *testing.T) {
	store := &recordsRecorder{}
	w := send(t, recordsCollector(t, Config{}, store), post("/v1/records", `{"records":[{"id":"a","traits":{}},{"id":7}]}`))
	want := `{"success":true,"rejected":[{"index":1,"messageId":"7","code":"missing_traits","field":"traits",` +
		`"message":"The record has neither traits nor identifiers. To delete one, send ` + "`\\\"deleted\\\": true`" + `."}]}`
	if w.Body.String() != want {
		t.Error(w.Body)
	}
	r := store.refused[0]
	if strings.Join(store.order, " ") != "quarantine journal" || r.Type != event.TypeRecord || r.Source != "web" || string(r.Raw) != `{"id":7}` {
		t.Errorf("%v %+v", store.order, r)
	}
}

// A large body makes several parts. The answer has the last one's position, and none when one failed.
func TestManyRecords(t *testing.T) {
	var body strings.Builder
	var want []string
	for i := range 20_000 {
		fmt.Fprintf(&body, `{"id":"r%d","traits":{"firstName":"Ada","lastName":"Byron","email":"ada.byron%d@example.org","birthday":"1815-12-10","address":{"street":"12 St James Sq","city":"London","postalCode":"SW1Y 4LE"}}}`+"\n", i, i)
		want = append(want, fmt.Sprintf("r%d", i))
	}
	store := &recordsRecorder{}
	w := send(t, recordsCollector(t, Config{}, store), post("/v1/records", body.String(), "Content-Type", "application/x-ndjson"))
	if w.Code != 200 || !slices.Equal(store.ids(t), want) || w.Header().Get("Kith-Position") != fmt.Sprintf("e1-%d", len(store.records)) || len(store.records) < 20 {
		t.Fatalf("%d %s: %d parts, %s", w.Code, w.Body, len(store.records), w.Header().Get("Kith-Position"))
	}
	away := fault.New("journal", fault.Unavailable, "The disk is nearly full.")
	away.RetryAfter = 7 * time.Second
	store = &recordsRecorder{after: 3, err: away}
	w = send(t, recordsCollector(t, Config{}, store), post("/v1/records", body.String(), "Content-Type", "application/x-ndjson"))
	if w.Code != 503 || w.Header().Get("Retry-After") != "7" || w.Header().Get("Kith-Position") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestRecordsKeysAndRates(t *testing.T) {
	c := recordsCollector(t, Config{Rate: Rate{Events: 1}}, &recordsRecorder{})
	body := `{"records":[{"id":"a","traits":{}}],"writeKey":"good-key"}`
	for key, status := range map[string]int{"": 401, "wrong": 401, "off-key": 403} {
		r := httptest.NewRequest(http.MethodPost, "/v1/records?writeKey=good-key", strings.NewReader(body))
		if key != "" {
			r.SetBasicAuth(key, "")
		}
		if w := send(t, c, r); w.Code != status {
			t.Errorf("%q: %d %s", key, w.Code, w.Body)
		}
	}
	many := strings.Repeat(`{"id":"a","traits":{},"at":1767323045}`+"\n", 3000) // more than a burst
	for i, status := range []int{200, 429} {
		w := send(t, c, post("/v1/records", many, "Content-Type", "application/x-ndjson"))
		if w.Code != status || status == 429 && w.Header().Get("Retry-After") != "300" {
			t.Errorf("%d. %d %s %s", i, w.Code, w.Header().Get("Retry-After"), w.Body)
		}
	}
	w := send(t, c, httptest.NewRequest(http.MethodOptions, "/v1/records", nil))
	if w.Code != 200 || !strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), "Content-Type") {
		t.Errorf("preflight: %d %v", w.Code, w.Header())
	}
	if w := send(t, c, httptest.NewRequest(http.MethodGet, "/v1/records", nil)); w.Code != 405 {
		t.Errorf("GET: %d", w.Code)
	}
}

func TestRecordsAreOffWithoutAJournal(t *testing.T) {
	w := send(t, newTestCollector(t, Config{}, &recorder{}), post("/v1/records", `{"records":[{"id":"a","traits":{}}]}`))
	if a := decodeReply(t, w); w.Code != 404 || a.Code != "not_found" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
