// Package resolvers answers the fields of the GraphQL API: each asks who may see what, makes one call, and maps.
//
// What a query asks below a customer is looked up before it is executed (plan.go), so that the whole of it is one
// read, or one per level where a level stands on what the one above found. The resolvers of nested fields hand out
// what was read; they read for themselves only when that is not there.
package resolvers

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"kith/audit"
	"kith/event"
	"kith/graph"
	"kith/identity"
	"kith/segment"
	"kith/store"
)

// Graph is what is read of the customer graph; *store.Graph is one. All its methods may be called concurrently, take
// one round trip, and fail with UNAVAILABLE or TIMEOUT when the database is away or busy. What does not exist is left
// out of a map that is asked for by id.
type Graph interface {
	ProfilesByID(ctx context.Context, ids []identity.CustomerID, w store.Want) (map[identity.CustomerID]*store.Profile, error)
	ProfilesByKey(ctx context.Context, keys []identity.Key, w store.Want) (map[identity.Key]*store.Profile, error)
	CustomersPage(ctx context.Context, q store.CustomersQuery, w store.Want) (*store.Page[*store.Profile], error)
	CustomersOf(ctx context.Context, accounts []string, s store.Slice, w store.Want) (map[string]*store.Page[*store.Profile], error)
	HouseholdsOf(ctx context.Context, customers []identity.CustomerID, s store.Slice, w store.Want) (map[identity.CustomerID]*store.Page[*store.Profile], error)
	IdentifiersByID(ctx context.Context, ids []identity.CustomerID) (map[identity.CustomerID]store.IdentifierView, error)
	IdentifiersByKey(ctx context.Context, keys []identity.Key) (map[identity.Key]store.IdentifierView, error)
	TouchpointsByID(ctx context.Context, ids []string) (map[string]store.Touchpoint, error)
	AccountsByID(ctx context.Context, ids []string) (map[string]store.AccountView, error)
	DecisionsByID(ctx context.Context, ids []string) (map[string]store.DecisionView, error)
	MarksByID(ctx context.Context, ids []identity.CustomerID) (map[identity.CustomerID]store.DecisionView, error)
	RecordsOf(ctx context.Context, customers []identity.CustomerID, limit int) (map[identity.CustomerID][]store.HeldRecord, error)
	ReviewLinks(ctx context.Context, s store.ReviewSlice) (links []store.ReviewLink, more bool, err error)
	ReviewLinkByID(ctx context.Context, id string) (store.ReviewLink, bool, error)
	LargeCustomers(ctx context.Context, after *store.Mark, n int) (list []store.LargeCustomer, more bool, err error)
	LargeCustomerByID(ctx context.Context, id identity.CustomerID) (store.LargeCustomer, bool, error)
	HistoryOf(ctx context.Context, id identity.CustomerID, s store.Slice) (*store.Page[store.HistoryEvent], error)
	Neighbourhood(ctx context.Context, need identity.Need) (identity.Loaded, error)
	WorkspaceKey() []byte
	MetAfter(ctx context.Context, ids []identity.CustomerID, at event.Millis, n int) (map[identity.CustomerID][]identity.CustomerID, error)
	RevokedAfter(ctx context.Context, at event.Millis, of []identity.Key) ([]store.DecisionView, error)
	RulingsAround(ctx context.Context, of []identity.Key) ([]identity.Ruling, []identity.Marking, error)
	Definitions(ctx context.Context) (store.Definitions, error)
	Standings(ctx context.Context, ids []identity.CustomerID) ([]store.StoredStanding, error)
	StandingsAfter(ctx context.Context, after identity.CustomerID, limit int) ([]store.StoredStanding, error)
	Facts(ctx context.Context, customers []identity.CustomerID, what store.Gathering) (map[identity.CustomerID][][]segment.Fact, error)
	Nearby(ctx context.Context, ids []identity.CustomerID) (map[identity.CustomerID]store.Nearby, error)
	Connections(ctx context.Context, customers []identity.CustomerID, limit int) (map[identity.CustomerID]store.Connected, error)
	MembersPage(ctx context.Context, segments []string, s store.Slice, w store.Want) (map[string]*store.Page[*store.Profile], error)
	Names(ctx context.Context, kind store.NameKind, event, part, after string, limit int) ([]store.StoredName, error)
	MemberIDs(ctx context.Context, segment string, limit int) ([]identity.CustomerID, store.Committed, error)
	SegmentDays(ctx context.Context, segments []string, since event.Millis) (map[string][]store.SegmentDay, error)
	Counts(ctx context.Context) (customers, identifiers int64, err error)
	SourcesPage(ctx context.Context, s store.Slice) (*store.Page[store.SourceView], error)
	SourceByName(ctx context.Context, name string) (store.SourceView, bool, error)
	RulesInForce(ctx context.Context) (store.RulesView, bool, error)
	// Size is how many identifiers and links there are.
	Size(ctx context.Context) (int64, error)
	Figures(ctx context.Context) (store.Figures, error)
}

