package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"kith/fault"
)

func TestCodeAndMessage(t *testing.T) {
	foreign := errors.New("password is hunter2")
	for _, c := range []struct {
		err     error
		code    fault.Code
		message string
	}{
		{nil, "", "Internal error."},
		{foreign, fault.Internal, "Internal error."},
		{fault.New("x.Y", fault.Invalid, "%d is too much", 7), fault.Invalid, "7 is too much"},
		{fmt.Errorf("outside: %w", fault.New("x.Y", fault.NotFound, "none")), fault.NotFound, "none"},
		{fault.Wrap("x.Y", fault.Unavailable, foreign, "away"), fault.Unavailable, "away"},
		{fault.Wrap("x.Y", fault.Internal, foreign, "secret inside"), fault.Internal, "Internal error."},
		{fault.Wrap("a.B", fault.Limit, fault.New("x.Y", fault.Invalid, "inner"), "outer"), fault.Limit, "outer"},
	} {
		if got := fault.CodeOf(c.err); got != c.code {
			t.Errorf("CodeOf(%v) = %s, want %s", c.err, got, c.code)
		}
		if c.err != nil {
			if got := fault.MessageOf(c.err); got != c.message {
				t.Errorf("MessageOf(%v) = %q, want %q", c.err, got, c.message)
			}
		}
	}
	if fault.Wrap("x.Y", fault.Invalid, nil, "nothing") != nil {
		t.Error("wrapping nothing is something")
	}
	if err := fault.Wrap("x.Y", fault.Unavailable, foreign, "away"); !errors.Is(err, foreign) {
		t.Error("the cause is lost")
	}
}
