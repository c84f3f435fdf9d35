// Go-watch prints every change of one customer, found by e-mail address, and goes on behind the last event it printed
// when the connection breaks.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

const subscription = `subscription Watch($email: String!, $after: String) {
  customerChanged(by: {identifier: {type: "email", value: $email}}, after: $after) {
    ... on CustomerChanged { cursor reasons changedTraits customer { displayName lastSeenAt } }
    ... on CustomerMerged { cursor absorbed customer { id displayName } }
    ... on CustomerSplit { cursor customer { id } created { id } }
    ... on ResyncRequired { reason }
  }
}`

// hopeless are the close codes after which trying again would change nothing: docs/close-codes.md.
var hopeless = []int{websocket.CloseMessageTooBig, 4400, 4401, 4403, 4406, 4409, 4429}

// errOver ends the program: the server said all it will.
var errOver = errors.New("the subscription has ended")

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go-watch EMAIL, with TOKEN set")
	}
	after := (*string)(nil)
	for wait := time.Second; ; wait = min(wait*2, 30*time.Second) {
		err := watch(os.Args[1], &after, func() { wait = time.Second / 2 })
		var closed *websocket.CloseError
		if errors.Is(err, errOver) || errors.As(err, &closed) && slices.Contains(hopeless, closed.Code) {
			log.Fatal(err)
		}
		log.Printf("%v; again in %s", err, wait)
		time.Sleep(wait)
	}
}

type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// watch prints events until the connection breaks. It keeps the cursor of the last one in after.
func watch(email string, after **string, alive func()) error {
	url := "ws" + strings.TrimPrefix(cmp.Or(os.Getenv("KITH"), "http://127.0.0.1:8080"), "http") + "/graphql"
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: 10 * time.Second}
	conn, answer, err := dialer.Dial(url, http.Header{"Authorization": {"Bearer " + os.Getenv("TOKEN")}})
	if err != nil {
		return err
	}
	defer conn.Close()
	defer answer.Body.Close()
	payload, err := json.Marshal(map[string]any{
		"query": subscription, "variables": map[string]any{"email": email, "after": *after},
	})
	if err != nil {
		return err
	}
	for _, m := range []message{{Type: "connection_init"}, {ID: "1", Type: "subscribe", Payload: payload}} {
		if m.Type == "subscribe" { // only after the server has acknowledged the connection
			var ack message
			if err := conn.ReadJSON(&ack); err != nil {
				return err
			}
		}
		if err := conn.WriteJSON(m); err != nil {
			return err
		}
	}
	for {
		var m message
		if err := conn.ReadJSON(&m); err != nil {
			return err
		}
		switch m.Type {
		case "ping":
			if err := conn.WriteJSON(message{Type: "pong"}); err != nil {
				return err
			}
		case "next":
			alive()
			var next struct {
				Data struct {
					CustomerChanged struct{ Cursor string }
				}
			}
			if err := json.Unmarshal(m.Payload, &next); err != nil {
				return err
			}
			if cursor := next.Data.CustomerChanged.Cursor; cursor != "" {
				*after = &cursor
			}
			fmt.Println(string(m.Payload))
		case "error":
			return fmt.Errorf("%w: %s", errOver, m.Payload)
		case "complete":
			return errOver
		}
	}
}
