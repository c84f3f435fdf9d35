package importer

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

const ada = `{"traits":{"address":{"city":"London","street":"12\nSt James Sq"},"email":"ada@x.org","firstName":"Ada","lastName":"Byron \"King\""}}`

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// However a file is written, the records are the same.
func TestFormats(t *testing.T) {
	csv := "id,First Name,last_name,E-Mail,Street,City\r\n" + `7,Ada,"Byron ""King""",ada@x.org,"12` + "\n" + `St James Sq",London` + "\r\n"
	semicolon := strings.ReplaceAll(csv, ",", ";")
	for name, text := range map[string]string{
		"plain.csv": csv, "mark.csv": "\ufeff" + csv, "packed.csv": packed(t, csv), "packed and marked": packed(t, "\ufeff"+csv),
		"semicolon.csv": semicolon, "tab.txt": strings.ReplaceAll(csv, ",", "\t"), "bar.csv": strings.ReplaceAll(csv, ",", "|"),
		"no line end at the end": strings.TrimSpace(csv), "blank lines": csv + "\r\n\r\n",
		"records.ndjson":    `{"id":7,` + ada[1:],
		"records.ndjson.gz": packed(t, "\n\n"+`{"id":"7",`+ada[1:]+"\r\n\n"), "marked.jsonl": "\ufeff" + `{"id":"7",` + ada[1:] + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			k := startKith(t)
			report, err := Import(within(t), config(t, k), []string{write(t, name, text)})
			if err != nil || report != (Report{Accepted: 1, Position: "e1-1"}) {
				t.Fatalf("%+v %v", report, err)
			}
			if got := k.contents()["7"]; got != ada {
				t.Errorf("got  %s\nwant %s", got, ada)
			}
		})
	}
}

// What cannot be read is said before anything is sent, with what to do about it.
func TestUnreadable(t *testing.T) {
	good := write(t, "good.csv", "id,name\n1,Ada\n")
	utf16 := "\xff\xfei\x00d\x00\n\x00"
	for text, want := range map[string]string{
		"id,name\n1,Ada\n2,Jos\xe9\n":            "line 3 is not UTF-8. Save it as UTF-8; if it is Latin-1",
		"id,name\n1,Jos\xc3":                     "line 2 is not UTF-8",
		packed(t, "id,name\n1,\xe9\n"):           "iconv -f windows-1252",
		utf16:                                    "It is UTF-16: iconv -f utf-16",
		"PK\x03\x04\x14\x00\x06\x00":             "looks like an Excel file",
		"":                                       "is empty",
		" \n\n":                                  "is empty",
		`[{"id":1}]`:                             "jq -c '.[]'",
		"{\n \"id\": \"1\",\n \"traits\": {}\n}": "jq -c .",
		`{"name":"Ada"}`:                         "are no records",
		`{"name":`:                               "cannot be read",
		packed(t, "id,name\n1,Ada\n")[:20]:       "cannot be read to its end",
		strings.Repeat("x", sampleBytes+1):       "has no line end",
		strings.Repeat("é,", sampleBytes) + "\n\xe9":          "line 2 is not UTF-8",
		"id,name\n1,\"Ada\n" + strings.Repeat("2,x\n", 1<<19): "a quote is opened there and not closed",
	} {
		k := startKith(t)
		path := write(t, "input", text)
		_, err := Import(within(t), config(t, k), []string{good, path})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%.40q: %v, want something about %q", text, err, want)
		}
		if k.requests > 0 && !strings.Contains(want, "quote") {
			t.Errorf("%.40q: something was sent", text)
		}
	}
	for _, path := range []string{t.TempDir(), good + ".not"} {
		if _, err := Import(within(t), config(t, startKith(t)), []string{path}); err == nil {
			t.Errorf("%s was imported", path)
		}
	}
}

