package graph

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"kith/auth"
	"kith/fault"
	"kith/trace"
)

// subprotocol is the one protocol spoken over sockets:
// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
const subprotocol = "graphql-transport-ws"

// socket is one WebSocket. Two goroutines belong to it: the reader, which is its owner, and the writer.
// Operations that are executed have one each while they run; a subscription that waits for its next event has none.
//
// What the client takes at once is written by who has it, or by one of the server's pushers, so that an event costs no
// switch to each of a thousand writers. The writer writes what has to wait for the client.
type socket struct {
	server *Server
	conn   *websocket.Conn
	outlet *outlet
	id     string          // of the request it came with
	ctx    context.Context // ends with the socket
	cancel context.CancelFunc
	wake   chan struct{} // has room for one: the writer should look
	work   sync.WaitGroup

	principal atomic.Pointer[auth.Principal] // nil until connection_init was accepted

	mu         sync.Mutex // protects below
	operations map[string]*operation
	out        [][]byte        // frames to be written
	waiting    int             // their bytes
	ready      []*subscription // that have something to be written, in the order they got it
	closing    *closing        // the server has decided to close
	author     author          // of messages

	begun *begun // only the author uses it
}

// operation is what runs under one id.
type operation struct {
	id     string
	cancel context.CancelFunc
	sub    *subscription // nil for queries and mutations, and until the stream is open
}

type closing struct {
	code   CloseCode
	reason string
}

// serveSocket upgrades a request and starts to serve the socket. It returns at once, so that what net/http keeps for a
// request is not kept for as long as the socket lives; [Server.Drain] waits for the socket instead.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	if s.connections.draining() {
		s.refuse(newReply(w, r), http.StatusServiceUnavailable, fault.New("graph.serveSocket", fault.Unavailable, "the server is going down"))
		return
	}
	h := hijacker{ResponseWriter: w}
	conn, err := s.upgrader.Upgrade(&h, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	k := &socket{
		server: s, conn: conn, outlet: h.outlet, id: trace.RequestID(r.Context()),
		wake: make(chan struct{}, 1), operations: map[string]*operation{},
	}
	token, _ := bearer(r.Header.Get("Authorization"))
	k.ctx, k.cancel = context.WithCancel(trace.WithRequestID(context.Background(), k.id))
	if !s.connections.add(k) {
		k.shut(closeRestart, "")
	}
	s.metrics.connections.Inc()
	go k.serve(token) // Server.Drain waits for it
}

// serve serves the socket until it is closed.
func (k *socket) serve(token string) {
	defer k.server.connections.remove(k)
	defer k.server.metrics.connections.Dec()
	defer k.end()
	defer func() {
		if cause := recover(); cause != nil {
			_ = recovered(k.server.log)(k.ctx, cause) // logged; the socket is over
		}
	}()
	k.work.Go(k.write)
	k.read(token)
}

// message is one message of the protocol.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// read handles what the client sends until the connection ends.
func (k *socket) read(token string) {
	if k.conn.Subprotocol() != subprotocol {
		k.shut(closeProtocol, "")
	}
	k.conn.SetReadLimit(int64(k.server.limits.Body))
	k.conn.SetPongHandler(func(string) error { k.alive(); return nil })
	// It waits for its turn, as all else: gorilla/websocket's own waits for who writes, and nothing is read meanwhile.
	k.conn.SetPingHandler(func(text string) error { k.queue(appendFrame(nil, websocket.PongMessage, []byte(text))); return nil })
	k.alive()
	for {
		kind, data, err := k.conn.ReadMessage()
		if err != nil {
			if errors.Is(err, websocket.ErrReadLimit) {
				k.server.metrics.dropped.WithLabelValues(closeTooBig.Name).Inc()
				k.linger()
			}
			return
		}
		if !k.alive() {
			continue // waiting for the client's half of the closing
		}
		var m message
		if kind != websocket.TextMessage || json.Unmarshal(data, &m) != nil {
			k.shut(closeBadRequest, "")
			continue
		}
		k.handle(m, token)
	}
}

// alive notes that the client is there. It is false when the server is closing the socket.
func (k *socket) alive() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closing != nil {
		return false
	}
	_ = k.conn.SetReadDeadline(time.Now().Add(2*k.server.limits.Ping + k.server.limits.Write))
	return true
}

