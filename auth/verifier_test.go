package auth

import (
	"context"
	"encoding/base64"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kith/fault"
)

func TestSignedTokensVerify(t *testing.T) {
	v := newVerifier(t, Config{Secret: testSecret})
	for role, want := range Roles {
		token, err := Sign(testSecret, role, "ada", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		p := accepted(t, v, token)
		if p.Subject != "ada" || p.TokenID == "" || !slices.Equal(p.Granted, want) {
			t.Errorf("%s: %+v, want %v", role, p, want)
		}
		if left := time.Until(p.Expires); left < 59*time.Minute || left > time.Hour || time.Since(p.IssuedAt) > time.Minute {
			t.Errorf("%s: issued %s, expires %s", role, p.IssuedAt, p.Expires)
		}
		other, err := Sign(testSecret, role, "ada", time.Hour)
		if err != nil || accepted(t, v, other).TokenID == p.TokenID {
			t.Errorf("%s: two tokens with one id (%v)", role, err)
		}
	}
}

func TestRoles(t *testing.T) {
	for role, want := range map[string]string{
		"viewer":   "customers:read",
		"agent":    "customers:read pii:read",
		"analyst":  "customers:read pii:read",
		"marketer": "customers:read segments:write",
		"steward":  "customers:read pii:read identity:write",
		"admin":    "customers:read pii:read segments:write identity:write sources:write operations:read tokens:write",
	} {
		if got := scopeText(Roles[role]); got != want {
			t.Errorf("%s: %s, want %s", role, got, want)
		}
	}
	if len(Roles) != 6 {
		t.Errorf("%d roles", len(Roles))
	}
}

func TestSignRefuses(t *testing.T) {
	for want, call := range map[string]func() (string, error){
		"has 31 bytes": func() (string, error) { return Sign(testSecret[:31], "admin", "ada", time.Hour) },
		"the roles are admin, agent, analyst, marketer, steward, viewer": func() (string, error) { return Sign(testSecret, "root", "ada", time.Hour) },
		"needs a subject":     func() (string, error) { return Sign(testSecret, "admin", "", time.Hour) },
		"cannot live for 0s":  func() (string, error) { return Sign(testSecret, "admin", "ada", 0) },
		"cannot live for -1h": func() (string, error) { return Sign(testSecret, "admin", "ada", -time.Hour) },
	} {
		token, err := call()
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.MessageOf(err), want) || token != "" {
			t.Errorf("got %q, %v, want INVALID with %q", token, err, want)
		}
	}
}

// Case 32 of the list of what must hold, the part with a secret.
func TestTokensThatAreRefused(t *testing.T) {
	c := newClock()
	now := c.now()
	v := newVerifier(t, Config{Secret: testSecret, Issuer: "https://id.example", Audience: "kith", now: c.now})
	claims := func(more ...any) jwt.MapClaims {
		return good(now, append([]any{"iss", "https://id.example", "aud", "kith"}, more...)...)
	}
	hs := func(more ...any) string {
		return sign(t, jwt.SigningMethodHS256, []byte(testSecret), "", claims(more...))
	}
	with := func(header string) string {
		h := base64.RawURLEncoding.EncodeToString([]byte(header))
		rest := strings.SplitN(hs(), ".", 2)[1]
		return h + "." + rest
	}
	p := accepted(t, v, hs())
	if !slices.Equal(p.Granted, []Scope{CustomersRead, PIIRead}) {
		t.Errorf("granted %v", p.Granted)
	}
	accepted(t, v, hs("aud", []string{"other", "kith"}))
	accepted(t, v, hs("nbf", now.Add(9*time.Second).Unix()))
	accepted(t, v, hs("exp", now.Add(time.Second).Unix()))
	if p := accepted(t, v, hs("scope", []string{"pii:read", "customers:read", "pii:read"}, "sub", nil, "jti", nil, "iat", nil)); !slices.Equal(p.Granted, []Scope{CustomersRead, PIIRead}) || p.Subject != "" || !p.IssuedAt.IsZero() {
		t.Errorf("with a list of scopes: %+v", p)
	}
	if p := accepted(t, v, hs("scope", nil)); len(p.Granted) > 0 || p.Has(CustomersRead) {
		t.Errorf("without scopes: %v", p.Granted)
	}

	const signature, unreadable = "not from a key and algorithm trusted here", "cannot be read"
	key := testKeys()
	critical := jwt.NewWithClaims(jwt.SigningMethodHS256, claims())
	critical.Header["crit"] = []string{"b64"}
	withCrit, err := critical.SignedString([]byte(testSecret))
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ token, want string }{
		"none at all":          {"", "there is no token"},
		"alg none":             {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "", claims()), signature},
		"alg NONE":             {with(`{"alg":"NONE"}`), signature},
		"no alg":               {with(`{"typ":"JWT"}`), signature},
		"alg a number":         {with(`{"alg":7}`), signature},
		"HS384":                {sign(t, jwt.SigningMethodHS384, []byte(testSecret), "", claims()), signature},
		"RS256":                {sign(t, jwt.SigningMethodRS256, key.rsa, "", claims()), signature},
		"another secret":       {sign(t, jwt.SigningMethodHS256, []byte("another secret, and just as long."), "", claims()), signature},
		"empty signature":      {strings.Join(strings.Split(hs(), ".")[:2], ".") + ".", signature},
		"changed claims":       {strings.Split(hs(), ".")[0] + "." + strings.Split(hs("sub", "eve"), ".")[1] + "." + strings.Split(hs(), ".")[2], signature},
		"crit":                 {withCrit, "extension (crit)"},
		"no exp":               {hs("exp", nil), "no end (exp)"},
		"null exp":             {hs("exp", (*int)(nil)), "no end (exp)"},
		"expired now":          {hs("exp", now.Unix()), "expired less than a second ago"},
		"expired":              {hs("exp", now.Add(-5*time.Minute).Unix()), "expired 5 minutes ago"},
		"long expired":         {hs("exp", now.Add(-49*time.Hour).Unix()), "expired 2 days ago"},
		"exp before time":      {hs("exp", -5), "not a sensible time"},
		"exp of another world": {hs("exp", 1e17), "not a sensible time"},
		"exp beyond numbers":   {hs("exp", 1e300), ""},
		"exp a word":           {hs("exp", "tomorrow"), unreadable},
		"nbf ahead":            {hs("nbf", now.Add(2*time.Minute).Unix()), "not valid yet, but will be in 2 minutes"},
		"wrong issuer":         {hs("iss", "https://id.example.evil"), "another issuer"},
		"no issuer":            {hs("iss", nil), "another issuer"},
		"wrong audience":       {hs("aud", []string{"kith2", "KITH"}), "another audience"},
		"no audience":          {hs("aud", nil), "another audience"},
		"scope a number":       {hs("scope", 7), unreadable},
		"not a JWT":            {"just some words", "not a signed JWT"},
		"two parts":            {"a.b", "three parts"},
		"four parts":           {hs() + ".x", "three parts"},
		"encrypted":            {"a.b.c.d.e", "three parts"},
		"not base64":           {"!!!.???.***", unreadable},
		"padded":               {strings.Replace(hs(), ".", "=.", 1), unreadable},
		"header not JSON":      {with("{"), unreadable},
		"claims null":          {"eyJhbGciOiJIUzI1NiJ9.bnVsbA.x", unreadable},
		"dots":                 {strings.Repeat(".", 1<<20), "larger than 8 KB"},
		"few dots":             {strings.Repeat(".", 4000), "three parts"},
		"long":                 {hs("x", strings.Repeat("y", 8000)), "larger than 8 KB"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, v, tc.token, tc.want) })
	}
}

