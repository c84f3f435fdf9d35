package model

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/sosodev/duration"

	"kith/event"
	"kith/fault"
)

// invalid is the error of a scalar that cannot be read. Its text never repeats the value: it may be personal.
func invalid(text string) error { return fault.New("model.scalar", fault.Invalid, "%s", text) }

// verbatim is JSON that is written as it is. The executor writes to memory, which does not fail.
type verbatim []byte

func (v verbatim) MarshalGQL(w io.Writer) { _, _ = w.Write(v) }

// MarshalTime writes a moment in RFC 3339, UTC, with milliseconds.
func MarshalTime(m event.Millis) graphql.Marshaler {
	return verbatim(AppendTime(make([]byte, 0, 26), m))
}

// AppendTime appends what MarshalTime writes.
func AppendTime(b []byte, m event.Millis) []byte {
	b = m.Time().AppendFormat(append(b, '"'), "2006-01-02T15:04:05.000Z")
	return append(b, '"')
}

// UnmarshalTime reads a moment in RFC 3339 with any offset; digits finer than a millisecond are cut.
func UnmarshalTime(v any) (event.Millis, error) {
	s, ok := v.(string)
	if !ok {
		return 0, invalid("Time is a string in RFC 3339, for example 2026-01-02T03:04:05.678Z")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, invalid("not a time in RFC 3339, for example 2026-01-02T03:04:05.678Z")
	}
	return event.MillisOf(t), nil
}

// MarshalJSON writes stored JSON as it is. Nil is null.
func MarshalJSON(v json.RawMessage) graphql.Marshaler {
	if len(v) == 0 {
		return graphql.Null
	}
	return verbatim(v)
}

// UnmarshalJSON encodes a value of a query again. Numbers keep their digits; HTML characters are not escaped.
func UnmarshalJSON(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, invalid("not a JSON value")
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// MarshalDuration writes an ISO 8601 duration.
func MarshalDuration(v string) graphql.Marshaler { return graphql.MarshalString(v) }

// UnmarshalDuration checks that v is an ISO 8601 duration, not negative, and keeps its text: P1M is no fixed time.
func UnmarshalDuration(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", invalid("Duration is a string in ISO 8601, for example P30D or PT15M")
	}
	d, err := duration.Parse(s)
	if err != nil || d.Negative {
		return "", invalid("not a duration in ISO 8601, for example P30D or PT15M")
	}
	return s, nil
}

// safe is the greatest integer that every reader of JSON numbers keeps exactly: 2^53 - 1.
const safe = 1<<53 - 1

// MarshalInt64 writes an integer as a number when every client can keep it, else as a string.
func MarshalInt64(v int64) graphql.Marshaler {
	s := strconv.FormatInt(v, 10)
	if v > safe || v < -safe {
		s = `"` + s + `"`
	}
	return verbatim(s)
}

// UnmarshalInt64 reads an integer from a number or a string.
func UnmarshalInt64(v any) (int64, error) {
	if s, ok := v.(string); ok {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return 0, invalid("not a 64-bit integer")
		}
		return n, nil
	}
	return integer(v)
}

// MarshalInt writes a 32-bit integer.
func MarshalInt(v int) graphql.Marshaler {
	return verbatim(strconv.Itoa(v))
}

// UnmarshalInt reads an integer and refuses what does not fit 32 bits, as the specification of GraphQL asks.
func UnmarshalInt(v any) (int, error) {
	n, err := integer(v)
	if err != nil {
		return 0, err
	}
	if n < math.MinInt32 || n > math.MaxInt32 {
		return 0, invalid("Int has 32 bits; the number does not fit")
	}
	return int(n), nil
}

func integer(v any) (int64, error) {
	switch v := v.(type) {
	case int64:
		return v, nil
	case int:
		return int64(v), nil
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		if f, err := v.Float64(); err == nil && f == math.Trunc(f) && math.Abs(f) <= safe {
			return int64(f), nil
		}
	case float64:
		if v == math.Trunc(v) && math.Abs(v) <= safe {
			return int64(v), nil
		}
	}
	return 0, invalid("not an integer")
}
