package neo4jtest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

func TestAnExternalDatabaseWithDataIsRefused(t *testing.T) {
	db := Empty(t)
	create := func() {
		t.Helper()
		_, err := neo4j.ExecuteQuery(context.Background(), get(t).driver, "CREATE (:Precious)", nil, neo4j.EagerResultTransformer, neo4j.ExecuteQueryWithDatabase(db.Database))
		if err != nil {
			t.Fatal(err)
		}
	}
	// Another form of the address, since this binary may hold the turn for the one it has.
	t.Setenv("NEO4J_URI", strings.NewReplacer("neo4j://", "bolt://", "bolt://", "neo4j://").Replace(db.URI))
	t.Setenv("NEO4J_USERNAME", db.Username)
	t.Setenv("NEO4J_PASSWORD", db.Password)
	t.Setenv("NEO4J_DATABASE", "")
	t.Setenv(wipeAllowed, "")

	create()
	if _, err := external(); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Fatalf("got %v, want a refusal", err)
	}
	t.Setenv(wipeAllowed, "1")
	r, err := external()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	// That left it empty for the next.
	t.Setenv(wipeAllowed, "")
	if r, err = external(); err != nil {
		t.Fatal(err)
	}
	create()
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	if r, err = external(); err != nil {
		t.Fatalf("after a binary that left data: %v", err)
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NEO4J_PASSWORD", "wrong")
	if _, err := external(); err == nil || strings.Contains(err.Error(), "not empty") {
		t.Errorf("with a wrong password: %v", err)
	}
}

func TestSweepTakesOnlyWhatIsOld(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	old, fresh, other := filepath.Join(os.TempDir(), tempPrefix+"1"), filepath.Join(os.TempDir(), tempPrefix+"2"), filepath.Join(os.TempDir(), "other")
	for _, dir := range []string{old, fresh, other} {
		if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-25 * time.Hour)
	for _, dir := range []string{old, other} {
		if err := os.Chtimes(dir, long, long); err != nil {
			t.Fatal(err)
		}
	}
	sweep()
	for dir, want := range map[string]bool{old: false, fresh: true, other: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", filepath.Base(dir), err == nil, want)
		}
	}
}
