package wire

import (
	"context"
	"fmt"

	"kith/fault"
	"kith/journal"
	"kith/pipeline"
	"kith/resolvers"
)

// DeadLetters is what could not be applied. What one holds is a journal message, which can be appended again.
type DeadLetters struct{ *journal.Journal }

var _ resolvers.DeadLetters = DeadLetters{}

// List gives the newest first.
func (d DeadLetters) List(ctx context.Context, _ string, limit int, after string) ([]resolvers.DeadLetter, bool, error) {
	return list(ctx, d.Journal.DeadLetters(), limit, after, func(item journal.DeadLetter) (resolvers.DeadLetter, bool) {
		return resolvers.DeadLetter{
			ID: item.ID, Position: item.Position.String(), Kind: item.Kind, Source: item.Source, MessageID: item.MessageID, Reason: item.Reason,
			Replayable: unplayable(item) == "", Bytes: len(item.Raw), At: item.At,
		}, true
	})
}

// unplayable is why a letter cannot be replayed; empty when it can.
func unplayable(item journal.DeadLetter) string {
	if len(item.Raw) == 0 {
		return "Nothing is left of what this dead letter was; it can only be discarded."
	}
	switch item.Kind {
	case pipeline.KindEvents, pipeline.KindRecords, pipeline.KindDecision: // have their place in time in them
		return ""
	}
	return fmt.Sprintf("A message of kind %q takes effect where it stands in the journal: replayed, it would overrule what came since. Make the change anew.", item.Kind)
}

// Replay appends what a letter holds again, and takes the letter away once that is on disk. A crash in between leaves
// both; what is applied twice counts once.
func (d DeadLetters) Replay(ctx context.Context, id string) (string, error) {
	item, err := d.Journal.DeadLetters().Get(ctx, id)
	if err != nil {
		return "", err
	}
	if why := unplayable(item); why != "" {
		return "", fault.New("wire.Replay", fault.Conflict, "%s", why)
	}
	position, err := d.Journal.Append(ctx, item.Kind, item.Raw)
	if err != nil {
		return "", err
	}
	return position.String(), gone(d.Journal.DeadLetters().Remove(ctx, id))
}

// gone is err, unless it says that what was to be taken away was not there any more.
func gone(err error) error {
	if fault.CodeOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// Oldest is the ids of the oldest letters that can be replayed.
func (d DeadLetters) Oldest(ctx context.Context, limit int) ([]string, error) {
	items, err := d.Journal.DeadLetters().Oldest(ctx, limit, func(item journal.DeadLetter) bool { return unplayable(item) == "" })
	ids := make([]string, len(items))
	for i, item := range items {
		ids[i] = item.ID
	}
	return ids, err
}

// Count is how many there are.
func (d DeadLetters) Count(ctx context.Context) (int, error) {
	n, err := d.Journal.DeadLetters().Count(ctx)
	return int(n.Items), err
}

// Discard deletes a letter for good.
func (d DeadLetters) Discard(ctx context.Context, id string) error {
	return d.Journal.DeadLetters().Remove(ctx, id)
}
