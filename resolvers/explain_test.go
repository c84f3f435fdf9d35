package resolvers

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"kith/identity"
)

// record makes an identifier what the pipeline makes of a record.
func (w *world) record(key string, traits string, crowded ...string) {
	w.t.Helper()
	if crowded == nil {
		crowded = []string{}
	}
	w.run(`MATCH (i:Identifier {key: $key}) SET i.content = $content, i.crowded = $crowded, i.recordAt = $t0`,
		map[string]any{"key": key, "content": `{"traits":` + traits + `,"identifiers":[]}`, "crowded": crowded, "t0": t0})
}

// matched writes a link that matching made. weight is in hundredths of a bit.
func (w *world) matched(a, b, reason string, weight int) {
	w.t.Helper()
	followed := reason == "followed"
	w.link(a, b, "MATCHED", map[string]any{"source": "matching", "weight": weight, "reason": reason, "followed": followed, "conducts": reason != "candidate", "confidence": identity.DefaultRules().Model().Probability(int32(weight)), "evidence": []any{}, "count": 1})
}

const (
	augusta  = `{"firstName":"Augusta","lastName":"Lovelace","birthday":"1815-12-10","email":"augusta@lovelace.example"}`
	augustus = `{"firstName":"Augusta","lastName":"Lovelace","birthday":"1815-12-10","phone":"+442071234567"}`
	misspelt = `{"firstName":"Agusta","lastName":"Lovelace","gender":"female"}`
	sister   = `{"firstName":"Medora","lastName":"Leigh","birthday":"1814-04-15"}`
)

// lovelaces writes a customer of two records that were joined, and two more customers whose record looks like hers.
func (w *world) lovelaces() {
	w.t.Helper()
	w.people(
		who{"Augusta Lovelace", "", 90_000, []string{"record:crm/1", "record:shop/7", "email:augusta@lovelace.example"}},
		who{"Agusta Lovelace", "", 80_000, []string{"record:till/3"}},
		who{"Medora Leigh", "", 70_000, []string{"record:crm/2", "user_id:medora"}},
	)
	w.record("record:crm/1", augusta)
	w.record("record:shop/7", augustus)
	w.record("record:till/3", misspelt)
	w.record("record:crm/2", sister)
	w.matched("record:crm/1", "record:shop/7", "followed", 2600)
	w.matched("record:crm/1", "record:till/3", "candidate", 1100)
	w.matched("record:shop/7", "record:till/3", "candidate", 1000)
	w.matched("record:crm/2", "record:till/3", "evidence", 1750)
}

const explained360 = `query ($key: ID!) { customer(by: {id: $key}) { identityGraph(includeRejected: true, includeCandidates: true) {
  links { kind status confidence evidence from { id } to { id } comparison { weight joinsFrom confidence against fields { field level weight from to } } } } } }`

// Every MATCHED link tells field by field what was compared; who may not see values sees fields, levels and weights.
func TestMatchedLinksExplainThemselves(t *testing.T) {
	w := newWorld(t)
	w.lovelaces()
	w.link("record:crm/1", "email:augusta@lovelace.example", "OBSERVED", nil)
	for _, role := range []string{"analyst", "viewer"} {
		data := w.must(role, explained360, map[string]any{"key": cid("record:crm/1")})
		links, _ := at(data, "customer.identityGraph.links").([]any)
		if len(links) != 4 {
			t.Fatalf("%s: %d links, want 4", role, len(links))
		}
		for _, l := range links {
			evidence := fmt.Sprint(at(l, "evidence"))
			if at(l, "kind") == "OBSERVED" {
				if at(l, "comparison") != nil || at(l, "confidence") != 1.0 {
					t.Errorf("an observed link: %v", l)
				}
				continue
			}
			fields, _ := at(l, "comparison.fields").([]any)
			sum := 0.0
			for _, f := range fields {
				sum += at(f, "weight").(float64)
				if !strings.Contains(evidence, fmt.Sprintf("%s: %s", at(f, "field"), at(f, "level"))) {
					t.Errorf("%s: the evidence %s lacks %v", role, evidence, f)
				}
			}
			if len(fields) < 2 || math.Abs(sum-at(l, "comparison.weight").(float64)) > 0.001 {
				t.Errorf("%s: the fields sum to %v: %v", role, sum, at(l, "comparison"))
			}
			if at(l, "status") == "CANDIDATE" && !strings.Contains(evidence, "not followed (candidate)") {
				t.Errorf("a candidate does not say so: %s", evidence)
			}
			text, _ := json.Marshal(l)
			for _, value := range []string{"augusta", "agusta", "lovelace", "1815", "4420"} {
				if seen := strings.Contains(strings.ToLower(string(text)), value); role == "viewer" && seen {
					t.Errorf("the viewer sees %s: %s", value, text)
				}
			}
			if role == "analyst" && !strings.Contains(evidence, "lovelace") {
				t.Errorf("the analyst does not see what was compared: %s", evidence)
			}
		}
		strong, weak := links[0], links[len(links)-1]
		for _, l := range links {
			if at(l, "status") == "FOLLOWED" && at(l, "kind") == "MATCHED" {
				strong = l
			}
		}
		if c := at(strong, "confidence").(float64); c < 0.99 || c >= 1 {
			t.Errorf("confidence of 26 bits: %v", c)
		}
		if c := at(weak, "confidence").(float64); c <= 0 || c > 0.95 {
			t.Errorf("confidence of a candidate: %v", c)
		}
	}
	// What too many records hold does not speak, as it did not when the link was made.
	w.record("record:crm/1", augusta, "birthdayName:nobody", "email:augusta|lovelace.example")
	w.record("record:shop/7", augusta)
	data := w.must("analyst", explained360, map[string]any{"key": cid("record:crm/1")})
	if text := fmt.Sprint(data); strings.Contains(text, "email: exact") {
		t.Errorf("a crowded value was compared: %s", text)
	}
}

