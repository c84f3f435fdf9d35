package resolvers

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

const customer360 = `
fragment person on Customer { id displayName known shared firstSeenAt lastSeenAt }
query ($by: CustomerBy!) {
  customer(by: $by) {
    ...person otherIds traits
    name: trait(key: "name") { key value source at identifier { type value customer { id } } history { value source at identifier { value } } }
    old: trait(key: "old") { value }
    identifiers(first: 3) { edges { cursor node { id type value rawValue firstSeenAt status customer { ...person } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
    touchpoints(first: 5) { nodes { id messageId type name at receivedAt source channel properties context identifier { type value customer { displayName } } customer { id otherIds } } pageInfo { hasNextPage endCursor } }
    segments { edges { node { key } } pageInfo { hasNextPage } }
    accounts { nodes { id groupId traits } }
    identityGraph { nodes { type value } links { from { value } to { value } kind status confidence count sources evidence } }
  }
}`

func golden(t *testing.T, name string, data []byte) {
	t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, data, "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	path := "testdata/" + name + ".json"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, pretty.Bytes()) {
		t.Errorf("the answer differs from %s; look at the difference, then run with -update. It is:\n%s", path, pretty.Bytes())
	}
}

func TestCustomer360(t *testing.T) {
	w := newWorld(t)
	w.ada()
	by := map[string]any{"by": map[string]any{"identifier": map[string]any{"type": "email", "value": " Ada@X.org "}}}
	a := w.ask("agent", customer360, by)
	if len(a.Errors) > 0 {
		t.Fatal(a.Errors)
	}
	if a.trips != 1 {
		t.Errorf("%d round trips, want 1", a.trips)
	}
	golden(t, "customer360", a.Data)

	for _, id := range []string{"user_id:ada", "anonymous_id:a1"} {
		b := w.ask("agent", customer360, map[string]any{"by": map[string]any{"id": cid(id)}})
		if !bytes.Equal(a.Data, b.Data) || b.trips != 1 {
			t.Errorf("by the id of %s: %d trips, errors %v, %s", id, b.trips, b.Errors, b.Data)
		}
	}
	for _, by := range []map[string]any{
		{"id": "cus_nobody"}, {"id": cid("email:null")}, {"identifier": map[string]any{"type": "user_id", "value": "nobody"}}, {"identifier": map[string]any{"type": "email", "value": "not an address"}},
	} {
		if got := w.must("agent", `query ($by: CustomerBy!) { customer(by: $by) { id } }`, map[string]any{"by": by}); got["customer"] != nil {
			t.Errorf("%v: %v, want null", by, got)
		}
	}
}

// Without pii:read the same query gives nothing personal away, and costs as much.
func TestMaskedCustomer360(t *testing.T) {
	w := newWorld(t)
	w.ada()
	a := w.ask("viewer", customer360, map[string]any{"by": map[string]any{"id": cid("user_id:ada")}})
	if len(a.Errors) > 0 || a.trips != 1 {
		t.Fatal(a.Errors, a.trips)
	}
	golden(t, "customer360_masked", a.Data)
	giveaways(t, a.Data)

	everything := w.ask("viewer", `{
		customers(filter: {shared: false}) { nodes { displayName traits identityGraph(includeRejected: true, includeCandidates: true) { nodes { value rawValue } links { evidence } } } }
		touchpoint(id: "`+touchpointID("anonymous_id:a1", 3)+`") { properties context identifier { value } customer { traits } }
		node(id: "dec_part") { ... on IdentityDecision { reason kind } }
		account: node(id: "acc_engines") { ... on Account { traits customers { nodes { displayName } } } }
		identifier: node(id: "`+idn("email:ada@x.org")+`") { ... on Identifier { value rawValue customer { trait(key: "email") { value history { value } } } } }
	}`, nil)
	if len(everything.Errors) > 0 {
		t.Fatal(everything.Errors)
	}
	giveaways(t, everything.Data)
	if !strings.Contains(string(everything.Data), `"plan":"pro"`) {
		t.Errorf("what is not personal is masked, too: %s", everything.Data)
	}
}

func giveaways(t *testing.T, data []byte) {
	t.Helper()
	lower := strings.ToLower(string(data))
	for _, secret := range []string{"ada", "byron", "x.org", "301234567", "201234567", "203.0.113", "st james", "london", "charles", "\"a1\"", "\"c1\"", "\"x9\""} {
		if i := strings.Index(lower, secret); i >= 0 {
			t.Errorf("gives %q away: …%s…", secret, lower[max(0, i-60):min(len(lower), i+40)])
		}
	}
}

