package store

import (
	"context"
	"strings"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/event"
	"kith/identity"
)

// The header of an identifier as resolution sees it, in each of the statements below, is
// [key, firstSeenAt, status, level, customer id, decided].
//
// A component is walked by a pruning breadth-first search, which the planner gives only to a variable-length pattern
// with a predicate on the edges alone, right under DISTINCT. A hub (not ACTIVE) conducts nothing, so it is a member
// without being expanded over LINKED: its degree may be 100,000.
const (
	neighbourhoodText = steady + `
CALL () {
  UNWIND $need.components AS key MATCH (s:Identifier {key: key}) USING INDEX SEEK s:Identifier(key) WHERE s.status = 'ACTIVE'
  MATCH (s)-[:LINKED|DECIDED*0.. {conducts: true}]-(x:Identifier)
  RETURN DISTINCT x
  UNION
  UNWIND $need.components AS key MATCH (x:Identifier {key: key}) USING INDEX SEEK x:Identifier(key) WHERE x.status <> 'ACTIVE'
  RETURN x
  UNION
  UNWIND $need.components AS key MATCH (s:Identifier {key: key}) USING INDEX SEEK s:Identifier(key) WHERE s.status <> 'ACTIVE'
  MATCH (s)-[:DECIDED {conducts: true}]-(d:Identifier)
  MATCH (d)-[:LINKED|DECIDED*0.. {conducts: true}]-(x:Identifier)
  RETURN DISTINCT x
}
RETURN 'component' AS part,
  [x.key, x.firstSeenAt, x.status, x.level, head([(x)-[:OF]->(c:Customer) | c.id]), EXISTS { (x)-[:DECIDED]-() }, x.content, x.crowded] AS member,
  CASE x.status WHEN 'ACTIVE' THEN [(x)-[l:LINKED {conducts: true}]->(y) | [x.key, y.key, l.kind, l.firstSeenAt, l.strength, l.conducts, l.followed, l.reason, l.weight]] ELSE [] END AS links,
  [(x)-[d:DECIDED]-() | [startNode(d).key, endNode(d).key, d.decision, d.kind, d.at]] AS rulings
UNION ALL
UNWIND $need.around AS r MATCH (i:Identifier {key: r.key}) USING INDEX SEEK i:Identifier(key)
CALL (i, r) {
  WITH i, r WHERE i.status = 'ACTIVE' OR r.shared
  MATCH (i)-[l:LINKED]-(n:Identifier)
  WITH r, n, collect([startNode(l).key, endNode(l).key, l.kind, l.firstSeenAt, l.strength, l.conducts, l.followed, l.reason, l.weight]) AS links,
       EXISTS { (n)-[:DECIDED]-() } AS decided
  ORDER BY decided, n.key
  WITH r, CASE n.status WHEN 'BLOCKED' THEN 'BLOCKED' ELSE n.type END AS class,
       collect([[n.key, n.firstSeenAt, n.status, n.level, head([(n)-[:OF]->(c:Customer) | c.id]), decided], links]) AS list
  RETURN collect(CASE WHEN r.limit = 0 THEN list ELSE list[..r.limit] END) AS classes
}
RETURN 'around' AS part,
  [i.key, i.firstSeenAt, i.status, i.level, head([(i)-[:OF]->(c:Customer) | c.id]), EXISTS { (i)-[:DECIDED]-() }] AS member, classes AS links, [] AS rulings
UNION ALL
UNWIND $need.common AS list
CALL (list) {
  UNWIND list AS key MATCH (x:Identifier {key: key})-[:LINKED]-(n:Identifier) USING INDEX SEEK x:Identifier(key)
  WITH n, count(DISTINCT x) AS met WHERE met >= 2
  RETURN n.key AS key
}
WITH DISTINCT key
RETURN 'common' AS part, [key] AS member, [] AS links, [] AS rulings`

	// The size rule's view: beyond what conducts now. Level by level, because it is bounded by count and not by depth.
	wideText = steady + `
UNWIND $keys AS key MATCH (i:Identifier {key: key}) USING INDEX SEEK i:Identifier(key)
CALL (i) {
  MATCH (i)-[l:LINKED]-(n:Identifier)
  WHERE (l.conducts OR l.reason = 'oversized') AND l.strength < $below
  RETURN collect([[n.key, n.firstSeenAt, n.status, n.level, head([(n)-[:OF]->(c:Customer) | c.id]), EXISTS { (n)-[:DECIDED]-() }],
    [startNode(l).key, endNode(l).key, l.kind, l.firstSeenAt, l.strength, l.conducts, l.followed, l.reason, l.weight]])[..$limit] AS near
}
RETURN [i.key, i.firstSeenAt, i.status, i.level, head([(i)-[:OF]->(c:Customer) | c.id]), EXISTS { (i)-[:DECIDED]-() }, i.content, i.crowded] AS member, near`
)

