// Package fault is Kith's one error type and its closed set of codes.
//
// An error made here says what was wrong and what to do about it, in words meant for the person who reads the
// answer. Any other error is foreign: its code is [Internal] and its text stays in the log.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Code classifies an error. The set is closed: HTTP statuses, GraphQL error codes and the pipeline's verdicts are
// each one table over it.
type Code string

const (
	Invalid         Code = "INVALID"         // the request is wrong and stays wrong when repeated
	Unauthenticated Code = "UNAUTHENTICATED" // no valid token or write key
	Forbidden       Code = "FORBIDDEN"       // authenticated, but the scope is missing
	NotFound        Code = "NOT_FOUND"       // no such thing, or not visible
	Conflict        Code = "CONFLICT"        // contradicts what is stored
	Limit           Code = "LIMIT"           // over a documented limit
	TooLarge        Code = "TOO_LARGE"       // a body or message over its size limit
	RateLimited     Code = "RATE_LIMITED"    // repeat after RetryAfter
	Lagging         Code = "LAGGING"         // the graph has not caught up with the position asked for
	Unavailable     Code = "UNAVAILABLE"     // a part Kith depends on is away; repeat later
	Timeout         Code = "TIMEOUT"         // took longer than allowed
	Internal        Code = "INTERNAL"        // anything foreign
)

// Error is an error with a code and a message that may be shown to the caller.
type Error struct {
	Op         string        // where, as package.function; for the log
	Code       Code          // what kind
	Message    string        // for the caller: what was wrong, where, what to do; never personal data or secrets
	Field      string        // the input at fault, as a path; may be empty
	RetryAfter time.Duration // for RateLimited and Unavailable; zero when unknown
	Err        error         // the cause; for the log only
}

// New makes an Error without a cause.
func New(op string, code Code, format string, args ...any) *Error {
	return &Error{Op: op, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap makes an Error around a cause. A nil cause gives nil.
func Wrap(op string, code Code, err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Code: code, Message: fmt.Sprintf(format, args...), Err: err}
}

func (e *Error) Error() string {
	s := e.Op + ": " + e.Message
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf is the code of the outermost Error in err's chain, Internal for foreign errors and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// MessageOf is the text a caller may see: the message of an Error, and nothing at all of a foreign one.
func MessageOf(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Code != Internal {
		return e.Message
	}
	return "Internal error."
}
