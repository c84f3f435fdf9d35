package segment

import (
	"encoding/json"
	"testing"
)

// TestDecode: numbers keep their digits, and what is no JSON is nil.
func TestDecode(t *testing.T) {
	for text, want := range map[string]any{
		"0": json.Number("0"), "17": json.Number("17"), "12345678901234567890123": json.Number("12345678901234567890123"),
		"-3": json.Number("-3"), "1.50": json.Number("1.50"), "1e3": json.Number("1e3"), "-": nil, "": nil, `"7"`: "7", "true": true, "null": nil,
	} {
		if got := decode([]byte(text)); got != want {
			t.Errorf("%q is %#v, want %#v", text, got, want)
		}
	}
}
