package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// numbered writes a CSV file of n people.
func numbered(t testing.TB, n int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,First name,Last name,E-mail,City\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,Ada,Byron,ada%d@example.org,London\n", i, i)
	}
	return write(t, "people.csv", b.String())
}

// What passes is waited for, as long as Kith says where it says so.
func TestRetries(t *testing.T) {
	k := startKith(t)
	k.intercept(func(n int, w http.ResponseWriter, _ *http.Request) bool {
		switch n {
		case 1:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		case 3:
			panic(http.ErrAbortHandler)
		default:
			return false
		}
		return true
	})
	var shown bytes.Buffer
	cfg := config(t, k)
	cfg.Progress = &shown
	start := time.Now()
	report, err := Import(within(t), cfg, []string{numbered(t, 10)})
	if err != nil || report.Accepted != 10 || len(k.order) != 10 {
		t.Fatalf("%+v %v", report, err)
	}
	if took := time.Since(start); took < 2*time.Second {
		t.Errorf("Retry-After was not waited for: %s", took)
	}
	for _, want := range []string{"503: 503 Service Unavailable; trying again in 1s", "429: ", "there is no answer at "} {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("%q is not in\n%s", want, shown.String())
		}
	}
}

func TestGivesUp(t *testing.T) {
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	for want, h := range map[string]http.HandlerFunc{
		"does not take the write key of crm": answer(401, `{"success":false,"message":"unknown"}`),
		"takes no records (404":              answer(404, ``),
		"but not like a Kith":                answer(200, `<html>`),
		"is no Kith":                         answer(200, `{"success":true,"rejected":[{"index":77}]}`),
		"refuses the import: 400: bad":       answer(400, `{"success":false,"message":"bad"}`),
		"nothing was taken for 1ms: 500":     answer(500, ``),
	} {
		s := httptest.NewServer(h)
		cfg := Config{URL: s.URL, Key: testKey, Source: "crm", Dir: t.TempDir(), Patience: time.Millisecond}
		if _, err := Import(within(t), cfg, []string{numbered(t, 1)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want something about %q", err, want)
		}
		s.Close()
		if want == "takes no records (404" { // nobody is there
			if _, err := Import(within(t), cfg, []string{numbered(t, 1)}); err == nil || !strings.Contains(err.Error(), "Start Kith there") {
				t.Error(err)
			}
		}
	}
}

// What is too much for one request is sent in pieces, down to the record that is too much by itself.
func TestTooLarge(t *testing.T) {
	k := startKith(t)
	k.intercept(func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if r.ContentLength > 600 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return true
		}
		return false
	})
	var noise strings.Builder // which gzip cannot make smaller
	for i := range 400 {
		fmt.Fprintf(&noise, "%x", i*i*7919)
	}
	path := numbered(t, 200)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(f, "large,Ada,Byron,a@x.org,%s\n", noise.String())
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	report, err := Import(within(t), config(t, k), []string{path})
	if err != nil || report.Accepted != 200 || report.Refused != 1 || len(k.order) != 200 {
		t.Fatalf("%+v %v", report, err)
	}
	if got := refusals(t, path); len(got) != 1 || !strings.HasPrefix(got[0], "201/202 too_large ") {
		t.Error(got)
	}
}

// An import that was killed goes on behind what was acknowledged.
func TestKilled(t *testing.T) {
	const rows, requests = 10_000, 4
	k, path := startKith(t), numbered(t, rows)
	cfg := config(t, k)
	child := exec.CommandContext(within(t), os.Args[0], cfg.Dir, path)
	child.Env = append(os.Environ(), childFiles+"="+k.URL)
	running := make(chan *os.Process, 1)
	k.intercept(func(n int, _ http.ResponseWriter, _ *http.Request) bool {
		if n == requests { // it is under way
			if err := (<-running).Kill(); err != nil {
				t.Error(err)
			}
			panic(http.ErrAbortHandler)
		}
		return false
	})
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	running <- child.Process
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatal(err)
	}
	if taken := len(k.contents()); taken != (requests-1)*batchRows {
		t.Fatalf("%d rows were taken before the end", taken)
	}
	var shown bytes.Buffer
	cfg.Progress = &shown
	report, err := Import(within(t), cfg, []string{path})
	if err != nil || report.Accepted != rows || len(k.newest) != rows {
		t.Fatalf("%+v %v: %d are there", report, err, len(k.newest))
	}
	if again := len(k.order) - rows; again < 0 || again > batchRows {
		t.Errorf("%d rows were sent twice", again)
	}
	if !strings.Contains(shown.String(), "people.csv: going on behind row ") {
		t.Error(shown.String())
	}
	if left, _ := os.ReadDir(cfg.Dir); len(left) != 0 {
		t.Errorf("%v is left of an import that is complete", left)
	}
	if _, err := Import(within(t), cfg, []string{path}); err != nil || len(k.newest) != rows {
		t.Errorf("once more: %v", err)
	}
}

// What was refused before an interruption is neither lost nor doubled.
func TestInterrupted(t *testing.T) {
	var b strings.Builder
	b.WriteString("id,email\n")
	for i := range 3*batchRows + 10 {
		if i%100 == 7 {
			b.WriteString(",nobody@x.org\n")
			continue
		}
		fmt.Fprintf(&b, "%d,a%d@x.org\n", i, i)
	}
	k, path := startKith(t), write(t, "crm.csv", b.String())
	cfg := config(t, k)
	ctx, cancel := context.WithCancel(within(t))
	k.intercept(func(n int, _ http.ResponseWriter, _ *http.Request) bool {
		if n != 3 {
			return false
		}
		cancel()
		panic(http.ErrAbortHandler)
	})
	report, err := Import(ctx, cfg, []string{path})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "stopped behind row 2,000") || report.Accepted != 2*batchRows-20 || report.Refused != 20 {
		t.Fatalf("%+v %v", report, err)
	}
	report, err = Import(within(t), cfg, []string{path})
	if err != nil || report.Accepted != 3*batchRows+10-31 || report.Refused != 31 {
		t.Fatalf("%+v %v", report, err)
	}
	if got := refusals(t, path); len(got) != 31 || !strings.HasPrefix(got[30], "3008/3009 ") {
		t.Errorf("%d refused: %v", len(got), got)
	}
	if len(k.order) != report.Accepted {
		t.Errorf("%d were sent", len(k.order))
	}
}

// A file is never in memory as a whole.
func TestManyRows(t *testing.T) {
	const rows = 100_000
	path := numbered(t, rows)
	var most uint64
	taken := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		most, taken = max(most, m.HeapAlloc), taken+1
		fmt.Fprint(w, `{"success":true}`)
	}))
	defer s.Close()
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	report, err := Import(within(t), Config{URL: s.URL, Key: testKey, Source: "crm", Dir: t.TempDir()}, []string{path})
	if err != nil || report.Accepted != rows || taken != rows/batchRows {
		t.Fatalf("%+v %v in %d requests", report, err, taken)
	}
	if grown := int64(most) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("%d MB were in use", grown>>20)
	}
}