// Refused rows are written down with their reasons, those of this side and those of Kith's; the rest is imported. The
// next import begins a new list.
func TestRefusedRows(t *testing.T) {
	k := startKith(t)
	cfg := config(t, k)
	long := strings.Repeat("x", 40<<10)
	path := write(t, "crm.csv", "id,email,deleted,note\n1,a@x.org,,\n2,b@x.org\n,c@x.org,,\n4,d@x.org,perhaps,\n5,\"e\"@x.org,,\n6,,yes,\n7,,,\n8,h@x.org,no,"+long+"\n9,i@x.org,0,\"two\nlines\"\n"+strings.Repeat("z", 501)+",j@x.org,,\n")
	want := []string{
		`2/3 unreadable_row ["2","b@x.org"]`,
		`3/4 unreadable_row ["","c@x.org","",""]`,
		`4/5 unreadable_row ["4","d@x.org","perhaps",""]`,
		`5/6 unreadable_row`,
		`7/8 unreadable_row ["7","","",""]`,
		`8/9 too_large {"id":"8",`,
		`10/12 record_id_too_long {"id":"zzz`,
	}
	for range 2 {
		var out bytes.Buffer
		cfg.Out = &out
		report, err := Import(within(t), cfg, []string{path})
		if err != nil || report.Accepted != 3 || report.Refused != 7 {
			t.Fatalf("%+v %v", report, err)
		}
		got := refusals(t, path)
		if len(got) != len(want) {
			t.Fatalf("refused:\n%s", strings.Join(got, "\n"))
		}
		for i := range want {
			if !strings.HasPrefix(got[i], want[i]) {
				t.Errorf("got  %.100s\nwant %s", got[i], want[i])
			}
		}
		if !strings.Contains(out.String(), ": 3 accepted, 7 refused; "+path+".refused.ndjson says why.") {
			t.Error(out.String())
		}
	}
	if want := map[string]string{"1": `{"traits":{"email":"a@x.org"}}`, "6": "deleted", "9": `{"traits":{"email":"i@x.org","note":"two\nlines"}}`}; !maps.Equal(k.contents(), want) {
		t.Error(k.contents())
	}
	if len(k.refused) != 4 || k.refused[0].Source != "crm" {
		t.Errorf("in quarantine: %+v", k.refused)
	}
	if err := os.WriteFile(path, []byte("id,email\n1,a@x.org\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Import(within(t), cfg, []string{path}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".refused.ndjson"); err == nil {
		t.Error("nothing was refused, but the old list is still there")
	}
}

func TestRefusedLines(t *testing.T) {
	k := startKith(t)
	path := write(t, "crm.ndjson", `{"id":"1","traits":{"x":1}}`+"\n{\n\n"+`{"id":"2"}`+"\n"+`{"id":"3","x":"`+strings.Repeat("x", maxRow)+"\"}\n"+`{"id":"1","deleted":true}`+"\n")
	report, err := Import(within(t), config(t, k), []string{path})
	if err != nil || report.Accepted != 2 || report.Refused != 3 {
		t.Fatalf("%+v %v", report, err)
	}
	got := refusals(t, path)
	for i, want := range []string{`2/2 unreadable_row "{"`, `4/5 unreadable_row "{\"id\":\"3\",`, `3/4 missing_traits {"id":"2"}`} {
		if !strings.HasPrefix(got[i], want) {
			t.Errorf("%s, want %s", got[i], want)
		}
	}
	if k.contents()["1"] != "deleted" { // the last in the file counts
		t.Error(k.contents())
	}
}

func TestConfirm(t *testing.T) {
	k, first := startKith(t), write(t, "a.csv", "id,email\n1,a@x.org\n1,a2@x.org\n")
	files := []string{first, write(t, "b.csv", "id,email\n2,b@x.org\n"), write(t, "c.csv", "id,name\n3,Cleo\n")}
	var out bytes.Buffer
	cfg, asked, answer := config(t, k), 0, false
	cfg.Out = &out
	cfg.Confirm = func(string) (bool, error) { asked++; return answer, nil }
	if _, err := Import(within(t), cfg, files); !errors.Is(err, ErrDeclined) || k.requests > 0 || asked != 1 {
		t.Fatalf("%v, %d requests, asked %d times", err, k.requests, asked)
	}
	for _, want := range []string{`is CSV, with "," between fields and with a header`, "  email   email ", "a@x.org", `{"id":"1","traits":{"email":"a@x.org"}}`, "1 have the id of another"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	answer = true
	report, err := Import(within(t), cfg, files)
	if err != nil || report.Accepted != 4 || asked != 3 { // a and b are alike
		t.Fatalf("%+v %v, asked %d times", report, err, asked)
	}
	if got := slices.Sorted(maps.Keys(k.contents())); fmt.Sprint(got) != "[1 2 3]" {
		t.Error(got)
	}
}
