package store

import (
	"context"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/customer"
	"kith/event"
	"kith/identity"
)

// Asked is what a batch of calls touches.
type Asked struct {
	Touchpoints []string       // touchpoint ids
	Identifiers []identity.Key // keys
	Links       []string       // link ids
	Accounts    []string       // account ids
	WorksAt     []string       // membership ids
	Sources     []string       // names
}

// Found is what of it is stored.
type Found struct {
	Touchpoints map[string]string // id → content hash
	Identifiers map[identity.Key]Identifier
	Links       map[string]Link
	Accounts    map[string]Account
	WorksAt     map[string]Span
	Sources     map[string]Span
}

// Identifier is an Identifier node with the customer it is of.
type Identifier struct {
	Key              identity.Key
	Type, Value, Raw string
	Status           identity.Status
	FirstSeen        event.Millis        // identity.Unseen when only decisions name it
	Active           event.Millis        // customer.Never when only passive calls name it
	LastSeen         event.Millis        // as shown: Active, else FirstSeen
	ID               identity.CustomerID // the id it would give
	Traits           string              // customer.Traits, encoded
	Customer         identity.CustomerID // empty when BLOCKED
}

// Link is a LINKED edge's facts.
type Link struct {
	ID                  string
	Count               int64
	FirstSeen, LastSeen event.Millis
	Evidence            []string // of the earliest facts: time and message id
}

// Account is an Account node.
type Account struct {
	ID, GroupID string
	Versions    string // customer.Traits, encoded
}

// Span is when something was first and last seen.
type Span struct{ First, Last event.Millis }

func statusOf(name any) identity.Status {
	switch name {
	case "SHARED":
		return identity.Shared
	case "BLOCKED":
		return identity.Blocked
	}
	return identity.Active
}

// One round trip for the whole batch, and one plan (see usualText); each part is an index seek per row. Edges are found by their own unique index,
// so that a hub's degree costs nothing.
const lookupText = steady + `
CALL () { UNWIND $asked.touchpoints AS id MATCH (t:Touchpoint {id: id}) USING INDEX SEEK t:Touchpoint(id) RETURN collect([t.id, t.hash]) AS touchpoints }
CALL () {
  UNWIND $asked.identifiers AS key MATCH (i:Identifier {key: key}) USING INDEX SEEK i:Identifier(key)
  OPTIONAL MATCH (i)-[:OF]->(c:Customer)
  RETURN collect([i.key, i.raw, i.status, i.firstSeenAt, i.activeAt, i.cid, i.traits, c.id, i.lastSeenAt]) AS identifiers
}
CALL () {
  UNWIND $asked.links AS id MATCH ()-[l:LINKED {id: id}]->() USING INDEX SEEK l:LINKED(id)
  RETURN collect([l.id, l.count, l.firstSeenAt, l.lastSeenAt, l.evidence]) AS links
}
CALL () { UNWIND $asked.accounts AS id MATCH (a:Account {id: id}) USING INDEX SEEK a:Account(id) RETURN collect([a.id, a.groupId, a.versions]) AS accounts }
CALL () { UNWIND $asked.worksAt AS id MATCH ()-[w:WORKS_AT {id: id}]->() USING INDEX SEEK w:WORKS_AT(id) RETURN collect([w.id, w.firstSeenAt, w.lastSeenAt]) AS worksAt }
CALL () { UNWIND $asked.sources AS name MATCH (s:Source {name: name}) USING INDEX SEEK s:Source(name) RETURN collect([s.name, s.firstSeenAt, s.lastSeenAt]) AS sources }
RETURN touchpoints, identifiers, links, accounts, worksAt, sources`

