package graph

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"

	"kith/auth"
	"kith/trace"
)

// audience is all subscriptions with the same document, variables (but for `after`) and scopes: what one of them sees of
// an event, all of them see, so it is executed once and its bytes are shared.
type audience struct {
	server    *Server
	key       string
	op        *graphql.OperationContext
	principal *auth.Principal
	members   atomic.Int64

	mu     sync.Mutex // protects below
	recent map[string]*execution
	order  []string // keys of recent, oldest first
}

// memory is how many executed events an audience keeps for members that come to them later.
const memory = 64

// execution is one event, executed once.
type execution struct {
	event   Event
	started uint64 // moment before anything was read

	place  string // of its trace; see resume
	pushed atomic.Int32

	ended   uint64 // moment after everything was read; this and payload are there when done
	payload []byte
	done    atomic.Bool

	waiting []*subscription // protected by the audience's mu, which is held when done becomes true
}

func (x *execution) finished() bool { return x.done.Load() }

// audiences are those that have members.
type audiences struct {
	mu    sync.Mutex
	byKey map[string]*audience
}

// join makes a subscription a member of its audience.
func (as *audiences) join(s *Server, op *graphql.OperationContext, p *auth.Principal) *audience {
	key := audienceKey(op, p)
	as.mu.Lock()
	defer as.mu.Unlock()
	a := as.byKey[key]
	if a == nil {
		if as.byKey == nil {
			as.byKey = map[string]*audience{}
		}
		a = &audience{server: s, key: key, op: op, principal: p}
		as.byKey[key] = a
	}
	a.members.Add(1)
	return a
}

// leave takes a member away.
func (a *audience) leave() {
	as := &a.server.audiences
	as.mu.Lock()
	defer as.mu.Unlock()
	if a.members.Add(-1) == 0 {
		delete(as.byKey, a.key)
	}
}

// audienceKey is equal for subscriptions that see the same. `after` is left out when it is a variable that says nothing
// but where to begin.
func audienceKey(op *graphql.OperationContext, p *auth.Principal) string {
	vars := make(map[string]any, len(op.Variables))
	start := startVariable(op)
	for name, value := range op.Variables {
		if name != start {
			vars[name] = value
		}
	}
	text, err := json.Marshal(vars)
	if err != nil { // they came as JSON
		text = []byte(op.RawQuery)
	}
	return strings.Join([]string{op.RawQuery, op.OperationName, string(text), scopesOf(p)}, "\x00")
}

// startVariable is the variable that is the argument `after` of the subscription's field and used nowhere else.
func startVariable(op *graphql.OperationContext) string {
	for _, f := range graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Subscription"}) {
		arg := f.Arguments.ForName("after")
		if arg == nil || arg.Value.VariableDefinition == nil {
			continue
		}
		name := arg.Value.Raw
		if strings.Count(op.RawQuery, "$"+name) == 2 { // where it is declared, and here
			return name
		}
	}
	return ""
}

// execution is the event executed: by somebody before, or soon. It is not older than notBefore, a moment, when the
// event is ordered. When it is not there yet, the subscription's arrived is called once when it is.
func (a *audience) execution(e Event, notBefore uint64, s *subscription) *execution {
	share := e.Key != "" && a.members.Load() > 1
	a.mu.Lock()
	defer a.mu.Unlock()
	if x := a.recent[e.Key]; share && x != nil && (!e.Ordered || x.started >= notBefore) {
		if !x.done.Load() {
			x.waiting = append(x.waiting, s)
		}
		return x
	}
	x := &execution{event: e, started: a.server.moments.Add(1), waiting: []*subscription{s}}
	if share {
		a.keep(x)
	} else if len(a.order) > 0 {
		a.recent, a.order = nil, nil
	}
	a.server.work.submit(func() { a.execute(x) })
	return x
}

// keep remembers an execution in place of the oldest.
func (a *audience) keep(x *execution) {
	if a.recent == nil {
		a.recent = make(map[string]*execution, memory)
	}
	if a.recent[x.event.Key] == nil {
		a.order = append(a.order, x.event.Key)
	}
	a.recent[x.event.Key] = x
	if len(a.order) > memory {
		delete(a.recent, a.order[0])
		a.order = a.order[1:]
	}
}

func (a *audience) execute(x *execution) {
	ctx := withEvent(auth.WithPrincipal(trace.WithRequestID(context.Background(), trace.NewRequestID()), a.principal), x.event)
	ctx, span := x.resume(ctx, a)
	response := a.server.execute(ctx, a.op)
	end(span, response)
	payload := encode(response)
	a.server.metrics.executions.Inc()
	a.mu.Lock()
	x.payload, x.ended = payload, a.server.moments.Add(1)
	x.done.Store(true)
	waiting := x.waiting
	x.waiting = nil
	a.mu.Unlock()
	a.server.tell(waiting)
}
