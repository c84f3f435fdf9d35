package graph

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"
)

// outlet is the connection below a socket, as gorilla/websocket has it, whose write side can also be used without ever
// waiting. Frames go out whole, whoever writes them: of one that the system took a part of the rest is kept, and goes
// before anything else.
type outlet struct {
	net.Conn
	raw syscall.RawConn // nil where there is no writing without waiting

	deadline time.Time // of the next Write; gorilla/websocket sets it and writes in one goroutine at a time

	free   chan struct{} // holds something while nothing is written; who has taken it may use what follows
	rest   []byte        // of a frame
	broken error         // what ended it: a part of a frame may be out
}

// newOutlet writes without waiting on what is a TCP connection and nothing else. TLS makes more of a frame than goes out
// at once.
func newOutlet(conn net.Conn) *outlet {
	o := &outlet{Conn: conn, free: make(chan struct{}, 1)}
	o.release()
	if tcp, ok := conn.(*net.TCPConn); ok && canAttempt {
		if raw, err := tcp.SyscallConn(); err == nil {
			o.raw = raw
		}
	}
	return o
}

// SetWriteDeadline is for the next Write alone: one left behind would end an attempt long after.
func (o *outlet) SetWriteDeadline(t time.Time) error {
	o.deadline = t
	return nil
}

func (o *outlet) release() { o.free <- struct{}{} }

// Write writes the whole of a frame.
func (o *outlet) Write(frame []byte) (int, error) {
	if err := o.write(frame, o.deadline); err != nil {
		return 0, err
	}
	return len(frame), nil
}

// write writes what is left and a frame, and waits for the client to take them, until a moment unless that is zero.
func (o *outlet) write(frame []byte, deadline time.Time) error {
	select {
	case <-o.free:
	default:
		var late <-chan time.Time
		if !deadline.IsZero() {
			late = time.After(time.Until(deadline))
		}
		select {
		case <-o.free:
		case <-late:
			return os.ErrDeadlineExceeded
		}
	}
	defer o.release()
	if o.broken != nil {
		return o.broken
	}
	_ = o.Conn.SetWriteDeadline(deadline)
	for _, data := range [...][]byte{o.rest, frame} {
		if len(data) == 0 {
			continue
		}
		if _, o.broken = o.Conn.Write(data); o.broken != nil {
			return o.broken
		}
	}
	o.rest = nil
	_ = o.Conn.SetWriteDeadline(time.Time{})
	return nil
}

// pen writes frames without waiting.
type pen struct {
	frame []byte
	n     int
	err   error
	once  func(fd uintptr) bool
}

// pens is a pen for each goroutine that writes.
var pens = sync.Pool{New: func() any {
	p := &pen{}
	p.once = func(fd uintptr) bool {
		p.n, p.err = attempt(fd, p.frame)
		return true
	}
	return p
}}

// write gives the system as much of the pen's frame as it takes at once, and the outlet the rest to keep. Where somebody
// else is writing it gives the frame back.
func (p *pen) write(o *outlet) (whole bool, back []byte, err error) {
	select {
	case <-o.free:
	default:
		return false, bytes.Clone(p.frame), nil
	}
	defer o.release()
	switch {
	case o.broken != nil:
		return false, nil, o.broken
	case len(o.rest) > 0:
		return false, bytes.Clone(p.frame), nil
	}
	err = o.raw.Write(p.once)
	if o.broken = cmp.Or(err, p.err); o.broken != nil {
		return false, nil, o.broken
	}
	if p.n < len(p.frame) {
		o.rest = bytes.Clone(p.frame[p.n:])
		return false, nil, nil
	}
	return true, nil, nil
}

// appendFrame makes a message of parts: one frame, as a server sends it, not masked
// (https://www.rfc-editor.org/rfc/rfc6455#section-5.2).
func appendFrame(b []byte, kind byte, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b = append(b, 1<<7|kind)
	switch {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// hijacker puts an outlet below the socket that a request becomes.
type hijacker struct {
	http.ResponseWriter
	outlet *outlet
}

// Hijack takes the connection over from net/http.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.outlet = newOutlet(conn)
	return h.outlet, buffered, nil
}
