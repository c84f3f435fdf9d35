package store

import (
	"context"
	"strings"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/event"
	"kith/identity"
)

// A record is the Identifier of its name, with what was sent as its content. Its links to what it names are edges of its
// own (their property record), so that replacing it takes away exactly what it brought. A deleted one leaves a Tombstone.
// Its blocking keys are nodes: candidates are one traversal away.

// Record is the version of a record that counts.
type Record struct {
	Key            identity.Key
	At, ReceivedAt event.Millis
	Hash           string
	Deleted        bool
	Content        string   // {"identifiers": […], "traits": {…}} as sent; empty when deleted
	Crowded        []string // its blocking keys that are over their cap, sorted
}

const (
	recordVersionsText = steady + `
UNWIND $asked.keys AS key
CALL (key) {
  MATCH (i:Identifier {key: key}) USING INDEX SEEK i:Identifier(key) WHERE i.content IS NOT NULL
  RETURN i.recordAt AS at, i.recordReceivedAt AS received, i.recordHash AS hash, false AS deleted, i.content AS content, i.crowded AS crowded
  UNION ALL
  MATCH (t:Tombstone {key: key}) USING INDEX SEEK t:Tombstone(key)
  RETURN t.at AS at, t.receivedAt AS received, t.hash AS hash, true AS deleted, '' AS content, [] AS crowded
}
RETURN key, at, received, hash, deleted, content, crowded`

	matchingText = steady + `
UNWIND $need.holders AS h
CALL (h) {
  MATCH (k:BlockingKey {key: h.key}) USING INDEX SEEK k:BlockingKey(key)
  WITH k, COUNT { (k)<-[:KEYED]-() } AS n
  RETURN n, CASE WHEN n > h.limit THEN [] ELSE [(k)<-[:KEYED]-(i) | i.key] END AS holders
}
RETURN 'holders' AS part, h.key AS key, n AS a, holders AS b, null AS c
UNION ALL
UNWIND $need.records AS key
MATCH (i:Identifier {key: key}) USING INDEX SEEK i:Identifier(key) WHERE i.content IS NOT NULL
RETURN 'record' AS part, i.key AS key, i.recordAt AS a, i.crowded AS b, i.content AS c
UNION ALL
UNWIND $need.matched AS key
MATCH (i:Identifier {key: key})-[l:LINKED {kind: 'MATCHED'}]-(o:Identifier) USING INDEX SEEK i:Identifier(key)
RETURN 'matched' AS part, i.key AS key, l.weight AS a, o.key AS b, l.firstSeenAt AS c`

	// What is left of identifiers and pairs when some records no longer name them.
	remainingText = steady + `
UNWIND $asked.identifiers AS key
MATCH (i:Identifier {key: key}) USING INDEX SEEK i:Identifier(key)
CALL (i) {
  OPTIONAL MATCH (i)-[l:LINKED]-(:Identifier) WHERE l.kind <> 'MATCHED' AND NOT coalesce(l.record, '') IN $asked.records
  WITH l ORDER BY l.firstSeenAt LIMIT 5
  RETURN collect([l.firstSeenAt, l.record, l.source, l.evidence]) AS links
}
CALL (i) {
  OPTIONAL MATCH (t:Touchpoint) USING INDEX SEEK t:Touchpoint(actor, at, id) WHERE t.actor = i.key AND t.at IS NOT NULL AND t.id IS NOT NULL
  WITH t ORDER BY t.actor, t.at, t.id LIMIT 1
  RETURN [t.at, t.id] AS first
}
RETURN 'identifier' AS part, i.key AS a, '' AS b, links, first
UNION ALL
UNWIND $asked.pairs AS p
MATCH (a:Identifier {key: p.a}) USING INDEX SEEK a:Identifier(key)
MATCH (b:Identifier {key: p.b}) USING INDEX SEEK b:Identifier(key)
OPTIONAL MATCH (a)-[l:LINKED]-(b) WHERE l.kind = 'OBSERVED' AND NOT coalesce(l.record, '') IN $asked.records
WITH p, min(l.firstSeenAt) AS first
RETURN 'pair' AS part, p.a AS a, p.b AS b, [] AS links, [first, null] AS first`

	storedTouchpointsText = `
UNWIND $asked.ids AS id MATCH (t:Touchpoint {id: id}) USING INDEX SEEK t:Touchpoint(id)
RETURN t.id, properties(t)`
)

