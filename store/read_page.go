package store

import (
	"encoding/base64"
	"strconv"
	"strings"

	"kith/event"
	"kith/fault"
)

// Mark is a place in a list: right at one of its entries. It holds what the list is ordered by, so that it stays
// right when entries come and go, and nothing personal, because it is handed to clients inside cursors.
type Mark struct {
	Rank int64        // of lists that order by more than a time: the type's rank, or how well a search is met
	At   event.Millis // the time ordered by
	ID   string       // breaks ties
}

// Cursor is m as an opaque text. list names the list and its order, so that a cursor of another is refused.
func (m Mark) Cursor(list string) string {
	plain := list + " " + strconv.FormatInt(m.Rank, 36) + " " + strconv.FormatInt(int64(m.At), 36) + " " + m.ID
	return base64.RawURLEncoding.EncodeToString([]byte(plain))
}

// ParseMark reads what Cursor wrote for the same list. Anything else is INVALID.
func ParseMark(list, cursor string) (Mark, error) {
	wrong := fault.New("store.ParseMark", fault.Invalid, "This is not a cursor of this list; use a cursor from the same field with the same order.")
	plain, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return Mark{}, wrong
	}
	parts := strings.Split(string(plain), " ")
	if len(parts) != 4 || parts[0] != list || parts[3] == "" {
		return Mark{}, wrong
	}
	rank, err := strconv.ParseInt(parts[1], 36, 64)
	if err != nil {
		return Mark{}, wrong
	}
	at, err := strconv.ParseInt(parts[2], 36, 64)
	if err != nil {
		return Mark{}, wrong
	}
	return Mark{rank, event.Millis(at), parts[3]}, nil
}

// Slice asks for the First entries of a list behind After; nil is its start.
type Slice struct {
	First int
	After *Mark
}

// Entry is one entry of a page and its place in the list.
type Entry[T any] struct {
	Mark Mark
	Node T
}

// Page is a part of a list, in the order of the list.
type Page[T any] struct {
	Entries     []Entry[T]
	HasNext     bool
	HasPrevious bool
}

// cut makes a page of what a slice found when it asked for one more than it shows.
func cut[T any](entries []Entry[T], s Slice) *Page[T] {
	p := &Page[T]{Entries: entries, HasPrevious: s.After != nil}
	if len(entries) > s.First {
		p.Entries, p.HasNext = entries[:s.First], true
	}
	return p
}

// The ends of every order: no id is below the one or above the other, which are prefixed hashes all.
const (
	firstID = ""
	lastID  = "~"
	firstAt = event.Millis(-1 << 63)
	lastAt  = event.Millis(1<<63 - 1)
)

// from are the parameters of a slice of a list in ascending order, under names with the given prefix.
func (s Slice) from(p map[string]any, prefix string) {
	after := Mark{Rank: -1, At: firstAt, ID: firstID}
	if s.After != nil {
		after = *s.After
	}
	p[prefix+"Rank"], p[prefix+"At"], p[prefix+"ID"], p[prefix+"N"] = after.Rank, int64(after.At), after.ID, s.First+1
}
