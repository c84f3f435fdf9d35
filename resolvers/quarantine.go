package resolvers

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kith/event"
	"kith/fault"
	"kith/graph"
	"kith/graph/model"
)

// Shelf is a list of things set aside, in the order it keeps them.
type Shelf[T any] interface {
	// List gives at most limit entries behind the one with the id after (from the start when empty), and whether there
	// are more. source narrows it; empty for all. An id that is gone or wrong is INVALID.
	List(ctx context.Context, source string, limit int, after string) (items []T, more bool, err error)
}

// Quarantine keeps refused calls.
type Quarantine interface {
	Shelf[QuarantinedCall]
	// Resend accepts a call again, with its messageId and time of receipt: as it is, or corrected when fixed is given.
	// Accepted, it leaves quarantine for the journal position given; refused, it stays, and refused says why now.
	// NOT_FOUND when it is not there.
	Resend(ctx context.Context, id string, fixed json.RawMessage) (position string, refused *QuarantinedCall, err error)
	// Discard deletes a call for good; NOT_FOUND when it is not there.
	Discard(ctx context.Context, id string) error
	// Count is how many there are.
	Count(ctx context.Context) (int, error)
}

// QuarantinedCall is a call that was refused and kept.
type QuarantinedCall struct {
	ID, Source, MessageID, Code, Field, Message string
	ReceivedAt                                  event.Millis
	Raw                                         []byte // as it came; JSON or not
}

// maxShelfIDs is how many ids one mutation takes.
const maxShelfIDs = 200

func (c QuarantinedCall) model() *model.QuarantinedCall {
	m := &model.QuarantinedCall{
		ID: c.ID, Source: c.Source, MessageID: some(c.MessageID), Code: c.Code, Field: some(c.Field), Message: c.Message,
		ReceivedAt: c.ReceivedAt, Call: c.Raw,
	}
	if !json.Valid(c.Raw) {
		m.Call = encode(strings.ToValidUTF8(string(c.Raw), "\uFFFD"))
	}
	return m
}

// shelfPage reads a page of a shelf. Its cursors are the ids.
func shelfPage[T any](ctx context.Context, s Shelf[T], source string, first *int, after *string) ([]T, model.PageInfo, error) {
	info := model.PageInfo{HasPreviousPage: after != nil}
	behind := ""
	if after != nil {
		behind = *after
	}
	items, more, err := s.List(ctx, source, graph.First(first), behind)
	info.HasNextPage = more
	return items, info, err
}

func (r queryResolver) Quarantine(ctx context.Context, source *string, first *int, after *string) (*model.QuarantinedCallConnection, error) {
	of := ""
	if source != nil {
		of = *source
	}
	items, info, err := shelfPage(ctx, r.quarantine, of, first, after)
	if err != nil {
		return nil, err
	}
	c := &model.QuarantinedCallConnection{PageInfo: info, Edges: make([]model.QuarantinedCallEdge, len(items))}
	for n, item := range items {
		node := item.model()
		c.Edges[n] = model.QuarantinedCallEdge{Cursor: node.ID, Node: node}
	}
	if n := len(c.Edges); n > 0 {
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &c.Edges[0].Cursor, &c.Edges[n-1].Cursor
	}
	return c, nil
}

// shelfIDs are the ids of a mutation, each once, and what is wrong with them.
func shelfIDs(ids []string) ([]string, []*model.UserError) {
	if len(ids) == 0 {
		return nil, []*model.UserError{userError(fault.Invalid, "Name at least one.", "input", "ids")}
	}
	if len(ids) > maxShelfIDs {
		return nil, []*model.UserError{userError(fault.Limit, fmt.Sprintf("Name at most %d at once.", maxShelfIDs), "input", "ids")}
	}
	distinct := make([]string, 0, len(ids))
	for _, id := range ids {
		if !slices.Contains(distinct, id) {
			distinct = append(distinct, id)
		}
	}
	return distinct, []*model.UserError{}
}

// about is a mistake about one of a mutation's ids.
func about(given []string, id string, code fault.Code, message string) *model.UserError {
	return userError(code, message, "input", "ids", fmt.Sprint(slices.Index(given, id)))
}

// notQuarantined says that one of a mutation's ids is of no call in quarantine.
func notQuarantined(given []string, id string) *model.UserError {
	return about(given, id, fault.NotFound, "There is no such call in quarantine.")
}

func (r mutationResolver) QuarantineResend(ctx context.Context, input model.QuarantineResendInput) (*model.QuarantineResendPayload, error) {
	out := &model.QuarantineResendPayload{Accepted: []string{}, Refused: []*model.QuarantinedCall{}}
	ids, wrong := shelfIDs(input.Ids)
	if input.Call != nil && len(ids) > 1 {
		wrong = append(wrong, userError(fault.Invalid, "A corrected call needs exactly one id.", "input", "call"))
	}
	out.UserErrors = wrong
	if len(wrong) > 0 {
		return out, nil
	}
	for _, id := range ids {
		position, refused, err := r.quarantine.Resend(ctx, id, input.Call)
		switch {
		case fault.CodeOf(err) == fault.NotFound:
			out.UserErrors = append(out.UserErrors, notQuarantined(input.Ids, id))
		case err != nil:
			return nil, err
		case refused != nil:
			out.Refused = append(out.Refused, refused.model())
		default:
			out.Accepted = append(out.Accepted, id)
			out.Position = some(position)
		}
	}
	return out, nil
}

func (r mutationResolver) QuarantineDiscard(ctx context.Context, input model.QuarantineDiscardInput) (*model.QuarantineDiscardPayload, error) {
	out := &model.QuarantineDiscardPayload{Discarded: []string{}}
	ids, wrong := shelfIDs(input.Ids)
	out.UserErrors = wrong
	if len(wrong) > 0 {
		return out, nil
	}
	for _, id := range ids {
		err := r.quarantine.Discard(ctx, id)
		switch {
		case fault.CodeOf(err) == fault.NotFound:
			out.UserErrors = append(out.UserErrors, notQuarantined(input.Ids, id))
		case err != nil:
			return nil, err
		default:
			out.Discarded = append(out.Discarded, id)
		}
	}
	return out, nil
}
