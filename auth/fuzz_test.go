package auth

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kith/fault"
)

// FuzzVerify feeds tokens of any shape to a verifier of each kind. Only what was signed here may pass, and no error may
// quote a token.
func FuzzVerify(f *testing.F) {
	// The workers are processes of their own, and must come to the same tokens.
	now := time.Unix(1_700_000_000, 0)
	clock := func() time.Time { return now }
	signed := map[string]bool{}
	for _, c := range []jwt.MapClaims{good(now), good(now, "exp", now.Add(-time.Hour).Unix()), good(now, "scope", []string{"pii:read"}), {"exp": "x"}} {
		token := sign(f, jwt.SigningMethodHS256, []byte(testSecret), "", c)
		signed[token] = true
		f.Add(token)
		parts := strings.Split(token, ".")
		f.Add(parts[0] + ".." + parts[2])
		f.Add(parts[0] + "." + parts[1] + ".")
	}
	for _, seed := range []string{"", ".", "..", "...", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJIUzI1NiIsImtpZCI6MX0.bnVsbA.AA", "eyJhbGciOiJSUzI1NiIsImNyaXQiOltdfQ.e30.AA"} {
		f.Add(seed)
	}
	p := newProvider(f, publicKeys())
	verifiers := []*Verifier{newVerifier(f, Config{Secret: testSecret, now: clock}), newVerifier(f, Config{JWKSURL: p.URL, now: clock})}
	f.Fuzz(func(t *testing.T, token string) {
		for _, v := range verifiers {
			got, err := v.Verify(context.Background(), token)
			switch {
			case err == nil && !signed[token]:
				t.Errorf("accepted %q as %+v", token, got)
			case err != nil && got != nil:
				t.Errorf("both %v and %v", got, err)
			case err != nil && fault.CodeOf(err) != fault.Unauthenticated:
				t.Errorf("refused with %v", err)
			}
			leaks(t, err, token)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	now := time.Now()
	p := newProvider(b, publicKeys())
	keys := testKeys()
	for _, bench := range []struct {
		name  string
		cfg   Config
		token string
	}{
		{"HS256/seen", Config{Secret: testSecret}, sign(b, jwt.SigningMethodHS256, []byte(testSecret), "", good(now))},
		{"HS256/new", Config{Secret: testSecret, CacheSize: -1}, sign(b, jwt.SigningMethodHS256, []byte(testSecret), "", good(now))},
		{"ES256/new", Config{JWKSURL: p.URL, CacheSize: -1}, sign(b, jwt.SigningMethodES256, keys.ec, "ec", good(now))},
		{"RS256/new", Config{JWKSURL: p.URL, CacheSize: -1}, sign(b, jwt.SigningMethodRS256, keys.rsa, "rsa", good(now))},
		{"forged", Config{Secret: testSecret}, sign(b, jwt.SigningMethodHS256, make([]byte, 32), "", good(now))},
	} {
		b.Run(bench.name, func(b *testing.B) {
			v := newVerifier(b, bench.cfg)
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(ctx, bench.token); (err != nil) != (bench.name == "forged") {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("HS256/seen/parallel", func(b *testing.B) {
		v := newVerifier(b, Config{Secret: testSecret})
		token := sign(b, jwt.SigningMethodHS256, []byte(testSecret), "", good(now))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := v.Verify(context.Background(), token); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

func BenchmarkKeys(b *testing.B) {
	k, err := ParseKeys("a:key_a_12345,b:key_b_12345,c:key_c_12345,d:key_d_12345,e:key_e_12345,f:key_f_12345")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := k.Source("key_f_12345"); !ok {
			b.Fatal("unknown")
		}
	}
}
