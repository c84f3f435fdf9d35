package importer

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var out bytes.Buffer
	f := &file{path: "dir/crm.csv", size: 1000}
	cfg := Config{Progress: &out, Now: func() time.Time { return now }}

	p := newProgress(cfg, f, 0)
	p.show(100, 100, 0) // too early for a line
	now = now.Add(10 * time.Second)
	p.show(250, 12_500, 3)
	p.note("503: busy; trying again in 1s")
	now = now.Add(time.Second)
	p.show(1000, 50_000, 3) // after trouble at once
	p.end()
	want := "crm.csv: 25%  12,500 rows  1,250 rows/s  ETA 0:30  3 refused\ncrm.csv: 503: busy; trying again in 1s\n" +
		"crm.csv: 100%  50,000 rows  4,545 rows/s  ETA 0:00  3 refused\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}

	out.Reset()
	cfg.Terminal = true
	p = newProgress(cfg, f, 0)
	now = now.Add(time.Second)
	p.show(500, 10, 0)
	p.note("wait")
	p.end()
	if got := out.String(); !strings.Contains(got, "\rcrm.csv [############............]  50%  10 rows  10 rows/s  ETA 0:01") || !strings.Contains(got, "\rcrm.csv: wait  ") || !strings.HasSuffix(got, " \r") {
		t.Errorf("%q", got)
	}
	if got := clock(3*time.Hour + 4*time.Minute + 5*time.Second); got != "3:04:05" {
		t.Error(got)
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is written %s", n, got)
		}
	}
}
