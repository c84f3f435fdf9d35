package customer

import (
	"kith/event"
	"kith/identity"
)

// Reason says what changed about a customer.
type Reason string

const (
	ReasonTouchpoint Reason = "TOUCHPOINT"
	ReasonTraits     Reason = "TRAITS"
	ReasonIdentity   Reason = "IDENTITY"
	ReasonSegments   Reason = "SEGMENTS"
	ReasonComputed   Reason = "COMPUTED"
)

// Change is one entry of the change stream. Exactly one of its fields is set.
// JSON names are short because every change is stored twice (outbox and stream).
type Change struct {
	Changed    *Changed            `json:"c,omitempty"`
	Merged     *Merged             `json:"m,omitempty"`
	Split      *Split              `json:"s,omitempty"`
	Moved      *Moved              `json:"v,omitempty"`
	Touchpoint *TouchpointRecorded `json:"t,omitempty"`
	Membership *Membership         `json:"g,omitempty"`
	Was        *Was                `json:"w,omitempty"`
	Deleted    *Deleted            `json:"d,omitempty"`
}

// Membership says that a customer entered or left a segment. Of customers that are merged it tells what became of those
// who answer with the survivor: nothing, where one of them was in before and the survivor is after.
type Membership struct {
	Customer identity.CustomerID `json:"id"`
	Segment  string              `json:"g"`
	Entered  bool                `json:"e,omitempty"`
}

// Was says which segments a customer was in before it took part in the Merged behind it, whose outcome tells that only of
// all of them together. It is there for every one of them when any was in a segment, and shown to nobody: who comes back
// to a segment finds by it who was in before.
type Was struct {
	Customer identity.CustomerID `json:"id"`
	Segments []string            `json:"g,omitempty"` // ids, sorted
}

// Deleted says that a segment is no more.
type Deleted struct {
	Segment string `json:"g"`
}

// Changed says that what a customer shows has changed.
type Changed struct {
	Customer identity.CustomerID `json:"id"`
	Reasons  []Reason            `json:"r"`
	Traits   []string            `json:"k,omitempty"` // names of changed traits, sorted
}

// Merged says that the ids Absorbed answer with Customer from now on.
type Merged struct {
	Customer identity.CustomerID   `json:"id"`
	Absorbed []identity.CustomerID `json:"a"`
}

// Split says that Customer lost the identifiers that now make up Created.
type Split struct {
	Customer identity.CustomerID `json:"id"`
	Created  []Part              `json:"n"`
}

// Part is one customer made by a split, with every id that answers with it, its own first.
type Part struct {
	Customer identity.CustomerID   `json:"id"`
	IDs      []identity.CustomerID `json:"ids"`
}

// Moved says which ids answer with To from now on, after From, where no Merged or Split of the same batch says so:
// identifiers that went from one customer to another while both live on, the heirs of a customer that ended, and, with
// an empty To, those that stand for nobody any more, because they are BLOCKED now or their last fact is gone.
type Moved struct {
	From identity.CustomerID   `json:"f"`
	To   identity.CustomerID   `json:"t,omitempty"`
	IDs  []identity.CustomerID `json:"ids"`
}

// TouchpointRecorded says that a touchpoint was stored. Customer is empty when its identifier is BLOCKED.
type TouchpointRecorded struct {
	ID       string              `json:"id"`
	Customer identity.CustomerID `json:"c,omitempty"`
	Type     event.Type          `json:"y"`
	Name     string              `json:"n"`
	Source   string              `json:"s"`
	At       event.Millis        `json:"t"`
}

// Batch is one message of the change stream: what one transaction of the pipeline changed, in order, or a part of it.
type Batch struct {
	Tx      int64        `json:"tx"`          // counts the pipeline's transactions; never repeats, never falls
	Part    int          `json:"p,omitempty"` // counts the messages of one transaction, from 0
	At      event.Millis `json:"at"`          // when it was committed
	Ingest  event.Millis `json:"in"`          // receipt of the oldest event in it; zero when none: for event-to-push time
	Changes []Change     `json:"ch"`
}
