package resolvers

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kith/identity"
)

const (
	queueQuery = `query ($first: Int, $after: String, $kinds: [IdentityReviewKind!]) { q: identityReviewQueue(first: $first, after: $after, kinds: $kinds) {
  edges { cursor node { id kind reason advice identifiers { id value customer { id } } customers { id displayName } link { status confidence evidence comparison { weight } } } }
  pageInfo { hasNextPage hasPreviousPage endCursor } } }`
	acceptMutation = `mutation ($id: ID!, $in: IdentityReviewInput!) { d: identityReviewAccept(id: $id, input: $in) { decision { id kind } customers { id } userErrors { field message code } } }`
	rejectMutation = `mutation ($id: ID!, $in: IdentityReviewInput!) { d: identityReviewReject(id: $id, input: $in) { decision { id kind } customers { id } userErrors { field message code } } }`
)

// queue is the kinds of a page of the queue, with everything on it.
func (w *world) queue(vars map[string]any) (kinds string, page any) {
	w.t.Helper()
	data := w.must("steward", queueQuery, vars)
	edges, _ := at(data, "q.edges").([]any)
	var list []string
	for _, e := range edges {
		list = append(list, at(e, "node.kind").(string))
	}
	return strings.Join(list, " "), at(data, "q")
}

// decides does with a decision what the pipeline does: the edges between its identifiers, and who they are of.
func (w *world) decides(d identity.Decision) {
	w.applies(d)
	rulings, err := d.Rulings()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range rulings {
		w.run(`MATCH (a:Identifier {key: $a}) MATCH (b:Identifier {key: $b}) CREATE (a)-[:DECIDED {id: $id, decision: $d, kind: $kind, at: $at, conducts: true}]->(b)`,
			map[string]any{"a": string(r.A), "b": string(r.B), "id": d.ID + string(r.A) + string(r.B), "d": d.ID, "kind": d.Kind, "at": int64(d.At)})
	}
	if d.Kind == "JOIN" {
		w.run(`MATCH (:Identifier {key: $a})-[:OF]->(into:Customer) MATCH (:Identifier {key: $b})-[:OF]->(old:Customer) WHERE old <> into
MATCH (i:Identifier)-[o:OF]->(old) DELETE o CREATE (i)-[:OF]->(into)`, map[string]any{"a": string(d.A[0]), "b": string(d.A[1])})
	}
}

