package browsertest

import (
	"io"
	"net"
	"sync"
)

// proxy stands between the browser and the server, so that a test can take the network away.
type proxy struct {
	listener net.Listener
	work     sync.WaitGroup

	mu     sync.Mutex
	target string
	away   bool
	open   map[net.Conn]bool
	dead   map[net.Conn]bool // what is written to these is lost
}

func newProxy(target string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, target: target, open: map[net.Conn]bool{}, dead: map[net.Conn]bool{}}
	p.work.Go(p.accept)
	return p, nil
}

func (p *proxy) url() string { return "http://" + p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.serve(client) })
	}
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.leads())
	if err != nil {
		return
	}
	defer server.Close()
	if !p.keep(client, server) {
		return
	}
	defer p.drop(client, server)
	done := make(chan struct{}, 2)
	pipe := func(to, from net.Conn) {
		_, _ = io.Copy(line{p, to}, from) // a cut line ends it
		done <- struct{}{}
	}
	go pipe(server, client) // both end with the first, which closes the other's line
	go pipe(client, server)
	<-done
	client.Close()
	server.Close()
	<-done
}

func (p *proxy) keep(list ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range list {
		p.open[c] = true
	}
	return !p.away
}

func (p *proxy) drop(list ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range list {
		delete(p.open, c)
		delete(p.dead, c)
	}
}

// line is a connection as long as nobody has slept.
type line struct {
	p *proxy
	net.Conn
}

func (l line) Write(b []byte) (int, error) {
	l.p.mu.Lock()
	dead := l.p.dead[l.Conn]
	l.p.mu.Unlock()
	if dead {
		return len(b), nil
	}
	return l.Conn.Write(b)
}

// sleep is what a laptop does to its connections: they look open, and nothing comes through them any more.
func (p *proxy) sleep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		p.dead[c] = true
	}
}

// lead has what is new go to another address.
func (p *proxy) lead(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

func (p *proxy) leads() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.target
}

// cut takes the network away: what is open ends, what is new fails.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = true
	for c := range p.open {
		c.Close()
	}
}

func (p *proxy) mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = false
}

func (p *proxy) stop() {
	p.listener.Close()
	p.cut()
	p.work.Wait()
}
