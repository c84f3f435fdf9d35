package resolvers

import (
	"context"
	"strings"

	"kith/graph"
	"kith/graph/model"
	"kith/identity"
)

// Node finds anything by its id, whose prefix says what it is.
func (r queryResolver) Node(ctx context.Context, id string) (model.Node, error) {
	prefix, _, ok := strings.Cut(id, "_")
	if !ok {
		return nil, nil
	}
	switch prefix + "_" {
	case "cus_":
		cid := identity.CustomerID(id)
		found, err := r.customersByID(ctx, []identity.CustomerID{cid}, planCustomer(graph.Selected(ctx)))
		auditCustomer(ctx, found[cid])
		return nodeOr(found[cid], err)
	case "idn_":
		return r.identifierNode(ctx, identity.IdentifierID(id))
	case "tp_":
		t, err := r.Touchpoint(ctx, id)
		return nodeOr(t, err)
	case "acc_":
		return r.accountNode(ctx, id)
	case "dec_":
		d, err := r.decision(ctx, id)
		return nodeOr(d, err)
	case segmentPrefix:
		s, err := r.segmentByID(ctx, id)
		return nodeOr(s, err)
	case sourcePrefix:
		return r.source(ctx, id)
	}
	return nil, nil
}

// nodeOr is n as a Node, and nothing when n is nil: a nil pointer inside an interface would be something.
func nodeOr[T any, P interface {
	*T
	model.Node
}](n P, err error) (model.Node, error) {
	if err != nil || n == nil {
		return nil, err
	}
	return n, nil
}

func (r *Root) identifierNode(ctx context.Context, id identity.IdentifierID) (model.Node, error) {
	found, err := r.graph.IdentifiersByID(ctx, []identity.CustomerID{id.Customer()})
	i, ok := found[id.Customer()]
	if err != nil || !ok {
		return nil, err
	}
	node := r.viewer(ctx).identifier(i)
	auditAbout(ctx, node.ID, i.Customer)
	customers := named(graph.Selected(ctx), "Identifier", "customer")
	if len(customers) == 0 {
		return node, nil
	}
	return node, r.own(ctx, []*model.Identifier{node}, planCustomer(customers...))
}

func (r *Root) accountNode(ctx context.Context, id string) (model.Node, error) {
	found, err := r.graph.AccountsByID(ctx, []string{id})
	a, ok := found[id]
	if err != nil || !ok {
		return nil, err
	}
	return r.viewer(ctx).account(a), nil
}
