package neo4jtest_test

import (
	"context"
	"testing"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"kith/store/neo4jtest"
)

func TestMain(m *testing.M) { neo4jtest.Main(m) }

func TestWipeDeletesDataAndKeepsConstraints(t *testing.T) {
	db := neo4jtest.Empty(t)
	ctx := context.Background()
	driver, err := neo4j.NewDriverWithContext(db.URI, neo4j.BasicAuth(db.Username, db.Password, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer driver.Close(ctx)
	count := func(statement string) int64 {
		t.Helper()
		result, err := neo4j.ExecuteQuery(ctx, driver, statement, nil, neo4j.EagerResultTransformer, neo4j.ExecuteQueryWithDatabase(db.Database))
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Records) == 0 {
			return 0
		}
		return result.Records[0].Values[0].(int64)
	}
	count("CREATE CONSTRAINT wiped IF NOT EXISTS FOR (n:Wiped) REQUIRE n.key IS UNIQUE")
	defer count("DROP CONSTRAINT wiped")
	count("UNWIND range(1, 12000) AS i CREATE (:Wiped {key: i})-[:NEXT]->(:Other)")
	if got := count("MATCH (n) RETURN count(n)"); got != 24000 {
		t.Fatalf("%d nodes before, want 24000", got)
	}
	neo4jtest.Wipe(t)
	if got := count("MATCH (n) RETURN count(n)"); got != 0 {
		t.Errorf("%d nodes after the wipe", got)
	}
	if got := count("SHOW CONSTRAINTS YIELD name WHERE name = 'wiped' RETURN count(*)"); got != 1 {
		t.Errorf("%d constraints after the wipe, want 1", got)
	}
	if neo4jtest.Get(t) != db {
		t.Error("a second call got another server")
	}
}
