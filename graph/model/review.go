package model

// IdentityReview is something a steward is asked about.
type IdentityReview struct {
	ID          string // rev_…
	Kind        IdentityReviewKind
	Reason      string
	Advice      string
	Identifiers []*Identifier
	Link        *IdentityLink
	Customers   []*Customer // read when the query asks for them

	CustomerIDs []string // of these; never shown
}

// IdentityReviewEdge is an item of the review queue on a page.
type IdentityReviewEdge struct {
	Cursor string
	Node   *IdentityReview
}

// IdentityReviewConnection is a page of the review queue.
type IdentityReviewConnection struct {
	Edges    []IdentityReviewEdge
	PageInfo PageInfo
}

// Nodes are the entries without their cursors.
func (c *IdentityReviewConnection) Nodes() []*IdentityReview {
	return nodes(c.Edges, func(e IdentityReviewEdge) *IdentityReview { return e.Node })
}

// IdentityEventEdge is a merge or split on a page.
type IdentityEventEdge struct {
	Cursor string
	Node   *IdentityEvent
}

// IdentityEventConnection is a page of a customer's history.
type IdentityEventConnection struct {
	Edges    []IdentityEventEdge
	PageInfo PageInfo
}

// Nodes are the entries without their cursors.
func (c *IdentityEventConnection) Nodes() []*IdentityEvent {
	return nodes(c.Edges, func(e IdentityEventEdge) *IdentityEvent { return e.Node })
}
