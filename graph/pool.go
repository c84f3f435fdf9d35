package graph

import "sync"

// pool runs a function for values on at most size goroutines, which end when there is nothing to do.
type pool[T any] struct {
	size int
	run  func(T)
	done sync.WaitGroup

	mu      sync.Mutex // protects below
	running int
	waiting []T
}

func newPool[T any](size int, run func(T)) *pool[T] { return &pool[T]{size: size, run: run} }

// submit runs the function for v soon. It never blocks.
func (p *pool[T]) submit(v T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == p.size {
		p.waiting = append(p.waiting, v)
		return
	}
	p.running++
	p.done.Go(func() {
		for more := true; more; v, more = p.next() {
			p.run(v)
		}
	})
}

func (p *pool[T]) next() (v T, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) == 0 {
		p.running--
		p.waiting = nil
		return v, false
	}
	var none T
	v, p.waiting[0] = p.waiting[0], none
	p.waiting = p.waiting[1:]
	return v, true
}
