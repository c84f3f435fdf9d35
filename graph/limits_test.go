package graph

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// overLimits are requests that ask too much, with the code they are refused with.
func overLimits() map[string]struct{ body, code string } {
	type refused = struct{ body, code string }
	bomb := &strings.Builder{}
	bomb.WriteString("{...F0}")
	for i := range 60 {
		fmt.Fprintf(bomb, " fragment F%d on Query{...F%d ...F%d}", i, i+1, i+1)
	}
	bomb.WriteString(" fragment F60 on Query{__typename}")
	aliases := func(field string) string {
		var b strings.Builder
		for i := range 101 {
			fmt.Fprintf(&b, "a%d:%s ", i, field)
		}
		return "{" + b.String() + "}"
	}
	deep := "{customers{nodes{" + strings.Repeat("identifiers{nodes{customer{", 5) + "id" + strings.Repeat("}}}", 5) + "}}}"
	return map[string]refused{
		"directives":           {query("{__typename " + strings.Repeat("@skip(if:false)", 10_000) + "}"), "LIMIT"},
		"few directives":       {query("{__typename " + strings.Repeat("@a ", 101) + "}"), "LIMIT"},
		"tokens":               {query("{" + strings.Repeat("a ", 100_000) + "}"), "LIMIT"},
		"braces":               {query(strings.Repeat("{a", 10_000)), "LIMIT"},
		"brackets":             {query("{customers(filter:{known:" + strings.Repeat("[", 10_000) + "})}"), "LIMIT"},
		"depth":                {query(deep), "LIMIT"},
		"page":                 {query(`{customers(first:1000000){nodes{id}}}`), "LIMIT"},
		"page in a variable":   {queryWith(`query($n:Int){customers(first:$n){nodes{id}}}`, map[string]any{"n": 201}), "LIMIT"},
		"page by default":      {queryWith(`query($n:Int=201){customers(first:$n){nodes{id}}}`, nil), "LIMIT"},
		"page backwards":       {query(`{customers(last:201){nodes{id}}}`), "LIMIT"},
		"empty page":           {query(`{customers(first:0){nodes{id}}}`), "INVALID"},
		"both ways":            {query(`{customers(first:1,last:1){nodes{id}}}`), "INVALID"},
		"pages in pages":       {query(`{customers(first:200){nodes{touchpoints(first:200){nodes{id}}}}}`), "LIMIT"},
		"aliases":              {query(aliases("journal{lag}")), "LIMIT"},
		"aliases of nothing":   {query(aliases("__typename")), "LIMIT"},
		"aliases in fragments": {query("{...A ...B} fragment A on Query" + strings.Replace(aliases("__typename"), "a0:", "b0:", 1) + " fragment B on Query{c:__typename}"), "LIMIT"},
		"fields":               {query("{" + strings.Repeat("__typename ", 1001) + "}"), "LIMIT"},
		"fragments":            {query("{__typename}" + strings.Repeat(" fragment F on Query{__typename}", 101)), "LIMIT"},
		"fragment cycle":       {query("{...A} fragment A on Query{...B} fragment B on Query{...A}"), "INVALID"},
		"fragment bomb":        {query(bomb.String()), "LIMIT"},
		"introspection":        {query(`{__schema{types{name}}}`), "FORBIDDEN"},
		"introspected type":    {query(`{...A} fragment A on Query{__type(name:"Query"){name}}`), "FORBIDDEN"},
		"oneOf, two":           {queryWith(`query($by:CustomerBy!){customer(by:$by){id}}`, map[string]any{"by": map[string]any{"id": "a", "identifier": map[string]any{"type": "email", "value": "a"}}}), "INVALID"},
		"oneOf, none":          {queryWith(`query($by:CustomerBy!){customer(by:$by){id}}`, map[string]any{"by": map[string]any{}}), "INVALID"},
		"oneOf, null":          {queryWith(`query($by:CustomerBy!){customer(by:$by){id}}`, map[string]any{"by": map[string]any{"id": nil}}), "INVALID"},
		"oneOf, deep":          {queryWith(`query($c:[Condition!]){segmentPreview(condition:{all:$c}){size}}`, map[string]any{"c": map[string]any{"segment": "a", "not": map[string]any{"segment": "b"}}}), "INVALID"},
		"oneOf, literal":       {query(`{customer(by:{id:"a",identifier:{type:"email",value:"a"}}){id}}`), "INVALID"},
		"time":                 {query(`{customer(by:{id:"cus_1"}){touchpoints(filter:{from:"yesterday"}){nodes{id}}}}`), "INVALID"},
		"time in a variable":   {queryWith(`query($t:Time){customer(by:{id:"cus_1"}){touchpoints(filter:{from:$t}){nodes{id}}}}`, map[string]any{"t": 7}), "INVALID"},
		"duration":             {query(`{segmentPreview(condition:{event:{name:"x",within:"30 days"}}){size}}`), "INVALID"},
		"int":                  {query(`{customers(first:3000000000){nodes{id}}}`), "INVALID"},
	}
}

