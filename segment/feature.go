package segment

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"kith/event"
)

// Limits of what is kept. Each cuts a set by an order that has nothing to do with arrival, so what is kept of two sets
// is what is kept of their union.
const (
	// MaxEntries is how many single events a slot keeps: the newest. Windows and sequences see no others.
	MaxEntries = 2000
	// MaxDistinct is how many different values a slot counts one by one: those with the smallest hashes.
	MaxDistinct = 100
	// distinctBytes is how long these may be in all.
	distinctBytes = 1400
	// maxValue is the bytes of a value that is kept; longer ones do not count.
	maxValue = 100
)

// FeatureID names a feature: a hash of what it is, but for how far it reaches.
type FeatureID [6]byte

// String is the id in letters and digits.
func (id FeatureID) String() string { return hex.EncodeToString(id[:]) }

// Feature is what conditions and computed traits need to know of some events. Those that need the same share one, which
// reaches as far as any of them needs.
type Feature struct {
	ID   FeatureID `json:"-"`
	spec spec
	test []test
	// quoted is what the text of an event has in it if it has the property; nil when that cannot be told.
	quoted []byte
}

// spec is a feature's definition.
type spec struct {
	Names    []string     `json:"n,omitempty"` // none: any event
	Where    []Comparison `json:"w,omitempty"`
	Property string       `json:"p,omitempty"` // "context.…" and "channel" are of the call, all else of its properties
	Kind     kind         `json:"k"`
	Reach
}

// Reach is how much of its events a feature keeps.
type Reach struct {
	Ever   bool      `json:"e,omitempty"` // what is older than the window counts in totals
	Window *Duration `json:"d,omitempty"` // single events are kept so long
	Newest int       `json:"m,omitempty"` // and of those, this many; 0 is all
	All    bool      `json:"a,omitempty"` // single events are kept for good
}

// with is what serves both. Windows of months share a feature only with their like, so that of two one is longer.
func (r Reach) with(o Reach) Reach {
	out := Reach{Ever: r.Ever || o.Ever, All: r.All || o.All, Window: r.Window, Newest: r.Newest}
	switch {
	case r.Window == nil:
		out.Window, out.Newest = o.Window, o.Newest
	case o.Window != nil:
		if o.Window.Millis > r.Window.Millis {
			out.Window = o.Window
		}
		if out.Newest = max(r.Newest, o.Newest); r.Newest == 0 || o.Newest == 0 {
			out.Newest = 0
		}
	}
	return out
}

// Covers says that what is kept serves who needs o, too.
func (r Reach) Covers(o Reach) bool {
	both := r.with(o)
	return both.Ever == r.Ever && both.All == r.All && both.Newest == r.Newest && (both.Window == nil) == (r.Window == nil) && (r.Window == nil || *both.Window == *r.Window)
}

// kind says what of an event is kept.
type kind uint8

const (
	times   kind = iota // when
	numbers             // when, and a number
	values              // when, and a value, each counted
	edges               // when, and a value: the first and the last
	ordered             // when, and in which order
	latest              // when last, of those that are of somebody's own doing
)

func newFeature(s spec) *Feature {
	s.Where = slices.Clone(s.Where)
	slices.SortFunc(s.Where, func(a, b Comparison) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Op, b.Op), cmp.Compare(string(a.Value), string(b.Value)))
	})
	slices.Sort(s.Names)
	what := s
	what.Reach = Reach{}
	if s.Window != nil && !s.Window.fixed() {
		what.Window = s.Window
	}
	text, err := json.Marshal(what)
	if err != nil {
		panic("segment: a condition that was checked is JSON: " + err.Error())
	}
	f := &Feature{spec: s, test: readyAll(s.Where)}
	if s.Property != "" && s.Property != channelProperty {
		f.quoted = quoted(s.Property)
	}
	sum := sha256.Sum256(text)
	copy(f.ID[:], sum[:])
	return f
}

// Reach is how much it keeps.
func (f *Feature) Reach() Reach { return f.spec.Reach }

// Names are the events it is about; none means any.
func (f *Feature) Names() []string { return f.spec.Names }

