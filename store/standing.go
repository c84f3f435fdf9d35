package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/event"
	"kith/identity"
	"kith/segment"
)

// What the pipeline reads and writes to keep segments and computed traits live. What identifiers' events come to is a
// property of the identifier (tallies, see segment.State); what a customer's come to, of the customer (computed, and due:
// when it has to be looked at next). What connected customers may ask about a customer is in meets.

// standingPart writes what became of customers.
const standingPart = `
CALL () { UNWIND $w.standing AS r MATCH (c:Customer {id: r.id}) USING INDEX SEEK c:Customer(id) SET c += r.p }
CALL () {
  UNWIND $w.left AS r MATCH (c:Customer {id: r.c}) USING INDEX SEEK c:Customer(id)
  MATCH (c)-[e:IN]->(s:Segment) WHERE s.id IN r.s DELETE e
}
CALL () {
  UNWIND $w.into AS id OPTIONAL MATCH (s:Segment {id: id}) USING INDEX SEEK s:Segment(id)
  WITH collect([s]) AS into
  UNWIND $w.entered AS r MATCH (c:Customer {id: r.c}) USING INDEX SEEK c:Customer(id)
  UNWIND r.s AS n
  WITH c, r, into[n][0] AS s WHERE s IS NOT NULL
  CREATE (c)-[:IN {since: r.since}]->(s)
}
CALL () {
  UNWIND $w.sizes AS r MATCH (s:Segment {id: r.id}) USING INDEX SEEK s:Segment(id)
  MERGE (d:SegmentDay {id: r.day}) ON CREATE SET d.segment = r.id, d.at = r.at, d.entered = 0, d.left = 0
  SET d.entered = d.entered + r.entered, d.left = d.left + r.left, d.size = COUNT { (s)<-[:IN]-() }
}`

// Entering is a customer who is in segments from now on.
type Entering struct {
	Customer string
	Segments []string // ids
	Since    int64
}

// entering is that as standingPart takes it: each segment is looked up once, and the rows name it by its place in the list.
func entering(list []Entering) (into, rows []any) {
	at := map[string]int64{}
	into, rows = []any{}, make([]any, len(list))
	for i, e := range list {
		places := make([]int64, len(e.Segments))
		for n, id := range e.Segments {
			place, known := at[id]
			if !known {
				place = int64(len(into))
				at[id], into = place, append(into, id)
			}
			places[n] = place
		}
		rows[i] = Row{"c": e.Customer, "s": places, "since": e.Since}
	}
	return into, rows
}

