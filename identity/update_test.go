package identity

import (
	"reflect"
	"slices"
	"testing"

	"kith/fault"
)

// grow is the delta that brings a scene's facts to what is stored.
func (m *memory) grow(t testing.TB, s scene) *Diff {
	t.Helper()
	f := s.facts(t)
	d := Delta{Links: f.Links, Rulings: f.Rulings, Markings: f.Markings}
	for _, i := range f.Identifiers {
		if _, stored := m.nodes[i.Key]; stored {
			d.Identifiers = append(d.Identifiers, i)
		} else {
			d.New = append(d.New, i)
		}
	}
	return m.update(t, d)
}

func id(name string) CustomerID { return CustomerIDOf(workspace, long(name)) }

func TestDiff(t *testing.T) {
	steps := []struct {
		name  string
		scene scene
		gone  []string
		want  Diff
	}{
		{
			name: "a visitor", scene: "a:1 @1",
			want: Diff{
				Identifiers: []Placed{{Identifier{"anonymous_id:1", 1}, Active, 0, "anonymous_id:1"}},
				Moves:       []Move{{"anonymous_id:1", "", id("a:1")}},
				Customers:   []Customer{{id("a:1"), "anonymous_id:1", []Key{"anonymous_id:1"}, false}},
			},
		},
		{
			name: "logs in and takes the stronger id", scene: "a:1 u:ada @2",
			want: Diff{
				Identifiers: []Placed{{Identifier{"user_id:ada", 2}, Active, 0, "user_id:ada"}},
				Links:       []Judged{{Link{A: "anonymous_id:1", B: "user_id:ada", Kind: Observed, First: 2}, 9, Verdict{Conducts: true, Followed: true}}},
				Moves:       []Move{{"anonymous_id:1", id("a:1"), id("u:ada")}, {"user_id:ada", "", id("u:ada")}},
				Customers:   []Customer{{id("u:ada"), "user_id:ada", []Key{"anonymous_id:1", "user_id:ada"}, false}},
				Retired:     []CustomerID{id("a:1")},
				Merges:      []Merge{{id("u:ada"), []CustomerID{id("a:1")}}},
			},
		},
		{
			name: "nothing new", scene: "a:1 u:ada @3",
			want: Diff{Links: []Judged{{Link{A: "anonymous_id:1", B: "user_id:ada", Kind: Observed, First: 3}, 9, Verdict{Conducts: true, Followed: true}}}},
		},
		{
			name: "somebody else on the same browser: it was shared all along", scene: "a:1 u:bob @4",
			want: Diff{
				Identifiers: []Placed{
					{Identifier{"anonymous_id:1", 1}, Shared, 0, "anonymous_id:1"},
					{Identifier{"user_id:bob", 4}, Active, 0, "user_id:bob"},
				},
				Links: []Judged{
					{Link{A: "anonymous_id:1", B: "user_id:ada", Kind: Observed, First: 2}, 9, Verdict{Reason: ReasonShared, Cause: "anonymous_id"}},
					{Link{A: "anonymous_id:1", B: "user_id:bob", Kind: Observed, First: 4}, 9, Verdict{Reason: ReasonShared, Cause: "anonymous_id"}},
				},
				Moves: []Move{{"anonymous_id:1", id("u:ada"), id("a:1")}, {"user_id:bob", "", id("u:bob")}},
				Customers: byCustomerID(
					Customer{id("a:1"), "anonymous_id:1", []Key{"anonymous_id:1"}, true},
					Customer{id("u:ada"), "user_id:ada", []Key{"user_id:ada"}, false},
					Customer{id("u:bob"), "user_id:bob", []Key{"user_id:bob"}, false},
				),
				Splits: []Split{{id("u:ada"), id("u:ada"), []CustomerID{id("a:1")}}},
			},
		},
		{
			name: "the first user is erased, and the browser is bob's", gone: []string{"u:ada"},
			want: Diff{
				Identifiers: []Placed{{Identifier{"anonymous_id:1", 1}, Active, 0, "user_id:bob"}},
				Gone:        []Key{"user_id:ada"},
				Links:       []Judged{{Link{A: "anonymous_id:1", B: "user_id:bob", Kind: Observed, First: 4}, 9, Verdict{Conducts: true, Followed: true}}},
				Moves:       []Move{{"anonymous_id:1", id("a:1"), id("u:bob")}, {"user_id:ada", id("u:ada"), ""}},
				Customers:   []Customer{{id("u:bob"), "user_id:bob", []Key{"anonymous_id:1", "user_id:bob"}, false}},
				Retired:     sortedIDs(id("a:1"), id("u:ada")),
				Merges:      []Merge{{id("u:bob"), []CustomerID{id("a:1")}}},
				Ended:       []Ended{{id("u:ada"), nil}},
			},
		},
	}
	m := newMemory(DefaultRules(), 1)
	for _, s := range steps {
		var got *Diff
		if s.gone != nil {
			got = m.update(t, Delta{Gone: longs(s.gone)})
		} else {
			got = m.grow(t, s.scene)
		}
		if !reflect.DeepEqual(*got, s.want) {
			t.Errorf("%s:\n%+v\nwant\n%+v", s.name, *got, s.want)
		}
	}
}

