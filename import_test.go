package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestImportOptions(t *testing.T) {
	o, err := parseImport([]string{"a.csv", "--source", "crm", "b.csv", "--yes", "-url=http://x", "c.csv"})
	if err != nil || o.source != "crm" || !o.yes || o.url != "http://x" || !slices.Equal(o.files, []string{"a.csv", "b.csv", "c.csv"}) {
		t.Errorf("%+v %v", o, err)
	}
	for args, want := range map[string]string{
		"--source crm":                        "name a file",
		"a.csv":                               "--source says",
		"a.csv --sauce x":                     "flag provided but not defined",
		"--write-mapping m.yaml a.csv b.csv":  "guesses from one file",
		"--write-mapping m --mapping m a.csv": "guesses from one file",
	} {
		if _, err := parseImport(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--help") {
			t.Errorf("%s: %v, want something about %q", args, err, want)
		}
	}
}

func TestImportURL(t *testing.T) {
	for _, tc := range []struct{ addr, given, want string }{
		{"127.0.0.1:8080", "", "http://127.0.0.1:8080"}, {":80", "", "http://127.0.0.1:80"}, {"[::]:80", "", "http://127.0.0.1:80"},
		{"kith.example:80", "", "http://kith.example:80"}, {":80", "https://kith.example.com/v1/", "https://kith.example.com"},
		{":80", "https://example.com/kith", "https://example.com/kith"},
	} {
		if got, err := importURL(Config{Addr: tc.addr}, tc.given); err != nil || got != tc.want {
			t.Errorf("%+v: %s %v", tc, got, err)
		}
	}
	for _, wrong := range []string{"kith.example.com", "ftp://x", "https://"} {
		if got, err := importURL(Config{Addr: ":80"}, wrong); err == nil {
			t.Errorf("%q is taken for %s", wrong, got)
		}
	}
}

func TestImportKey(t *testing.T) {
	data := t.TempDir()
	if _, err := importKey(Config{Data: data}, "crm"); err == nil || !strings.Contains(err.Error(), "KITH_WRITE_KEY") {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(data, "write-keys"), []byte("web:w,crm:made\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, cfg := range map[string]Config{
		"own":   {Data: data, WriteKey: "own", WriteKeys: "crm:given"},
		"given": {Data: data, WriteKeys: "web:w, crm:given"},
		"made":  {Data: data},
	} {
		if got, err := importKey(cfg, "crm"); err != nil || got != want {
			t.Errorf("%s %v, want %s", got, err, want)
		}
	}
	if _, err := importKey(Config{Data: data}, "till"); err == nil || !strings.Contains(err.Error(), "only for web, crm") || strings.Contains(err.Error(), "made") {
		t.Error(err)
	}
}

// The whole command, against what answers like a Kith.
func TestImportCommand(t *testing.T) {
	var key string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, _, _ = r.BasicAuth()
		w.Header().Set("Kith-Position", "abcdefgh-7")
		fmt.Fprint(w, `{"success":true,"rejected":[{"index":1,"messageId":"2","code":"missing_traits","message":"why"}]}`)
	}))
	defer s.Close()
	dir := t.TempDir()
	file, mapping := filepath.Join(dir, "crm.csv"), filepath.Join(dir, "crm.yaml")
	if err := os.WriteFile(file, []byte("id,email\n1,a@x.org\n2,b@x.org\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := []string{"KITH_DATA=" + filepath.Join(dir, "data"), "KITH_WRITE_KEY=secret"}
	kith := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append([]string{"import"}, args...), environ, &out, io.Discard)
		return out.String(), err
	}
	if out, err := kith("--help"); err != nil || !strings.Contains(out, "kith import --source crm customers.csv") {
		t.Error(out, err)
	}
	if out, err := kith("--write-mapping", mapping, file); err != nil || !strings.Contains(out, mapping) {
		t.Error(out, err)
	}
	if _, err := kith("--write-mapping", mapping, file); err == nil {
		t.Error("a mapping file was overwritten")
	}
	for _, how := range [][]string{{"--yes"}, {"--mapping", mapping}} {
		out, err := kith(append(how, "--source", "crm", "--url", s.URL, file)...)
		if err == nil || err.Error() != "1 of 2 rows were refused" {
			t.Errorf("%v: %v", how, err)
		}
		if !strings.Contains(out, ": 1 accepted, 1 refused;") || !strings.Contains(out, "Kith-After: abcdefgh-7") || key != "secret" {
			t.Errorf("%v: %s", how, out)
		}
		if strings.Contains(out, "First name") || strings.Contains(out, "becomes") != (how[0] == "--yes") {
			t.Errorf("%v: %s", how, out)
		}
	}
	if b, err := os.ReadFile(file + ".refused.ndjson"); err != nil || !strings.Contains(string(b), `"row":2,"line":3,"code":"missing_traits"`) {
		t.Errorf("%s %v", b, err)
	}
}