// nearPart has customers looked at again who are connected to others than before, and those they are connected to: at
// accounts only where they meet something that others may ask for, or did. Where customers meet something anew, or no longer
// do, those connected to them are looked at, unless two more at the account meet it: then everybody there has somebody else
// who does, as before. A household of too many connects nobody, see [MaxHousehold]: it is left alone unless it was smaller
// before these customers moved in.
const nearPart = `
CALL () { UNWIND $w.near AS id MATCH (c:Customer {id: id}) USING INDEX SEEK c:Customer(id) SET c.due = 0 }
CALL () {
  UNWIND $w.nearAccounts AS id MATCH (c:Customer {id: id}) USING INDEX SEEK c:Customer(id)
  MATCH (c)<-[:OF]-(:Identifier)-[:WORKS_AT]->(a:Account)
  WITH DISTINCT a
  MATCH (a)<-[:WORKS_AT]-(:Identifier)-[:OF]->(d:Customer) SET d.due = 0
}
CALL () {
  UNWIND $w.near AS id MATCH (c:Customer {id: id}) USING INDEX SEEK c:Customer(id)
  MATCH (c)-[:LIVES_IN]->(h:Household)
  WITH h, count(c) AS moved WHERE COUNT { (h)<-[:LIVES_IN]-() } - moved <= $w.household
  MATCH (h)<-[:LIVES_IN]-(d:Customer) SET d.due = 0
}
CALL () {
  UNWIND $w.nearHouseholds AS id MATCH (h:Household {id: id}) USING INDEX SEEK h:Household(id)
  WHERE COUNT { (h)<-[:LIVES_IN]-() } <= $w.household
  MATCH (h)<-[:LIVES_IN]-(d:Customer) SET d.due = 0
}
CALL () {
  UNWIND $w.nearIdentifiers AS key MATCH (i:Identifier {key: key}) USING INDEX SEEK i:Identifier(key)
  MATCH (i)-[:WORKS_AT]->(a:Account)
  WITH DISTINCT a
  MATCH (a)<-[:WORKS_AT]-(:Identifier)-[:OF]->(d:Customer) SET d.due = 0
}
CALL () {
  UNWIND $w.turned AS r MATCH (c:Customer {id: r.c}) USING INDEX SEEK c:Customer(id)
  MATCH (c)<-[:OF]-(:Identifier)-[:WORKS_AT]->(a:Account)
  WITH a, r.m AS m, collect(DISTINCT r.c) AS these
  CALL (a, m, these) {
    MATCH (a)<-[:WORKS_AT]-(:Identifier)-[:OF]->(d:Customer) WHERE m IN d.meets AND NOT d.id IN these
    WITH DISTINCT d LIMIT 2
    RETURN count(d) AS others
  }
  WITH a WHERE others < 2
  WITH DISTINCT a
  MATCH (a)<-[:WORKS_AT]-(:Identifier)-[:OF]->(d:Customer) SET d.due = 0
}
CALL () {
  UNWIND $w.turned AS r MATCH (c:Customer {id: r.c}) USING INDEX SEEK c:Customer(id)
  MATCH (c)-[:LIVES_IN]->(h:Household)
  WITH DISTINCT h WHERE COUNT { (h)<-[:LIVES_IN]-() } <= $w.household
  MATCH (h)<-[:LIVES_IN]-(d:Customer) SET d.due = 0
}`

// standingText is a transaction of the clock or of a change of definitions, which has nothing else to write.
const standingText = steady + fencePart + standingPart + nearPart + definitionsPart + outboxPart

const definitionsPart = `
CALL () { UNWIND $w.tallies AS r MATCH (i:Identifier {key: r.key}) USING INDEX SEEK i:Identifier(key) SET i.tallies = r.tallies }
CALL () { UNWIND $w.segments AS r MERGE (s:Segment {id: r.id}) SET s += r.p }
CALL () { UNWIND $w.computed AS r MERGE (x:ComputedTrait {key: r.key}) SET x += r.p }
CALL () { UNWIND $w.goneComputed AS key MATCH (x:ComputedTrait {key: key}) USING INDEX SEEK x:ComputedTrait(key) DELETE x }
CALL () { UNWIND $w.fills AS r MERGE (f:Fill {id: r.id}) SET f += r.p }
CALL () { UNWIND $w.goneFills AS id MATCH (f:Fill {id: id}) USING INDEX SEEK f:Fill(id) DELETE f }
CALL () {
  UNWIND $w.emptied AS r MATCH (s:Segment {id: r.id}) USING INDEX SEEK s:Segment(id)
  MATCH (s)<-[e:IN]-() WITH e LIMIT 5000 DELETE e
}
CALL () {
  UNWIND $w.goneSegments AS id MATCH (s:Segment {id: id}) USING INDEX SEEK s:Segment(id)
  OPTIONAL MATCH (d:SegmentDay) USING INDEX SEEK d:SegmentDay(segment, at) WHERE d.segment = s.id AND d.at IS NOT NULL
  DETACH DELETE d, s
}`

