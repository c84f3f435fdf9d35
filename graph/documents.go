package graph

import (
	"container/list"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// documents keeps validated documents by their text, the most recently used ones, up to a number of bytes. A
// document is never written to after validation, so requests share it.
type documents struct {
	mu    sync.Mutex // protects all below
	size  int        // bytes in all
	room  int        // bytes free
	order *list.List // of *document, the most recently used in front
	byKey map[string]*list.Element
}

type document struct {
	text string
	doc  *ast.QueryDocument
}

// parsedFactor is about how many bytes of memory one byte of a document's text becomes when parsed.
const parsedFactor = 32

func newDocuments(bytes int) *documents {
	return &documents{size: bytes, room: bytes, order: list.New(), byKey: map[string]*list.Element{}}
}

func (d *documents) get(text string) *ast.QueryDocument {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.byKey[text]
	if e == nil {
		return nil
	}
	d.order.MoveToFront(e)
	return e.Value.(*document).doc
}

func (d *documents) put(text string, doc *ast.QueryDocument) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.byKey[text] != nil || len(text)*parsedFactor > d.size {
		return
	}
	d.byKey[text] = d.order.PushFront(&document{text, doc})
	d.room -= len(text) * parsedFactor
	for d.room < 0 {
		last := d.order.Back()
		old := d.order.Remove(last).(*document)
		delete(d.byKey, old.text)
		d.room += len(old.text) * parsedFactor
	}
}
