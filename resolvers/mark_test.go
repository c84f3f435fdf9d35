package resolvers

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kith/identity"
)

const markMutation = `mutation ($in: IdentityMarkInput!) { d: identityMark(input: $in) { decision { id kind reason by } customers { id } userErrors { field message code } } }`

// marks does what the pipeline does with a mark, as far as reads show it.
func (w *world) marks(d identity.Decision) {
	w.applies(d)
	w.run(`MATCH (i:Identifier {key: $key}) CREATE (i)-[:DECIDED {id: $id, decision: $id, kind: $kind, at: $at, conducts: false}]->(i)`,
		map[string]any{"key": string(d.A[0]), "id": d.ID, "kind": d.Kind, "at": int64(d.At)})
}

func input(key identity.Key, mark, reason string) map[string]any {
	return map[string]any{"in": map[string]any{"identifier": map[string]any{"type": key.Type(), "value": key.Value()}, "mark": mark, "reason": reason}}
}

func TestMark(t *testing.T) {
	w := newWorld(t)
	w.ada()
	w.journal.apply = w.marks
	data := w.must("steward", markMutation, input("email:ADA@x.org", "SHARED", " the family's "))
	if len(w.journal.decided) != 1 {
		t.Fatalf("%v", data)
	}
	d := w.journal.decided[0]
	if !strings.HasPrefix(d.ID, "dec_") || d.Kind != "SHARED" || !slices.Equal(d.A, []identity.Key{"email:ada@x.org"}) || d.Reason != "the family's" || d.By != "stew" || d.At != 1_800_000_000_000 {
		t.Errorf("journalled %+v", d)
	}
	if at(data, "d.decision.id") != d.ID || at(data, "d.decision.kind") != "SHARED" || at(data, "d.customers.0.id") != cid("user_id:ada") || at(data, "d.userErrors.0") != nil {
		t.Errorf("%v", data)
	}

	// It is shown on the identifier, the newest one, and takes part in no link.
	w.marks(identity.Decision{ID: "dec_old", Kind: "BLOCKED", A: []identity.Key{"email:ada@x.org"}, By: "old", Reason: "r", At: 5})
	data = w.must("agent", `query ($id: ID!) { customer(by: {id: $id}) { identifiers { nodes { value mark { id kind reason by } } } identityGraph(includeRejected: true) { links { kind status } nodes { id } } } }`, map[string]any{"id": cid("user_id:ada")})
	nodes, _ := at(data, "customer.identifiers.nodes").([]any)
	for _, n := range nodes {
		want := any(nil)
		if at(n, "value") == "ada@x.org" {
			want = d.ID
		}
		if got := at(n, "mark.id"); got != want {
			t.Errorf("the mark on %v is %v, want %v", at(n, "value"), got, want)
		}
	}
	if links, _ := at(data, "customer.identityGraph.links").([]any); len(nodes) != 4 || len(links) != 5 {
		t.Errorf("%d identifiers and %d links: %v", len(nodes), len(links), links)
	}
	// A join still sees parts, and the mark does not stand in its way as one.
	data = w.must("steward", joinMutation, map[string]any{"in": map[string]any{"identifiers": ids("email:ada@x.org", "user_id:charles"), "reason": "r"}})
	if at(data, "d.userErrors.0") != nil {
		t.Errorf("joining a marked identifier: %v", data)
	}
}

func TestMarkMistakes(t *testing.T) {
	w := newWorld(t)
	w.ada()
	for _, c := range []struct {
		name  string
		in    map[string]any
		field string
		code  string
	}{
		{"blank reason", input("email:ada@x.org", "BLOCKED", " "), "input reason", "INVALID"},
		{"no identifier", input("email:junk", "BLOCKED", "r"), "input identifier value", "INVALID"},
		{"unknown", input("user_id:nobody", "BLOCKED", "r"), "input identifier", "NOT_FOUND"},
		{"blocked by the rules", input("user_id:null", "PERSONAL", "r"), "input mark", "CONFLICT"},
	} {
		if c.name == "blocked by the rules" {
			w.run(`CREATE (:Identifier {key: 'user_id:null', type: 'user_id', value: 'null', status: 'BLOCKED', cid: 'cus_null'})`, nil)
		}
		data := w.must("steward", markMutation, c.in)
		var field []string
		path, _ := at(data, "d.userErrors.0.field").([]any)
		for _, f := range path {
			field = append(field, fmt.Sprint(f))
		}
		if got := strings.Join(field, " "); got != c.field || at(data, "d.userErrors.0.code") != c.code || at(data, "d.decision") != nil {
			t.Errorf("%s: %v", c.name, data)
		}
	}
	if len(w.journal.decided) > 0 {
		t.Errorf("journalled %+v", w.journal.decided)
	}
	if code := w.refused("agent", markMutation, input("email:ada@x.org", "BLOCKED", "r")); code != "FORBIDDEN" {
		t.Errorf("as an agent: %s", code)
	}
}
