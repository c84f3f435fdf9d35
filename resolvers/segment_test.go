package resolvers

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"kith/customer"
	"kith/graph/model"
)

const makeSegment = `mutation($in: SegmentInput!) { segmentCreate(input: $in) { segment { id key name condition description size status percent changedBy } userErrors { field message code } } }`

func segmentVars(key string, condition any) map[string]any {
	return map[string]any{"in": map[string]any{"key": key, "name": "The " + key, "condition": condition}}
}

func object(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// make makes a segment and gives its id.
func (w *world) make(key, condition string) string {
	w.t.Helper()
	data := w.must("admin", makeSegment, segmentVars(key, object(w.t, condition)))
	id, _ := at(data, "segmentCreate.segment.id").(string)
	if !strings.HasPrefix(id, "seg_") {
		w.t.Fatalf("making %s: %v", key, data)
	}
	return id
}

func (w *world) enters(key, segment string, since int64) {
	w.t.Helper()
	w.run(`MATCH (c:Customer {id: $c}) MATCH (s:Segment {id: $s}) CREATE (c)-[:IN {since: $since}]->(s)`,
		map[string]any{"c": cid(key), "s": segment, "since": since})
}

func TestSegmentsAreMadeChangedAndDeleted(t *testing.T) {
	w := newWorld(t)
	w.ada()
	pro := w.make("pro", `{"trait":{"key":"plan","op":"EQ","value":"pro"}}`)
	data := w.must("viewer", `query($id: ID!) { segment(by: {id: $id}) { key name condition description size status percent createdAt changedBy today { entered left size } trend(days: 3) { day size } }
		byKey: segment(by: {key: "pro"}) { id } node(id: $id) { id ... on Segment { key } } none: segment(by: {key: "no"}) { id } }`, map[string]any{"id": pro})
	for path, want := range map[string]any{
		"segment.key": "pro", "segment.name": "The pro", "segment.condition.trait.value": "pro", "segment.description": "Plan is “pro”.", "segment.size": json.Number("0"),
		"segment.status": "LIVE", "segment.percent": json.Number("100"), "segment.changedBy": "stew", "byKey.id": pro, "node.key": "pro", "none": nil,
		"segment.today.entered": json.Number("0"), "segment.trend.2.size": json.Number("0"), "segment.trend.3": nil,
	} {
		if got := at(data, path); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	in := w.make("in-pro", fmt.Sprintf(`{"not":{"segment":%q}}`, pro))
	if got := at(w.must("viewer", `{ segment(by: {key: "in-pro"}) { description } }`, nil), "segment.description"); got != "Is not in “The pro”." {
		t.Errorf("description: %v", got)
	}
	update := `mutation($id: ID!, $in: SegmentInput!) { segmentUpdate(id: $id, input: $in) { segment { key } userErrors { field message code } } }`
	change := func(id, key, condition string) any {
		vars := segmentVars(key, object(t, condition))
		vars["id"] = id
		return w.must("marketer", update, vars)
	}
	if got := at(change(pro, "pro2", `{"trait":{"key":"plan","op":"IN","value":["pro","max"]}}`), "segmentUpdate.segment.key"); got != "pro2" {
		t.Errorf("updated: %v", got)
	}
	for _, c := range []struct{ data, want any }{
		{change(pro, "pro", fmt.Sprintf(`{"segment":%q}`, in)), "[input condition] INVALID The segments would refer to each other in a circle: pro → in-pro → pro."},
		{change("seg_none", "x", `{"segment":"seg_1"}`), "[id] NOT_FOUND There is no such segment."},
		{change(pro, "in-pro", `{"trait":{"key":"plan","op":"EXISTS"}}`), "[input key] CONFLICT Another segment has this key."},
		{change(pro, "a b", `{"trait":{"key":"plan","op":"EXISTS"}}`), "[input key] INVALID A key has 1 to 100 letters, digits, dots, dashes and underscores, and begins with a letter or digit."},
		{change(pro, "p", `{"all":[{"trait":{"key":"plan","op":"EXISTS"}},{"event":{"name":"A","where":[{"key":"x","op":"GT"}]}}]}`),
			"[input condition all 1 event where 0 value] INVALID GT needs a value; whether there is one is asked with EXISTS and NOT_EXISTS."},
		{change(pro, "p", `{"trait":{"key":"email","op":"EXISTS"}}`), "[input condition] FORBIDDEN A condition on email, which is personal, needs the scope pii:read, which this token does not have."},
		{change(pro, "p", `{"event":{"name":"A","where":[{"key":"contact.phone","op":"EXISTS"}]}}`), "[input condition] FORBIDDEN A condition on contact.phone, which is personal, needs the scope pii:read, which this token does not have."},
	} {
		e := at(c.data, "segmentUpdate.userErrors.0")
		if got := fmt.Sprintf("%v %v %v", at(e, "field"), at(e, "code"), at(e, "message")); got != c.want {
			t.Errorf("%s\nwant\n%s", got, c.want)
		}
	}
	remove := `mutation($id: ID!) { segmentDelete(id: $id) { segment { id } userErrors { code message } } }`
	if e := at(w.must("admin", remove, map[string]any{"id": pro}), "segmentDelete.userErrors.0"); at(e, "code") != "CONFLICT" || !strings.Contains(fmt.Sprint(at(e, "message")), "in-pro") {
		t.Errorf("deleting what is in use: %v", e)
	}
	for _, id := range []string{in, pro} {
		if data := w.must("admin", remove, map[string]any{"id": id}); at(data, "segmentDelete.userErrors.0") != nil {
			t.Errorf("deleting: %v", data)
		}
	}
	if data := w.must("admin", `{ segments { nodes { id } } }`, nil); at(data, "segments.nodes.0") != nil {
		t.Errorf("left: %v", data)
	}
}

func TestPersonalValuesOfConditionsAreMasked(t *testing.T) {
	w := newWorld(t)
	id := w.make("ada", `{"all":[{"trait":{"key":"email","op":"EQ","value":"ada@x.org"}},{"trait":{"key":"plan","op":"EQ","value":"pro"}}]}`)
	a := w.ask("viewer", `query($id: ID!) { segment(by: {id: $id}) { condition description } }`, map[string]any{"id": id})
	if strings.Contains(string(a.Data), "ada@") || !strings.Contains(string(a.Data), masked) || !strings.Contains(string(a.Data), "pro") {
		t.Errorf("shown to a viewer: %s", a.Data)
	}
	if a := w.ask("agent", `query($id: ID!) { segment(by: {id: $id}) { description } }`, map[string]any{"id": id}); !strings.Contains(string(a.Data), "ada@x.org") {
		t.Errorf("shown to an agent: %s", a.Data)
	}
}

func TestMembersAndMemberships(t *testing.T) {
	w := newWorld(t)
	w.ada()
	a, b := w.make("a", `{"event":{"name":"A"}}`), w.make("b", `{"event":{"name":"B"}}`)
	w.enters("user_id:ada", a, 5)
	w.enters("user_id:ada", b, 6)
	w.enters("user_id:charles", a, 7)
	data := w.must("agent", `query($id: ID!, $ada: ID!) { segment(by: {id: $id}) { size customers(first: 1) { nodes { displayName segments { edges { since node { key } } } } pageInfo { hasNextPage endCursor } } }
		customers(filter: {segment: $id}) { nodes { displayName } } up: customers(filter: {segment: $id}, orderBy: {field: FIRST_SEEN, direction: ASC}, last: 1) { nodes { displayName } pageInfo { hasPreviousPage } }
		customer(by: {id: $ada}) { segments(first: 1) { edges { since node { key } } pageInfo { hasNextPage endCursor } } } segments(first: 1) { nodes { key } pageInfo { endCursor hasNextPage } } }`,
		map[string]any{"id": a, "ada": cid("user_id:ada")})
	for path, want := range map[string]any{
		"segment.size": "2", "segment.customers.nodes.0.displayName": "Ada Byron", "segment.customers.nodes.1": nil, "segment.customers.pageInfo.hasNextPage": true,
		"segment.customers.nodes.0.segments.edges.1.node.key": "b", "segment.customers.nodes.0.segments.edges.0.since": "1970-01-01T00:00:00.005Z",
		"customers.nodes.0.displayName": "Ada Byron", "customers.nodes.1.displayName": "Charles", "customers.nodes.2": nil, "up.pageInfo.hasPreviousPage": true,
		"customer.segments.edges.0.node.key": "a", "customer.segments.edges.1": nil, "customer.segments.pageInfo.hasNextPage": true, "segments.nodes.0.key": "a", "segments.pageInfo.hasNextPage": true,
	} {
		if got := at(data, path); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	more := w.must("agent", `query($id: ID!, $c: String!, $m: String!, $s: String!, $ada: ID!) { segment(by: {id: $id}) { customers(after: $c) { nodes { displayName } } } customer(by: {id: $ada}) { segments(after: $m) { edges { node { key } } } } segments(after: $s) { nodes { key } } }`,
		map[string]any{"id": a, "ada": cid("user_id:ada"), "c": at(data, "segment.customers.pageInfo.endCursor"), "m": at(data, "customer.segments.pageInfo.endCursor"), "s": at(data, "segments.pageInfo.endCursor")})
	for path, want := range map[string]any{"segment.customers.nodes.0.displayName": "Charles", "customer.segments.edges.0.node.key": "b", "segments.nodes.0.key": "b"} {
		if got := at(more, path); got != want {
			t.Errorf("next page: %s = %v, want %v", path, got, want)
		}
	}
}

func TestPreviewFilterAndExplanation(t *testing.T) {
	w := newWorld(t)
	w.ada()
	w.run(`MATCH (t:Touchpoint {actor: 'user_id:ada'}) WITH t LIMIT 2 SET t.name = 'Order Completed', t.properties = '{"revenue": 60, "items": 3}', t.at = 1799990000000`, nil)
	bought := `{"event":{"name":"Order Completed","atLeast":2,"within":"P1D","where":[{"key":"items","op":"GTE","value":3}],"sum":{"property":"revenue","op":"GT","value":100}}}`
	data := w.must("marketer", `query($c: Condition!) { segmentPreview(condition: $c) { size estimated checked description customers { id } } customers(filter: {condition: $c}) { nodes { id } pageInfo { hasNextPage } } }`,
		map[string]any{"c": object(t, bought)})
	for path, want := range map[string]any{
		"segmentPreview.size": "1", "segmentPreview.estimated": false, "segmentPreview.checked": "3", "segmentPreview.customers.0.id": cid("user_id:ada"), "customers.nodes.0.id": cid("user_id:ada"), "customers.nodes.1": nil,
		"segmentPreview.description": "Did Order Completed at least 2 times in the last day where items is at least 3 and the sum of revenue over Order Completed in the last day where items is at least 3 is more than 100.",
	} {
		if got := at(data, path); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	colleague := fmt.Sprintf(`{"connected":{"through":"ACCOUNT","where":%s}}`, bought)
	if got := at(w.must("marketer", `query($c: Condition!) { segmentPreview(condition: $c) { customers { id } } }`, map[string]any{"c": object(t, colleague)}), "segmentPreview.customers.0.id"); got != cid("user_id:charles") {
		t.Errorf("connected to who bought: %v", got)
	}
	id := w.make("bought", fmt.Sprintf(`{"all":[%s,{"trait":{"key":"plan","op":"EQ","value":"free"}}]}`, bought))
	// Nothing is gathered in this world: what a segment stands on is read from the touchpoints.
	w.run(`CREATE (:Fill {id: 5, job: $job})`, map[string]any{"job": fmt.Sprintf(`{"stage":"GATHERING","segments":[%q],"done":50,"total":100}`, id)})
	data = w.must("marketer", `query($id: ID!, $ada: ID!) { segment(by: {id: $id}) { status percent } segmentExplanation(segment: $id, customer: $ada) { met nextChangeAt parts { path description met actual } } }`, map[string]any{"id": id, "ada": cid("anonymous_id:a1")})
	for path, want := range map[string]any{
		"segment.status": "GATHERING", "segment.percent": "30",
		"segmentExplanation.met": false, "segmentExplanation.nextChangeAt": nil, "segmentExplanation.parts.1.met": true, "segmentExplanation.parts.1.actual.count": "2", "segmentExplanation.parts.1.actual.sum": "120",
		"segmentExplanation.parts.2.met": false, "segmentExplanation.parts.2.actual": "pro", "segmentExplanation.parts.2.description": "Plan is “free”.", "segmentExplanation.parts.2.path.1": "1",
	} {
		if got := at(data, path); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	if code := w.refused("marketer", `{ segmentPreview(condition: {any: []}) { size } }`, nil); code != "INVALID" {
		t.Errorf("an empty condition: %s", code)
	}
	if code := w.refused("marketer", `{ customers(filter: {condition: {trait: {key: "plan", op: EXISTS}}}, last: 2) { nodes { id } } }`, nil); code != "INVALID" {
		t.Errorf("backwards with a condition: %s", code)
	}
}

func TestComputedTraits(t *testing.T) {
	w := newWorld(t)
	w.ada()
	w.run(`MATCH (c:Customer {id: $id}) SET c.computed = '{"lifetime_value":160.3,"order_count":2,"days_since_last_order":1799136000000}'`, map[string]any{"id": cid("user_id:ada")})
	data := w.must("viewer", `query($id: ID!) { customer(by: {id: $id}) { traits computed { key value } } computedTraits { key function builtIn status within of } }`, map[string]any{"id": cid("user_id:ada")})
	for path, want := range map[string]any{
		"customer.traits.plan": "pro", "customer.traits.lifetime_value": "160.3", "customer.traits.order_count": "2", "customer.traits.days_since_last_order": "10", "customer.traits.days_since_last_seen": "115", "customer.traits.rfm": "523", "customer.traits.average_order_value": nil, "customer.traits.rfm_frequency": "2",
		"customer.computed.3.key": "days_since_last_order", "customer.computed.3.value": "10", "customer.computed.7.value": "523",
		"computedTraits.0.key": "lifetime_value", "computedTraits.0.function": "SUM", "computedTraits.0.builtIn": true, "computedTraits.0.status": "LIVE",
	} {
		if got := at(data, path); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	trait := `query($id: ID!, $key: String!) { customer(by: {id: $id}) { trait(key: $key) { key value source at identifier { type customer { id } } history { value source } } } }`
	ask := func(role, key string) any {
		return at(w.must(role, trait, map[string]any{"id": cid("user_id:ada"), "key": key}), "customer.trait")
	}
	for key, want := range map[string]string{
		"days_since_last_order": "10 computed 1 user_id", "order_count": "2 computed 1 user_id", "rfm": "523 computed 1 user_id", "average_order_value": "<nil> <nil> 0 <nil>", "plan": "pro web 1 user_id",
	} {
		x := ask("viewer", key)
		history, _ := at(x, "history").([]any)
		if got := fmt.Sprint(at(x, "value"), " ", at(x, "source"), " ", len(history), " ", at(x, "identifier.type")); got != want {
			t.Errorf("trait %s: %s, want %s", key, got, want)
		}
	}
	if x := ask("viewer", "order_count"); at(x, "identifier.customer.id") != cid("user_id:ada") || at(x, "at") != "2026-09-21T14:14:50.000Z" {
		t.Errorf("where it is from: %v", x)
	}
	create := `mutation($in: ComputedTraitInput!) { computedTraitCreate(input: $in) { computedTrait { key events where property within } userErrors { field code message } } }`
	in := map[string]any{"key": "spent", "name": "Spent", "function": "SUM", "events": []any{"Order Completed"}, "property": "revenue", "within": "P30D", "where": []any{map[string]any{"key": "items", "op": "GT", "value": 1}}}
	data = w.must("marketer", create, map[string]any{"in": in})
	if at(data, "computedTraitCreate.computedTrait.within") != "P30D" || at(data, "computedTraitCreate.computedTrait.where.0.key") != "items" {
		t.Errorf("made: %v", data)
	}
	w.make("spenders", `{"trait":{"key":"spent","op":"GT","value":50}}`)
	for _, c := range []struct {
		change map[string]any
		want   string
	}{
		{nil, "[input key] CONFLICT"}, {map[string]any{"key": "rfm"}, "[input key] CONFLICT"}, {map[string]any{"key": "a b"}, "[input key] INVALID"}, {map[string]any{"key": "x", "property": nil}, "[input property] INVALID"},
		{map[string]any{"key": "x", "function": "SCORE"}, "[input function] INVALID"}, {map[string]any{"key": "x", "property": "email", "function": "LAST"}, "[input property] FORBIDDEN"},
	} {
		changed := map[string]any{}
		for k, v := range in {
			changed[k] = v
		}
		for k, v := range c.change {
			changed[k] = v
		}
		e := at(w.must("marketer", create, map[string]any{"in": changed}), "computedTraitCreate.userErrors.0")
		if got := fmt.Sprintf("%v %v", at(e, "field"), at(e, "code")); got != c.want {
			t.Errorf("%v: %s, want %s", c.change, got, c.want)
		}
	}
	if e := at(w.must("marketer", `mutation { computedTraitDelete(id: "spent") { userErrors { code message } } }`, nil), "computedTraitDelete.userErrors.0"); at(e, "code") != "CONFLICT" {
		t.Errorf("deleting what a segment looks at: %v", e)
	}
	if e := at(w.must("marketer", `mutation { computedTraitDelete(id: "rfm") { userErrors { code } } }`, nil), "computedTraitDelete.userErrors.0"); at(e, "code") != "CONFLICT" {
		t.Errorf("deleting a built-in one: %v", e)
	}
}

// What is computed of a personal property is as personal, wherever it is shown; one with the key of a stated trait hides it.
func TestPersonalComputedTraitsAreMasked(t *testing.T) {
	w := newWorld(t)
	w.ada()
	for _, c := range []string{
		`{"key":"favourite","name":"F","function":"MOST_FREQUENT","property":"contact.email","where":[{"key":"contact.email","op":"ENDS_WITH","value":"secret.org"},{"key":"kind","op":"EQ","value":"plain"}]}`, `{"key":"workEmail","name":"W","function":"LAST","property":"note"}`, `{"key":"plan","name":"P","function":"LAST","property":"plan"}`,
	} {
		w.run(`CREATE (:ComputedTrait {key: $key, definition: $text})`, map[string]any{"key": at(object(t, c), "key"), "text": c})
	}
	w.run(`MATCH (c:Customer {id: $id}) SET c.computed = '{"favourite":"ada@x.org","workEmail":"a1","plan":"max"}'`, map[string]any{"id": cid("user_id:ada")})
	w.serve(w.graph)
	query := `query($id: ID!) { customer(by: {id: $id}) { traits computed { key value } favourite: trait(key: "favourite") { value history { value } } work: trait(key: "workEmail") { value history { value } } plan: trait(key: "plan") { value history { value source } } } }`
	for role, want := range map[string]string{"viewer": masked, "agent": ""} {
		data := w.must(role, query, map[string]any{"id": cid("user_id:ada")})
		values := []any{at(data, "customer.traits.favourite"), at(data, "customer.favourite.value"), at(data, "customer.favourite.history.0.value"),
			at(data, "customer.traits.workEmail"), at(data, "customer.work.value"), at(data, "customer.work.history.0.value")}
		for n, v := range values {
			if shown := []string{"ada@x.org", "a1"}[n/3]; want == "" && v != shown || want != "" && v != want {
				t.Errorf("%s is shown %v at %d", role, v, n)
			}
		}
		if text := fmt.Sprint(at(data, "customer.computed")); strings.Contains(text, "ada@x.org") != (want == "") {
			t.Errorf("%s is shown %s", role, text)
		}
		where := fmt.Sprint(w.must(role, `{ computedTraits { key where } }`, nil))
		if strings.Contains(where, "secret.org") != (want == "") || !strings.Contains(where, "plain") {
			t.Errorf("%s is shown the filter %s", role, where)
		}
		if at(data, "customer.traits.plan") != "max" || at(data, "customer.plan.value") != "max" || at(data, "customer.plan.history.1.value") != "pro" || at(data, "customer.plan.history.0.source") != "computed" {
			t.Errorf("a computed trait over a stated one: %v", at(data, "customer.plan"))
		}
	}
}

func TestSegmentsAreWatched(t *testing.T) {
	w := newWorld(t)
	w.ada()
	id := w.make("a", `{"event":{"name":"A"}}`)
	w.enters("user_id:ada", id, 5)
	w.feed.changes = &fakeChanges{list: []Change{{Cursor: "c2", At: 7, Change: customer.Change{Membership: &customer.Membership{Customer: "cus_x", Segment: id, Entered: true}}}}}
	ctx := as(t.Context(), "viewer")
	s, err := w.root.Live().SegmentMembershipChanged(ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, ok, err := s.Next()
	m, is := e.Value.(*model.SegmentMembershipChanged)
	if err != nil || !ok || !is || !m.Entered || m.CustomerID != "cus_x" || m.SegmentID != id || m.Cursor != "c2" {
		t.Errorf("%+v, %v, %v", e.Value, ok, err)
	}
	if _, err := w.root.Live().CustomerChanged(ctx, nil, &id, nil); err != nil {
		t.Error(err)
	}
	if got := strings.Join(w.feed.opened, "; "); got != "segment "+id+" c1; members "+id+" 1 c1" {
		t.Errorf("opened %s", got)
	}
}

func TestNames(t *testing.T) {
	w := newWorld(t)
	w.run(`UNWIND $rows AS r CREATE (n:Name) SET n = r`, map[string]any{"rows": []any{
		map[string]any{"id": "1", "kind": "TRAIT", "event": "", "name": "plan", "count": 7, "last": t0, "types": []any{"NUMBER", "STRING"}, "held": "{}"},
		map[string]any{"id": "2", "kind": "EVENT", "event": "", "name": "Order Completed", "count": 1000, "first": t0, "last": t0 + 1, "types": []any{}},
		map[string]any{"id": "3", "kind": "EVENT", "event": "", "name": "Order Paid", "count": 3, "first": t0, "last": t0, "types": []any{}},
		map[string]any{"id": "4", "kind": "EVENT", "event": "", "name": "Mail to ada@x.org", "count": 3, "first": t0, "last": t0, "types": []any{}},
		map[string]any{"id": "5", "kind": "PROPERTY", "event": "Order Completed", "name": "revenue", "count": 3, "first": t0, "last": t0, "types": []any{"NUMBER"}},
		map[string]any{"id": "6", "kind": "PROPERTY", "event": "Order Paid", "name": "by", "count": 3, "first": t0, "last": t0, "types": []any{"STRING"}},
	}})
	page := `query($after: String) { names(kind: EVENT, first: 1, after: $after) { nodes { name count firstSeenAt } pageInfo { hasNextPage endCursor } } }`
	first := w.must("viewer", page, nil)
	second := w.must("viewer", page, map[string]any{"after": at(first, "names.pageInfo.endCursor")})
	if got := fmt.Sprint(at(first, "names.nodes"), at(first, "names.pageInfo.hasNextPage"), at(second, "names.nodes"), at(second, "names.pageInfo.hasNextPage")); strings.Contains(got, "@") ||
		!strings.Contains(got, "Order Completed") || !strings.Contains(got, "Order Paid") || at(first, "names.pageInfo.hasNextPage") != true || at(second, "names.pageInfo.hasNextPage") != false {
		t.Errorf("the events: %s", got)
	}
	data := w.must("agent", `{ all: names(kind: EVENT) { nodes { name } } some: names(kind: EVENT, contains: "oRDER p") { nodes { name } }
		traits: names(kind: TRAIT) { nodes { kind name types count firstSeenAt lastSeenAt } } properties: names(kind: PROPERTY, event: "Order Completed") { nodes { event name types } } }`, nil)
	for path, want := range map[string]any{
		"all.nodes.0.name": "Mail to ada@x.org", "all.nodes.2.name": "Order Paid", "some.nodes.0.name": "Order Paid", "some.nodes.1": nil, "traits.nodes.0.types.1": "STRING", "traits.nodes.0.count": "7",
		"traits.nodes.0.firstSeenAt": nil, "properties.nodes.0.name": "revenue", "properties.nodes.1": nil, "properties.nodes.0.event": "Order Completed",
	} {
		if got := at(data, path); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	for _, wrong := range []string{`kind: PROPERTY`, `kind: EVENT, event: "x"`, `kind: EVENT, after: "x"`} {
		if code := w.refused("viewer", `{ names(`+wrong+`) { nodes { name } } }`, nil); code != "INVALID" {
			t.Errorf("%s: %s", wrong, code)
		}
	}
}
