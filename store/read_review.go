package store

import (
	"context"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/identity"
)

// What stewards are asked is no list of its own: it is the links that matching made, by verdict and weight through an
// index that holds nothing else, less those that somebody has decided. So it needs no upkeep, and cannot be out of date.
// A read looks at so many places of the index and no more, whatever lies before or behind them.
const (
	reviewDown = `
MATCH ()-[l:LINKED]->() USING INDEX SEEK l:LINKED(reason, weight, id)
WHERE l.reason = $reason AND l.weight <= $weight AND l.id IS NOT NULL AND CASE WHEN l.weight < $weight THEN true ELSE l.id < $id END
WITH l ORDER BY l.reason DESC, l.weight DESC, l.id DESC LIMIT $n`

	reviewUp = `
MATCH ()-[l:LINKED]->() USING INDEX SEEK l:LINKED(reason, weight, id)
WHERE l.reason = $reason AND l.weight >= $weight AND l.weight < $below AND l.id IS NOT NULL AND CASE WHEN l.weight > $weight THEN true ELSE l.id > $id END
WITH l ORDER BY l.reason ASC, l.weight ASC, l.id ASC LIMIT $n`

	reviewByID = `
MATCH ()-[l:LINKED {id: $id}]->() WHERE l.weight IS NOT NULL`

	// Of several links between the same two customers the strongest stands for them all: one decision settles them.
	reviewReturn = `
WITH l, startNode(l) AS i, endNode(l) AS j
OPTIONAL MATCH (i)-[:OF]->(a:Customer)
OPTIONAL MATCH (j)-[:OF]->(b:Customer)
WITH l, i, j, a, b, a IS NOT NULL AND b IS NOT NULL AND NOT EXISTS { (i)-[:DECIDED]-(j) }
  AND CASE WHEN l.followed THEN a = b ELSE a <> b
    AND NOT EXISTS { MATCH (a)<-[:OF]-(:Identifier)-[d:DECIDED]-(:Identifier)-[:OF]->(b) WHERE d.kind = 'PART' }
    AND NOT EXISTS { MATCH (a)<-[:OF]-(:Identifier)-[s:LINKED]-(:Identifier)-[:OF]->(b)
      WHERE s.reason = l.reason AND (s.weight > l.weight OR s.weight = l.weight AND s.id > l.id) } END AS open
RETURN l.id, l.weight, open, ` + iRow + `, ` + jRow + `, a.id, b.id, [` + linkColumns + `], ` + recordRow + `, [j.cid, j.content, j.crowded],
  CASE WHEN open AND l.followed THEN COLLECT { MATCH (a)<-[:OF]-(x:Identifier)-[w:LINKED]->(y:Identifier) WHERE w.followed RETURN [x.cid, y.cid, w.id, w.weight] }
  ELSE [] END AS holding`

	largeText = `
MATCH (c:Customer) USING INDEX SEEK c:Customer(large, id)
WHERE c.large <= $large AND c.id IS NOT NULL AND CASE WHEN c.large < $large THEN true ELSE c.id < $id END
WITH c ORDER BY c.large DESC, c.id DESC LIMIT $n
RETURN c.id, c.large, NOT EXISTS { MATCH (c)<-[:OF]-(x:Identifier)-[:DECIDED]-(y:Identifier) WHERE x <> y } AS open`

	largeByIDText = `
MATCH (c:Customer {id: $id}) WHERE c.large IS NOT NULL
CALL (c) { MATCH (c)<-[:OF]-(i:Identifier) WITH i, ` + typeRank + ` AS r ORDER BY r, coalesce(i.firstSeenAt, 0), i.cid LIMIT 2 RETURN collect(` + iRow + `) AS strongest }
RETURN c.id, c.large, NOT EXISTS { MATCH (c)<-[:OF]-(x:Identifier)-[:DECIDED]-(y:Identifier) WHERE x <> y } AS open, strongest`
)

// ReviewSlice asks for links of one verdict, N places behind After.
type ReviewSlice struct {
	Reason string // identity.Verdict.Text
	After  *Mark  // its At is the weight
	N      int
	Below  int32 // when not 0: weakest first, up to this weight; else strongest first
}

