package model

import "github.com/vektah/gqlparser/v2/ast"

// Prefetched is what the read that made an object fetched for its nested fields, by the field of the query it was
// fetched for. One field of one query has one set of arguments, so aliases with other arguments are other fields, and
// an object that appears in two places of a query never answers one place with what was read for the other.
//
// The zero value is empty. It is filled before the object is handed to the executor and only read after that.
type Prefetched struct {
	slots []slot
}

type slot struct {
	field *ast.Field
	value any
}

// Put keeps value as the answer to field.
func (p *Prefetched) Put(field *ast.Field, value any) {
	p.slots = append(p.slots, slot{field, value})
}

// Get is the answer kept for field.
func (p *Prefetched) Get(field *ast.Field) (value any, ok bool) {
	for _, s := range p.slots {
		if s.field == field {
			return s.value, true
		}
	}
	return nil, false
}