func TestReviewQueue(t *testing.T) {
	w := newWorld(t)
	w.lovelaces()
	w.people(
		who{"Bridge", "", 5, []string{"record:crm/8", "record:shop/8", "email:bridge@x.org"}},
		who{"Loose", "", 4, []string{"record:crm/9", "record:shop/9", "email:loose@x.org"}},
		who{"Sure", "", 3, []string{"record:crm/10", "record:shop/10"}},
		who{"Two", "", 2, []string{"record:shop/11", "user_id:two"}},
	)
	w.matched("record:crm/8", "record:shop/8", "followed", 1710)
	w.link("record:shop/8", "email:bridge@x.org", "OBSERVED", nil)
	for _, key := range []string{"record:crm/9", "record:shop/9"} {
		w.link(key, "email:loose@x.org", "OBSERVED", nil)
	}
	w.record("record:crm/9", `{"firstName":"Anna","lastName":"Lovelace","birthday":"1990-12-10"}`)
	w.record("record:shop/9", `{"firstName":"Anne","lastName":"Lovelace","birthday":"1991-10-11"}`)
	w.matched("record:crm/9", "record:shop/9", "followed", 1720)
	w.matched("record:crm/10", "record:shop/10", "followed", 3100)
	w.matched("record:crm/2", "record:shop/11", "exclusive:user_id", 2200)
	w.run(`MATCH (c:Customer {id: $id}) SET c.large = 1200`, map[string]any{"id": cid("record:crm/10")})
	w.journal.apply = w.decides

	const all = "CANDIDATE REFUSED EXCLUSIVE WEAK_BRIDGE LOW_COHESION LARGE"
	kinds, page := w.queue(nil)
	if kinds != all {
		t.Fatalf("the queue is %s, want %s: %v", kinds, all, page)
	}
	first := at(page, "edges.0.node")
	if at(first, "identifiers.0.customer.id") == at(first, "identifiers.1.customer.id") || at(first, "customers.1.id") == nil || at(first, "link.status") != "CANDIDATE" ||
		at(first, "link.comparison.weight") == nil || !strings.Contains(fmt.Sprint(at(first, "link.evidence")), "lastName: exact") {
		t.Errorf("the candidate is %v", first)
	}
	if bridge := at(page, "edges.3.node"); at(bridge, "customers.0.id") != cid("record:crm/8") || at(bridge, "customers.1") != nil || at(bridge, "identifiers.1.customer.id") != cid("record:crm/8") {
		t.Errorf("the bridge is %v", bridge)
	}

	// Page after page, and each kind alone, it is the same.
	var paged []string
	vars := map[string]any{"first": 1}
	for {
		kinds, page := w.queue(vars)
		paged = append(paged, kinds)
		if at(page, "pageInfo.hasNextPage") != true {
			break
		}
		vars["after"] = at(page, "pageInfo.endCursor")
	}
	if got := strings.Join(paged, " "); got != all {
		t.Errorf("page after page: %s, want %s", got, all)
	}
	for _, kind := range strings.Fields(all) {
		if got, _ := w.queue(map[string]any{"kinds": []any{kind}}); got != kind {
			t.Errorf("%s alone: %s", kind, got)
		}
	}

	// Decided, an item is gone, with whatever else was between the two; and stays so.
	id := func(kind string) string {
		_, page := w.queue(map[string]any{"kinds": []any{kind}})
		return at(page, "edges.0.node.id").(string)
	}
	decide := func(mutation, id string) map[string]any {
		return w.must("steward", mutation, map[string]any{"id": id, "in": map[string]any{"reason": "looked at the papers"}})
	}
	candidate, bridge, loose, sure := id("CANDIDATE"), id("WEAK_BRIDGE"), id("LOW_COHESION"), id("LARGE")
	if data := decide(acceptMutation, candidate); at(data, "d.decision.kind") != "JOIN" || at(data, "d.customers.1") != nil {
		t.Errorf("accepting: %v", data)
	}
	if keys := w.journal.decided[0].A; !slices.Contains(keys, "record:till/3") || !slices.Contains(keys, "record:crm/1") {
		t.Errorf("joined %v", keys)
	}
	if data := decide(rejectMutation, bridge); at(data, "d.decision.kind") != "PART" {
		t.Errorf("rejecting: %v", data)
	}
	if data := decide(rejectMutation, sure); at(data, "d.userErrors.0.code") != "INVALID" {
		t.Errorf("rejecting a large customer: %v", data)
	}
	for _, id := range []string{loose, sure} {
		if data := decide(acceptMutation, id); at(data, "d.decision.kind") != "JOIN" {
			t.Errorf("accepting %s: %v", id, data)
		}
	}
	if kinds, _ := w.queue(nil); kinds != "REFUSED EXCLUSIVE" {
		t.Errorf("after these decisions the queue is %s", kinds)
	}
	for _, id := range []string{candidate, bridge, loose, sure, "rev_l_nothing", "rev_c_nothing", "dec_x"} {
		if data := decide(acceptMutation, id); at(data, "d.userErrors.0.code") != "NOT_FOUND" || at(data, "d.userErrors.0.field.0") != "id" {
			t.Errorf("%s again: %v", id, data)
		}
	}
	if data := decide(rejectMutation, id("REFUSED")); at(data, "d.decision.kind") != "PART" {
		t.Errorf("rejecting: %v", data)
	}
	if code := w.refused("analyst", queueQuery, nil); code != "FORBIDDEN" {
		t.Errorf("%s, want FORBIDDEN", code)
	}
}

// However much was decided, a page looks at so many places and no more, and says where to go on.
func TestReviewQueueIsBounded(t *testing.T) {
	w := newWorld(t)
	w.run(`
UNWIND range(1, $n) AS n
CREATE (a:Identifier {key: 'record:a/' + n, type: 'record', value: 'a/' + n, raw: '', status: 'ACTIVE', cid: 'cus_a' + n, firstSeenAt: 1, lastSeenAt: 1, traits: ''})-[:OF]->(c:Customer {id: 'cus_a' + n, known: true, shared: false, traits: '{}', firstSeenAt: 1, lastSeenAt: 1})
CREATE (b:Identifier {key: 'record:b/' + n, type: 'record', value: 'b/' + n, raw: '', status: 'ACTIVE', cid: 'cus_b' + n, firstSeenAt: 1, lastSeenAt: 1, traits: ''})
CREATE (a)-[:LINKED {id: 'l' + right('0000' + n, 5), kind: 'MATCHED', source: 'matching', count: 1, firstSeenAt: 1, lastSeenAt: 1, reason: 'candidate', weight: 900 + n % 700, followed: false, conducts: false, evidence: []}]->(b)
FOREACH (_ IN CASE WHEN n = 1 THEN [1] ELSE [] END | CREATE (b)-[:OF]->(:Customer {id: 'cus_b1', known: true, shared: false, traits: '{}', firstSeenAt: 1, lastSeenAt: 1}))
FOREACH (_ IN CASE WHEN n > 1 THEN [1] ELSE [] END | CREATE (b)-[:OF]->(c))`, map[string]any{"n": reviewChunk*reviewReads + 100})
	vars := map[string]any{"first": 5}
	seen, pages := 0, 0
	for ; pages < 5; pages++ {
		a := w.ask("steward", queueQuery, vars)
		if a.trips > reviewReads+6 {
			t.Errorf("a page took %d reads", a.trips)
		}
		kinds, page := w.queue(vars)
		seen += len(strings.Fields(kinds))
		if at(page, "pageInfo.hasNextPage") != true {
			break
		}
		vars["after"] = at(page, "pageInfo.endCursor")
	}
	if seen != 1 || pages != 1 {
		t.Errorf("found %d in %d pages, want 1 in 2", seen, pages+1)
	}
}
