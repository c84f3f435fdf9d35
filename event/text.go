package event

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxIdentifier bounds an identifier's value, in bytes: longer ones are tokens or accidents, and would not fit into
// an index of the graph.
const maxIdentifier = 500

// plainText is the text of a string or a number, as an id is read: without NULs, trimmed. It is empty for anything
// else; wrong then says that something else was there.
func plainText(raw []byte) (text []byte, wrong bool) {
	switch {
	case isAbsent(raw):
		return nil, false
	case isString(raw):
		text = unquote(raw)
		if bytes.IndexByte(text, 0) >= 0 {
			text = bytes.ReplaceAll(text, []byte{0}, nil)
		}
		return bytes.TrimFunc(text, isPadding), false
	case isNumber(raw):
		return numberText(raw), false
	}
	return nil, true
}

// idText is plainText for an identifier's value. warn says why there is none although something was there.
func idText(raw []byte) (text []byte, warn string) {
	text, wrong := plainText(raw)
	switch {
	case wrong:
		return nil, WarnType
	case len(text) > maxIdentifier:
		return nil, WarnIdentifierLong
	}
	return text, ""
}

// hasID reports whether raw holds an identifier's value.
func hasID(raw []byte) bool {
	text, warn := idText(raw)
	return len(text) > 0 && warn == ""
}

// numberText is how a number reads as an id: integers keep their digits, however many; 1.0 and 1e3 are the integers
// they equal.
func numberText(raw []byte) []byte {
	if !bytes.ContainsAny(raw, ".eE") {
		if string(raw) == "-0" {
			return []byte("0")
		}
		return raw
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return raw
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.AppendInt(nil, int64(f), 10)
	}
	return strconv.AppendFloat(nil, f, 'g', -1, 64)
}

// isPadding reports whether r means nothing at the edge of a value: white space, controls, and the invisible
// characters that copying from web pages brings along.
func isPadding(r rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return true
	}
	return unicode.IsSpace(r) || unicode.IsControl(r)
}

// trimText trims s and removes NULs.
func trimText(s string) string {
	return strings.TrimFunc(strings.ReplaceAll(s, "\x00", ""), isPadding)
}

// tidy trims s, makes every run of white space one space, and composes it (NFC). Case is kept: it is part of names.
func tidy(s string) string {
	s = norm.NFC.String(trimText(s))
	return strings.Join(strings.Fields(s), " ")
}

// cut is s, cut to at most n characters.
func cut(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}
