package resolvers

import (
	"encoding/json"
	"testing"
)

func TestNode(t *testing.T) {
	w := newWorld(t)
	w.ada()
	query := `query ($id: ID!) { node(id: $id) { __typename id
		... on Customer { displayName touchpoints(first: 1) { nodes { name } } }
		... on Identifier { value owner: customer { displayName identifiers { nodes { type } } } }
		... on Touchpoint { name who: customer { displayName } identifier { value customer { otherIds } } }
		... on Account { groupId members: customers(first: 1) { nodes { displayName accounts { nodes { id } } } pageInfo { hasNextPage } } }
		... on IdentityDecision { kind reason by at revokedAt }
		... on Source { name firstSeenAt lastSeenAt }
	} }`
	for _, c := range []struct {
		id, typ string
		trips   int64
		path    string
		want    any
	}{
		{cid("user_id:ada"), "Customer", 1, "displayName", "Ada Byron"},
		{cid("anonymous_id:a1"), "Customer", 1, "touchpoints.nodes.0.name", "Product Viewed"},
		{idn("email:ada@x.org"), "Identifier", 2, "owner.identifiers.nodes.3.type", "anonymous_id"},
		{idn("email:null"), "Identifier", 2, "owner", nil},
		{touchpointID("anonymous_id:a1", 2), "Touchpoint", 2, "who.displayName", "Ada Byron"},
		{"acc_engines", "Account", 2, "members.nodes.0.displayName", "Ada Byron"},
		{"dec_part", "IdentityDecision", 1, "reason", "Ada called"},
		{sourceID("web"), "Source", 1, "name", "web"},
		{"cus_nobody", "", 1, "", nil}, {"idn_nobody", "", 1, "", nil}, {"tp_none", "", 1, "", nil}, {"acc_none", "", 1, "", nil},
		{"dec_none", "", 1, "", nil}, {sourceID("none"), "", 1, "", nil}, {"src_!", "", 0, "", nil},
		{"seg_none", "", 1, "", nil}, {"nonsense", "", 0, "", nil}, {"xyz_1", "", 0, "", nil},
	} {
		a := w.ask("agent", query, map[string]any{"id": c.id})
		if len(a.Errors) > 0 {
			t.Errorf("%s: %v", c.id, a.Errors)
			continue
		}
		var data map[string]any
		if err := json.Unmarshal(a.Data, &data); err != nil {
			t.Fatal(err)
		}
		if a.trips > c.trips {
			t.Errorf("%s: %d round trips, want %d", c.id, a.trips, c.trips)
		}
		if c.typ == "" {
			if data["node"] != nil {
				t.Errorf("%s: %v, want null", c.id, data)
			}
			continue
		}
		if at(data, "node.__typename") != c.typ || at(data, "node."+c.path) != c.want {
			t.Errorf("%s: %s; want %s with %s = %v", c.id, a.Data, c.typ, c.path, c.want)
		}
	}
	if id := at(w.must("agent", query, map[string]any{"id": cid("email:ada@x.org")}), "node.id"); id != cid("user_id:ada") {
		t.Errorf("an id that was merged away answers with %v, want the survivor", id)
	}
}

func TestIdentityPath(t *testing.T) {
	w := newWorld(t)
	w.ada()
	query := `query ($from: IdentifierInput!, $to: IdentifierInput!) { identityPath(from: $from, to: $to) {
		nodes { value customer { displayName touchpoints(first: 1) { nodes { name } } } } links { kind from { value } to { value } evidence } } }`
	ask := func(from, to [2]string) (any, int64) {
		a := w.ask("agent", query, map[string]any{"from": map[string]any{"type": from[0], "value": from[1]}, "to": map[string]any{"type": to[0], "value": to[1]}})
		if len(a.Errors) > 0 {
			t.Fatal(a.Errors)
		}
		var data map[string]any
		_ = json.Unmarshal(a.Data, &data)
		return data["identityPath"], a.trips
	}
	path, trips := ask([2]string{"anonymous_id", "a1"}, [2]string{"phone", "+49 30 1234567"})
	if trips != 1 {
		t.Errorf("%d round trips, want 1", trips)
	}
	want := []any{"a1", "ada", "ada@x.org", "+49301234567"}
	for n, value := range want {
		if at(path, "nodes") == nil || at(path.(map[string]any)["nodes"].([]any)[n], "value") != value {
			t.Fatalf("path %v, want through %v", path, want)
		}
	}
	if links := at(path, "links").([]any); len(links) != 3 || at(links[0], "kind") != "ALIAS" || at(path, "nodes.2.customer.displayName") != "Ada Byron" {
		t.Errorf("links %v", links)
	}
	if path, _ := ask([2]string{"user_id", "ada"}, [2]string{"user_id", "ada"}); at(path, "nodes.0.value") != "ada" || len(at(path, "links").([]any)) != 0 {
		t.Errorf("from an identifier to itself: %v", path)
	}
	for _, pair := range [][2][2]string{
		{{"user_id", "ada"}, {"user_id", "charles"}}, {{"user_id", "nobody"}, {"user_id", "ada"}}, {{"user_id", "ada"}, {"user_id", "nobody"}}, {{"email", "junk"}, {"user_id", "ada"}},
	} {
		if path, _ := ask(pair[0], pair[1]); path != nil {
			t.Errorf("%v: %v, want null", pair, path)
		}
	}
}

