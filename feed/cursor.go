package feed

import (
	"strconv"
	"strings"

	"kith/fault"
	"kith/identity"
)

// place is a place in the change stream: before change index of message seq. An index past the last change of a message
// is the place between that message and the next.
type place struct {
	seq   uint64
	index int
}

func (p place) before(q place) bool {
	return p.seq < q.seq || p.seq == q.seq && p.index < q.index
}

// cursor is a place with what a subscription needs to go on from there. Its text is the stream's epoch, sequence and index
// and, of one that watches a person, the id it watches and, where that differs, the customer that held it there.
type cursor struct {
	epoch   string
	at      place
	watched identity.CustomerID
	holder  identity.CustomerID
}

func (c cursor) String() string {
	b := make([]byte, 0, 96)
	b = append(append(b, c.epoch...), '.')
	b = append(strconv.AppendUint(b, c.at.seq, 10), '.')
	b = strconv.AppendInt(b, int64(c.at.index), 10)
	if c.watched != "" {
		b = append(append(b, '.'), c.watched...)
		if c.holder != c.watched {
			b = append(append(b, '.'), c.holder...)
		}
	}
	return string(b)
}

// parseCursor reads a cursor's text; the error is INVALID and says nothing about the text.
func parseCursor(text string) (cursor, error) {
	wrong := fault.New("feed.parseCursor", fault.Invalid, "That is not a cursor of a subscription.")
	wrong.Field = "after"
	parts := strings.Split(text, ".")
	if len(text) > 512 || len(parts) < 3 || len(parts) > 5 || parts[0] == "" {
		return cursor{}, wrong
	}
	seq, err := strconv.ParseUint(parts[1], 10, 63)
	if err != nil {
		return cursor{}, wrong
	}
	index, err := strconv.ParseUint(parts[2], 10, 31)
	if err != nil {
		return cursor{}, wrong
	}
	c := cursor{epoch: parts[0], at: place{seq, int(index)}}
	if len(parts) > 3 {
		c.watched = identity.CustomerID(parts[3])
		c.holder = identity.CustomerID(parts[len(parts)-1])
		if c.watched == "" || c.holder == "" {
			return cursor{}, wrong
		}
	}
	return c, nil
}

// spelled is a cursor with its text: those who watch the same get the same, one after the other.
type spelled struct {
	of   cursor
	made string
}

func (l *spelled) text(c cursor) string {
	if l.made == "" || l.of != c {
		l.of, l.made = c, c.String()
	}
	return l.made
}
