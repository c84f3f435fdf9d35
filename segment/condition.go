// Package segment decides who belongs to which segment and what a customer's computed traits are.
//
// A [Condition] says what members meet. What it needs to know of events is broken down into features (see [Feature]),
// and each identifier keeps a [Slot] for every feature its events touch: times, sums and values, put together so that
// the slots of several identifiers can be merged and give what one identifier with all the events would have. So a
// customer is evaluated without reading its history, and merging or splitting customers costs what their identifiers
// cost.
//
// The package is pure: the time is an argument, and every answer says until when it holds if nothing happens.
package segment

import (
	"bytes"
	"encoding/json"
	"io"

	"kith/fault"
)

// Condition is something a customer does or does not meet. Exactly one field is set.
type Condition struct {
	All       []Condition `json:"all,omitempty"`
	Any       []Condition `json:"any,omitempty"`
	Not       *Condition  `json:"not,omitempty"`
	Trait     *Comparison `json:"trait,omitempty"`
	Event     *Event      `json:"event,omitempty"`
	Sequence  *Sequence   `json:"sequence,omitempty"`
	Segment   string      `json:"segment,omitempty"` // id of another segment
	Connected *Connected  `json:"connected,omitempty"`
}

// Comparison compares a trait of a customer, or a property of an event, with a value. A key with dots looks into
// objects, unless there is a value under the whole key.
type Comparison struct {
	Key   string          `json:"key"`
	Op    Operator        `json:"op"`
	Value json.RawMessage `json:"value,omitempty"`
}

// Operator is how to compare.
type Operator string

// The operators. A value of another type than the one asked for is unequal, and neither greater nor less: "5" is not 5.
const (
	EQ            Operator = "EQ"
	NE            Operator = "NE" // also of what is absent
	GT            Operator = "GT"
	GTE           Operator = "GTE"
	LT            Operator = "LT"
	LTE           Operator = "LTE"
	In            Operator = "IN"
	NotIn         Operator = "NOT_IN"   // also of what is absent
	Contains      Operator = "CONTAINS" // a text a text, or a list a value
	StartsWith    Operator = "STARTS_WITH"
	EndsWith      Operator = "ENDS_WITH"
	Exists        Operator = "EXISTS"
	NotExists     Operator = "NOT_EXISTS"
	Before        Operator = "BEFORE"
	After         Operator = "AFTER"
	WithinLast    Operator = "WITHIN_LAST"     // a time that is not ahead, and not longer ago than this
	NotWithinLast Operator = "NOT_WITHIN_LAST" // a time, and not within
)

// Event is a condition on how often something happened, and what it came to.
type Event struct {
	Name    string       `json:"name"`
	Where   []Comparison `json:"where,omitempty"` // all of them
	AtLeast *int         `json:"atLeast,omitempty"`
	AtMost  *int         `json:"atMost,omitempty"`
	Within  *Duration    `json:"within,omitempty"` // back from now, both ends included; nil is ever
	Sum     *Sum         `json:"sum,omitempty"`
}

// Sum compares the sum of a numeric property over the matching events. Over none it is 0.
type Sum struct {
	Property string      `json:"property"`
	Op       Operator    `json:"op"`
	Value    json.Number `json:"value"`
}

// Sequence is steps in this order (of equal times, by message id), all of them Within of the first, which is no older
// than Lookback.
type Sequence struct {
	Steps    []Step    `json:"steps"`
	Within   Duration  `json:"within"`
	Lookback *Duration `json:"lookback,omitempty"`
}

// Step is one event of a sequence.
type Step struct {
	Name  string       `json:"name"`
	Where []Comparison `json:"where,omitempty"`
}

// Connected is met by whom somebody else is connected to who meets Where.
type Connected struct {
	Through Connection `json:"through"`
	Where   Condition  `json:"where"`
}

// Connection is how customers hang together.
type Connection string

// The connections.
const (
	Account   Connection = "ACCOUNT"
	Household Connection = "HOUSEHOLD"
)

// Parse reads a condition as [Condition.Encode] writes it, which is the form of the API's input.
func Parse(text []byte) (Condition, error) {
	var c Condition
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fault.Wrap("segment.Parse", fault.Invalid, err, "This is no condition: %s.", why(err))
	}
	if _, err := d.Token(); err != io.EOF {
		return c, fault.New("segment.Parse", fault.Invalid, "There is more behind the condition.")
	}
	return c, nil
}

// why is what is wrong with a JSON text, in words that quote none of it.
func why(err error) string {
	switch e := err.(type) { //nolint:errorlint // the decoder gives these as they are
	case *json.UnmarshalTypeError:
		return "the field " + e.Field + " is of another type"
	case *json.SyntaxError:
		return "it is not JSON"
	case *fault.Error:
		return e.Message
	}
	return "a field is not known, or the text ends too early"
}

// Encode is c as JSON: equal conditions give equal text.
func (c Condition) Encode() []byte {
	b, err := json.Marshal(c)
	if err != nil {
		panic("segment: a condition that was checked is JSON: " + err.Error())
	}
	return b
}

// walk calls f for c and everything below it that is about the same customer; not for what connected others meet.
func (c *Condition) walk(f func(*Condition)) {
	f(c)
	for i := range c.All {
		c.All[i].walk(f)
	}
	for i := range c.Any {
		c.Any[i].walk(f)
	}
	if c.Not != nil {
		c.Not.walk(f)
	}
}

// Connections are what c asks of customers that are connected to the one it is about, but for what it asks of these about
// others again.
func (c *Condition) Connections() []*Connected {
	var out []*Connected
	c.walk(func(x *Condition) {
		if x.Connected != nil {
			out = append(out, x.Connected)
		}
	})
	return out
}

// Whole calls f for c and everything below it, also for what connected others meet.
func (c *Condition) Whole(f func(*Condition)) {
	c.walk(func(x *Condition) {
		f(x)
		if x.Connected != nil {
			x.Connected.Where.Whole(f)
		}
	})
}
