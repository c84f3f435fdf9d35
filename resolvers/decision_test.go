package resolvers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kith/fault"
	"kith/identity"
	"kith/store"
)

const (
	joinMutation   = `mutation ($in: IdentityJoinInput!) { d: identityJoin(input: $in) { decision { id kind reason by at revokedAt } customers { id displayName identifiers { nodes { value } } } userErrors { field message code } } }`
	partMutation   = `mutation ($in: IdentityPartInput!) { d: identityPart(input: $in) { decision { id kind } customers { id } userErrors { field message code } } }`
	revokeMutation = `mutation ($id: ID!) { d: identityDecisionRevoke(id: $id) { decision { id revokedAt } customers { id } userErrors { field message code } } }`
)

// ids are identifier inputs of "type:value" texts.
func ids(keys ...string) []any {
	out := []any{}
	for _, key := range keys {
		k := identity.Key(key)
		out = append(out, map[string]any{"type": k.Type(), "value": k.Value()})
	}
	return out
}

// applies does to the graph what the pipeline does with a decision, as far as the answer shows it: the decision is
// stored, and a join brings its identifiers together.
func (w *world) applies(d identity.Decision) {
	w.t.Helper()
	if d.Revokes != "" {
		w.run(`MATCH (d:Decision {id: $id}) SET d.revokedAt = $at`, map[string]any{"id": d.Revokes, "at": int64(d.At)})
		return
	}
	w.run(`CREATE (:Decision {id: $id, kind: $kind, reason: $reason, by: $by, at: $at, a: $a, b: $b})`,
		map[string]any{"id": d.ID, "kind": d.Kind, "reason": d.Reason, "by": d.By, "at": int64(d.At), "a": texts(d.A), "b": texts(d.B)})
	if d.Kind == "JOIN" {
		w.run(`MATCH (:Identifier {key: $first})-[:OF]->(c:Customer) MATCH (i:Identifier)-[o:OF]->(old:Customer) WHERE i.key IN $keys AND old <> c DELETE o CREATE (i)-[:OF]->(c)`,
			map[string]any{"first": string(d.A[0]), "keys": texts(d.A)})
	}
}

func TestDecisions(t *testing.T) {
	w := newWorld(t)
	w.ada()
	w.journal.apply = w.applies
	data := w.must("steward", joinMutation, map[string]any{"in": map[string]any{"identifiers": ids("email:ADA@x.org", "anonymous_id:x9", "email:ada@x.org"), "reason": " same laptop "}})
	if len(w.journal.decided) != 1 {
		t.Fatalf("%v", data)
	}
	d := w.journal.decided[0]
	if !strings.HasPrefix(d.ID, "dec_") || d.Kind != "JOIN" || !slices.Equal(d.A, []identity.Key{"email:ada@x.org", "anonymous_id:x9"}) || d.Reason != "same laptop" || d.By != "stew" || d.At != 1_800_000_000_000 {
		t.Errorf("journalled %+v", d)
	}
	for path, want := range map[string]any{
		"decision.id": d.ID, "decision.kind": "JOIN", "decision.reason": "same laptop", "decision.revokedAt": nil, "userErrors.0": nil,
		"customers.0.id": cid("user_id:ada"), "customers.0.displayName": "Ada Byron", "customers.0.identifiers.nodes.3.value": "x9", "customers.1": nil,
	} {
		if got := at(data, "d."+path); got != want {
			t.Errorf("join: %s = %v, want %v", path, got, want)
		}
	}

	data = w.must("steward", partMutation, map[string]any{"in": map[string]any{"identifiers": ids("phone:+49301234567"), "from": ids("user_id:charles"), "reason": "r"}})
	part := w.journal.decided[1]
	if part.Kind != "PART" || len(part.B) != 1 || at(data, "d.customers.1.id") != cid("user_id:charles") {
		t.Errorf("part: %+v, %v", part, data)
	}

	data = w.must("steward", revokeMutation, map[string]any{"id": d.ID})
	revoked := w.journal.decided[2]
	if revoked.Revokes != d.ID || revoked.ID == d.ID || revoked.Kind != "" || at(data, "d.decision.revokedAt") == nil || at(data, "d.customers.0.id") != cid("user_id:ada") {
		t.Errorf("revoke: %+v, %v", revoked, data)
	}
	if data = w.must("steward", revokeMutation, map[string]any{"id": d.ID}); at(data, "d.decision.id") != d.ID || len(w.journal.decided) != 3 {
		t.Errorf("revoked again: %v", data)
	}
}