func TestDotsCostNothing(t *testing.T) {
	v := newVerifier(t, Config{Secret: testSecret})
	token := strings.Repeat(".", 1<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 1000 {
		if _, err := v.Verify(context.Background(), token); err == nil {
			t.Fatal("accepted")
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / 1000; each > 4096 {
		t.Errorf("a megabyte of dots costs %d bytes", each)
	}
}

func TestATokenEndsInTheCacheToo(t *testing.T) {
	c := newClock()
	v := newVerifier(t, Config{Secret: testSecret, now: c.now})
	token := sign(t, jwt.SigningMethodHS256, []byte(testSecret), "", good(c.now(), "exp", c.now().Add(30*time.Second).Unix()))
	first := accepted(t, v, token)
	c.advance(29 * time.Second)
	if accepted(t, v, token) != first {
		t.Error("a token seen before is examined again")
	}
	c.advance(time.Second)
	refused(t, v, token, "expired less than a second ago")
}

func TestRevocation(t *testing.T) {
	revoked := map[string]bool{}
	v := newVerifier(t, Config{Secret: testSecret, Revoked: func(subject, id string, issued time.Time) bool {
		return revoked[subject] || revoked[id] || issued.IsZero()
	}})
	token, err := Sign(testSecret, "agent", "ada", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	p := accepted(t, v, token)
	revoked[p.TokenID] = true
	refused(t, v, token, "was revoked")
	delete(revoked, p.TokenID)
	accepted(t, v, token)
	revoked["ada"] = true
	refused(t, v, token, "was revoked")
}

func TestConfig(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg  Config
		want string
	}{
		"nothing":      {Config{}, "neither"},
		"both":         {Config{Secret: testSecret, JWKSURL: "https://x/"}, "one or the other"},
		"short":        {Config{Secret: testSecret[:31]}, "has 31 bytes"},
		"leeway":       {Config{Secret: testSecret, Leeway: time.Hour}, "is 1h0m0s"},
		"file address": {Config{JWKSURL: "file:///etc/passwd"}, "not an http or https URL"},
		"no host":      {Config{JWKSURL: "https:///x"}, "not an http or https URL"},
		"no address":   {Config{JWKSURL: "::"}, "not an http or https URL"},
	} {
		_, err := NewVerifier(tc.cfg)
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(fault.MessageOf(err), tc.want) {
			t.Errorf("%s: %v, want INVALID with %q", name, err, tc.want)
		}
		if err != nil && strings.Contains(err.Error(), string(testSecret[:31])) {
			t.Errorf("%s: the secret is in the error", name)
		}
	}
}

func TestPrincipalOf(t *testing.T) {
	if PrincipalOf(context.Background()) != nil {
		t.Error("a principal from nowhere")
	}
	var none *Principal
	if none.Has(CustomersRead) || PrincipalOf(WithPrincipal(context.Background(), none)).Has(CustomersRead) {
		t.Error("nobody has a scope")
	}
	p := &Principal{Granted: Roles["viewer"]}
	got := PrincipalOf(WithPrincipal(context.Background(), p))
	if got != p || !got.Has(CustomersRead) || got.Has(PIIRead) {
		t.Errorf("got %+v", got)
	}
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "less than a second", time.Second: "1 second", 59 * time.Second: "59 seconds", time.Minute: "1 minute", 119 * time.Second: "1 minute",
		2 * time.Hour: "2 hours", 25 * time.Hour: "1 day", 72 * time.Hour: "3 days",
	} {
		if got := words(d); got != want {
			t.Errorf("words(%s) = %q, want %q", d, got, want)
		}
	}
}
