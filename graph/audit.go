package graph

import (
	"context"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"kith/audit"
	"kith/auth"
	"kith/fault"
	"kith/graph/model"
	"kith/trace"
)

// Auditor keeps who read which customer and who changed what. Record is called concurrently and must not block.
type Auditor interface {
	Record(audit.Entry)
}

type auditorKey struct{}

// audited has what an operation reads and changes be kept. Events of a subscription are not: that it was opened is.
func (s *Server) audited(ctx context.Context, op *graphql.OperationContext) context.Context {
	if s.cfg.Auditor == nil {
		return ctx
	}
	if op.Operation.Operation == ast.Mutation {
		op.ResolverMiddleware = s.auditChange
	}
	return context.WithValue(ctx, auditorKey{}, s.cfg.Auditor)
}

// AuditRead keeps that the field whose resolver calls it read single customers, or what hangs on them, by their ids. It
// does nothing where nothing is audited.
func AuditRead(ctx context.Context, targets ...string) {
	if a, ok := ctx.Value(auditorKey{}).(Auditor); ok && len(targets) > 0 {
		e := entryOf(ctx, audit.Read)
		e.Targets = targets
		a.Record(e)
	}
}

func entryOf(ctx context.Context, kind audit.Kind) audit.Entry {
	p := auth.PrincipalOf(ctx)
	return audit.Entry{
		Subject: p.Subject, TokenID: p.TokenID, Kind: kind, Action: graphql.GetFieldContext(ctx).Field.Name, Request: trace.RequestID(ctx),
	}
}

// auditChange keeps every field of a mutation, with what it came to.
func (s *Server) auditChange(ctx context.Context, next graphql.Resolver) (any, error) {
	field := graphql.GetFieldContext(ctx)
	if field.Object != "Mutation" {
		return next(ctx)
	}
	e := entryOf(ctx, audit.Change)
	done := false
	defer func() {
		if !done { // it panicked
			e.Outcome = string(fault.Internal)
		}
		s.cfg.Auditor.Record(e)
	}()
	seen := map[string]bool{}
	add := func(id string) {
		if id != "" && !seen[id] {
			seen[id] = true
			e.Targets = append(e.Targets, id)
		}
	}
	for name, value := range field.Args {
		if id, ok := value.(string); ok && name == "id" {
			add(id)
		}
		idsIn(reflect.ValueOf(value), 3, add)
	}
	answer, err := next(ctx)
	done = true
	e.Outcome = string(fault.CodeOf(err))
	if err == nil {
		idsIn(reflect.ValueOf(answer), 3, add)
		if wrong := userErrors(answer); len(wrong) > 0 {
			e.Outcome = string(wrong[0].Code)
		}
	}
	return answer, err
}

// idsIn finds the ids of the objects that an input or a payload names: what its fields call ID or Ids, so deep.
func idsIn(v reflect.Value, depth int, add func(string)) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch {
	case depth == 0:
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		for i := range v.Len() {
			idsIn(v.Index(i), depth, add)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			value := v.Field(i)
			switch ids, isIDs := value.Interface().([]string); {
			case f.Name == "ID" && value.Kind() == reflect.String:
				add(value.String())
			case f.Name == "Ids" && isIDs:
				for _, id := range ids {
					add(id)
				}
			default:
				idsIn(value, depth-1, add)
			}
		}
	}
}

// userErrors are those of a payload.
func userErrors(payload any) []*model.UserError {
	v := reflect.Indirect(reflect.ValueOf(payload))
	if v.Kind() != reflect.Struct {
		return nil
	}
	f := v.FieldByName("UserErrors")
	if !f.IsValid() {
		return nil
	}
	list, _ := f.Interface().([]*model.UserError)
	return list
}
