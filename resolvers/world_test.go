package resolvers

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"kith/auth"
	"kith/fault"
	"kith/graph"
	"kith/graph/model"
	"kith/identity"
	"kith/pipeline"
	"kith/segment"
	"kith/store"
	"kith/store/neo4jtest"
)

func TestMain(m *testing.M) { neo4jtest.Main(m) }

// A world is a graph written by hand, as the pipeline would have written it, and everything that serves it, but for the
// transports.
type world struct {
	t           *testing.T
	driver      neo4j.DriverWithContext
	database    string
	graph       *store.Graph
	root        *Root
	exec        *executor.Executor
	journal     *fakeJournal
	feed        *fakeFeed
	quarantine  *fakeQuarantine
	deadLetters *fakeDeadLetters
	revocations fakeRevocations
	trail       fakeTrail
}

// workspaceKey makes the ids of a world the same in every run.
var workspaceKey = make([]byte, 32)

func newWorld(t *testing.T) *world {
	t.Helper()
	db := neo4jtest.Empty(t)
	driver, err := neo4j.NewDriverWithContext(db.URI, neo4j.BasicAuth(db.Username, db.Password, ""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = driver.Close(context.Background()) })
	w := &world{t: t, driver: driver, database: db.Database}
	w.run(`MERGE (w:Workspace {id: 1}) SET w.key = $key, w.schema = 0`, map[string]any{"key": base64.StdEncoding.EncodeToString(workspaceKey)})
	w.graph, err = store.Open(t.Context(), store.Config{URI: db.URI, Username: db.Username, Password: db.Password, Database: db.Database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.graph.Close(context.Background()) })
	w.journal, w.feed = &fakeJournal{world: w}, &fakeFeed{head: "c1"}
	w.quarantine, w.deadLetters = &fakeQuarantine{}, &fakeDeadLetters{}
	w.serve(w.graph)
	return w
}

// serve makes the resolvers over a graph, and what executes them.
func (w *world) serve(g Graph) {
	w.root = New(Config{
		Graph: g, Journal: w.journal, Feed: w.feed, Quarantine: w.quarantine, DeadLetters: w.deadLetters, Revocations: &w.revocations, Audit: &w.trail,
		Rules: identity.DefaultRules(), Forecast: w.forecast, Now: func() time.Time { return time.UnixMilli(1_800_000_000_000) },
	})
	if _, err := w.root.definitions(w.t.Context()); err != nil { // as after the first second
		w.t.Fatal(err)
	}
	w.exec = newExecutor(w.root)
}

func (w *world) forecast(ctx context.Context, rules *identity.Rules) (*identity.Diff, error) {
	f, err := pipeline.Reresolve(ctx, w.graph, rules)
	if err != nil {
		return nil, err
	}
	return f.Diff, nil
}

// inForce names the rules that the graph was resolved with.
func (w *world) inForce(r *identity.Rules) {
	w.t.Helper()
	s := r.Store(nil)
	w.run(`MERGE (p:Pipeline {id: 1}) SET p.rules = $version CREATE (:Rules {version: $version, yaml: $yaml, text: $text, model: $model, at: 1})`,
		map[string]any{"version": r.Version(), "yaml": s.YAML, "text": string(s.Text), "model": s.Model})
}

func newExecutor(r *Root) *executor.Executor {
	exec := executor.New(graph.NewExecutableSchema(graph.Config{
		Resolvers: executed{r},
		Directives: graph.DirectiveRoot{HasScope: func(ctx context.Context, _ any, next graphql.Resolver, scope string) (any, error) {
			if !auth.PrincipalOf(ctx).Has(auth.Scope(scope)) {
				return nil, fault.New("test", fault.Forbidden, "%s is missing", scope)
			}
			return next(ctx)
		}},
	}))
	exec.SetErrorPresenter(func(_ context.Context, err error) *gqlerror.Error {
		var g *gqlerror.Error
		if !errors.As(err, &g) {
			g = &gqlerror.Error{}
		}
		return &gqlerror.Error{Message: fault.MessageOf(err), Path: g.Path, Extensions: map[string]any{"code": string(fault.CodeOf(err)), "cause": err.Error()}}
	})
	return exec
}

// executed hands the executor one event of a subscription, as the transports do.
type executed struct{ *Root }

type eventKey struct{}

func (executed) Subscription() graph.SubscriptionResolver { return events{} }

type events struct{}

func one[T any](ctx context.Context) (<-chan T, error) {
	c := make(chan T, 1)
	c <- ctx.Value(eventKey{}).(T)
	return c, nil
}

