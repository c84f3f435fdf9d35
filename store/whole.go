package store

import (
	"context"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/identity"
)

const (
	allIdentifiersText = `
MATCH (x:Identifier)
RETURN x.key, x.firstSeenAt, x.status, x.level, head([(x)-[:OF]->(c:Customer) | c.id]), EXISTS { (x)-[:DECIDED]-() }`

	allLinksText = `
MATCH (x:Identifier)-[l:LINKED]->(y:Identifier)
RETURN x.key, y.key, l.kind, l.firstSeenAt, l.strength, l.conducts, l.followed, l.reason`

	allDecidedText = `
MATCH (x:Identifier)-[d:DECIDED]->(y:Identifier)
RETURN x.key, y.key, d.decision, d.kind, d.at`
)

// Everything reads all that resolution looks at, as facts and as it stands now. Its memory grows with the graph, by
// some 400 bytes an identifier or link: it is for a change of the rules, not for events.
func (g *Graph) Everything(ctx context.Context) (identity.Facts, identity.Answer, error) {
	var facts identity.Facts
	var now identity.Answer
	const op = "store.Everything"
	err := g.read(ctx, op, allIdentifiersText, nil, func(r *neo4j.Record) error {
		s := stored(r.Values)
		now.Members = append(now.Members, s)
		if s.First != identity.Unseen {
			facts.Identifiers = append(facts.Identifiers, s.Identifier)
		}
		return nil
	})
	if err != nil {
		return facts, now, err
	}
	err = g.read(ctx, op, allLinksText, nil, func(r *neo4j.Record) error {
		j := judged(r.Values)
		now.Links = append(now.Links, j)
		facts.Links = append(facts.Links, j.Link)
		return nil
	})
	if err != nil {
		return facts, now, err
	}
	err = g.read(ctx, op, allDecidedText, nil, func(r *neo4j.Record) error {
		facts.Rulings = append(facts.Rulings, ruling(r.Values))
		return nil
	})
	now.Rulings = facts.Rulings
	return facts, now, err
}
