package store

import (
	"fmt"
	"slices"
	"testing"

	"kith/identity"
)

// Those who share an address and a name with too many are connected with nobody; see MaxHousehold.
func TestHouseholdsOf(t *testing.T) {
	f := newFixture(t)
	for house, people := range map[string]int{"hh_few": 3, "hh_full": MaxHousehold, "hh_home": MaxHousehold + 1, "hh_alone": 1} {
		for n := range people {
			id := f.customer(int64(n), 100, nil, fmt.Sprintf("user_id:%s%d", house, n))
			f.run(`MATCH (c:Customer {id: $id}) MERGE (h:Household {id: $house}) CREATE (c)-[:LIVES_IN]->(h)`, map[string]any{"id": string(id), "house": house})
		}
	}
	f.customer(1, 100, nil, "user_id:homeless")
	var asked []identity.CustomerID
	want := map[identity.CustomerID]int{}
	for key, n := range map[string]int{"hh_few0": 2, "hh_few2": 2, "hh_full7": MaxHousehold - 1, "hh_home3": 0, "hh_alone0": 0, "homeless": 0} {
		asked = append(asked, cid("user_id:"+key))
		want[cid("user_id:"+key)] = n
	}
	pages, err := f.g.HouseholdsOf(t.Context(), asked, Slice{First: 50}, Want{})
	if err != nil {
		t.Fatal(err)
	}
	for id, n := range want {
		if pages[id] == nil || len(pages[id].Entries) != n {
			t.Errorf("with %s live %+v, want %d", id, pages[id], n)
			continue
		}
		for _, e := range pages[id].Entries {
			if e.Node.ID == id {
				t.Errorf("%s lives with itself", id)
			}
		}
	}
	all := everyPage(t, 4, func(s Slice) *Page[*Profile] {
		pages, err := f.g.HouseholdsOf(t.Context(), []identity.CustomerID{cid("user_id:hh_full7")}, s, Want{})
		if err != nil {
			t.Fatal(err)
		}
		return pages[cid("user_id:hh_full7")]
	})
	if len(all) != MaxHousehold-1 {
		t.Errorf("page by page %d", len(all))
	}
}

// What is read of those connected to somebody leaves out what it alone meets, and households of too many.
func TestNearby(t *testing.T) {
	f := newFixture(t)
	at := func(account bool, place string, people map[string][]string) {
		for who, meets := range people {
			id := f.customer(1, 100, nil, "user_id:"+who)
			f.run(`MATCH (c:Customer {id: $id}) SET c.meets = $meets`, map[string]any{"id": string(id), "meets": meets})
			if account {
				f.run(`MATCH (c:Customer {id: $id})<-[:OF]-(i) MERGE (a:Account {id: $place}) CREATE (i)-[:WORKS_AT {id: $id}]->(a)`, map[string]any{"id": string(id), "place": place})
			} else {
				f.run(`MATCH (c:Customer {id: $id}) MERGE (h:Household {id: $place}) CREATE (c)-[:LIVES_IN]->(h)`, map[string]any{"id": string(id), "place": place})
			}
		}
	}
	full := map[string][]string{}
	for n := range MaxHousehold + 1 {
		full[fmt.Sprint("old", n)] = []string{"x"}
	}
	at(true, "acme", map[string][]string{"ada": {"x", "y"}, "bob": {"x"}, "cleo": nil})
	at(false, "hh_few", map[string][]string{"dora": {"x"}, "eve": {"y"}})
	at(false, "hh_full", full)
	want := map[string]Nearby{
		"ada": {Account: []string{"x"}}, "bob": {Account: []string{"x", "y"}}, "cleo": {Account: []string{"x", "y"}},
		"dora": {Household: []string{"y"}}, "eve": {Household: []string{"x"}}, "old3": {},
	}
	var ids []identity.CustomerID
	for who := range want {
		ids = append(ids, cid("user_id:"+who))
	}
	got, err := f.g.Nearby(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	for who, near := range want {
		is := got[cid("user_id:"+who)]
		slices.Sort(is.Account)
		if !slices.Equal(is.Account, near.Account) || !slices.Equal(is.Household, near.Household) {
			t.Errorf("near %s is met %+v, want %+v", who, is, near)
		}
	}
	connected, err := f.g.Connections(t.Context(), ids, 1)
	if err != nil {
		t.Fatal(err)
	}
	if c := connected[cid("user_id:cleo")]; len(c.Account) != 1 {
		t.Errorf("connected to cleo is %+v, of two at most one", c)
	}
	if c := connected[cid("user_id:old3")]; len(c.Household) != 0 {
		t.Errorf("connected in a full house is %+v", c)
	}
}

// Definitions that are deleted while they are read have no properties any more, and are not there.
func TestDefinitionsThatGo(t *testing.T) {
	f := newFixture(t)
	f.run(`CREATE (:Segment), (:ComputedTrait), (:Fill), (:Segment {id: 'seg_1', key: 'k', name: 'n', condition: '{"event":{"name":"A"}}', createdAt: 1, changedAt: 1, by: 'ada'})`, nil)
	d, err := f.g.Definitions(t.Context())
	if err != nil || len(d.Segments) != 1 || len(d.Computed) != 0 {
		t.Errorf("%+v, %v", d, err)
	}
}
