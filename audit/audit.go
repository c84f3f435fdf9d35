// Package audit keeps who read which customer and who changed what: entries are handed over without waiting, written in
// blocks, and read newest first. It holds ids and names of operations, never a value of a customer.
package audit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kith/event"
	"kith/fault"
)

// Kind is what somebody did.
type Kind string

// The kinds.
const (
	Read   Kind = "READ"   // of single customers
	Change Kind = "CHANGE" // by a mutation
)

// Entry is one thing that somebody did.
type Entry struct {
	At      event.Millis `json:"at"`
	Subject string       `json:"by"`
	TokenID string       `json:"token,omitempty"`
	Kind    Kind         `json:"kind"`
	Action  string       `json:"do"`                // the field of Query, Mutation or Subscription
	Targets []string     `json:"of,omitempty"`      // ids of what was read or changed
	Outcome string       `json:"outcome,omitempty"` // empty: it was done; else the code of the error
	Request string       `json:"request,omitempty"`
}

// maxTargets bounds the ids of one entry.
const maxTargets = 200

// Filter says which entries are wanted. Empty fields leave nothing out.
type Filter struct {
	Subject  string
	Action   string
	Kind     Kind
	Targets  []string     // any of them
	Also     []string     // and any of them
	From, To event.Millis // from inclusive, to exclusive
}

func (f Filter) match(e Entry) bool {
	return (f.Subject == "" || e.Subject == f.Subject) && (f.Action == "" || e.Action == f.Action) && (f.Kind == "" || e.Kind == f.Kind) &&
		(f.From == 0 || e.At >= f.From) && (f.To == 0 || e.At < f.To) &&
		e.about(f.Targets) && e.about(f.Also)
}

// about reports whether any of the ids is among the entry's targets; with no ids it is.
func (e Entry) about(ids []string) bool {
	return len(ids) == 0 || slices.ContainsFunc(e.Targets, func(id string) bool { return slices.Contains(ids, id) })
}

// place is an entry's place in the trail: the sequence of its block, and its index there.
type place struct {
	epoch string
	block uint64
	index int
}

func (p place) String() string { return fmt.Sprintf("%s-%d-%d", p.epoch, p.block, p.index) }

func parsePlace(text string) (place, error) {
	wrong := &fault.Error{Op: "audit.parsePlace", Code: fault.Invalid, Message: "This is not a cursor of the audit trail.", Field: "after"}
	epoch, rest, _ := strings.Cut(text, "-")
	block, index, _ := strings.Cut(rest, "-")
	b, err := strconv.ParseUint(block, 10, 63)
	if err != nil || b == 0 || epoch == "" {
		return place{}, wrong
	}
	i, err := strconv.ParseUint(index, 10, 31)
	if err != nil {
		return place{}, wrong
	}
	return place{epoch, b, int(i)}, nil
}

// encode makes a block of entries: an array, oldest first.
func encode(entries []Entry) ([]byte, error) { return json.Marshal(entries) }

func decode(block []byte) ([]Entry, error) {
	var entries []Entry
	err := json.Unmarshal(block, &entries)
	return entries, err
}