// Since is the time before which events do not matter any more, and whether there is one.
func (f *Feature) Since(now event.Millis) (event.Millis, bool) {
	if f.spec.Ever || f.spec.All || f.spec.Window == nil {
		return 0, false
	}
	d := *f.spec.Window
	return now - d.Millis - event.Millis(d.Months)*31*day - day, true
}

// Reads says whether it looks into the properties of events, and into their contexts: only those with this text in them.
func (f *Feature) Reads() (properties bool, context string) {
	if strings.HasPrefix(f.spec.Property, contextPrefix) {
		if f.quoted == nil {
			return len(f.test) > 0, "{"
		}
		return len(f.test) > 0, string(f.quoted)
	}
	return len(f.test) > 0 || f.spec.Property != "" && f.spec.Property != channelProperty, ""
}

const (
	contextPrefix   = "context."
	channelProperty = "channel"
)

// Fact is an event as features see it.
type Fact struct {
	At                event.Millis
	MessageID, Source string
	Name, Channel     string
	Passive           bool   // not of somebody's own doing
	Properties        []byte // JSON object
	Context           []byte // JSON object

	properties, context any // decoded
}

func (x *Fact) decoded(of string) any {
	if of == contextPrefix {
		if x.context == nil {
			if x.context = decode(x.Context); x.context == nil {
				x.context = map[string]any{}
			}
		}
		return x.context
	}
	if x.properties == nil {
		if x.properties = decode(x.Properties); x.properties == nil {
			x.properties = map[string]any{}
		}
	}
	return x.properties
}

// Take is what the feature keeps of an event; ok is false when it keeps nothing.
func (f *Feature) Take(x *Fact) (e Entry, ok bool) {
	if len(f.spec.Names) > 0 && !slices.Contains(f.spec.Names, x.Name) {
		return e, false
	}
	if !f.mayHold(x) {
		return e, false
	}
	for i := range f.test {
		// Comparisons with the clock are not allowed in where, so it does not matter.
		if met, _ := f.test[i].met(look(x.decoded(""), f.test[i].key), 0); !met {
			return e, false
		}
	}
	e.At = x.At
	switch f.spec.Kind {
	case numbers:
		n, is := f.value(x).(json.Number)
		if !is {
			return e, false
		}
		e.N, is = ParseAmount(string(n))
		return e, is && e.N.summable()
	case values, edges:
		if f.spec.Kind == edges {
			e.Tie = tie(x)
		}
		var is bool
		e.V, is = scalar(f.value(x))
		return e, is
	case ordered:
		e.Tie = tie(x)
	case latest:
		return e, !x.Passive
	}
	return e, true
}

// mayHold is false when the text of the event shows that it has not the property whose value counts: most events do
// not, and need not be decoded.
func (f *Feature) mayHold(x *Fact) bool {
	if f.quoted == nil {
		return true
	}
	if strings.HasPrefix(f.spec.Property, contextPrefix) {
		return bytes.Contains(x.Context, f.quoted)
	}
	return bytes.Contains(x.Properties, f.quoted)
}

// quoted is the name of the first object that a key looks into as it stands in JSON; nil when it may be escaped there.
func quoted(key string) []byte {
	key = strings.TrimPrefix(key, contextPrefix)
	root, _, _ := strings.Cut(key, ".")
	for _, r := range root {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != ' ' && r != '-' {
			return nil
		}
	}
	return []byte(`"` + root)
}

// tie decides among equal times.
func tie(x *Fact) string { return x.MessageID + "\x00" + x.Source }

func (f *Feature) value(x *Fact) any {
	if f.spec.Property == channelProperty {
		return any(x.Channel)
	}
	if rest, of := strings.CutPrefix(f.spec.Property, contextPrefix); of {
		return look(x.decoded(contextPrefix), rest)
	}
	return look(x.decoded(""), f.spec.Property)
}

// keeps says that a single event has to be kept, as far as its time goes.
func (f *Feature) keeps(at, now event.Millis) bool {
	switch {
	case at > now || f.spec.All:
		return true
	case f.spec.Window == nil:
		return false
	}
	return f.spec.Window.After(at)+f.spec.Window.slack() >= now
}
