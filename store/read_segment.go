package store

import (
	"context"
	"encoding/json"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/event"
	"kith/identity"
	"kith/segment"
)

const (
	segmentDaysText = steady + `
UNWIND $segments AS id
MATCH (d:SegmentDay) USING INDEX SEEK d:SegmentDay(segment, at) WHERE d.segment = id AND d.at >= $since
RETURN d.segment, d.at, d.entered, d.left, d.size ORDER BY d.segment, d.at`

	memberIDsText = steady + `
MATCH (s:Segment {id: $segment}) USING INDEX SEEK s:Segment(id) MATCH (s)<-[:IN]-(c:Customer) RETURN c.id LIMIT $limit`

	committedText = `MATCH (o:Outbox) RETURN o.tx, o.part ORDER BY o.tx DESC, o.part DESC LIMIT 1`

	// The touchpoints of customers that a condition looks at which nothing keeps account of, the newest.
	factsText = `
UNWIND $customers AS id MATCH (c:Customer {id: id})<-[:OF]-(i:Identifier)
CALL (i) {
  MATCH (t:Touchpoint) USING INDEX SEEK t:Touchpoint(actor, at, id)
  WHERE t.actor = i.key AND t.at >= $since AND t.id IS NOT NULL AND ($any OR t.name IN $names)
  WITH t ORDER BY t.actor DESC, t.at DESC, t.id DESC LIMIT $facts
  RETURN collect([` + factColumns + `]) AS touchpoints
}
RETURN id, touchpoints`

	connectionsText = steady + `
UNWIND $customers AS id MATCH (c:Customer {id: id}) USING INDEX SEEK c:Customer(id)
CALL (c) {
  MATCH (c)<-[:OF]-(:Identifier)-[:WORKS_AT]->(:Account)<-[:WORKS_AT]-(:Identifier)-[:OF]->(d:Customer) WHERE d <> c
  WITH DISTINCT d LIMIT $limit RETURN collect(d.id) AS account
}
CALL (c) {
  MATCH (c)-[:LIVES_IN]->(h:Household) WHERE COUNT { (h)<-[:LIVES_IN]-() } <= $household
  MATCH (h)<-[:LIVES_IN]-(d:Customer) WHERE d <> c
  WITH DISTINCT d LIMIT $limit RETURN collect(d.id) AS household
}
RETURN id, account, household`
)

// MembersPage reads the members of segments, last seen first, by segment id. Every segment asked for has a page, be it
// empty.
func (g *Graph) MembersPage(ctx context.Context, segments []string, s Slice, w Want) (map[string]*Page[*Profile], error) {
	return customersOf(ctx, g, "store.MembersPage", "segment", segments, s, w)
}

// Membership is a segment a customer is in, and since when.
type Membership struct {
	Segment string // id
	Since   event.Millis
}

// SegmentDay is what happened to a segment on one day of UTC.
type SegmentDay struct {
	At                  event.Millis // its beginning
	Entered, Left, Size int64        // size at its end, or now
}

// SegmentDays reads the days since a moment on which anybody entered or left segments, oldest first.
func (g *Graph) SegmentDays(ctx context.Context, segments []string, since event.Millis) (map[string][]SegmentDay, error) {
	out := make(map[string][]SegmentDay, len(segments))
	err := g.read(ctx, "store.SegmentDays", segmentDaysText, Row{"segments": anys(segments), "since": int64(since)}, func(r *neo4j.Record) error {
		v := r.Values
		out[str(v[0])] = append(out[str(v[0])], SegmentDay{millis(v[1]), integer(v[2]), integer(v[3]), integer(v[4])})
		return nil
	})
	return out, err
}

// Committed is the message of changes that was committed last and may not be in the change stream yet; zero when every
// one is.
type Committed struct {
	Tx   int64
	Part int
}

// MemberIDs reads who is in a segment, at most limit of them. What they are due to is in the change stream, or will be
// with the message at the latest.
func (g *Graph) MemberIDs(ctx context.Context, segment string, limit int) ([]identity.CustomerID, Committed, error) {
	var out []identity.CustomerID
	var last Committed
	err := g.read(ctx, "store.MemberIDs", memberIDsText, Row{"segment": segment, "limit": limit}, func(r *neo4j.Record) error {
		out = append(out, identity.CustomerID(str(r.Values[0])))
		return nil
	})
	if err != nil {
		return nil, last, err
	}
	// Behind them, so that nothing they show is committed later than this.
	err = g.read(ctx, "store.Committed", committedText, nil, func(r *neo4j.Record) error {
		last = Committed{integer(r.Values[0]), int(integer(r.Values[1]))}
		return nil
	})
	return out, last, err
}

// MaxFacts is how many touchpoints of one identifier Facts reads.
const MaxFacts = 2000

// Facts reads those touchpoints of customers that something looks at, of each identifier a list of the newest.
func (g *Graph) Facts(ctx context.Context, customers []identity.CustomerID, what Gathering) (map[identity.CustomerID][][]segment.Fact, error) {
	out := make(map[identity.CustomerID][][]segment.Fact, len(customers))
	params := what.params()
	params["customers"], params["facts"] = anys(customers), MaxFacts
	err := g.read(ctx, "store.Facts", factsText, params, func(r *neo4j.Record) error {
		id := identity.CustomerID(str(r.Values[0]))
		var facts []segment.Fact
		for _, row := range rows(r, 1) {
			facts = append(facts, factOf(row))
		}
		if len(facts) > 0 {
			out[id] = append(out[id], facts)
		}
		return nil
	})
	return out, err
}

// Connected are the customers somebody is connected to.
type Connected struct{ Account, Household []identity.CustomerID }

// Connections reads whom customers are connected to, at most limit each way.
func (g *Graph) Connections(ctx context.Context, customers []identity.CustomerID, limit int) (map[identity.CustomerID]Connected, error) {
	out := make(map[identity.CustomerID]Connected, len(customers))
	err := g.read(ctx, "store.Connections", connectionsText, Row{"customers": anys(customers), "limit": limit, "household": MaxHousehold}, func(r *neo4j.Record) error {
		out[identity.CustomerID(str(r.Values[0]))] = Connected{customerIDs(r.Values[1]), customerIDs(r.Values[2])}
		return nil
	})
	return out, err
}

// Computed reads what a customer's computed traits are made of out of what is stored.
func Computed(text string) map[string]json.RawMessage {
	if text == "" {
		return nil
	}
	var out map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &out) != nil {
		return nil
	}
	return out
}
