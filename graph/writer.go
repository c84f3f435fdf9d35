package graph

import (
	"context"
	"time"

	"github.com/gorilla/websocket"
)

// write is the socket's writer: the only goroutine that waits for the client to take messages. It ends with the
// connection, and ends it.
func (k *socket) write() {
	defer k.cut()
	opened := time.Now()
	pinged := opened
	// All that may happen is one signal: to wait for one of several costs more than some frames do.
	defer context.AfterFunc(k.ctx, k.poke)()
	timer := time.AfterFunc(k.server.limits.Init, k.poke)
	defer timer.Stop()
	fires := opened.Add(k.server.limits.Init)
	for {
		<-k.wake
		if k.ctx.Err() != nil {
			return
		}
		now := time.Now()
		if now.Sub(pinged) >= k.server.limits.Ping {
			pinged = now
			if !k.ping() {
				return
			}
		}
		due := k.due(opened, now)
		if !k.flush() {
			return
		}
		// Left alone it fires too early at worst, which costs less than to set it with every frame.
		if at := now.Add(min(due, k.server.limits.Ping-now.Sub(pinged))); at.Before(fires) || !now.Before(fires) {
			timer.Reset(at.Sub(now))
			fires = at
		}
	}
}

// grace is how long a frame that was begun before the end of a token may take.
const grace = 500 * time.Millisecond

const tokenExpired = "token expired"

// until is when the socket's token ends; zero while there is none.
func (k *socket) until() time.Time {
	if p := k.speaksFor(); p != nil {
		return p.Expires
	}
	return time.Time{}
}

// due closes a socket that is past one of its times, and is how long until the next one.
func (k *socket) due(opened, now time.Time) time.Duration {
	principal := k.speaksFor()
	if principal == nil {
		left := k.server.limits.Init - now.Sub(opened)
		if left <= 0 {
			k.shut(closeInitTimeout, "")
		}
		return max(left, time.Second)
	}
	if principal.Expires.IsZero() {
		return k.server.limits.Ping
	}
	left := principal.Expires.Sub(now)
	if left <= 0 {
		k.shut(closeForbidden, tokenExpired)
	}
	return max(left, time.Millisecond)
}

// ping asks for a sign of life, both of the WebSocket and of what speaks the protocol over it. An answer to either will
// do.
func (k *socket) ping() bool {
	err := k.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(k.server.limits.Write))
	return err == nil && k.put(appendFrame(nil, websocket.TextMessage, []byte(`{"type":"ping"}`)))
}

// flush writes what there is to write, if that is left to the writer. It is false when the connection has ended.
func (k *socket) flush() bool {
	k.mu.Lock()
	mine := k.author == byWriter
	k.mu.Unlock()
	if !mine {
		return true
	}
	if b := k.begun; b != nil {
		k.begun = nil
		if !k.put(b.rest) {
			return false
		}
		b.sent()
	}
	for {
		k.expire()
		j, ok := k.next()
		if !ok {
			return true
		}
		if j.closing != nil {
			k.part(*j.closing)
			return false
		}
		if !k.deliver(j) {
			return false
		}
	}
}

// expire closes the socket if its token has ended.
func (k *socket) expire() {
	if until := k.until(); !until.IsZero() && !time.Now().Before(until) {
		k.shut(closeForbidden, tokenExpired)
	}
}

// job is what is to be written next: a frame, the end of the socket, or what a subscription has.
type job struct {
	frame   []byte
	closing *closing
	sub     *subscription
}

// next takes the next job. It is false when there is none: then nobody writes until the next stir.
func (k *socket) next() (j job, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case len(k.out) > 0:
		j.frame = k.out[0]
		k.out = k.out[1:]
		k.waiting -= len(j.frame)
	case k.closing != nil:
		j.closing = k.closing
	case len(k.ready) > 0:
		j.sub = k.ready[0]
		k.ready = behind(k.ready)
	default:
		k.out, k.author = nil, byNobody
		return j, false
	}
	return j, true
}

// deliver writes the frame of a job and waits for the client to take it. It is false when the connection has ended.
func (k *socket) deliver(j job) bool {
	p := pens.Get().(*pen) // a socket needs one only while it writes
	defer pens.Put(p)
	d, ok := k.compose(j, &p.frame)
	if !ok {
		return true
	}
	span := d.push()
	sent := k.put(p.frame)
	span.End()
	if sent {
		d.sent()
	}
	return sent
}

// put writes a frame behind the rest of the one before. When the client does not take it in time, or its token runs out
// meanwhile, the connection is over.
func (k *socket) put(frame []byte) bool {
	deadline := time.Now().Add(k.server.limits.Write)
	if until := k.until(); !until.IsZero() && until.Before(deadline) {
		deadline = until.Add(grace)
	}
	if k.outlet.write(frame, deadline) != nil {
		k.drop("write")
		return false
	}
	return true
}

// drop counts a socket that the server gave up, if it cost somebody a subscription.
func (k *socket) drop(reason string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, op := range k.operations {
		if op.sub != nil {
			k.server.metrics.dropped.WithLabelValues(reason).Inc()
			return
		}
	}
}

// part sends the close frame and leaves the reader a moment for the client's.
func (k *socket) part(c closing) {
	k.drop(c.code.Name)
	deadline := time.Now().Add(time.Second)
	reason := c.reason
	if len(reason) > 123 { // all a control frame has room for
		reason = reason[:123]
	}
	_ = k.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(c.code.Code, reason), deadline)
	_ = k.conn.SetReadDeadline(deadline)
	<-k.ctx.Done()
}

// behind is a queue without its first. One that becomes empty keeps its place in memory, for the next.
func behind[T any](queue []*T) []*T {
	queue[0] = nil
	if len(queue) == 1 {
		return queue[:0]
	}
	return queue[1:]
}
