package graph

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"kith/auth"
	"kith/fault"
	"kith/trace"
)

const methods = "GET, POST, OPTIONS"

// ServeHTTP serves GraphQL over HTTP as its specification has it, and hands WebSockets over to [Server.serveSocket].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r, span := trace.Serve(w, r, "/graphql")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	answer := newReply(w, r)
	answer.span = span
	defer func() { span.Answered(answer.status) }()
	if !s.origins.admit(w.Header(), r) {
		s.refuse(answer, http.StatusForbidden, fault.New("graph.ServeHTTP", fault.Forbidden, "pages of this origin may not use the API"))
		return
	}
	switch {
	case websocket.IsWebSocketUpgrade(r):
		answer.status = http.StatusSwitchingProtocols
		s.serveSocket(w, r)
	case r.Method == http.MethodOptions:
		w.Header().Set("Allow", methods)
		w.WriteHeader(http.StatusNoContent)
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		w.Header().Set("Allow", methods)
		s.refuse(answer, http.StatusMethodNotAllowed, fault.New("graph.ServeHTTP", fault.Invalid, "the methods are GET and POST"))
	case answer.media == "" && !answer.events:
		s.refuse(answer, http.StatusNotAcceptable, fault.New("graph.ServeHTTP", fault.Invalid, "the answer is %s, %s or %s", mediaResponse, mediaJSON, mediaEvents))
	default:
		s.serveRequest(answer, r)
	}
}

func (s *Server) serveRequest(answer *reply, r *http.Request) {
	start := time.Now()
	token, _ := bearer(r.Header.Get("Authorization"))
	principal, err := s.verify(r.Context(), token)
	if err != nil {
		answer.header().Set("WWW-Authenticate", "Bearer")
		s.refuse(answer, http.StatusUnauthorized, err)
		return
	}
	if err := s.rates.allow(principal.Subject); err != nil {
		s.refuse(answer, 0, err)
		return
	}
	ctx := auth.WithPrincipal(r.Context(), principal)
	asked, status, err := readRequest(r, s.limits.Body)
	if err != nil {
		s.refuse(answer, status, err)
		return
	}
	if err := s.waitFor(ctx, r.Header.Get("Kith-After")); err != nil {
		s.refuse(answer, 0, err)
		return
	}
	op, list := s.prepare.prepare(ctx, asked, s.mayIntrospect(principal))
	streamed := answer.events && answer.media == ""
	switch {
	case list != nil && streamed: // the client can see what is wrong nowhere else
		s.rejected(list)
		s.sendEvents(answer, principal, &graphql.Response{Errors: list})
		return
	case list != nil:
		s.reject(answer, 0, list)
		return
	}
	switch kind := op.Operation.Operation; {
	case kind == ast.Mutation && r.Method == http.MethodGet:
		answer.header().Set("Allow", "POST")
		s.refuse(answer, http.StatusMethodNotAllowed, fault.New("graph.serveRequest", fault.Invalid, "mutations are sent with POST"))
		return
	case kind == ast.Subscription && answer.events:
		s.serveEvents(answer, token, principal, op, start)
		return
	case kind == ast.Subscription:
		s.refuse(answer, http.StatusBadRequest, fault.New("graph.serveRequest", fault.Invalid, "subscriptions need a WebSocket with the protocol %s, or Accept: %s", subprotocol, mediaEvents))
		return
	}
	ctx, span := begin(ctx, trace.Inside, op)
	response := s.execute(s.audited(ctx, op), op)
	end(span, response)
	s.observe(op, response, start)
	if streamed {
		s.sendEvents(answer, principal, response)
		return
	}
	answer.send(http.StatusOK, response)
}

// verify checks a token.
func (s *Server) verify(ctx context.Context, token string) (*auth.Principal, error) {
	if token == "" {
		return nil, fault.New("graph.verify", fault.Unauthenticated, "no token: send one as Authorization: Bearer …")
	}
	return s.cfg.Verifier.Verify(ctx, token)
}

// bearer is the token in an Authorization header.
func bearer(header string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(strings.TrimSpace(header), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}

// waitFor waits until reads see everything up to position. An empty one is seen already.
func (s *Server) waitFor(ctx context.Context, position string) error {
	if position == "" {
		return nil
	}
	if s.cfg.Positions == nil {
		return fault.New("graph.waitFor", fault.Invalid, "Kith-After is not served here")
	}
	waiting, cancel := context.WithTimeout(ctx, s.limits.Wait)
	defer cancel()
	err := s.cfg.Positions.WaitApplied(waiting, position)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		late := fault.New("graph.waitFor", fault.Lagging, "the graph has not reached the position in Kith-After; repeat a little later")
		late.RetryAfter = time.Second
		return late
	}
	return err
}

// observe counts an executed operation.
func (s *Server) observe(op *graphql.OperationContext, response *graphql.Response, start time.Time) {
	outcome := "ok"
	if code := codeOf(response.Errors); code != "" {
		outcome = strings.ToLower(string(code))
	}
	s.metrics.duration.WithLabelValues(string(op.Operation.Operation), outcome).Observe(time.Since(start).Seconds())
}

// refuse answers a request that is not executed. Status 0 means the one that goes with the error's code.
func (s *Server) refuse(answer *reply, status int, err error) {
	var e *fault.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		answer.header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	if fault.CodeOf(err) == fault.Internal {
		s.log.ErrorContext(answer.request.Context(), "graphql request refused", "request_id", trace.RequestID(answer.request.Context()), "err", err)
	}
	s.reject(answer, status, refuse(answer.request.Context(), err))
}

// rejected counts an operation that is not executed.
func (s *Server) rejected(list gqlerror.List) {
	s.metrics.rejected.WithLabelValues(strings.ToLower(string(codeOf(list)))).Inc()
}

func (s *Server) reject(answer *reply, status int, list gqlerror.List) {
	s.rejected(list)
	if status == 0 {
		status = answer.statusOf(codeOf(list))
	}
	answer.send(status, &graphql.Response{Errors: list})
}
