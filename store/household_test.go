package store

import (
	"fmt"
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
