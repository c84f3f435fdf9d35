package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows says which of the project's packages each package may import, beside fault, which all may. Adapters never
// import each other: what one needs of another it declares as a small interface, and server.go puts them together.
var arrows = map[string][]string{
	"fault":     {},
	"event":     {},
	"identity":  {"event"},
	"customer":  {"identity", "event"},
	"segment":   {"customer", "identity", "event"},
	"auth":      {},
	"audit":     {"event"},
	"trace":     {},
	"journal":   {"event", "trace"},
	"store":     {"event", "identity", "customer", "segment", "trace"},
	"pipeline":  {"event", "identity", "customer", "segment", "store", "trace"},
	"feed":      {"event", "identity", "customer"},
	"collect":   {"event", "trace"},
	"graph":     {"event", "identity", "customer", "auth", "audit", "graph/model", "trace"},
	"resolvers": {"event", "identity", "customer", "segment", "auth", "audit", "graph", "graph/model", "store", "feed"},
	"demo":      {},
	"importer":  {"event"},
	"web":       {},
	"wire":      {"event", "identity", "segment", "auth", "audit", "journal", "pipeline", "feed", "graph", "resolvers", "store"},
}

// owners says who alone may import a library, and why.
var owners = map[string][]string{
	"github.com/neo4j/neo4j-go-driver": {"store"},
	"github.com/nats-io/":              {"journal"},
	"github.com/99designs/gqlgen":      {"graph", "resolvers"},
	"github.com/gorilla/websocket":     {"graph"},
	"github.com/golang-jwt/jwt":        {"auth"},
	"go.opentelemetry.io/":             {"trace"},
}

// pure packages hold the rules of the product: no clock, no network, no files but embedded ones.
var pure = []string{"fault", "event", "identity", "customer", "segment"}

var impure = []string{"net", "net/http", "os", "os/exec", "log/slog", "database/sql", "context"}

func TestArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	checked := 0
	for dec.More() {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "kith"), "/")
		top, _, _ := strings.Cut(path, "/")
		allowed, ruled := arrows[top]
		for _, imp := range p.Imports {
			if own, is := strings.CutPrefix(imp, "kith/"); is && ruled {
				target, _, _ := strings.Cut(own, "/")
				if target != "fault" && target != top && !slices.Contains(allowed, own) && !slices.Contains(allowed, target) {
					t.Errorf("%s imports %s: %s may import only %v (see the design: adapters never import each other)", path, own, top, allowed)
				}
				checked++
			}
			for lib, packages := range owners {
				if strings.HasPrefix(imp, lib) && ruled && !slices.Contains(packages, top) {
					t.Errorf("%s imports %s: only %v may", path, imp, packages)
				}
			}
			if slices.Contains(pure, path) && slices.Contains(impure, imp) {
				t.Errorf("%s imports %s: it is pure, values in and values out", path, imp)
			}
		}
	}
	if checked == 0 {
		t.Fatal("no import was checked: the test looks in the wrong place")
	}
}