const (
	standingColumns = `c.id, c.shared, c.traits, c.computed, c.due, c.meets, c.lastSeenAt,
  [(c)-[:IN]->(s:Segment) | s.id], [(c)<-[:OF]-(i:Identifier) | [i.key, i.tallies]]`

	standingsText = steady + `
UNWIND $asked.customers AS id MATCH (c:Customer {id: id}) USING INDEX SEEK c:Customer(id)
RETURN ` + standingColumns

	talliesText = steady + `
UNWIND $asked.keys AS key MATCH (i:Identifier {key: key}) USING INDEX SEEK i:Identifier(key)
RETURN i.key, i.tallies`

	// Each account and household is read once, however many of its customers are asked about: of what anybody there meets
	// two who do say for everybody whether somebody else does.
	nearbyText = steady + `
CALL () {
  UNWIND $asked.customers AS id MATCH (c:Customer {id: id}) USING INDEX SEEK c:Customer(id)
  MATCH (c)<-[:OF]-(:Identifier)-[:WORKS_AT]->(a:Account)
  WITH a, collect(DISTINCT c.id) AS here
  CALL (a) {
    MATCH (a)<-[:WORKS_AT]-(:Identifier)-[:OF]->(d:Customer) WHERE d.meets IS NOT NULL
    UNWIND d.meets AS m WITH m, min(d.id) AS one, max(d.id) AS other RETURN collect([m, one, other]) AS met
  }
  RETURN true AS account, here, met
  UNION ALL
  UNWIND $asked.customers AS id MATCH (c:Customer {id: id}) USING INDEX SEEK c:Customer(id)
  MATCH (c)-[:LIVES_IN]->(h:Household)
  WITH h, collect(DISTINCT c.id) AS here WHERE COUNT { (h)<-[:LIVES_IN]-() } <= $asked.household
  CALL (h) {
    MATCH (h)<-[:LIVES_IN]-(d:Customer) WHERE d.meets IS NOT NULL
    UNWIND d.meets AS m WITH m, min(d.id) AS one, max(d.id) AS other RETURN collect([m, one, other]) AS met
  }
  RETURN false AS account, here, met
}
RETURN account, here, met`

	dueText = steady + `
MATCH (c:Customer) USING INDEX SEEK c:Customer(due) WHERE c.due <= $until
WITH c ORDER BY c.due LIMIT $limit
RETURN ` + standingColumns

	nextDueText = steady + `
MATCH (c:Customer) USING INDEX SEEK c:Customer(due) WHERE c.due >= 0
RETURN c.due ORDER BY c.due LIMIT 1`

	standingsAfterText = `
MATCH (c:Customer) WHERE c.id > $after
WITH c ORDER BY c.id LIMIT $limit
RETURN ` + standingColumns

	// Those of an identifier's touchpoints that may matter, so many of them. properties and context are read only where
	// something looks into them.
	factColumns = `t.at, t.messageId, t.source, t.name, t.channel, t.passive, CASE WHEN $properties THEN t.properties END,
    CASE WHEN $context AND t.context CONTAINS $within THEN t.context END, t.id`

	talliesAfterText = `
MATCH (i:Identifier) WHERE i.key > $after
WITH i ORDER BY i.key LIMIT $limit
OPTIONAL MATCH (i)-[:OF]->(c:Customer)
CALL (i) {
  MATCH (t:Touchpoint) USING INDEX SEEK t:Touchpoint(actor, at, id)
  WHERE t.actor = i.key AND t.at >= $since AND t.id IS NOT NULL AND ($any OR t.name IN $names)
  WITH t ORDER BY t.actor, t.at, t.id LIMIT $facts
  RETURN collect([` + factColumns + `]) AS touchpoints
}
RETURN i.key, c.id, i.tallies, touchpoints`

	factsAfterText = `
MATCH (t:Touchpoint) USING INDEX SEEK t:Touchpoint(actor, at, id)
WHERE t.actor = $key AND t.at >= $at AND t.id IS NOT NULL AND CASE WHEN t.at > $at THEN true ELSE t.id > $id END AND ($any OR t.name IN $names)
WITH t ORDER BY t.actor, t.at, t.id LIMIT $facts
RETURN ` + factColumns

	definitionsText = `
CALL () { MATCH (s:Segment) RETURN collect([s.id, s.key, s.name, s.condition, COUNT { (s)<-[:IN]-() }, s.removed, s.createdAt, s.changedAt, s.by]) AS segments }
CALL () { MATCH (x:ComputedTrait) WITH x ORDER BY x.key RETURN collect([x.key, x.definition]) AS computed }
CALL () { MATCH (f:Fill) WITH f ORDER BY f.id RETURN collect([f.id, f.job]) AS fills }
RETURN segments, computed, fills`
	edgesText = `MATCH (s:Segment {id: $id})<-[e:IN]-() RETURN count(e)`
)

