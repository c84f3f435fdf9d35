package event

import (
	"fmt"
	"strings"
	"testing"
)

func manyRecords(n int) []byte {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"crm-%d","traits":{"firstName":"Ada","lastName":"Byron","birthday":"1815-12-10","email":"ada%d@example.org","phone":"+44 20 7946 %04d",`+
			`"address":{"street":"12 St James Sq","city":"London","postalCode":"SW1Y 4LE"},"alternates":[{"lastName":"King"}]},"at":"2026-01-02T03:04:05Z"}`+"\n", i, i, i%10000)
	}
	return []byte(b.String())
}

func BenchmarkAcceptRecords(b *testing.B) {
	body := manyRecords(1000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		r, err := ParseRecords(body, "application/x-ndjson", Limits{})
		if err != nil {
			b.Fatal(err)
		}
		parts, _ := r.Accept("crm", received)
		for i := range parts {
			dst = AppendRecordsPart(dst[:0], &parts[i])
		}
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkDecodeRecords(b *testing.B) {
	r, err := ParseRecords(manyRecords(1000), "application/x-ndjson", Limits{})
	if err != nil {
		b.Fatal(err)
	}
	parts, _ := r.Accept("crm", received)
	b.ReportAllocs()
	for b.Loop() {
		if records, _ := DecodeRecords(&parts[0], recordPolicy); len(records) != 1000 {
			b.Fatal(len(records))
		}
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
