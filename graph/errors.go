package graph

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"kith/fault"
	"kith/graph/model"
	"kith/trace"
)

// present is the one way an error takes to a client. What Kith made says what was wrong; anything else is logged in
// full and shown as nothing but the id it is logged under.
func present(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		shown := &gqlerror.Error{Path: graphql.GetPath(ctx)}
		var located *gqlerror.Error
		if errors.As(err, &located) {
			shown.Locations = located.Locations
			if located.Path != nil {
				shown.Path = located.Path
			}
		}
		describe(shown, err, trace.RequestID(ctx))
		if shown.Extensions["code"] == string(fault.Internal) {
			log.ErrorContext(ctx, "graphql error", "request_id", trace.RequestID(ctx), "path", shown.Path.String(), "err", err)
		}
		return shown
	}
}

// describe fills in message and extensions for err.
func describe(shown *gqlerror.Error, err error, request string) {
	code := fault.CodeOf(err)
	var e *fault.Error
	switch {
	case errors.As(err, &e):
	case errors.Is(err, context.DeadlineExceeded):
		code, e = fault.Timeout, fault.New("graph", fault.Timeout, "The request took too long.")
	default:
		e = fault.New("graph", fault.Internal, "")
	}
	shown.Message = fault.MessageOf(e)
	shown.Extensions = map[string]any{"code": string(code)}
	if e.Field != "" {
		shown.Extensions["field"] = e.Field
	}
	if e.RetryAfter > 0 {
		shown.Extensions["retryAfter"] = int(math.Ceil(e.RetryAfter.Seconds()))
	}
	if code == fault.Internal {
		shown.Extensions["requestId"] = request
	}
}

// recovered makes an error of a panic. The stack goes to the log, with the error.
func recovered(log *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, cause any) error {
		log.ErrorContext(ctx, "panic in a resolver", "request_id", trace.RequestID(ctx), "panic", cause, "stack", string(debug.Stack()))
		return fault.New("graph", fault.Internal, "")
	}
}

// refuse makes the error of a request that was not executed.
func refuse(ctx context.Context, err error) gqlerror.List {
	shown := &gqlerror.Error{}
	var located *gqlerror.Error
	if errors.As(err, &located) {
		shown.Locations = located.Locations
	}
	describe(shown, err, trace.RequestID(ctx))
	return gqlerror.List{shown}
}

// wrong makes the errors of a document that is not valid GraphQL, the first few of them.
func wrong(list gqlerror.List) gqlerror.List {
	const most = 10
	if len(list) > most {
		list = list[:most]
	}
	shown := make(gqlerror.List, len(list))
	for i, e := range list {
		shown[i] = &gqlerror.Error{
			Message: e.Message, Locations: e.Locations, Path: e.Path,
			Extensions: map[string]any{"code": string(fault.Invalid)},
		}
	}
	return shown
}

// codeOf is the code of the first error of a response, empty when there is none.
func codeOf(list gqlerror.List) fault.Code {
	if len(list) == 0 {
		return ""
	}
	code, _ := list[0].Extensions["code"].(string)
	return fault.Code(code)
}

var userErrorCodes = map[fault.Code]model.UserErrorCode{
	fault.Invalid:   model.UserErrorCodeInvalid,
	fault.NotFound:  model.UserErrorCodeNotFound,
	fault.Conflict:  model.UserErrorCodeConflict,
	fault.Limit:     model.UserErrorCodeLimit,
	fault.TooLarge:  model.UserErrorCodeLimit,
	fault.Forbidden: model.UserErrorCodeForbidden,
}

// UserError is err as a mistake in a mutation's input; ok is false when it is none, but an outage or a fault of
// Kith's, which belongs among the top-level errors. Path is where in the arguments, nil when it is not one field.
func UserError(err error, path ...string) (u *model.UserError, ok bool) {
	code, ok := userErrorCodes[fault.CodeOf(err)]
	if !ok {
		return nil, false
	}
	return &model.UserError{Field: path, Message: fault.MessageOf(err), Code: code}, true
}
