package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"kith/fault"
)

// Keys are the write keys of the sources. Only their hashes are kept.
type Keys struct {
	entries []writeKey
	sources []string // sorted, each once
}

type writeKey struct {
	sum      [sha256.Size]byte
	source   string
	disabled bool
}

var (
	sourceName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
	// A write key travels in paths, queries and as the user of Basic authentication, so it may hold nothing these escape.
	keyText = regexp.MustCompile(`^[A-Za-z0-9_.~-]{8,128}$`)
)

// ParseKeys reads "source:key" entries separated by commas or line breaks. A source may have several keys, for
// changing one without a gap; a key belongs to one source. A minus before an entry, as in "-shop:key", disables that
// key: it is known, and refused. Errors are INVALID and name entries by their place, since a slip may put a key where
// the name should be.
func ParseKeys(spec string) (*Keys, error) {
	const op = "auth.ParseKeys"
	k := &Keys{}
	place := map[[sha256.Size]byte]int{}
	n := 0
	for entry := range strings.FieldsFuncSeq(spec, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		n++
		entry, disabled := strings.CutPrefix(entry, "-")
		source, key, ok := strings.Cut(entry, ":")
		switch {
		case !ok:
			return nil, fault.New(op, fault.Invalid, "write key %d is not of the form source:key", n)
		case !sourceName.MatchString(source):
			return nil, fault.New(op, fault.Invalid, "write key %d has no proper source name: letters, digits, dot, dash and underscore, at most 64", n)
		case !keyText.MatchString(key):
			return nil, fault.New(op, fault.Invalid, "write key %d, of source %s, is not made of 8 to 128 letters, digits, dots, dashes, underscores and tildes", n, source)
		}
		sum := sha256.Sum256([]byte(key))
		if first, twice := place[sum]; twice {
			return nil, fault.New(op, fault.Invalid, "write keys %d and %d are the same; a key belongs to one source", first, n)
		}
		place[sum] = n
		k.entries = append(k.entries, writeKey{sum, source, disabled})
		k.sources = append(k.sources, source)
	}
	if n == 0 {
		return nil, fault.New(op, fault.Invalid, "there are no write keys, so no source could send anything")
	}
	slices.Sort(k.sources)
	k.sources = slices.Compact(k.sources)
	return k, nil
}

// Check is the source key belongs to. Errors are UNAUTHENTICATED for an unknown key and FORBIDDEN for a disabled one.
func (k *Keys) Check(key string) (source string, err error) {
	const op = "auth.Check"
	if key == "" {
		return "", fault.New(op, fault.Unauthenticated, "there is no write key: send it as the user of Basic authentication, or as writeKey in the body or query")
	}
	found := k.find(key)
	switch {
	case found == nil:
		return "", fault.New(op, fault.Unauthenticated, "the write key is not known here")
	case found.disabled:
		return "", fault.New(op, fault.Forbidden, "the write key of source %s is disabled", found.source)
	}
	return found.source, nil
}

// Source is the name of the source key belongs to; not ok for unknown and disabled keys.
func (k *Keys) Source(key string) (name string, ok bool) {
	name, err := k.Check(key)
	return name, err == nil
}

// find compares with every key, each time in full, so that the time taken tells nothing about any of them.
func (k *Keys) find(key string) *writeKey {
	sum := sha256.Sum256([]byte(key))
	at := -1
	for i := range k.entries {
		at = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(sum[:], k.entries[i].sum[:]), i, at)
	}
	if at < 0 {
		return nil
	}
	return &k.entries[at]
}

// Sources are the names of the sources, sorted; also of those whose keys are all disabled.
func (k *Keys) Sources() []string { return slices.Clone(k.sources) }

// Format shows how many keys there are and of whom, under every verb.
func (k *Keys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.summary()) }

// LogValue is the same for logs.
func (k *Keys) LogValue() slog.Value { return slog.StringValue(k.summary()) }

func (k *Keys) summary() string {
	if k == nil {
		return "no write keys"
	}
	return fmt.Sprintf("%d write keys of %s", len(k.entries), strings.Join(k.sources, ", "))
}
