package resolvers

import (
	"context"

	"kith/event"
	"kith/fault"
	"kith/graph/model"
)

// DeadLetters keeps journal messages that could not be applied.
type DeadLetters interface {
	Shelf[DeadLetter]
	// Oldest gives the ids of at most limit letters that can be replayed, oldest first.
	Oldest(ctx context.Context, limit int) (ids []string, err error)
	// Replay puts what a letter holds into the journal again, at the position given, and then takes the letter away. It
	// may be repeated after any error. NOT_FOUND when it is not there, CONFLICT when it cannot be replayed.
	Replay(ctx context.Context, id string) (position string, err error)
	// Discard deletes a letter for good; NOT_FOUND when it is not there.
	Discard(ctx context.Context, id string) error
	// Count is how many there are.
	Count(ctx context.Context) (int, error)
}

// DeadLetter is a journal message, or one call of it, that could not be applied.
type DeadLetter struct {
	ID, Position, Kind, Source, MessageID, Reason string
	Replayable                                    bool
	Bytes                                         int
	At                                            event.Millis
}

// maxReplayed is how many dead letters one mutation replays when it names none.
const maxReplayed = 1000

func (d DeadLetter) model() *model.DeadLetter {
	return &model.DeadLetter{
		ID: d.ID, Position: d.Position, Kind: d.Kind, Source: some(d.Source), MessageID: some(d.MessageID), Reason: d.Reason,
		Replayable: d.Replayable, At: d.At, Bytes: d.Bytes,
	}
}

func (r queryResolver) DeadLetters(ctx context.Context, first *int, after *string) (*model.DeadLetterConnection, error) {
	items, info, err := shelfPage(ctx, r.deadLetters, "", first, after)
	if err != nil {
		return nil, err
	}
	c := &model.DeadLetterConnection{PageInfo: info, Edges: make([]model.DeadLetterEdge, len(items))}
	for n, item := range items {
		node := item.model()
		c.Edges[n] = model.DeadLetterEdge{Cursor: node.ID, Node: node}
	}
	if n := len(c.Edges); n > 0 {
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &c.Edges[0].Cursor, &c.Edges[n-1].Cursor
	}
	return c, nil
}

func (r mutationResolver) DeadLetterReplay(ctx context.Context, input model.DeadLetterReplayInput) (*model.DeadLetterReplayPayload, error) {
	out := &model.DeadLetterReplayPayload{Replayed: []string{}, UserErrors: []*model.UserError{}}
	var ids []string
	var err error
	if input.Ids == nil {
		ids, err = r.deadLetters.Oldest(ctx, maxReplayed)
	} else {
		ids, out.UserErrors = shelfIDs(input.Ids)
	}
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		position, err := r.deadLetters.Replay(ctx, id)
		switch code := fault.CodeOf(err); {
		case input.Ids == nil && (code == fault.NotFound || code == fault.Conflict): // somebody else was faster
		case code == fault.NotFound:
			out.UserErrors = append(out.UserErrors, about(input.Ids, id, code, "There is no such dead letter."))
		case code == fault.Conflict:
			out.UserErrors = append(out.UserErrors, about(input.Ids, id, code, fault.MessageOf(err)))
		case err != nil:
			return nil, err
		default:
			out.Replayed = append(out.Replayed, id)
			out.Position = some(position)
		}
	}
	out.Remaining, err = r.deadLetters.Count(ctx)
	return out, err
}

func (r mutationResolver) DeadLetterDiscard(ctx context.Context, input model.DeadLetterDiscardInput) (*model.DeadLetterDiscardPayload, error) {
	ids, wrong := shelfIDs(input.Ids)
	out := &model.DeadLetterDiscardPayload{Discarded: []string{}, UserErrors: wrong}
	for _, id := range ids {
		err := r.deadLetters.Discard(ctx, id)
		switch {
		case fault.CodeOf(err) == fault.NotFound:
			out.UserErrors = append(out.UserErrors, about(input.Ids, id, fault.NotFound, "There is no such dead letter."))
		case err != nil:
			return nil, err
		default:
			out.Discarded = append(out.Discarded, id)
		}
	}
	return out, nil
}
