package resolvers

import (
	"fmt"
	"testing"
)

func TestHousehold(t *testing.T) {
	w := newWorld(t)
	w.people(who{"Ada", "", 3, []string{"user_id:ada"}}, who{"Otto", "", 2, []string{"user_id:otto"}}, who{"Eva", "", 1, []string{"user_id:eva"}}, who{"Max", "", 1, []string{"user_id:max"}})
	w.run(`UNWIND $ids AS id MATCH (c:Customer {id: id}) MERGE (h:Household {id: 'hh_1'}) CREATE (c)-[:LIVES_IN]->(h)`, map[string]any{"ids": []string{cid("user_id:ada"), cid("user_id:otto"), cid("user_id:eva")}})
	a := w.ask("viewer", `{ customers { nodes { id household { nodes { id displayName household { nodes { id } } } } } } }`, nil)
	if len(a.Errors) > 0 || a.trips > 3 {
		t.Fatalf("%d round trips, %v", a.trips, a.Errors)
	}
	data := w.must("viewer", `query ($id: ID!) { customer(by: {id: $id}) { household(first: 1) { nodes { id } pageInfo { hasNextPage endCursor } } } }`, map[string]any{"id": cid("user_id:ada")})
	if at(data, "customer.household.nodes.0.id") != cid("user_id:otto") || at(data, "customer.household.pageInfo.hasNextPage") != true {
		t.Errorf("%v", data)
	}
	data = w.must("agent", fmt.Sprintf(`{ customer(by: {identifier: {type: "user_id", value: "ada"}}) { household(after: %q) { nodes { displayName } } } }`, at(data, "customer.household.pageInfo.endCursor")), nil)
	if at(data, "customer.household.nodes.0.displayName") != "Eva" || at(data, "customer.household.nodes.1") != nil {
		t.Errorf("%v", data)
	}
	data = w.must("agent", `{ customer(by: {identifier: {type: "user_id", value: "max"}}) { household { nodes { id } } } }`, nil)
	if nodes, ok := at(data, "customer.household.nodes").([]any); !ok || len(nodes) > 0 {
		t.Errorf("Max lives with %v", data)
	}
}
