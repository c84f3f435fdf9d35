package event

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// received is when every test's request comes in.
var received = MillisOf(time.Date(2026, 1, 2, 3, 4, 6, 50e6, time.UTC))

// typeOfFile is the route a file's body goes to: single calls carry it in their name.
func typeOfFile(path string) Type {
	parts := strings.Split(filepath.Base(path), ".")
	return TypeOf(parts[1])
}

func parse(t testing.TB, body []byte, typ Type) *Request {
	t.Helper()
	var r *Request
	var err error
	if typ == "" {
		r, err = ParseBatch(body, Limits{})
	} else {
		r, err = ParseCall(body, typ, Limits{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// throughJournal is a part as the pipeline gets it.
func throughJournal(t testing.TB, p Part) *Part {
	t.Helper()
	parts, err := DecodeParts(AppendPart(nil, &p))
	if err != nil || len(parts) != 1 {
		t.Fatalf("DecodeParts: %d parts, %v", len(parts), err)
	}
	return &parts[0]
}

func TestSDKs(t *testing.T) {
	files, err := filepath.Glob("testdata/sdk/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no requests", err)
	}
	policy := Policy{DefaultCountry: "US"}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			p, refused := parse(t, body, typeOfFile(path)).Accept("web", received, nil)
			if len(refused) > 0 {
				t.Fatalf("refused: %+v", refused)
			}
			calls, refused := DecodeCalls(throughJournal(t, p), policy)
			if len(refused) > 0 {
				t.Fatalf("refused after being accepted: %+v", refused)
			}
			for i := range calls {
				c := calls[i]
				again, err := Recode(Stored{c.Source, c.MessageID, c.Type, c.ReceivedAt, c.Properties, c.Context, c.Extra}, policy)
				again.Index = c.Index
				if err != nil || !reflect.DeepEqual(again, c) {
					t.Errorf("decoded again: %v\n%+v\nfirst:\n%+v", err, again, c)
				}
			}
			golden(t, strings.Replace(path, ".json", ".golden", 1), calls)
		})
	}
}

// golden compares v, as readable JSON, with a file.
func golden(t *testing.T, path string, v any) {
	t.Helper()
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got.Bytes()) {
		t.Errorf("%s differs; if that is wanted, run with -update and read the diff\ngot:\n%s", path, got.Bytes())
	}
}
