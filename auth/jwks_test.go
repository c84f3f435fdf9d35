package auth

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kith/fault"
)

func publicKeys() map[string]crypto.PublicKey {
	k := testKeys()
	return map[string]crypto.PublicKey{"rsa": k.rsa.Public(), "ec": k.ec.Public(), "ed": k.ed.Public()}
}

func TestPublicKeys(t *testing.T) {
	c := newClock()
	keys := testKeys()
	p := newProvider(t, publicKeys())
	v := newVerifier(t, Config{JWKSURL: p.URL, now: c.now})
	for _, tc := range []struct {
		method jwt.SigningMethod
		key    any
		kid    string
	}{
		{jwt.SigningMethodRS256, keys.rsa, "rsa"}, {jwt.SigningMethodRS512, keys.rsa, "rsa"}, {jwt.SigningMethodPS256, keys.rsa, "rsa"},
		{jwt.SigningMethodES256, keys.ec, "ec"}, {jwt.SigningMethodEdDSA, keys.ed, "ed"}, {jwt.SigningMethodES256, keys.ec, ""},
	} {
		got := accepted(t, v, sign(t, tc.method, tc.key, tc.kid, good(c.now())))
		if !slices.Equal(got.Granted, []Scope{CustomersRead, PIIRead}) {
			t.Errorf("%s: %+v", tc.method.Alg(), got)
		}
	}
	if n := p.requests.Load(); n != 1 {
		t.Errorf("%d fetches, want 1", n)
	}
}

// Case 32 of the list of what must hold, the part with public keys.
func TestTokensThatTryPublicKeys(t *testing.T) {
	c := newClock()
	keys := testKeys()
	p := newProvider(t, publicKeys())
	v := newVerifier(t, Config{JWKSURL: p.URL, now: c.now})
	der, err := x509.MarshalPKIXPublicKey(keys.rsa.Public())
	if err != nil {
		t.Fatal(err)
	}
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	const signature = "not from a key and algorithm trusted here"
	for name, token := range map[string]string{
		"HS256 with the public key as PEM":  sign(t, jwt.SigningMethodHS256, asPEM, "rsa", good(c.now())),
		"HS256 with the public key as DER":  sign(t, jwt.SigningMethodHS256, der, "rsa", good(c.now())),
		"none":                              sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "rsa", good(c.now())),
		"another key":                       sign(t, jwt.SigningMethodRS256, keys.other, "rsa", good(c.now())),
		"another key, unnamed":              sign(t, jwt.SigningMethodRS256, keys.other, "", good(c.now())),
		"the key of another algorithm":      sign(t, jwt.SigningMethodES256, keys.ec, "rsa", good(c.now())),
		"a path as key id":                  sign(t, jwt.SigningMethodRS256, keys.other, "../../etc/passwd", good(c.now())),
		"an address as key id":              sign(t, jwt.SigningMethodRS256, keys.other, "http://evil.example/keys", good(c.now())),
		"a statement as key id":             sign(t, jwt.SigningMethodRS256, keys.other, "' OR 1=1 --", good(c.now())),
		"an EdDSA token by the wrong owner": sign(t, jwt.SigningMethodEdDSA, keys.ed, "ec", good(c.now())),
	} {
		t.Run(name, func(t *testing.T) { refused(t, v, token, signature) })
	}
	// A token must not bring its own key.
	for header, value := range map[string]any{"jku": p.URL, "x5u": "http://evil.example", "jwk": map[string]string{"kty": "oct", "k": "AAAA"}} {
		token := jwt.NewWithClaims(jwt.SigningMethodRS256, good(c.now()))
		token.Header["kid"], token.Header[header] = "rsa", value
		text, err := token.SignedString(keys.other)
		if err != nil {
			t.Fatal(err)
		}
		refused(t, v, text, signature)
	}
	notText := jwt.NewWithClaims(jwt.SigningMethodRS256, good(c.now()))
	notText.Header["kid"] = 7
	text, err := notText.SignedString(keys.rsa)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, v, text, signature)
}

// Case 33 of the list of what must hold: rotation.
func TestKeysRotate(t *testing.T) {
	c := newClock()
	keys := testKeys()
	p := newProvider(t, map[string]crypto.PublicKey{"old": keys.rsa.Public()})
	v := newVerifier(t, Config{JWKSURL: p.URL, now: c.now})
	old := sign(t, jwt.SigningMethodRS256, keys.rsa, "old", good(c.now()))
	fresh := sign(t, jwt.SigningMethodRS256, keys.other, "new", good(c.now()))
	accepted(t, v, old)

	p.publish(t, map[string]crypto.PublicKey{"old": keys.rsa.Public(), "new": keys.other.Public()})
	c.advance(betweenGood)
	var all sync.WaitGroup
	for range 20 { // all that come at the moment of rotation wait for the one fetch
		all.Go(func() {
			if _, err := v.Verify(context.Background(), fresh); err != nil {
				t.Errorf("the new key: %v", err)
			}
		})
	}
	all.Wait()
	accepted(t, v, old)
	if n := p.requests.Load(); n != 2 {
		t.Errorf("%d fetches, want 2", n)
	}

	// Once the provider withdraws the old key, tokens signed with it end with the next fetch.
	p.publish(t, map[string]crypto.PublicKey{"new": keys.other.Public()})
	c.advance(staleAfter)
	_, _ = v.Verify(context.Background(), fresh) // finds the set stale
	v.keys.work.Wait()
	accepted(t, v, fresh)
	c.advance(cacheFor)
	refused(t, v, old, "not from a key")
	accepted(t, v, fresh)
}

