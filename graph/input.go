package graph

import (
	"errors"
	"reflect"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"kith/fault"
	"kith/graph/model"
)

// checkInput checks a value, with its variables filled in, for what validation leaves open: that @oneOf inputs from
// variables have exactly one field, and that custom scalars can be read. So whatever is wrong with an argument is
// said before anything is executed. The error's Field is the path inside the value.
func checkInput(schema *ast.Schema, typ *ast.Type, value any) error {
	if value == nil {
		return nil
	}
	if typ.Elem != nil {
		list := reflect.ValueOf(value) // a coerced variable may be a slice of anything
		if list.Kind() != reflect.Slice {
			return checkInput(schema, typ.Elem, value)
		}
		for i := range list.Len() {
			if err := checkInput(schema, typ.Elem, list.Index(i).Interface()); err != nil {
				return within(err, strconv.Itoa(i))
			}
		}
		return nil
	}
	switch typ.NamedType {
	case "Time":
		_, err := model.UnmarshalTime(value)
		return err
	case "Duration":
		_, err := model.UnmarshalDuration(value)
		return err
	case "Int64":
		_, err := model.UnmarshalInt64(value)
		return err
	case "Int":
		_, err := model.UnmarshalInt(value)
		return err
	}
	def := schema.Types[typ.NamedType]
	object, ok := value.(map[string]any)
	if def == nil || def.Kind != ast.InputObject || !ok {
		return nil
	}
	if def.Directives.ForName("oneOf") != nil {
		if err := exactlyOne(def, object); err != nil {
			return err
		}
	}
	for _, f := range def.Fields {
		if err := checkInput(schema, f.Type, object[f.Name]); err != nil {
			return within(err, f.Name)
		}
	}
	return nil
}

func exactlyOne(def *ast.Definition, object map[string]any) error {
	for _, v := range object {
		if len(object) == 1 && v != nil {
			return nil
		}
	}
	return fault.New("graph.input", fault.Invalid, "exactly one field of %s must be given, and not null", def.Name)
}

// within puts name in front of the path of err.
func within(err error, name string) error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return err
	}
	located := *e
	located.Field = name
	if e.Field != "" {
		located.Field += "." + e.Field
	}
	return &located
}

// inArgument says which argument of which field err is about.
func inArgument(err error, f *ast.Field, argument string) error {
	shown := &gqlerror.Error{Err: within(within(err, argument), f.Alias)}
	if f.Position != nil {
		shown.Locations = []gqlerror.Location{{Line: f.Position.Line, Column: f.Position.Column}}
	}
	return shown
}

// whole is an integer of a query, from a literal or a variable.
func whole(v any) (int, bool) {
	n, err := model.UnmarshalInt(v)
	return n, err == nil
}