func touchpointID(key string, n int) string {
	return fmt.Sprintf("tp_%s_%04d", cid(key)[4:12], n)
}

// Looking personal values up is refused without pii:read, everywhere and always alike.
func TestNoProbingWithoutPII(t *testing.T) {
	w := newWorld(t)
	w.ada()
	for _, query := range []string{
		`{ customer(by: {identifier: {type: "email", value: "ada@x.org"}}) { id } }`,
		`{ customer(by: {identifier: {type: "email", value: "nobody@x.org"}}) { id } }`,
		`{ customers(filter: {search: "ada"}) { nodes { id } } }`,
		`{ customers(filter: {search: ""}) { nodes { id } } }`,
		`{ customers(filter: {condition: {trait: {key: "email", op: EXISTS}}}) { nodes { id } } }`,
		`{ segmentPreview(condition: {trait: {key: "email", op: EXISTS}}) { size } }`,
		`{ identityPath(from: {type: "email", value: "ada@x.org"}, to: {type: "user_id", value: "ada"}) { nodes { id } } }`,
	} {
		if code := w.refused("viewer", query, nil); code != "FORBIDDEN" {
			t.Errorf("%s: %s, want FORBIDDEN", query, code)
		}
	}
}

// What is asked under two names with different arguments is answered twice, each rightly; however many customers there
// are, for one round trip more.
func TestAliases(t *testing.T) {
	w := newWorld(t)
	w.ada()
	query := `{ customers(orderBy: {field: FIRST_SEEN, direction: ASC}) { edges { node {
		all: touchpoints { nodes { id } }
		one: touchpoints(first: 1) { nodes { id } pageInfo { hasNextPage } }
		identifies: touchpoints(filter: {types: [IDENTIFY]}) { nodes { type } }
		ids: identifiers(first: 1) { nodes { type } }
		more: identifiers { nodes { type } }
		graph: identityGraph { links { status } }
		full: identityGraph(includeRejected: true, includeCandidates: true) { links { status } nodes { customer { id } } }
	} } } }`
	a := w.ask("agent", query, nil)
	if len(a.Errors) > 0 {
		t.Fatal(a.Errors)
	}
	if a.trips > 4 {
		t.Errorf("%d round trips, want at most 4: the first, two further timelines, the customers of rejected links", a.trips)
	}
	var data any
	_ = json.Unmarshal(a.Data, &data)
	ada := at(data, "customers.edges.0.node")
	count := func(path string) int { list, _ := at(ada, path).([]any); return len(list) }
	if count("all.nodes") != 14 || count("one.nodes") != 1 || at(ada, "one.pageInfo.hasNextPage") != true || count("identifies.nodes") != 4 {
		t.Errorf("timelines: %v", ada)
	}
	if count("ids.nodes") != 1 || count("more.nodes") != 4 {
		t.Errorf("identifiers: %v", ada)
	}
	if count("graph.links") != 3 || count("full.links") != 6 || count("full.nodes") != 6 {
		t.Errorf("graphs: %d links, %d links, %d nodes", count("graph.links"), count("full.links"), count("full.nodes"))
	}
	owners := map[string]int{}
	for _, n := range at(ada, "full.nodes").([]any) {
		owners[fmt.Sprint(at(n, "customer.id"))]++
	}
	if want := map[string]int{cid("user_id:ada"): 4, cid("user_id:charles"): 1, cid("anonymous_id:x9"): 1}; !reflect.DeepEqual(owners, want) {
		t.Errorf("owners of the nodes: %v, want %v", owners, want)
	}
}