// TestLimits asks too much over HTTP and over a socket: the refusal is the same and takes no time (cases 20 to 26, 36).
func TestLimits(t *testing.T) {
	b := start(t, nil)
	for name, c := range overLimits() {
		t.Run(name, func(t *testing.T) {
			b.T = t
			begin := cpuTime(t)
			got := b.post("viewer", c.body)
			if took := cpuTime(t) - begin; took > 50*time.Millisecond*slowdown {
				t.Errorf("took %s", took)
			}
			if got.status >= 500 || len(got.body) > 4096 {
				t.Fatalf("%d, %d bytes", got.status, len(got.body))
			}
			if code := codes(t, got.body); len(code) == 0 || code[0] != c.code {
				t.Errorf("over HTTP: %s, want %s", got.body, c.code)
			}
			if c.code == "LIMIT" && got.status != 400 {
				t.Errorf("status %d", got.status)
			}
			s := b.connect("viewer")
			s.send(`{"id":"1","type":"subscribe","payload":` + c.body + `}`)
			m := s.next()
			if m.Type != "error" || m.ID != "1" {
				t.Fatalf("over a socket: %+v", m)
			}
			var overHTTP struct{ Errors json.RawMessage }
			if err := json.Unmarshal([]byte(got.body), &overHTTP); err != nil {
				t.Fatal(err)
			}
			if mask(string(m.Payload)) != mask(string(overHTTP.Errors)) {
				t.Errorf("over HTTP   %s\nover socket %s", overHTTP.Errors, m.Payload)
			}
		})
	}
}

func mask(s string) string {
	before, _, _ := strings.Cut(s, `"requestId"`)
	return before
}

func TestBodyLimit(t *testing.T) {
	b := start(t, func(c *ServerConfig) { c.Limits.Body = 1000 })
	long := query("{__typename #" + strings.Repeat("x", 1000) + "\n}")
	if got := b.post("viewer", long); got.status != 413 || codes(t, got.body)[0] != "TOO_LARGE" {
		t.Errorf("over HTTP: %+v", got)
	}
	s := b.connect("viewer")
	s.send(`{"id":"1","type":"subscribe","payload":` + long + `}`)
	s.expectClosed(1009)
}

