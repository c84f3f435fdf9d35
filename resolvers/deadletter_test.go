package resolvers

import (
	"testing"
)

func TestDeadLetters(t *testing.T) {
	w := newWorld(t)
	replay := `mutation ($in: DeadLetterReplayInput!) { x: deadLetterReplay(input: $in) { replayed position remaining userErrors { field message code } } }`
	discard := `mutation ($in: DeadLetterDiscardInput!) { x: deadLetterDiscard(input: $in) { discarded userErrors { field code } } }`
	tooMany := make([]any, 201)
	for i := range tooMany {
		tooMany[i] = "d"
	}
	for _, c := range []struct {
		mutation string
		in, want map[string]any
	}{
		{replay, map[string]any{"ids": []any{"d1", "none", "d1", "damaged"}}, map[string]any{
			"replayed.0": "d1", "replayed.1": nil, "position": "e-11", "remaining": 2.0, "userErrors.0.code": "NOT_FOUND", "userErrors.0.field.2": "1",
			"userErrors.1.code": "CONFLICT", "userErrors.1.field.2": "3", "userErrors.1.message": "Nothing is left of it.",
		}},
		{replay, map[string]any{}, map[string]any{"replayed.0": "d1", "position": "e-12", "remaining": 1.0, "userErrors.0": nil}}, // all
		{replay, map[string]any{"ids": []any{}}, map[string]any{"userErrors.0.code": "INVALID", "replayed.0": nil, "position": nil}},
		{replay, map[string]any{"ids": tooMany}, map[string]any{"userErrors.0.code": "LIMIT", "replayed.0": nil}},
		{discard, map[string]any{"ids": []any{"damaged", "none"}}, map[string]any{"discarded.0": "damaged", "discarded.1": nil, "userErrors.0.code": "NOT_FOUND", "userErrors.0.field.2": "1"}},
		{discard, map[string]any{"ids": []any{}}, map[string]any{"userErrors.0.code": "INVALID"}},
	} {
		data := w.must("admin", c.mutation, map[string]any{"in": c.in})
		for path, want := range c.want {
			if got := at(data, "x."+path); got != want {
				t.Errorf("%v: %s = %v, want %v", c.in, path, got, want)
			}
		}
	}
	if n := len(w.deadLetters.replayed); n != 2 {
		t.Errorf("%d were replayed, want 2", n)
	}
	if code := w.refused("admin", replay, map[string]any{"in": map[string]any{"ids": []any{"later"}}}); code != "UNAVAILABLE" {
		t.Errorf("with the journal away: %s", code)
	}
	for mutation, in := range map[string]map[string]any{replay: {}, discard: {"ids": []any{"d1"}}} {
		if code := w.refused("agent", mutation, map[string]any{"in": in}); code != "FORBIDDEN" {
			t.Errorf("as an agent: %s", code)
		}
	}
	data := w.must("admin", `{ deadLetters { nodes { id source messageId replayable } } }`, nil)
	for path, want := range map[string]any{"id": "d1", "source": "web", "messageId": "m1", "replayable": true} {
		if got := at(data, "deadLetters.nodes.0."+path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
}
