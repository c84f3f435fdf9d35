package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// rawSocket is a subscriber that costs as little as one can: it looks at the lengths of frames and at nothing else.
type rawSocket struct {
	conn net.Conn
	in   *bufio.Reader
}

// dialRaw connects, is admitted and subscribes.
func dialRaw(ctx context.Context, url, token, document string, variables map[string]any) (*rawSocket, error) {
	d := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: 30 * time.Second, ReadBufferSize: 512, WriteBufferSize: 512}
	conn, res, err := d.DialContext(ctx, "ws"+strings.TrimPrefix(url, "http")+"/graphql", nil)
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close() // of a handshake, empty
	if err := conn.WriteJSON(map[string]any{"type": "connection_init", "payload": map[string]any{"token": token}}); err != nil {
		return nil, err
	}
	// Nothing may follow the answer before somebody else than conn reads.
	if _, text, err := conn.ReadMessage(); err != nil || !strings.Contains(string(text), "connection_ack") {
		return nil, fmt.Errorf("the server answers %s (%w)", text, err)
	}
	if err := conn.WriteJSON(map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{"query": document, "variables": variables}}); err != nil {
		return nil, err
	}
	return newRawSocket(conn), nil
}

func newRawSocket(conn *websocket.Conn) *rawSocket {
	raw := conn.NetConn()
	return &rawSocket{raw, bufio.NewReaderSize(raw, 1024)}
}

// pong answers a ping, masked with nothing.
var pong = []byte{0x8a, 0x80, 0, 0, 0, 0}

// next is the length of the next frame with an event; signs of life are answered and skipped.
func (s *rawSocket) next() (int, error) {
	for {
		var head [2]byte
		if _, err := io.ReadFull(s.in, head[:]); err != nil {
			return 0, err
		}
		n := uint64(head[1] & 0x7f)
		if n >= 126 {
			var long [8]byte
			part := long[6:]
			if n == 127 {
				part = long[:]
			}
			if _, err := io.ReadFull(s.in, part); err != nil {
				return 0, err
			}
			n = binary.BigEndian.Uint64(long[:])
		}
		if _, err := s.in.Discard(int(n)); err != nil {
			return 0, err
		}
		switch head[0] & 0xf {
		case websocket.TextMessage:
			if n > 40 {
				return int(n), nil
			}
		case websocket.PingMessage:
			if _, err := s.conn.Write(pong); err != nil {
				return 0, err
			}
		case websocket.CloseMessage:
			return 0, io.EOF
		}
	}
}

// crowd is many of them. Whoever gets an event calls got with its own number.
type crowd struct {
	sockets []*rawSocket
	reading sync.WaitGroup
}

func openCrowd(ctx context.Context, n int, dial func(i int) (*rawSocket, error), got func(i, length int)) (*crowd, error) {
	c := &crowd{sockets: make([]*rawSocket, n)}
	if err := all(ctx, 32, n, func(i int) (err error) {
		c.sockets[i], err = dial(i)
		return err
	}); err != nil {
		c.close()
		return nil, err
	}
	for i, s := range c.sockets {
		c.reading.Go(func() {
			for {
				length, err := s.next()
				if err != nil {
					return
				}
				got(i, length)
			}
		})
	}
	return c, nil
}

func (c *crowd) close() {
	for _, s := range c.sockets {
		if s != nil {
			s.conn.Close()
		}
	}
	c.reading.Wait()
}
