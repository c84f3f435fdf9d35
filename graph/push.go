package graph

import "slices"

// author is who writes a socket's messages: one at a time, so that they stay in order.
type author int

const (
	byNobody author = iota // there is none
	byPusher               // or will be soon
	byWriter               // who may wait for the client
)

// turn is how many messages of a socket are pushed before it is the turn of the next.
const turn = 16

// stir has somebody write what there is to write: the caller, if it is true. It is called with mu held.
func (k *socket) stir() (push bool) {
	switch {
	case k.author != byNobody: // who writes looks again before resting
	case k.outlet.raw == nil || k.closing != nil:
		k.author = byWriter
		k.poke()
	default:
		k.author = byPusher
		return true
	}
	return false
}

// pushSoon has a pusher push.
func (k *socket) pushSoon() { k.server.pushers.submit(errand{socket: k}) }

// errand is what a pusher is sent for: to push, or to tell some subscriptions that what they wait for is there, which
// mostly means to push at once.
type errand struct {
	socket *socket
	arrive []*subscription
}

func (e errand) run() {
	if e.socket != nil {
		e.socket.push()
	}
	for _, s := range e.arrive {
		s.arrived()
	}
}

// some is how many subscriptions are told by the goroutine that has executed their event; of more, every so many are an
// errand of a pusher.
const some = 32

func (s *Server) tell(waiting []*subscription) {
	if len(waiting) <= some {
		errand{arrive: waiting}.run()
		return
	}
	for chunk := range slices.Chunk(waiting, some) {
		s.pushers.submit(errand{arrive: chunk})
	}
}

// begun is a frame that was not taken at once.
type begun struct {
	delivery
	rest []byte // that the outlet has not kept itself
}

// hand leaves the writing to the writer.
func (k *socket) hand() {
	k.mu.Lock()
	k.author = byWriter
	k.mu.Unlock()
	k.poke()
}

// push writes what the client takes at once. It never waits: where it would have to, it leaves the rest to the writer.
func (k *socket) push() {
	if k.ctx.Err() != nil {
		return
	}
	p := pens.Get().(*pen)
	defer pens.Put(p)
	for range turn {
		k.expire()
		j, ok := k.next()
		if !ok {
			return
		}
		if j.closing != nil {
			k.hand()
			return
		}
		d, ok := k.compose(j, &p.frame)
		if !ok {
			continue
		}
		span := d.push()
		whole, rest, err := p.write(k.outlet)
		span.End()
		if err != nil {
			k.drop("write")
			k.cut()
			return
		}
		if !whole {
			k.begun = &begun{d, rest}
			k.hand()
			return
		}
		d.sent()
	}
	k.pushSoon()
}