func (events) CustomerChanged(ctx context.Context, _ *model.CustomerBy, _, _ *string) (<-chan model.CustomerEvent, error) {
	return one[model.CustomerEvent](ctx)
}

func (events) SegmentMembershipChanged(ctx context.Context, _ string, _ *string) (<-chan model.SegmentMembershipEvent, error) {
	return one[model.SegmentMembershipEvent](ctx)
}

func (events) TouchpointRecorded(ctx context.Context, _ *model.TouchpointFilter, _ *string) (<-chan model.TouchpointEvent, error) {
	return one[model.TouchpointEvent](ctx)
}

// as is a context with a token that has the role's scopes.
func as(ctx context.Context, role string) context.Context {
	return auth.WithPrincipal(ctx, &auth.Principal{Subject: "stew", Granted: auth.Roles[role]})
}

// answer is what a client gets.
type answer struct {
	Data   json.RawMessage
	Errors gqlerror.List
	trips  int64
}

// ask executes a query with a token of the role.
func (w *world) ask(role, query string, variables map[string]any) answer {
	w.t.Helper()
	return w.askIn(as(w.t.Context(), role), query, variables)
}

func (w *world) askIn(ctx context.Context, query string, variables map[string]any) answer {
	w.t.Helper()
	var trips atomic.Int64
	ctx = graphql.StartOperationTrace(store.CountReads(ctx, &trips))
	op, errs := w.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables})
	if errs != nil {
		w.t.Fatalf("%s: %v", query, errs)
	}
	next, ctx := w.exec.DispatchOperation(ctx, op)
	r := next(ctx)
	return answer{Data: r.Data, Errors: r.Errors, trips: trips.Load()}
}

// must is the data of a query that has to succeed.
func (w *world) must(role, query string, variables map[string]any) map[string]any {
	w.t.Helper()
	a := w.ask(role, query, variables)
	if len(a.Errors) > 0 {
		w.t.Fatalf("%s: %v %v", query, a.Errors, a.Errors[0].Extensions)
	}
	var data map[string]any
	if err := json.Unmarshal(a.Data, &data); err != nil {
		w.t.Fatal(err)
	}
	return data
}

// refused is the code of the only error of a query.
func (w *world) refused(role, query string, variables map[string]any) string {
	w.t.Helper()
	a := w.ask(role, query, variables)
	if len(a.Errors) != 1 {
		w.t.Fatalf("%s: %d errors %v, want 1; %s", query, len(a.Errors), a.Errors, a.Data)
	}
	return fmt.Sprint(a.Errors[0].Extensions["code"])
}

// at is what lies in decoded JSON under names and indexes separated by dots.
func at(data any, path string) any {
	for _, step := range strings.Split(path, ".") {
		switch x := data.(type) {
		case map[string]any:
			data = x[step]
		case []any:
			var n int
			if _, err := fmt.Sscan(step, &n); err != nil || n >= len(x) {
				return nil
			}
			data = x[n]
		default:
			return nil
		}
	}
	return data
}

// ---- writing the graph --------------------------------------------------------------------------------------------

func (w *world) run(text string, params map[string]any) {
	w.t.Helper()
	_, err := neo4j.ExecuteQuery(w.t.Context(), w.driver, text, params, neo4j.EagerResultTransformer, neo4j.ExecuteQueryWithDatabase(w.database))
	if err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
}

func cid(key string) string {
	return string(identity.CustomerIDOf(workspaceKey, identity.Key(key)))
}

func idn(key string) string {
	return string(identity.CustomerID(cid(key)).Identifier())
}

// t0 is when the worlds begin, in 2026.
const t0 = 1_790_000_000_000

type who struct {
	name   string
	traits string // resolved
	seen   int64  // after t0
	keys   []string
}

// people writes customers; the first key of each is its anchor.
func (w *world) people(list ...who) {
	w.t.Helper()
	var rows []any
	for n, p := range list {
		c := map[string]any{
			"id": cid(p.keys[0]), "known": p.name != "", "shared": false, "firstSeenAt": t0 + int64(n), "lastSeenAt": t0 + p.seen,
			"traits": p.traits, "searchName": strings.ToLower(p.name), "searchEmail": "", "searchPhone": "",
		}
		if p.traits == "" {
			c["traits"] = "{}"
		}
		if p.name != "" {
			c["displayName"] = p.name
		}
		var ids []any
		for m, key := range p.keys {
			k := identity.Key(key)
			if k.Type() == "email" {
				c["searchEmail"] = k.Value()
			}
			ids = append(ids, map[string]any{
				"key": key, "type": k.Type(), "value": k.Value(), "raw": k.Value(), "status": "ACTIVE", "cid": cid(key), "level": 0,
				"firstSeenAt": t0 + int64(n) + int64(m), "lastSeenAt": t0 + p.seen, "traits": "",
			})
		}
		rows = append(rows, map[string]any{"c": c, "ids": ids})
	}
	w.run(`UNWIND $rows AS r CREATE (c:Customer) SET c = r.c WITH c, r UNWIND r.ids AS p CREATE (i:Identifier)-[:OF]->(c) SET i = p`, map[string]any{"rows": rows})
}

