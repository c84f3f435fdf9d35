package model

import "kith/event"

// PageInfo says where a page lies in its list. Cursors are nil when the page is empty.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

func nodes[E, N any](edges []E, node func(E) N) []N {
	out := make([]N, len(edges))
	for i, e := range edges {
		out[i] = node(e)
	}
	return out
}

// CustomerEdge is a customer on a page.
type CustomerEdge struct {
	Cursor string
	Node   *Customer
}

// CustomerConnection is a page of customers.
type CustomerConnection struct {
	Edges    []CustomerEdge
	PageInfo PageInfo
}

// Nodes are the entries without their cursors.
func (c *CustomerConnection) Nodes() []*Customer {
	return nodes(c.Edges, func(e CustomerEdge) *Customer { return e.Node })
}

// IdentifierEdge is an identifier on a page.
type IdentifierEdge struct {
	Cursor string
	Node   *Identifier
}

// IdentifierConnection is a page of identifiers.
type IdentifierConnection struct {
	Edges    []IdentifierEdge
	PageInfo PageInfo
}

// Nodes are the entries without their cursors.
func (c *IdentifierConnection) Nodes() []*Identifier {
	return nodes(c.Edges, func(e IdentifierEdge) *Identifier { return e.Node })
}

// TouchpointEdge is a touchpoint on a page.
type TouchpointEdge struct {
	Cursor string
	Node   *Touchpoint
}

// TouchpointConnection is a page of touchpoints.
type TouchpointConnection struct {
	Edges    []TouchpointEdge
	PageInfo PageInfo
}

// Nodes are the entries without their cursors.
func (c *TouchpointConnection) Nodes() []*Touchpoint {
	return nodes(c.Edges, func(e TouchpointEdge) *Touchpoint { return e.Node })
}

// SegmentEdge is a segment on a page.
type SegmentEdge struct {
	Cursor string
	Node   *Segment
}

// NameEdge is a name on a page.
type NameEdge struct {
	Cursor string
	Node   *Name
}

// NameConnection is a page of names.
type NameConnection struct {
	Edges    []NameEdge
	PageInfo PageInfo
}

// Nodes are the entries without their cursors.
func (c *NameConnection) Nodes() []*Name {
	return nodes(c.Edges, func(e NameEdge) *Name { return e.Node })
}

// SegmentConnection is a page of segments.
type SegmentConnection struct {
	Edges    []SegmentEdge
	PageInfo PageInfo
}

// Nodes are the entries without their cursors.
func (c *SegmentConnection) Nodes() []*Segment {
	return nodes(c.Edges, func(e SegmentEdge) *Segment { return e.Node })
}

// SegmentMembershipEdge is a segment a customer is in.
type SegmentMembershipEdge struct {
	Cursor string
	Node   *Segment
	Since  event.Millis
}

// SegmentMembershipConnection is a page of the segments a customer is in.
type SegmentMembershipConnection struct {
	Edges    []SegmentMembershipEdge
	PageInfo PageInfo
}

// AccountEdge is an account on a page.
type AccountEdge struct {
	Cursor string
	Node   *Account
}

// AccountConnection is a page of accounts.
type AccountConnection struct {
	Edges    []AccountEdge
	PageInfo PageInfo
}

// Nodes are the entries without their cursors.
func (c *AccountConnection) Nodes() []*Account {
	return nodes(c.Edges, func(e AccountEdge) *Account { return e.Node })
}

// SourceEdge is a source on a page.
type SourceEdge struct {
	Cursor string
	Node   *Source
}

// SourceConnection is a page of sources.
type SourceConnection struct {
	Edges    []SourceEdge
	PageInfo PageInfo
}

// Nodes are the entries without their cursors.
func (c *SourceConnection) Nodes() []*Source {
	return nodes(c.Edges, func(e SourceEdge) *Source { return e.Node })
}

// QuarantinedCallEdge is a quarantined call on a page.
type QuarantinedCallEdge struct {
	Cursor string
	Node   *QuarantinedCall
}

// QuarantinedCallConnection is a page of quarantined calls.
type QuarantinedCallConnection struct {
	Edges    []QuarantinedCallEdge
	PageInfo PageInfo
}

// Nodes are the entries without their cursors.
func (c *QuarantinedCallConnection) Nodes() []*QuarantinedCall {
	return nodes(c.Edges, func(e QuarantinedCallEdge) *QuarantinedCall { return e.Node })
}

// DeadLetterEdge is a dead letter on a page.
type DeadLetterEdge struct {
	Cursor string
	Node   *DeadLetter
}

// DeadLetterConnection is a page of dead letters.
type DeadLetterConnection struct {
	Edges    []DeadLetterEdge
	PageInfo PageInfo
}

// Nodes are the entries without their cursors.
func (c *DeadLetterConnection) Nodes() []*DeadLetter {
	return nodes(c.Edges, func(e DeadLetterEdge) *DeadLetter { return e.Node })
}

// AuditEntryEdge is an entry of the audit trail on a page.
type AuditEntryEdge struct {
	Cursor string
	Node   *AuditEntry
}

// AuditEntryConnection is a page of the audit trail.
type AuditEntryConnection struct {
	Edges    []AuditEntryEdge
	PageInfo PageInfo
}

// Nodes are the entries without their cursors.
func (c *AuditEntryConnection) Nodes() []*AuditEntry {
	return nodes(c.Edges, func(e AuditEntryEdge) *AuditEntry { return e.Node })
}

// TokenRevocationEdge is a revocation on a page.
type TokenRevocationEdge struct {
	Cursor string
	Node   *TokenRevocation
}

// TokenRevocationConnection is a page of revocations.
type TokenRevocationConnection struct {
	Edges    []TokenRevocationEdge
	PageInfo PageInfo
}

// Nodes are the entries without their cursors.
func (c *TokenRevocationConnection) Nodes() []*TokenRevocation {
	return nodes(c.Edges, func(e TokenRevocationEdge) *TokenRevocation { return e.Node })
}
