package store

import (
	"context"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
	"golang.org/x/sync/errgroup"
)

// Warm has the server plan the statements that events need, all at once: the first event of a fresh server would wait
// for one after the other, some seconds. It changes nothing.
func (g *Graph) Warm(ctx context.Context) error {
	none := []any{}
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return g.plan(ctx, usualText) })
	for text, params := range map[string]Row{
		lookupText:          {"asked": Row{"touchpoints": none, "identifiers": none, "links": none, "accounts": none, "worksAt": none, "sources": none}},
		neighbourhoodText:   {"need": Row{"components": none, "around": none, "common": none}},
		standingsText:       {"asked": Row{"customers": none}},
		dueText:             {"until": -1, "limit": 1},
		membersOfText:       {"asked": Row{"customers": none}},
		touchpointsByIDText: {"asked": Row{"ids": none}, "properties": true, "context": true},
	} {
		all.Go(func() error {
			_, err := g.run(ctx, "store.Warm", neo4j.AccessModeRead, g.cfg.ApplyTimeout, text, params)
			return err
		})
	}
	return all.Wait()
}

// WarmRest has it plan what records, decisions and rules need, one after the other: they are long, and can wait until the
// first events are through.
func (g *Graph) WarmRest(ctx context.Context) error {
	for _, text := range []string{standingText, nearText, recordsText, wholeText} {
		if err := g.plan(ctx, text); err != nil {
			return err
		}
	}
	none := []any{}
	for _, read := range []struct {
		text   string
		params Row
	}{
		{recordVersionsText, Row{"asked": Row{"keys": none}}},
		{matchingText, Row{"need": Row{"holders": none, "records": none, "matched": none}}},
		{remainingText, Row{"asked": Row{"records": none, "identifiers": none, "pairs": none}}},
		{membersText, Row{"asked": Row{"keys": none}}},
		// A list that is a parameter by itself has a plan for each order of magnitude.
		{decisionsByIDText, Row{"asked": []any{""}}},
		{decisionsByIDText, Row{"asked": []any{"", ""}}},
		{identifiersByKeyText, Row{"asked": []any{"", ""}}},
		{rulingsAroundText, Row{"asked": []any{"", ""}}},
	} {
		if _, err := g.run(ctx, "store.Warm", neo4j.AccessModeRead, g.cfg.ApplyTimeout, read.text, read.params); err != nil {
			return err
		}
	}
	return nil
}

// plan has a statement of transactions planned: run for no epoch, it is stopped by the fence.
func (g *Graph) plan(ctx context.Context, text string) error {
	nobody := Write{Epoch: -1}
	_, err := g.run(ctx, "store.Warm", neo4j.AccessModeWrite, g.cfg.ApplyTimeout, text, Row{"w": nobody.params()})
	return err
}