func TestOperations(t *testing.T) {
	w := newWorld(t)
	w.ada()
	data := w.must("admin", `{ journal { head applied lag oldestPendingSeconds } identityRules { version yaml at } sources { nodes { id name } edges { cursor } pageInfo { hasNextPage } }
		me { subject scopes } segments { nodes { id } pageInfo { hasNextPage } } segment(by: {key: "x"}) { id } deadLetters { nodes { id position kind reason bytes } pageInfo { hasNextPage endCursor } } }`, nil)
	for path, want := range map[string]any{
		"journal.head": "e-9", "journal.applied": "e-7", "journal.lag": 2.0, "journal.oldestPendingSeconds": 1.5, "identityRules.version": "r1", "identityRules.yaml": "size: 2000",
		"sources.nodes.0.name": "web", "sources.nodes.0.id": sourceID("web"), "me.subject": "stew", "me.scopes.0": "customers:read", "me.scopes.5": "sources:write",
		"segment": nil, "segments.pageInfo.hasNextPage": false, "deadLetters.nodes.0.position": "e-3", "deadLetters.pageInfo.hasNextPage": true, "deadLetters.pageInfo.endCursor": "d1",
	} {
		if got := at(data, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	for query, role := range map[string]string{
		`{ quarantine { nodes { id } } }`: "agent", `{ deadLetters { nodes { id } } }`: "agent", `mutation { identityDecisionRevoke(id: "dec_1") { decision { id } } }`: "agent",
		`mutation { segmentDelete(id: "seg_1") { segment { id } } }`: "steward", `{ customers { nodes { id } } }`: "nobody",
	} {
		if code := w.refused(role, query, nil); code != "FORBIDDEN" {
			t.Errorf("%s as %s: %s, want FORBIDDEN", query, role, code)
		}
	}
	w.run(`MATCH (p:Pipeline) DETACH DELETE p`, nil)
	if code := w.refused("agent", `{ identityRules { version } }`, nil); code != "UNAVAILABLE" {
		t.Errorf("rules before any were applied: %s, want UNAVAILABLE", code)
	}
}

func TestQuarantine(t *testing.T) {
	w := newWorld(t)
	w.quarantine.calls = []QuarantinedCall{
		{ID: "q1", Source: "web", Code: "missing_event", Raw: []byte(`{"type":"track"}`), ReceivedAt: t0}, {ID: "q2", Source: "shop", Code: "hopeless", Message: "still wrong", Raw: []byte("not \xff JSON")},
		{ID: "q3", Source: "web", MessageID: "m3", Field: "event", Raw: []byte(`{}`)},
	}
	data := w.must("admin", `{ all: quarantine { nodes { id messageId field call receivedAt } } web: quarantine(source: "web", first: 1) { nodes { id } pageInfo { hasNextPage endCursor } } rest: quarantine(after: "q2") { nodes { id } pageInfo { hasPreviousPage } } }`, nil)
	for path, want := range map[string]any{
		"all.nodes.0.id": "q1", "all.nodes.0.call.type": "track", "all.nodes.0.messageId": nil, "all.nodes.1.call": "not \uFFFD JSON", "all.nodes.2.messageId": "m3", "all.nodes.2.field": "event",
		"web.nodes.0.id": "q1", "web.pageInfo.hasNextPage": true, "web.pageInfo.endCursor": "q1", "rest.nodes.0.id": "q3", "rest.pageInfo.hasPreviousPage": true,
	} {
		if got := at(data, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	resend := `mutation ($in: QuarantineResendInput!) { quarantineResend(input: $in) { accepted refused { id message } position userErrors { field code } } }`
	data = w.must("admin", resend, map[string]any{"in": map[string]any{"ids": []any{"q2", "q1", "q1", "gone"}}})
	for path, want := range map[string]any{
		"accepted.0": "q1", "accepted.1": nil, "refused.0.id": "q2", "refused.0.message": "still wrong", "position": "e-10", "userErrors.0.code": "NOT_FOUND", "userErrors.0.field.2": "3", "userErrors.1": nil,
	} {
		if got := at(data, "quarantineResend."+path); got != want {
			t.Errorf("resend: %s = %v, want %v", path, got, want)
		}
	}
	data = w.must("admin", resend, map[string]any{"in": map[string]any{"ids": []any{"q3"}, "call": map[string]any{"type": "track", "event": "E"}}})
	if at(data, "quarantineResend.accepted.0") != "q3" || string(w.quarantine.fixed) != `{"event":"E","type":"track"}` {
		t.Errorf("a corrected call: %v, sent %s", data, w.quarantine.fixed)
	}
	tooMany := make([]any, 201)
	for i := range tooMany {
		tooMany[i] = "q"
	}
	for _, c := range []struct {
		in   map[string]any
		code string
	}{
		{map[string]any{"ids": []any{}}, "INVALID"}, {map[string]any{"ids": tooMany}, "LIMIT"}, {map[string]any{"ids": []any{"a", "b"}, "call": map[string]any{}}, "INVALID"},
	} {
		data := w.must("admin", resend, map[string]any{"in": c.in})
		if got := at(data, "quarantineResend.userErrors.0.code"); got != c.code {
			t.Errorf("%v: %v, want %s", c.in, got, c.code)
		}
	}
	data = w.must("admin", `mutation { quarantineDiscard(input: {ids: ["q2", "q9"]}) { discarded userErrors { field code } } }`, nil)
	if at(data, "quarantineDiscard.discarded.0") != "q2" || at(data, "quarantineDiscard.userErrors.0.code") != "NOT_FOUND" || len(w.quarantine.calls) != 0 {
		t.Errorf("discard: %v", data)
	}
}
