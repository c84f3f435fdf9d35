package segment

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"kith/event"
	"kith/fault"
)

// Duration is a length of time: months, whose length the calendar says, and milliseconds. A day is 24 hours, and the
// calendar is that of UTC.
type Duration struct {
	Months int32
	Millis event.Millis
}

const (
	second = 1000
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour

	maxYears = 100
)

// ParseDuration reads ISO 8601, for example P30D, PT15M or P1Y2M. It is longer than nothing and at most 100 years.
func ParseDuration(text string) (Duration, error) {
	bad := fault.New("segment.ParseDuration", fault.Invalid, "A duration is written like P30D, PT15M or P1Y2M, longer than nothing and at most %d years.", maxYears)
	rest, ok := strings.CutPrefix(text, "P")
	if !ok || rest == "" || len(text) > 64 || strings.HasSuffix(rest, "T") {
		return Duration{}, bad
	}
	var d Duration
	units, clock := "YMWD", false
	for rest != "" {
		if rest[0] == 'T' {
			if clock {
				return Duration{}, bad
			}
			units, clock, rest = "HMS", true, rest[1:]
			continue
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if end <= 0 {
			return Duration{}, bad
		}
		unit := strings.IndexByte(units, rest[end])
		if unit < 0 {
			return Duration{}, bad
		}
		number, symbol := rest[:end], rest[end]
		units, rest = units[unit+1:], rest[end+1:]
		n, err := strconv.ParseInt(number, 10, 64)
		if symbol == 'S' && clock && strings.Contains(number, ".") {
			f, ferr := strconv.ParseFloat(number, 64)
			if ferr != nil || f > maxYears*366*86400 {
				return Duration{}, bad
			}
			d.Millis += event.Millis(f*second + 0.5)
			continue
		}
		if err != nil || n > maxYears*366*86400 {
			return Duration{}, bad
		}
		switch {
		case clock && symbol == 'H':
			d.Millis += event.Millis(n * hour)
		case clock && symbol == 'M':
			d.Millis += event.Millis(n * minute)
		case clock:
			d.Millis += event.Millis(n * second)
		case symbol == 'Y' && n <= maxYears:
			d.Months += int32(n * 12)
		case symbol == 'M' && n <= maxYears*12:
			d.Months += int32(n)
		case symbol == 'W':
			d.Millis += event.Millis(n * 7 * day)
		case symbol == 'D':
			d.Millis += event.Millis(n * day)
		default:
			return Duration{}, bad
		}
	}
	if d.Months == 0 && d.Millis == 0 || int64(d.Months)*31*day+int64(d.Millis) > maxYears*372*day {
		return Duration{}, bad
	}
	return d, nil
}

// After is the moment d after at. A month on from a day that the month does not have is its last day.
func (d Duration) After(at event.Millis) event.Millis {
	if d.Months != 0 {
		t := at.Time()
		y, m, dd := t.Date()
		first := time.Date(y, m+time.Month(d.Months), 1, 0, 0, 0, 0, time.UTC)
		last := first.AddDate(0, 1, -1).Day()
		midnight := time.Date(y, m, dd, 0, 0, 0, 0, time.UTC)
		at = event.MillisOf(first.AddDate(0, 0, min(dd, last)-1)) + at - event.MillisOf(midnight)
	}
	return at + d.Millis
}

// fixed says that d is as long wherever it begins, so that what begins later never ends earlier.
func (d Duration) fixed() bool { return d.Months == 0 }

// slack is by how much what begins later may end earlier.
func (d Duration) slack() event.Millis {
	if d.fixed() {
		return 0
	}
	return 4 * day
}

// String is d in ISO 8601, each unit as large as it goes but for weeks.
func (d Duration) String() string {
	var b strings.Builder
	b.WriteByte('P')
	put := func(n int64, unit byte) {
		if n != 0 {
			b.WriteString(strconv.FormatInt(n, 10))
			b.WriteByte(unit)
		}
	}
	put(int64(d.Months/12), 'Y')
	put(int64(d.Months%12), 'M')
	ms := int64(d.Millis)
	put(ms/day, 'D')
	if ms %= day; ms != 0 {
		b.WriteByte('T')
		put(ms/hour, 'H')
		put(ms%hour/minute, 'M')
		if ms %= minute; ms%second != 0 {
			b.WriteString(strconv.FormatFloat(float64(ms)/second, 'f', 3, 64))
			b.WriteByte('S')
		} else {
			put(ms/second, 'S')
		}
	}
	return b.String()
}

// last is d as people say it behind "in the last".
func (d Duration) last() string {
	if s, ok := strings.CutPrefix(d.words(), "1 "); ok && !strings.Contains(s, " ") {
		return s
	}
	return d.words()
}

// words is d as people say it.
func (d Duration) words() string {
	var parts []string
	put := func(n int64, unit string) {
		if n != 0 {
			parts = append(parts, strconv.FormatInt(n, 10)+" "+plural(n, unit))
		}
	}
	ms := int64(d.Millis)
	put(int64(d.Months/12), "year")
	put(int64(d.Months%12), "month")
	put(ms/day, "day")
	put(ms%day/hour, "hour")
	put(ms%hour/minute, "minute")
	if s := ms % minute; s%second != 0 {
		parts = append(parts, strconv.FormatFloat(float64(s)/second, 'f', -1, 64)+" seconds")
	} else {
		put(s/second, "second")
	}
	return strings.Join(parts, " ")
}

func plural(n int64, unit string) string {
	if n == 1 {
		return unit
	}
	return unit + "s"
}

// MarshalJSON writes ISO 8601.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads it.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) != nil {
		return fault.New("segment.Duration", fault.Invalid, "a duration is a text")
	}
	var err error
	*d, err = ParseDuration(text)
	return err
}
