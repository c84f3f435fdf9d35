// Package graphtest is a plain client of the live API, for measuring and trying it from outside.
package graphtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const patience = 10 * time.Second // for the handshake, and for one message to be sent

// Client is one socket that speaks graphql-transport-ws. Subscribe may be called concurrently; Next by one goroutine.
type Client struct {
	conn *websocket.Conn
	mu   sync.Mutex // one writer at a time
}

// Message is one message from the server: an answer to the operation ID.
type Message struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"` // next, error or complete
	Payload json.RawMessage `json:"payload"`
}

// Dial connects to the API at url, http or ws, and is admitted with token.
func Dial(ctx context.Context, url, token string) (*Client, error) {
	d := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: patience, ReadBufferSize: 64 << 10}
	conn, res, err := d.DialContext(ctx, "ws"+strings.TrimPrefix(strings.TrimPrefix(url, "http"), "ws"), nil)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", url, err)
	}
	_ = res.Body.Close() // of a handshake, empty
	c := &Client{conn: conn}
	if err := c.send("connection_init", "", map[string]string{"Authorization": "Bearer " + token}); err != nil {
		c.Close()
		return nil, err
	}
	m, err := c.Next()
	if err == nil && m.Type != "connection_ack" {
		err = fmt.Errorf("the server answers connection_init with %s %s", m.Type, m.Payload)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Client) send(kind, id string, payload any) error {
	m := map[string]any{"type": kind}
	if id != "" {
		m["id"] = id
	}
	if payload != nil {
		m["payload"] = payload
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	return c.conn.WriteJSON(m)
}

// Subscribe begins an operation; its answers carry id.
func (c *Client) Subscribe(id, document string, variables map[string]any) error {
	return c.send("subscribe", id, map[string]any{"query": document, "variables": variables})
}

// Next is the next message but pings, which it answers. It blocks until there is one; Close ends it with an error.
func (c *Client) Next() (Message, error) {
	for {
		var m Message
		if err := c.conn.ReadJSON(&m); err != nil {
			return m, err
		}
		if m.Type != "ping" {
			return m, nil
		}
		if err := c.send("pong", "", nil); err != nil {
			return m, err
		}
	}
}

// Close hangs up.
func (c *Client) Close() { _ = c.conn.Close() }
