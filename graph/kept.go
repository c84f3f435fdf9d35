package graph

import (
	"container/list"
	"sync"
)

// kept is what was used most recently, up to a size in all.
type kept[V any] struct {
	mu    sync.Mutex // protects all below
	size  int
	room  int        // left of size
	order *list.List // of *keeping[V], the most recently used in front
	byKey map[string]*list.Element
}

type keeping[V any] struct {
	key   string
	value V
	size  int
}

func newKept[V any](size int) *kept[V] {
	return &kept[V]{size: size, room: size, order: list.New(), byKey: map[string]*list.Element{}}
}

func (k *kept[V]) get(key string) (value V, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e := k.byKey[key]
	if e == nil {
		return value, false
	}
	k.order.MoveToFront(e)
	return e.Value.(*keeping[V]).value, true
}

// put keeps a value, unless there is one under its key or it is larger than everything kept together may be.
func (k *kept[V]) put(key string, value V, size int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byKey[key] != nil || size > k.size {
		return
	}
	k.byKey[key] = k.order.PushFront(&keeping[V]{key, value, size})
	k.room -= size
	for k.room < 0 {
		old := k.order.Remove(k.order.Back()).(*keeping[V])
		delete(k.byKey, old.key)
		k.room += old.size
	}
}