// Case 33: the provider is away.
func TestTheLastKeysStayWhenTheProviderIsAway(t *testing.T) {
	c := newClock()
	keys := testKeys()
	p := newProvider(t, publicKeys())
	v := newVerifier(t, Config{JWKSURL: p.URL, now: c.now})
	token := sign(t, jwt.SigningMethodRS256, keys.rsa, "rsa", good(c.now()))
	accepted(t, v, token)
	for _, answer := range []string{"", "not JSON", `{"keys":[]}`, `{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"what"}]}`, strings.Repeat(" ", maxKeySet+1)} {
		p.answer([]byte(answer), answer == "")
		c.advance(staleAfter / 5)
		refused(t, v, sign(t, jwt.SigningMethodRS256, keys.other, "who", good(c.now())), "not from a key")
		v.keys.work.Wait()
		accepted(t, v, token)
	}
	if n := p.requests.Load(); n != 6 {
		t.Errorf("%d fetches, want 6", n)
	}
}

// Case 33: a flood of unknown key ids.
func TestUnknownKeysMakeOneFetchAMinute(t *testing.T) {
	c := newClock()
	keys := testKeys()
	p := newProvider(t, publicKeys())
	v := newVerifier(t, Config{JWKSURL: p.URL, now: c.now})
	accepted(t, v, sign(t, jwt.SigningMethodRS256, keys.rsa, "rsa", good(c.now())))
	for second := range 120 {
		refused(t, v, sign(t, jwt.SigningMethodES256, keys.ec, fmt.Sprint("unknown", second), good(c.now())), "not from a key")
		c.advance(time.Second)
	}
	if n := p.requests.Load(); n != 2 {
		t.Errorf("%d fetches in two minutes, want the first and 1 more", n)
	}
}

func TestAProviderThatWasNeverThere(t *testing.T) {
	c := newClock()
	keys := testKeys()
	p := newProvider(t, publicKeys())
	set := p.set
	p.answer(nil, true)
	v := newVerifier(t, Config{JWKSURL: p.URL, now: c.now})
	token := sign(t, jwt.SigningMethodRS256, keys.rsa, "rsa", good(c.now()))
	_, err := v.Verify(context.Background(), token)
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("got %v, want UNAVAILABLE: the token may be good", err)
	}
	leaks(t, err, token)
	p.answer(set, false)
	_, err = v.Verify(context.Background(), sign(t, jwt.SigningMethodRS256, keys.rsa, "", good(c.now())))
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("right after: %v, want UNAVAILABLE", err)
	}
	c.advance(betweenBad)
	accepted(t, v, token)
}

func TestNobodyWaitsLongerThanItsContext(t *testing.T) {
	let := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-let:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(let)
	v := newVerifier(t, Config{JWKSURL: server.URL})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := v.Verify(ctx, sign(t, jwt.SigningMethodRS256, testKeys().rsa, "rsa", good(time.Now())))
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("got %v, want UNAVAILABLE", err)
	}
	v.Close() // does not wait for the answer
}

func TestOddKeysAreLeftOut(t *testing.T) {
	c := newClock()
	keys := testKeys()
	p := newProvider(t, publicKeys())
	odd := strings.Replace(string(p.set), `"keys":[`, `"keys":[7,{"kty":"EC","crv":"P-999","kid":"x"},{"kty":"oct","kid":"s","k":"`+strings.Repeat("A", 43)+`"},`, 1)
	enc := strings.ReplaceAll(odd, `"kid":"ec"`, `"use":"enc","kid":"ec"`)
	p.answer([]byte(enc), false)
	v := newVerifier(t, Config{JWKSURL: p.URL, now: c.now})
	accepted(t, v, sign(t, jwt.SigningMethodRS256, keys.rsa, "rsa", good(c.now())))
	refused(t, v, sign(t, jwt.SigningMethodES256, keys.ec, "ec", good(c.now())), "not from a key")
	refused(t, v, sign(t, jwt.SigningMethodHS256, make([]byte, 32), "s", good(c.now())), "not from a key")
}
