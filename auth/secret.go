package auth

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is bytes that must not be seen: however one is logged, printed or encoded, "[redacted]" comes out.
type Secret []byte

// Format redacts under every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue redacts in logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText redacts in JSON and whatever else encodes text.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
