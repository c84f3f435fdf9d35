package resolvers

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"kith/graph/model"
	"kith/identity"
)

// asker makes an operation for one entry point, in which every id is one and the same.
type asker struct {
	schema *ast.Schema
	id     string
	asks   bool // an id was put in somewhere
}

func (a *asker) value(t *ast.Type) string {
	if t.Elem != nil {
		return "[" + a.value(t.Elem) + "]"
	}
	switch t.NamedType {
	case "ID":
		a.asks = true
		return fmt.Sprintf("%q", a.id)
	case "String":
		return `"x"`
	case "Int", "Float", "Int64":
		return "1"
	case "Boolean":
		return "true"
	case "Time":
		return `"2026-01-02T03:04:05Z"`
	case "Duration":
		return `"P1D"`
	case "JSON":
		return `{x: 1}`
	}
	def := a.schema.Types[t.NamedType]
	if def.Kind == ast.Enum {
		return def.EnumValues[0].Name
	}
	fields := def.Fields
	if def.Directives.ForName("oneOf") != nil { // an id if there is one to be had
		fields = fields[:1]
		for _, f := range def.Fields {
			if f.Type.Name() == "ID" {
				fields = ast.FieldList{f}
			}
		}
	}
	var parts []string
	for _, f := range fields {
		if len(fields) == 1 || f.Type.NonNull || f.Type.Name() == "ID" {
			parts = append(parts, f.Name+": "+a.value(f.Type))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// ask is an operation that asks for the field, for everything below that needs no argument and is not too deep.
func (a *asker) ask(kind string, f *ast.FieldDefinition) string {
	var args []string
	for _, arg := range f.Arguments {
		if arg.Type.NonNull || arg.Type.Name() == "ID" || strings.HasSuffix(arg.Type.Name(), "By") || arg.Type.Name() == "AuditFilter" {
			args = append(args, arg.Name+": "+a.value(arg.Type))
		}
	}
	text := kind + " { " + f.Name
	if len(args) > 0 {
		text += "(" + strings.Join(args, ", ") + ")"
	}
	return text + a.below(f.Type, 3) + " }"
}

func (a *asker) below(t *ast.Type, depth int) string {
	def := a.schema.Types[t.Name()]
	if def.IsLeafType() {
		return ""
	}
	parts := []string{"__typename"}
	for _, f := range def.Fields {
		leaf := a.schema.Types[f.Type.Name()].IsLeafType()
		if strings.HasPrefix(f.Name, "__") || len(f.Arguments) > 0 || depth == 0 && !leaf {
			continue
		}
		parts = append(parts, f.Name+a.below(f.Type, depth-1))
	}
	return " { " + strings.Join(parts, " ") + " }"
}

// Case 38: every entry point that takes an id answers to one of another workspace what it answers to one that never was, and
// asks the graph as often for it, with the same statements: there is nothing that could take longer.
func TestForeignIDs(t *testing.T) {
	w := newWorld(t)
	w.people(who{name: "Ada", keys: []string{"user_id:ada", "email:ada@example.org"}})
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, gqlErr := gqlparser.LoadSchema(&ast.Source{Input: string(text)})
	if gqlErr != nil {
		t.Fatal(gqlErr)
	}
	other := []byte("the key of quite another workspace")
	customer := identity.CustomerIDOf(other, "user_id:ada") // the same person, elsewhere
	walked := 0
	for _, foreign := range []string{
		string(customer), string(customer.Identifier()), "tp_" + strings.Repeat("a", 24), "acc_" + strings.Repeat("a", 24), "seg_" + strings.Repeat("a", 24),
		"dec_" + strings.Repeat("a", 24), "src_elsewhere", "rev_" + strings.Repeat("a", 24), "hh_" + strings.Repeat("a", 24),
	} {
		prefix, _, _ := strings.Cut(foreign, "_")
		never := prefix + "_" + strings.Repeat("z", len(foreign)-len(prefix)-1)
		for _, root := range []*ast.Definition{schema.Query, schema.Mutation} {
			for _, f := range root.Fields {
				if strings.HasPrefix(f.Name, "__") {
					continue
				}
				kind := strings.ToLower(root.Name)
				a := &asker{schema: schema, id: foreign}
				question := a.ask(kind, f)
				if !a.asks {
					continue
				}
				walked++
				answers := [2]string{}
				for n, id := range []string{foreign, never} {
					got := w.ask("admin", strings.ReplaceAll(question, foreign, id), nil)
					answers[n] = strings.ReplaceAll(fmt.Sprintf("%s %v after %d reads", got.Data, got.Errors, got.trips), id, "ID")
				}
				if answers[0] != answers[1] {
					t.Errorf("%s tells an id of another workspace from none:\n%s\n%s", question, answers[0], answers[1])
				}
				if strings.Contains(answers[0], "Ada") {
					t.Errorf("%s shows somebody: %s", question, answers[0])
				}
			}
		}
	}
	if walked < 50 {
		t.Errorf("only %d questions were asked", walked)
	}
	// Subscriptions are opened by the transports, through Live.
	live := w.root.Live()
	ctx := as(t.Context(), "admin")
	for _, id := range []string{string(customer), "cus_" + strings.Repeat("z", 24)} {
		_, err := live.CustomerChanged(ctx, &model.CustomerBy{ID: &id}, nil, nil)
		if err == nil || err.Error() != "resolvers.customerChanged: There is no such customer." {
			t.Errorf("customerChanged of %s: %v", id, err)
		}
	}
}

// Case 38, by time: what a caller may not look up is refused before anything is read but what segments there are, so neither the answer nor how long it
// takes can say whether there is such a person.
func TestRefusedBeforeReading(t *testing.T) {
	w := newWorld(t)
	w.ada()
	for name, question := range map[string]string{
		"by identifier":   `{ customer(by: {identifier: {type: "email", value: "WHO"}}) { id displayName } }`,
		"search":          `{ customers(filter: {search: "WHO"}) { nodes { id } } }`,
		"condition":       `{ customers(filter: {condition: {trait: {key: "email", op: EQ, value: "WHO"}}}) { nodes { id } } }`,
		"negated":         `{ customers(filter: {condition: {not: {any: [{trait: {key: "email", op: EQ, value: "WHO"}}]}}}) { nodes { id } } }`,
		"preview":         `{ segmentPreview(condition: {trait: {key: "email", op: CONTAINS, value: "WHO"}}) { size } }`,
		"path":            `{ identityPath(from: {type: "email", value: "WHO"}, to: {type: "user_id", value: "ada"}) { nodes { id } } }`,
		"path to":         `{ identityPath(from: {type: "user_id", value: "ada"}, to: {type: "email", value: "WHO"}) { nodes { id } } }`,
		"conflict":        `{ identityConflict(from: {type: "email", value: "WHO"}, to: {type: "user_id", value: "charles"}) { mean } }`,
		"event condition": `{ segmentPreview(condition: {event: {name: "Product Viewed", where: [{key: "email", op: EQ, value: "WHO"}]}}) { size } }`,
	} {
		var answers [2]string
		for n, value := range []string{"ada@x.org", "nobody@x.org"} {
			got := w.ask("viewer", strings.ReplaceAll(question, "WHO", value), nil)
			if len(got.Errors) == 0 || got.Errors[0].Extensions["code"] != "FORBIDDEN" || got.trips > 1 {
				t.Errorf("%s: %d reads, %v %s", name, got.trips, got.Errors, got.Data)
			}
			answers[n] = fmt.Sprintf("%s %v after %d reads", got.Data, got.Errors, got.trips)
		}
		if answers[0] != answers[1] {
			t.Errorf("%s tells whether there is somebody:\n%s\n%s", name, answers[0], answers[1])
		}
	}
}