// Records reads what is known of records, deleted ones too.
func (g *Graph) Records(ctx context.Context, keys []identity.Key) (map[identity.Key]Record, error) {
	out := make(map[identity.Key]Record, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	err := g.read(ctx, "store.Records", recordVersionsText, Row{"asked": Row{"keys": anys(keys)}}, func(r *neo4j.Record) error {
		v := r.Values
		deleted, _ := v[4].(bool)
		k := identity.Key(str(v[0]))
		out[k] = Record{k, millis(v[1]), millis(v[2]), str(v[3]), deleted, str(v[5]), strs(v[6])}
		return nil
	})
	return out, err
}

// TouchpointsStored reads touchpoints by id, each as all its properties.
func (g *Graph) TouchpointsStored(ctx context.Context, ids []string) (map[string]Row, error) {
	out := map[string]Row{}
	if len(ids) == 0 {
		return out, nil
	}
	err := g.read(ctx, "store.TouchpointsStored", storedTouchpointsText, Row{"asked": Row{"ids": anys(ids)}}, func(r *neo4j.Record) error {
		out[str(r.Values[0])], _ = r.Values[1].(map[string]any)
		return nil
	})
	return out, err
}

// Matching is the answer to an identity.MatchNeed, with records as they were sent.
type Matching struct {
	Holders map[string]identity.Holders
	Records map[identity.Key]Record
	Matched []identity.Link
}

// Matching reads what an identity.Matching needs, in one round trip.
func (g *Graph) Matching(ctx context.Context, need identity.MatchNeed) (Matching, error) {
	m := Matching{Holders: make(map[string]identity.Holders, len(need.Holders)), Records: map[identity.Key]Record{}}
	holders := make([]any, len(need.Holders))
	for i, h := range need.Holders {
		holders[i] = Row{"key": h.Key, "limit": h.Limit}
		m.Holders[h.Key] = identity.Holders{}
	}
	params := Row{"need": Row{"holders": holders, "records": anys(need.Records), "matched": anys(need.Matched)}}
	err := g.read(ctx, "store.Matching", matchingText, params, func(r *neo4j.Record) error {
		v := r.Values
		switch key := str(v[1]); str(v[0]) {
		case "holders":
			h := identity.Holders{Count: int(integer(v[2]))}
			for _, k := range cells(v[3]) {
				h.Records = append(h.Records, identity.Key(str(k)))
			}
			m.Holders[key] = h
		case "record":
			k := identity.Key(key)
			m.Records[k] = Record{Key: k, At: millis(v[2]), Crowded: strs(v[3]), Content: str(v[4])}
		case "matched":
			l := identity.NewLink(identity.Key(key), identity.Key(str(v[3])), identity.Matched, millis(v[4]))
			l.Weight = int32(integer(v[2]))
			m.Matched = append(m.Matched, l)
		}
		return nil
	})
	return m, err
}

// Asking is identifiers and pairs of identifiers of which Records say no more what they said.
type Asking struct {
	Records     []identity.Key
	Identifiers []identity.Key
	Pairs       [][2]identity.Key
}

// Remaining is what else says that an identifier exists.
type Remaining struct {
	First   event.Millis   // identity.Unseen when nothing does
	Records []identity.Key // of the earliest, those that are records
	Calls   []Told         // and those that are calls
}

// Told names a touchpoint: by its id, or by what its id is made of.
type Told struct{ ID, Source, MessageID string }

// Remaining reads what is left without the records.
func (g *Graph) Remaining(ctx context.Context, a Asking) (map[identity.Key]Remaining, map[[2]identity.Key]event.Millis, error) {
	identifiers, pairs := map[identity.Key]Remaining{}, map[[2]identity.Key]event.Millis{}
	if len(a.Identifiers)+len(a.Pairs) == 0 {
		return identifiers, pairs, nil
	}
	list := make([]any, len(a.Pairs))
	for i, p := range a.Pairs {
		list[i] = Row{"a": string(p[0]), "b": string(p[1])}
	}
	params := Row{"asked": Row{"records": anys(a.Records), "identifiers": anys(a.Identifiers), "pairs": list}}
	err := g.read(ctx, "store.Remaining", remainingText, params, func(r *neo4j.Record) error {
		v := r.Values
		first := cells(v[4])
		if str(v[0]) != "pair" {
			identifiers[identity.Key(str(v[1]))] = remaining(first, rows(r, 3))
		} else if first[0] != nil {
			pairs[[2]identity.Key{identity.Key(str(v[1])), identity.Key(str(v[2]))}] = millis(first[0])
		}
		return nil
	})
	return identifiers, pairs, err
}

// remaining is the earliest of an identifier's first touchpoint and its first links.
func remaining(touchpoint []any, links [][]any) Remaining {
	left := Remaining{First: identity.Unseen}
	if touchpoint[0] != nil {
		left.First, left.Calls = millis(touchpoint[0]), []Told{{ID: str(touchpoint[1])}}
	}
	for _, l := range links {
		if l[0] == nil || millis(l[0]) > left.First {
			continue
		}
		if at := millis(l[0]); at < left.First {
			left = Remaining{First: at}
		}
		if record := str(l[1]); record != "" {
			left.Records = append(left.Records, identity.Key(record))
		} else if evidence := strs(l[3]); len(evidence) > 0 {
			_, messageID, _ := strings.Cut(evidence[0], " ")
			left.Calls = append(left.Calls, Told{Source: str(l[2]), MessageID: messageID})
		}
	}
	return left
}
