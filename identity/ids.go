package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// CustomerID is "cus_" and a keyed hash of an identifier's key. Every identifier owns one for ever, and a customer
// carries that of its anchor.
type CustomerID string

// IdentifierID is "idn_" and the same hash: the name of an identifier that gives nothing away.
type IdentifierID string

const (
	customerPrefix   = "cus_"
	identifierPrefix = "idn_"
	householdPrefix  = "hh_"
)

var lower32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// CustomerIDOf is the customer id that an identifier owns in the workspace with this key: 24 characters behind the
// prefix, 120 bits of HMAC-SHA256.
func CustomerIDOf(workspace []byte, k Key) CustomerID {
	return CustomerID(customerPrefix + hashed(workspace, string(k)))
}

func hashed(workspace []byte, text string) string {
	mac := hmac.New(sha256.New, workspace)
	mac.Write([]byte(text))
	var sum [sha256.Size]byte
	return lower32.EncodeToString(mac.Sum(sum[:0])[:15])
}

// IdentifierIDOf is the id of an identifier in the workspace with this key.
func IdentifierIDOf(workspace []byte, k Key) IdentifierID {
	return CustomerIDOf(workspace, k).Identifier()
}

// HouseholdID is "hh_" and a keyed hash of what the people of a household have in common; see match.Household.
type HouseholdID string

// HouseholdIDOf is the id of the household with this key in the workspace with this key.
func HouseholdIDOf(workspace []byte, household string) HouseholdID {
	return HouseholdID(householdPrefix + hashed(workspace, "household:"+household))
}

// Identifier is the id of the identifier that owns c.
func (c CustomerID) Identifier() IdentifierID {
	return IdentifierID(identifierPrefix + strings.TrimPrefix(string(c), customerPrefix))
}

// Customer is the customer id that the identifier i owns.
func (i IdentifierID) Customer() CustomerID {
	return CustomerID(customerPrefix + strings.TrimPrefix(string(i), identifierPrefix))
}