// The number of round trips does not depend on how much there is, on any level.
func TestNoReadPerRow(t *testing.T) {
	queries := map[string]struct {
		text  string
		trips int64
	}{
		"page":     {`{ customers(first: 50) { nodes { id displayName identifiers(first: 5) { nodes { value } } touchpoints(first: 3) { nodes { name at identifier { value } customer { id } } } } pageInfo { hasNextPage } } }`, 1},
		"edges":    {`{ customers(first: 50) { edges { node { touchpoints(first: 3) { edges { node { name customer { traits otherIds identifiers { edges { node { customer { trait(key: "name") { value } } } } } } } } } } } } }`, 1},
		"accounts": {`{ customers(first: 50) { edges { node { accounts { edges { node { customers(first: 3) { edges { node { touchpoints(first: 1) { nodes { customer { id } } } accounts { nodes { customers { nodes { id } } } } } } } } } } } } } }`, 3},
		"graphs":   {`{ customers(first: 50) { edges { node { identityGraph(includeRejected: true) { links { from { customer { id } } to { customer { id otherIds } } } } } } } }`, 2},
	}
	for _, size := range []int{3, 50} {
		w := newWorld(t)
		var people []who
		for n := range size {
			people = append(people, who{fmt.Sprintf("Person %d", n), "", int64(n), []string{fmt.Sprintf("user_id:%d", n), fmt.Sprintf("anonymous_id:%d", n)}})
		}
		w.people(people...)
		for n := range size {
			w.happened(4, fmt.Sprintf("anonymous_id:%d", n))
			w.account(fmt.Sprintf("acc_%d", n), "g", fmt.Sprintf("user_id:%d", n), fmt.Sprintf("user_id:%d", (n+1)%size))
			w.link(fmt.Sprintf("anonymous_id:%d", n), fmt.Sprintf("user_id:%d", (n+1)%size), "OBSERVED", map[string]any{"followed": false, "reason": "exclusive:user_id"})
		}
		for name, q := range queries {
			a := w.ask("agent", q.text, nil)
			if len(a.Errors) > 0 {
				t.Fatalf("%s: %v", name, a.Errors)
			}
			if a.trips > q.trips {
				t.Errorf("%s of %d customers: %d round trips, want %d", name, size, a.trips, q.trips)
			}
			if !strings.Contains(string(a.Data), "cus_") && !strings.Contains(string(a.Data), "Product") {
				t.Errorf("%s: nothing in it: %s", name, a.Data)
			}
		}
	}
}

func TestCustomersConnection(t *testing.T) {
	w := newWorld(t)
	var people []who
	for n := range 7 {
		people = append(people, who{fmt.Sprintf("Ada %d", n), "", int64(n / 2), []string{fmt.Sprintf("user_id:%d", n)}})
	}
	w.people(people...)
	w.run(`CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()`, nil)
	for _, arguments := range []string{"", `orderBy: {field: LAST_SEEN, direction: ASC},`, `filter: {search: "ad"},`, `filter: {known: true, search: "ada"}, orderBy: {field: FIRST_SEEN, direction: DESC},`} {
		page := func(bounds string) map[string]any {
			return w.must("agent", `{ customers(`+arguments+bounds+`) { edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`, nil)
		}
		ids := func(data any) (out []string) {
			for _, n := range at(data, "customers.nodes").([]any) {
				out = append(out, fmt.Sprint(at(n, "id")))
			}
			return out
		}
		whole := ids(page("first: 200"))
		if len(whole) != 7 {
			t.Fatalf("%s: %v", arguments, whole)
		}
		var forward, backward []string
		for bounds := "first: 2"; bounds != ""; {
			p := page(bounds)
			forward = append(forward, ids(p)...)
			if bounds = ""; at(p, "customers.pageInfo.hasNextPage") == true {
				bounds = fmt.Sprintf("first: 2, after: %q", at(p, "customers.pageInfo.endCursor"))
			}
		}
		for bounds := "last: 3"; bounds != ""; {
			p := page(bounds)
			backward = append(ids(p), backward...)
			if bounds = ""; at(p, "customers.pageInfo.hasPreviousPage") == true {
				bounds = fmt.Sprintf("last: 3, before: %q", at(p, "customers.pageInfo.startCursor"))
			}
		}
		if !reflect.DeepEqual(forward, whole) || !reflect.DeepEqual(backward, whole) {
			t.Errorf("%s: forward %v, backward %v, want %v", arguments, forward, backward, whole)
		}
	}
	cursor := fmt.Sprint(at(w.must("agent", `{ customers(first: 1) { pageInfo { endCursor } } }`, nil), "customers.pageInfo.endCursor"))
	for query, want := range map[string]string{
		`{ customers(after: "nonsense") { nodes { id } } }`:                                                            "INVALID",
		`{ customers(first: 1, last: 1) { nodes { id } } }`:                                                            "INVALID",
		fmt.Sprintf(`{ customers(orderBy: {field: FIRST_SEEN, direction: ASC}, after: %q) { nodes { id } } }`, cursor): "INVALID",
		`{ customers(filter: {search: " "}) { nodes { id } } }`:                                                        "INVALID",
		`{ customers(filter: {segment: "seg_1"}) { nodes { id } } }`:                                                   "NOT_FOUND",
		`{ customers(filter: {condition: {segment: "seg_1"}}) { nodes { id } } }`:                                      "INVALID",
		`{ customer(by: {id: "` + cid("user_id:1") + `"}) { identifiers(after: "x") { nodes { id } } } }`:              "INVALID",
	} {
		if code := w.refused("agent", query, nil); code != want {
			t.Errorf("%s: %s, want %s", query, code, want)
		}
	}
}
