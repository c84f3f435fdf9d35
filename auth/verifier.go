package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kith/fault"
)

// maxToken bounds a token before anything looks into it, in bytes. Identity providers stay below 4 KB, servers that
// pass headers on often refuse 8 KB anyway.
const maxToken = 8 << 10

const maxLife = 366 * 24 * time.Hour

// asymmetric are the algorithms accepted with public keys. HS256 among them would let anyone sign with a public key
// as the secret, so the lists share nothing.
var asymmetric = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// Config says which tokens to trust. Either Secret or JWKSURL must be set.
type Config struct {
	Secret  Secret // HS256, at least 32 bytes
	JWKSURL string // address of the public keys; http or https

	Issuer   string        // required "iss". Defaults to any
	Audience string        // required among "aud". Defaults to any
	Leeway   time.Duration // how far an issuer's clock may be ahead ("nbf"), at most 5 minutes. Defaults to 10 s

	// MaxLife is for how long after its "iat" a token is good at most, whatever its "exp" says. One without "iat" may end
	// no later than that from now. So revocations need not be kept for longer. Defaults to 366 days
	MaxLife time.Duration

	// Revoked tells whether a token was revoked, by its subject, its id, or all of a subject's issued up to a time.
	// It is asked at every Verify, also for tokens seen before, so it must be quick; concurrently too. Defaults to never.
	Revoked func(subject, tokenID string, issuedAt time.Time) bool

	CacheSize int          // how many verified tokens to remember. Defaults to 4096; -1 for none
	Client    *http.Client // fetches JWKSURL. Defaults to one with a timeout of 10 s
	Logger    *slog.Logger // Defaults to none

	now func() time.Time // for tests
}

func (c Config) withDefaults() Config {
	if c.Leeway == 0 {
		c.Leeway = 10 * time.Second
	}
	if c.MaxLife == 0 {
		c.MaxLife = maxLife
	}
	if c.Revoked == nil {
		c.Revoked = func(string, string, time.Time) bool { return false }
	}
	switch {
	case c.CacheSize == 0:
		c.CacheSize = 4096
	case c.CacheSize < 0:
		c.CacheSize = 0
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: fetchLimit}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	return c
}

func (c Config) validate() error {
	const op = "auth.NewVerifier"
	switch {
	case len(c.Secret) > 0 && c.JWKSURL != "":
		return fault.New(op, fault.Invalid, "both a JWT secret and a JWKS address are set; tokens are checked with one or the other")
	case len(c.Secret) == 0 && c.JWKSURL == "":
		return fault.New(op, fault.Invalid, "neither a JWT secret nor a JWKS address is set, so no token could be checked")
	case c.JWKSURL == "" && len(c.Secret) < minSecret:
		return fault.New(op, fault.Invalid, "the JWT secret has %d bytes; HS256 needs at least %d", len(c.Secret), minSecret)
	case c.MaxLife < 0:
		return fault.New(op, fault.Invalid, "the longest life of tokens is %s; it must be more than nothing", c.MaxLife)
	case c.Leeway < 0 || c.Leeway > 5*time.Minute:
		return fault.New(op, fault.Invalid, "the leeway for clocks is %s; it must be between 0 and 5 minutes", c.Leeway)
	}
	if c.JWKSURL != "" {
		u, err := url.Parse(c.JWKSURL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return fault.New(op, fault.Invalid, "the JWKS address is not an http or https URL")
		}
	}
	return nil
}

// Verifier checks tokens. Its methods may be called concurrently.
type Verifier struct {
	cfg    Config
	parser *jwt.Parser
	keys   *keySet // nil with a secret
	seen   *cache
}

// NewVerifier makes a verifier. With a JWKS address it begins to fetch the keys but does not wait for them: a provider
// that is away delays logins, not the start. Errors are INVALID.
func NewVerifier(cfg Config) (*Verifier, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	methods := []string{"HS256"}
	v := &Verifier{cfg: cfg, seen: newCache(cfg.CacheSize)}
	if cfg.JWKSURL != "" {
		methods = asymmetric
		v.keys = newKeySet(cfg)
	}
	// Claims are checked here, in words of our own.
	v.parser = jwt.NewParser(jwt.WithValidMethods(methods), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())
	return v, nil
}

// Close ends what still runs. The verifier must not be used afterwards.
func (v *Verifier) Close() {
	if v.keys != nil {
		v.keys.close()
	}
}

// Verify is whom token speaks for. Errors are UNAUTHENTICATED with a sentence that says why, and UNAVAILABLE while the
// provider's keys could not be fetched even once; no error holds any part of the token.
func (v *Verifier) Verify(ctx context.Context, token string) (*Principal, error) {
	const op = "auth.Verify"
	switch {
	case token == "":
		return nil, fault.New(op, fault.Unauthenticated, "there is no token")
	case len(token) > maxToken:
		return nil, fault.New(op, fault.Unauthenticated, "the token is larger than %d KB", maxToken>>10)
	case strings.Count(token, ".") != 2:
		return nil, fault.New(op, fault.Unauthenticated, "the token is not a signed JWT: that has three parts with dots between them")
	}
	now := v.cfg.now()
	sum := sha256.Sum256([]byte(token))
	p, err := v.seen.get(sum, now), error(nil)
	if p == nil {
		if p, err = v.examine(ctx, token, now); err != nil {
			return nil, err
		}
		v.seen.put(sum, p, now)
	}
	if v.cfg.Revoked(p.Subject, p.TokenID, p.IssuedAt) {
		return nil, fault.New(op, fault.Unauthenticated, "the token was revoked")
	}
	return p, nil
}

// examine checks a token's signature and claims.
func (v *Verifier) examine(ctx context.Context, token string, now time.Time) (*Principal, error) {
	var said claims
	_, err := v.parser.ParseWithClaims(token, &said, func(t *jwt.Token) (any, error) {
		if _, has := t.Header["crit"]; has { // RFC 7515, section 4.1.11: what one does not understand must be refused
			return nil, errCritical
		}
		if v.keys == nil {
			return []byte(v.cfg.Secret), nil
		}
		return v.keys.find(ctx, t)
	})
	if err != nil {
		return nil, refusal(err)
	}
	if err := said.check(now, v.cfg); err != nil {
		return nil, err
	}
	return said.principal(v.cfg.MaxLife), nil
}

var errCritical = errors.New("critical extension")

// refusal puts what the parser found wrong into words. The parser's own are dropped: they quote the token.
func refusal(err error) error {
	const op = "auth.Verify"
	var own *fault.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, errCritical):
		return fault.New(op, fault.Unauthenticated, "the token asks for an extension (crit) that is not understood here")
	case errors.Is(err, jwt.ErrTokenMalformed):
		return fault.New(op, fault.Unauthenticated, "the token is not a signed JWT: one of its parts cannot be read")
	default:
		return fault.New(op, fault.Unauthenticated, "the token's signature is not from a key and algorithm trusted here")
	}
}