// happened writes n touchpoints of each of the identifiers.
func (w *world) happened(n int, keys ...string) {
	w.t.Helper()
	w.run(`
UNWIND $keys AS key MATCH (i:Identifier {key: key})
UNWIND range(1, $n) AS n
CREATE (t:Touchpoint {id: 'tp_' + substring(i.cid, 4, 8) + '_' + right('000' + n, 4), messageId: 'm' + n, source: 'web', type: CASE n % 3 WHEN 0 THEN 'identify' ELSE 'track' END,
  name: CASE n % 3 WHEN 0 THEN 'identify' ELSE 'Product Viewed' END, at: $t0 + n * 1000, receivedAt: $t0 + n * 1000 + 7, channel: 'web', actor: key, ids: [key],
  properties: CASE n % 3 WHEN 0 THEN '{"name":"Ada Byron","email":"ada@x.org","plan":"pro"}' ELSE '{"name":"Lamp","price":12.5,"note":"ask ada@x.org"}' END,
  context: '{"ip":"203.0.113.9","page":{"path":"/lamp"},"traits":{"phone":"+49301234567"}}', extra: '{}', hash: 'h', bot: false, test: false})-[:BY]->(i)`,
		map[string]any{"keys": keys, "n": n, "t0": t0})
}

func (w *world) link(a, b, kind string, props map[string]any) {
	w.t.Helper()
	if b < a {
		a, b = b, a
	}
	all := map[string]any{
		"id": a + b + kind, "kind": kind, "source": "web", "count": 2, "firstSeenAt": t0 + 5, "lastSeenAt": t0 + 9,
		"conducts": true, "followed": true, "reason": "followed", "evidence": []any{fmt.Sprintf("%013d m1", t0+5)},
	}
	for k, v := range props {
		all[k] = v
	}
	w.run(`MATCH (a:Identifier {key: $a}) MATCH (b:Identifier {key: $b}) CREATE (a)-[l:LINKED]->(b) SET l = $p`, map[string]any{"a": a, "b": b, "p": all})
}

func (w *world) account(id, group string, keys ...string) {
	w.t.Helper()
	w.run(`CREATE (a:Account {id: $id, groupId: $group, traits: '{"name":"Analytical Engines","phone":"+44201234567"}'})
WITH a UNWIND $keys AS key MATCH (i:Identifier {key: key}) CREATE (i)-[:WORKS_AT {id: key + $id, firstSeenAt: $t0, lastSeenAt: $t0, source: 'crm'}]->(a)`,
		map[string]any{"id": id, "group": group, "keys": keys, "t0": t0})
}

