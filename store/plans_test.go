package store

import (
	"regexp"
	"testing"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

// The plans of the steady statements are made once, in whatever graph there is then: they may not depend on its size.
func TestPlansNeverScan(t *testing.T) {
	texts := map[string]string{
		"usual": usualText, "records": recordsText, "whole": wholeText, "records of": recordVersionsText, "matching": matchingText, "remaining": remainingText, "lookup": lookupText, "members": membersText, "members of": membersOfText,
		"near": nearText, "standing": standingText, "standings": standingsText, "tallies": talliesText, "nearby": nearbyText, "due": dueText, "next due": nextDueText, "progress": progressRead,
		"neighbourhood": neighbourhoodText, "wide": wideText, "touchpoints by id": touchpointsByIDText,
		"identifiers by id": identifiersByIDText, "accounts by id": accountsByIDText, "sources page": sourcesPageText, "source": sourceText, "rules in force": rulesInForceText,
		"segment days": segmentDaysText, "member ids": memberIDsText, "connections": connectionsText, "history": historyText, "met": metText, "records read": recordsOfText,
		"decisions by id": decisionsByIDText, "identifiers by key": identifiersByKeyText, "rulings around": rulingsAroundText,
	}
	profiles := map[string]string{}
	for name, heads := range profileTexts {
		profiles[name] = heads[0]
	}
	for bit, part := range profileParts {
		profiles["id with"+part.columns] = profileTexts["id"][1<<bit]
	}
	profiles["key with everything"] = profileTexts["key"][allParts]
	scan := regexp.MustCompile(`\w*Scan\b|ValueHashJoin|VarLengthExpand\((All|Into|Pruning)\)`)
	for _, size := range []int{0, 1, 7, 40, 1500} {
		f := newFixture(t)
		f.run(`
UNWIND range(1, $size) AS n
CREATE (i:Identifier {key: 'k' + n, cid: 'c' + n, status: 'ACTIVE'})-[:OF]->(:Customer {id: 'c' + n})
CREATE (:Touchpoint {id: 't' + n, actor: i.key, at: n})-[:BY]->(i)
CREATE (i)-[:LINKED {id: 'l' + n, conducts: true}]->(:Identifier {key: 'm' + n, cid: 'd' + n, status: 'ACTIVE'})
CREATE (:Account {id: 'a' + n})<-[:WORKS_AT {id: 'w' + n}]-(i)
CREATE (:Source {name: 's' + n})
CREATE (:Decision {id: 'x' + n})`, Row{"size": size})
		check := func(name, text string, params Row) {
			plan := f.explain(text, params)
			if found := scan.FindAllString(plan, -1); found != nil {
				t.Errorf("%s in a graph of size %d: %v\n%s", name, size, found, plan)
			}
		}
		for name, text := range texts {
			check(name, text, Row{"w": Row{}, "asked": Row{}, "need": Row{}, "keys": []any{}, "below": 1, "limit": 1, "properties": true, "context": true, "until": 1,
				"after": "", "n": 1, "name": "", "segments": []any{}, "segment": "", "since": 1, "customers": []any{}, "at": 1, "id": "", "household": 1})
		}
		for name, text := range profiles {
			check("profiles by "+name, text, profileParams())
		}
	}
}

func (f fixture) explain(text string, params Row) string {
	f.t.Helper()
	s := f.g.driver.NewSession(f.t.Context(), neo4j.SessionConfig{})
	defer s.Close(f.t.Context())
	res, err := s.Run(f.t.Context(), "EXPLAIN "+text, params)
	if err != nil {
		f.t.Fatal(err)
	}
	summary, err := res.Consume(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	plan, _ := summary.Plan().Arguments()["string-representation"].(string)
	if plan == "" {
		f.t.Fatal("the server explains nothing")
	}
	return plan
}
