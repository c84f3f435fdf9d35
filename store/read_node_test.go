package store

import (
	"reflect"
	"slices"
	"testing"

	"kith/event"
	"kith/identity"
)

func TestNodes(t *testing.T) {
	f := newFixture(t)
	id := f.customer(10, 20, nil, "user_id:1", "email:a@x.de")
	f.touchpoints("email:a@x.de", 2, 1000, 10)
	f.run(`CREATE (:Identifier {key: 'anonymous_id:null', type: 'anonymous_id', value: 'null', status: 'BLOCKED', cid: 'cus_null', firstSeenAt: 1, lastSeenAt: 2})
CREATE (:Account {id: 'acc_1', groupId: 'g', traits: '{}'})
CREATE (:Source {name: 'web', firstSeenAt: 1, lastSeenAt: 5}), (:Source {name: 'app', firstSeenAt: 2, lastSeenAt: 6}), (:Source {name: 'shop', firstSeenAt: 3, lastSeenAt: 7})
CREATE (:Rules {version: 'r1', yaml: 'a: 1', at: 4}), (:Rules {version: 'r2', yaml: 'a: 2', at: 5, text: 't', model: 'm', modelVersion: 'v'})
CREATE (:Decision {id: 'dec_1', kind: 'PART', reason: 'two people', by: 'ada', at: 9, revokedAt: 11, a: ['user_id:1'], b: ['email:a@x.de']})`, nil)
	ctx := t.Context()

	byKey, err := f.g.IdentifiersByKey(ctx, []identity.Key{"email:a@x.de", "anonymous_id:null", "email:nobody"})
	if err != nil || len(byKey) != 2 {
		t.Fatalf("%v, %v", byKey, err)
	}
	want := IdentifierView{Key: "email:a@x.de", Type: "email", Value: "a@x.de", Raw: "A@X.DE", FirstSeen: 11, LastSeen: 20, ID: cid("email:a@x.de"), Customer: id}
	if byKey["email:a@x.de"] != want {
		t.Errorf("%+v, want %+v", byKey["email:a@x.de"], want)
	}
	if n := byKey["anonymous_id:null"]; n.Status != identity.Blocked || n.Customer != "" || n.Raw != "null" {
		t.Errorf("blocked: %+v", n)
	}
	byID, err := f.g.IdentifiersByID(ctx, []identity.CustomerID{cid("email:a@x.de")})
	if err != nil || byID[cid("email:a@x.de")] != want {
		t.Errorf("%+v, %v", byID, err)
	}

	prefix := "tp_email0a1x2de_0000000"
	tps, err := f.g.TouchpointsByID(ctx, []string{prefix + "0", prefix + "1", "tp_none"})
	if err != nil || len(tps) != 2 {
		t.Fatalf("%v, %v", tps, err)
	}
	if tp := tps[prefix+"1"]; tp.Type != event.Track || tp.At != 1010 || tp.ReceivedAt != 1015 || tp.Properties != `{"n":1}` || tp.Identifier != want {
		t.Errorf("touchpoint %+v", tp)
	}

	if a, err := f.g.AccountsByID(ctx, []string{"acc_1", "acc_2"}); err != nil || !reflect.DeepEqual(a, map[string]AccountView{"acc_1": {"acc_1", "g", "{}"}}) {
		t.Errorf("accounts %v, %v", a, err)
	}

	sources := everyPage(t, 2, func(s Slice) *Page[SourceView] {
		p, err := f.g.SourcesPage(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	})
	if !slices.Equal(sources, []Mark{{ID: "app"}, {ID: "shop"}, {ID: "web"}}) {
		t.Errorf("sources %v", sources)
	}
	if s, ok, err := f.g.SourceByName(ctx, "web"); err != nil || !ok || s != (SourceView{"web", 1, 5}) {
		t.Errorf("source %v %v %v", s, ok, err)
	}

	if _, ok, err := f.g.RulesInForce(ctx); err != nil || ok {
		t.Errorf("rules before any were applied: %v, %v", ok, err)
	}
	f.run(`MERGE (p:Pipeline {id: 1}) SET p.rules = 'r2', p.applied = 17`, nil)
	if r, ok, err := f.g.RulesInForce(ctx); err != nil || !ok || r != (RulesView{"r2", "a: 2", 5, "t", "m", "v"}) {
		t.Errorf("rules %v %v %v", r, ok, err)
	}

	d, err := f.g.DecisionsByID(ctx, []string{"dec_1", "dec_2"})
	wantD := map[string]DecisionView{"dec_1": {"dec_1", "PART", "two people", "ada", 9, 11, []identity.Key{"user_id:1"}, []identity.Key{"email:a@x.de"}}}
	if err != nil || !reflect.DeepEqual(d, wantD) {
		t.Errorf("decisions %+v, %v", d, err)
	}
}

func TestIdentityGraph(t *testing.T) {
	f := newFixture(t)
	id := f.customer(10, 20, nil, "user_id:1", "email:a@x.de", "anonymous_id:1")
	other := f.customer(10, 20, nil, "user_id:2", "email:b@x.de")
	f.link("user_id:1", "email:a@x.de", "OBSERVED", "web", map[string]any{"firstSeenAt": 5, "lastSeenAt": 7, "count": 2, "evidence": []any{"0000000000005 m5"}})
	f.link("user_id:1", "email:a@x.de", "OBSERVED", "shop", map[string]any{"firstSeenAt": 3, "lastSeenAt": 6, "evidence": []any{"0000000000003 m3"}})
	f.link("user_id:1", "anonymous_id:1", "ALIAS", "web", nil)
	f.link("anonymous_id:1", "user_id:2", "OBSERVED", "web", map[string]any{"followed": false, "reason": "exclusive:user_id"})
	f.link("email:a@x.de", "email:b@x.de", "MATCHED", "model", map[string]any{"followed": false, "conducts": false, "reason": "candidate", "confidence": 0.8})
	f.run(`
CREATE (:Decision {id: 'dec_1', kind: 'JOIN', reason: 'old', by: 'ada', at: 1}), (:Decision {id: 'dec_2', kind: 'PART', reason: 'new', by: 'bob', at: 2})
WITH 1 AS one MATCH (a:Identifier {key: 'user_id:1'}) MATCH (b:Identifier {key: 'user_id:2'})
CREATE (a)-[:DECIDED {id: 'd1', decision: 'dec_1', kind: 'JOIN', at: 1, conducts: true}]->(b), (a)-[:DECIDED {id: 'd2', decision: 'dec_2', kind: 'PART', at: 2, conducts: true}]->(b)`, nil)

	plain := f.profile(id, Want{Graph: &GraphWant{}}).Graph
	if len(plain.Links) != 2 || plain.Links[0].Kind != identity.AliasLink {
		t.Fatalf("links %+v", plain.Links)
	}
	l := plain.Links[1]
	if !slices.Equal(l.Sources, []string{"shop", "web"}) || l.Count != 3 || l.FirstSeen != 3 || l.LastSeen != 7 || !l.Followed || l.Confidence != 1 ||
		!slices.Equal(l.Evidence, []string{"0000000000003 m3", "0000000000005 m5"}) {
		t.Errorf("link %+v", l)
	}
	if len(plain.Rulings) != 2 || plain.Rulings[0].Counts || !plain.Rulings[1].Counts || plain.Rulings[1].Within || plain.Rulings[1].By != "bob" {
		t.Errorf("rulings %+v", plain.Rulings)
	}

	full := f.profile(id, Want{Graph: &GraphWant{Rejected: true, Candidates: true}}).Graph
	if len(full.Links) != 4 || len(full.Nodes) != 5 {
		t.Fatalf("%d links, %d nodes: %+v", len(full.Links), len(full.Nodes), full)
	}
	for _, l := range full.Links {
		switch {
		case l.Candidate && (l.Confidence != 0.8 || l.Kind != identity.Matched):
			t.Errorf("candidate %+v", l)
		case l.Reason == "exclusive:user_id" && l.Followed:
			t.Errorf("rejected %+v", l)
		}
	}
	if only := f.profile(id, Want{Graph: &GraphWant{Candidates: true}}).Graph; len(only.Links) != 3 {
		t.Errorf("with candidates alone: %+v", only.Links)
	}
	if only := f.profile(other, Want{Graph: &GraphWant{Rejected: true}}).Graph; len(only.Links) != 1 || only.Links[0].Followed {
		t.Errorf("of the other: %+v", only.Links)
	}

	around, _, err := f.g.RulingsAround(t.Context(), []identity.Key{"user_id:2", "email:b@x.de"})
	if err != nil || len(around) != 2 {
		t.Errorf("rulings around: %+v, %v", around, err)
	}
}