// ada writes one customer with everything a customer can have, and two others around her.
func (w *world) ada() {
	w.t.Helper()
	w.people(
		who{"Ada Byron", `{"email":"ada@x.org","name":"Ada Byron","plan":"pro","address":{"city":"London","street":"12 St James Sq"}}`, 90_000,
			[]string{"user_id:ada", "email:ada@x.org", "phone:+49301234567", "anonymous_id:a1"}},
		who{"Charles", `{"name":"Charles"}`, 50_000, []string{"user_id:charles", "anonymous_id:c1"}},
		who{"", "", 10_000, []string{"anonymous_id:x9"}},
	)
	w.happened(7, "anonymous_id:a1", "user_id:ada")
	w.happened(2, "anonymous_id:c1")
	w.run(`MATCH (i:Identifier {key: 'user_id:ada'}) SET i.traits = $a WITH 1 AS one MATCH (i:Identifier {key: 'anonymous_id:a1'}) SET i.traits = $b`, map[string]any{
		"a": fmt.Sprintf(`{"name":[{"v":"Ada Byron","s":"crm","t":%d,"m":"m3"},{"v":"A. Byron","s":"web","t":%d,"m":"m1"}],"plan":[{"v":"pro","s":"web","t":%d,"m":"m2"}],"old":[{"v":null,"s":"web","t":%d,"m":"m4"},{"v":1,"s":"web","t":%d,"m":"m2"}]}`, t0+30, t0+10, t0+20, t0+40, t0+20),
		"b": fmt.Sprintf(`{"name":[{"v":"ada","s":"web","t":%d,"m":"m0"}],"email":[{"v":"ada@x.org","s":"web","t":%d,"m":"m0"}]}`, t0+5, t0+5),
	})
	w.link("user_id:ada", "email:ada@x.org", "OBSERVED", nil)
	w.link("email:ada@x.org", "phone:+49301234567", "OBSERVED", nil)
	w.link("user_id:ada", "anonymous_id:a1", "ALIAS", nil)
	w.link("anonymous_id:a1", "user_id:charles", "OBSERVED", map[string]any{"followed": false, "conducts": false, "reason": "exclusive:user_id"})
	w.link("email:ada@x.org", "anonymous_id:x9", "MATCHED", map[string]any{"followed": false, "conducts": false, "reason": "candidate", "confidence": 0.7})
	w.account("acc_engines", "engines", "user_id:ada", "user_id:charles")
	w.run(`CREATE (:Source {name: 'web', firstSeenAt: $t0, lastSeenAt: $t0 + 9})
CREATE (:Decision {id: 'dec_part', kind: 'PART', reason: 'Ada called', by: 'stew', at: $t0 + 50, a: ['user_id:ada'], b: ['user_id:charles']})
WITH 1 AS one MATCH (a:Identifier {key: 'user_id:ada'}) MATCH (b:Identifier {key: 'user_id:charles'})
CREATE (a)-[:DECIDED {id: 'd1', decision: 'dec_part', kind: 'PART', at: $t0 + 50, conducts: true}]->(b)
MERGE (p:Pipeline {id: 1}) SET p.rules = 'r1' CREATE (:Rules {version: 'r1', yaml: 'size: 2000', at: $t0})
CREATE (:Identifier {key: 'email:null', type: 'email', value: 'null', raw: 'null', status: 'BLOCKED', cid: $blocked, firstSeenAt: $t0, lastSeenAt: $t0, traits: ''})`,
		map[string]any{"t0": t0, "blocked": cid("email:null")})
}

// ---- what the world stands on -------------------------------------------------------------------------------------

// fakeJournal applies a decision with the function given.
type fakeJournal struct {
	world   *world
	decided []identity.Decision
	apply   func(identity.Decision)
	wait    func(context.Context) error
}

func (j *fakeJournal) Decide(_ context.Context, d identity.Decision) (string, error) {
	j.decided = append(j.decided, d)
	if j.apply != nil {
		j.apply(d)
	}
	return fmt.Sprintf("e-%d", len(j.decided)), nil
}

// Define writes a definition as the pipeline does, live at once and without members.
func (j *fakeJournal) Define(_ context.Context, d segment.Definition) (string, error) {
	switch {
	case d.Segment != nil:
		j.world.run(`MERGE (s:Segment {id: $id}) ON CREATE SET s.createdAt = $at SET s.key = $key, s.name = $name, s.condition = $condition, s.changedAt = $at, s.by = $by`,
			map[string]any{"id": d.Segment.ID, "key": d.Segment.Key, "name": d.Segment.Name, "condition": string(d.Segment.Condition.Encode()), "at": int64(d.At), "by": d.By})
	case d.Remove != "":
		j.world.run(`MATCH (s:Segment {id: $id}) DETACH DELETE s`, map[string]any{"id": d.Remove})
	case d.Computed != nil:
		text, err := json.Marshal(d.Computed)
		if err != nil {
			return "", err
		}
		j.world.run(`MERGE (x:ComputedTrait {key: $key}) SET x.definition = $text`, map[string]any{"key": d.Computed.Key, "text": string(text)})
	case d.RemoveTrait != "":
		j.world.run(`MATCH (x:ComputedTrait {key: $key}) DELETE x`, map[string]any{"key": d.RemoveTrait})
	}
	return "e-1", nil
}

func (j *fakeJournal) WaitApplied(ctx context.Context, _ string) error {
	if j.wait != nil {
		return j.wait(ctx)
	}
	return nil
}

func (j *fakeJournal) Progress(context.Context) (Progress, error) {
	return Progress{Head: "e-9", Applied: "e-7", Lag: 2, Oldest: time.UnixMilli(1_800_000_000_000 - 1500)}, nil
}

type fakeFeed struct {
	head    string
	onHead  func()
	opened  []string
	changes *fakeChanges
}

func (f *fakeFeed) Head(context.Context) (string, error) {
	if f.onHead != nil {
		f.onHead()
	}
	return f.head, nil
}

