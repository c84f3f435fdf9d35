package resolvers

import (
	"testing"
)

const historyQuery = `query ($id: ID!, $first: Int, $after: String) { h: identityHistory(customer: $id, first: $first, after: $after) {
  nodes { id at kind before after cause reference evidence } pageInfo { hasNextPage endCursor } } }`

// became writes a merge or split as the pipeline does: once for each customer concerned.
func (w *world) became(id, kind, cause string, at int64, customers ...string) {
	w.t.Helper()
	w.run(`UNWIND $customers AS c CREATE (:IdentityEvent {id: $id, customer: c, at: $at, kind: $kind, before: $customers, after: [$customers[0]], cause: $cause, ref: $ref, evidence: [$fact]})`,
		map[string]any{"id": id, "customers": customers, "at": t0 + at, "kind": kind, "cause": cause, "ref": "dec_1", "fact": "1790000000005 m1"})
}

func TestHistory(t *testing.T) {
	w := newWorld(t)
	w.ada()
	ada, cookie, charles := cid("user_id:ada"), cid("anonymous_id:a1"), cid("user_id:charles")
	w.became("idh_1", "MERGE", "CALLS", 1, ada, cookie)
	w.became("idh_2", "SPLIT", "DECISION", 2, ada, charles)
	w.became("idh_3", "MERGE", "RECORDS", 3, charles)
	var got []any
	vars := map[string]any{"id": cookie, "first": 1} // any id of hers will do
	for {
		data := w.must("viewer", historyQuery, vars)
		got = append(got, at(data, "h.nodes.0"))
		if at(data, "h.pageInfo.hasNextPage") != true {
			break
		}
		vars["after"] = at(data, "h.pageInfo.endCursor")
	}
	if len(got) != 2 || at(got[0], "id") != "idh_2" || at(got[1], "id") != "idh_1" {
		t.Fatalf("the history is %v", got)
	}
	for path, want := range map[string]any{"kind": "MERGE", "cause": "CALLS", "before.0": ada, "before.1": cookie, "after.0": ada, "evidence.0": "message m1 of 2026-09-21T14:13:20.005Z"} {
		if at(got[1], path) != want {
			t.Errorf("%s = %v, want %v", path, at(got[1], path), want)
		}
	}
	for _, id := range []string{ada, charles} { // of charles nothing is left but the identifier that gives the id
		data := w.must("viewer", historyQuery, map[string]any{"id": id})
		if at(data, "h.nodes.0.id") != map[string]any{ada: "idh_2", charles: "idh_3"}[id] || len(listAt(data, "h.nodes")) != 2 {
			t.Errorf("the history of %s by its own id: %v", id, data)
		}
	}
	if data := w.must("viewer", historyQuery, map[string]any{"id": "cus_nobody"}); at(data, "h.nodes.0") != nil {
		t.Errorf("nobody's history: %v", data)
	}
}
