package resolvers

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"kith/auth"
	"kith/event"
	"kith/fault"
	"kith/graph/model"
)

// Revocations are tokens that are not taken any more.
type Revocations interface {
	Shelf[Revocation]
	// Revoke stores a revocation for good and returns once this instance honours it. LIMIT when there are too many.
	Revoke(ctx context.Context, r Revocation) (Revocation, error)
}

// Revocation is one, with who said so and why.
type Revocation struct {
	ID string // given by Revoke
	auth.Revocation
	Reason, By string
	Until      time.Time // when it is forgotten; given by Revoke
}

// maxClaim bounds what a revocation is about, in bytes.
const maxClaim = 1024

func (r Revocation) model() *model.TokenRevocation {
	return &model.TokenRevocation{
		ID: r.ID, Subject: some(r.Subject), TokenID: some(r.TokenID), Reason: r.Reason, By: r.By, At: event.MillisOf(r.At), Until: event.MillisOf(r.Until),
	}
}

func (r mutationResolver) TokensRevoke(ctx context.Context, input model.TokensRevokeInput) (*model.TokensRevokePayload, error) {
	out := &model.TokensRevokePayload{UserErrors: []*model.UserError{}}
	wrong := func(code fault.Code, message string, path ...string) {
		out.UserErrors = append(out.UserErrors, userError(code, message, append([]string{"input"}, path...)...))
	}
	subject, token, reason := textOr(input.Subject), textOr(input.TokenID), strings.TrimSpace(input.Reason)
	if (subject == "") == (token == "") {
		wrong(fault.Invalid, "Give exactly one of `subject` and `tokenId`.")
	}
	if len(subject) > maxClaim || len(token) > maxClaim {
		wrong(fault.Limit, "A subject or token id is at most 1,024 bytes long.")
	}
	switch {
	case reason == "":
		wrong(fault.Invalid, "Say why.", "reason")
	case utf8.RuneCountInString(reason) > maxReason:
		wrong(fault.Limit, fmt.Sprintf("A reason is at most %d characters long.", maxReason), "reason")
	}
	if len(out.UserErrors) > 0 {
		return out, nil
	}
	done, err := r.revocations.Revoke(ctx, Revocation{
		Revocation: auth.Revocation{Subject: subject, TokenID: token, At: r.now()}, Reason: reason, By: auth.PrincipalOf(ctx).Subject,
	})
	if fault.CodeOf(err) == fault.Limit {
		wrong(fault.Limit, fault.MessageOf(err))
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	out.Revocation = done.model()
	return out, nil
}

func (r queryResolver) TokenRevocations(ctx context.Context, first *int, after *string) (*model.TokenRevocationConnection, error) {
	items, info, err := shelfPage(ctx, r.revocations, "", first, after)
	if err != nil {
		return nil, err
	}
	c := &model.TokenRevocationConnection{PageInfo: info, Edges: make([]model.TokenRevocationEdge, len(items))}
	for n, item := range items {
		node := item.model()
		c.Edges[n] = model.TokenRevocationEdge{Cursor: node.ID, Node: node}
	}
	if n := len(c.Edges); n > 0 {
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &c.Edges[0].Cursor, &c.Edges[n-1].Cursor
	}
	return c, nil
}
