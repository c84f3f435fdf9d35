package journal

import (
	"cmp"
	"crypto/rand"
	"strconv"
	"strings"

	"kith/fault"
)

// Position is the place of a message in the journal. Positions of one epoch are ordered by Seq; those of
// different epochs belong to different journals and have no order.
type Position struct {
	Epoch string // 8 characters of a–z and 2–7, made when the stream was
	Seq   uint64 // from 1; 0 is the place before the first message
}

// String is the position as clients carry it: epoch, a dash, sequence. The zero Position is "".
func (p Position) String() string {
	if p == (Position{}) {
		return ""
	}
	return p.Epoch + "-" + strconv.FormatUint(p.Seq, 10)
}

// ParsePosition reads what String wrote. Anything else is INVALID.
func ParsePosition(s string) (Position, error) {
	fields, ok := parsePlace(s, 2)
	if !ok {
		return Position{}, fault.New("journal.ParsePosition", fault.Invalid, "This is not a journal position.")
	}
	return Position{Epoch: s[:epochLength], Seq: fields[0]}, nil
}

// Compare is negative when p comes before q, positive when after. It is not ok when their epochs differ.
func (p Position) Compare(q Position) (order int, ok bool) {
	return cmp.Compare(p.Seq, q.Seq), p.Epoch == q.Epoch
}

// ChangeCursor is a place in the change stream: the first change not seen yet. Index may lie past the end of the
// message, which means that all of it has been seen.
type ChangeCursor struct {
	Epoch string
	Seq   uint64 // the message, from 1
	Index int    // of the change inside the message, from 0
}

// String is the cursor as clients carry it: epoch, sequence and index with dashes between.
func (c ChangeCursor) String() string {
	if c == (ChangeCursor{}) {
		return ""
	}
	return c.Epoch + "-" + strconv.FormatUint(c.Seq, 10) + "-" + strconv.Itoa(c.Index)
}

// ParseChangeCursor reads what String wrote. Anything else is INVALID.
func ParseChangeCursor(s string) (ChangeCursor, error) {
	fields, ok := parsePlace(s, 3)
	if !ok || fields[0] == 0 || fields[1] > 1<<31-1 {
		return ChangeCursor{}, fault.New("journal.ParseChangeCursor", fault.Invalid, "This is not a cursor of the change stream.")
	}
	return ChangeCursor{Epoch: s[:epochLength], Seq: fields[0], Index: int(fields[1])}, nil
}

// Compare is negative when c comes before d, positive when after. It is not ok when their epochs differ.
func (c ChangeCursor) Compare(d ChangeCursor) (order int, ok bool) {
	return cmp.Or(cmp.Compare(c.Seq, d.Seq), cmp.Compare(c.Index, d.Index)), c.Epoch == d.Epoch
}

const epochLength = 8

// newEpoch makes 40 random bits, enough to tell apart the few journals one client can ever meet.
func newEpoch() string { return strings.ToLower(rand.Text()[:epochLength]) }

// parsePlace takes s apart into an epoch and n-1 numbers in canonical form.
func parsePlace(s string, n int) (numbers []uint64, ok bool) {
	if len(s) > 64 {
		return nil, false
	}
	fields := strings.Split(s, "-")
	if len(fields) != n || len(fields[0]) != epochLength || strings.Trim(fields[0], "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return nil, false
	}
	for _, field := range fields[1:] {
		v, err := strconv.ParseUint(field, 10, 64)
		if err != nil || strconv.FormatUint(v, 10) != field {
			return nil, false
		}
		numbers = append(numbers, v)
	}
	return numbers, true
}
