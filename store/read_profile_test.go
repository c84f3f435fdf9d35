package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/event"
	"kith/identity"
)

func everything(first int) Want {
	s := Slice{First: first}
	return Want{
		Values: true, OtherIDs: true, Identifiers: &s, Touchpoints: &Timeline{Slice: s, Properties: true, Context: true},
		Accounts: &s, Traits: true, Graph: &GraphWant{Rejected: true, Candidates: true},
	}
}

func TestProfileIsOneRoundTrip(t *testing.T) {
	f := newFixture(t)
	id := f.customer(1000, 5000, map[string]any{"displayName": "Ada", "traits": `{"name":"Ada"}`}, "user_id:1", "email:a@x.de", "anonymous_id:1")
	f.touchpoints("anonymous_id:1", 30, 1000, 10)
	f.touchpoints("email:a@x.de", 3, 1001, 100)
	f.run(`MATCH (i:Identifier {key: 'user_id:1'}) SET i.traits = '{"name":[{"v":"Ada","s":"web","t":1,"m":"m1"}]}'
CREATE (i)-[:WORKS_AT {id: 'w1', firstSeenAt: 7, lastSeenAt: 9, source: 'web'}]->(:Account {id: 'acc_1', groupId: 'g1', traits: '{"plan":"pro"}'})`, nil)

	var trips atomic.Int64
	found, err := f.g.ProfilesByID(CountReads(t.Context(), &trips), []identity.CustomerID{cid("anonymous_id:1"), "cus_nobody"}, everything(20))
	if err != nil {
		t.Fatal(err)
	}
	if trips.Load() != 1 {
		t.Errorf("%d round trips, want 1", trips.Load())
	}
	if len(found) != 1 {
		t.Fatalf("found %v, want the one that exists", found)
	}
	c := found[cid("anonymous_id:1")]
	if c.ID != id || c.DisplayName != "Ada" || c.Values != `{"name":"Ada"}` || !c.Known || c.Shared || c.FirstSeen != 1000 || c.LastSeen != 5000 {
		t.Errorf("customer %+v", c)
	}
	if want := []identity.CustomerID{cid("anonymous_id:1"), cid("email:a@x.de")}; !slices.Equal(c.OtherIDs, want) {
		t.Errorf("other ids %v, want %v", c.OtherIDs, want)
	}
	var types []string
	for _, e := range c.Identifiers.Entries {
		types = append(types, e.Node.Type)
	}
	if want := []string{"user_id", "email", "anonymous_id"}; !slices.Equal(types, want) {
		t.Errorf("identifiers %v, want %v", types, want)
	}
	if len(c.Touchpoints.Entries) != 20 || !c.Touchpoints.HasNext || c.Touchpoints.HasPrevious {
		t.Errorf("touchpoints %d, next %v, previous %v", len(c.Touchpoints.Entries), c.Touchpoints.HasNext, c.Touchpoints.HasPrevious)
	}
	tp := c.Touchpoints.Entries[0].Node
	if tp.At != 1290 || tp.Identifier.Key != "anonymous_id:1" || tp.Identifier.Customer != id || tp.Properties != `{"n":29}` || tp.Context == "" {
		t.Errorf("newest touchpoint %+v", tp)
	}
	if a := c.Accounts.Entries; len(a) != 1 || a[0].Node != (AccountView{"acc_1", "g1", `{"plan":"pro"}`}) {
		t.Errorf("accounts %+v", a)
	}
	if len(c.Traits) != 1 || c.Traits[0].Key != "user_id:1" || c.Traits[0].Traits == "" {
		t.Errorf("traits %+v", c.Traits)
	}
	if len(c.Graph.Nodes) != 3 || len(c.Graph.Links) != 0 {
		t.Errorf("graph %+v", c.Graph)
	}

	byKey, err := f.g.ProfilesByKey(t.Context(), []identity.Key{"email:a@x.de"}, Want{})
	if err != nil || byKey["email:a@x.de"].ID != id {
		t.Errorf("by key: %v, %v", byKey, err)
	}
	if byKey["email:a@x.de"].Values != "" || byKey["email:a@x.de"].Touchpoints != nil {
		t.Errorf("not wanted, but read: %+v", byKey["email:a@x.de"])
	}
}

