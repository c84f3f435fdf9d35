package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"go.uber.org/goleak"

	"kith/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var testSecret = Secret("0123456789abcdef0123456789abcdef")

// testKeys are made once: RSA keys take a while.
var testKeys = sync.OnceValue(func() (k struct {
	rsa, other *rsa.PrivateKey
	ec         *ecdsa.PrivateKey
	ed         ed25519.PrivateKey
}) {
	var errs [4]error
	k.rsa, errs[0] = rsa.GenerateKey(rand.Reader, 2048)
	k.other, errs[1] = rsa.GenerateKey(rand.Reader, 2048)
	k.ec, errs[2] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, k.ed, errs[3] = ed25519.GenerateKey(rand.Reader)
	for _, err := range errs {
		if err != nil {
			panic(err)
		}
	}
	return k
})

// clock is a time a test sets. It moves only when told to.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(time.Now().Truncate(time.Second).UnixNano())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func newVerifier(t testing.TB, cfg Config) *Verifier {
	t.Helper()
	v, err := NewVerifier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// sign makes a token of any kind.
func sign(t testing.TB, method jwt.SigningMethod, key any, kid string, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	if kid != "" {
		token.Header["kid"] = kid
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// good are claims nothing is wrong with at time now.
func good(now time.Time, more ...any) jwt.MapClaims {
	c := jwt.MapClaims{"sub": "ada", "jti": "1", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "scope": "customers:read other:thing pii:read"}
	for i := 0; i < len(more); i += 2 {
		if more[i+1] == nil {
			delete(c, more[i].(string))
		} else {
			c[more[i].(string)] = more[i+1]
		}
	}
	return c
}

// refused checks that a token is refused with this in the message, and that no part of it is in the error.
func refused(t *testing.T, v *Verifier, token, want string) {
	t.Helper()
	p, err := v.Verify(context.Background(), token)
	if fault.CodeOf(err) != fault.Unauthenticated || !strings.Contains(fault.MessageOf(err), want) || p != nil {
		t.Errorf("got %v, %v, want UNAUTHENTICATED with %q", p, err, want)
	}
	leaks(t, err, token)
}

func leaks(t testing.TB, err error, token string) {
	t.Helper()
	if err == nil {
		return
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("the error holds a part of the token: %v", err)
		}
	}
}

func accepted(t *testing.T, v *Verifier, token string) *Principal {
	t.Helper()
	p, err := v.Verify(context.Background(), token)
	if err != nil {
		t.Errorf("refused: %v", err)
		return &Principal{}
	}
	return p
}

// provider is an identity provider's JWKS address.
type provider struct {
	*httptest.Server
	requests atomic.Int64
	mu       sync.Mutex // protects set and down
	set      []byte
	down     bool
}

func newProvider(t testing.TB, keys map[string]crypto.PublicKey) *provider {
	t.Helper()
	p := &provider{}
	p.publish(t, keys)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.requests.Add(1)
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = w.Write(p.set)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) publish(t testing.TB, keys map[string]crypto.PublicKey) {
	t.Helper()
	storage := jwkset.NewMemoryStorage()
	for kid, key := range keys {
		jwk, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: kid}})
		if err != nil {
			t.Fatal(err)
		}
		if err := storage.KeyWrite(context.Background(), jwk); err != nil {
			t.Fatal(err)
		}
	}
	set, err := storage.JSONPublic(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	p.answer(set, false)
}

func (p *provider) answer(set []byte, down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set, p.down = set, down
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
