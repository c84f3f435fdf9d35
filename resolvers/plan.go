package resolvers

import (
	"kith/event"
	"kith/graph"
	"kith/graph/model"
	"kith/store"
)

// customerPlan is what a query asks of a customer: right below the field that answers with it, and wherever the query
// comes back to the same customer through its touchpoints, identifiers, traits and links.
type customerPlan struct {
	values      bool // what it is described by: its traits, with what is computed
	computed    bool
	otherIDs    []graph.Selection
	traits      []graph.Selection
	graphs      []graph.Selection
	identifiers []planned[store.Slice]
	touchpoints []planned[store.Timeline]
	accounts    []planned[store.Slice]
	segments    []planned[store.Slice]
	households  []graph.Selection
	// strangers are the `customer` fields below links that may lead to another customer.
	strangers []graph.Selection
}

// planned is a field with its arguments as the store takes them.
type planned[A any] struct {
	field graph.Selection
	args  A
}

// planCustomer plans for fields that answer with a customer.
func planCustomer(fields ...graph.Selection) *customerPlan {
	p := &customerPlan{}
	for _, f := range fields {
		p.add(f)
	}
	return p
}

// add plans for what is asked below a field that answers with the customer. A field whose arguments are wrong is left
// out: its own resolver says so.
func (p *customerPlan) add(customer graph.Selection) {
	for _, f := range customer.Fields("Customer") {
		_ = p.field(f)
	}
}

// field plans for one field of Customer.
func (p *customerPlan) field(f graph.Selection) error {
	switch f.Name() {
	case "traits":
		p.values = true
	case "otherIds":
		p.otherIDs = append(p.otherIDs, f)
	case "trait":
		p.traits = append(p.traits, f)
		for _, i := range named(f, "Trait", "identifier") {
			p.identifier(i)
		}
		for _, h := range named(f, "Trait", "history") {
			for _, i := range named(h, "TraitValue", "identifier") {
				p.identifier(i)
			}
		}
	case "identifiers":
		s, err := forward(identifierList, graph.Arg[*int](f, "first"), graph.Arg[*string](f, "after"))
		if err != nil {
			return err
		}
		p.identifiers = append(p.identifiers, planned[store.Slice]{f, s})
		for _, i := range nodesOf(f, "Identifier") {
			p.identifier(i)
		}
	case "touchpoints":
		return p.timeline(f)
	case "accounts":
		s, err := forward(accountList, graph.Arg[*int](f, "first"), graph.Arg[*string](f, "after"))
		if err != nil {
			return err
		}
		p.accounts = append(p.accounts, planned[store.Slice]{f, s})
	case "household":
		if _, err := forward(householdList, graph.Arg[*int](f, "first"), graph.Arg[*string](f, "after")); err != nil {
			return err
		}
		p.households = append(p.households, f)
	case "computed":
		p.values, p.computed = true, true
	case "segments":
		s, err := forward(membershipList, graph.Arg[*int](f, "first"), graph.Arg[*string](f, "after"))
		if err != nil {
			return err
		}
		p.segments = append(p.segments, planned[store.Slice]{f, s})
	case "identityGraph":
		p.graphs = append(p.graphs, f)
		p.links(f, "IdentityGraph", graphWant(f) != store.GraphWant{})
	}
	return nil
}

func (p *customerPlan) timeline(f graph.Selection) error {
	s, err := forward(touchpointList, graph.Arg[*int](f, "first"), graph.Arg[*string](f, "after"))
	if err != nil {
		return err
	}
	t := store.Timeline{Slice: s, Filter: touchpointFilter(graph.Arg[*model.TouchpointFilter](f, "filter"))}
	for _, n := range nodesOf(f, "Touchpoint") {
		for _, g := range n.Fields("Touchpoint", "properties", "context", "identifier", "customer") {
			switch g.Name() {
			case "properties":
				t.Properties = true
			case "context":
				t.Context = true
			case "identifier":
				p.identifier(g)
			case "customer":
				p.add(g)
			}
		}
	}
	p.touchpoints = append(p.touchpoints, planned[store.Timeline]{f, t})
	return nil
}

// identifier plans for a field that answers with an identifier of the customer.
func (p *customerPlan) identifier(i graph.Selection) {
	for _, c := range named(i, "Identifier", "customer") {
		p.add(c)
	}
}

// links plans for the identifiers of a graph or path. outward says that some may be of other customers.
func (p *customerPlan) links(f graph.Selection, typeName string, outward bool) {
	ends := named(f, typeName, "nodes")
	for _, l := range named(f, typeName, "links") {
		ends = append(ends, named(l, "IdentityLink", "from")...)
		ends = append(ends, named(l, "IdentityLink", "to")...)
	}
	for _, i := range ends {
		p.identifier(i)
		if outward {
			p.strangers = append(p.strangers, named(i, "Identifier", "customer")...)
		}
	}
}

// wants is what one read after the other has to bring. The first brings nearly everything; each further one what is
// asked for a second, third, … time with other arguments.
func (p *customerPlan) wants() []store.Want {
	wants := make([]store.Want, max(1, len(p.identifiers), len(p.touchpoints), len(p.accounts), len(p.segments)))
	w := &wants[0]
	w.Values, w.OtherIDs, w.Traits = p.values || len(p.traits) > 0, len(p.otherIDs) > 0, len(p.traits) > 0
	for _, f := range p.graphs {
		asked := graphWant(f)
		if w.Graph == nil {
			w.Graph = &store.GraphWant{}
		}
		w.Graph.Rejected = w.Graph.Rejected || asked.Rejected
		w.Graph.Candidates = w.Graph.Candidates || asked.Candidates
		w.Graph.Compared = w.Graph.Compared || explained(f, "IdentityGraph")
		if graph.Arg[*event.Millis](f, "at") != nil { // what is followed today need not have been, and the other way round
			*w.Graph = store.GraphWant{Rejected: true, Candidates: true, Compared: true}
		}
	}
	for n := range p.identifiers {
		wants[n].Identifiers = &p.identifiers[n].args
	}
	for n := range p.touchpoints {
		wants[n].Touchpoints = &p.touchpoints[n].args
	}
	for n := range p.accounts {
		wants[n].Accounts = &p.accounts[n].args
	}
	for n := range p.segments {
		wants[n].Segments = &p.segments[n].args
	}
	return wants
}

// named are the fields of that name asked below s of objects of a type.
func named(s graph.Selection, typeName, name string) []graph.Selection {
	return s.Fields(typeName, name)
}

// nodesOf are the fields that answer with the entries of a connection: its nodes, and the node of its edges.
func nodesOf(connection graph.Selection, typeName string) []graph.Selection {
	var out []graph.Selection
	for _, f := range connection.Fields(typeName+"Connection", "nodes", "edges") {
		switch f.Name() {
		case "nodes":
			out = append(out, f)
		case "edges":
			out = append(out, named(f, typeName+"Edge", "node")...)
		}
	}
	return out
}

func graphWant(f graph.Selection) store.GraphWant {
	is := func(b *bool) bool { return b != nil && *b }
	return store.GraphWant{Rejected: is(graph.Arg[*bool](f, "includeRejected")), Candidates: is(graph.Arg[*bool](f, "includeCandidates"))}
}

// explained says that the links asked for below f are to tell what was compared.
func explained(f graph.Selection, typeName string) bool {
	for _, l := range named(f, typeName, "links") {
		if len(named(l, "IdentityLink", "evidence"))+len(named(l, "IdentityLink", "comparison")) > 0 {
			return true
		}
	}
	return false
}