func byCustomerID(list ...Customer) []Customer {
	slices.SortFunc(list, func(x, y Customer) int {
		if x.ID < y.ID {
			return -1
		}
		return 1
	})
	return list
}

func sortedIDs(list ...CustomerID) []CustomerID {
	slices.Sort(list)
	return list
}

// The usual batch asks once, and does not ask for what it knows not to be stored.
func TestUsualBatchAsksOnce(t *testing.T) {
	m := newMemory(DefaultRules(), 1)
	m.grow(t, "u:ada e:ada p:1\n a:1 d:1\n u:bob a:2\n u:cy e:cy")
	facts := scene("a:1 u:ada\n u:bob e:bob\n a:3 d:3\n u:cy e:cy p:2 @0").facts(t)
	d := Delta{Links: facts.Links}
	for _, i := range facts.Identifiers {
		if _, stored := m.nodes[i.Key]; !stored {
			d.New = append(d.New, i)
		}
	}
	u := NewUpdate(m.rules, workspace, d)
	need := u.Need()
	if want := longs([]string{"a:1", "e:cy", "u:ada", "u:bob", "u:cy"}); !slices.Equal(need.Components, want) {
		t.Errorf("asks for the components of %v, want %v", need.Components, want)
	}
	if len(need.Wide)+len(need.Common) != 0 {
		t.Errorf("asks for %+v", need)
	}
	u.Add(m.load(need))
	if need := u.Need(); !need.Empty() {
		t.Errorf("asks again: %+v", need)
	}
	if _, err := u.Finish(); err != nil {
		t.Error(err)
	}
}

func TestNothingToDo(t *testing.T) {
	u := NewUpdate(DefaultRules(), workspace, Delta{})
	if need := u.Need(); !need.Empty() {
		t.Errorf("an empty delta needs %+v", need)
	}
	if d, err := u.Finish(); err != nil || !reflect.DeepEqual(d, &Diff{}) {
		t.Errorf("an empty delta gives %+v, %v", d, err)
	}
}

func TestContradictions(t *testing.T) {
	m := newMemory(DefaultRules(), 1)
	m.grow(t, "u:ada e:ada")
	run := func(d Delta) error {
		u := NewUpdate(m.rules, workspace, d)
		for need := u.Need(); !need.Empty(); need = u.Need() {
			u.Add(m.load(need))
		}
		_, err := u.Finish()
		return err
	}
	if err := run(Delta{Links: []Link{NewLink("user_id:ada", "email:nobody", Observed, 1)}}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a link to nobody: %v", err)
	}
	link := NewLink("user_id:ada", "email:new", Observed, 1)
	if err := run(Delta{New: []Identifier{{"user_id:ada", 1}, {"email:new", 1}}, Links: []Link{link, NewLink("email:ada", "email:new", Observed, 1)}}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a new identifier that is stored: %v", err)
	}
	u := NewUpdate(m.rules, workspace, Delta{Links: []Link{NewLink("user_id:ada", "email:ada", AliasLink, 1)}})
	if _, err := u.Finish(); fault.CodeOf(err) != fault.Internal {
		t.Errorf("finishing before the first need: %v", err)
	}
	u.Need()
	if _, err := u.Finish(); fault.CodeOf(err) != fault.Internal {
		t.Errorf("finishing with a need open: %v", err)
	}
}

// An identifier that only a decision names is there, under the rules like any other, and goes with the decision.
func TestUnseen(t *testing.T) {
	m := newMemory(parsed(t, "shared: ['email:office']"), 1)
	m.grow(t, "u:ada e:ada")
	f := scene("u:ada e:ada\n join d1 u:ada e:office\n mark d2 PERSONAL p:1").facts(t)
	m.update(t, Delta{Rulings: f.Rulings, Markings: f.Markings})
	m.isRight(t, f)
	if n := m.nodes["email:office"]; n.First != Unseen || n.Status != Shared || n.Customer != id("u:ada") {
		t.Errorf("joined in: %+v", n)
	}
	diff := m.update(t, Delta{Revoked: f.Rulings, Unmarked: f.Markings})
	if want := []Key{"email:office", "phone:1"}; !slices.Equal(diff.Gone, want) {
		t.Errorf("gone with the decisions are %v, want %v", diff.Gone, want)
	}
	m.isRight(t, scene("u:ada e:ada").facts(t))
}

// What goes away is taken from what is stored before what is seen is added.
func TestGoneAndSeenAgain(t *testing.T) {
	m := newMemory(DefaultRules(), 1)
	m.grow(t, "u:ada e:ada @1\n u:ada p:1 @1")
	m.update(t, Delta{
		Gone:        longs([]string{"e:ada"}),
		Identifiers: []Identifier{{"email:ada", 7}},
		Links:       []Link{NewLink("email:ada", "phone:1", Observed, 7)},
	})
	m.isRight(t, scene("u:ada @1\n u:ada p:1 @1\n e:ada p:1 @7").facts(t))
}
