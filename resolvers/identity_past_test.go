package resolvers

import (
	"fmt"
	"slices"
	"testing"

	"kith/event"
)

// The graph of a past time is what the facts up to then make of it.
func TestIdentityGraphOfAPastTime(t *testing.T) {
	w := newWorld(t)
	w.people(who{"Ada", "", 9, []string{"user_id:ada", "email:ada@x.org", "anonymous_id:a", "phone:+49301234567"}}) // seen first at t0, one after the other
	w.link("user_id:ada", "email:ada@x.org", "OBSERVED", map[string]any{"firstSeenAt": t0 + 1})
	w.link("email:ada@x.org", "anonymous_id:a", "OBSERVED", map[string]any{"firstSeenAt": t0 + 2, "followed": false, "reason": "part"}) // somebody said no later
	w.link("user_id:ada", "anonymous_id:a", "OBSERVED", map[string]any{"firstSeenAt": t0 + 8})
	w.link("user_id:ada", "phone:+49301234567", "OBSERVED", map[string]any{"firstSeenAt": t0 + 8})
	graph := func(when int64) (nodes, links []string) {
		data := w.must("agent", fmt.Sprintf(`{ customer(by: {identifier: {type: "user_id", value: "ada"}}) { identityGraph(at: %q) { nodes { type } links { status from { type } to { type } } } } }`,
			event.Millis(when).Time().Format("2006-01-02T15:04:05.000Z07:00")), nil)
		list := listAt(data, "customer.identityGraph.nodes")
		for _, n := range list {
			nodes = append(nodes, fmt.Sprint(at(n, "type")))
		}
		list = listAt(data, "customer.identityGraph.links")
		for _, l := range list {
			links = append(links, fmt.Sprint(at(l, "from.type"), " ", at(l, "to.type"), " ", at(l, "status")))
		}
		slices.Sort(nodes)
		slices.Sort(links)
		return nodes, links
	}
	for _, c := range []struct {
		at           int64
		nodes, links []string
	}{
		{t0 - 1, nil, nil},
		{t0, []string{"user_id"}, nil},
		{t0 + 2, []string{"anonymous_id", "email", "user_id"}, []string{"anonymous_id email FOLLOWED", "email user_id FOLLOWED"}},
		{t0 + 8, []string{"anonymous_id", "email", "phone", "user_id"}, []string{"anonymous_id email FOLLOWED", "anonymous_id user_id FOLLOWED", "email user_id FOLLOWED", "phone user_id FOLLOWED"}},
	} {
		nodes, links := graph(c.at)
		if !slices.Equal(nodes, c.nodes) || !slices.Equal(links, c.links) {
			t.Errorf("at t0%+d: %v, %v", c.at-t0, nodes, links)
		}
	}
	data := w.must("agent", `{ customer(by: {identifier: {type: "user_id", value: "ada"}}) { identityGraph { links { status } } } }`, nil)
	if len(listAt(data, "customer.identityGraph.links")) != 3 {
		t.Errorf("as of now: %v", data)
	}
}

func listAt(data any, path string) []any {
	list, _ := at(data, path).([]any)
	return list
}

