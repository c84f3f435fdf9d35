package store

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The statements of the read side, for reviewers: what changes here changes what the database is asked.
func TestReadStatements(t *testing.T) {
	var b strings.Builder
	b.WriteString("// Heads of profile statements.\n")
	for _, name := range slices.Sorted(maps.Keys(profileHeads)) {
		fmt.Fprintf(&b, "\n== %s ==%s\n", name, profileHeads[name])
	}
	b.WriteString("\n// Parts of profile statements.\n")
	for _, p := range profileParts {
		fmt.Fprintf(&b, "\n== %s ==%s\n", strings.TrimPrefix(p.columns, ", "), p.text)
	}
	b.WriteString("\n// The end of profile statements, before the columns of the parts." + profileReturn + "\n")
	for _, s := range readTexts {
		fmt.Fprintf(&b, "\n== %s ==\n%s\n", s.name, strings.TrimSpace(s.text))
	}
	const golden = "testdata/read_statements.golden"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("the statements differ from %s; look at the difference, then run with -update", golden)
	}
}

var readTexts = []struct{ name, text string }{
	{"touchpoints by id", touchpointsByIDText}, {"identifiers by id", identifiersByIDText}, {"identifiers by key", identifiersByKeyText},
	{"accounts by id", accountsByIDText}, {"sources page", sourcesPageText}, {"source", sourceText}, {"rules in force", rulesInForceText},
	{"decisions by id", decisionsByIDText}, {"marks by id", marksByIDText}, {"rulings around", rulingsAroundText},
}

// There are finitely many statements, whatever anybody asks for, and each is one the database can plan.
func TestEveryProfileStatementPlans(t *testing.T) {
	f := newFixture(t)
	distinct := map[string]bool{}
	for name, texts := range profileTexts {
		for parts, text := range texts {
			if distinct[text] {
				t.Fatalf("%s, parts %b: the same statement twice", name, parts)
			}
			distinct[text] = true
		}
	}
	if want := len(profileHeads) << len(profileParts); len(distinct) != want {
		t.Errorf("%d statements, want %d", len(distinct), want)
	}
	// Parts do not depend on each other, so every head with every part, one at a time and all together.
	all := profileParams()
	for name, texts := range profileTexts {
		f.run("EXPLAIN "+texts[0], all)
		f.run("EXPLAIN "+texts[allParts], all)
		if name == "id" {
			for bit := range profileParts {
				f.run("EXPLAIN "+texts[1<<bit], all)
			}
		}
	}
}

// profileParams has a value for every parameter that any profile statement takes.
func profileParams() Row {
	p := Row{"asked": []any{}, "shared": false, "known": nil, "segment": nil, "n": 1, "query": "x", "words": []any{}, "candidates": 1, "ranked": true, "byFirst": true, "sign": 1, "most": 1}
	CustomersQuery{}.bounds(p)
	everything(1).params(p)
	return p
}
