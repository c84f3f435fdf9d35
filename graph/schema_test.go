package graph

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"kith/auth"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// TestGenerated: the generated code is that of the schema. Whether it is also that of gqlgen.yml and the models, CI
// checks by generating it again.
func TestGenerated(t *testing.T) {
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != sources[0].Input {
		t.Error("schema.graphqls has changed since generated.go was made: run go generate ./graph")
	}
}

// TestSchema compares what clients depend on (names, arguments, types; no descriptions) with what it was, so that a
// change of the contract is seen in review.
func TestSchema(t *testing.T) {
	var printed bytes.Buffer
	formatter.NewFormatter(&printed, formatter.WithoutDescription()).FormatSchema(parsedSchema)
	const golden = "testdata/schema.golden"
	if *update {
		if err := os.WriteFile(golden, printed.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(printed.Bytes(), want) {
		t.Errorf("the schema differs from %s; go test ./graph -update writes it anew", golden)
	}
}

// roots are types whose fields are entry points.
var roots = map[string]bool{"Query": true, "Mutation": true, "Subscription": true}

// open are entry points for every valid token.
var open = map[string]bool{"Query.me": true}

// TestSchemaRules holds the schema to its style.
func TestSchemaRules(t *testing.T) {
	for name, def := range parsedSchema.Types {
		if def.BuiltIn || strings.HasPrefix(name, "__") {
			continue
		}
		described(t, name, def.Description)
		if strings.HasSuffix(name, "Connection") {
			pages(t, def)
		}
		for _, v := range def.EnumValues {
			described(t, name+"."+v.Name, v.Description)
			deprecated(t, name+"."+v.Name, v.Directives)
		}
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			at := name + "." + f.Name
			described(t, at, f.Description)
			deprecated(t, at, f.Directives)
			for _, arg := range f.Arguments {
				described(t, at+"("+arg.Name+")", arg.Description)
			}
			if roots[name] {
				guarded(t, at, f)
			}
			if name == "Mutation" {
				mutation(t, f)
			}
			if f.Type.Elem != nil && !f.Type.Elem.NonNull {
				t.Errorf("%s: elements of lists are not null", at)
			}
		}
	}
}

func described(t *testing.T, at, text string) {
	if !strings.HasSuffix(strings.TrimSpace(text), ".") {
		t.Errorf("%s: needs a description, a sentence", at)
	}
}

func deprecated(t *testing.T, at string, list ast.DirectiveList) {
	if d := list.ForName("deprecated"); d != nil {
		reason := d.Arguments.ForName("reason")
		if reason == nil || !regexp.MustCompile(`Use .+\. Removal on \d{4}-\d{2}-\d{2}\.$`).MatchString(reason.Value.Raw) {
			t.Errorf(`%s: deprecated like "Use x. Removal on YYYY-MM-DD."`, at)
		}
	}
}

// guarded: an entry point names its scope, in the directive and in words.
func guarded(t *testing.T, at string, f *ast.FieldDefinition) {
	d := f.Directives.ForName("hasScope")
	if d == nil {
		if !open[at] {
			t.Errorf("%s: needs @hasScope", at)
		}
		return
	}
	scope := d.Arguments.ForName("scope").Value.Raw
	known := false
	for _, s := range auth.Roles["admin"] {
		known = known || string(s) == scope
	}
	if !known || !strings.Contains(f.Description, scope) {
		t.Errorf("%s: the scope %s is unknown or not in the description", at, scope)
	}
}

// pages are those of Relay.
func pages(t *testing.T, def *ast.Definition) {
	edge := parsedSchema.Types[strings.TrimSuffix(def.Name, "Connection")+"Edge"]
	if edge == nil || def.Fields.ForName("edges").Type.String() != "["+edge.Name+"!]!" || def.Fields.ForName("pageInfo").Type.String() != "PageInfo!" {
		t.Fatalf("%s: needs edges and pageInfo", def.Name)
	}
	if edge.Fields.ForName("cursor").Type.String() != "String!" || !edge.Fields.ForName("node").Type.NonNull {
		t.Errorf("%s: needs cursor and node", edge.Name)
	}
	for name, other := range parsedSchema.Types {
		for _, f := range other.Fields {
			if f.Type.Name() == def.Name && (f.Arguments.ForName("first") == nil || f.Arguments.ForName("after") == nil || !f.Type.NonNull) {
				t.Errorf("%s.%s: a page has first and after and is not null", name, f.Name)
			}
		}
	}
}

// mutation: a noun, then a verb; an id or an input; a payload with userErrors.
func mutation(t *testing.T, f *ast.FieldDefinition) {
	verbs := regexp.MustCompile(`(Create|Update|Delete|Join|Part|Mark|Revoke|Resend|Replay|Discard|Accept|Reject)$`)
	if !verbs.MatchString(f.Name) {
		t.Errorf("Mutation.%s: its name is a noun and then a verb", f.Name)
	}
	for _, arg := range f.Arguments {
		if arg.Name != "id" && arg.Name != "input" || !arg.Type.NonNull {
			t.Errorf("Mutation.%s(%s): its arguments are id and input", f.Name, arg.Name)
		}
	}
	payload := parsedSchema.Types[f.Type.Name()]
	if !strings.HasSuffix(payload.Name, "Payload") || !f.Type.NonNull || payload.Fields.ForName("userErrors").Type.String() != "[UserError!]!" {
		t.Errorf("Mutation.%s: it answers with a payload that has userErrors", f.Name)
	}
}
