package pipeline

import (
	"crypto/sha256"
	"encoding/base32"

	"kith/identity"
)

var lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// id hashes parts into a name of 26 letters and digits. Parts are length-prefixed, so that no two lists of parts
// give the same text.
func id(prefix string, parts ...string) string {
	h := sha256.New()
	var n [4]byte
	for _, p := range parts {
		n[0], n[1], n[2], n[3] = byte(len(p)>>24), byte(len(p)>>16), byte(len(p)>>8), byte(len(p))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	var sum [sha256.Size]byte
	return prefix + lower.EncodeToString(h.Sum(sum[:0])[:16])
}

// TouchpointID is the id of the touchpoint of a call. The guarantee that a call counts once is that this is unique.
func TouchpointID(source, messageID string) string { return id("tp_", source, messageID) }

// AccountID is the id of the account of a group id.
func AccountID(groupID string) string { return id("acc_", groupID) }

func linkID(a, b identity.Key, kind, source string) string {
	return id("", string(a), string(b), kind, source)
}

// recordLinkID names an edge that one record asserts, apart from those that calls and other records do.
func recordLinkID(pair [2]identity.Key, record string) string {
	return id("", string(pair[0]), string(pair[1]), "RECORD", record)
}

func worksAtID(k identity.Key, account, source string) string {
	return id("", string(k), account, source)
}