// Journal is where decisions go, and how far it is applied.
type Journal interface {
	// Decide stores a decision for good and gives its position. Nothing is stored after an error, but for TIMEOUT.
	Decide(ctx context.Context, d identity.Decision) (position string, err error)
	// Define stores a change of definitions for good and gives its position. Nothing is stored after an error, but for
	// TIMEOUT.
	Define(ctx context.Context, d segment.Definition) (position string, err error)
	// WaitApplied returns when reads see everything up to the position, or with the context's error.
	WaitApplied(ctx context.Context, position string) error
	// Progress is how far the graph has caught up.
	Progress(ctx context.Context) (Progress, error)
}

// Progress is how far the graph has caught up with the journal.
type Progress struct {
	Head    string    // position of the last message accepted
	Applied string    // position up to which reads see everything
	Lag     int       // messages between
	Oldest  time.Time // when the oldest of them was accepted; zero when there is none
}

// Config is what the resolvers stand on. All of it is required but Now.
type Config struct {
	Graph       Graph
	Journal     Journal
	Feed        Feed
	Quarantine  Quarantine
	DeadLetters DeadLetters
	Revocations Revocations
	Audit       audit.Trail
	Rules       *identity.Rules // to go by until AgreeOnRules finds others in force
	// Forecast says what other rules would change about everything stored, and changes nothing. It takes seconds.
	Forecast func(context.Context, *identity.Rules) (*identity.Diff, error)
	Now      func() time.Time
}

// Root has a resolver for every type of the schema.
type Root struct {
	graph       Graph
	journal     Journal
	feed        Feed
	quarantine  Quarantine
	deadLetters DeadLetters
	revocations Revocations
	audit       audit.Trail
	ruling      atomic.Pointer[ruling]
	forecast    func(context.Context, *identity.Rules) (*identity.Diff, error)
	forecasting sync.Mutex // held while one is made: it takes memory
	now         func() time.Time
	touchpoints *gather[string, store.Touchpoint]
	subjects    subjects
	held        known
	made        lastEvent
}

var _ graph.Resolvers = (*Root)(nil)

// New makes the resolvers.
func New(cfg Config) *Root {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	r := &Root{
		graph: cfg.Graph, journal: cfg.Journal, feed: cfg.Feed, quarantine: cfg.Quarantine, deadLetters: cfg.DeadLetters,
		revocations: cfg.Revocations, audit: cfg.Audit, now: cfg.Now, forecast: cfg.Forecast,
		touchpoints: newGather(cfg.Graph.TouchpointsByID),
		subjects:    subjects{read: cfg.Graph.ProfilesByID, byWant: map[string]*gathering{}},
	}
	r.goBy(cfg.Rules)
	return r
}

type (
	queryResolver    struct{ *Root }
	mutationResolver struct{ *Root }
	customerResolver struct{ *Root }
)

// Query answers the fields of Query.
func (r *Root) Query() graph.QueryResolver { return queryResolver{r} }

// Mutation answers the fields of Mutation.
func (r *Root) Mutation() graph.MutationResolver { return mutationResolver{r} }

// Customer answers the nested fields of Customer.
func (r *Root) Customer() graph.CustomerResolver { return customerResolver{r} }
