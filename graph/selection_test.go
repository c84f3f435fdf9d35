package graph

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"kith/graph/model"
)

// planned runs a query whose customer resolver looks at what is asked of it.
func planned(t *testing.T, body string, look func(Selection)) answer {
	b := start(t, nil)
	b.data.look = func(ctx context.Context) { look(Selected(ctx)) }
	return b.post("viewer", body)
}

// outline is the fields of a selection of a customer, with their pages and what is below them.
func outline(s Selection, typeName string) []string {
	var out []string
	for _, f := range s.Fields(typeName) {
		line := f.Name()
		switch f.Name() {
		case "touchpoints":
			if first := Arg[*int](f, "first"); first != nil {
				line += fmt.Sprint(" ", *first)
			}
			if filter := Arg[*model.TouchpointFilter](f, "filter"); filter != nil {
				line += fmt.Sprint(" ", filter.Names, *filter.From)
			}
			for _, g := range f.Fields("TouchpointConnection") {
				for _, h := range g.Fields("Touchpoint") {
					line += " " + h.Name()
				}
			}
		case "trait":
			line += " " + Arg[string](f, "key")
		}
		out = append(out, line)
	}
	return out
}

func TestSelection(t *testing.T) {
	var got []string
	a := planned(t, queryWith(`query($n:Int=3,$no:Boolean!){
		customer(by:{id:"cus_1"}){
			__typename
			displayName
			...T
			mails: touchpoints(first:$n,filter:{names:["Email Opened"],from:"2026-01-02T03:04:05.678Z"}){nodes{id}}
			...on Node{id}
			...on Customer{known}
			traits @skip(if:$no)
			otherIds @include(if:$no)
			displayName
		}}
		fragment T on Customer{touchpoints(first:2){nodes{name}} touchpoints(first:2){nodes{at}}}`, map[string]any{"no": true}),
		func(s Selection) { got = outline(s, "Customer") })
	want := []string{"displayName", "touchpoints 2 name at", "touchpoints 3 [Email Opened] 2026-01-02T03:04:05.678Z id", "id", "known", "otherIds"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q\n%s", got, want, a.body)
	}
	planned(t, query(`{node(id:"cus_1"){id ...on Customer{touchpoints(first:5){nodes{id}}} ...on Account{groupId}}}`),
		func(s Selection) { got = outline(s, "Customer") })
	if want := []string{"id", "touchpoints 5 id"}; !reflect.DeepEqual(got, want) {
		t.Errorf("of an interface: got %q, want %q", got, want)
	}
}

// TestPrefetched: an answer fetched ahead is found under its own field alone, whatever its alias or fragment, also when
// the same object appears again below.
func TestPrefetched(t *testing.T) {
	b := start(t, nil)
	b.data.prefetch = true
	got := b.post("viewer", query(`{customer(by:{id:"cus_1"}){
		a:touchpoints(first:1){...N} b:touchpoints(first:2){...N}
		touchpoints(first:3){nodes{id customer{touchpoints(first:3){...N}}}}
	}} fragment N on TouchpointConnection{nodes{id}}`))
	want := `{"data":{"customer":{"a":{"nodes":[{"id":"fetched-1"}]},"b":{"nodes":[{"id":"fetched-2"}]},` +
		`"touchpoints":{"nodes":[{"id":"fetched-3","customer":{"touchpoints":{"nodes":[{"id":"read"}]}}}]}}}}`
	if got.body != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
}
