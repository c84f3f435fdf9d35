package graph

import (
	"context"
	"encoding/json"
	"io"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"kith/event"
	"kith/graph/model"
)

// The executor makes a context, a field context and a function of each field of each entry of a page, which is most of
// the time that a profile takes. Where all that is asked below a field is there already, it is written straight from the
// model instead: which fields of which types that may be is in shapes, and a test holds both ways to the same bytes.
// Whatever else is asked goes the executor's way, down to the next field that can be written so.

// direct are the fields of a document whose answers can be written straight, with how.
type direct map[*ast.Field]*layout

// layout is what is asked of an object, with fragments followed and fields merged.
type layout struct {
	fields []asked
	size   atomic.Int64 // of what was written last, in bytes
}

// asked is one field of an layout.
type asked struct {
	key   string // with quotes and colon
	field *ast.Field
	write writer
	below *layout // of objects
}

// writer appends a field's value of an object. It is false when that is not there, and has to be resolved.
type writer func(b []byte, a *asked, of any) ([]byte, bool)

// planDirect finds the fields of a validated document that can be written straight.
func planDirect(doc *ast.QueryDocument) direct {
	p := planner{op: &graphql.OperationContext{Doc: doc}, plans: direct{}, seen: map[*ast.Field]bool{}}
	for _, op := range doc.Operations {
		p.walk(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		p.walk(f.SelectionSet)
	}
	return p.plans
}

type planner struct {
	op    *graphql.OperationContext
	plans direct
	seen  map[*ast.Field]bool
}

func (p *planner) walk(set ast.SelectionSet) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if o := p.layout(sel.Definition.Type, sel.SelectionSet); o != nil {
				p.plans[sel] = o
			}
			p.walk(sel.SelectionSet)
		case *ast.InlineFragment:
			p.walk(sel.SelectionSet)
		}
	}
}

// layout is nil for what cannot be written straight.
func (p *planner) layout(typ *ast.Type, set ast.SelectionSet) *layout {
	shape := shapes[typ.Name()]
	if shape == nil || !plainSet(set) {
		return nil
	}
	o := &layout{}
	for _, f := range graphql.CollectFields(p.op, set, satisfies(typ.Name())) {
		a := asked{key: string(appendText(nil, f.Alias)) + ":", field: f.Field}
		if a.write = shape[f.Name]; f.Name == "__typename" {
			name := string(appendText(nil, typ.Name()))
			a.write = func(b []byte, _ *asked, _ any) ([]byte, bool) { return append(b, name...), true }
		}
		if a.write == nil {
			return nil
		}
		if len(f.Selections) > 0 {
			if a.below = p.layout(f.Definition.Type, f.Selections); a.below == nil {
				return nil
			}
		}
		o.fields = append(o.fields, a)
	}
	return o
}

// plainSet reports whether what is selected is so whatever the variables are, fragments followed.
func plainSet(set ast.SelectionSet) bool {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if len(sel.Directives) > 0 || sel.Definition.Directives.ForName("hasScope") != nil {
				return false
			}
		case *ast.InlineFragment:
			if len(sel.Directives) > 0 || !plainSet(sel.SelectionSet) {
				return false
			}
		case *ast.FragmentSpread:
			if len(sel.Directives) > 0 || !plainSet(sel.Definition.SelectionSet) {
				return false
			}
		}
	}
	return true
}

// resolve is the middleware of every resolver: what it answers with is written straight if it can be.
func (d direct) resolve(ctx context.Context, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	if err != nil || value == nil || len(d) == 0 {
		return value, err
	}
	f := graphql.GetFieldContext(ctx).Field
	o := d[f.Field]
	if o == nil || len(f.Selections) != len(f.SelectionSet) { // merged with what is asked elsewhere
		return value, nil
	}
	there := false
	switch v := value.(type) {
	case *model.Customer:
		there = v != nil
	case *model.Identifier:
		there = v != nil
	case *model.Touchpoint:
		there = v != nil
	case *model.CustomerConnection:
		there = v != nil
	case *model.IdentifierConnection:
		there = v != nil
	case *model.TouchpointConnection:
		there = v != nil
	}
	if !there {
		return value, nil
	}
	b, ok := o.append(make([]byte, 0, o.size.Load()+o.size.Load()/8), value)
	if !ok {
		return value, nil
	}
	o.size.Store(int64(len(b)))
	return written(b), nil
}

