package event

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// benchEvents is how many events a benchmarked batch has; each is about 600 bytes, as a browser's are.
const benchEvents = 100

func benchBody() []byte {
	var items []string
	for i := range benchEvents {
		items = append(items, fmt.Sprintf(`{"anonymousId":"5f6d2c1e-8a4b-4c3d-9e2f-1a2b3c4d%04d","userId":"user-%d","messageId":"ajs-next-1767323045678-5f6d2c1e-8a4b-%04d",`+
			`"type":"track","event":"Product Viewed","timestamp":"2026-01-02T03:04:05.678Z","properties":{"product_id":"507f1f77bcf86cd799439011","sku":"G-%d",`+
			`"name":"Monopoly: 3rd Edition","price":18.99,"currency":"USD"},"context":{"library":{"name":"analytics.js","version":"1.70.0"},"locale":"en-US",`+
			`"page":{"path":"/product/path","title":"Monopoly","url":"https://www.example.com/product/path"},"userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"}}`, i, i%10, i, i))
	}
	return []byte(`{"batch":[` + strings.Join(items, ",") + `],"sentAt":"2026-01-02T03:04:06.000Z","context":{"app":{"name":"shop"}}}`)
}

func perEvent(b *testing.B, events int) {
	b.ReportMetric(float64(b.N)*float64(events)/b.Elapsed().Seconds(), "events/s")
}

func stageOne(tb testing.TB, body, room []byte) []byte {
	r, err := ParseBatch(body, Limits{})
	if err != nil {
		tb.Fatal(err)
	}
	p, refused := r.Accept("web", received, nil)
	if len(refused) > 0 {
		tb.Fatal(refused)
	}
	return AppendPart(room, &p)
}

// The hot path before the journal: check a batch, event by event, and write its part.
func BenchmarkStageOne(b *testing.B) {
	body := benchBody()
	room := make([]byte, 0, 2*len(body))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		stageOne(b, body, room)
	}
	perEvent(b, benchEvents)
}

// The hot path must stay free of garbage: a ceiling, not a measurement.
func TestStageOneAllocations(t *testing.T) {
	body := benchBody()
	room := make([]byte, 0, 2*len(body))
	if n := testing.AllocsPerRun(20, func() { stageOne(t, body, room) }); n > 5 {
		t.Errorf("%.0f allocations for a batch of %d events, at most 5", n, benchEvents)
	}
}

func benchmarkDecode(b *testing.B, body []byte, events int) {
	message := stageOne(b, body, nil)
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		parts, err := DecodeParts(message)
		if err != nil {
			b.Fatal(err)
		}
		if calls, _ := DecodeCalls(&parts[0], Policy{}); len(calls) != events {
			b.Fatal(len(calls))
		}
	}
	perEvent(b, events)
}

func BenchmarkStageTwo(b *testing.B) { benchmarkDecode(b, benchBody(), benchEvents) }

// Identify calls with everything there is to cleanse.
func BenchmarkStageTwoIdentify(b *testing.B) {
	item := `{"type":"identify","userId":"u","messageId":"m","timestamp":"2026-01-02T03:04:05.678Z","traits":{"firstName":" Ada ","lastName":"Byron","email":"Ada@X.org",` +
		`"phone":"(415) 555-0123","birthday":"Dec 10, 1815","address":{"street":"12 St James Sq","country":"US"}},"context":{"locale":"en-US"}}`
	benchmarkDecode(b, []byte(`{"batch":[`+item+strings.Repeat(","+item, benchEvents-1)+`]}`), benchEvents)
}

// What checking for well-formedness costs here and with the standard library, the reason for the choice.
func BenchmarkValid(b *testing.B) {
	body := benchBody()
	for name, check := range map[string]func([]byte) bool{"jsontext": valid, "std": json.Valid} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if !check(body) {
					b.Fatal("not valid")
				}
			}
		})
	}
}

// What decoding into maps would cost instead of the second stage's reading in place.
func BenchmarkStdMaps(b *testing.B) {
	body := benchBody()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var v map[string]any
		if err := json.Unmarshal(body, &v); err != nil {
			b.Fatal(err)
		}
	}
	perEvent(b, benchEvents)
}