// Neighbourhood reads what an identity.Update needs: in one round trip, except Wide, which takes one for each step away
// from its start.
func (g *Graph) Neighbourhood(ctx context.Context, need identity.Need) (identity.Loaded, error) {
	var out identity.Loaded
	around := make([]any, len(need.Around))
	for i, a := range need.Around {
		around[i] = Row{"key": string(a.Key), "limit": a.Limit, "shared": a.Shared}
	}
	common := make([]any, len(need.Common))
	for i, keys := range need.Common {
		common[i] = anys(keys)
	}
	if len(need.Components)+len(around)+len(common) > 0 {
		params := Row{"need": Row{"components": anys(need.Components), "around": around, "common": common}}
		err := g.read(ctx, "store.Neighbourhood", neighbourhoodText, params, func(r *neo4j.Record) error {
			member := cells(r.Values[1])
			switch str(r.Values[0]) {
			case "component":
				out.Components.Members = append(out.Components.Members, stored(member))
				for _, l := range rows(r, 2) {
					out.Components.Links = append(out.Components.Links, judged(l))
				}
				for _, d := range rows(r, 3) {
					decided(d, &out.Components)
				}
			case "around":
				out.Around.Members = append(out.Around.Members, stored(member))
				for _, class := range rows(r, 2) {
					for _, end := range class {
						pair := cells(end)
						out.Around.Ends = append(out.Around.Ends, stored(cells(pair[0])))
						for _, l := range cells(pair[1]) {
							out.Around.Links = append(out.Around.Links, judged(cells(l)))
						}
					}
				}
			case "common":
				out.Common = append(out.Common, identity.Key(str(member[0])))
			}
			return nil
		})
		if err != nil {
			return out, err
		}
	}
	for _, w := range need.Wide {
		if err := g.wide(ctx, w, &out.Wide); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (g *Graph) wide(ctx context.Context, w identity.Wide, out *identity.Answer) error {
	found := map[identity.Key]bool{}
	for _, k := range w.From {
		found[k] = true
	}
	from := len(found)
	for next := w.From; len(next) > 0; {
		ask := anys(next)
		next = nil
		err := g.read(ctx, "store.wide", wideText, Row{"keys": ask, "below": int64(w.Below), "limit": w.Limit}, func(r *neo4j.Record) error {
			out.Members = append(out.Members, stored(cells(r.Values[0])))
			for _, near := range rows(r, 1) {
				end := stored(cells(near[0]))
				out.Ends = append(out.Ends, end)
				out.Links = append(out.Links, judged(cells(near[1])))
				if !found[end.Key] && len(found)-from < w.Limit {
					found[end.Key] = true
					next = append(next, end.Key)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func cells(v any) []any { list, _ := v.([]any); return list }

func stored(c []any) identity.Stored {
	decided, _ := c[5].(bool)
	s := identity.Stored{Status: statusOf(c[2]), Level: uint8(integer(c[3])), Customer: identity.CustomerID(str(c[4])), Decided: decided}
	if len(c) > 6 {
		s.Content, s.Crowded = str(c[6]), strings.Join(strs(c[7]), "\n")
	}
	s.Identifier = identity.Identifier{Key: identity.Key(str(c[0])), First: firstSeen(c[1])}
	return s
}

func firstSeen(v any) event.Millis {
	if v == nil {
		return identity.Unseen
	}
	return millis(v)
}

func judged(c []any) identity.Judged {
	kind, _ := identity.ParseLinkKind(str(c[2]))
	conducts, _ := c[5].(bool)
	followed, _ := c[6].(bool)
	reason, cause, _ := identity.ParseReason(str(c[7]))
	return identity.Judged{
		Link:     identity.Link{A: identity.Key(str(c[0])), B: identity.Key(str(c[1])), Kind: kind, First: millis(c[3]), Weight: int32(integer(c[8]))},
		Strength: uint8(integer(c[4])),
		Verdict:  identity.Verdict{Conducts: conducts, Followed: followed, Reason: reason, Cause: cause},
	}
}

func ruling(c []any) identity.Ruling {
	kind, _ := identity.ParseDecisionKind(str(c[3]))
	return identity.Ruling{A: identity.Key(str(c[0])), B: identity.Key(str(c[1])), Decision: str(c[2]), Kind: kind, At: millis(c[4])}
}