// written is a value that is written already.
type written []byte

func (w written) MarshalGQL(to io.Writer) { _, _ = to.Write(w) }

// append writes an object.
func (l *layout) append(b []byte, of any) ([]byte, bool) {
	b = append(b, '{')
	for i := range l.fields {
		a := &l.fields[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, a.key...)
		var ok bool
		if b, ok = a.write(b, a, of); !ok {
			return b, false
		}
	}
	return append(b, '}'), true
}

func appendText[S ~string](b []byte, s S) []byte {
	const hex = "0123456789ABCDEF"
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '\\' && c != '"' {
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '\t':
			b = append(b, `\t`...)
		case '\r':
			b = append(b, `\r`...)
		case '\n':
			b = append(b, `\n`...)
		case '\\', '"':
			b = append(b, '\\', c)
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
		start = i + 1
	}
	return append(append(b, s[start:]...), '"')
}

// What follows makes writers of the ways to get at a field.

func text[T any, S ~string](get func(T) S) writer {
	return func(b []byte, _ *asked, of any) ([]byte, bool) { return appendText(b, get(of.(T))), true }
}

func textOrNull[T any](get func(T) *string) writer {
	return func(b []byte, _ *asked, of any) ([]byte, bool) {
		if s := get(of.(T)); s != nil {
			return appendText(b, *s), true
		}
		return append(b, "null"...), true
	}
}

func moment[T any](get func(T) event.Millis) writer {
	return func(b []byte, _ *asked, of any) ([]byte, bool) { return model.AppendTime(b, get(of.(T))), true }
}

func momentOrNull[T any](get func(T) *event.Millis) writer {
	return func(b []byte, _ *asked, of any) ([]byte, bool) {
		if m := get(of.(T)); m != nil {
			return model.AppendTime(b, *m), true
		}
		return append(b, "null"...), true
	}
}

func boolean[T any](get func(T) bool) writer {
	return func(b []byte, _ *asked, of any) ([]byte, bool) {
		if get(of.(T)) {
			return append(b, "true"...), true
		}
		return append(b, "false"...), true
	}
}

func object[T any](get func(T) json.RawMessage) writer {
	return func(b []byte, _ *asked, of any) ([]byte, bool) {
		raw := get(of.(T))
		return append(b, raw...), len(raw) > 0
	}
}

// ahead writes what the read of an object brought for a field of it.
func ahead[T, V any](get func(T) *model.Prefetched, write func(b []byte, below *layout, value V) ([]byte, bool)) writer {
	return func(b []byte, a *asked, of any) ([]byte, bool) {
		value, ok := get(of.(T)).Get(a.field)
		if !ok {
			return b, false
		}
		return write(b, a.below, value.(V))
	}
}

func inside[T, V any](get func(T) *V) writer {
	return func(b []byte, a *asked, of any) ([]byte, bool) { return one(b, a.below, get(of.(T))) }
}

func texts(b []byte, _ *layout, list []string) ([]byte, bool) {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, s)
	}
	return append(b, ']'), true
}

func one[V any](b []byte, below *layout, value *V) ([]byte, bool) {
	if value == nil {
		return b, false
	}
	return below.append(b, value)
}

func entries[T, E any](get func(T) []E, entry func(*E) any) writer {
	return func(b []byte, a *asked, of any) ([]byte, bool) {
		b = append(b, '[')
		all := get(of.(T))
		for i := range all {
			if i > 0 {
				b = append(b, ',')
			}
			var ok bool
			if b, ok = a.below.append(b, entry(&all[i])); !ok {
				return b, false
			}
		}
		return append(b, ']'), true
	}
}