// Whatever the page size, the pages put together are the whole list, once.
func TestPartsPage(t *testing.T) {
	f := newFixture(t)
	r := rand.New(rand.NewPCG(1, 2))
	keys := []string{"user_id:1"}
	for n := range 12 {
		keys = append(keys, fmt.Sprintf("%s:%d", []string{"anonymous_id", "email", "card"}[n%3], n))
	}
	id := f.customer(1000, 5000, nil, keys...)
	for n, key := range keys[:5] {
		f.touchpoints(key, 4+n, 1000+int64(r.IntN(2)), int64(r.IntN(3))) // steps of zero: equal times
	}
	f.run(`MATCH (i:Identifier) WHERE i.key STARTS WITH 'card' UNWIND range(1, 7) AS n MERGE (a:Account {id: 'acc_' + n}) ON CREATE SET a.groupId = 'g' + n, a.traits = '{}'
CREATE (i)-[:WORKS_AT {id: i.key + n, firstSeenAt: n % 3, lastSeenAt: 9, source: 'web'}]->(a)`, nil)

	filters := map[string]TouchpointFilter{
		"all": {}, "type": {Types: []event.Type{event.Page}}, "name": {Names: []string{"Product Viewed", "x"}}, "source": {Sources: []string{"shop"}},
		"none": {Types: []event.Type{}}, "time": {From: at(1001), To: at(1004)}, "to": {To: at(1001)},
	}
	for name, filter := range filters {
		whole := everyPage(t, 200, func(s Slice) *Page[Touchpoint] {
			return f.profile(id, Want{Touchpoints: &Timeline{Slice: s, Filter: filter}}).Touchpoints
		})
		if !slices.IsSortedFunc(whole, func(a, b Mark) int { return -compareMarks(a, b) }) {
			t.Errorf("%s: not newest first: %v", name, whole)
		}
		if name == "all" && len(whole) != 4+5+6+7+8 || name == "none" && len(whole) != 0 || name != "none" && len(whole) == 0 {
			t.Errorf("%s: %d touchpoints", name, len(whole))
		}
		for size := 1; size <= 6; size++ {
			got := everyPage(t, size, func(s Slice) *Page[Touchpoint] {
				return f.profile(id, Want{Touchpoints: &Timeline{Slice: s, Filter: filter}}).Touchpoints
			})
			if !slices.Equal(got, whole) {
				t.Errorf("%s, pages of %d: %v, want %v", name, size, got, whole)
			}
		}
	}
	identifiers := func(s Slice) *Page[IdentifierView] { return f.profile(id, Want{Identifiers: &s}).Identifiers }
	accounts := func(s Slice) *Page[AccountView] { return f.profile(id, Want{Accounts: &s}).Accounts }
	wholeIdentifiers, wholeAccounts := everyPage(t, 200, identifiers), everyPage(t, 200, accounts)
	if len(wholeIdentifiers) != 13 || len(wholeAccounts) != 7 {
		t.Errorf("%d identifiers, %d accounts", len(wholeIdentifiers), len(wholeAccounts))
	}
	for size := 1; size <= 6; size++ {
		if got := everyPage(t, size, identifiers); !slices.Equal(got, wholeIdentifiers) {
			t.Errorf("identifiers, pages of %d: %v, want %v", size, got, wholeIdentifiers)
		}
		if got := everyPage(t, size, accounts); !slices.Equal(got, wholeAccounts) {
			t.Errorf("accounts, pages of %d: %v, want %v", size, got, wholeAccounts)
		}
	}
}

// everyPage reads a list to its end and checks what the pages say about their neighbours.
func everyPage[T any](t *testing.T, size int, read func(Slice) *Page[T]) []Mark {
	t.Helper()
	var all []Mark
	s := Slice{First: size}
	for {
		p := read(s)
		if p.HasPrevious != (s.After != nil) {
			t.Errorf("after %v: has previous %v", s.After, p.HasPrevious)
		}
		for _, e := range p.Entries {
			all = append(all, e.Mark)
		}
		if !p.HasNext {
			return all
		}
		if len(p.Entries) != size || len(all) > 10_000 {
			t.Fatalf("a page of %d has %d entries and a next page", size, len(p.Entries))
		}
		s.After = &p.Entries[size-1].Mark
	}
}

func at(m event.Millis) *event.Millis { return &m }