func TestDecisionMistakes(t *testing.T) {
	w := newWorld(t)
	w.ada()
	many := []string{}
	for n := range 21 {
		many = append(many, fmt.Sprintf("user_id:%d", n))
	}
	for _, c := range []struct {
		name, mutation string
		in             map[string]any
		field, code    string
		names          string // in the message
	}{
		{"nobody", joinMutation, map[string]any{"identifiers": ids(), "reason": "r"}, "input identifiers", "INVALID", ""},
		{"one", joinMutation, map[string]any{"identifiers": ids("user_id:ada"), "reason": "r"}, "input identifiers", "INVALID", ""},
		{"one twice", joinMutation, map[string]any{"identifiers": ids("email:ada@x.org", "email:Ada@X.org"), "reason": "r"}, "input identifiers", "INVALID", ""},
		{"blank reason", joinMutation, map[string]any{"identifiers": ids("user_id:ada", "anonymous_id:x9"), "reason": " \n"}, "input reason", "INVALID", ""},
		{"long reason", joinMutation, map[string]any{"identifiers": ids("user_id:ada", "anonymous_id:x9"), "reason": strings.Repeat("x", 1001)}, "input reason", "LIMIT", ""},
		{"too many", joinMutation, map[string]any{"identifiers": ids(many...), "reason": "r"}, "input identifiers", "LIMIT", "21"},
		{"no identifier", joinMutation, map[string]any{"identifiers": ids("user_id:ada", "email:junk"), "reason": "r"}, "input identifiers 1 value", "INVALID", ""},
		{"unknown", joinMutation, map[string]any{"identifiers": ids("user_id:ada", "user_id:nobody"), "reason": "r"}, "input identifiers 1", "NOT_FOUND", ""},
		{"blocked", joinMutation, map[string]any{"identifiers": ids("user_id:ada", "email:null@null.null"), "reason": "r"}, "input identifiers 1", "CONFLICT", "BLOCKED"},
		{"parted", joinMutation, map[string]any{"identifiers": ids("user_id:ada", "user_id:charles"), "reason": "r"}, "input identifiers", "CONFLICT", "dec_part"},
		{"parted at one remove", joinMutation, map[string]any{"identifiers": ids("anonymous_id:x9", "user_id:charles"), "reason": "r"}, "input identifiers", "CONFLICT", "dec_part"},
		{"nobody to part", partMutation, map[string]any{"identifiers": ids(), "from": ids("user_id:ada"), "reason": "r"}, "input identifiers", "INVALID", ""},
		{"nobody to part from", partMutation, map[string]any{"identifiers": ids("user_id:ada"), "from": ids(), "reason": "r"}, "input from", "INVALID", ""},
		{"on both sides", partMutation, map[string]any{"identifiers": ids("user_id:ada"), "from": ids("anonymous_id:x9", "user_id:ada"), "reason": "r"}, "input from 1", "INVALID", ""},
		{"unknown to part from", partMutation, map[string]any{"identifiers": ids("user_id:ada"), "from": ids("user_id:nobody"), "reason": "r"}, "input from 0", "NOT_FOUND", ""},
	} {
		if c.name == "blocked" {
			w.run(`CREATE (:Identifier {key: 'email:null@null.null', type: 'email', value: 'null@null.null', status: 'BLOCKED', cid: 'cus_null'})`, nil)
		}
		if c.name == "parted at one remove" {
			w.run(`MATCH (a:Identifier {key: 'anonymous_id:x9'}) MATCH (b:Identifier {key: 'user_id:ada'}) CREATE (a)-[:DECIDED {id: 'd7', decision: 'dec_join', kind: 'JOIN', at: $t0, conducts: true}]->(b)`, map[string]any{"t0": t0})
		}
		a := w.must("steward", c.mutation, map[string]any{"in": c.in})
		errs, _ := at(a, "d.userErrors").([]any)
		if len(errs) == 0 || at(a, "d.decision") != nil {
			t.Errorf("%s: %v, want a userError", c.name, a)
			continue
		}
		var field []string
		for _, f := range at(errs[0], "field").([]any) {
			field = append(field, f.(string))
		}
		if strings.Join(field, " ") != c.field || at(errs[0], "code") != c.code || !strings.Contains(fmt.Sprint(at(errs[0], "message")), c.names) {
			t.Errorf("%s: %v, want %s %s naming %q", c.name, errs, c.field, c.code, c.names)
		}
		if strings.Contains(fmt.Sprint(errs), "ada") {
			t.Errorf("%s: names a value: %v", c.name, errs)
		}
	}
	if a := w.must("steward", revokeMutation, map[string]any{"id": "dec_none"}); at(a, "d.userErrors.0.code") != "NOT_FOUND" {
		t.Errorf("revoking nothing: %v", a)
	}
	if len(w.journal.decided) != 0 {
		t.Errorf("journalled all the same: %v", w.journal.decided)
	}
}

// A decision that the graph is slow to apply is accepted all the same, and says so.
func TestDecisionLagging(t *testing.T) {
	w := newWorld(t)
	w.ada()
	w.journal.wait = func(context.Context) error { return context.DeadlineExceeded }
	in := map[string]any{"in": map[string]any{"identifiers": ids("user_id:ada", "anonymous_id:x9"), "reason": "r"}}
	a := w.ask("steward", joinMutation, in)
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "LAGGING" || !strings.Contains(a.Errors[0].Message, w.journal.decided[0].ID) {
		t.Errorf("%v", a.Errors)
	}
	w.journal.wait = func(context.Context) error { return fault.New("fake", fault.Unavailable, "away") }
	if code := w.refused("steward", joinMutation, in); code != "UNAVAILABLE" {
		t.Errorf("%s, want UNAVAILABLE", code)
	}
	w.journal.wait = nil // and then it is nowhere, as when another decision came between
	if code := w.refused("steward", joinMutation, in); code != "CONFLICT" {
		t.Errorf("%s, want CONFLICT", code)
	}
}

// The mutation waits ten seconds, not more; who gave up asking is not told that the graph is behind.
func TestDecisionWaitsTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &fakeJournal{wait: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		r := &Root{journal: j}
		began := time.Now()
		_, err := r.carryOut(t.Context(), identity.Decision{}, "dec_1", nil)
		if waited := time.Since(began); waited != decisionWait || fault.CodeOf(err) != fault.Lagging {
			t.Errorf("waited %s: %v", waited, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.carryOut(ctx, identity.Decision{}, "dec_1", nil); !errors.Is(err, context.DeadlineExceeded) || fault.CodeOf(err) == fault.Lagging {
			t.Errorf("the request's own deadline: %v", err)
		}
	})
}

var _ Graph = (*store.Graph)(nil)