// Who it merged with or split from since is in it, and what a decision that was taken back said.
func TestIdentityGraphBeforeASplit(t *testing.T) {
	w := newWorld(t)
	w.people(who{"Ada", "", 9, []string{"user_id:ada", "email:ada@x.org"}}, who{"Bob", "", 9, []string{"anonymous_id:bob", "phone:+49301234567"}}, who{"Eve", "", 9, []string{"user_id:eve"}})
	w.link("user_id:ada", "email:ada@x.org", "OBSERVED", map[string]any{"firstSeenAt": t0 + 1})
	w.link("anonymous_id:bob", "phone:+49301234567", "OBSERVED", map[string]any{"firstSeenAt": t0 + 1})
	w.link("email:ada@x.org", "phone:+49301234567", "OBSERVED", map[string]any{"firstSeenAt": t0 + 2, "followed": false, "reason": "part"})
	w.run(`
UNWIND $concerned AS c CREATE (:IdentityEvent {id: 'idh_1', customer: c, at: $at, kind: 'SPLIT', before: [$concerned[0]], after: $concerned, cause: 'DECISION', ref: 'dec_1', evidence: []})
WITH count(*) AS n
CREATE (:Decision {id: 'dec_1', kind: 'PART', a: ['email:ada@x.org'], b: ['phone:+49301234567'], by: 'steward', at: $at}),
       (:Decision {id: 'dec_0', kind: 'JOIN', a: ['user_id:eve', 'user_id:ada'], by: 'steward', at: $joined, revokedAt: $revoked})
WITH 1 AS one MATCH (a:Identifier {key: 'email:ada@x.org'}), (b:Identifier {key: 'phone:+49301234567'})
CREATE (a)-[:DECIDED {id: 'd1', decision: 'dec_1', kind: 'PART', at: $at, conducts: true}]->(b)`,
		map[string]any{"concerned": []any{cid("user_id:ada"), cid("anonymous_id:bob")}, "at": t0 + 50, "joined": t0 + 10, "revoked": t0 + 20})
	graph := func(of string, when int64) (out []string) {
		data := w.must("agent", fmt.Sprintf(`{ customer(by: {identifier: {type: %q, value: %q}}) { identityGraph(at: %q) {
			nodes { value customer { id } } links { kind status from { value } to { value } } } } }`, map[bool]string{true: "anonymous_id", false: "user_id"}[of == "bob"], of, event.Millis(when).Time().Format("2006-01-02T15:04:05.000Z07:00")), nil)
		for _, n := range listAt(data, "customer.identityGraph.nodes") {
			out = append(out, fmt.Sprint(at(n, "value"), " of ", at(n, "customer.id")))
		}
		for _, l := range listAt(data, "customer.identityGraph.links") {
			ends := []string{fmt.Sprint(at(l, "from.value")), fmt.Sprint(at(l, "to.value"))}
			slices.Sort(ends)
			out = append(out, fmt.Sprint(at(l, "kind"), " ", at(l, "status"), " ", ends))
		}
		slices.Sort(out)
		return out
	}
	ada, bob := cid("user_id:ada"), cid("anonymous_id:bob")
	apart := []string{"OBSERVED FOLLOWED [ada ada@x.org]", "ada of " + ada, "ada@x.org of " + ada}
	before := []string{
		"+49301234567 of " + bob, "OBSERVED FOLLOWED [ada ada@x.org]", "OBSERVED FOLLOWED [+49301234567 ada@x.org]", "OBSERVED FOLLOWED [+49301234567 bob]",
		"ada of " + ada, "ada@x.org of " + ada, "bob of " + bob,
	}
	slices.Sort(before)
	if got := graph("ada", t0+60); !slices.Equal(got, apart) {
		t.Errorf("after the split: %q", got)
	}
	for _, of := range []string{"ada", "bob"} {
		if got := graph(of, t0+40); !slices.Equal(got, before) {
			t.Errorf("of %s, before the split: %q", of, got)
		}
	}
	joined := slices.Clone(before)
	joined = append(joined, "STEWARDED FOLLOWED [ada eve]", "eve of "+cid("user_id:eve"))
	slices.Sort(joined)
	w.run(`UNWIND $concerned AS c CREATE (:IdentityEvent {id: 'idh_0', customer: c, at: $at, kind: 'SPLIT', before: [$concerned[0]], after: $concerned, cause: 'REVOCATION', ref: 'dec_0', evidence: []})`,
		map[string]any{"concerned": []any{ada, cid("user_id:eve")}, "at": t0 + 20})
	got := graph("ada", t0+15)
	if !slices.Equal(got, joined) {
		t.Errorf("while a join was in force: %q, want %q", got, joined)
	}
	if got := graph("ada", t0+25); !slices.Equal(got, before) {
		t.Errorf("after it was taken back: %q", got)
	}
	when := event.Millis(t0 + 40).Time().Format("2006-01-02T15:04:05.000Z07:00")
	trips := func(of string) int64 {
		a := w.ask("agent", fmt.Sprintf(`{ c: %s }`, fmt.Sprintf(of, fmt.Sprintf(`identityGraph(at: %q) { nodes { value } }`, when))), nil)
		if len(a.Errors) > 0 {
			t.Fatal(a.Errors)
		}
		return a.trips
	}
	one := trips(`customer(by: {identifier: {type: "user_id", value: "ada"}}) { %s }`)
	if all := trips(`customers { nodes { %s } }`); all > one {
		t.Errorf("the graphs of three customers take %d reads, that of one %d", all, one)
	}
}