// Defining is what a change of the definitions of segments and computed traits writes.
type Defining struct {
	Tallies      []Row // {key, tallies}: what identifiers' events come to
	Segments     []Row // {id, p}
	Computed     []Row // {key, p}: computed traits
	GoneComputed []any // keys
	Fills        []Row // {id, p}: jobs
	GoneFills    []any // their numbers
	Emptied      []Row // {id}: segments that some thousand members are taken out of
	GoneSegments []any // ids
}

func (d *Defining) any() bool {
	return len(d.Tallies)+len(d.Segments)+len(d.Computed)+len(d.GoneComputed)+len(d.Fills)+len(d.GoneFills)+len(d.Emptied)+len(d.GoneSegments) > 0
}

// StoredStanding is what a customer is evaluated from.
type StoredStanding struct {
	ID      identity.CustomerID
	Shared  bool
	Traits  string
	Basis   map[string]json.RawMessage
	Due     event.Millis // segment.Never when it is not
	Meets   []string
	Seen    event.Millis
	In      []string // ids of segments
	Tallies map[identity.Key][]byte
}

func standing(v []any) (StoredStanding, error) {
	s := StoredStanding{
		ID: identity.CustomerID(str(v[0])), Traits: str(v[2]), Due: segment.Never, Meets: strs(v[5]), Seen: millis(v[6]), In: strs(v[7]),
		Tallies: map[identity.Key][]byte{},
	}
	s.Shared, _ = v[1].(bool)
	if text := str(v[3]); text != "" {
		if err := json.Unmarshal([]byte(text), &s.Basis); err != nil {
			return s, fmt.Errorf("what is computed of customer %s is damaged: %w", s.ID, err)
		}
	}
	if v[4] != nil {
		s.Due = millis(v[4])
	}
	for _, row := range cells(v[8]) {
		pair := cells(row)
		b, _ := pair[1].([]byte)
		s.Tallies[identity.Key(str(pair[0]))] = b
	}
	return s, nil
}

func (g *Graph) standings(ctx context.Context, op, text string, params Row) ([]StoredStanding, error) {
	var out []StoredStanding
	err := g.read(ctx, op, text, params, func(r *neo4j.Record) error {
		s, err := standing(r.Values)
		out = append(out, s)
		return err
	})
	return out, err
}

// Standings reads what customers are evaluated from. Those that are not there are not among it.
func (g *Graph) Standings(ctx context.Context, ids []identity.CustomerID) ([]StoredStanding, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return g.standings(ctx, "store.Standings", standingsText, Row{"asked": Row{"customers": anys(ids)}})
}

// StandingsAfter reads up to limit of them behind the customer after, in the order of their ids.
func (g *Graph) StandingsAfter(ctx context.Context, after identity.CustomerID, limit int) ([]StoredStanding, error) {
	return g.standings(ctx, "store.StandingsAfter", standingsAfterText, Row{"after": string(after), "limit": limit})
}

// Due reads up to limit of the customers that have to be looked at by now, longest overdue first.
func (g *Graph) Due(ctx context.Context, now event.Millis, limit int) ([]StoredStanding, error) {
	return g.standings(ctx, "store.Due", dueText, Row{"until": int64(now), "limit": limit})
}

// NextDue is when the first customer has to be looked at; segment.Never when none has.
func (g *Graph) NextDue(ctx context.Context) (event.Millis, error) {
	next := segment.Never
	err := g.read(ctx, "store.NextDue", nextDueText, nil, func(r *neo4j.Record) error {
		next = millis(r.Values[0])
		return nil
	})
	return next, err
}

