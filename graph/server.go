package graph

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"kith/auth"
)

// Verifier checks tokens. It is called concurrently, may block, and answers UNAUTHENTICATED with a message for the
// caller (expired, not yet valid, …) when the token is not good.
type Verifier interface {
	Verify(ctx context.Context, token string) (*auth.Principal, error)
}

// Positions waits for the graph. WaitApplied returns nil when reads see everything up to a journal position, an INVALID
// error for what is no position, and ctx's error when ctx ends first. It is called concurrently.
type Positions interface {
	WaitApplied(ctx context.Context, position string) error
}

// ServerConfig is what a Server is made of. Zero values mean the defaults given.
type ServerConfig struct {
	Resolvers Resolvers // required
	Verifier  Verifier  // required
	Positions Positions // for the header Kith-After; without it the header is refused

	// AllowedOrigins are the web origins whose pages may use the API, as scheme://host[:port]. The server's own is
	// always allowed, and a request without Origin comes from no page.
	AllowedOrigins []string
	// Auditor is told of reads of single customers and of every mutation. Nil: nobody is.
	Auditor Auditor
	// Documents are all that may be executed, each asked for by its hash or its text. Nil: any document may be.
	Documents Documents
	// Development lets every caller introspect and get suggestions, not administrators alone.
	Development bool

	Limits     Limits
	Logger     *slog.Logger          // default: discards
	Registerer prometheus.Registerer // for the metrics; default: they are counted and shown nowhere
}

func (c ServerConfig) validate() error {
	switch {
	case c.Resolvers == nil:
		return errors.New("graph: ServerConfig.Resolvers is missing")
	case c.Verifier == nil:
		return errors.New("graph: ServerConfig.Verifier is missing")
	}
	return nil
}

// Server serves GraphQL over HTTP and over WebSockets. It is an http.Handler for one path.
type Server struct {
	cfg      ServerConfig
	limits   Limits
	log      *slog.Logger
	prepare  *preparer
	executor *executor.Executor
	origins  origins
	upgrader websocket.Upgrader
	metrics  *metrics

	connections connections
	subjects    subjects
	rates       *rates
	audiences   audiences
	work        *pool[func()]
	pushers     *pool[errand] // write what clients take at once
	moments     atomic.Uint64 // orders starts and ends of executions of events
}

// NewServer makes a Server. It starts nothing; sockets bring their goroutines with them.
func NewServer(cfg ServerConfig) (*Server, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	limits := cfg.Limits.withDefaults()
	s := &Server{
		cfg: cfg, limits: limits,
		log:     cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler)),
		origins: newOrigins(cfg.AllowedOrigins),
		work:    newPool(limits.Executions, func(f func()) { f() }),
		pushers: newPool(runtime.GOMAXPROCS(0), errand.run),
		rates:   newRates(limits.Rate),
	}
	s.prepare = newPreparer(limits, cfg.Documents, recovered(s.log))
	s.metrics = newMetrics(cfg.Registerer)
	s.executor = executor.New(NewExecutableSchema(Config{
		Resolvers:  root{cfg.Resolvers},
		Directives: DirectiveRoot{HasScope: hasScope},
	}))
	s.executor.SetErrorPresenter(present(s.log))
	s.executor.SetRecoverFunc(recovered(s.log))
	s.upgrader = websocket.Upgrader{
		Subprotocols:    []string{subprotocol},
		CheckOrigin:     func(*http.Request) bool { return true }, // the server has looked already
		WriteBufferPool: &sync.Pool{},
	}
	return s, nil
}

// mayIntrospect reports whether the caller gets introspection and suggestions.
func (s *Server) mayIntrospect(p *auth.Principal) bool {
	return s.cfg.Development || p.Has(auth.OperationsRead)
}

// execute runs one operation, or one event of a subscription, to its one response. It never panics and never returns
// nil.
func (s *Server) execute(ctx context.Context, op *graphql.OperationContext) (answer *graphql.Response) {
	ctx, cancel := context.WithTimeout(ctx, s.limits.Time)
	defer cancel()
	defer func() {
		if cause := recover(); cause != nil {
			answer = &graphql.Response{Errors: refuse(ctx, recovered(s.log)(ctx, cause))}
		}
	}()
	next, ctx := s.executor.DispatchOperation(ctx, op)
	if answer = next(ctx); answer == nil {
		answer = &graphql.Response{Errors: refuse(ctx, cmp.Or(context.Cause(ctx), errNoAnswer))}
	}
	answer.Errors = distinct(answer.Errors)
	return answer
}

var errNoAnswer = errors.New("the executor gave no response")

// distinct drops errors that say the same of the same place: arguments are read once to plan a read and once to
// execute it.
func distinct(list gqlerror.List) gqlerror.List {
	if len(list) < 2 {
		return list
	}
	seen := make(map[string]bool, len(list))
	kept := list[:0]
	for _, e := range list {
		key := e.Path.String() + "\x00" + e.Message
		if !seen[key] {
			seen[key] = true
			kept = append(kept, e)
		}
	}
	return kept
}
