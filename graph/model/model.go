// Package model is the Go form of the schema's types: most of it generated, by hand the scalars, the pages, the events,
// and those types that carry what a read fetched ahead for their nested fields.
package model

import (
	"encoding/json"

	"kith/event"
)

// Customer is one person as shown to one caller: values are masked already when the caller may not see them.
type Customer struct {
	ID          string
	Shared      bool
	DisplayName *string
	Known       bool
	FirstSeenAt *event.Millis
	LastSeenAt  *event.Millis
	Traits      json.RawMessage // object
	Computed    []*ComputedValue

	Prefetched Prefetched
}

// Identifier is one value that stands for somebody, masked already when the caller may not see it.
type Identifier struct {
	ID          string // idn_…
	Type        string
	Value       string
	RawValue    string
	FirstSeenAt event.Millis
	LastSeenAt  event.Millis
	Status      IdentifierStatus

	Key        string // the graph's key of it; never shown
	CustomerID string // the customer it belongs to when it was read; empty when none or not read
	Prefetched Prefetched
}

// Touchpoint is one accepted call.
type Touchpoint struct {
	ID         string
	MessageID  string
	Type       TouchpointType
	Name       string
	At         event.Millis
	ReceivedAt event.Millis
	Source     string
	Channel    *string
	Properties json.RawMessage // object
	Context    json.RawMessage // object

	Actor      string // key of its identifier; never shown
	Prefetched Prefetched
}

// Account is a company or household.
type Account struct {
	ID      string
	GroupID string
	Traits  json.RawMessage // object

	Prefetched Prefetched
}

// Segment is a condition with a name.
type Segment struct {
	ID        string
	Key       string
	Name      string
	Condition json.RawMessage

	Description string
	Size        int
	Status      SegmentStatus
	Percent     float64
	CreatedAt   event.Millis
	ChangedAt   event.Millis
	ChangedBy   string

	Prefetched Prefetched
}

func (Customer) IsNode()   {}
func (Identifier) IsNode() {}
func (Touchpoint) IsNode() {}
func (Account) IsNode()    {}
func (Segment) IsNode()    {}
