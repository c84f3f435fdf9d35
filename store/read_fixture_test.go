package store

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"kith/identity"
	"kith/store/neo4jtest"
)

// A fixture writes graphs by hand, as the pipeline would, so that reading is tested without it.
type fixture struct {
	t *testing.T
	g *Graph
}

func (f fixture) run(text string, params map[string]any) {
	f.t.Helper()
	if err := f.g.write(f.t.Context(), "test", nil, statement{"fixture", text, params}); err != nil {
		f.t.Fatal(err)
	}
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	db := neo4jtest.Empty(t)
	g, err := Open(t.Context(), Config{URI: db.URI, Username: db.Username, Password: db.Password, Database: db.Database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close(context.Background()) })
	return fixture{t, g}
}

// cid is the id that the identifier "type:value" of a fixture gives.
func cid(key string) identity.CustomerID {
	return identity.CustomerID("cus_" + strings.NewReplacer(":", "0", "@", "1", ".", "2", "+", "3").Replace(key))
}

// customer writes a customer whose anchor is the first of the keys. Seen first and last at the times given.
func (f fixture) customer(first, last int64, props map[string]any, keys ...string) identity.CustomerID {
	f.t.Helper()
	f.customers([]person{{first, last, props, keys}})
	return cid(keys[0])
}

type person struct {
	first, last int64
	props       map[string]any
	keys        []string
}

func (f fixture) customers(people []person) {
	f.t.Helper()
	var rows []any
	for _, p := range people {
		props := map[string]any{"known": true, "shared": false, "traits": "{}", "version": 1}
		for k, v := range p.props {
			props[k] = v
		}
		props["id"], props["firstSeenAt"], props["lastSeenAt"] = string(cid(p.keys[0])), p.first, p.last
		var ids []any
		for n, key := range p.keys {
			k := identity.Key(key)
			ids = append(ids, map[string]any{
				"key": key, "type": k.Type(), "value": k.Value(), "raw": strings.ToUpper(k.Value()), "status": "ACTIVE", "cid": string(cid(key)),
				"firstSeenAt": p.first + int64(n), "lastSeenAt": p.last, "traits": "", "level": 0,
			})
		}
		rows = append(rows, map[string]any{"c": props, "ids": ids})
	}
	f.run(`UNWIND $rows AS r CREATE (c:Customer) SET c = r.c WITH c, r UNWIND r.ids AS p CREATE (i:Identifier)-[:OF]->(c) SET i = p`, map[string]any{"rows": rows})
}

// touchpoints writes n touchpoints of an identifier, one per step of time from start on.
func (f fixture) touchpoints(key string, n int, start, step int64) {
	f.t.Helper()
	const chunk = 20_000
	for from := 0; from < n; from += chunk {
		f.run(`
MATCH (i:Identifier {key: $key})
UNWIND range($from, $to - 1) AS n
CREATE (t:Touchpoint {id: 'tp_' + $name + '_' + right('00000000' + toString(n), 8), messageId: 'm' + toString(n), source: CASE n % 2 WHEN 0 THEN 'web' ELSE 'shop' END,
  type: CASE n % 3 WHEN 0 THEN 'page' ELSE 'track' END, name: CASE n % 3 WHEN 0 THEN 'Page Viewed' ELSE 'Product Viewed' END, at: $start + n * $step, receivedAt: $start + n * $step + 5,
  channel: 'web', actor: $key, ids: [$key], properties: '{"n":' + toString(n) + '}', context: '{"ip":"10.0.0.1"}', extra: '{}', hash: 'h', bot: false, test: false})-[:BY]->(i)`,
			map[string]any{"key": key, "name": strings.TrimPrefix(string(cid(key)), "cus_"), "from": from, "to": min(n, from+chunk), "start": start, "step": step})
	}
}

func (f fixture) link(a, b, kind, source string, props map[string]any) {
	f.t.Helper()
	if b < a {
		a, b = b, a
	}
	all := map[string]any{
		"id": fmt.Sprint(a, b, kind, source), "kind": kind, "source": source, "count": 1, "firstSeenAt": 1, "lastSeenAt": 2,
		"conducts": true, "followed": true, "reason": "followed", "evidence": []any{"0000000000001 m1"},
	}
	for k, v := range props {
		all[k] = v
	}
	f.run(`MATCH (a:Identifier {key: $a}) MATCH (b:Identifier {key: $b}) CREATE (a)-[l:LINKED]->(b) SET l = $p`, map[string]any{"a": a, "b": b, "p": all})
}
