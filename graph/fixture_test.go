package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kith/auth"
	"kith/event"
	"kith/fault"
	"kith/graph/model"
)

// bench is a server over resolvers that need no database.
type bench struct {
	*testing.T
	server *Server
	url    string
	data   *testData
	log    *lockedBuffer
	tokens *testVerifier
}

func start(t *testing.T, change func(*ServerConfig)) *bench {
	t.Helper()
	b := &bench{T: t, data: newTestData(), log: &lockedBuffer{}, tokens: &testVerifier{}}
	cfg := ServerConfig{
		Resolvers: testRoot{data: b.data}, Verifier: b.tokens, Positions: testPositions{},
		AllowedOrigins: []string{"https://app.example.com"},
		Logger:         slog.New(slog.NewTextHandler(b.log, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	var err error
	if b.server, err = NewServer(cfg); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(b.server)
	b.url = srv.URL
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		_ = b.server.Drain(ctx) // cuts off clients that are left
		srv.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return b
}

var _ Verifier = (*auth.Verifier)(nil)

// testVerifier takes the name of a role for a token, with "@" and a time for one that ends.
type testVerifier struct{ revoked sync.Map }

func (v *testVerifier) isRevoked(p *auth.Principal) bool {
	_, revoked := v.revoked.Load(p.Subject)
	return revoked
}

func (v *testVerifier) Verify(_ context.Context, token string) (*auth.Principal, error) {
	role, until, _ := strings.Cut(token, "@")
	if auth.Roles[role] == nil && role != "nobody" {
		return nil, fault.New("test", fault.Unauthenticated, "token not valid")
	}
	p := &auth.Principal{Subject: role, Granted: auth.Roles[role]}
	if v.isRevoked(p) {
		return nil, fault.New("test", fault.Unauthenticated, "the token was revoked")
	}
	if until != "" {
		p.Expires, _ = time.Parse(time.RFC3339Nano, until)
	}
	return p, nil
}

type testPositions struct{}

func (testPositions) WaitApplied(ctx context.Context, position string) error {
	switch position {
	case "there":
		return nil
	case "never":
		<-ctx.Done()
		return ctx.Err()
	}
	return fault.New("test", fault.Invalid, "that is no position")
}

// testData is what the resolvers answer with.
type testData struct {
	reading func(id string) // called while an event's customer is read; set before any is
	mu      sync.Mutex
	names   map[string]string
	streams []*testStream
	opened  chan *testStream
	after   []string     // that streams were opened with
	reads   atomic.Int64 // customers read for events
	openErr error
	look    func(context.Context) // called by the resolvers of customer and node
	// prefetch makes the resolver of customer fetch touchpoints ahead, one touchpoint for each field that asks.
	prefetch bool
}

func newTestData() *testData {
	return &testData{names: map[string]string{"cus_1": "Ada", "cus_2": "Grace"}, opened: make(chan *testStream, 10_000)}
}

func (d *testData) name(id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.names[id]
}

func (d *testData) rename(id, name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names[id] = name
}

func (d *testData) customer(id string) *model.Customer {
	name := d.name(id)
	if name == "" {
		return nil
	}
	seen := event.Millis(1767323045678)
	return &model.Customer{ID: id, DisplayName: &name, Known: true, FirstSeenAt: &seen, Traits: json.RawMessage(`{"b":1,"a":[1.50,"<&>"]}`)}
}

type testRoot struct {
	Resolvers
	data *testData
}

func (r testRoot) Query() QueryResolver                           { return testQuery{data: r.data} }
func (r testRoot) Customer() CustomerResolver                     { return testCustomer{data: r.data} }
func (r testRoot) Touchpoint() TouchpointResolver                 { return testTouchpoint{} }
func (r testRoot) Mutation() MutationResolver                     { return testMutation{} }
func (r testRoot) Live() Live                                     { return testLive{data: r.data} }
func (r testRoot) CustomerChanged() CustomerChangedResolver       { return testChanged{r.data} }
func (r testRoot) TouchpointRecorded() TouchpointRecordedResolver { return testRecorded{r.data} }

type testQuery struct {
	QueryResolver
	data *testData
}

func (q testQuery) Me(ctx context.Context) (*model.Me, error) {
	return &model.Me{Subject: auth.PrincipalOf(ctx).Subject, Scopes: []string{}}, nil
}

func (q testQuery) Node(ctx context.Context, id string) (model.Node, error) {
	if q.data.look != nil {
		q.data.look(ctx)
	}
	if c := q.data.customer(id); c != nil {
		return c, nil
	}
	return nil, nil
}

func (q testQuery) Customer(ctx context.Context, by model.CustomerBy) (*model.Customer, error) {
	if by.ID == nil {
		return nil, nil
	}
	switch *by.ID {
	case "panic":
		panic("MATCH (secret) RETURN secret")
	case "foreign":
		return nil, errors.New("MATCH (secret) RETURN secret")
	case "away":
		e := fault.New("test", fault.Unavailable, "the graph is away")
		e.RetryAfter, e.Err = 2*time.Second, errors.New("secret")
		return nil, e
	case "slow":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if q.data.look != nil {
		q.data.look(ctx)
	}
	c := q.data.customer(*by.ID)
	if c != nil {
		AuditRead(ctx, c.ID)
	}
	if q.data.prefetch {
		for _, f := range Selected(ctx).Fields("Customer") {
			tp := &model.Touchpoint{ID: fmt.Sprint("fetched-", First(Arg[*int](f, "first")))}
			for _, g := range f.Fields("TouchpointConnection") {
				for _, h := range g.Fields("Touchpoint") {
					if h.Name() == "customer" {
						tp.Prefetched.Put(h.Key(), c)
					}
				}
			}
			c.Prefetched.Put(f.Key(), &model.TouchpointConnection{Edges: []model.TouchpointEdge{{Node: tp}}})
		}
	}
	return c, nil
}

func (q testQuery) Customers(context.Context, *model.CustomerFilter, *model.CustomerOrder, *int, *string, *int, *string) (*model.CustomerConnection, error) {
	page := &model.CustomerConnection{}
	for _, id := range []string{"cus_1", "cus_2"} {
		page.Edges = append(page.Edges, model.CustomerEdge{Cursor: id, Node: q.data.customer(id)})
	}
	return page, nil
}

func (q testQuery) Journal(context.Context) (*model.Journal, error) {
	return &model.Journal{Head: "e-2", Applied: "e-1", Lag: 1}, nil
}

func (q testQuery) DeadLetters(context.Context, *int, *string) (*model.DeadLetterConnection, error) {
	return &model.DeadLetterConnection{}, nil
}

type testCustomer struct {
	CustomerResolver
	data *testData
}

func (c testCustomer) OtherIds(_ context.Context, objs []*model.Customer) ([][]string, error) {
	return make([][]string, len(objs)), nil
}

func (c testCustomer) Touchpoints(ctx context.Context, objs []*model.Customer, filter *model.TouchpointFilter, first *int, after *string) ([]*model.TouchpointConnection, error) {
	out := make([]*model.TouchpointConnection, len(objs))
	for i, obj := range objs {
		if v, ok := obj.Prefetched.Get(Selected(ctx).Key()); ok {
			out[i] = v.(*model.TouchpointConnection)
			continue
		}
		out[i] = &model.TouchpointConnection{Edges: []model.TouchpointEdge{{Node: &model.Touchpoint{ID: "read"}}}}
	}
	return out, nil
}

type testTouchpoint struct{ TouchpointResolver }

func (testTouchpoint) Customer(ctx context.Context, objs []*model.Touchpoint) ([]*model.Customer, error) {
	out := make([]*model.Customer, len(objs))
	for i, obj := range objs {
		v, _ := obj.Prefetched.Get(Selected(ctx).Key())
		out[i], _ = v.(*model.Customer)
	}
	return out, nil
}

type testMutation struct{ MutationResolver }

func (testMutation) IdentityDecisionRevoke(_ context.Context, id string) (*model.IdentityDecisionPayload, error) {
	wrong, _ := UserError(fault.New("test", fault.NotFound, "no such decision"), "id")
	return &model.IdentityDecisionPayload{UserErrors: []*model.UserError{wrong}}, nil
}

func (testMutation) SegmentDelete(_ context.Context, id string) (*model.SegmentPayload, error) {
	if id == "panic" {
		panic("on purpose")
	}
	return &model.SegmentPayload{Segment: &model.Segment{ID: "seg_2"}, UserErrors: []*model.UserError{}}, nil
}

type testChanged struct{ data *testData }

func (c testChanged) Customer(ctx context.Context, obj *model.CustomerChanged) (*model.Customer, error) {
	c.data.reads.Add(1)
	if c.data.reading != nil {
		c.data.reading(obj.CustomerID)
	}
	return c.data.customer(obj.CustomerID), nil
}

type testRecorded struct{ data *testData }

func (c testRecorded) Touchpoint(_ context.Context, obj *model.TouchpointRecorded) (*model.Touchpoint, error) {
	return &model.Touchpoint{ID: obj.TouchpointID}, nil
}

type testLive struct{ data *testData }

func (l testLive) open() (Stream, error) {
	if l.data.openErr != nil {
		return nil, l.data.openErr
	}
	s := &testStream{}
	l.data.mu.Lock()
	l.data.streams = append(l.data.streams, s)
	l.data.mu.Unlock()
	l.data.opened <- s
	return s, nil
}

func (l testLive) CustomerChanged(ctx context.Context, by *model.CustomerBy, _, after *string) (Stream, error) {
	if after = After(ctx, after); after != nil {
		l.data.mu.Lock()
		l.data.after = append(l.data.after, *after)
		l.data.mu.Unlock()
	}
	if by != nil && by.ID != nil && l.data.name(*by.ID) == "" {
		return nil, fault.New("test", fault.NotFound, "no such customer")
	}
	if by != nil && by.ID != nil {
		AuditRead(ctx, *by.ID)
	}
	return l.open()
}

func (l testLive) SegmentMembershipChanged(context.Context, string, *string) (Stream, error) {
	return l.open()
}

func (l testLive) TouchpointRecorded(context.Context, *model.TouchpointFilter, *string) (Stream, error) {
	return l.open()
}

// testStream is a stream that a test feeds.
type testStream struct {
	mu     sync.Mutex
	events []Event
	end    error
	notify func()
	closed bool
}

func (s *testStream) Next() (Event, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.events) == 0 {
		return Event{}, false, s.end
	}
	e := s.events[0]
	s.events = s.events[1:]
	return e, true, nil
}

func (s *testStream) Notify(f func()) {
	s.mu.Lock()
	s.notify = f
	s.mu.Unlock()
	f()
}

func (s *testStream) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

func (s *testStream) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *testStream) emit(e Event) {
	s.mu.Lock()
	s.events = append(s.events, e)
	notify := s.notify
	s.mu.Unlock()
	if notify != nil {
		notify()
	}
}

func (s *testStream) finish(err error) {
	s.mu.Lock()
	s.end = err
	notify := s.notify
	s.mu.Unlock()
	if notify != nil {
		notify()
	}
}

func changed(n int) Event {
	cursor := fmt.Sprint("c", n)
	return Event{Key: cursor, Cursor: cursor, Ordered: true, Received: time.Now(), Value: &model.CustomerChanged{
		Cursor: cursor, Reasons: []model.ChangeReason{model.ChangeReasonTraits}, ChangedTraits: []string{}, CustomerID: "cus_1",
	}}
}

func recorded1(n int) Event {
	cursor := fmt.Sprint("t", n)
	return Event{Key: cursor, Cursor: cursor, Value: &model.TouchpointRecorded{Cursor: cursor, TouchpointID: fmt.Sprint("tp_", n)}}
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// answer is a response over HTTP.
type answer struct {
	status int
	header http.Header
	body   string
}

func (b *bench) do(r *http.Request) answer {
	b.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

// post sends a request as its JSON body, with headers as "Name: value".
func (b *bench) post(token, body string, headers ...string) answer {
	b.Helper()
	r, err := http.NewRequest(http.MethodPost, b.url, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
		if value == "" {
			r.Header.Del(name)
		}
	}
	return b.do(r)
}

// query is the body of a request for a document.
func query(document string) string {
	body, _ := json.Marshal(map[string]any{"query": document})
	return string(body)
}

func queryWith(document string, variables map[string]any) string {
	body, _ := json.Marshal(map[string]any{"query": document, "variables": variables})
	return string(body)
}

// codes are the codes of the errors in a body.
func codes(t testing.TB, body string) []string {
	t.Helper()
	var parsed struct {
		Errors []struct {
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal([]byte(body), &parsed); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	var out []string
	for _, e := range parsed.Errors {
		out = append(out, e.Extensions.Code)
	}
	return out
}
