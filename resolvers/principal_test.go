package resolvers

import (
	"kith/auth"
)

func principal(role string) *auth.Principal {
	return &auth.Principal{Subject: "stew", Granted: map[string][]auth.Scope{
		"viewer":  {"customers:read"},
		"agent":   {"customers:read", "pii:read"},
		"steward": {"customers:read", "pii:read", "identity:write"},
		"admin":   {"customers:read", "pii:read", "identity:write", "segments:write", "sources:write", "operations:read"},
	}[role]}
}
