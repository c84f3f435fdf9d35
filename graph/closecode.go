package graph

import "github.com/gorilla/websocket"

// Retry says what a client does after a close code.
type Retry string

// The three kinds of advice. To reconnect means: wait a little, longer each time, and subscribe again with the cursor of
// the last event as `after`; nothing is lost.
const (
	RetryNo       Retry = "no"       // the client does something wrong and would do it again
	RetryYes      Retry = "yes"      // reconnect
	RetryNewToken Retry = "newToken" // reconnect with a fresh token
)

// CloseCode is one way the server ends a socket. [CloseCodes] lists them all; there are no others.
type CloseCode struct {
	Code   int    // as on the wire
	Name   string // for metrics and documentation
	Reason string // as on the wire, unless the occasion has words of its own
	Retry  Retry
}

// The codes of graphql-transport-ws and of RFC 6455 that Kith uses.
var (
	closeTooBig       = CloseCode{websocket.CloseMessageTooBig, "message_too_big", "Message too big", RetryNo}
	closeRestart      = CloseCode{websocket.CloseServiceRestart, "restart", "Service restart", RetryYes}
	closeSlow         = CloseCode{websocket.CloseTryAgainLater, "slow_reader", "Too slow: reconnect and resume", RetryYes}
	closeBadRequest   = CloseCode{4400, "bad_request", "Invalid message", RetryNo}
	closeUnauthorized = CloseCode{4401, "unauthorized", "Unauthorized", RetryNo}
	closeForbidden    = CloseCode{4403, "forbidden", "Forbidden", RetryNewToken}
	closeProtocol     = CloseCode{4406, "subprotocol", "Subprotocol not acceptable", RetryNo}
	closeInitTimeout  = CloseCode{4408, "init_timeout", "Connection initialisation timeout", RetryYes}
	closeDuplicate    = CloseCode{4409, "duplicate_id", "Subscriber already exists", RetryNo}
	closeSecondInit   = CloseCode{4429, "second_init", "Too many initialisation requests", RetryNo}
)

// CloseCodes lists every code the server closes a socket with, in ascending order.
func CloseCodes() []CloseCode {
	return []CloseCode{
		closeTooBig, closeRestart, closeSlow,
		closeBadRequest, closeUnauthorized, closeForbidden, closeProtocol, closeInitTimeout, closeDuplicate, closeSecondInit,
	}
}
