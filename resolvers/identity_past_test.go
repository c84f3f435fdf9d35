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
