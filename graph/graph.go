// Package graph serves the GraphQL API: over HTTP as the GraphQL-over-HTTP specification has it, and over WebSockets in
// the protocol graphql-transport-ws.
//
// A request is prepared (parsed, measured, validated, appraised; prepare.go, limits.go, cost.go, input.go) and then
// executed by gqlgen's executor over generated code and the resolvers it was given. Preparing is the same for every
// transport, and so are its refusals.
//
// A subscription opens a [Stream] of events and is then a member of its audience: all subscriptions with the same
// document, variables and scopes. An event is executed once for an audience and its bytes go to every member
// (audience.go, subscription.go). An open subscription costs memory and no goroutine; a socket has two (socket.go,
// writer.go). The ways a socket ends are all in closecode.go.
//
// Locks: subscription.mu may be held when socket.mu or audience.mu is taken, never the other way round; those two are
// never held together.
package graph
