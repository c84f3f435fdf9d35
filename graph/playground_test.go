package graph

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
)

func TestPlayground(t *testing.T) {
	h := Playground("/playground", "/graphql")
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	page := get("/playground")
	if page.Code != 200 || !strings.Contains(page.Body.String(), `data-endpoint="/graphql"`) || !strings.Contains(page.Header().Get("Content-Security-Policy"), "default-src 'none'") {
		t.Fatalf("%d %v %s", page.Code, page.Header(), page.Body)
	}
	assets := regexp.MustCompile(`(?:src|href)="(/[^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1)
	if len(assets) != 2 {
		t.Fatalf("assets: %q", assets)
	}
	for _, a := range assets {
		if w := get(a[1]); w.Code != 200 || strings.Contains(w.Body.String(), "https://") {
			t.Errorf("%s: %d", a[1], w.Code)
		}
	}
	if w := get("/playground/"); w.Code != 301 {
		t.Errorf("with a slash: %d", w.Code)
	}
	if w := get("/playground/page.html"); w.Code != 404 {
		t.Errorf("what is no asset: %d", w.Code)
	}
}

// TestPlaygroundExamples: the examples are valid against the schema.
func TestPlaygroundExamples(t *testing.T) {
	script, err := playground.ReadFile("playground/app.js")
	if err != nil {
		t.Fatal(err)
	}
	list, _, _ := strings.Cut(strings.SplitAfter(string(script), "const examples = {")[1], "\n};")
	found := regexp.MustCompile("(?s)'([^'\n]+)': \\[[`'](.+?)[`'], '").FindAllStringSubmatch(list, -1)
	if len(found) < 6 {
		t.Fatalf("%d examples", len(found))
	}
	for _, m := range found {
		text := strings.ReplaceAll(m[2], `\n`, "\n")
		if _, errs := gqlparser.LoadQueryWithRules(parsedSchema, text, nil); errs != nil {
			t.Errorf("%s: %v\n%s", m[1], errs, text)
		}
	}
}
