package graph

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"kith/auth"
	"kith/fault"
)

// nobodyAnswers are resolvers that fail when they are reached.
type nobodyAnswers struct{ ResolverRoot }

func (nobodyAnswers) Mutation() MutationResolver { return struct{ MutationResolver }{} }

// TestMutationsNeedTheirScope sends every mutation of the schema: with all scopes but its own it is refused before anything
// looks at it, and with its own alone it gets as far as its resolver.
func TestMutationsNeedTheirScope(t *testing.T) {
	exec := executor.New(NewExecutableSchema(Config{Resolvers: nobodyAnswers{}, Directives: DirectiveRoot{HasScope: hasScope}}))
	reached := false
	exec.SetRecoverFunc(func(context.Context, any) error {
		reached = true
		return fault.New("test", fault.Internal, "the resolver was reached")
	})
	send := func(query string, scopes ...auth.Scope) (refused bool) {
		t.Helper()
		reached = false
		ctx := graphql.StartOperationTrace(auth.WithPrincipal(t.Context(), &auth.Principal{Subject: "somebody", Granted: scopes}))
		op, list := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query})
		if list != nil {
			t.Fatalf("%s: %v", query, list)
		}
		answer, ctx := exec.DispatchOperation(ctx, op)
		errs := answer(ctx).Errors
		return len(errs) == 1 && fault.CodeOf(errs[0].Unwrap()) == fault.Forbidden && !reached
	}
	wants := map[string]auth.Scope{ // those that change what others see
		"segmentCreate": auth.SegmentsWrite, "segmentUpdate": auth.SegmentsWrite, "segmentDelete": auth.SegmentsWrite,
		"computedTraitCreate": auth.SegmentsWrite, "computedTraitUpdate": auth.SegmentsWrite, "computedTraitDelete": auth.SegmentsWrite,
		"identityJoin": auth.IdentityWrite, "identityPart": auth.IdentityWrite, "identityDecisionRevoke": auth.IdentityWrite,
	}
	for _, f := range parsedSchema.Mutation.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		query := "mutation { " + f.Name + given(f.Arguments) + " { userErrors { message } } }"
		d := f.Directives.ForName("hasScope")
		if d == nil {
			t.Errorf("%s needs no scope", f.Name)
			continue
		}
		own := auth.Scope(d.Arguments.ForName("scope").Value.Raw)
		if want, fixed := wants[f.Name]; fixed && own != want {
			t.Errorf("%s needs the scope %s, want %s", f.Name, own, want)
		}
		delete(wants, f.Name)
		if !send(query) || !send(query, slices.DeleteFunc(slices.Clone(auth.Roles["admin"]), func(s auth.Scope) bool { return s == own })...) {
			t.Errorf("%s is not refused without the scope %s", f.Name, own)
		}
		if send(query, own) || !reached {
			t.Errorf("%s is not let through with the scope %s", f.Name, own)
		}
	}
	if len(wants) > 0 {
		t.Errorf("not in the schema: %v", wants)
	}
}

// given are values for the arguments that have to be there.
func given(list ast.ArgumentDefinitionList) string {
	var out []string
	for _, a := range list {
		if a.Type.NonNull {
			out = append(out, a.Name+": "+anything(a.Type))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "(" + strings.Join(out, ", ") + ")"
}

func anything(t *ast.Type) string {
	if t.Elem != nil {
		return "[]"
	}
	def := parsedSchema.Types[t.NamedType]
	switch def.Kind {
	case ast.Enum:
		return def.EnumValues[0].Name
	case ast.InputObject:
		oneOf := def.Directives.ForName("oneOf") != nil
		var out []string
		for _, f := range def.Fields {
			if f.Type.NonNull || oneOf && f.Type.Elem != nil {
				out = append(out, f.Name+": "+anything(f.Type))
			}
			if oneOf && len(out) == 1 {
				break
			}
		}
		return "{" + strings.Join(out, ", ") + "}"
	}
	switch t.NamedType {
	case "Int", "Float", "Int64":
		return "1"
	case "Boolean":
		return "true"
	case "Duration":
		return `"P1D"`
	case "Time":
		return `"2026-01-01T00:00:00Z"`
	}
	return fmt.Sprintf("%q", "x")
}
