package resolvers

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"kith/audit"
	"kith/fault"
)

// fakeRevocations keeps what is revoked in memory, up to three.
type fakeRevocations []Revocation

func (f *fakeRevocations) Revoke(_ context.Context, r Revocation) (Revocation, error) {
	if len(*f) == 3 {
		return r, fault.New("fake", fault.Limit, "Full.")
	}
	r.ID, r.Until = "rev_1", r.At.Add(time.Hour)
	*f = append(*f, r)
	return r, nil
}

func (f *fakeRevocations) List(context.Context, string, int, string) ([]Revocation, bool, error) {
	return slices.Clone(*f), false, nil
}

// fakeTrail is one block.
type fakeTrail []audit.Entry

func (*fakeTrail) Epoch() string { return "e" }

func (f *fakeTrail) Before(_ context.Context, before uint64) ([]audit.Block, error) {
	if before == 1 || len(*f) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(*f)
	return []audit.Block{{Seq: 1, Data: text}}, err
}

func TestTokensRevoke(t *testing.T) {
	w := newWorld(t)
	const revoke = `mutation ($s: String, $t: String, $r: String!) { tokensRevoke(input: {subject: $s, tokenId: $t, reason: $r}) { revocation { id subject tokenId reason by at until } userErrors { field code } } }`
	got := w.must("admin", revoke, map[string]any{"s": "eve", "r": " left "})
	for path, want := range map[string]any{
		"id": "rev_1", "subject": "eve", "tokenId": nil, "reason": "left", "by": "stew", "at": "2027-01-15T08:00:00.000Z", "until": "2027-01-15T09:00:00.000Z",
	} {
		if v := at(got, "tokensRevoke.revocation."+path); v != want {
			t.Errorf("%s is %v, want %v", path, v, want)
		}
	}
	for name, vars := range map[string]map[string]any{
		"neither": {"r": "x"}, "both": {"s": "a", "t": "b", "r": "x"}, "no reason": {"s": "a", "r": " "}, "long": {"t": string(make([]byte, 2000)), "r": "x"},
	} {
		if got := w.must("admin", revoke, vars); at(got, "tokensRevoke.revocation") != nil || at(got, "tokensRevoke.userErrors.0.code") == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	for range 2 {
		w.must("admin", revoke, map[string]any{"t": "t1", "r": "lost"})
	}
	if got := w.must("admin", revoke, map[string]any{"t": "t2", "r": "lost"}); at(got, "tokensRevoke.userErrors.0.code") != "LIMIT" {
		t.Errorf("over the limit: %v", got)
	}
	if got := w.must("admin", `{ tokenRevocations { nodes { tokenId } pageInfo { hasNextPage endCursor } } }`, nil); at(got, "tokenRevocations.nodes.1.tokenId") != "t1" || at(got, "tokenRevocations.pageInfo.endCursor") != "rev_1" {
		t.Errorf("listed: %v", got)
	}
	for _, role := range []string{"viewer", "agent", "steward", "marketer"} {
		if code := w.refused(role, revoke, map[string]any{"s": "eve", "r": "x"}); code != "FORBIDDEN" {
			t.Errorf("%s: %s", role, code)
		}
	}
}

// The trail of a customer is that of every id that answers with it.
func TestAuditTrail(t *testing.T) {
	w := newWorld(t)
	w.people(who{name: "Ada", keys: []string{"user_id:ada", "email:ada@example.org"}})
	ada, before := cid("user_id:ada"), cid("email:ada@example.org") // read as this one before she was known
	w.trail = fakeTrail{
		{At: t0, Subject: "bob", Kind: audit.Read, Action: "customer", Targets: []string{before}},
		{At: t0 + 1, Subject: "eve", TokenID: "t1", Kind: audit.Read, Action: "node", Targets: []string{ada}, Request: "r1"},
		{At: t0 + 2, Subject: "stew", Kind: audit.Change, Action: "identityJoin", Targets: []string{"dec_1", ada}, Outcome: "CONFLICT"},
		{At: t0 + 3, Subject: "stew", Kind: audit.Change, Action: "segmentDelete"},
	}
	const trail = `query ($f: AuditFilter, $n: Int, $after: String) { auditTrail(filter: $f, first: $n, after: $after) { nodes { at subject tokenId kind action targets outcome requestId } pageInfo { hasNextPage endCursor } } }`
	for name, c := range map[string]struct {
		filter map[string]any
		want   []string
	}{
		"all":                 {nil, []string{"segmentDelete", "identityJoin", "node", "customer"}},
		"a customer":          {map[string]any{"customer": ada}, []string{"identityJoin", "node", "customer"}},
		"by an older id":      {map[string]any{"customer": before}, []string{"identityJoin", "node", "customer"}},
		"one that is gone":    {map[string]any{"customer": "cus_gone"}, nil},
		"reads of a customer": {map[string]any{"customer": ada, "kind": "READ"}, []string{"node", "customer"}},
		"both":                {map[string]any{"customer": ada, "target": "dec_1"}, []string{"identityJoin"}},
		"by somebody":         {map[string]any{"subject": "stew", "action": "segmentDelete"}, []string{"segmentDelete"}},
		"a time":              {map[string]any{"from": "2026-09-21T14:13:20.001Z", "to": "2026-09-21T14:13:20.002Z"}, []string{"node"}},
	} {
		var got []string
		for after := any(nil); ; {
			page := w.must("admin", trail, map[string]any{"f": c.filter, "n": 2, "after": after})
			for _, n := range at(page, "auditTrail.nodes").([]any) {
				got = append(got, n.(map[string]any)["action"].(string))
			}
			if after = at(page, "auditTrail.pageInfo.endCursor"); at(page, "auditTrail.pageInfo.hasNextPage") == false {
				break
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	one := w.must("admin", trail, map[string]any{"f": map[string]any{"action": "node"}})
	for path, want := range map[string]any{"subject": "eve", "tokenId": "t1", "outcome": "OK", "requestId": "r1", "kind": "READ", "targets.0": ada} {
		if v := at(one, "auditTrail.nodes.0."+path); v != want {
			t.Errorf("%s is %v, want %v", path, v, want)
		}
	}
	if code := w.refused("steward", trail, nil); code != "FORBIDDEN" {
		t.Errorf("a steward: %s", code)
	}
}
