package audit

import (
	"context"

	"kith/fault"
)

// Block is one of a trail.
type Block struct {
	Seq  uint64
	Data []byte
}

// Trail is the blocks as they were written. Its methods may be called concurrently.
type Trail interface {
	// Epoch names the trail; sequences of different epochs have nothing to do with each other. It has no dashes.
	Epoch() string
	// Before gives some blocks with sequences below before, newest first, without holes; 0 is the end. None means that there
	// are none.
	Before(ctx context.Context, before uint64) ([]Block, error)
}

// Placed is an entry with where it stands.
type Placed struct {
	Entry
	Cursor string
}

// passes bounds how many reads of the trail one answer takes: some ten thousand entries are looked through.
const passes = 20

// List gives up to limit entries that the filter wants, newest first, behind the cursor after; "" is the beginning. next is
// where the list goes on, empty at its end; when few are wanted of many, a list may be shorter than limit and go on all the
// same. A cursor that is none is INVALID.
func List(ctx context.Context, t Trail, f Filter, limit int, after string) (found []Placed, next string, err error) {
	from := place{epoch: t.Epoch()}
	if after != "" {
		if from, err = parsePlace(after); err != nil {
			return nil, "", err
		}
		if from.epoch != t.Epoch() {
			return nil, "", &fault.Error{Op: "audit.List", Code: fault.Invalid, Message: "This cursor is of another audit trail.", Field: "after"}
		}
	}
	before := from.block
	if before > 0 {
		before++ // the block itself may have more
	}
	for range passes {
		blocks, err := t.Before(ctx, before)
		if err != nil {
			return nil, "", err
		}
		if len(blocks) == 0 {
			return found, "", nil
		}
		for _, b := range blocks {
			entries, err := decode(b.Data)
			if err != nil {
				return nil, "", fault.Wrap("audit.List", fault.Internal, err, "block %d of the audit trail cannot be read", b.Seq)
			}
			for i := len(entries) - 1; i >= 0; i-- {
				at := place{from.epoch, b.Seq, i}
				if from.block == b.Seq && i >= from.index || !f.match(entries[i]) {
					continue
				}
				if len(found) == limit {
					return found, found[limit-1].Cursor, nil
				}
				found = append(found, Placed{entries[i], at.String()})
			}
			before = b.Seq
			if len(entries) > 0 && f.From != 0 && entries[len(entries)-1].At < f.From {
				return found, "", nil // what is older than this block is older than what is wanted
			}
		}
		if before <= 1 {
			return found, "", nil
		}
	}
	return found, place{from.epoch, before, 0}.String(), nil
}