const conflictQuery = `query ($from: IdentifierInput!, $to: IdentifierInput!) { c: identityConflict(from: $from, to: $to) {
  from { type } to { type } mean
  reasons { kind text identifiers { type value status customer { id } } decision { id reason } }
  comparisons { weight from { id } to { id } fields { field level } } } }`

func (w *world) conflict(from, to string) (kinds []string, data map[string]any) {
	w.t.Helper()
	data = w.must("analyst", conflictQuery, map[string]any{"from": ids(from)[0], "to": ids(to)[0]})
	reasons, _ := at(data, "c.reasons").([]any)
	for _, r := range reasons {
		kinds = append(kinds, at(r, "kind").(string))
	}
	return kinds, data
}

// For two identifiers that are apart: what speaks against their being one person's.
func TestConflict(t *testing.T) {
	w := newWorld(t)
	w.ada()
	w.lovelaces()
	w.people(who{"", "", 9, []string{"email:info@x.org"}})
	w.run(`MATCH (i:Identifier {key: 'email:info@x.org'}) SET i.status = 'SHARED'`, nil)
	w.link("email:info@x.org", "user_id:ada", "OBSERVED", map[string]any{"followed": false, "conducts": false, "reason": "shared:email"})
	w.link("email:info@x.org", "user_id:medora", "OBSERVED", map[string]any{"followed": false, "conducts": false, "reason": "shared:email"})
	for _, c := range []struct{ from, to, want string }{
		{"user_id:ada", "anonymous_id:c1", "PART EXCLUSIVE"},
		{"user_id:ada", "user_id:medora", "SHARED EXCLUSIVE"},
		{"email:info@x.org", "anonymous_id:c1", "SHARED"},
		{"email:augusta@lovelace.example", "record:till/3", "CANDIDATE"},
		{"record:till/3", "user_id:medora", "EVIDENCE"},
		{"anonymous_id:x9", "record:till/3", "UNCONNECTED"},
	} {
		kinds, data := w.conflict(c.from, c.to)
		got := strings.Join(kinds, " ")
		if c.want == "CANDIDATE" { // the records may also, taken together, say no
			got = strings.TrimPrefix(got, "EVIDENCE ")
		}
		if got != c.want {
			t.Errorf("%s and %s: %v, want %s: %v", c.from, c.to, kinds, c.want, data)
		}
	}
	_, data := w.conflict("user_id:ada", "user_id:charles")
	if at(data, "c.reasons.0.decision.id") != "dec_part" || at(data, "c.reasons.0.identifiers.1.customer.id") == nil {
		t.Errorf("the part is not named: %v", data)
	}
	_, data = w.conflict("record:shop/7", "record:till/3")
	if list, _ := at(data, "c.comparisons").([]any); len(list) != 2 || at(list[0], "weight").(float64) < at(list[1], "weight").(float64) || at(list[0], "fields.1") == nil {
		t.Errorf("the records across: %v", data)
	}
	for _, pair := range [][2]string{{"user_id:ada", "email:ada@x.org"}, {"user_id:ada", "user_id:ada"}, {"user_id:ada", "user_id:nobody"}} {
		if _, data := w.conflict(pair[0], pair[1]); at(data, "c") != nil {
			t.Errorf("%v: %v, want null", pair, data)
		}
	}
	if code := w.refused("viewer", conflictQuery, map[string]any{"from": ids("user_id:ada")[0], "to": ids("user_id:charles")[0]}); code != "FORBIDDEN" {
		t.Errorf("%s, want FORBIDDEN", code)
	}
}