func (f *fakeFeed) Customer(_ context.Context, watched, holder identity.CustomerID, after string) (Changes, error) {
	f.opened = append(f.opened, fmt.Sprintf("customer %s %s %s", watched, holder, after))
	f.changes.begin = after
	return f.changes, nil
}

func (f *fakeFeed) Touchpoints(_ context.Context, filter store.TouchpointFilter, after string) (Changes, error) {
	f.opened = append(f.opened, fmt.Sprintf("touchpoints %v %s", filter.Names, after))
	return f.changes, nil
}

func (f *fakeFeed) Segment(_ context.Context, segment, after string) (Changes, error) {
	f.opened = append(f.opened, fmt.Sprintf("segment %s %s", segment, after))
	return f.changes, nil
}

func (f *fakeFeed) Members(_ context.Context, segment string, members []identity.CustomerID, _ store.Committed, after string) (Changes, error) {
	f.opened = append(f.opened, fmt.Sprintf("members %s %d %s", segment, len(members), after))
	return f.changes, nil
}

type fakeChanges struct {
	begin  string
	list   []Change
	notify func()
	closed bool
}

func (c *fakeChanges) Next() (Change, bool, error) {
	if len(c.list) == 0 {
		return Change{}, false, nil
	}
	next := c.list[0]
	c.list = c.list[1:]
	return next, true, nil
}
func (c *fakeChanges) Cursor() string  { return c.begin }
func (c *fakeChanges) Notify(f func()) { c.notify = f }
func (c *fakeChanges) Close()          { c.closed = true }

type fakeQuarantine struct {
	calls []QuarantinedCall
	fixed json.RawMessage
}

func (q *fakeQuarantine) List(_ context.Context, source string, limit int, after string) (items []QuarantinedCall, more bool, err error) {
	from := 0
	if after != "" {
		from = slices.IndexFunc(q.calls, func(c QuarantinedCall) bool { return c.ID == after }) + 1
		if from == 0 {
			return nil, false, fault.New("fake", fault.Invalid, "no such cursor")
		}
	}
	for _, c := range q.calls[from:] {
		if source == "" || c.Source == source {
			items = append(items, c)
		}
	}
	return items[:min(limit, len(items))], len(items) > limit, nil
}

func (q *fakeQuarantine) Count(context.Context) (int, error) { return len(q.calls), nil }

func (q *fakeQuarantine) Resend(_ context.Context, id string, fixed json.RawMessage) (string, *QuarantinedCall, error) {
	n := slices.IndexFunc(q.calls, func(c QuarantinedCall) bool { return c.ID == id })
	if n < 0 {
		return "", nil, fault.New("fake", fault.NotFound, "gone")
	}
	q.fixed = fixed
	if q.calls[n].Code == "hopeless" {
		return "", &q.calls[n], nil
	}
	q.calls = slices.Delete(q.calls, n, n+1)
	return "e-10", nil, nil
}

func (q *fakeQuarantine) Discard(_ context.Context, id string) error {
	n := slices.IndexFunc(q.calls, func(c QuarantinedCall) bool { return c.ID == id })
	if n < 0 {
		return fault.New("fake", fault.NotFound, "gone")
	}
	q.calls = slices.Delete(q.calls, n, n+1)
	return nil
}

// fakeDeadLetters has one that can be replayed, one that cannot, and none else.
type fakeDeadLetters struct{ replayed, discarded []string }

func (*fakeDeadLetters) List(context.Context, string, int, string) ([]DeadLetter, bool, error) {
	return []DeadLetter{{ID: "d1", Position: "e-3", Kind: "events", Source: "web", MessageID: "m1", Reason: "damaged", Replayable: true, Bytes: 12, At: t0}}, true, nil
}

func (f *fakeDeadLetters) Oldest(context.Context, int) ([]string, error) {
	return []string{"d1", "gone"}, nil
}

func (f *fakeDeadLetters) Replay(_ context.Context, id string) (string, error) {
	switch id {
	case "d1":
		f.replayed = append(f.replayed, id)
		return fmt.Sprintf("e-%d", 10+len(f.replayed)), nil
	case "damaged":
		return "", fault.New("fake", fault.Conflict, "Nothing is left of it.")
	case "later":
		return "", fault.New("fake", fault.Unavailable, "away")
	}
	return "", fault.New("fake", fault.NotFound, "gone")
}

func (f *fakeDeadLetters) Discard(_ context.Context, id string) error {
	if id != "damaged" {
		return fault.New("fake", fault.NotFound, "gone")
	}
	f.discarded = append(f.discarded, id)
	return nil
}

func (f *fakeDeadLetters) Count(context.Context) (int, error) { return 3 - len(f.replayed), nil }
