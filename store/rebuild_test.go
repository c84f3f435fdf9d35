package store

import (
	"fmt"
	"testing"

	"kith/event"
	"kith/identity"
)

// A page of everything costs the same wherever it is: it comes out of an index, in the index's order.
func TestAPageOfEverythingCostsTheSameAnywhere(t *testing.T) {
	f := newFixture(t)
	var people []person
	const n = 3000
	for i := range n {
		people = append(people, person{int64(i), int64(i), nil, []string{fmt.Sprintf("user_id:%05d", i)}})
	}
	f.customers(people)
	f.touchpoints("user_id:00001", 10*n, 1000, 10)
	f.touchpoints("user_id:00002", 10*n, 1000, 10)
	f.run(`UNWIND range(0, 2998) AS n MATCH (a:Identifier {key: 'user_id:' + right('0000' + toString(n), 5)}) MATCH (b:Identifier {key: 'user_id:' + right('0000' + toString(n + 1), 5)})
CREATE (a)-[:LINKED {id: 'l' + right('0000' + toString(n), 5), kind: 'OBSERVED', firstSeenAt: 1, lastSeenAt: 1, count: 1, evidence: []}]->(b)
CREATE (:Account {id: 'acc_' + right('0000' + toString(n), 5), groupId: 'g', versions: '', traits: '{}'})`, nil)
	f.run(`CALL db.prepareForReplanning(60)`, nil) // plans made for an empty graph, or with its statistics, would be found there
	for _, c := range []struct{ name, text, after string }{
		{"touchpoints", touchpointsAfterText, "tp_user_id000001_00015000"},
		{"identifiers", identifiersAfterText, "user_id:01500"},
		{"all identifiers", allIdentifiersText, "user_id:01500"},
		{"links", linksAfterText, "l01500"},
		{"all links", allLinksText, "l01500"},
		{"customers", customersAfterText, "cus_user_id001500"},
		{"accounts", accountsAfterText, "acc_01500"},
	} {
		if hits := f.hits(c.text, Row{"after": c.after, "limit": 50}); hits > 50*100 {
			t.Errorf("%s: a page of 50 costs %d database hits", c.name, hits)
		}
	}
	for _, text := range []string{timelineAfterText, timelinesAfterText} {
		if hits := f.hits(text, Row{"actor": "user_id:00001", "at": 160_000, "id": "tp_", "limit": 50}); hits > 50*100 {
			t.Errorf("a page of 50 of timelines costs %d database hits\n%s", hits, f.explain(text, Row{"actor": "user_id:00001", "at": 160_000, "id": "tp_", "limit": 50}))
		}
	}
}

// Page after page brings everything once, in order, whatever the size of the pages.
func TestPagesBringEverythingOnce(t *testing.T) {
	f := newFixture(t)
	f.customer(1, 9, nil, "user_id:1", "anonymous_id:1")
	f.customer(2, 9, nil, "user_id:2", "email:2@x.de")
	f.customer(3, 9, nil, "user_id:3")
	f.touchpoints("user_id:1", 7, 100, 0) // all at one time: the id tells them apart
	f.touchpoints("anonymous_id:1", 4, 100, 10)
	f.touchpoints("user_id:2", 1, 100, 10)
	f.link("user_id:1", "anonymous_id:1", "OBSERVED", "web", nil)
	f.link("user_id:1", "user_id:2", "ALIAS", "web", nil)
	ctx := t.Context()
	for size := 1; size < 14; size++ {
		var actor identity.Key
		var at event.Millis
		var id, last string
		seen := map[string]bool{}
		for {
			page, err := f.g.TimelinesAfter(ctx, actor, at, id, size)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, p := range page {
				actor, at, id = identity.Key(str(p["actor"])), millis(p["at"]), str(p["id"])
				place := fmt.Sprintf("%s %013d %s", actor, at, id)
				if place <= last || seen[id] {
					t.Fatalf("pages of %d: %s comes behind %s", size, place, last)
				}
				seen[id], last = true, place
			}
		}
		if len(seen) != 12 {
			t.Errorf("pages of %d brought %d of 12 touchpoints", size, len(seen))
		}
		identifiers := pages(t, func(after string) ([]StoredFacts, error) { return f.g.IdentifiersAfter(ctx, identity.Key(after), size) },
			func(s StoredFacts) string { return string(s.Key) })
		links := pages(t, func(after string) ([]Link, error) { return f.g.LinksAfter(ctx, after, size) }, func(l Link) string { return l.ID })
		customers := pages(t, func(after string) ([]StoredView, error) {
			return f.g.CustomersAfter(ctx, identity.CustomerID(after), size)
		},
			func(s StoredView) string { return string(s.ID) })
		if identifiers != 5 || links != 2 || customers != 3 {
			t.Errorf("pages of %d: %d identifiers, %d links, %d customers", size, identifiers, links, customers)
		}
	}
}

// pages counts what page after page brings.
func pages[T any](t *testing.T, read func(after string) ([]T, error), name func(T) string) (n int) {
	for after := ""; ; {
		page, err := read(after)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return n
		}
		n += len(page)
		after = name(page[len(page)-1])
	}
}
