package e2e

import (
	"net"
	"sync"
)

// proxy stands between Kith and Neo4j and can take the one away from the other.
type proxy struct {
	addr, target string
	flow         sync.RWMutex // held for writing while nothing moves
	frozen       bool

	mu       sync.Mutex // protects the two below
	listener net.Listener
	open     map[net.Conn]bool

	running sync.WaitGroup
}

func newProxy(target string) (*proxy, error) {
	p := &proxy{addr: "127.0.0.1:0", target: target, open: map[net.Conn]bool{}}
	return p, p.listen()
}

func (p *proxy) listen() error {
	l, err := net.Listen("tcp", p.addr)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.addr, p.listener = l.Addr().String(), l
	p.mu.Unlock()
	p.running.Go(func() { p.accept(l) })
	return nil
}

func (p *proxy) accept(l net.Listener) {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = near.Close()
			continue
		}
		p.mu.Lock()
		cut := p.listener != l
		p.open[near], p.open[far] = true, true
		p.mu.Unlock()
		if cut {
			p.drop(near, far)
			return
		}
		p.running.Go(func() { p.copy(near, far) })
		p.running.Go(func() { p.copy(far, near) })
	}
}

// copy moves bytes one way until either end is gone.
func (p *proxy) copy(from, to net.Conn) {
	defer p.drop(from, to)
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			p.flow.RLock()
			_, writeErr := to.Write(buffer[:n])
			p.flow.RUnlock()
			if writeErr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *proxy) drop(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(p.open, c)
	}
}

// cut refuses connections and breaks those there are.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
	for c := range p.open {
		_ = c.Close()
	}
}

// freeze keeps connections and moves nothing, like a server that hangs.
func (p *proxy) freeze() {
	if !p.frozen {
		p.flow.Lock()
		p.frozen = true
	}
}

// back ends cut and freeze.
func (p *proxy) back() error {
	p.thaw()
	p.mu.Lock()
	listening := p.listener != nil
	p.mu.Unlock()
	if listening {
		return nil
	}
	return p.listen()
}

func (p *proxy) thaw() {
	if p.frozen {
		p.frozen = false
		p.flow.Unlock()
	}
}

func (p *proxy) stop() {
	p.thaw()
	p.cut()
	p.running.Wait()
}
