package model

import "kith/event"

// CustomerChanged says that a customer looks different now. The customer itself is read when the event is sent, so it
// is never older than the change.
type CustomerChanged struct {
	Cursor        string
	At            event.Millis
	Reasons       []ChangeReason
	ChangedTraits []string

	CustomerID string
}

// CustomerMerged says that the ids Absorbed answer with CustomerID from now on.
type CustomerMerged struct {
	Cursor   string
	At       event.Millis
	Absorbed []string

	CustomerID string
}

// CustomerSplit says that CustomerID lost the identifiers that now make up CreatedIDs.
type CustomerSplit struct {
	Cursor string
	At     event.Millis

	CustomerID string
	CreatedIDs []string
}

// SegmentMembershipChanged says that a customer entered or left a segment.
type SegmentMembershipChanged struct {
	Cursor  string
	At      event.Millis
	Entered bool

	SegmentID  string
	CustomerID string
}

// TouchpointRecorded says that a touchpoint was stored.
type TouchpointRecorded struct {
	Cursor string
	At     event.Millis

	TouchpointID string
}

func (CustomerChanged) IsCustomerEvent()                   {}
func (CustomerMerged) IsCustomerEvent()                    {}
func (CustomerSplit) IsCustomerEvent()                     {}
func (SegmentMembershipChanged) IsSegmentMembershipEvent() {}
func (TouchpointRecorded) IsTouchpointEvent()              {}
