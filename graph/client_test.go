package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// client is a plain graphql-transport-ws client that sends exactly what a test says.
type client struct {
	b    *bench
	conn *websocket.Conn
}

const patience = 20 * time.Second

func (b *bench) dial(protocols ...string) *client {
	b.Helper()
	if protocols == nil {
		protocols = []string{"graphql-transport-ws"}
	}
	d := websocket.Dialer{Subprotocols: protocols}
	conn, res, err := d.Dial("ws"+strings.TrimPrefix(b.url, "http"), nil)
	if err != nil {
		b.Fatal(err)
	}
	res.Body.Close()
	c := &client{b, conn}
	b.Cleanup(c.hangUp)
	return c
}

// connect dials and initialises.
func (b *bench) connect(token string) *client {
	b.Helper()
	c := b.dial()
	c.send(fmt.Sprintf(`{"type":"connection_init","payload":{"Authorization":"Bearer %s"}}`, token))
	c.expect(`{"type":"connection_ack"}`)
	return c
}

func (c *client) send(text string) {
	c.b.Helper()
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.b.Fatalf("send %s: %v", text, err)
	}
}

func (c *client) subscribe(id, document string) {
	c.b.Helper()
	c.send(fmt.Sprintf(`{"id":%q,"type":"subscribe","payload":%s}`, id, query(document)))
}

// hangUp ends the connection without a word.
func (c *client) hangUp() { _ = c.conn.Close() }

// read is the next message as it came.
func (c *client) read() ([]byte, error) {
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	_, data, err := c.conn.ReadMessage()
	return data, err
}

// receive is the next message, pings aside.
func (c *client) receive() (message, error) {
	for {
		data, err := c.read()
		if err != nil {
			return message{}, err
		}
		var m message
		if err := json.Unmarshal(data, &m); err != nil {
			return m, err
		}
		if m.Type != "ping" {
			return m, nil
		}
	}
}

func (c *client) next() message {
	c.b.Helper()
	m, err := c.receive()
	if err != nil {
		c.b.Fatal(err)
	}
	return m
}

func (c *client) expect(want string) {
	c.b.Helper()
	got, _ := json.Marshal(c.next())
	if string(got) != want {
		c.b.Fatalf("got  %s\nwant %s", got, want)
	}
}

// closed is the code and reason the server closes with; what comes before is skipped.
func (c *client) closed() (int, string) {
	c.b.Helper()
	for {
		_, err := c.receive()
		var closing *websocket.CloseError
		if errors.As(err, &closing) {
			return closing.Code, closing.Text
		}
		if err != nil {
			c.b.Fatalf("no close frame: %v", err)
		}
	}
}

func (c *client) expectClosed(code int) {
	c.b.Helper()
	if got, reason := c.closed(); got != code {
		c.b.Fatalf("closed with %d %q, want %d", got, reason, code)
	}
}

// quiet checks that nothing arrives for a moment, by a ping that is answered first.
func (c *client) quiet() {
	c.b.Helper()
	c.send(`{"type":"ping"}`)
	c.expect(`{"type":"pong"}`)
}

// eventually waits until ok holds.
func (b *bench) eventually(what string, ok func() bool) {
	b.Helper()
	for deadline := time.Now().Add(patience); !ok(); {
		if time.Now().After(deadline) {
			b.Fatalf("not within %s: %s", patience, what)
		}
		<-time.After(time.Millisecond)
	}
}