// A timeline costs the same whatever its length: the database touches as much for a hundred as for a hundred times as
// many.
func TestTimelineCostsTheSameAtAnyLength(t *testing.T) {
	f := newFixture(t)
	short, long := f.customer(1, 2, nil, "user_id:1", "anonymous_id:1"), f.customer(1, 2, nil, "user_id:2", "anonymous_id:2")
	f.touchpoints("anonymous_id:1", 100, 1000, 10)
	f.touchpoints("anonymous_id:2", 10_000, 1000, 10)
	hits := func(id identity.CustomerID) int64 {
		w := Want{Touchpoints: &Timeline{Slice: Slice{First: 20}}}
		p := map[string]any{"asked": []any{string(id)}}
		return f.hits(profileTexts["id"][w.params(p)], p)
	}
	if a, b := hits(short), hits(long); b > a+a/10 {
		t.Errorf("100 touchpoints cost %d database hits, 10,000 cost %d", a, b)
	}
}

// So does a page in the middle of all customers.
func TestCustomersPageCostsTheSameAnywhere(t *testing.T) {
	f := newFixture(t)
	var people []person
	for n := range 2000 {
		people = append(people, person{int64(n), int64(n), nil, []string{fmt.Sprintf("user_id:%05d", n)}})
	}
	f.customers(people)
	f.run(`CALL db.prepareForReplanning(60)`, nil) // a plan made for an empty graph, or with its statistics, would be found there
	for _, head := range []string{"last down", "last up", "first down", "first up"} {
		q := CustomersQuery{First: 20, After: &Mark{At: 1000, ID: string(cid("user_id:01000"))}}
		p := map[string]any{"shared": false, "known": nil, "segment": nil, "n": 21}
		q.bounds(p)
		if got := f.hits(profileTexts[head][Want{}.params(p)], p); got > 1500 {
			t.Errorf("%s: a page of 20 costs %d database hits", head, got)
		}
	}
}

// hits is how often the database touches its store to run the statement.
func (f fixture) hits(text string, params map[string]any) int64 {
	f.t.Helper()
	s := f.g.driver.NewSession(f.t.Context(), neo4j.SessionConfig{})
	defer func() { _ = s.Close(f.t.Context()) }()
	res, err := s.Run(f.t.Context(), "PROFILE "+text, params)
	if err != nil {
		f.t.Fatal(err)
	}
	sum, err := res.Consume(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	var add func(neo4j.ProfiledPlan) int64
	add = func(p neo4j.ProfiledPlan) int64 {
		n := p.DbHits()
		for _, c := range p.Children() {
			n += add(c)
		}
		return n
	}
	return add(sum.Profile())
}

func (f fixture) profile(id identity.CustomerID, w Want) *Profile {
	f.t.Helper()
	found, err := f.g.ProfilesByID(f.t.Context(), []identity.CustomerID{id}, w)
	if err != nil {
		f.t.Fatal(err)
	}
	return found[id]
}

func TestCustomersOfAccounts(t *testing.T) {
	f := newFixture(t)
	for n := range 5 {
		f.customer(int64(n), 100, nil, fmt.Sprintf("user_id:%d", n), fmt.Sprintf("email:%d@x.de", n))
	}
	f.run(`UNWIND ['acc_1', 'acc_2', 'acc_3'] AS id CREATE (a:Account {id: id, groupId: id, traits: '{}'})
WITH a, id WHERE id <> 'acc_3' MATCH (i:Identifier) WHERE id = 'acc_1' OR i.value STARTS WITH '1' CREATE (i)-[:WORKS_AT {id: i.key + id, firstSeenAt: 1, lastSeenAt: 1}]->(a)`, nil)
	pages, err := f.g.CustomersOf(t.Context(), []string{"acc_1", "acc_2", "acc_3"}, Slice{First: 3}, Want{OtherIDs: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := pages["acc_1"]; len(got.Entries) != 3 || !got.HasNext || len(got.Entries[0].Node.OtherIDs) != 1 {
		t.Errorf("acc_1: %+v", got)
	}
	if got := pages["acc_2"]; len(got.Entries) != 1 || got.HasNext {
		t.Errorf("acc_2: %+v", got)
	}
	if got := pages["acc_3"]; got == nil || len(got.Entries) != 0 {
		t.Errorf("acc_3: %+v", got)
	}
	all := everyPage(t, 2, func(s Slice) *Page[*Profile] {
		pages, err := f.g.CustomersOf(t.Context(), []string{"acc_1"}, s, Want{})
		if err != nil {
			t.Fatal(err)
		}
		return pages["acc_1"]
	})
	if len(all) != 5 || !slices.IsSortedFunc(all, func(a, b Mark) int { return -compareMarks(a, b) }) {
		t.Errorf("customers of acc_1, page by page: %v", all)
	}
}