// Lookup reads what is stored of everything a batch touches.
func (g *Graph) Lookup(ctx context.Context, a Asked) (Found, error) {
	f := Found{
		Touchpoints: map[string]string{},
		Identifiers: make(map[identity.Key]Identifier, len(a.Identifiers)),
		Links:       make(map[string]Link, len(a.Links)),
		Accounts:    map[string]Account{},
		WorksAt:     map[string]Span{},
		Sources:     map[string]Span{},
	}
	params := Row{"asked": Row{
		"touchpoints": anys(a.Touchpoints), "identifiers": anys(a.Identifiers), "links": anys(a.Links),
		"accounts": anys(a.Accounts), "worksAt": anys(a.WorksAt), "sources": anys(a.Sources),
	}}
	err := g.read(ctx, "store.Lookup", lookupText, params, func(r *neo4j.Record) error {
		for _, row := range rows(r, 0) {
			f.Touchpoints[str(row[0])] = str(row[1])
		}
		for _, row := range rows(r, 1) {
			key := identity.Key(str(row[0]))
			f.Identifiers[key] = Identifier{
				Key: key, Raw: str(row[1]), Status: statusOf(row[2]), FirstSeen: firstSeen(row[3]), Active: active(row[4]),
				ID: identity.CustomerID(str(row[5])), Traits: str(row[6]), Customer: identity.CustomerID(str(row[7])), LastSeen: millis(row[8]),
			}
		}
		for _, row := range rows(r, 2) {
			l := Link{ID: str(row[0]), Count: integer(row[1]), FirstSeen: millis(row[2]), LastSeen: millis(row[3])}
			l.Evidence = strs(row[4])
			f.Links[l.ID] = l
		}
		for _, row := range rows(r, 3) {
			f.Accounts[str(row[0])] = Account{ID: str(row[0]), GroupID: str(row[1]), Versions: str(row[2])}
		}
		for _, row := range rows(r, 4) {
			f.WorksAt[str(row[0])] = Span{millis(row[1]), millis(row[2])}
		}
		for _, row := range rows(r, 5) {
			f.Sources[str(row[0])] = Span{millis(row[1]), millis(row[2])}
		}
		return nil
	})
	return f, err
}

const membersText = steady + `
UNWIND $asked.keys AS key MATCH (i:Identifier {key: key}) USING INDEX SEEK i:Identifier(key)
RETURN i.key, i.type, i.value, i.firstSeenAt, i.activeAt, i.traits, i.cid`

const membersOfText = steady + `
UNWIND $asked.customers AS id MATCH (c:Customer {id: id}) USING INDEX SEEK c:Customer(id)
RETURN c.id, c.traits, [(c)<-[:OF]-(i:Identifier) | [i.key, i.type, i.value, i.firstSeenAt, i.activeAt, i.traits, i.cid]], c.shared,
  head([(c)-[:LIVES_IN]->(h:Household) | h.id])`

// StoredMember is an identifier as a customer's view is made of it.
type StoredMember struct {
	Key         identity.Key
	Type, Value string
	FirstSeen   event.Millis
	Active      event.Millis
	Traits      string
	ID          identity.CustomerID
}

// StoredCustomer is a customer with its members.
type StoredCustomer struct {
	ID        identity.CustomerID
	Traits    string // resolved values, JSON
	Members   []StoredMember
	Shared    bool
	Household identity.HouseholdID // empty when it lives in none
}

// Customers reads customers with everything their views are made of.
func (g *Graph) Customers(ctx context.Context, ids []identity.CustomerID) (map[identity.CustomerID]StoredCustomer, error) {
	out := make(map[identity.CustomerID]StoredCustomer, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	err := g.read(ctx, "store.Customers", membersOfText, Row{"asked": Row{"customers": anys(ids)}}, func(r *neo4j.Record) error {
		c := StoredCustomer{ID: identity.CustomerID(str(r.Values[0])), Traits: str(r.Values[1]), Household: identity.HouseholdID(str(r.Values[4]))}
		c.Shared, _ = r.Values[3].(bool)
		for _, row := range rows(r, 2) {
			c.Members = append(c.Members, member(row))
		}
		out[c.ID] = c
		return nil
	})
	return out, err
}

// Members reads identifiers with what a customer's view is made of.
func (g *Graph) Members(ctx context.Context, keys []identity.Key) (map[identity.Key]StoredMember, error) {
	out := make(map[identity.Key]StoredMember, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	err := g.read(ctx, "store.Members", membersText, Row{"asked": Row{"keys": anys(keys)}}, func(r *neo4j.Record) error {
		m := member(r.Values)
		out[m.Key] = m
		return nil
	})
	return out, err
}

func member(row []any) StoredMember {
	return StoredMember{
		Key: identity.Key(str(row[0])), Type: str(row[1]), Value: str(row[2]), FirstSeen: firstSeen(row[3]), Active: active(row[4]),
		Traits: str(row[5]), ID: identity.CustomerID(str(row[6])),
	}
}

// ---- what the driver gives, as what it is -------------------------------------------------------------------------

func rows(r *neo4j.Record, column int) [][]any {
	list, _ := r.Values[column].([]any)
	out := make([][]any, 0, len(list))
	for _, row := range list {
		if cells, ok := row.([]any); ok {
			out = append(out, cells)
		}
	}
	return out
}

func str(v any) string          { s, _ := v.(string); return s }
func integer(v any) int64       { n, _ := v.(int64); return n }
func millis(v any) event.Millis { return event.Millis(integer(v)) }

func active(v any) event.Millis {
	if v == nil {
		return customer.Never
	}
	return millis(v)
}

func strs(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, s := range list {
		out = append(out, str(s))
	}
	return out
}

// anys makes a list of strings into what the driver sends without reflection.
func anys[S ~string](list []S) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
