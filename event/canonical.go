package event

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// Canonical form: no white space, names sorted by their bytes, the last of duplicate names alone, strings in valid
// UTF-8 with the fewest escapes, numbers with the digits they were sent with. Two values that say the same have the
// same bytes, so that contents can be hashed and compared.

// field is a member of an object: its name, decoded, and its value, raw. path says where the object stood, where
// members of several meet.
type field struct {
	name  []byte
	value []byte
	path  string
}

// appendFields appends the members of the object raw as they stand.
func appendFields(fields []field, raw []byte) []field {
	for w := walk(raw); ; {
		name, value, ok := w.member()
		if !ok {
			return fields
		}
		fields = append(fields, field{name: name, value: value})
	}
}

// sortFields sorts by name and keeps the last of equal names.
func sortFields(fields []field) []field {
	slices.SortStableFunc(fields, func(a, b field) int { return bytes.Compare(a.name, b.name) })
	kept := fields[:0]
	for i, f := range fields {
		if i+1 == len(fields) || !bytes.Equal(f.name, fields[i+1].name) {
			kept = append(kept, f)
		}
	}
	return kept
}

// sortedFields are the members of an object in canonical order; none of anything else.
func sortedFields(raw []byte) []field {
	if !isObject(raw) {
		return nil
	}
	return sortFields(appendFields(nil, raw))
}

// appendCanonical appends the value raw in canonical form.
func appendCanonical(dst, raw []byte) []byte {
	switch raw[0] {
	case '{':
		return appendMerged(dst, nil, raw)
	case '[':
		dst = append(dst, '[')
		first := true
		for w := walk(raw); w.more(); first = false {
			if !first {
				dst = append(dst, ',')
			}
			element, _ := w.value()
			dst = appendCanonical(dst, element)
		}
		return append(dst, ']')
	case '"':
		if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
			return append(dst, raw...)
		}
		return appendQuote(dst, unquote(raw))
	}
	return append(dst, raw...)
}

// appendMerged appends, in canonical form, over laid on base: where both are objects, name by name and so on down;
// else over. Either may be nil for absent.
func appendMerged(dst, base, over []byte) []byte {
	switch {
	case over == nil && base == nil:
		return append(dst, "{}"...)
	case over == nil:
		return appendCanonical(dst, base)
	case !isObject(over):
		return appendCanonical(dst, over)
	}
	var room [16]field
	fields := sortFields(appendFields(room[:0], over))
	var under []field
	if isObject(base) {
		under = sortedFields(base)
	}
	dst = append(dst, '{')
	first := true
	for len(fields) > 0 || len(under) > 0 {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		order := -1 // the next is of over (-1), of base (1), of both (0)
		switch {
		case len(fields) == 0:
			order = 1
		case len(under) > 0:
			order = bytes.Compare(fields[0].name, under[0].name)
		}
		switch {
		case order > 0:
			dst = appendMember(dst, under[0].name)
			dst = appendCanonical(dst, under[0].value)
			under = under[1:]
		case order < 0:
			dst = appendMember(dst, fields[0].name)
			dst = appendCanonical(dst, fields[0].value)
			fields = fields[1:]
		default:
			dst = appendMember(dst, fields[0].name)
			dst = appendMerged(dst, under[0].value, fields[0].value)
			fields, under = fields[1:], under[1:]
		}
	}
	return append(dst, '}')
}

// appendMember appends a name and its colon.
func appendMember(dst, name []byte) []byte {
	return append(appendQuote(dst, name), ':')
}
