package event

import (
	"strconv"
	"strings"
	"time"
)

// aheadLimit is how far ahead of its receipt an event may claim to be.
const aheadLimit = Millis(24 * time.Hour / time.Millisecond)

// oldest is the earliest time a clock is believed: what is before it is a zero value (the year 1) or an accident.
var oldest = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)

// timeLayouts are the notations of moments that are unambiguous. A time without a zone is taken as UTC.
var timeLayouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999Z0700",
	"2006-01-02T15:04:05.999999999",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999Z0700",
	"2006-01-02 15:04:05.999999999 -0700 MST",
	"2006-01-02 15:04:05.999999999 -0700",
	"2006-01-02 15:04:05.999999999 MST",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02",
	time.RFC1123,
	time.RFC1123Z,
}

type timeState int

const (
	timeAbsent timeState = iota
	timeRead
	timeInvalid
)

// parseTime reads a moment: a string in one of timeLayouts, or a number or a string of digits that counts seconds or,
// from 10¹¹ on, milliseconds since 1970.
func parseTime(raw []byte) (Millis, timeState) {
	if isEmpty(raw) {
		return 0, timeAbsent
	}
	text, _ := plainText(raw)
	t, ok := readTime(string(text))
	if !ok || t.Before(oldest) || t.Year() > 9999 {
		return 0, timeInvalid
	}
	return MillisOf(t), timeRead
}

func readTime(text string) (time.Time, bool) {
	if t, err := time.Parse(timeLayouts[0], text); err == nil {
		return t, true
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && !strings.ContainsAny(text, "xXnNpP_") {
		switch {
		case n >= 1e11 && n < 1e13:
			return time.UnixMilli(int64(n)), true
		case n >= 1e8 && n < 1e11: // smaller numbers are more likely years, dates or counters
			return time.UnixMilli(int64(n * 1000)), true
		}
		return time.Time{}, false
	}
	if len(text) < len("2006-01-02") || len(text) > 64 {
		return time.Time{}, false
	}
	for _, layout := range timeLayouts[1:] {
		if t, err := time.Parse(layout, text); err == nil && knownZone(t) {
			return t, true
		}
	}
	return time.Time{}, false
}

// knownZone is false where a zone's abbreviation was read but its offset is not known, which time.Parse makes UTC.
func knownZone(t time.Time) bool {
	name, offset := t.Zone()
	return offset != 0 || name == "" || name == "UTC" || name == "GMT" || name == "Z"
}

// clock works out when a call took place: the client's time, set right by how far its clock was off when it sent the
// call. What it cannot read it remarks on and does without.
func (d *decoder) clock(receivedAt Millis, timestamp, original, sentAt []byte) Millis {
	read := func(raw []byte, field string) (Millis, bool) {
		t, state := parseTime(raw)
		if state == timeInvalid {
			d.warn(WarnTimestamp, field)
		}
		return t, state == timeRead
	}
	at, known := read(timestamp, "timestamp")
	if !known {
		at, known = read(original, "originalTimestamp")
	}
	sent, hasSent := read(sentAt, "sentAt")
	if !known {
		return receivedAt
	}
	if hasSent {
		at = receivedAt - (sent - at)
	}
	if at > receivedAt+aheadLimit {
		d.warn(WarnAhead, "timestamp")
		return receivedAt
	}
	return at
}

// Moment reads a time that was sent as a value: RFC 3339 and its like, a day, or seconds or milliseconds since 1970. Without
// a zone it is UTC. ok is false when it is none, or before 1900 or after 9999.
func Moment(text string) (at Millis, ok bool) {
	t, ok := readTime(text)
	if !ok || t.Before(oldest) || t.Year() > 9999 {
		return 0, false
	}
	return MillisOf(t), true
}
