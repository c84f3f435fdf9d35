// Package customer is the unified view of one person: traits with their provenance and history, which value wins,
// and the record of a change. It is pure.
package customer

import (
	"encoding/json"

	"kith/event"
)

// Version is one value of a trait and where it came from. A Value of JSON null says the trait was removed then.
type Version struct {
	Value     json.RawMessage `json:"v"`
	Raw       json.RawMessage `json:"r,omitempty"` // as it came, when cleansing changed it
	Source    string          `json:"s"`
	At        event.Millis    `json:"t"`
	MessageID string          `json:"m"`
}
