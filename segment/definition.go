package segment

import "kith/event"

// Definition is a change of the definitions of segments and computed traits, as the journal has it. One field is set,
// beside who did it and when.
type Definition struct {
	Segment     *Segment     `json:"segment,omitempty"`     // made or replaced, by its id
	Remove      string       `json:"remove,omitempty"`      // id of a segment
	Computed    *Computed    `json:"computed,omitempty"`    // made or replaced, by its key
	RemoveTrait string       `json:"removeTrait,omitempty"` // key of a computed trait
	By          string       `json:"by"`
	At          event.Millis `json:"at"`
}

// MaxSegments and MaxComputed bound the definitions of a workspace.
const (
	MaxSegments = 2000
	MaxComputed = 200
)
