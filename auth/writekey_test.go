package auth

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"kith/fault"
)

func TestKeys(t *testing.T) {
	k, err := ParseKeys(" web:web_key-1 ,shop:shop.key~2,\n-web:web_key-0\r\n\n,app:app_key_3,")
	if err != nil {
		t.Fatal(err)
	}
	if got := k.Sources(); !slices.Equal(got, []string{"app", "shop", "web"}) {
		t.Errorf("sources %v", got)
	}
	for key, want := range map[string]struct {
		source string
		code   fault.Code
	}{
		"web_key-1":     {"web", ""},
		"shop.key~2":    {"shop", ""},
		"app_key_3":     {"app", ""},
		"web_key-0":     {"", fault.Forbidden},
		"web_key-2":     {"", fault.Unauthenticated},
		"WEB_KEY-1":     {"", fault.Unauthenticated},
		"web_key-1\x20": {"", fault.Unauthenticated},
		"web":           {"", fault.Unauthenticated},
		"":              {"", fault.Unauthenticated},
	} {
		source, err := k.Check(key)
		if source != want.source || fault.CodeOf(err) != want.code {
			t.Errorf("Check(%q) = %q, %v, want %q, %s", key, source, err, want.source, want.code)
		}
		if err != nil && len(key) > 5 && strings.Contains(err.Error(), key) {
			t.Errorf("the error holds the key: %v", err)
		}
		if name, ok := k.Source(key); name != want.source || ok != (want.code == "") {
			t.Errorf("Source(%q) = %q, %v", key, name, ok)
		}
	}
}

func TestParseKeysRefuses(t *testing.T) {
	for spec, want := range map[string]string{
		"":                              "no write keys",
		" ,\n,":                         "no write keys",
		"supersecretkey":                "write key 1 is not of the form",
		"web:longenough,supersecretkey": "write key 2 is not of the form",
		":supersecretkey":               "write key 1 has no proper source name",
		"my shop:supersecretkey":        "write key 1 has no proper source name",
		"--web:supersecretkey":          "write key 1 has no proper source name",
		"supersecretkey:":               "write key 1, of source supersecretkey, is not made of",
		"web:short":                     "write key 1, of source web, is not made of 8 to 128",
		"web:super secretkey":           "write key 1, of source web",
		"web:supersecret/key":           "write key 1, of source web",
		"web:supersecret:key":           "write key 1, of source web",
		"web:supersecretké":             "write key 1, of source web",
		"web:supersecretkey,a:b1234567,shop:supersecretkey": "write keys 1 and 3 are the same",
	} {
		k, err := ParseKeys(spec)
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.MessageOf(err), want) || k != nil {
			t.Errorf("ParseKeys(%q): %v, want INVALID with %q", spec, err, want)
		}
		if err != nil && spec != "supersecretkey:" && strings.Contains(err.Error(), "supersecret") {
			t.Errorf("ParseKeys(%q): the error holds the key: %v", spec, err)
		}
	}
}

// Case 43 of the list of what must hold: stored hashed. (That the comparison takes the same time whatever the key is
// by construction: every entry is compared in full.)
func TestKeysAndSecretsAreNotSeen(t *testing.T) {
	k, err := ParseKeys("web:supersecretkey")
	if err != nil {
		t.Fatal(err)
	}
	secret := Secret("supersecretkey of 32 bytes or so")
	type config struct {
		Keys   *Keys
		Secret Secret
	}
	c := config{k, secret}
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("x", "keys", k, "secret", secret, "config", c)
	}
	shown := log.String() + mustJSON(t, c)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown += fmt.Sprintf(verb+verb+verb, k, secret, c)
	}
	for _, form := range []string{"supersecret", fmt.Sprintf("%x", "supersecret"), "115, 117, 112", "115 117 112", "c3VwZXJzZWNyZXQ"} {
		if strings.Contains(shown, form) {
			t.Errorf("%q can be seen in %s", form, shown)
		}
	}
	if !strings.Contains(shown, "[redacted]") || !strings.Contains(shown, "1 write keys of web") {
		t.Errorf("shown: %s", shown)
	}
}

func FuzzParseKeys(f *testing.F) {
	for _, seed := range []string{"web:longenough", "-web:longenough,a:b", "web:longenough\nshop:longenough2", ":::", "-"} {
		f.Add(seed, "longenough")
	}
	f.Fuzz(func(t *testing.T, spec, key string) {
		k, err := ParseKeys(spec)
		if (err == nil) != (k != nil) {
			t.Fatalf("%v, %v", k, err)
		}
		if err != nil {
			return
		}
		if source, err := k.Check(key); err == nil && !strings.Contains(spec, source+":"+key) {
			t.Errorf("%q is taken for a key of %q, which is not in %q", key, source, spec)
		}
	})
}
