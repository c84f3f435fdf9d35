package demo

import (
	"container/heap"
	"time"
)

// agenda is what is going to happen, earliest first; of things at one moment, the one written down first.
type agenda struct {
	entries entries
	written int
}

type entry struct {
	at    time.Time
	order int
	do    func(at time.Time)
}

func (a *agenda) add(at time.Time, do func(at time.Time)) {
	a.written++
	heap.Push(&a.entries, entry{at, a.written, do})
}

// runUntil does everything due at or before t, including what that adds.
func (a *agenda) runUntil(t time.Time) {
	for len(a.entries) > 0 && !a.entries[0].at.After(t) {
		e := heap.Pop(&a.entries).(entry)
		e.do(e.at)
	}
}

type entries []entry

func (e entries) Len() int      { return len(e) }
func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e entries) Less(i, j int) bool {
	if !e[i].at.Equal(e[j].at) {
		return e[i].at.Before(e[j].at)
	}
	return e[i].order < e[j].order
}
func (e *entries) Push(x any) { *e = append(*e, x.(entry)) }
func (e *entries) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	(*e)[last] = entry{}
	*e = (*e)[:last]
	return x
}