// TestWithinLimits are requests that look like the ones above and are fine.
func TestWithinLimits(t *testing.T) {
	b := start(t, nil)
	for name, body := range map[string]string{
		"100 aliases": query("{" + strings.Repeat("__typename ", 10) + func() (s string) {
			for i := range 100 {
				s += fmt.Sprintf("a%d:__typename ", i)
			}
			return s
		}() + "}"),
		"greatest page": query(`{customers(first:200){nodes{id}}}`),
		"a page of 50 with identifiers and touchpoints": query(`{customers(first:50){edges{cursor node{id displayName touchpoints(first:5){nodes{id name at}}}} pageInfo{hasNextPage}}}`),
		"oneOf from a variable":                         queryWith(`query($by:CustomerBy!){customer(by:$by){id}}`, map[string]any{"by": map[string]any{"id": "cus_1"}}),
		"a field of oneOf from a variable":              queryWith(`query($id:ID!){customer(by:{id:$id}){id}}`, map[string]any{"id": "cus_1"}),
		"null for a page":                               queryWith(`query($n:Int){customers(first:$n){nodes{id}}}`, map[string]any{"n": nil}),
	} {
		t.Run(name, func(t *testing.T) {
			b.T = t
			if got := b.post("viewer", body); got.status != 200 || codes(t, got.body) != nil {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestIntrospection is for administrators, and for everybody in development; so are suggestions (case 26).
func TestIntrospection(t *testing.T) {
	b := start(t, nil)
	if got := b.post("admin", query(introspectionQuery)); got.status != 200 || codes(t, got.body) != nil || !strings.Contains(got.body, `"CustomerConnection"`) {
		t.Errorf("an administrator: %.300s", got.body)
	}
	misspelt := query(`{custmer(by:{id:"x"}){id}}`)
	if got := b.post("admin", misspelt); !strings.Contains(got.body, "Did you mean") {
		t.Errorf("an administrator: %s", got.body)
	}
	for _, body := range []string{
		misspelt,
		query(`{customer(bi:{id:"x"}){id}}`),
		query(`{customer(by:{idd:"x"}){id}}`),
		query(`{customer(by:{id:"x"}){id{x}}}`),
		query(`{customer(by:{id:"x"}){...on Custmer{id}}}`),
		query(`{customers(orderBy:{field:LAST_SEE,direction:ASC}){nodes{id}}}`),
		query(`query($d:OrderDirectio){__typename}`),
	} {
		if got := b.post("viewer", body); strings.Contains(got.body, "Did you mean") || codes(t, got.body) == nil {
			t.Errorf("a viewer: %s", got.body)
		}
	}
	dev := start(t, func(c *ServerConfig) { c.Development = true })
	if got := dev.post("viewer", query(introspectionQuery)); codes(t, got.body) != nil {
		t.Errorf("in development: %.300s", got.body)
	}
}

// introspectionQuery is the query that tools send, with their nine levels of types in types.
var introspectionQuery = `query IntrospectionQuery { __schema { queryType { name } mutationType { name } subscriptionType { name }
 types { ...FullType } directives { name description locations args { ...InputValue } } } }
fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
 inputFields { ...InputValue } interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
fragment TypeRef on __Type { kind name ` + strings.Repeat("ofType { kind name ", 9) + strings.Repeat("}", 9) + "}"

// cpuTime is what this process has used of processors: unlike a clock it does not run while others work.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestLinear prepares documents that make validators take long; what gets past the limits stays quick.
func TestLinear(t *testing.T) {
	p := newPreparer(Limits{}.withDefaults(), nil, nil)
	var unknown, variables, arguments strings.Builder
	for i := range 999 {
		fmt.Fprintf(&unknown, "f%d ", i)
	}
	for i := range 3_000 {
		fmt.Fprintf(&variables, "$v%d:Int ", i)
		fmt.Fprintf(&arguments, "a%d:1 ", i)
	}
	long := strings.Repeat("x", 900_000)
	for name, doc := range map[string]string{
		"the same field":        "{" + strings.Repeat("journal{lag} ", 500) + "}",
		"the same leaf":         "{" + strings.Repeat("__typename ", 1000) + "}",
		"in an unused fragment": "{__typename} fragment A on Query{" + strings.Repeat("__typename ", 999) + "}",
		"nested repetition":     "{" + strings.Repeat("customers{"+strings.Repeat("nodes{id} ", 15)+"}", 31) + "}",
		"unknown fields":        "{" + unknown.String() + "}",
		"variables":             "query(" + variables.String() + "){__typename}",
		"arguments":             "{customers(" + arguments.String() + "){nodes{id}}}",
		"a long field":          "{" + long + "}",
		"a long type":           "{...on " + long + "{id}}",
		"a long string":         `{customer(by:{id:"` + long + `"}){id}}`,
		"a list":                "{customers(filter:{known:[" + strings.Repeat("1 ", 14_000) + "]}){nodes{id}}}",
	} {
		for _, admin := range []bool{false, true} {
			begin := cpuTime(t)
			_, _ = p.prepare(t.Context(), request{Query: doc}, admin)
			if took := cpuTime(t) - begin; took > 100*time.Millisecond*slowdown {
				t.Errorf("%s (administrator: %t) took %s", name, admin, took)
			}
		}
	}
}

func TestKept(t *testing.T) {
	k := newKept[int](100)
	for i := range 30 {
		k.put(fmt.Sprintf("%02d", i), i, 10)
		k.get("00")
	}
	_, first := k.get("00")
	_, tenth := k.get("10")
	if n := k.order.Len(); n != 10 || len(k.byKey) != 10 || k.room != 0 || !first || tenth {
		t.Errorf("%d kept, %d bytes free", n, k.room)
	}
	k.put("large", 0, 101)
	if k.order.Len() != 10 {
		t.Error("what never fits should push nothing out")
	}
}
