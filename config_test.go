package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kith/web"
)

func TestConfigSaysWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("0123456789abcdef0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for env, want := range map[string]string{
		"KITH_ADRR=x":            "KITH_ADRR is not a setting",
		"KITH_JOURNAL_KEEP=ever": "KITH_JOURNAL_KEEP", "KITH_JOURNAL_MAX_BYTES=-1": "KITH_JOURNAL_MAX_BYTES", "KITH_SOURCE_RATE=fast": "KITH_SOURCE_RATE",
		"KITH_OIDC_ISSUER=https://id.example.com": "KITH_OIDC_CLIENT", "KITH_OIDC_CLIENT=kith": "KITH_OIDC_ISSUER",
		"KITH_TOKEN_MAX_LIFE=1s": "KITH_TOKEN_MAX_LIFE", "KITH_AUDIT_KEEP=x": "KITH_AUDIT_KEEP", "KITH_SUBJECT_RATE=-1": "KITH_SUBJECT_RATE",
		"KITH_SUBJECT_SUBSCRIPTIONS=many": "KITH_SUBJECT_SUBSCRIPTIONS",
		"KITH_NEO4J_HEAP_MB=1":            "KITH_NEO4J_HEAP_MB", "KITH_LOG=xml": "KITH_LOG", "KITH_JWT_SECRET=short": "at least 32",
		"KITH_ADDR=8080": "KITH_ADDR", "KITH_WRITE_KEYS=web:short": "KITH_WRITE_KEYS: write key 1, of source web", "KITH_ALLOWED_ORIGINS=example.com": "https://app.example.com", "KITH_JWT_SECRET_FILE=/does/not/exist": "KITH_JWT_SECRET_FILE",
		"KITH_JWT_SECRET_FILE=" + file: "", "KITH_ALLOWED_ORIGINS=https://a.example, https://b.example:8443": "",
		"NEO4J_PASSWORD_FILE=" + file: "", "HOME=/": "",
	} {
		_, err := loadConfig([]string{env})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", env, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want something about %q", env, err, want)
		}
	}
	if _, err := loadConfig([]string{"KITH_JWT_SECRET=0123456789abcdef0123456789abcdef", "KITH_JWKS_URL=https://id.example/keys"}); err == nil {
		t.Error("a secret and a key set together were accepted")
	}
	if _, err := loadConfig([]string{"KITH_JWT_SECRET=0123456789abcdef0123456789abcdef", "KITH_JWT_SECRET_FILE=" + file}); err == nil {
		t.Error("a variable and its _FILE twin together were accepted")
	}
}

func TestSecretsAreMadeOnlyForLoopback(t *testing.T) {
	dir := t.TempDir()
	c, err := loadConfig([]string{"KITH_DATA=" + dir, "KITH_ADDR=0.0.0.0:8080"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.developmentSecrets(); err == nil || !strings.Contains(err.Error(), "KITH_WRITE_KEYS") {
		t.Errorf("on an open address: %v", err)
	}
	c.Addr = "127.0.0.1:8080"
	if err := c.developmentSecrets(); err != nil || !c.DevelopmentSecret || !c.DevelopmentKeys || len(c.JWTSecret) < 32 {
		t.Errorf("on loopback: %v, %+v", err, c)
	}
	again := c
	again.JWTSecret, again.WriteKeys = nil, ""
	if err := again.developmentSecrets(); err != nil || string(again.JWTSecret) != string(c.JWTSecret) || again.WriteKeys != c.WriteKeys {
		t.Errorf("a second start makes other secrets (%v)", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "jwt-secret")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secret's file is %v (%v)", info.Mode(), err)
	}
}

// A list of documents never locks the console out.
func TestListedDocuments(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.json")
	if err := os.WriteFile(path, []byte(`["{ me { subject } }"]`), 0o600); err != nil {
		t.Fatal(err)
	}
	listed, err := readDocuments(path)
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	if err := json.Unmarshal(web.Documents(), &pages); err != nil {
		t.Fatal(err)
	}
	texts := slices.Collect(maps.Values(listed))
	for _, text := range append(pages, "{ me { subject } }") {
		if !slices.Contains(texts, text) {
			t.Errorf("not listed: %s", text)
		}
	}
	if listed, err := readDocuments(""); listed != nil || err != nil {
		t.Errorf("without a list: %v %v", listed, err)
	}
}

// Who has a token secret of their own is no developer, whatever else is missing: nobody may introspect, and no token is
// printed.
func TestDevelopmentIsTheSecret(t *testing.T) {
	c := Config{Addr: "127.0.0.1:0", Data: t.TempDir(), JWTSecret: []byte(strings.Repeat("s", 32))}
	if err := c.developmentSecrets(); err != nil || c.DevelopmentSecret || !c.DevelopmentKeys || c.WriteKeys == "" {
		t.Errorf("%v %+v", err, c)
	}
	c = Config{Addr: "127.0.0.1:0", Data: t.TempDir(), WriteKeys: "web:key"}
	if err := c.developmentSecrets(); err != nil || !c.DevelopmentSecret || c.DevelopmentKeys {
		t.Errorf("%v %+v", err, c)
	}
}