// Tallies reads what identifiers' events come to.
func (g *Graph) Tallies(ctx context.Context, keys []identity.Key) (map[identity.Key][]byte, error) {
	out := make(map[identity.Key][]byte, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	err := g.read(ctx, "store.Tallies", talliesText, Row{"asked": Row{"keys": anys(keys)}}, func(r *neo4j.Record) error {
		b, _ := r.Values[1].([]byte)
		out[identity.Key(str(r.Values[0]))] = b
		return nil
	})
	return out, err
}

// Nearby is what anybody meets who is connected to a customer. A rule may be there twice.
type Nearby struct{ Account, Household []string }

// Nearby reads what those meet who are connected to customers.
func (g *Graph) Nearby(ctx context.Context, ids []identity.CustomerID) (map[identity.CustomerID]Nearby, error) {
	out := make(map[identity.CustomerID]Nearby, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	params := Row{"asked": Row{"customers": anys(ids), "household": MaxHousehold}}
	err := g.read(ctx, "store.Nearby", nearbyText, params, func(r *neo4j.Record) error {
		account, _ := r.Values[0].(bool)
		met := rows(r, 2)
		for _, id := range strs(r.Values[1]) {
			near := out[identity.CustomerID(id)]
			list := &near.Household
			if account {
				list = &near.Account
			}
			for _, m := range met { // {rule, the first and the last who meet it}
				if str(m[1]) != id || str(m[2]) != id {
					*list = append(*list, str(m[0]))
				}
			}
			out[identity.CustomerID(id)] = near
		}
		return nil
	})
	return out, err
}

// Gathering says which touchpoints to read for facts that are gathered anew.
type Gathering struct {
	Names      []string // of the events; nil is any
	Since      event.Millis
	Properties bool
	Context    string // only contexts with this text in them; empty is none
}

// GatheringOf is which touchpoints features look at.
func GatheringOf(features []*segment.Feature, now event.Millis) Gathering {
	what := Gathering{Names: []string{}, Since: now}
	contexts := map[string]bool{}
	for _, f := range features {
		if names := f.Names(); len(names) == 0 {
			what.Names = nil
		} else if what.Names != nil {
			what.Names = append(what.Names, names...)
		}
		if since, bounded := f.Since(now); bounded {
			what.Since = min(what.Since, since)
		} else {
			what.Since = -1 << 62
		}
		properties, context := f.Reads()
		what.Properties = what.Properties || properties
		if context != "" {
			contexts[context] = true
		}
	}
	slices.Sort(what.Names)
	what.Names = slices.Compact(what.Names)
	switch list := slices.Sorted(maps.Keys(contexts)); len(list) {
	case 0:
	case 1:
		what.Context = list[0]
	default:
		what.Context = "{" // several: all of them
	}
	return what
}

// factsAtOnce is how many touchpoints of one identifier are read at once: most have fewer, and some have very many.
const factsAtOnce = 500

// StoredTallies is an identifier with what its events come to, and those of them that were asked for, oldest first.
type StoredTallies struct {
	Key      identity.Key
	Customer identity.CustomerID
	Tallies  []byte
	Facts    []segment.Fact
	Last     string // id of the last one, when there may be more (see FactsAfter)
}

func (g Gathering) params() Row {
	return Row{
		"since": int64(g.Since), "any": g.Names == nil, "names": anys(g.Names), "properties": g.Properties, "context": g.Context != "", "within": g.Context,
		"facts": factsAtOnce,
	}
}

// TalliesAfter reads up to limit identifiers behind the one with the key after, in the order of their keys.
func (g *Graph) TalliesAfter(ctx context.Context, after identity.Key, limit int, what Gathering) ([]StoredTallies, error) {
	var out []StoredTallies
	params := what.params()
	params["after"], params["limit"] = string(after), limit
	err := g.read(ctx, "store.TalliesAfter", talliesAfterText, params, func(r *neo4j.Record) error {
		s := StoredTallies{Key: identity.Key(str(r.Values[0])), Customer: identity.CustomerID(str(r.Values[1]))}
		s.Tallies, _ = r.Values[2].([]byte)
		list := rows(r, 3)
		for _, v := range list {
			s.Facts = append(s.Facts, factOf(v))
		}
		if len(list) == factsAtOnce {
			s.Last = str(list[len(list)-1][8])
		}
		out = append(out, s)
		return nil
	})
	return out, err
}

// FactsAfter reads more touchpoints of an identifier, behind one; last is that of the last, or empty when these are all.
func (g *Graph) FactsAfter(ctx context.Context, of identity.Key, at event.Millis, id string, what Gathering) (facts []segment.Fact, last string, err error) {
	params := what.params()
	params["key"], params["at"], params["id"] = string(of), int64(at), id
	err = g.read(ctx, "store.FactsAfter", factsAfterText, params, func(r *neo4j.Record) error {
		facts, last = append(facts, factOf(r.Values)), str(r.Values[8])
		return nil
	})
	if len(facts) < factsAtOnce {
		last = ""
	}
	return facts, last, err
}

func factOf(v []any) segment.Fact {
	passive, _ := v[5].(bool)
	return segment.Fact{
		At: millis(v[0]), MessageID: str(v[1]), Source: str(v[2]), Name: str(v[3]), Channel: str(v[4]), Passive: passive,
		Properties: []byte(str(v[6])), Context: []byte(str(v[7])),
	}
}

// StoredSegment is a segment with what is kept of it.
type StoredSegment struct {
	segment.Segment
	Size               int64
	Removed            bool // its members are being let go; nobody is shown it any more
	CreatedAt, Changed event.Millis
	By                 string
}

func storedSegment(v []any) (StoredSegment, error) {
	s := StoredSegment{Segment: segment.Segment{ID: str(v[0]), Key: str(v[1]), Name: str(v[2])}, Size: integer(v[4]), CreatedAt: millis(v[6]), Changed: millis(v[7]), By: str(v[8])}
	s.Removed, _ = v[5].(bool)
	var err error
	s.Condition, err = segment.Parse([]byte(str(v[3])))
	return s, err
}

// Definitions are the segments and computed traits of the workspace and what is still being gathered for them.
type Definitions struct {
	Segments []StoredSegment
	Computed []segment.Computed
	Fills    []Fill
}

// Fill is a job that gathers facts for new definitions: its number, and what it is, as JSON.
type Fill struct {
	ID  int64
	Job string
}

// Progress is how far a job is.
type Progress struct {
	Stage    string   `json:"stage"`    // GATHERING, EVALUATING or REMOVING
	Segments []string `json:"segments"` // ids
	Computed []string `json:"computed"` // keys
	Done     int64    `json:"done"`
	Total    int64    `json:"total"`
}

// Progress reads how far it is; ok is false of what is no job.
func (f Fill) Progress() (p Progress, ok bool) {
	return p, json.Unmarshal([]byte(f.Job), &p) == nil && p.Stage != ""
}

// Definitions reads them.
func (g *Graph) Definitions(ctx context.Context) (d Definitions, err error) {
	err = g.read(ctx, "store.Definitions", definitionsText, nil, func(r *neo4j.Record) error {
		for _, row := range rows(r, 0) {
			if row[3] == nil { // it is being deleted at this moment, and its properties are gone already
				continue
			}
			s, err := storedSegment(row)
			if err != nil {
				return fmt.Errorf("segment %s is damaged: %w", s.ID, err)
			}
			d.Segments = append(d.Segments, s)
		}
		for _, row := range rows(r, 1) {
			if row[1] == nil {
				continue
			}
			var c segment.Computed
			if err := json.Unmarshal([]byte(str(row[1])), &c); err != nil {
				return fmt.Errorf("computed trait %s is damaged: %w", str(row[0]), err)
			}
			d.Computed = append(d.Computed, c)
		}
		for _, row := range rows(r, 2) {
			d.Fills = append(d.Fills, Fill{integer(row[0]), str(row[1])})
		}
		return nil
	})
	return d, err
}

// MembersOf counts the members a segment has by its edges.
func (g *Graph) MembersOf(ctx context.Context, id string) (n int64, err error) {
	err = g.read(ctx, "store.MembersOf", edgesText, Row{"id": id}, func(r *neo4j.Record) error {
		n = integer(r.Values[0])
		return nil
	})
	return n, err
}

// Counts are how many customers and identifiers there are.
func (g *Graph) Counts(ctx context.Context) (customers, identifiers int64, err error) {
	err = g.read(ctx, "store.Counts", `CALL () { MATCH (c:Customer) RETURN count(c) AS customers } CALL () { MATCH (i:Identifier) RETURN count(i) AS identifiers } RETURN customers, identifiers`, nil, func(r *neo4j.Record) error {
		customers, identifiers = integer(r.Values[0]), integer(r.Values[1])
		return nil
	})
	return customers, identifiers, err
}
