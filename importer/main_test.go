package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kith/collect"
	"kith/event"
	"kith/fault"
)

const (
	testKey    = "crm-test-key"
	childFiles = "IMPORTER_TEST_CHILD" // set in a process that only imports, to be killed
)

func TestMain(m *testing.M) {
	if url := os.Getenv(childFiles); url != "" {
		_, err := Import(context.Background(), Config{URL: url, Key: testKey, Source: "crm", Dir: os.Args[1]}, os.Args[2:])
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) // it was to be killed before it came here
	}
	goleak.VerifyTestMain(m)
}

// kith is the ingest of a Kith, over HTTP, that remembers records.
type kith struct {
	*httptest.Server
	mu       sync.Mutex
	newest   map[string]event.RecordVersion // by id
	order    []string                       // ids as they came
	requests int
	refused  []event.Refused
	// before sees every request, with its number from 1, and reports whether it answered it itself.
	before func(n int, w http.ResponseWriter, r *http.Request) bool
}

func (k *kith) intercept(before func(n int, w http.ResponseWriter, r *http.Request) bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.before = before
}

func (k *kith) AppendEvents(context.Context, []byte) (string, error) { panic("records only") }

func (k *kith) Add(_ context.Context, refused []event.Refused) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range refused {
		r.Raw = bytes.Clone(r.Raw)
		k.refused = append(k.refused, r)
	}
	return nil
}

func (k *kith) AppendRecords(_ context.Context, part []byte) (string, error) {
	parts, err := event.DecodeRecordsParts(bytes.Clone(part))
	if err != nil {
		return "", err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range parts {
		records, _ := event.DecodeRecords(&parts[i], event.Policy{})
		for _, r := range records {
			if old, known := k.newest[r.ID]; !known || r.Newer(old.At, old.Hash) {
				k.newest[r.ID] = r
			}
			k.order = append(k.order, r.ID)
		}
	}
	return fmt.Sprintf("e1-%d", len(k.order)), nil
}

func (k *kith) Check(key string) (string, error) {
	if key != testKey {
		return "", fault.New("test", fault.Unauthenticated, "unknown")
	}
	return "crm", nil
}

func startKith(t testing.TB) *kith {
	t.Helper()
	k := &kith{newest: map[string]event.RecordVersion{}}
	c, err := collect.New(collect.Config{Records: k}, k, k, k)
	if err != nil {
		t.Fatal(err)
	}
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.mu.Lock()
		k.requests++
		n, before := k.requests, k.before
		k.mu.Unlock()
		if before == nil || !before(n, w, r) {
			c.Handler().ServeHTTP(w, r)
		}
	}))
	t.Cleanup(k.Close)
	return k
}

// contents are the records there, by id.
func (k *kith) contents() map[string]string {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := map[string]string{}
	for id, r := range k.newest {
		out[id] = string(r.Content)
		if r.Deleted {
			out[id] = "deleted"
		}
	}
	return out
}

func config(t testing.TB, k *kith) Config {
	t.Helper()
	return Config{URL: k.URL, Key: testKey, Source: "crm", Dir: filepath.Join(t.TempDir(), "imports")}
}

// write makes a file and gives its path.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// refusals are the lines of a file of refused rows, in short.
func refusals(t testing.TB, path string) (out []string) {
	t.Helper()
	for line := range strings.Lines(readFile(t, path+".refused.ndjson")) {
		var r struct {
			Row, Line     int
			Code, Message string
			Record        json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Message == "" || len(r.Record) == 0 {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, fmt.Sprintf("%d/%d %s %s", r.Row, r.Line, r.Code, r.Record))
	}
	return out
}
