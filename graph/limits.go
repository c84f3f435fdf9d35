package graph

import (
	"cmp"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"kith/fault"
)

// Limits bound what one request may ask. They hold over HTTP and over sockets alike. Zero means the default.
type Limits struct {
	Body       int           // bytes of one request or one message of a socket; 1 MiB
	Tokens     int           // of a document; 15,000
	Depth      int           // of nested fields; 15. Introspection has a limit of its own
	Complexity int           // fields, those in a page times the size of the page; 20,000
	Aliases    int           // in one operation, fragments followed; 100
	Directives int           // likewise; 100
	Fragments  int           // in a document, and spreads in one operation; 100
	Fields     int           // in a document, as written; 1,000. Validation takes time with their square
	Page       int           // entries of one page; 200
	Time       time.Duration // for one execution; 30 s
	Wait       time.Duration // for the position in Kith-After; 10 s
	Queries    int           // bytes of validated documents kept for reuse; 8 MiB
	Persisted  int           // bytes of documents kept for clients that send their hash; 4 MiB
	Rate       float64       // operations a second of one subject, twice as many at once; 0: no limit

	Subscriptions int           // operations under way on one socket; 100
	Subject       int           // subscriptions of one subject on all connections of this instance; 20,000
	Init          time.Duration // from the upgrade to connection_init; 10 s
	Write         time.Duration // for one message to be taken by a socket; 10 s
	Ping          time.Duration // between pings; a socket silent for twice as long is closed; 25 s
	Buffer        int           // bytes of answers that may wait for a socket's reader; 1 MiB, or one answer
	Executions    int           // events executed at the same time; 64
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Body:          cmp.Or(l.Body, 1<<20),
		Tokens:        cmp.Or(l.Tokens, 15_000),
		Depth:         cmp.Or(l.Depth, 15),
		Complexity:    cmp.Or(l.Complexity, 20_000),
		Aliases:       cmp.Or(l.Aliases, 100),
		Directives:    cmp.Or(l.Directives, 100),
		Fragments:     cmp.Or(l.Fragments, 100),
		Fields:        cmp.Or(l.Fields, 1_000),
		Page:          cmp.Or(l.Page, 200),
		Time:          cmp.Or(l.Time, 30*time.Second),
		Wait:          cmp.Or(l.Wait, 10*time.Second),
		Queries:       cmp.Or(l.Queries, 8<<20),
		Persisted:     cmp.Or(l.Persisted, 4<<20),
		Rate:          l.Rate,
		Subject:       cmp.Or(l.Subject, 20_000),
		Subscriptions: cmp.Or(l.Subscriptions, 100),
		Init:          cmp.Or(l.Init, 10*time.Second),
		Write:         cmp.Or(l.Write, 10*time.Second),
		Ping:          cmp.Or(l.Ping, 25*time.Second),
		Buffer:        cmp.Or(l.Buffer, 1<<20),
		Executions:    cmp.Or(l.Executions, 64),
	}
}

func tooMuch(format string, args ...any) error {
	return fault.New("graph.limits", fault.Limit, format, args...)
}

// size is how much of everything hangs below a place in a document, fragments followed. Sums stop at enough.
type size struct {
	fields, aliases, directives, spreads, depth int
}

const enough = 1 << 30

func (s *size) add(o size) {
	s.fields = min(s.fields+o.fields, enough)
	s.aliases = min(s.aliases+o.aliases, enough)
	s.directives = min(s.directives+o.directives, enough)
	s.spreads = min(s.spreads+o.spreads, enough)
	s.depth = max(s.depth, o.depth)
}

// measurer walks a parsed document that is not validated yet, each fragment once, so that its work is linear in the
// document however often fragments spread each other.
type measurer struct {
	fragments map[string]*ast.FragmentDefinition
	measured  map[string]size
	open      map[string]bool
	written   int // fields as written
	cycle     string
}

// checkSize refuses documents that ask too much, before validation spends time on them.
func (l Limits) checkSize(doc *ast.QueryDocument) error {
	m := measurer{fragments: map[string]*ast.FragmentDefinition{}, measured: map[string]size{}, open: map[string]bool{}}
	if n := len(doc.Fragments) + len(doc.Operations); n > l.Fragments {
		return tooMuch("the document has %d operations and fragments; the limit is %d", n, l.Fragments)
	}
	for _, f := range doc.Fragments {
		m.fragments[f.Name] = f
	}
	for _, f := range doc.Fragments {
		m.fragment(f)
	}
	var most size
	for _, op := range doc.Operations {
		s := m.set(op.SelectionSet)
		s.directives += len(op.Directives)
		for _, v := range op.VariableDefinitions {
			s.directives += len(v.Directives)
		}
		most = size{
			fields: max(most.fields, s.fields), aliases: max(most.aliases, s.aliases), directives: max(most.directives, s.directives),
			spreads: max(most.spreads, s.spreads), depth: max(most.depth, s.depth),
		}
	}
	switch {
	case m.cycle != "":
		return fault.New("graph.limits", fault.Invalid, "fragment %q spreads itself", m.cycle)
	case m.written > l.Fields:
		return tooMuch("the document has %d fields; the limit is %d", m.written, l.Fields)
	case most.depth > l.Depth:
		return tooMuch("fields are nested %d deep; the limit is %d", most.depth, l.Depth)
	case most.aliases > l.Aliases:
		return tooMuch("the operation has %d aliases; the limit is %d", most.aliases, l.Aliases)
	case most.directives > l.Directives:
		return tooMuch("the operation has %d directives; the limit is %d", most.directives, l.Directives)
	case most.spreads > l.Fragments:
		return tooMuch("the operation spreads fragments %d times; the limit is %d", most.spreads, l.Fragments)
	case most.fields > l.Complexity:
		return tooMuch("the operation has a complexity of at least %d; the limit is %d", most.fields, l.Complexity)
	}
	return nil
}

func (m *measurer) set(set ast.SelectionSet) size {
	var sum size
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			m.written++
			s := size{fields: 1, directives: len(sel.Directives), depth: 1}
			if sel.Alias != sel.Name {
				s.aliases = 1
			}
			below := m.set(sel.SelectionSet)
			if len(sel.Name) < 2 || sel.Name[:2] != "__" {
				s.depth += below.depth
			}
			below.depth = 0
			s.add(below)
			sum.add(s)
		case *ast.InlineFragment:
			s := m.set(sel.SelectionSet)
			s.directives += len(sel.Directives)
			sum.add(s)
		case *ast.FragmentSpread:
			s := size{spreads: 1, directives: len(sel.Directives)}
			if f := m.fragments[sel.Name]; f != nil {
				s.add(m.fragment(f))
			}
			sum.add(s)
		}
	}
	return sum
}

func (m *measurer) fragment(f *ast.FragmentDefinition) size {
	if s, ok := m.measured[f.Name]; ok {
		return s
	}
	if m.open[f.Name] {
		m.cycle = f.Name
		return size{}
	}
	m.open[f.Name] = true
	s := m.set(f.SelectionSet)
	s.directives += len(f.Directives)
	m.measured[f.Name] = s
	return s
}
