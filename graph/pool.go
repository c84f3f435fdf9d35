package graph

import "sync"

// pool runs functions on at most size goroutines, which end when there is nothing to do.
type pool struct {
	size int
	done sync.WaitGroup

	mu      sync.Mutex // protects below
	running int
	waiting []func()
}

func newPool(size int) *pool { return &pool{size: size} }

// submit runs f soon. It never blocks.
func (p *pool) submit(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == p.size {
		p.waiting = append(p.waiting, f)
		return
	}
	p.running++
	p.done.Go(func() {
		for f != nil {
			f()
			f = p.next()
		}
	})
}

func (p *pool) next() (f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) == 0 {
		p.running--
		p.waiting = nil
		return nil
	}
	f, p.waiting = p.waiting[0], p.waiting[1:]
	return f
}
