package store

import (
	"context"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
	"golang.org/x/sync/errgroup"

	"kith/identity"
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

// WarmRest has it plan what pages of a console read first, then what records, decisions and rules need, one after the
// other: they are long, and can wait until the first events are through.
func (g *Graph) WarmRest(ctx context.Context) error {
	if err := g.warmReads(ctx); err != nil {
		return err
	}
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

// warmReads asks what the console asks, of nobody: its list and search, a customer as it is opened and as it is pushed,
// the rest of the timeline, the household.
func (g *Graph) warmReads(ctx context.Context) error {
	nobody := []identity.CustomerID{""}
	one := Slice{First: 1}
	timeline := &Timeline{Slice: one}
	for _, w := range []Want{
		{Values: true, Identifiers: &one, Touchpoints: timeline, Accounts: &one, Segments: &one},
		{Touchpoints: timeline},
	} {
		if _, err := g.ProfilesByID(ctx, nobody, w); err != nil {
			return err
		}
	}
	for _, q := range []struct {
		query CustomersQuery
		want  Want
	}{
		{CustomersQuery{First: 1}, Want{}},
		{CustomersQuery{First: 1, Search: "a"}, Want{Identifiers: &one, Accounts: &one}},
	} {
		if _, err := g.CustomersPage(ctx, q.query, q.want); err != nil {
			return err
		}
	}
	_, err := g.HouseholdsOf(ctx, nobody, one, Want{})
	return err
}

// plan has a statement of transactions planned: run for no epoch, it is stopped by the fence.
func (g *Graph) plan(ctx context.Context, text string) error {
	nobody := Write{Epoch: -1}
	_, err := g.run(ctx, "store.Warm", neo4j.AccessModeWrite, g.cfg.ApplyTimeout, text, Row{"w": nobody.params()})
	return err
}
