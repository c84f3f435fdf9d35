package store

import (
	"context"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/identity"
)

const (
	allIdentifiersText = `
MATCH (x:Identifier) WHERE x.key > $after
WITH x ORDER BY x.key LIMIT $limit
RETURN x.key, x.firstSeenAt, x.status, x.level, head([(x)-[:OF]->(c:Customer) | c.id]), EXISTS { (x)-[:DECIDED]-() }, x.content, x.crowded`

	allLinksText = `
MATCH (x)-[l:LINKED]->(y) WHERE l.id > $after
RETURN x.key, y.key, l.kind, l.firstSeenAt, l.strength, l.conducts, l.followed, l.reason, l.weight, l.id ORDER BY l.id LIMIT $limit`

	allDecidedText = `
MATCH (x:Identifier)-[d:DECIDED]->(y:Identifier)
RETURN x.key, y.key, d.decision, d.kind, d.at`
)

const sizeText = `
CALL () { MATCH (x:Identifier) RETURN count(x) AS identifiers }
CALL () { MATCH ()-[l:LINKED]->() RETURN count(l) AS links }
RETURN identifiers + links`

// Size is how many identifiers and links there are. It comes from the counts that the database keeps.
func (g *Graph) Size(ctx context.Context) (n int64, err error) {
	err = g.read(ctx, "store.Size", sizeText, nil, func(r *neo4j.Record) error {
		n = integer(r.Values[0])
		return nil
	})
	return n, err
}

// wholePage is how many identifiers or links one read of everything takes: each read has a time limit.
const wholePage = 20_000

// Everything reads all that resolution looks at, as facts and as it stands now. Its memory grows with the graph, by
// some 400 bytes an identifier or link: it is for a change of the rules, not for events.
func (g *Graph) Everything(ctx context.Context) (identity.Facts, identity.Answer, error) {
	var facts identity.Facts
	var now identity.Answer
	const op = "store.Everything"
	err := g.pages(ctx, op, allIdentifiersText, func(r *neo4j.Record) string {
		s := stored(r.Values)
		now.Members = append(now.Members, s)
		if s.First != identity.Unseen {
			facts.Identifiers = append(facts.Identifiers, s.Identifier)
		}
		return string(s.Key)
	})
	if err != nil {
		return facts, now, err
	}
	err = g.pages(ctx, op, allLinksText, func(r *neo4j.Record) string {
		j := judged(r.Values)
		now.Links = append(now.Links, j)
		facts.Links = append(facts.Links, j.Link)
		return str(r.Values[9])
	})
	if err != nil {
		return facts, now, err
	}
	err = g.read(ctx, op, allDecidedText, nil, func(r *neo4j.Record) error {
		decided(r.Values, &now)
		return nil
	})
	facts.Rulings, facts.Markings = now.Rulings, now.Markings
	return facts, now, err
}

// pages reads page after page; row gives the name by which the pages are ordered.
func (g *Graph) pages(ctx context.Context, op, text string, row func(*neo4j.Record) string) error {
	after := ""
	for n := wholePage; n == wholePage; {
		n = 0
		err := g.read(ctx, op, text, Row{"after": after, "limit": wholePage}, func(r *neo4j.Record) error {
			after = row(r)
			n++
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