// ReviewLink is a link that matching made, as a steward is asked about it.
type ReviewLink struct {
	Mark    Mark
	Open    bool // nobody has decided it, and nothing else has made it pointless
	A, B    IdentifierView
	Link    GraphLink
	Records map[identity.CustomerID]RecordView // of its ends
	Holding []HoldingLink                      // of an open one that is followed: all that holds its customer together
}

// HoldingLink is a followed link of a customer.
type HoldingLink struct {
	A, B   identity.CustomerID
	ID     string
	Weight int32 // 0 unless matching made it
}

// ReviewLinks reads links for review, decided ones too. more says that the index goes on.
func (g *Graph) ReviewLinks(ctx context.Context, s ReviewSlice) (links []ReviewLink, more bool, err error) {
	text, from := reviewDown, Mark{At: lastAt, ID: lastID}
	if s.Below != 0 {
		text, from = reviewUp, Mark{At: firstAt, ID: firstID}
	}
	if s.After != nil {
		from = *s.After
	}
	params := map[string]any{"reason": s.Reason, "weight": int64(from.At), "id": from.ID, "below": int64(s.Below), "n": s.N}
	err = g.read(ctx, "store.ReviewLinks", text+reviewReturn, params, func(r *neo4j.Record) error {
		links = append(links, reviewOf(r))
		return nil
	})
	return links, len(links) == s.N, err
}

// ReviewLinkByID reads one; ok is false when there is no such link that matching made.
func (g *Graph) ReviewLinkByID(ctx context.Context, id string) (l ReviewLink, ok bool, err error) {
	err = g.read(ctx, "store.ReviewLinkByID", reviewByID+reviewReturn, map[string]any{"id": id}, func(r *neo4j.Record) error {
		l, ok = reviewOf(r), true
		return nil
	})
	return l, ok, err
}

func reviewOf(r *neo4j.Record) ReviewLink {
	v := r.Values
	l := ReviewLink{
		Mark: Mark{At: millis(v[1]), ID: str(v[0])}, Open: v[2] == true,
		A: identifierOf(cells(v[3]), identity.CustomerID(str(v[5]))), B: identifierOf(cells(v[4]), identity.CustomerID(str(v[6]))),
		Records: map[identity.CustomerID]RecordView{},
	}
	made := map[[3]string]*GraphLink{}
	addLink(made, string(l.A.ID), string(l.B.ID), cells(v[7]))
	for _, one := range made {
		l.Link = *one
	}
	for _, column := range []int{8, 9} {
		if id, record := recordOf(cells(v[column])); record.Content != "" {
			l.Records[id] = record
		}
	}
	for _, row := range rows(r, 10) {
		l.Holding = append(l.Holding, HoldingLink{identity.CustomerID(str(row[0])), identity.CustomerID(str(row[1])), str(row[2]), int32(integer(row[3]))})
	}
	return l
}

// LargeCustomer is an unusually large one.
type LargeCustomer struct {
	Mark      Mark // its At is the size, its ID the customer's
	Open      bool // nobody has decided anything about its identifiers
	Strongest []IdentifierView
}

// LargeCustomers reads the unusually large, largest first: n behind after. more says that there may be more.
func (g *Graph) LargeCustomers(ctx context.Context, after *Mark, n int) (list []LargeCustomer, more bool, err error) {
	from := Mark{At: lastAt, ID: lastID}
	if after != nil {
		from = *after
	}
	err = g.read(ctx, "store.LargeCustomers", largeText, map[string]any{"large": int64(from.At), "id": from.ID, "n": n}, func(r *neo4j.Record) error {
		list = append(list, LargeCustomer{Mark: Mark{At: millis(r.Values[1]), ID: str(r.Values[0])}, Open: r.Values[2] == true})
		return nil
	})
	return list, len(list) == n, err
}

// LargeCustomerByID reads one with its two strongest identifiers; ok is false when there is none, or it is not large.
func (g *Graph) LargeCustomerByID(ctx context.Context, id identity.CustomerID) (c LargeCustomer, ok bool, err error) {
	err = g.read(ctx, "store.LargeCustomerByID", largeByIDText, map[string]any{"id": string(id)}, func(r *neo4j.Record) error {
		c, ok = LargeCustomer{Mark: Mark{At: millis(r.Values[1]), ID: str(r.Values[0])}, Open: r.Values[2] == true}, true
		for _, row := range rows(r, 3) {
			c.Strongest = append(c.Strongest, identifierOf(row, id))
		}
		return nil
	})
	return c, ok, err
}
