package resolvers

import (
	"slices"
	"strings"
	"testing"

	"kith/identity"
)

const previewQuery = `query ($in: IdentityPreviewInput!) { p: identityPreview(input: $in) {
  before { id displayName } after { id shared identifiers { type customer { id } } } userErrors { field code message } } }`

func (w *world) dump() []string {
	w.t.Helper()
	var lines []string
	if err := w.graph.Dump(w.t.Context(), func(l string) { lines = append(lines, l) }); err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// What a decision would do, and nothing is changed.
func TestPreview(t *testing.T) {
	w := newWorld(t)
	w.ada()
	before := w.dump()
	data := w.must("steward", previewQuery, map[string]any{"in": map[string]any{"join": ids("user_id:ada", "anonymous_id:x9")}})
	if list, _ := at(data, "p.before").([]any); len(list) != 2 {
		t.Errorf("before the join: %v", data)
	}
	if after, _ := at(data, "p.after.0.identifiers").([]any); len(after) != 5 || at(data, "p.after.0.id") != cid("user_id:ada") || at(data, "p.after.1") != nil {
		t.Errorf("after the join: %v", data)
	}
	part := map[string]any{"identifiers": ids("user_id:ada"), "from": ids("phone:+49301234567")}
	data = w.must("steward", previewQuery, map[string]any{"in": map[string]any{"part": part}})
	if list, _ := at(data, "p.before").([]any); len(list) != 1 || at(list[0], "id") != cid("user_id:ada") {
		t.Errorf("before the part: %v", data)
	}
	sizes := map[any]int{}
	after, _ := at(data, "p.after").([]any)
	for _, c := range after {
		list, _ := at(c, "identifiers").([]any)
		sizes[at(c, "id")] = len(list)
	}
	if len(sizes) != 2 || sizes[cid("user_id:ada")] != 2 || sizes[cid("email:ada@x.org")] != 2 {
		t.Errorf("after the part: %v", data)
	}
	data = w.must("steward", previewQuery, map[string]any{"in": map[string]any{"join": ids("user_id:ada", "email:ada@x.org")}})
	if at(data, "p.after.0") != nil || at(data, "p.before.0.id") != cid("user_id:ada") {
		t.Errorf("a join that changes nothing: %v", data)
	}
	for _, c := range []struct {
		in    map[string]any
		field string
		code  string
	}{
		{map[string]any{"join": ids("user_id:ada")}, "input join", "INVALID"},
		{map[string]any{"join": ids("user_id:ada", "user_id:nobody")}, "input join 1", "NOT_FOUND"},
		{map[string]any{"join": ids("user_id:ada", "user_id:charles")}, "input join", "CONFLICT"},
		{map[string]any{"part": map[string]any{"identifiers": ids("user_id:ada"), "from": ids()}}, "input part from", "INVALID"},
	} {
		data := w.must("steward", previewQuery, map[string]any{"in": c.in})
		var path []string
		list, _ := at(data, "p.userErrors.0.field").([]any)
		for _, f := range list {
			path = append(path, f.(string))
		}
		if strings.Join(path, " ") != c.field || at(data, "p.userErrors.0.code") != c.code {
			t.Errorf("%v: %v, want %s at %s", c.in, data, c.code, c.field)
		}
	}
	if now := w.dump(); !slices.Equal(before, now) {
		t.Error("looking has changed the graph")
	}
	if code := w.refused("agent", previewQuery, map[string]any{"in": map[string]any{"join": ids("user_id:ada", "anonymous_id:x9")}}); code != "FORBIDDEN" {
		t.Errorf("%s, want FORBIDDEN", code)
	}
}

const previewRulesQuery = `query ($in: IdentityPreviewInput!) { p: identityPreview(input: $in) {
  merged split moved before { id } after { id identifiers { type } } userErrors { field code message } } }`

// What other rules or another model would do, and nothing is changed.
func TestPreviewOfRules(t *testing.T) {
	w := newWorld(t)
	w.ada()
	w.inForce(identity.DefaultRules())
	before := w.dump()
	data := w.must("steward", previewRulesQuery, map[string]any{"in": map[string]any{"rules": "size: 1"}})
	if n, _ := at(data, "p.split").(float64); n == 0 {
		t.Errorf("with nobody to hang together with: %v", data)
	}
	after, _ := at(data, "p.after").([]any)
	if first, _ := at(data, "p.before").([]any); len(first) == 0 || len(after) <= len(first) {
		t.Errorf("before and after: %v", data)
	}
	for in, field := range map[string]string{"rules": "size: many", "model": "thresholds: {join: often}"} {
		data := w.must("steward", previewRulesQuery, map[string]any{"in": map[string]any{in: field}})
		if at(data, "p.userErrors.0.code") != "INVALID" || at(data, "p.userErrors.0.field.1") != in || !strings.Contains(at(data, "p.userErrors.0.message").(string), "line 1") {
			t.Errorf("%s: %v", in, data)
		}
	}
	data = w.must("steward", previewRulesQuery, map[string]any{"in": map[string]any{"model": "thresholds: {join: 18}"}})
	if list, ok := at(data, "p.userErrors").([]any); !ok || len(list) > 0 {
		t.Errorf("a model: %v", data)
	}
	w.root.forecasting.Lock()
	data = w.must("steward", previewRulesQuery, map[string]any{"in": map[string]any{"rules": "size: 1"}})
	w.root.forecasting.Unlock()
	if at(data, "p.userErrors.0.code") != "CONFLICT" {
		t.Errorf("two at once: %v", data)
	}
	if now := w.dump(); !slices.Equal(before, now) {
		t.Error("looking has changed the graph")
	}
}
