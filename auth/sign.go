package auth

import (
	"crypto/rand"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kith/fault"
)

// minSecret is the least length of an HS256 secret, in bytes: that of the hash (RFC 7518, section 3.2).
const minSecret = 32

// claims is what a token says.
type claims struct {
	jwt.RegisteredClaims
	Scope scopeList `json:"scope,omitempty"`
}

// Sign makes an HS256 token that gives subject the scopes of role for ttl, with an id of its own.
// Errors are INVALID: a short secret, an unknown role, no subject, or a ttl below a second.
func Sign(secret []byte, role, subject string, ttl time.Duration) (string, error) {
	const op = "auth.Sign"
	granted, known := Roles[role]
	switch {
	case len(secret) < minSecret:
		return "", fault.New(op, fault.Invalid, "the secret has %d bytes; HS256 needs at least %d", len(secret), minSecret)
	case !known:
		return "", fault.New(op, fault.Invalid, "there is no role %q; the roles are %s", role, strings.Join(slices.Sorted(maps.Keys(Roles)), ", "))
	case subject == "":
		return "", fault.New(op, fault.Invalid, "a token needs a subject: whom it is for")
	case ttl < time.Second:
		return "", fault.New(op, fault.Invalid, "a token cannot live for %s; the least is a second", ttl)
	}
	now := time.Now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: subject, ID: rand.Text(), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(ttl)),
		},
		Scope: scopeList{scopeText(granted)},
	}).SignedString(secret)
	return token, fault.Wrap(op, fault.Internal, err, "the token could not be signed")
}
