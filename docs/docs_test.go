// Package docs holds what people read, and the tests that keep it true.
package docs

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"kith/graph"
	"kith/identity/match"
)

// pages are all texts for people, by path from here.
func pages(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	read := func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	for _, path := range []string{"../README.md", "../CONTRIBUTING.md", "../examples/README.md"} {
		read(path)
	}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			read(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) < 20 {
		t.Fatalf("only %d pages were found: the test looks in the wrong place", len(texts))
	}
	return texts
}

func source(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var fenced = regexp.MustCompile("(?s)```graphql\n(.*?)```")

// Every query shown is one that the API takes.
func TestQueriesAreValid(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: source(t, "../schema.graphqls")})
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for path, text := range pages(t) {
		for i, block := range fenced.FindAllStringSubmatch(text, -1) {
			name := fmt.Sprintf("%s, block %d", path, i+1)
			doc, err := parser.ParseQuery(&ast.Source{Name: name, Input: block[1]})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			for _, wrong := range validator.ValidateWithRules(schema, doc, rules.NewDefaultRules()) {
				t.Errorf("%s: %s", name, wrong.Message)
			}
			checked++
		}
	}
	if checked < 20 {
		t.Errorf("only %d queries were found", checked)
	}
}

var (
	link = regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`)
	code = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`")
)

// Every link to a file of the repository leads to one.
func TestLinksLeadSomewhere(t *testing.T) {
	for path, text := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
			target := m[1]
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), target)); err != nil {
				t.Errorf("%s links to %s, which is not there", path, target)
			}
		}
	}
}

var (
	testName = regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)\\w+)`")
	scenario = regexp.MustCompile("`(e2e/[a-z0-9-]+)`")
)

// Every test named on the page of what holds is there.
func TestGuaranteesNameTests(t *testing.T) {
	text := source(t, "guarantees.md")
	sources := map[string]string{}
	tests := testName.FindAllStringSubmatch(text, -1)
	for _, m := range tests {
		dir, name := m[1], m[2]
		if sources[dir] == "" {
			files, err := filepath.Glob("../" + dir + "/*_test.go")
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				sources[dir] += source(t, file)
			}
		}
		if !strings.Contains(sources[dir], "\nfunc "+name+"(") {
			t.Errorf("guarantees.md names %s.%s, which is not there", dir, name)
		}
	}
	scenarios := scenario.FindAllStringSubmatch(text, -1)
	for _, m := range scenarios {
		if _, err := os.Stat("../" + strings.Replace(m[1], "/", "/testdata/", 1) + ".txtar"); err != nil {
			t.Errorf("guarantees.md names %s, which is not there", m[1])
		}
	}
	if len(tests) < 50 || len(scenarios) < 10 {
		t.Errorf("only %d tests and %d scenarios were found", len(tests), len(scenarios))
	}
}

// The page on close codes lists what the server uses, and nothing else.
func TestCloseCodesAreDocumented(t *testing.T) {
	text := source(t, "close-codes.md")
	advice := map[graph.Retry]string{graph.RetryNo: "no", graph.RetryYes: "yes", graph.RetryNewToken: "with a new token"}
	codes := graph.CloseCodes()
	for _, c := range codes {
		row := fmt.Sprintf("| %d | `%s` | %s | %s |", c.Code, c.Name, c.Reason, advice[c.Retry])
		if !strings.Contains(text, row) {
			t.Errorf("close-codes.md lacks the row\n%s", row)
		}
	}
	if rows := regexp.MustCompile(`(?m)^\| \d{4} \|`).FindAllString(text, -1); len(rows) != len(codes) {
		t.Errorf("close-codes.md has %d rows, the server %d codes", len(rows), len(codes))
	}
}

// named finds in a source file what the pages must name.
func named(t *testing.T, page, path, pattern, prefix string) {
	t.Helper()
	text := source(t, page)
	found := regexp.MustCompile(pattern).FindAllStringSubmatch(source(t, path), -1)
	if len(found) == 0 {
		t.Errorf("%s has nothing of the form %s: the test looks in the wrong place", path, pattern)
	}
	for _, m := range found {
		if !strings.Contains(text, "`"+prefix+m[1]+"`") {
			t.Errorf("%s does not name `%s%s`, of %s", page, prefix, m[1], path)
		}
	}
}

func TestErrorCodesAreDocumented(t *testing.T) {
	named(t, "errors.md", "../fault/fault.go", `Code = "([A-Z_]+)"`, "")
	named(t, "wire-format.md", "../event/refused.go", `(?m)^\tCode\w+\s+= "([a-z_]+)"`, "")
	named(t, "wire-format.md", "../event/limits.go", `BodyCode = "([a-z_]+)"`, "")
	named(t, "wire-format.md", "../collect/answer.go", `(?m)^\tcode\w+\s+= "([a-z_]+)"`, "")
}

func TestMetricsAreDocumented(t *testing.T) {
	named(t, "operations.md", "../health.go", `(?:counter|gauge)\("([a-z_]+)"`, "kith_")
	for _, path := range []string{"../health.go", "../collect/metrics.go", "../graph/metrics.go"} {
		named(t, "operations.md", path, `"(kith_[a-z_]+[a-z])"`, "")
	}
}

// The dashboard that people import asks for metrics that there are, and only for those.
func TestDashboard(t *testing.T) {
	var board struct {
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(source(t, "grafana.json")), &board); err != nil {
		t.Fatal(err)
	}
	documented := source(t, "operations.md")
	asked, ids := 0, map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] || p.Title == "" {
			t.Errorf("panel %d %q is there twice or has no title", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			for _, name := range regexp.MustCompile(`kith_[a-z_]+`).FindAllString(target.Expr, -1) {
				asked++
				for _, suffix := range []string{"_bucket", "_count", "_sum"} {
					name = strings.TrimSuffix(name, suffix)
				}
				if !strings.Contains(documented, "`"+name+"`") {
					t.Errorf("%q asks for %s, which is no metric", p.Title, name)
				}
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d metrics are asked for", asked)
	}
}

// The example of a matching model is one that Kith takes.
func TestModelExample(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(source(t, "matching.md"), -1)
	if len(blocks) == 0 {
		t.Fatal("matching.md has no example")
	}
	for _, b := range blocks {
		if _, err := match.Parse([]byte(b[1])); err != nil {
			t.Errorf("%v in\n%s", err, b[1])
		}
	}
}
