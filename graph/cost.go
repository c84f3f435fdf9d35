package graph

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"kith/fault"
)

// defaultPage is the size of a page when neither first nor last is given.
const defaultPage = 20

// First is how many entries `first` asks for; nil is the default. What is out of bounds never gets to a resolver.
func First(first *int) int {
	if first == nil {
		return defaultPage
	}
	return *first
}

// growing are lists that are no pages, with how many entries to expect of each.
var growing = map[string]int{
	"Customer.identityGraph":              20,
	"Query.identityPath":                  10,
	"IdentityConflict.reasons":            5,
	"IdentityConflict.comparisons":        20,
	"IdentityComparison.fields":           10,
	"IdentityReview.customers":            2,
	"IdentityReview.identifiers":          2,
	"IdentityPreview.before":              3,
	"IdentityPreview.after":               3,
	"IdentityPreviewCustomer.identifiers": 20,
	"Trait.history":                       5,
	"IdentityDecisionPayload.customers":   5,
	"CustomerSplit.created":               2,
}

// appraiser adds up what a validated operation costs with its variables, and looks at each argument on the way.
type appraiser struct {
	limits     Limits
	vars       map[string]any
	introspect bool // the caller may
}

// check refuses an operation whose pages, arguments or sum are out of bounds.
func (a appraiser) check(op *ast.OperationDefinition) error {
	cost, err := a.set(op.SelectionSet)
	if err != nil {
		return err
	}
	if cost > a.limits.Complexity {
		return tooMuch("the operation has a complexity of %d; the limit is %d. Fields below a page count once for every entry it asks for", cost, a.limits.Complexity)
	}
	return nil
}

func (a appraiser) set(set ast.SelectionSet) (sum int, err error) {
	for _, sel := range set {
		var cost int
		switch sel := sel.(type) {
		case *ast.Field:
			cost, err = a.field(sel)
		case *ast.InlineFragment:
			cost, err = a.set(sel.SelectionSet)
		case *ast.FragmentSpread:
			cost, err = a.set(sel.Definition.SelectionSet)
		}
		if err != nil {
			return 0, err
		}
		sum = min(sum+cost, enough)
	}
	return sum, nil
}

func (a appraiser) field(f *ast.Field) (int, error) {
	if f.Name == "__schema" || f.Name == "__type" {
		if !a.introspect {
			return 0, fault.New("graph.limits", fault.Forbidden, "introspection needs the scope operations:read")
		}
		return 1, nil // bounded by the schema and by a rule of its own
	}
	entries := 1
	for _, arg := range f.Arguments {
		value, err := arg.Value.Value(a.vars)
		if err != nil {
			return 0, fault.New("graph.limits", fault.Invalid, "argument %s of %s cannot be read", arg.Name, f.Name)
		}
		def := f.Definition.Arguments.ForName(arg.Name)
		if err := checkInput(parsedSchema, def.Type, value); err != nil {
			return 0, inArgument(err, f, arg.Name)
		}
	}
	if strings.HasSuffix(f.Definition.Type.Name(), "Connection") || f.Definition.Arguments.ForName("first") != nil {
		var err error
		if entries, err = a.page(f); err != nil {
			return 0, err
		}
	}
	if n, ok := growing[f.ObjectDefinition.Name+"."+f.Name]; ok {
		entries = n
	}
	below, err := a.set(f.SelectionSet)
	if err != nil {
		return 0, err
	}
	if below > enough/entries {
		return enough, nil
	}
	return 1 + entries*below, nil
}

// page is how many entries a field asks for.
func (a appraiser) page(f *ast.Field) (int, error) {
	asked := 0
	for _, name := range [...]string{"first", "last"} {
		arg := f.Arguments.ForName(name)
		if arg == nil {
			continue
		}
		value, _ := arg.Value.Value(a.vars)
		if value == nil {
			continue
		}
		n, ok := whole(value)
		switch {
		case !ok || n < 1:
			return 0, inArgument(fault.New("graph.limits", fault.Invalid, "a page has at least 1 entry and at most %d", a.limits.Page), f, name)
		case n > a.limits.Page:
			return 0, inArgument(tooMuch("a page has at most %d entries", a.limits.Page), f, name)
		case asked > 0:
			return 0, inArgument(fault.New("graph.limits", fault.Invalid, "first and last exclude each other"), f, name)
		}
		asked = n
	}
	if asked == 0 {
		return defaultPage, nil
	}
	return asked, nil
}
