package graph

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Selection is one field of the query, as a resolver sees it that wants to read at once what is asked below. Fragments
// are followed, @skip and @include applied, fields asked twice merged, variables filled in and arguments coerced.
type Selection struct {
	ctx   context.Context // whose field is field
	field *graphql.FieldContext
}

// Selected is the field whose resolver was called with ctx.
func Selected(ctx context.Context) Selection {
	return Selection{ctx, graphql.GetFieldContext(ctx)}
}

// Name is the field's name in the schema.
func (s Selection) Name() string { return s.field.Field.Name }

// Key is what [model.Prefetched] keeps the field's answer under.
func (s Selection) Key() *ast.Field { return s.field.Field.Field }

// Fields are the fields asked below s of objects of the named type: those of the names, or all. Of a field that answers
// with an interface or a union ask once for each type it may answer with. __typename is left out.
func (s Selection) Fields(typeName string, names ...string) []Selection {
	op := graphql.GetOperationContext(s.ctx)
	var fields []Selection
	for _, f := range graphql.CollectFields(op, s.field.Field.Selections, satisfies(typeName)) {
		if f.Name == "__typename" || len(names) > 0 && !slices.Contains(names, f.Name) {
			continue
		}
		child, err := childContext(s.ctx, op, typeName, f)
		if err != nil {
			continue // reported when the executor comes to the field itself
		}
		fields = append(fields, Selection{graphql.WithFieldContext(s.ctx, child), child})
	}
	return fields
}

// Arg is an argument of the field, with the type the generated resolver has for it (*int for `first: Int`). It panics
// when the schema has no such argument of that type.
func Arg[T any](s Selection, name string) T {
	v, ok := s.field.Args[name].(T)
	if !ok {
		panic(fmt.Sprintf("graph: %s.%s has no argument %s of type %T", s.field.Object, s.Name(), name, v))
	}
	return v
}

// satisfies are the names a fragment on an object of the type may have.
func satisfies(typeName string) []string { return satisfied[typeName] }

var satisfied = func() map[string][]string {
	all := make(map[string][]string, len(parsedSchema.Types))
	for name := range parsedSchema.Types {
		all[name] = []string{name}
		for _, i := range parsedSchema.Implements[name] {
			all[name] = append(all[name], i.Name)
		}
	}
	return all
}()

// childContext is the context of a field asked of an object of the type, as the generated executor would make it. The
// generated way there ends at interfaces and unions, so for the types these hold this goes straight to the type.
func childContext(ctx context.Context, op *graphql.OperationContext, typeName string, f graphql.CollectedField) (*graphql.FieldContext, error) {
	ec := newExecutionContext(op, &executableSchema{}, nil)
	switch typeName {
	case "Customer":
		return ec.childFields_Customer(ctx, f)
	case "Identifier":
		return ec.childFields_Identifier(ctx, f)
	case "Touchpoint":
		return ec.childFields_Touchpoint(ctx, f)
	case "Account":
		return ec.childFields_Account(ctx, f)
	case "Segment":
		return ec.childFields_Segment(ctx, f)
	}
	parent := graphql.GetFieldContext(ctx)
	if parent.Child == nil {
		return nil, fmt.Errorf("no fields below %s", parent.Field.Name)
	}
	return parent.Child(ctx, f)
}