// linger reads on for a moment after a close frame was sent, so that the client gets to see it: a connection closed
// with unread bytes is reset, and the frame with it.
func (k *socket) linger() {
	raw := k.conn.NetConn()
	_ = raw.SetReadDeadline(time.Now().Add(time.Second))
	_, _ = io.Copy(io.Discard, io.LimitReader(raw, 64<<20))
}

// handle does what one message asks.
func (k *socket) handle(m message, token string) {
	switch m.Type {
	case "connection_init":
		k.init(m.Payload, token)
	case "ping":
		pong, _ := json.Marshal(message{Type: "pong", Payload: m.Payload})
		k.send(pong)
	case "pong":
	case "subscribe":
		k.subscribe(m)
	case "complete":
		k.stop(m.ID)
	default:
		k.shut(closeBadRequest, "Unknown message type")
	}
}

// init checks the token in the payload of connection_init, or that of the request the socket came with.
func (k *socket) init(payload json.RawMessage, token string) {
	if k.speaksFor() != nil {
		k.shut(closeSecondInit, "")
		return
	}
	if given, ok := tokenIn(payload); ok {
		token = given
	}
	ctx, cancel := context.WithTimeout(k.ctx, k.server.limits.Init)
	defer cancel()
	principal, err := k.server.verify(ctx, token)
	if err != nil {
		k.shut(closeForbidden, fault.MessageOf(err))
		return
	}
	k.principal.Store(principal)
	// Again, now that a revocation would find the socket.
	if _, err := k.server.verify(ctx, token); err != nil {
		k.shut(closeForbidden, fault.MessageOf(err))
		return
	}
	k.send([]byte(`{"type":"connection_ack"}`))
	k.poke() // to look when the token ends
}

func (k *socket) speaksFor() *auth.Principal {
	return k.principal.Load()
}

// tokenIn is the token in the payload of connection_init: "Authorization" as in the header, or "token" bare.
func tokenIn(payload json.RawMessage) (token string, ok bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(payload, &fields) != nil {
		return "", false
	}
	for _, name := range [...]string{"Authorization", "authorization", "token"} {
		var text string
		if json.Unmarshal(fields[name], &text) != nil || text == "" {
			continue
		}
		if bare, ok := bearer(text); ok {
			return bare, true
		}
		return text, true
	}
	return "", false
}

// send queues a message.
func (k *socket) send(data []byte) { k.queue(appendFrame(nil, websocket.TextMessage, data)) }

// queue queues a frame, and closes the socket when its reader has left too many bytes lying.
func (k *socket) queue(frame []byte) {
	k.mu.Lock()
	if k.closing != nil {
		k.mu.Unlock()
		return
	}
	fits, push := k.waiting == 0 || k.waiting+len(frame) <= k.server.limits.Buffer, false
	if fits {
		k.out = append(k.out, frame)
		k.waiting += len(frame)
		push = k.stir()
	}
	k.mu.Unlock()
	switch {
	case !fits:
		k.shut(closeSlow, "")
	case push:
		k.pushSoon()
	}
}

// poke makes the writer look.
func (k *socket) poke() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// shut makes the writer close the socket after the messages that wait already, but for one that its client does not read
// or may not read any more. The first reason counts; an empty one is that of the code.
func (k *socket) shut(code CloseCode, reason string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closing != nil {
		return
	}
	if code == closeSlow || code == closeForbidden {
		k.out = nil
	}
	if reason == "" {
		reason = code.Reason
	}
	k.closing = &closing{code, reason}
	k.stir() // has the writer do it
}

// announce has a subscription written that has something.
func (k *socket) announce(s *subscription, now bool) {
	k.mu.Lock()
	k.ready = append(k.ready, s)
	push := k.stir()
	k.mu.Unlock()
	switch {
	case push && now:
		k.push()
	case push:
		k.pushSoon()
	}
}

// cut ends the connection. What it has to say about that is of no use any more.
func (k *socket) cut() { _ = k.conn.Close() }

// end stops everything that runs on the socket and waits for it.
func (k *socket) end() {
	k.cancel()
	k.cut()
	k.mu.Lock()
	running := k.operations
	k.operations = nil
	k.mu.Unlock()
	for _, op := range running {
		op.end()
	}
	k.work.Wait()
}

func (op *operation) end() {
	op.cancel()
	if op.sub != nil {
		op.sub.close()
	}
}
