// Package auth says who may do what: people and services by JSON Web Tokens with scopes, sources of events by write
// keys.
//
// A token is signed by one shared secret (HS256, [Sign] makes such tokens) or by an identity provider whose public
// keys are read from its JWKS address; never both, and each with its own explicit list of algorithms. It carries
// "sub", "exp", "scope" (names separated by spaces) and, to be revocable one by one, "jti".
package auth

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Scope is a permission. The set is closed: names in a token that are not in it are ignored.
type Scope string

// The scopes.
const (
	CustomersRead  Scope = "customers:read"  // read customers; personal values come masked
	PIIRead        Scope = "pii:read"        // personal values in clear, lookup by them, search
	SegmentsWrite  Scope = "segments:write"  // define segments
	IdentityWrite  Scope = "identity:write"  // join, part, erase
	SourcesWrite   Scope = "sources:write"   // sources, records, imports
	OperationsRead Scope = "operations:read" // quarantine, dead letters, audit, introspection
	TokensWrite    Scope = "tokens:write"    // revoke tokens
)

var scopes = []Scope{CustomersRead, PIIRead, SegmentsWrite, IdentityWrite, SourcesWrite, OperationsRead, TokensWrite}

// Roles are named sets of scopes, for [Sign]. A token carries the scopes, not the role.
var Roles = map[string][]Scope{
	"viewer":   {CustomersRead},
	"agent":    {CustomersRead, PIIRead},
	"analyst":  {CustomersRead, PIIRead},
	"marketer": {CustomersRead, SegmentsWrite},
	"steward":  {CustomersRead, PIIRead, IdentityWrite},
	"admin":    scopes,
}

// Principal is who a verified token speaks for. It is shared between requests: never change one.
type Principal struct {
	Subject  string    // "sub"; may be empty
	TokenID  string    // "jti"; may be empty
	IssuedAt time.Time // "iat"; zero when the token does not say
	Expires  time.Time // "exp", or earlier; a stream opened with the token ends then
	Granted  []Scope   // in the order of the constants above, each once
}

// Has tells whether s was granted. A nil principal has nothing.
func (p *Principal) Has(s Scope) bool { return p != nil && slices.Contains(p.Granted, s) }

type principalKey struct{}

// WithPrincipal is ctx on behalf of p.
func WithPrincipal(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// PrincipalOf is the principal ctx acts for, nil if there is none.
func PrincipalOf(ctx context.Context) *Principal {
	p, _ := ctx.Value(principalKey{}).(*Principal)
	return p
}

// granted picks the known scopes out of a token's list.
func granted(names []string) []Scope {
	var known []Scope
	for _, s := range scopes {
		if slices.Contains(names, string(s)) {
			known = append(known, s)
		}
	}
	return known
}

// scopeText is the inverse of granted, as a token carries it.
func scopeText(granted []Scope) string {
	names := make([]string, len(granted))
	for i, s := range granted {
		names[i] = string(s)
	}
	return strings.Join(names, " ")
}
